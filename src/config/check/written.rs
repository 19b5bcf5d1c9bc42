//! Paths, hosts and methods in the syntax of other programs: each is refused with the correct text.

use std::net::Ipv6Addr;

use super::unknown::undecorated;
use crate::util::escape::is_unsafe;

/// The problem with a text, and the suggested text.
pub(super) type Fault = Option<(&'static str, String)>;

/// Checks a path pattern as written.
pub(super) fn path(text: &str) -> Fault {
    let trimmed = undecorated(text);
    if text.chars().any(is_unsafe) {
        let plain: String = trimmed.chars().filter(|c| !is_unsafe(*c)).collect();
        return Some(("an invisible character is in this path", format!("write `{plain}`")));
    }
    let exact = text.strip_prefix('=').unwrap_or(text);
    if exact.trim() != exact && !exact.starts_with('/') {
        let sign = if text.starts_with('=') { "=" } else { "" };
        return Some(("this path begins with spaces", format!("write `{sign}{}`", exact.trim())));
    }
    if let Some(path) = text.strip_prefix('!').filter(|path| path.starts_with('/')) {
        let help = format!("write an earlier rule with `paths = [\"{path}\"]` and `action = \"allow\"`");
        return Some(("a path pattern cannot exclude", help));
    }
    if text.starts_with('~') {
        return Some((
            "a path pattern is no regular expression",
            "write the path, with `*` and `**` as wildcards".to_owned(),
        ));
    }
    if let Some(path) = text.strip_prefix('\\') {
        return Some(("the separator of a path pattern is `/`", format!("write `/{}`", path.replace('\\', "/"))));
    }
    if trimmed != text && trimmed.starts_with('/') && !text.starts_with('/') {
        return Some(("this path is in quotes or brackets", format!("write `{trimmed}`")));
    }
    let parts: Vec<&str> = text.split([',', ';']).map(str::trim).collect();
    if parts.len() > 1 && parts.iter().all(|part| part.starts_with('/')) {
        let quoted: Vec<String> = parts.iter().map(|part| format!("\"{part}\"")).collect();
        return Some((
            "one text contains several paths",
            format!("write each in quotes of its own: {}", quoted.join(", ")),
        ));
    }
    None
}

/// A part of a path that is a wildcard in other programs, and the pattern with `*` in its place.
pub(super) fn foreign_wildcard(text: &str) -> Option<(&str, String)> {
    let is_foreign = |segment: &&str| {
        let bracketed = |open: char, close: char| {
            let inner = segment.split_once(open).and_then(|(_, rest)| rest.split_once(close));
            inner.is_some_and(|(inner, _)| !inner.is_empty())
        };
        let name = segment.strip_prefix(':').unwrap_or_default();
        let is_parameter = name.starts_with(|c: char| c.is_ascii_alphabetic());
        is_parameter || bracketed('[', ']') || bracketed('<', '>')
    };
    let segment = text.split('/').find(is_foreign)?;
    Some((segment, text.replacen(segment, "*", 1)))
}

/// Checks a host as written.
pub(super) fn host(text: &str) -> Fault {
    let several: Vec<&str> =
        text.split([',', ';', '|', ' ']).map(undecorated).filter(|part| !part.is_empty()).collect();
    if several.len() > 1 {
        let quoted: Vec<String> = several.iter().map(|part| format!("\"{part}\"")).collect();
        return Some((
            "one text contains several hosts",
            format!("write each in quotes of its own: {}", quoted.join(", ")),
        ));
    }
    if let Some((_, rest)) = text.split_once("://") {
        return Some(("a host has no scheme and no path", format!("write `{}`", bare_host(rest))));
    }
    if text.contains('/') {
        return Some(("a host has no path", format!("write `{}`, and the path in `paths`", bare_host(text))));
    }
    if matches!(text, "*" | "_" | "**" | "default_server" | "*.*") {
        return Some(("this names no host", "remove the key for all hosts".to_owned()));
    }
    if text.starts_with(['~', '^']) || text.ends_with('$') {
        return Some((
            "a host is no regular expression",
            "write the name, or `*.` and a name for all below it".to_owned(),
        ));
    }
    if text.starts_with('!') {
        let help = "name the hosts that are meant, or write an earlier rule with `action = \"allow\"` for this one";
        return Some(("a host cannot be excluded", help.to_owned()));
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return Some(("an IPv6 address has brackets in `Host`", format!("write `[{text}]`")));
    }
    let name = text.strip_prefix("*.").unwrap_or(text).trim_end_matches('.');
    let is_bad = |label: &str| label.is_empty() || label.starts_with('-') || label.ends_with('-') || label.len() > 63;
    if !text.is_empty()
        && !text.starts_with(['.', '[', ' '])
        && !name.contains(['*', ':', '@'])
        && name.split('.').any(is_bad)
    {
        return Some(("no host has such a name", "write a name such as `shop.example`".to_owned()));
    }
    None
}

/// The host of a URL, without scheme and path.
fn bare_host(text: &str) -> &str {
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.is_empty() => name,
        _ => host,
    }
}

/// Checks a method as written.
pub(super) fn method(text: &str) -> Fault {
    let parts: Vec<&str> =
        text.split([',', ';', '|', '/', ' ']).map(undecorated).filter(|part| !part.is_empty()).collect();
    if parts.len() > 1 && parts.iter().all(|part| part.len() > 2) {
        let quoted: Vec<String> = parts.iter().map(|part| format!("\"{}\"", part.to_uppercase())).collect();
        return Some((
            "one text contains several methods",
            format!("write each in quotes of its own: {}", quoted.join(", ")),
        ));
    }
    if text.starts_with(['!', '-', '^', '~']) {
        return Some(("a method cannot be excluded", "name the methods that are meant".to_owned()));
    }
    let plain = undecorated(text);
    (plain != text && !plain.is_empty())
        .then(|| ("this method is in spaces, quotes or brackets", format!("write `{}`", plain.to_uppercase())))
}
