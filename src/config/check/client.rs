//! `[client]`

use http::header::HeaderName;
use ipnet::IpNet;

use super::headers;
use crate::catalog::{self, ProxySet};
use crate::client::{self, ClientPolicy, MAX_HOPS, Trust};
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::RawClient;
use crate::config::spanned::Spanned;
use crate::util::prefix::{self, PrefixError};
use crate::util::suggest;

pub(super) fn check(raw: &RawClient, diagnostics: &mut Diagnostics) -> ClientPolicy {
    let header = header(raw, diagnostics);
    let proxies = proxies(raw, diagnostics);
    let hops = raw.trusted_hops.as_ref().filter(|hops| hops.value > 0);
    let trust = match hops {
        Some(hops) => {
            check_hops(hops, !proxies.is_empty(), &header, diagnostics);
            Trust::Hops(usize::from(hops.value))
        }
        None => Trust::Proxies(client::proxy_table(proxies)),
    };
    ClientPolicy::new(trust, header, raw.check.as_ref().map(|check| check.value).unwrap_or_default())
}

fn header(raw: &RawClient, diagnostics: &mut Diagnostics) -> HeaderName {
    let default = HeaderName::from_static("x-forwarded-for");
    let Some(Spanned { value, place }) = &raw.header else { return default };
    let meant = headers::misspelled(value).map(|name| format!("write `{name}`"));
    let usual = "write `x-forwarded-for`, `forwarded`, or the header that your proxy sets, such as `cf-connecting-ip`";
    if headers::is_other(value) {
        let help = meant.unwrap_or_else(|| usual.to_owned());
        diagnostics.problem(*place, "this header does not hold the client's address", help);
        return default;
    }
    if value.contains([',', ';']) {
        let help = "write the one header that your proxy sets: a client could choose among several";
        diagnostics.problem(*place, "exactly one header is read", help);
        return default;
    }
    let Ok(name) = HeaderName::from_bytes(value.as_bytes()) else {
        diagnostics.problem(*place, "not a header name", meant.unwrap_or_else(|| usual.to_owned()));
        return default;
    };
    if let Some(help) = meant {
        diagnostics.warning(*place, "no proxy is known to send this header", help);
    }
    name
}

fn check_hops(hops: &Spanned<u16>, with_proxies: bool, header: &HeaderName, diagnostics: &mut Diagnostics) {
    if with_proxies {
        let help = "keep `trusted_proxies` if the proxies' addresses are known, else `trusted_hops`";
        diagnostics.problem(hops.place, "`trusted_hops` and `trusted_proxies` exclude each other", help);
    }
    if usize::from(hops.value) > MAX_HOPS {
        diagnostics.problem(
            hops.place,
            "this number of proxies is too large",
            format!("write a number up to {MAX_HOPS}"),
        );
    } else if hops.value > 1 && client::is_single_address(header) {
        let message = format!("the header `{header}` holds one address, so only one hop can be read from it");
        diagnostics.problem(hops.place, message, "write `1`, or name a header that holds a list");
    }
}

fn proxies(raw: &RawClient, diagnostics: &mut Diagnostics) -> Vec<IpNet> {
    let mut proxies = Vec::new();
    for Spanned { value, place } in raw.trusted_proxies.iter().flat_map(|list| &list.value) {
        match named(value) {
            Some(ranges) => proxies.extend(ranges),
            None => match prefix::parse_strict(value) {
                Ok(range) => proxies.push(range),
                Err(error) => report(*place, value, error, diagnostics),
            },
        }
    }
    proxies
}

/// The ranges of one entry of `trusted_proxies`.
pub(super) fn ranges_of(text: &str) -> Option<Vec<IpNet>> {
    named(text).or_else(|| Some(vec![prefix::parse_strict(text).ok()?]))
}

fn named(name: &str) -> Option<Vec<IpNet>> {
    if let Some(ranges) = client::named_proxies(name) {
        return Some(ranges.iter().filter_map(|range| range.parse().ok()).collect());
    }
    let set = catalog::proxies().iter().find(|set| set.id() == name)?;
    Some(set.ranges().map(|range| range.network()).collect())
}

/// Whether this is the name of a platform that does not publish the addresses of its load balancers.
fn is_platform(name: &str) -> bool {
    const PLATFORMS: [&str; 16] = [
        "aws",
        "elb",
        "alb",
        "nlb",
        "amazon",
        "heroku",
        "fly",
        "render",
        "railway",
        "vercel",
        "netlify",
        "azure",
        "digitalocean",
        "app-engine",
        "cloud-run",
        "gcp",
    ];
    let name = name.to_lowercase();
    let words = name.split(['-', '_', ' ', '.']);
    PLATFORMS.contains(&name.as_str()) || words.into_iter().any(|word| PLATFORMS.contains(&word))
}

fn report(place: usize, found: &str, error: PrefixError, diagnostics: &mut Diagnostics) {
    let names: Vec<&str> = client::NAMED_PROXIES
        .iter()
        .map(|(name, _)| *name)
        .chain(catalog::proxies().iter().map(ProxySet::id))
        .collect();
    match error {
        PrefixError::Everything => {
            let message = "this trusts every address, so any client can forge its client address";
            let help = "name the proxies' networks, or count the proxies with `trusted_hops`";
            diagnostics.problem_with(place, found, message, help);
        }
        PrefixError::Malformed if found.chars().any(|c| c.is_alphabetic() && !c.is_ascii_hexdigit()) => {
            let nearest = suggest::nearest(found, names.iter().copied());
            let help = match nearest {
                None if is_platform(found) => {
                    "this platform publishes no list of its load balancers: write their networks, \
                                               such as the subnets of your VPC, or `trusted_hops = 1`"
                        .to_owned()
                }
                Some(name) => format!("write `{name}`"),
                None if !cfg!(feature = "catalog") => {
                    "write prefixes, or build with the feature `catalog`, which has the sets of proxies".to_owned()
                }
                None => format!("write a prefix such as `10.0.0.0/8`, or one of {}", suggest::list(names)),
            };
            diagnostics.problem_with(place, found, "unknown set of proxies", help);
        }
        error => diagnostics.problem_with(place, found, error.to_string(), error.help()),
    }
}
