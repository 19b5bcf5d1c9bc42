//! `[canary]`: the secret, and the URLs that contain tokens.

use std::time::Duration;

use super::prefixes::prefixes;
use super::variable::{self, Purpose};
use super::written;
use crate::canary::{Keys, Settings};
use crate::config::diagnostics::Diagnostics;
use crate::config::document::Input;
use crate::config::raw::RawCanary;
use crate::config::spanned::Spanned;
use crate::util::secret::{MIN_SECRET, is_repetitive};

const MAKE_ONE: &str = "make one with `scanner-guard canary secret --output canary.key` and write `secret_file = \"canary.key\"`, or put \
                        it into an environment variable and name that: `secret_env = \"CANARY_SECRET\"`";

const DEFAULT_PREFIX: &str = "/r/";

/// Words in a prefix that reveal its purpose.
const REVEALING_WORDS: [&str; 5] = ["canary", "honeypot", "honeytoken", "trap", "decoy"];

/// `discovery` has the operator's own networks and the file of findings.
pub(super) fn check(
    raw: Option<&Spanned<RawCanary>>,
    discovery: &crate::engine::discovery::Settings,
    input: &Input,
    diagnostics: &mut Diagnostics,
) -> Option<Settings> {
    let Spanned { value: raw, place } = raw?;
    let host = host(raw, diagnostics);
    let prefix = prefix(raw, diagnostics);
    let days = days(raw, diagnostics);
    let from = prefixes(raw.from.as_ref(), diagnostics);
    let current = secret(
        &Source { env: &raw.secret_env, file: &raw.secret_file, names: ["secret_env", "secret_file"] },
        input,
        diagnostics,
    );
    let old =
        Source { env: &raw.old_secret_env, file: &raw.old_secret_file, names: ["old_secret_env", "old_secret_file"] };
    let has_old = old.env.is_some() || old.file.is_some();
    let old = secret(&old, input, diagnostics);
    if raw.secret_env.is_none() && raw.secret_file.is_none() {
        diagnostics.problem(*place, "canaries need a secret, and this section names none", MAKE_ONE);
    }
    if let (Some(current), Some(old)) = (&current, &old)
        && current == old
        && let Some(at) = raw.old_secret_env.as_ref().or(raw.old_secret_file.as_ref())
    {
        diagnostics.problem(
            at.place,
            "both secrets are the same",
            format!("remove this key, or change the new secret: {MAKE_ONE}"),
        );
    }
    let keys: Vec<Keys> = [current?].iter().chain(&old).filter_map(|secret| Keys::new(secret, &host)).collect();
    let is_whole = keys.len() == 1 + usize::from(has_old);
    is_whole.then_some(Settings {
        keys,
        host,
        prefix,
        days,
        from,
        files: [&raw.secret_file, &raw.old_secret_file]
            .into_iter()
            .flatten()
            .map(|file| input.folder().join(&file.value))
            .collect(),
        own: discovery.own.clone(),
        learned: discovery.file.clone(),
    })
}

/// The two keys for one secret: a file and a variable.
struct Source<'a> {
    env: &'a Option<Spanned<String>>,
    file: &'a Option<Spanned<String>>,
    names: [&'static str; 2],
}

fn secret(source: &Source<'_>, input: &Input, diagnostics: &mut Diagnostics) -> Option<Vec<u8>> {
    let Source { env, file, names: [env_name, file_name] } = *source;
    let (value, place) = match (env, file) {
        (None, None) => return None,
        (Some(_), Some(file)) => {
            diagnostics.problem(
                file.place,
                format!("`{env_name}` and `{file_name}` exclude each other"),
                "keep one of them",
            );
            return None;
        }
        (Some(name), None) => {
            let purpose = Purpose { content: "the secret", example: "CANARY_SECRET", hint: format!("; {MAKE_ONE}") };
            (variable::value(name, &purpose, input, diagnostics)?.as_bytes().to_vec(), name.place)
        }
        (None, Some(file)) => (file_value(file, input, diagnostics)?, file.place),
    };
    let value = value.trim_ascii().to_vec();
    if value.len() < MIN_SECRET {
        let message = match value.len() {
            0 => "this secret is empty".to_owned(),
            length => format!("this secret has {length} characters; the minimum is {MIN_SECRET}"),
        };
        diagnostics.problem(place, message, MAKE_ONE);
        return None;
    }
    if value.contains(&b'\n') {
        diagnostics.problem(place, "this secret has more than one line", MAKE_ONE);
        return None;
    }
    if is_repetitive(&value) {
        diagnostics.problem(place, "this secret repeats a few characters, so it can be guessed", MAKE_ONE);
        return None;
    }
    Some(value)
}

fn file_value(file: &Spanned<String>, input: &Input, diagnostics: &mut Diagnostics) -> Option<Vec<u8>> {
    let path = input.folder().join(&file.value);
    let missing = !path.exists();
    if missing {
        diagnostics.problem(
            file.place,
            "there is no such file",
            format!("name a file relative to this one; {MAKE_ONE}"),
        );
        return None;
    }
    let bytes = diagnostics.read(file.place, &path)?;
    if is_open_to_all(&path) {
        let help = format!("close it: `chmod 600 {}`", crate::util::escape::escaped(&file.value));
        diagnostics.warning(file.place, "every user of this machine can read the secret", help);
    }
    Some(bytes)
}

#[cfg(unix)]
fn is_open_to_all(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o007 != 0)
}

#[cfg(not(unix))]
fn is_open_to_all(_: &std::path::Path) -> bool {
    false
}

fn host(raw: &RawCanary, diagnostics: &mut Diagnostics) -> String {
    let Some(Spanned { value, place }) = &raw.host else { return String::new() };
    let is_name = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    let fault = written::host(value).or_else(|| {
        (value.is_empty() || !value.chars().all(is_name))
            .then(|| ("not a host name", "write a name such as `shop.example`".to_owned()))
    });
    if let Some((message, help)) = fault {
        diagnostics.problem_with(*place, value, message, help);
    }
    value.to_ascii_lowercase()
}

fn prefix(raw: &RawCanary, diagnostics: &mut Diagnostics) -> String {
    let Some(Spanned { value, place }) = &raw.prefix else { return DEFAULT_PREFIX.to_owned() };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    let segments = || value.split('/');
    let fault = if let Some(character) = value.chars().find(|c| !is_plain(*c)) {
        let shown = crate::util::escape::escaped(&character.to_string()).into_owned();
        Some((
            format!("`{shown}` is not allowed in this prefix"),
            "write letters, digits and slashes, such as `/r/`".to_owned(),
        ))
    } else if !value.starts_with('/') || !value.ends_with('/') {
        let trimmed = value.trim_matches('/');
        let help = if trimmed.is_empty() { DEFAULT_PREFIX.to_owned() } else { format!("/{trimmed}/") };
        Some(("a prefix begins and ends with a slash".to_owned(), format!("write `{help}`")))
    } else if value == "/" {
        Some((
            "with this prefix, a canary could have the path of any page, and the lines for robots.txt would exclude the whole site"
                .to_owned(),
            format!("write `{DEFAULT_PREFIX}`"),
        ))
    } else if segments().any(|segment| segment == "." || segment == "..") || value.contains("//") {
        Some(("this prefix has an empty segment, `.` or `..`".to_owned(), "write a prefix such as `/r/`".to_owned()))
    } else {
        None
    };
    if let Some((message, help)) = fault {
        diagnostics.problem_with(*place, value, message, help);
        return DEFAULT_PREFIX.to_owned();
    }
    let lower = value.to_ascii_lowercase();
    if let Some(word) = REVEALING_WORDS.iter().find(|word| lower.contains(*word)) {
        let message = format!("`{word}` in the prefix reveals the purpose of the URL");
        diagnostics.warning(*place, message, "write a neutral prefix, such as `/r/`");
    }
    value.clone()
}

fn days(raw: &RawCanary, diagnostics: &mut Diagnostics) -> u16 {
    const DAY: u64 = 24 * 60 * 60;
    let Some(Spanned { value, place }) = &raw.valid else { return Settings::DEFAULT_DAYS };
    let duration = humantime::parse_duration(value).unwrap_or(Duration::ZERO).as_secs();
    let days =
        u16::try_from(duration / DAY).ok().filter(|days| duration.is_multiple_of(DAY) && (1..=365).contains(days));
    days.unwrap_or_else(|| {
        diagnostics.problem_with(*place, value, "not a number of days from 1 to 365", "write `30days`");
        Settings::DEFAULT_DAYS
    })
}
