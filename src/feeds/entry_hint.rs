//! Parses an entry. If a text is none, explains why, and suggests a valid text.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::entry::{self, Entry, Reason, is_entry, is_invisible, partial};
use crate::util::prefix::PrefixError;

/// Parses a trimmed entry.
pub(super) fn parse(text: &str) -> Result<Entry, Reason> {
    entry::read(text).map_err(|error| match error {
        PrefixError::Malformed => reason(text),
        error => error.into(),
    })
}

fn reason(text: &str) -> Reason {
    const KINDS: &[fn(&str) -> Option<Reason>] =
        &[invisible, negated, url, as_number, with_port, number, padded, mask, columns, partly, host_name];
    KINDS.iter().find_map(|kind| kind(text)).unwrap_or_else(|| PrefixError::Malformed.into())
}

#[expect(clippy::unnecessary_wraps, reason = "every kind gives an option")]
fn because(message: impl Into<String>, help: impl Into<String>) -> Option<Reason> {
    Some(Reason { message: message.into(), help: help.into() })
}

fn invisible(text: &str) -> Option<Reason> {
    let found = text.chars().find(|c| is_invisible(*c))?;
    because(format!("it contains an invisible character, U+{:04X}", u32::from(found)), "remove the character")
}

fn negated(text: &str) -> Option<Reason> {
    text.starts_with('!').then(exception_reason)
}

fn url(text: &str) -> Option<Reason> {
    let (scheme, _) = text.split_once("://")?;
    let is_scheme = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_scheme.then(|| because("a URL is no address", "list the addresses that send the requests"))?
}

fn as_number(text: &str) -> Option<Reason> {
    let digits = text.get(..2).filter(|start| start.eq_ignore_ascii_case("as")).map(|_| &text[2..])?;
    let number: u32 = digits.parse().ok()?;
    let help = format!("list its prefixes, such as by `whois -h whois.radb.net -- '-i origin AS{number}'`");
    because("an AS number is no address", help)
}

fn with_port(text: &str) -> Option<Reason> {
    let address = text.parse::<SocketAddr>().ok()?.ip();
    because("an address with a port", format!("write `{address}`, without the port"))
}

/// `0xC6336407` and `3325256711` are 198.51.100.7.
fn number(text: &str) -> Option<Reason> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let number = match hexadecimal {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => text.parse().ok()?,
    };
    because("a number is no address", format!("write `{}` if that is meant", Ipv4Addr::from(number)))
}

/// `198.051.100.007`: some programs read the 051 as octal, which is 41.
fn padded(text: &str) -> Option<Reason> {
    let part = |part: &str| unpadded(part.trim()).unwrap_or_else(|| part.trim().to_owned());
    let written = match text.split_once(['-', '/']) {
        Some((first, last)) => format!("{}{}{}", part(first), if text.contains('/') { "/" } else { "-" }, part(last)),
        None => part(text),
    };
    // Blanks and the kind of dash are not the problem.
    let has_zeros = text.split(|c: char| !c.is_ascii_digit()).any(|number| number.len() > 1 && number.starts_with('0'));
    (has_zeros && is_entry(&written))
        .then(|| because("leading zeros may mean octal numbers", format!("write `{written}` if that is meant")))?
}

/// An IPv4 address whose numbers are decimal, with leading zeros.
pub(super) fn unpadded(text: &str) -> Option<String> {
    let octet = |octet: &str| if (1..=3).contains(&octet.len()) { octet.parse::<u8>().ok() } else { None };
    let octets: Vec<u8> = text.split('.').map(octet).collect::<Option<_>>()?;
    let octets: [u8; 4] = octets.try_into().ok()?;
    Some(Ipv4Addr::from(octets).to_string())
}

fn mask(text: &str) -> Option<Reason> {
    let (network, mask) = text.split_once(['/', ' '])?;
    let (Ok(_), Ok(mask)) = (network.parse::<Ipv4Addr>(), mask.trim().parse::<Ipv4Addr>()) else { return None };
    let is_mask = matches!(mask.octets()[0], 0 | 255);
    is_mask.then(|| because("not the mask of a network", "write the prefix, such as `198.51.100.0/24`"))?
}

/// A second column may be a mask, the end of a range or a remark. Only the author knows.
fn columns(text: &str) -> Option<Reason> {
    let (first, rest) = text.split_once(|c: char| c.is_whitespace() || matches!(c, ',' | '|' | ';'))?;
    if !is_entry(first) {
        return None;
    }
    let second = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '|' | ';'));
    let second: String = second.split_whitespace().next().unwrap_or_default().chars().take(40).collect();
    because(
        format!("a second column, `{second}`, is no comment"),
        "write one entry on each line, with a comment after `#`; `awk '{print $1}'` keeps the first column",
    )
}

fn partly(text: &str) -> Option<Reason> {
    let net = text.ends_with('.').then(|| partial(text))??;
    because("a part of an address", format!("write `{net}`"))
}

fn host_name(text: &str) -> Option<Reason> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'*');
    let top = text.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let is_name = text.contains('.') && text.bytes().all(allowed) && top.starts_with(|c: char| c.is_ascii_alphabetic());
    (is_name && text.parse::<IpAddr>().is_err()).then(|| {
        because("a host name is no address", "write the addresses that it has; `dig +short NAME` shows them")
    })?
}

/// The reason why an exception without a rule is refused.
pub(super) fn exception_reason() -> Reason {
    Reason {
        message: "an exception is not a range".to_owned(),
        help: "remove it here, and name it in `scanners.allow`".to_owned(),
    }
}
