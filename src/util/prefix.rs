//! Prefixes as text: `198.51.100.0/24`, `2001:db8::/32`, or one address.

use std::fmt;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

/// The shortest prefixes that a list of scanners may contain: a wider one would cover whole parts of the Internet.
const SHORTEST_V4: u8 = 8;
const SHORTEST_V6: u8 = 16;

/// The reason why a prefix is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrefixError {
    /// It is neither an address nor a prefix.
    Malformed,
    /// A range whose ends have two families or the wrong order.
    Backwards,
    /// An address inside a network instead of the network.
    HostBits(IpNet),
    /// It covers too many addresses for a list of scanners.
    TooWide(IpNet),
    /// It covers every address.
    Everything,
}

impl fmt::Display for PrefixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrefixError::Malformed => f.write_str("not an IP address or prefix"),
            PrefixError::Backwards => f.write_str("not a range of addresses"),
            PrefixError::HostBits(_) => f.write_str("host bits are set"),
            PrefixError::TooWide(net) => write!(f, "/{} covers too much of the Internet", net.prefix_len()),
            PrefixError::Everything => f.write_str("this covers every address"),
        }
    }
}

impl PrefixError {
    /// The text to write instead.
    pub(crate) fn help(&self) -> String {
        match self {
            PrefixError::Malformed => {
                "write a prefix such as `198.51.100.0/24` or `2001:db8::/32`, or one address such as `198.51.100.7`"
                    .into()
            }
            PrefixError::Backwards => {
                "write the first and the last address, such as `198.51.100.1-198.51.100.9`".into()
            }
            PrefixError::HostBits(net) => {
                let address = IpNet::from(net.addr());
                format!("write `{}` for the network or `{address}` for the one address", net.trunc())
            }
            PrefixError::TooWide(IpNet::V4(_)) => format!("write prefixes of /{SHORTEST_V4} or longer"),
            PrefixError::TooWide(IpNet::V6(_)) => format!("write prefixes of /{SHORTEST_V6} or longer"),
            PrefixError::Everything => "name the networks that are meant".into(),
        }
    }
}

/// Parses a prefix, or an address as a prefix of full length.
pub(crate) fn read(text: &str) -> Result<IpNet, PrefixError> {
    match text.parse::<IpAddr>() {
        Ok(address) => Ok(IpNet::from(address)),
        Err(_) => text.parse::<IpNet>().map_err(|_| PrefixError::Malformed),
    }
}

/// Parses a prefix of a hand-written file, where host bits are a mistake.
pub(crate) fn parse_strict(text: &str) -> Result<IpNet, PrefixError> {
    let net = fold_mapped(read(text)?);
    if net != net.trunc() {
        return Err(PrefixError::HostBits(net));
    }
    if net.prefix_len() == 0 {
        return Err(PrefixError::Everything);
    }
    Ok(net)
}

/// Refuses a prefix that no scanner can own.
pub(crate) fn check_width(net: IpNet) -> Result<IpNet, PrefixError> {
    let shortest = match net {
        IpNet::V4(_) => SHORTEST_V4,
        IpNet::V6(_) => SHORTEST_V6,
    };
    match net.prefix_len() {
        0 => Err(PrefixError::Everything),
        length if length < shortest => Err(PrefixError::TooWide(net)),
        _ => Ok(net),
    }
}

/// `::ffff:198.51.100.0/120` is `198.51.100.0/24`; a shorter prefix reaches outside the mapped block and stays IPv6.
pub(crate) fn fold_mapped(net: IpNet) -> IpNet {
    let IpNet::V6(v6) = net else { return net };
    match (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(96)) {
        (Some(v4), Some(length)) => Ipv4Net::new(v4, length).map_or(net, IpNet::V4),
        _ => net,
    }
}
