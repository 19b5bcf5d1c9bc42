//! A required key that is missing.

use crate::config::diagnostics::Diagnostics;

/// Reports a missing key, unless the key exists and was already reported.
pub(super) fn missing(table: usize, key: &str, help: &str, diagnostics: &mut Diagnostics) {
    if !diagnostics.concerns_at(table, Some(key)) {
        diagnostics.problem(table, format!("`{key}` is missing"), help);
    }
}
