//! `[client]`

use crate::client::Check;
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::RawClient;

/// No proxy is trusted. This is right if clients connect directly, which `trusted_proxies = []` or `check = "peer"`
/// confirms. A file that names a header or checks the client implies a proxy.
pub(super) fn find(raw: &RawClient, diagnostics: &mut Diagnostics) {
    let proxies = raw.trusted_proxies.as_ref();
    let trusting = proxies.is_some_and(|proxies| !proxies.value.is_empty());
    if trusting || raw.trusted_hops.as_ref().is_some_and(|hops| hops.value > 0) {
        return;
    }
    let check = raw.check.as_ref().filter(|check| matches!(check.value, Check::Client | Check::AnyHop));
    let peer_alone = raw.check.as_ref().is_some_and(|check| check.value == Check::Peer);
    let help = "name your proxy, as in `trusted_proxies = [\"loopback\"]`";
    if let Some(header) = &raw.header {
        diagnostics.warning(header.place, "no proxy is trusted, so this header is never read", help);
    } else if let Some(check) = check {
        diagnostics.warning(check.place, "no proxy is trusted, so the client is always the connection's peer", help);
    } else if proxies.is_none() && raw.trusted_hops.is_none() && !peer_alone {
        let place = diagnostics.place_of_missing_key("client.trusted_proxies");
        let message = "no proxy is trusted: behind a proxy, the guard would recognize no scanner";
        diagnostics.warning(
            place,
            message,
            format!("{help}, or write `trusted_proxies = []` if clients connect directly"),
        );
    }
}
