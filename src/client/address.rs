//! One address as a proxy or a log writes it: `198.51.100.7`, `198.51.100.7:4711`, `2001:db8::1`, `[2001:db8::1]:443`.
//!
//! The only reader of such text: live headers, logged addresses and logged headers all come here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The port that may stand behind an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Port {
    /// Digits, or nothing. `2001:db8::1:8080` is the address that it spells.
    Optional,
    /// As `Optional`, or an obfuscated port such as `_web7` (RFC 7239, section 6.2). The RFC puts IPv6 in brackets, so
    /// `2001:db8::1:8080` may be either of two addresses and is refused.
    Forwarded,
    /// Always there: `2001:db8::1:8080` is `2001:db8::1` and its port.
    Always,
}

/// Reads one address; `None` if the text is anything else, or may be one of two addresses.
///
/// The address comes back in canonical form: `::ffff:198.51.100.7` is `198.51.100.7`. Dotted decimal with leading
/// zeros is refused, because readers disagree about it: `010.0.0.1` is 10.0.0.1 to one and 8.0.0.1 to the next.
pub(super) fn parse(text: &[u8], port: Port) -> Option<IpAddr> {
    if let Some(rest) = text.strip_prefix(b"[") {
        let close = rest.iter().position(|&byte| byte == b']')?;
        let address = parse_v6(&rest[..close])?;
        return match &rest[close + 1..] {
            [] => Some(address),
            [b':', digits @ ..] if is_port(digits, port) => Some(address),
            _ => None,
        };
    }
    let Some(colon) = text.iter().rposition(|&byte| byte == b':') else { return parse_v4(text) };
    let (left, right) = (&text[..colon], &text[colon + 1..]);
    if !left.contains(&b':') {
        return if is_port(right, port) { parse_v4(left) } else { None };
    }
    // IPv6 without brackets. `2001:db8:a:b:c:d:e:7:53211` has a group too many, and `2001:db8::7:53211` a digit too
    // many, so that the last one is a port; AWS, Azure and HAProxy write such text.
    let whole = parse_v6(text);
    let without_port = if is_port(right, port) { parse_v6(left) } else { None };
    match (whole, without_port) {
        (Some(whole), Some(without_port)) if whole != without_port => match port {
            Port::Optional => Some(whole),
            Port::Forwarded => None,
            Port::Always => Some(without_port),
        },
        (whole, without_port) => whole.or(without_port),
    }
}

fn parse_v4(text: &[u8]) -> Option<IpAddr> {
    let address: Ipv4Addr = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(IpAddr::V4(address))
}

fn parse_v6(text: &[u8]) -> Option<IpAddr> {
    // A zone says which link of the proxy the packet came from; it is no part of the address.
    let digits = match text.iter().position(|&byte| byte == b'%') {
        Some(at) if at + 1 == text.len() => return None,
        Some(at) => &text[..at],
        None => text,
    };
    let address: Ipv6Addr = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(address.to_canonical())
}

fn is_port(text: &[u8], port: Port) -> bool {
    match text {
        [b'_', name @ ..] => {
            port == Port::Forwarded
                && !name.is_empty()
                && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
        }
        digits => {
            let number = || digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
            let is_short = (1..=5).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
            is_short && number() <= u32::from(u16::MAX)
        }
    }
}
