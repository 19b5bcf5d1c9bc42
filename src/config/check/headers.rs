//! `client.header`: headers that contain the client's address, and headers that never do.

use crate::util::suggest;

/// Headers in which proxies, platforms and CDNs write the client's address.
const KNOWN: [&str; 43] = [
    "x-forwarded-for",
    "forwarded",
    "x-real-ip",
    "x-client-ip",
    "client-ip",
    "true-client-ip",
    "x-true-client-ip",
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "cf-pseudo-ipv4",
    "fastly-client-ip",
    "fly-client-ip",
    "cloudfront-viewer-address",
    "x-azure-clientip",
    "x-azure-socketip",
    "x-appengine-user-ip",
    "x-appengine-remote-addr",
    "x-envoy-external-address",
    "x-envoy-original-src-host",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "x-vercel-forwarded-for",
    "x-vercel-proxied-for",
    "x-nf-client-connection-ip",
    "do-connecting-ip",
    "incap-client-ip",
    "ali-cdn-real-ip",
    "x-sucuri-clientip",
    "x-sucuri-client-ip",
    "wl-proxy-client-ip",
    "proxy-client-ip",
    "x-forwarded",
    "x-forwarded-client-ip",
    "forwarded-for",
    "x-remote-ip",
    "x-remote-addr",
    "x-originating-ip",
    "x-host-ip",
    "x-proxyuser-ip",
    "x-edge-client-ip",
    "akamai-client-ip",
    "gcp-client-ip",
    "cdn-client-ip",
];

/// Headers with another meaning.
const OTHERS: [&str; 24] = [
    "host",
    "user-agent",
    "via",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-protocol",
    "x-forwarded-port",
    "x-forwarded-server",
    "x-forwarded-by",
    "x-forwarded-prefix",
    "x-forwarded-scheme",
    "x-forwarded-ssl",
    "x-forwarded-client-cert",
    "x-request-id",
    "referer",
    "origin",
    "from",
    "cookie",
    "authorization",
    "connection",
    "accept",
    "content-type",
    "date",
    "server",
];

/// Whether the header never contains the client's address.
pub(super) fn is_other(name: &str) -> bool {
    OTHERS.contains(&name.to_lowercase().as_str())
}

/// The known header that is nearest to a misspelled name. `None` if the name is known, or if none is near.
pub(super) fn misspelled(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    if KNOWN.contains(&name.as_str()) {
        return None;
    }
    // The spelling of CGI, nginx and PHP: `HTTP_X_FORWARDED_FOR`, `$http_x_forwarded_for`.
    let bare = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let bare = bare.strip_prefix("http").filter(|rest| rest.starts_with(['_', '-'])).unwrap_or(bare);
    let squeezed = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let wanted = squeezed(bare);
    // Few proxies use `x-forwarded`. It is usually an incomplete `x-forwarded-for`.
    let suggested = || KNOWN.into_iter().filter(|known| *known != "x-forwarded");
    let distance = |known: &&str| suggest::distance(&wanted, &squeezed(known));
    let is_near = |known: &&str| distance(known) <= if known.len() < 12 { 1 } else { 2 };
    suggested().find(|known| squeezed(known) == wanted).or_else(|| suggested().filter(is_near).min_by_key(distance))
}
