//! A request as its signer saw it.

use std::net::IpAddr;

use http::header::{FORWARDED, HOST, HeaderName};

use super::reason::Reason;
use crate::client::{ClientPolicy, HeaderLines, from_last};
use crate::policy::{HostPattern, HostVariant, forwarded_hosts};

static X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// Maximum number of forwarded hosts that are looked at.
const MAX_HOSTS: usize = 8;

/// The derived components of RFC 9421 for a request, and its fields.
#[derive(Clone)]
pub(crate) struct SignedRequest<'a> {
    pub(crate) method: &'a str,
    pub(crate) is_secure: bool,
    /// In lower case, without a default port.
    pub(crate) authority: Result<String, Reason>,
    /// The path as sent.
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a dyn HeaderLines,
}

/// The parts of the connection and the request line that name the host, and who may name it.
#[derive(Clone, Copy)]
pub(crate) struct Received<'a> {
    pub(crate) peer: Option<IpAddr>,
    /// Whether the connection to the peer is encrypted.
    pub(crate) is_secure: bool,
    /// The authority of the request target: HTTP/2's `:authority`, or that in HTTP/1.1's absolute form.
    pub(crate) authority: Option<&'a str>,
    pub(crate) headers: &'a dyn HeaderLines,
}

impl Received<'_> {
    /// Whether the signing client spoke TLS, and which host it connected to.
    ///
    /// A client chooses the `Host` of its requests, and a signature that was made for another site is valid for that
    /// site's host. So the operator's `hosts` decide, if there are any. A trusted proxy's `X-Forwarded-Host` counts
    /// only if there are `hosts`, or if `Host` is not the name of a site, as when the proxy writes the name of its
    /// upstream into it: many proxies pass on the client's own `X-Forwarded-Host`.
    pub(crate) fn target(&self, client: &ClientPolicy, hosts: &[HostPattern]) -> (bool, Result<String, Reason>) {
        let is_trusted = |peer: IpAddr| client.trusted_hops().is_some() || client.trusted_range(peer).is_some();
        let is_proxied = self.peer.is_some_and(|peer| is_trusted(peer.to_canonical()));
        let is_secure = if is_proxied { self.forwarded_scheme().unwrap_or(true) } else { self.is_secure };
        let forwarded = || self.forwarded_hosts(client).filter(|_| is_proxied);
        let received = self.received_host();
        let is_own = |text: &&[u8]| !hosts.is_empty() && named(text).is_some_and(|host| host.matches(hosts));
        let chosen = match received {
            Ok(host) if !hosts.is_empty() => {
                let own = std::iter::once(host).chain(forwarded()).find(is_own);
                own.ok_or(Reason::AuthorityForeign)
            }
            Ok(host) if is_proxied && !is_site(host) => Ok(forwarded().next().unwrap_or(host)),
            other => other,
        };
        (is_secure, chosen.and_then(|text| normal(text, is_secure)))
    }

    /// The only host that the request itself names.
    fn received_host(&self) -> Result<&[u8], Reason> {
        let mut lines = from_last(self.headers, &HOST);
        let (line, another) = (lines.next(), lines.next());
        match (self.authority, line) {
            _ if another.is_some() => Err(Reason::AuthorityUnknown),
            (None, None) => Err(Reason::AuthorityUnknown),
            (Some(target), Some(line)) if !target.as_bytes().eq_ignore_ascii_case(line.trim_ascii()) => {
                Err(Reason::AuthorityUnknown)
            }
            (Some(target), _) => Ok(target.as_bytes()),
            (None, Some(line)) => Ok(line.trim_ascii()),
        }
    }

    /// The hosts that proxies name, the nearest proxy's first.
    fn forwarded_hosts(&self, client: &ClientPolicy) -> impl Iterator<Item = &[u8]> {
        let headers = self.headers;
        let listed = from_last(headers, &X_FORWARDED_HOST).flat_map(|line| line.rsplit(|byte| *byte == b','));
        let uses_forwarded = *client.header() == FORWARDED;
        let elements = from_last(headers, &FORWARDED).filter(move |_| uses_forwarded);
        let elements = elements.flat_map(|line| line.rsplit(|byte| *byte == b',')).flat_map(forwarded_hosts);
        elements.chain(listed).map(<[u8]>::trim_ascii).take(MAX_HOSTS)
    }

    fn forwarded_scheme(&self) -> Option<bool> {
        let line = from_last(self.headers, &X_FORWARDED_PROTO).next()?;
        let scheme = line.rsplit(|byte| *byte == b',').next()?.trim_ascii();
        Some(scheme.eq_ignore_ascii_case(b"https"))
    }
}

/// The host of an authority.
fn named(text: &[u8]) -> Option<HostVariant> {
    let mut hosts = HostVariant::all([text]);
    (hosts.len() == 1).then(|| hosts.remove(0))
}

/// Whether this is the name of a site, and not an address or a name of a local network.
fn is_site(text: &[u8]) -> bool {
    let host = named(text);
    let name = host.as_ref().and_then(HostVariant::name).unwrap_or_default();
    name.contains('.') && name.rsplit('.').next().is_some_and(|top| !top.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The authority in the form of a signature base (RFC 9421, section 2.2.3).
fn normal(text: &[u8], is_secure: bool) -> Result<String, Reason> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()));
    let text =
        text.filter(|text| !text.is_empty() && !text.contains(['@', '/', '"', ','])).ok_or(Reason::AuthorityUnknown)?;
    let default = if is_secure { ":443" } else { ":80" };
    Ok(text.strip_suffix(default).unwrap_or(text).to_ascii_lowercase())
}
