//! The grammar of the configured header.

use std::net::IpAddr;

use http::header::{self, HeaderName};

use super::address::{self, Port};
use super::forwarded;

/// The form of a header's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Grammar {
    /// `X-Forwarded-For` and its variants, such as `X-Original-Forwarded-For` of ingress-nginx: a list of addresses.
    List,
    /// `Forwarded`: a list of elements with parameters.
    Forwarded,
    /// One line with one address, such as `X-Real-IP` or `True-Client-IP`.
    Single,
    /// One line with one address and its port, where IPv6 has no brackets: `CloudFront-Viewer-Address`.
    SingleWithPort,
}

impl Grammar {
    pub(super) fn of(header: &HeaderName) -> Self {
        match header.as_str() {
            _ if *header == header::FORWARDED => Grammar::Forwarded,
            "cloudfront-viewer-address" => Grammar::SingleWithPort,
            name if name.contains("forwarded-for") => Grammar::List,
            _ => Grammar::Single,
        }
    }

    /// Whether the header contains a single address and no list.
    pub(super) fn is_single(self) -> bool {
        matches!(self, Grammar::Single | Grammar::SingleWithPort)
    }

    /// The address in one element; `None` if it is not an address.
    pub(super) fn address(self, element: &[u8]) -> Option<IpAddr> {
        match self {
            Grammar::List | Grammar::Single => address::parse(element, Port::Optional),
            Grammar::Forwarded => forwarded::client_of(element),
            Grammar::SingleWithPort => address::parse(element, Port::Always),
        }
    }

    /// The value with which a proxy names this address as the client.
    #[cfg(feature = "testing")]
    pub(super) fn write(self, address: IpAddr) -> String {
        match (self, address) {
            (Grammar::Forwarded, IpAddr::V6(v6)) => format!("for=\"[{v6}]\""),
            (Grammar::Forwarded, IpAddr::V4(v4)) => format!("for={v4}"),
            (Grammar::List | Grammar::Single, address) => address.to_string(),
            (Grammar::SingleWithPort, address) => format!("{address}:443"),
        }
    }
}
