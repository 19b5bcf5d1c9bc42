//! `hosts` of a rule, and the host that a request names.

use std::fmt;

/// One element of `hosts`: a name, or `*.` and a name for everything below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct HostPattern {
    name: String,
    below: bool,
}

impl HostPattern {
    /// Reads one element of `hosts`; the error is what to write instead.
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
        match parse_authority(name.as_bytes()) {
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

/// A request that names more hosts than this may be for any.
const MAX_NAMES: usize = 8;

/// One host that a request may be for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HostVariant {
    Named(String),
    /// Unknown, and taken for the host of every rule.
    Every,
    /// Unknown, and taken for no rule's host.
    NoRules,
}

impl HostVariant {
    /// The host, where it is known.
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

    /// All hosts that the request can be taken to be for. Layers disagree where the target names one host and the
    /// `Host` header another, or where there are two such headers; where there is none, it may be any.
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

/// What a line of `Forwarded` names for the host, read as loosely as frameworks do: actix-web's `ConnectionInfo` splits it
/// at each `;` and `,`, in quotes or not, and takes the host from there before it looks anywhere else.
pub(crate) fn forwarded_hosts(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| b";,".contains(byte)).filter_map(|pair| {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let value = pair[equals + 1..].trim_ascii();
        let value = value.strip_prefix(b"\"").unwrap_or(value);
        let is_host = pair[..equals].trim_ascii().eq_ignore_ascii_case(b"host");
        is_host.then(|| value.strip_suffix(b"\"").unwrap_or(value))
    })
}

/// The host of `user@Shop.Example.:8443`: lower case, without user, port and final dot.
fn parse_authority(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?.trim_matches([' ', '\t']);
    let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !in_brackets(host) => name,
        _ => host,
    };
    let host = host.trim_end_matches('.');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte) || !byte.is_ascii();
    let readable = !host.is_empty() && (in_brackets(host) || host.bytes().all(plain));
    readable.then(|| host.to_lowercase())
}

fn in_brackets(host: &str) -> bool {
    host.starts_with('[') && host.ends_with(']')
}
