//! One address as a proxy writes it: `198.51.100.7`, `198.51.100.7:4711`, `2001:db8::1`, `[2001:db8::1]:443`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What may stand behind the colon after an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PortGrammar {
    /// One to five digits.
    Digits,
    /// Digits, or an obfuscated port such as `_web7` (RFC 7239, section 6.2).
    DigitsOrObfuscated,
}

/// Reads one address; `None` where the text is anything else.
///
/// The address comes back in canonical form: `::ffff:198.51.100.7` is `198.51.100.7`. Dotted decimal with leading
/// zeros is refused, because readers disagree about it: `010.0.0.1` is 10.0.0.1 to one and 8.0.0.1 to the next.
pub(super) fn parse(text: &[u8], ports: PortGrammar) -> Option<IpAddr> {
    if let Some(rest) = text.strip_prefix(b"[") {
        let close = rest.iter().position(|&byte| byte == b']')?;
        let address = parse_v6(&rest[..close])?;
        return match &rest[close + 1..] {
            [] => Some(address),
            [b':', port @ ..] if is_port(port, ports) => Some(address),
            _ => None,
        };
    }
    let mut colons = text.iter().enumerate().filter(|(_, byte)| **byte == b':').map(|(at, _)| at);
    match (colons.next(), colons.next()) {
        (None, _) => parse_v4(text),
        (Some(at), None) if is_port(&text[at + 1..], ports) => parse_v4(&text[..at]),
        (Some(_), None) => None,
        // Without brackets the whole text is one address: `2001:db8::1:8080` has no port.
        (Some(_), Some(_)) => parse_v6(text),
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

fn is_port(text: &[u8], ports: PortGrammar) -> bool {
    match text {
        [b'_', name @ ..] => {
            ports == PortGrammar::DigitsOrObfuscated
                && !name.is_empty()
                && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
        }
        digits => (1..=5).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit),
    }
}
