//! Environment variables: which are the guard's, and which key each sets.

use std::fmt;

use super::diagnostics::{Diagnostics, Place};

/// Variables begin with this, and a double underscore: `SCANNER_GUARD__CLIENT__HEADER`.
pub(super) const PREFIX: &str = "SCANNER_GUARD";
pub(super) const SEPARATOR: &str = "__";

/// Environment variables. Their values may be secrets, and are not shown.
#[derive(Clone)]
pub(super) struct Variables(Vec<(String, String)>);

impl Variables {
    pub(super) fn iter(&self) -> impl Iterator<Item = &(String, String)> {
        self.0.iter()
    }

    /// The value of the variable with exactly this name.
    #[cfg(feature = "feeds")]
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

impl FromIterator<(String, String)> for Variables {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// The process's variables: those that set keys, and those that keys may name.
pub(super) fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
}

/// Whether a variable's name is one that sets a key. What looks like one and is none is reported, since a policy that
/// was meant to be changed and was not is found out too late.
pub(super) fn is_settable(name: &str, diagnostics: &mut Diagnostics) -> bool {
    let upper = name.to_uppercase();
    let Some(rest) = upper.strip_prefix(PREFIX) else { return false };
    let Some(path) = rest.strip_prefix(SEPARATOR) else {
        if rest.starts_with('_') {
            let help = format!("write `{PREFIX}{SEPARATOR}{}`, with two underscores", rest.trim_start_matches('_'));
            refuse(name, "this sets nothing: two underscores stand before each key", help, diagnostics);
        }
        return false;
    };
    let keys: Vec<&str> = path.split(SEPARATOR).collect();
    let plain = |key: &&str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if keys.first() == Some(&"RULE")
        || keys.starts_with(&["SCANNERS", "LIST"])
        || keys.len() > 2
        || !keys.iter().all(plain)
    {
        let help = "write it into the TOML file: variables set single keys, such as `SCANNER_GUARD__CLIENT__HEADER`, and \
                    neither rules nor lists";
        refuse(name, "no variable can set this", help.to_owned(), diagnostics);
        return false;
    }
    true
}

fn refuse(name: &str, message: &str, help: String, diagnostics: &mut Diagnostics) {
    let place = diagnostics.place(Place::in_environment(name.to_owned(), String::new()));
    diagnostics.problem(place, message, help);
}

/// The variable that sets this key.
pub(super) fn variable(path: &str) -> String {
    format!("{PREFIX}{SEPARATOR}{}", path.replace('.', SEPARATOR)).to_uppercase()
}
