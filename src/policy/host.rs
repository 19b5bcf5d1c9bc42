//! `hosts` of a rule, and the host that a request names.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One element of `hosts`: a name, or `*.` and a name for everything below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct HostPattern {
    name: String,
    below: bool,
}

impl HostPattern {
    /// Parses one element of `hosts`. The error is the text to write instead.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (below, name) = match text.strip_prefix("*.") {
            Some(name) => (true, name),
            None => (false, text),
        };
        if let Some(name) = text.strip_prefix('.') {
            return Err(format!("write `*.{name}` for all below it"));
        }
        if name.contains('*') {
            return Err("write a name, or `*.` and a name for all below it".to_owned());
        }
        if !name.is_ascii() {
            return Err("write the name in its ASCII form, such as `xn--bcher-kva.example`, as requests do".to_owned());
        }
        if let Ok(address) = name.parse::<Ipv6Addr>() {
            return Err(format!("write `[{address}]`: requests put brackets around an IPv6 address"));
        }
        match parse_authority(name.as_bytes()) {
            Some(plain) if !below && is_address(&plain) && is_address(name) => Ok(Self { name: plain, below }),
            Some(plain) if below && is_address(&plain) => Err(format!("write `{plain}`: nothing is below an address")),
            Some(plain) if plain.len() == name.trim_end_matches('.').len() => Ok(Self { name: plain, below }),
            Some(plain) => {
                Err(format!("write `{}{plain}`: a host without scheme, port and path", if below { "*." } else { "" }))
            }
            None => Err("write a host name such as `shop.example`".to_owned()),
        }
    }

    fn matches(&self, host: &str) -> bool {
        if self.below {
            host.strip_suffix(self.name.as_str()).is_some_and(|front| front.len() > 1 && front.ends_with('.'))
        } else {
            host == self.name
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.below { "*." } else { "" }, self.name)
    }
}

/// A request with more host names than this may be for any host.
const MAX_NAMES: usize = 8;

/// One host that a request may be for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HostVariant {
    Named(String),
    /// Unknown, and treated as the host of every rule.
    Every,
    /// Unknown, and treated as the host of no rule.
    NoRules,
}

impl HostVariant {
    /// The host, if it is known.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            HostVariant::Named(host) => Some(host),
            HostVariant::Every | HostVariant::NoRules => None,
        }
    }

    pub(crate) fn matches(&self, patterns: &[HostPattern]) -> bool {
        match self {
            HostVariant::Named(host) => patterns.iter().any(|pattern| pattern.matches(host)),
            HostVariant::Every => true,
            HostVariant::NoRules => false,
        }
    }

    /// All hosts for which the request may be. Layers disagree if the target and the `Host` header name different
    /// hosts, or if there are two such headers. Without any, it may be for every host.
    pub(crate) fn all<'a>(named: impl IntoIterator<Item = &'a [u8]>) -> Vec<Self> {
        let mut hosts = Vec::new();
        let mut unreadable = false;
        for text in named {
            match parse_authority(text).map(HostVariant::Named) {
                Some(host) if hosts.contains(&host) => {}
                Some(host) if hosts.len() < MAX_NAMES => hosts.push(host),
                _ => unreadable = true,
            }
        }
        if hosts.is_empty() || unreadable {
            hosts.extend([HostVariant::Every, HostVariant::NoRules]);
        }
        hosts
    }
}

/// The hosts that a line of `Forwarded` names, parsed as leniently as in frameworks: actix-web's `ConnectionInfo`
/// splits the line at each `;` and `,`, in quotes or not, and prefers the host in it to all others.
pub(crate) fn forwarded_hosts(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| b";,".contains(byte)).filter_map(|pair| {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let value = pair[equals + 1..].trim_ascii();
        let value = value.strip_prefix(b"\"").unwrap_or(value);
        let is_host = pair[..equals].trim_ascii().eq_ignore_ascii_case(b"host");
        is_host.then(|| value.strip_suffix(b"\"").unwrap_or(value))
    })
}

/// The host of `user@Shop.Example.:8443`: lower case, without user, port and final dot. An address is written in one form:
/// `[2001:DB8:0::1]:80` is `[2001:db8::1]`, and `[::ffff:192.0.2.1]` is `192.0.2.1`.
fn parse_authority(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?.trim_matches([' ', '\t']);
    let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
    if let Ok(address) = host.parse::<Ipv6Addr>() {
        // Without brackets, there is no port.
        return Some(address_text(address.into()));
    }
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !in_brackets(host) => name,
        _ => host,
    };
    let host = host.trim_end_matches('.');
    if in_brackets(host) {
        return bracketed_address(host);
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte) || !byte.is_ascii();
    let readable = !host.is_empty() && host.bytes().all(plain);
    readable.then(|| host.parse::<Ipv4Addr>().map_or_else(|_| host.to_lowercase(), |address| address.to_string()))
}

fn in_brackets(host: &str) -> bool {
    host.starts_with('[') && host.ends_with(']')
}

/// The address of `[fe80::1%25eth0]`, without its zone, which has a meaning only on one machine.
fn bracketed_address(host: &str) -> Option<String> {
    let inside = host.strip_prefix('[')?.strip_suffix(']')?;
    let address = inside.split('%').next()?;
    Some(address_text(address.parse::<Ipv6Addr>().ok()?.into()))
}

/// An address in the form in which hosts are compared: an IPv4 address in IPv6 is the IPv4 address.
fn address_text(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// Whether this is an address, with or without brackets.
fn is_address(host: &str) -> bool {
    host.parse::<Ipv4Addr>().is_ok() || bracketed_address(host).is_some()
}
