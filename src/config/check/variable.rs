//! Environment variables that a key names: their values are secrets and never shown.

use crate::config::diagnostics::Diagnostics;
use crate::config::document::Input;
use crate::config::secrets::is_usual_variable;
use crate::config::spanned::Spanned;

/// The content of a variable, for the help.
pub(super) struct Purpose {
    /// Such as `the secret of all instances`.
    pub(super) content: &'static str,
    /// A name for the variable.
    pub(super) example: &'static str,
    /// How to make the content, or nothing: `; make one with …`.
    pub(super) hint: String,
}

/// The value of the variable, without surrounding white space. Reports a variable that is not set, or has no value.
pub(super) fn value<'a>(
    variable: &Spanned<String>,
    purpose: &Purpose,
    input: &'a Input,
    diagnostics: &mut Diagnostics,
) -> Option<&'a str> {
    let Spanned { value: name, place } = variable;
    let Some(environment) = &input.environment else {
        let help = "read the configuration from a file, with `GuardConfig::load`";
        diagnostics.problem(*place, "a configuration from a text cannot use environment variables", help);
        return None;
    };
    let value = environment.get(name).map(str::trim).filter(|value| !value.is_empty());
    if value.is_none() {
        let Purpose { content, example, hint } = purpose;
        // If the keys are confused, the secret itself is written here.
        let (shown, help) = match is_usual_variable(name) {
            true => (name.as_str(), format!("set the environment variable `{name}` to {content}{hint}")),
            false => (
                "…",
                format!(
                    "write the name of an environment variable, such as `{example}`, and set the variable to {content}; \
                     never write the value itself here"
                ),
            ),
        };
        diagnostics.problem_with(*place, shown, "this environment variable is not set", help);
    }
    value
}
