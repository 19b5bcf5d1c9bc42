//! Limits the targets of redirects: a server on the Internet must not send requests of the application into its own
//! network.
//!
//! Addresses are checked when the name is resolved, and only checked addresses are connected to. Behind a proxy, the
//! proxy resolves the name, so only addresses in the URL itself are checked.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use ipnet::IpNet;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::FetchError;
use crate::feeds::guards::is_reserved;
use crate::feeds::spec::FeedUrl;
use crate::util::mutex::lock;

/// The state of one fetch. A client fetches one list at a time.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// The first address was private.
    was_private: AtomicBool,
    /// The host of the URL that the operator wrote.
    first: Mutex<Option<String>>,
    /// The host that may only have public addresses.
    restricted: Mutex<Option<String>>,
}

impl Places {
    /// The URL that the operator wrote may have any address.
    pub(super) fn begin(&self, first: &FeedUrl) {
        self.0.was_private.store(first.address().is_some_and(is_private), Ordering::Relaxed);
        *lock(&self.0.first) = first.host().map(str::to_owned);
        *lock(&self.0.restricted) = None;
    }

    /// A redirect leads here.
    pub(super) fn follow(&self, to: &FeedUrl, allow_private: bool) -> Result<(), FetchError> {
        let is_free = allow_private || self.0.was_private.load(Ordering::Relaxed);
        *lock(&self.0.restricted) = to.host().filter(|_| !is_free).map(str::to_owned);
        if !is_free && to.address().is_some_and(is_private) {
            return Err(refused(to));
        }
        Ok(())
    }

    /// Whether the last host was refused for its addresses.
    fn is_restricted(&self, uri: &Uri) -> bool {
        // The operator chose the proxy.
        lock(&self.0.restricted).as_deref().is_some_and(|host| uri.host() == Some(host))
    }

    /// A name has these addresses. The name of a proxy, which usually has a private address, does not count.
    fn saw(&self, uri: &Uri, addresses: &[SocketAddr]) {
        let is_first = lock(&self.0.first).as_deref().is_some_and(|host| uri.host() == Some(host));
        if is_first && addresses.iter().all(|address| is_private(address.ip())) {
            self.0.was_private.store(true, Ordering::Relaxed);
        }
    }
}

pub(super) fn refused(to: &FeedUrl) -> FetchError {
    let advice = "`allow_private_redirects = true` allows that";
    FetchError::new(format!("the server redirects to {to}, which has a private address; {advice}"))
}

/// Resolves names, and removes private addresses if they are not allowed.
#[derive(Debug)]
pub(super) struct CheckedResolver<R> {
    pub(super) inner: R,
    pub(super) places: Places,
}

/// The error of [`CheckedResolver`] for a name with only private addresses.
pub(super) const PRIVATE: &str = "the name has only private addresses";

impl<R: Resolver> Resolver for CheckedResolver<R> {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let resolved = self.inner.resolve(uri, config, timeout)?;
        if !self.places.is_restricted(uri) {
            self.places.saw(uri, &resolved);
            return Ok(resolved);
        }
        let mut public = self.empty();
        resolved.iter().filter(|address| !is_private(address.ip())).for_each(|address| public.push(*address));
        if public.is_empty() {
            return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, PRIVATE).into());
        }
        Ok(public)
    }
}

/// Private, reserved and loopback addresses. On networks without IPv4, `64:ff9b::/96` contains the IPv4 address.
fn is_private(address: IpAddr) -> bool {
    let address = match address.to_canonical() {
        IpAddr::V6(v6) if v6.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0] => {
            let [.., a, b, c, d] = v6.octets();
            IpAddr::from([a, b, c, d])
        }
        address => address,
    };
    is_reserved(IpNet::from(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "100.64.0.1",
        ] {
            assert!(is_private(address.parse().unwrap()), "{address}");
        }
        for address in ["9.9.9.9", "2600::1", "64:ff9b::909:909", "::ffff:9.9.9.9"] {
            assert!(!is_private(address.parse().unwrap()), "{address}");
        }
    }
}
