//! Environment variables: which of them belong to the guard, and the key that each of them sets.

use std::collections::HashMap;
use std::fmt;

use super::diagnostics::Diagnostics;
use super::place::Place;
use crate::util::escape::is_unsafe;
use crate::util::suggest::{self, is_quote_or_bracket};

/// The prefix of variables. A double underscore follows: `SCANNER_GUARD__CLIENT__HEADER`.
pub(super) const PREFIX: &str = "SCANNER_GUARD";
pub(super) const SEPARATOR: &str = "__";

/// Environment variables. Their values may be secrets and are never shown.
#[derive(Clone)]
pub(super) struct Variables(Vec<(String, String)>);

impl Variables {
    /// The variables that set keys, one for each key.
    pub(super) fn settable<'a>(
        &'a self,
        diagnostics: &'a mut Diagnostics,
    ) -> impl Iterator<Item = &'a (String, String)> {
        let mut seen: HashMap<String, &str> = HashMap::new();
        self.0.iter().filter(move |(name, _)| {
            if !is_settable(name, diagnostics) {
                return false;
            }
            // Names are not case-sensitive, and nothing shows which of two variables would win.
            let other = seen.insert(name.to_uppercase(), name).filter(|other| *other != name);
            if let Some(other) = other {
                let message = format!("`{other}` sets the same key: the case of a variable does not count");
                refuse(name, &message, format!("keep `{}` alone", name.to_uppercase()), diagnostics);
            }
            other.is_none()
        })
    }

    /// The value of the variable with exactly this name.
    #[cfg(any(feature = "canary", feature = "feeds", all(feature = "discovery", feature = "redis")))]
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

/// The variables of the process: variables that set keys, and variables that keys may name.
pub(super) fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
}

/// Whether a variable's name sets a key. A name that only looks like one is reported: otherwise a policy would silently
/// stay unchanged.
fn is_settable(name: &str, diagnostics: &mut Diagnostics) -> bool {
    let upper = name.to_uppercase();
    let Some(rest) = upper.strip_prefix(PREFIX) else { return false };
    let Some(path) = rest.strip_prefix(SEPARATOR) else {
        if rest.starts_with('_') {
            let help = format!("write `{PREFIX}{SEPARATOR}{}`, with two underscores", rest.trim_start_matches('_'));
            refuse(name, "this sets nothing: each key follows two underscores", help, diagnostics);
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

/// The value without the quotes, brackets and blanks around it, and around each element of a list. `None` if there are
/// none. Shells remove quotes, but `env_file` of Docker and systemd units do not.
pub(super) fn plain_value(text: &str) -> Option<String> {
    let is_blank = |c: char| c.is_whitespace() || is_unsafe(c);
    let blanks = text.trim_matches(is_blank);
    let inner = without_pair(blanks);
    let part = |part: &'_ str| -> String {
        let part = part.trim_matches(is_blank);
        // In `["a","b"]`, the outer pair took the outer quotes with it.
        if inner == blanks { without_pair(part) } else { part.trim_matches(is_quote_or_bracket) }.to_owned()
    };
    let parts: Vec<String> = inner.split(',').map(part).collect();
    let written: Vec<&str> = text.split(',').map(str::trim).collect();
    let is_plain = blanks == text && (inner == blanks) && parts == written;
    (!is_plain).then(|| parts.join(","))
}

/// The text between quotes or brackets.
fn without_pair(text: &str) -> &str {
    let mut inner = text;
    while inner.chars().count() > 1 && inner.starts_with(is_quote_or_bracket) && inner.ends_with(is_quote_or_bracket) {
        inner = inner.trim_start_matches(is_quote_or_bracket).trim_end_matches(is_quote_or_bracket);
    }
    inner
}

fn refuse(name: &str, message: &str, help: String, diagnostics: &mut Diagnostics) {
    let place = diagnostics.place(Place::in_environment(name.to_owned(), String::new()));
    diagnostics.problem(place, message, help);
}

/// The variable for this key.
pub(super) fn variable(path: &str) -> String {
    format!("{PREFIX}{SEPARATOR}{}", path.replace('.', SEPARATOR)).to_uppercase()
}

/// The help for a variable that names an unknown key of its section.
pub(super) fn help(section: &str, key: &str, known: &[&str]) -> String {
    let path = |section: &str, key: &str| if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
    match (suggest::nearest(key, known.iter().copied()), suggest::home_section(key)) {
        (Some(name), _) => format!("write `{}`", variable(&path(section, name))),
        (None, Some(section)) => format!("write `{}`", variable(&path(section, key))),
        (None, None) => format!("remove it; known here: {}", suggest::list(known.iter().copied())),
    }
}
