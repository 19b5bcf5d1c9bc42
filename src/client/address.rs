//! One address as a proxy or a log writes it: `198.51.100.7`, `198.51.100.7:4711`, `2001:db8::1`, `[2001:db8::1]:443`.
//!
//! The only parser of such text: for live headers, logged addresses and logged headers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The port that may follow an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Port {
    /// Digits, or no port. `2001:db8::1:8080` is an address without a port.
    Optional,
    /// Like `Optional`, or an obfuscated port such as `_web7` (RFC 7239, section 6.2). The RFC requires brackets around
    /// IPv6, so `2001:db8::1:8080` is ambiguous and refused.
    Forwarded,
    /// A port is required: `2001:db8::1:8080` is `2001:db8::1` and its port.
    Always,
}

/// Parses one address. Returns `None` for any other text, and for text that may be one of two addresses.
///
/// The address is returned in canonical form: `::ffff:198.51.100.7` is `198.51.100.7`. Dotted decimal with leading
/// zeros is refused, because parsers disagree about it: `010.0.0.1` is 10.0.0.1 or 8.0.0.1.
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
    // IPv6 without brackets. `2001:db8:a:b:c:d:e:7:53211` has one group too many, and `2001:db8::7:53211` has one digit
    // too many, so the last group is a port. AWS, Azure and HAProxy write such text.
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
    // A zone names the network interface of the proxy. It is not part of the address.
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
