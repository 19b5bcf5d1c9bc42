//! Lists of host patterns: `hosts` of a rule and of `[identity]`.

use super::written;
use crate::config::diagnostics::Diagnostics;
use crate::config::spanned::Spanned;
use crate::policy::HostPattern;

/// The valid patterns of a list. Reports the others.
pub(super) fn patterns(hosts: &Spanned<Vec<Spanned<String>>>, diagnostics: &mut Diagnostics) -> Vec<HostPattern> {
    let mut patterns = Vec::new();
    for Spanned { value, place } in &hosts.value {
        if let Some((message, help)) = written::host(value) {
            diagnostics.problem_with(*place, value, message, help);
            continue;
        }
        match HostPattern::parse(value) {
            Ok(pattern) => patterns.push(pattern),
            Err(help) => diagnostics.problem_with(*place, value, "not a host name", help),
        }
    }
    patterns
}
