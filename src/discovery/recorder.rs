//! The recorder: hashes a request's target and agent. A record contains no text. The recorder itself remembers the last host
//! and up to 64 agents as text, in memory only.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::net::IpAddr;

use super::agents::{Agents, short};
use super::kind::Kind;
use super::record::{Record, Request, flag, is_error};
use super::siphash::SipHasher;

/// Makes records. All records of one watcher must come from recorders with the same secret.
///
/// ```
/// use actix_scanner_guard::discovery::{Recorder, Request};
///
/// let request = Request::new(1_769_860_800, "203.0.113.7".parse()?, "GET", b"/report");
/// let secret = Recorder::random_secret();
/// let (one, other) = (Recorder::new(secret).record(&request), Recorder::new(secret).record(&request));
/// assert_eq!(one.time(), other.time());
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone)]
pub struct Recorder {
    key: [u64; 2],
    agents: Agents,
    /// The host of the last record. Most requests are for one host, and name it in their referer too.
    site: Site,
}

/// A host with its hash.
#[derive(Clone)]
struct Site {
    name: [u8; MAX_HOST],
    /// The length of the name; `None` if requests name no host.
    length: Option<usize>,
    hasher: SipHasher,
    short: u32,
}

/// The length of a longest host that is remembered. Names are rarely longer.
const MAX_HOST: usize = 64;

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The secret stays out: with it, anybody can tell which targets the hashes stand for.
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl Recorder {
    /// A recorder with this secret.
    #[must_use]
    pub fn new(secret: [u8; 16]) -> Self {
        let [low, high] =
            [0, 8].map(|from| secret[from..from + 8].iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        let key = [low, high];
        let hasher = SipHasher::new(key);
        let site = Site { name: [0; MAX_HOST], length: None, hasher, short: short(hasher.finish()) };
        Self { key, agents: Agents::new(key), site }
    }

    /// A random secret from the system.
    #[must_use]
    pub fn random_secret() -> [u8; 16] {
        let mut secret = [0; 16];
        for part in secret.chunks_exact_mut(8) {
            part.copy_from_slice(&RandomState::new().hash_one(0).to_le_bytes());
        }
        secret
    }

    /// Makes the record of a request.
    pub fn record(&mut self, request: &Request<'_>) -> Record {
        let (path, query) = split_target(request.target);
        let kind = Kind::of(path);
        let host = request.host.map(without_port);
        let (site, site_short) = self.site(host);
        let [path_hash, target] = targets(site, path, query);
        let agent = request.agent.filter(|agent| !is_absent(agent)).map(|agent| self.agents.get(agent));
        let referer = request.referer.filter(|referer| !is_absent(referer)).and_then(split_referer);
        let (referer_host, referer) = referer.map_or((0, 0), |(referer_host, path, query)| {
            let name = without_port(referer_host);
            // Most referers name the site itself, and the hash already contains its host.
            let (its_site, its_short) = match host {
                Some(host) if host == name || host.eq_ignore_ascii_case(name) => (site, site_short),
                _ => self.hashed(Some(name)),
            };
            let [_, target] = targets(if host.is_some() { its_site } else { site }, path, query);
            (its_short, target)
        });
        let bits = match request.address {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
            IpAddr::V6(v6) => v6.to_bits(),
        };
        let flags = [
            (flag::ASSET, kind == Kind::Asset),
            (flag::AUTOMATIC, kind == Kind::Automatic),
            (flag::FETCH, matches!(request.method, "GET" | "HEAD")),
            (flag::HEAD, request.method == "HEAD"),
            (flag::ERROR, request.status.is_some_and(is_error)),
            (flag::LOGGED_IN, request.logged_in),
            (flag::DECLARED, agent.is_some_and(|agent| agent.names_itself)),
            (flag::HAS_REFERERS, request.has_referers),
            (flag::NO_FOLLOWER, !request.may_follow),
        ];
        Record {
            address: [(bits >> 64) as u64, bits as u64],
            path: path_hash,
            target,
            referer,
            tag: request.tag,
            time: request.time,
            agent: agent.map_or(0, |agent| agent.hash),
            referer_host,
            flags: flags.iter().fold(0, |flags, (flag, is)| if *is { flags | flag } else { flags }),
        }
    }

    /// A hash that starts with the host of the request, if there is one, and the short hash of the host alone.
    fn site(&mut self, host: Option<&[u8]>) -> (SipHasher, u32) {
        let name = host.unwrap_or_default();
        let length = host.map(<[u8]>::len);
        // Some processors take long for a comparison of no bytes.
        let is_same =
            |site: &Site| site.length == length && (name.is_empty() || site.name.get(..name.len()) == Some(name));
        if !is_same(&self.site) {
            let (hasher, short) = self.hashed(host);
            let Some(place) = self.site.name.get_mut(..name.len()) else { return (hasher, short) };
            place.copy_from_slice(name);
            (self.site.length, self.site.hasher, self.site.short) = (length, hasher, short);
        }
        (self.site.hasher, self.site.short)
    }

    fn hashed(&self, host: Option<&[u8]>) -> (SipHasher, u32) {
        let mut hasher = SipHasher::new(self.key);
        if let Some(host) = host {
            hasher.write_lower(host);
            hasher.write_byte(b' ');
        }
        (hasher, short(hasher.finish()))
    }
}

/// The hashes of a path without and with its query. Case and trailing slashes of the path do not count, since scanners
/// change both.
#[inline]
fn targets(mut hasher: SipHasher, path: &[u8], query: &[u8]) -> [u64; 2] {
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    hasher.write_lower(if end == 0 { b"/" } else { &path[..end] });
    let path = hasher.finish();
    if query.is_empty() {
        return [path, path];
    }
    hasher.write_byte(b'?');
    hasher.write_lower(query);
    [path, hasher.finish()]
}

/// Whether this is the text that logs have for a missing header.
fn is_absent(text: &[u8]) -> bool {
    matches!(text, b"" | b"-")
}

fn without_port(host: &[u8]) -> &[u8] {
    let digits = host.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    match host[..host.len() - digits] {
        [ref name @ .., b':'] if digits > 0 => name,
        _ => host,
    }
}

/// Path and query of a request target; for `http://host/path`, without scheme and host.
fn split_target(target: &[u8]) -> (&[u8], &[u8]) {
    let target = scheme(target).map_or(target, |scheme| {
        let rest = &target[scheme..];
        &rest[memchr::memchr2(b'/', b'?', rest).unwrap_or(rest.len())..]
    });
    split_query(target)
}

fn split_query(target: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'?', target) {
        Some(at) => (&target[..at], &target[at + 1..]),
        None => (target, b""),
    }
}

/// Host, path and query of a referer; `None` if it is not an `http` or `https` URL.
fn split_referer(referer: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let rest = &referer[scheme(referer)?..];
    let (host, target) = rest.split_at(memchr::memchr2(b'/', b'?', rest).unwrap_or(rest.len()));
    let (path, query) = split_query(target);
    (!host.is_empty()).then_some((host, path, query))
}

/// The length of `http://` or `https://` at the start of a text.
fn scheme(text: &[u8]) -> Option<usize> {
    match text {
        [b'h' | b'H', b't' | b'T', b't' | b'T', b'p' | b'P', b':', b'/', b'/', ..] => Some(7),
        [b'h' | b'H', b't' | b'T', b't' | b'T', b'p' | b'P', b's' | b'S', b':', b'/', b'/', ..] => Some(8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(target: &str) -> Record {
        let address = "203.0.113.7".parse().unwrap();
        Recorder::new([7; 16]).record(&Request::new(1, address, "GET", target.as_bytes()))
    }

    #[test]
    fn a_record_has_one_cache_line() {
        assert_eq!(size_of::<Record>(), 64);
    }

    #[test]
    fn targets_are_one_in_all_that_scanners_change() {
        for (one, other) in [
            ("/a", "/A"),
            ("/a", "/a/"),
            ("/a", "/a//"),
            ("/", ""),
            ("/", "//"),
            ("/a", "http://site.example/a"),
            ("/", "https://site.example"),
            ("/a?", "/a"),
            ("/a?B=c", "/a/?b=C"),
        ] {
            assert_eq!(record(one).target, record(other).target, "{one} {other}");
        }
        for (one, other) in [("/a", "/b"), ("/a?b", "/a"), ("/a?b", "/a?c"), ("/a?b", "/ab")] {
            assert_ne!(record(one).target, record(other).target, "{one} {other}");
        }
        assert_eq!(record("/a?b").any_query(), record("/a").any_query());
        assert_ne!(record("/a").any_query(), record("/a").path);
    }

    #[test]
    fn a_referer_is_the_page_that_it_names() {
        let with = |host: Option<&'static str>, referer: &'static str| {
            let address = "203.0.113.7".parse().unwrap();
            let mut request = Request::new(1, address, "GET", b"/b");
            request.host = host.map(str::as_bytes);
            request.referer = Some(referer.as_bytes());
            Recorder::new([7; 16]).record(&request)
        };
        assert_eq!(with(None, "https://Site.example/A/?x=1").referer, record("/a?x=1").target);
        assert_eq!(with(None, "https://site.example").referer, record("/").target);
        assert_ne!(with(Some("site.example"), "https://site.example/a").referer, record("/a").target);
        assert_eq!(with(None, "https://A.example/").referer_host, with(None, "http://a.EXAMPLE/x").referer_host);
        for none in ["-", "", "android-app://x", "https:///a", "about:blank"] {
            assert_eq!((with(None, none).referer, with(None, none).referer_host), (0, 0), "{none}");
        }
        assert_eq!(without_port(b"site.example:443"), b"site.example");
        assert_eq!(without_port(b"site.example"), b"site.example");
        assert_eq!(without_port(b"[2001:db8::1]:80"), b"[2001:db8::1]");
    }

    #[test]
    fn addresses_come_back() {
        for address in ["203.0.113.7", "2001:db8::7"] {
            let address: IpAddr = address.parse().unwrap();
            let record = Recorder::new([7; 16]).record(&Request::new(1, address, "GET", b"/"));
            assert_eq!(record.address(), address);
        }
    }
}
