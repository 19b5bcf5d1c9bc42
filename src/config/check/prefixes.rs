//! Lists of prefixes in the TOML file.

use ipnet::IpNet;

use crate::config::diagnostics::Diagnostics;
use crate::config::spanned::Spanned;
use crate::util::prefix::{self, PrefixError};

/// The valid prefixes of a list. Reports the others.
pub(super) fn prefixes(texts: Option<&Spanned<Vec<Spanned<String>>>>, diagnostics: &mut Diagnostics) -> Vec<IpNet> {
    checked(texts, prefix::parse_strict, diagnostics)
}

/// The valid prefixes of a list of scanners. Reports the others, and prefixes that no scanner can own.
pub(super) fn of_scanner(texts: &Spanned<Vec<Spanned<String>>>, diagnostics: &mut Diagnostics) -> Vec<IpNet> {
    checked(Some(texts), |text| prefix::parse_strict(text).and_then(prefix::check_width), diagnostics)
}

fn checked(
    texts: Option<&Spanned<Vec<Spanned<String>>>>,
    read: impl Fn(&str) -> Result<IpNet, PrefixError>,
    diagnostics: &mut Diagnostics,
) -> Vec<IpNet> {
    let mut prefixes = Vec::new();
    for Spanned { value, place } in texts.into_iter().flat_map(|texts| &texts.value) {
        match read(value) {
            Ok(prefix) => prefixes.push(prefix),
            Err(error) => diagnostics.problem_with(*place, value, error.to_string(), error.help()),
        }
    }
    prefixes
}
