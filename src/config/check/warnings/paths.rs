//! `paths` of a rule.

use crate::config::check::written;
use crate::config::diagnostics::Diagnostics;
use crate::config::spanned::Spanned;
use crate::policy::{Coverage, PathVariant, PathVariants, Pattern};

/// Paths that other paths of the rule cover, and paths with another meaning than their text suggests.
pub(super) fn find(texts: &[Spanned<String>], patterns: &[Pattern], diagnostics: &mut Diagnostics) {
    let mut coverage = Coverage::default();
    patterns.iter().enumerate().for_each(|(number, pattern)| coverage.add(number, pattern));
    for (number, (text, pattern)) in texts.iter().zip(patterns).enumerate() {
        if let Some(other) = coverage.first_other_around(number, pattern) {
            let message = format!("`{}` of this rule covers this path already", patterns[other]);
            diagnostics.warning(text.place, message, "remove it");
        } else if let Some((part, corrected)) = written::foreign_wildcard(&text.value) {
            let message = format!("`{part}` is literal text here, not a wildcard");
            let help =
                format!("write `{corrected}`, or escape the characters if the path contains them: `%3A`, `%5B`, `%3C`");
            diagnostics.warning(text.place, message, help);
        } else {
            variant(text, diagnostics);
        }
    }
}

/// A pattern is compared with normalized paths, so it is normalized too.
fn variant(text: &Spanned<String>, diagnostics: &mut Diagnostics) {
    let Spanned { value, place } = text;
    let (sign, path) = value.strip_prefix('=').map_or(("", value.as_str()), |path| ("=", path));
    let variants = PathVariants::of_pattern(path);
    if variants.ambiguity().is_some() {
        let message =
            "a path with a `..` segment counts as protected in any case, by the first rule that hides anything";
        diagnostics.warning(*place, message, "write the path that it leads to");
        return;
    }
    if path.contains("//") {
        let merged = path.split('/').filter(|segment| !segment.is_empty()).collect::<Vec<_>>().join("/");
        diagnostics.warning(*place, "slashes are merged in every path", format!("write `{sign}/{merged}`"));
        return;
    }
    let decorated = |segment: &str| {
        segment.contains(';') || (segment != "**" && segment.ends_with(|c: char| c == '.' || c.is_whitespace()))
    };
    if !path.split('/').any(decorated) {
        return;
    }
    let mut forms = variants.iter().map(PathVariant::as_str);
    if let (Some(written), Some(plain)) = (forms.next(), forms.find(|form| !form.contains(';')))
        && written != plain
    {
        let message = format!("this covers `{plain}` as well: parameters and final dots are dropped from every path");
        diagnostics.warning(
            *place,
            message,
            format!("write `{sign}{plain}` if that is meant, else protect another path"),
        );
    }
}
