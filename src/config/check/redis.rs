//! `[redis]`

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use super::duration::duration;
use super::missing::missing;
use super::variable::{self, Purpose};
use crate::config::diagnostics::Diagnostics;
use crate::config::document::Input;
use crate::config::raw::RawRedis;
use crate::config::size::Size;
use crate::config::spanned::Spanned;
use crate::redis::{RedisSettings, ShareKeys, ShareSettings};
use crate::util::secret::{MIN_SECRET, is_repetitive};

const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(60);
/// Limits for the memory of all streams on the server.
const MEMORY: RangeInclusive<u64> = 1 << 20..=64 << 30;
const DEFAULT_MEMORY: u64 = 64 << 20;
const DEFAULT_PREFIX: &str = "scanner-guard:";
/// In bytes. The prefix is a part of every key.
const MAX_PREFIX: usize = 100;

/// `None` without the section.
pub(super) fn check(raw: &Spanned<RawRedis>, input: &Input, diagnostics: &mut Diagnostics) -> Option<ShareSettings> {
    let Spanned { value: raw, place } = raw;
    let timeout = |text: &Option<Spanned<String>>, default, diagnostics: &mut Diagnostics| {
        text.as_ref().and_then(|text| duration(text, &TIMEOUTS, diagnostics)).unwrap_or(default)
    };
    let connect_timeout = timeout(&raw.connect_timeout, Duration::from_secs(1), diagnostics);
    let response_timeout = timeout(&raw.response_timeout, Duration::from_millis(500), diagnostics);
    let memory = raw.memory.as_ref().map_or(DEFAULT_MEMORY, |Spanned { value: Size(bytes), place }| {
        if !MEMORY.contains(bytes) {
            diagnostics.problem(*place, "this size is out of range", "write a size from `\"1MiB\"` to `\"64GiB\"`");
        }
        *bytes
    });
    let certificates = raw.ca_file.as_ref().and_then(|file| {
        let pem = diagnostics.read(file.place, &input.folder().join(&file.value))?;
        Some(Arc::from(pem))
    });
    let prefix = prefix(raw.prefix.as_ref(), diagnostics);
    let url = match &raw.url_env {
        None => {
            let help = "name the environment variable with the server's address, such as `url_env = \"REDIS_URL\"`";
            missing(*place, "url_env", help, diagnostics);
            None
        }
        Some(variable) => url(variable, input, diagnostics),
    };
    let secret = match &raw.secret_env {
        None => {
            let help = "name the environment variable with the secret of all instances, such as `secret_env = \
                        \"SHARED_SECRET\"`; `openssl rand -hex 32` makes one";
            missing(*place, "secret_env", help, diagnostics);
            None
        }
        Some(variable) => secret(variable, input, diagnostics),
    };
    let settings = ShareSettings {
        url: url?,
        prefix,
        certificates,
        connect_timeout,
        response_timeout,
        memory,
        keys: ShareKeys::of(secret?.as_bytes()),
    };
    if let (Some(file), true) = (&raw.ca_file, settings.redis().is_ok_and(|redis| !redis.is_tls())) {
        let help = "write the URL with `rediss://`, or remove this key";
        diagnostics.problem(file.place, "this key has no effect: the URL of the server is not one of TLS", help);
    } else if let Err(error) = settings.check() {
        let place = raw.ca_file.as_ref().map_or(*place, |file| file.place);
        diagnostics.problem(place, error.to_string(), "name a PEM file with `-----BEGIN CERTIFICATE-----`");
    }
    Some(settings)
}

fn url(variable: &Spanned<String>, input: &Input, diagnostics: &mut Diagnostics) -> Option<Arc<str>> {
    let purpose = Purpose {
        content: "the URL of the server, such as `redis://127.0.0.1`",
        example: "REDIS_URL",
        hint: String::new(),
    };
    let url = variable::value(variable, &purpose, input, diagnostics)?;
    if let Err(error) = RedisSettings::from_url(url) {
        let help = "write an address such as `rediss://user:password@host:6380/0` into the variable";
        diagnostics.problem_with(variable.place, &variable.value, error.to_string(), help);
        return None;
    }
    Some(url.into())
}

fn secret<'a>(variable: &Spanned<String>, input: &'a Input, diagnostics: &mut Diagnostics) -> Option<&'a str> {
    let purpose = Purpose {
        content: "the secret of all instances",
        example: "SHARED_SECRET",
        hint: "; `openssl rand -hex 32` makes one".to_owned(),
    };
    let secret = variable::value(variable, &purpose, input, diagnostics)?;
    if secret.len() < MIN_SECRET {
        let message = format!("the secret in this variable has {} bytes; the minimum is {MIN_SECRET}", secret.len());
        diagnostics.problem_with(variable.place, &variable.value, message, "`openssl rand -hex 32` makes one");
        return None;
    }
    if is_repetitive(secret.as_bytes()) {
        let message = "the secret in this variable repeats a few characters, so it can be guessed";
        diagnostics.problem_with(variable.place, &variable.value, message, "`openssl rand -hex 32` makes one");
        return None;
    }
    Some(secret)
}

/// The prefix of all keys. It is also a part of the server's ACL, in which `*` and other characters are patterns.
fn prefix(prefix: Option<&Spanned<String>>, diagnostics: &mut Diagnostics) -> String {
    let Some(Spanned { value, place }) = prefix else { return DEFAULT_PREFIX.to_owned() };
    let is_plain = |c: char| c.is_ascii_graphic() && !"*?[]{}\\\"'".contains(c);
    let message = if value.is_empty() {
        "an empty prefix does not separate the keys of applications".to_owned()
    } else if value.len() > MAX_PREFIX {
        format!("this prefix has {} bytes; the maximum is {MAX_PREFIX}", value.len())
    } else if let Some(character) = value.chars().find(|c| !is_plain(*c)) {
        format!("`{}` is not allowed in this prefix", crate::util::escape::escaped(&character.to_string()))
    } else {
        return value.clone();
    };
    let help = format!("write letters, digits and `:`, such as `{DEFAULT_PREFIX}`");
    diagnostics.problem_with(*place, value, message, help);
    DEFAULT_PREFIX.to_owned()
}
