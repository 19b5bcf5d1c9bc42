//! `[identity]`: the settings for look-ups of reverse names

#[cfg(feature = "rdns")]
use std::net::SocketAddr;
#[cfg(feature = "rdns")]
use std::ops::RangeInclusive;
#[cfg(feature = "rdns")]
use std::time::Duration;

use crate::config::diagnostics::Diagnostics;
use crate::config::raw::RawIdentity;
#[cfg(feature = "rdns")]
use crate::config::spanned::Spanned;
#[cfg(feature = "rdns")]
use crate::identity::reverse_names::{Limits, Settings, server_address};

#[cfg(feature = "rdns")]
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(30);
/// Each address takes at most 2 kB of memory.
#[cfg(feature = "rdns")]
const NAMES: RangeInclusive<u32> = 64..=1_000_000;
#[cfg(feature = "rdns")]
const LOOKUPS: RangeInclusive<u32> = 1..=1024;
#[cfg(feature = "rdns")]
const MAX_SERVERS: usize = 8;

/// The settings for name look-ups; `None` without look-ups.
#[cfg(feature = "rdns")]
pub(super) fn reverse_names(raw: &RawIdentity, diagnostics: &mut Diagnostics) -> Option<Settings> {
    let default = Settings::default();
    let servers = servers(raw, diagnostics);
    let timeout =
        raw.resolver_timeout.as_ref().and_then(|text| super::duration::duration(text, &TIMEOUTS, diagnostics));
    let mut number = |raw: &Option<Spanned<u32>>, allowed: &RangeInclusive<u32>, default: u32| match raw {
        Some(Spanned { value, .. }) if allowed.contains(value) => *value,
        Some(Spanned { place, .. }) => {
            let help = format!("write a number from {} to {}", allowed.start(), allowed.end());
            diagnostics.problem(*place, "this number is out of range", help);
            default
        }
        None => default,
    };
    let limits = Limits {
        at_once: number(&raw.max_lookups, &LOOKUPS, default.limits.at_once),
        per_network: number(&raw.max_lookups_per_network, &LOOKUPS, default.limits.per_network),
        ..default.limits
    };
    let max_addresses = number(&raw.max_names, &NAMES, default.max_addresses);
    let settings = Settings { servers, timeout: timeout.unwrap_or(default.timeout), max_addresses, limits };
    let is_on = raw.reverse_names.as_ref().is_some_and(|on| on.value);
    if !is_on && let Some(place) = unused(raw) {
        let help = "write `reverse_names = true`, or remove the key";
        diagnostics.warning(place, "without `reverse_names = true`, this key has no effect", help);
    }
    is_on.then_some(settings)
}

/// The servers of `resolver`.
#[cfg(feature = "rdns")]
fn servers(raw: &RawIdentity, diagnostics: &mut Diagnostics) -> Vec<SocketAddr> {
    let Some(resolver) = &raw.resolver else { return Vec::new() };
    if resolver.value.is_empty() || resolver.value.len() > MAX_SERVERS {
        let help = format!("name 1 to {MAX_SERVERS} servers, or leave the key out to use the servers of the system");
        diagnostics.problem(resolver.place, "wrong number of DNS servers", help);
    }
    let mut servers = Vec::new();
    for Spanned { value, place } in &resolver.value {
        match server_address(value) {
            Some(server) => servers.push(server),
            None => {
                let help = "write an address, with a port if it is not 53: `127.0.0.1`, `[::1]:5353`";
                diagnostics.problem_with(*place, value, "not the address of a DNS server", help);
            }
        }
    }
    servers
}

/// The first key that has an effect only with `reverse_names = true`.
fn unused(raw: &RawIdentity) -> Option<usize> {
    let texts = [raw.resolver.as_ref().map(|at| at.place), raw.resolver_timeout.as_ref().map(|at| at.place)];
    let numbers = [&raw.max_names, &raw.max_lookups, &raw.max_lookups_per_network];
    texts.into_iter().chain(numbers.into_iter().map(|number| Some(number.as_ref()?.place))).flatten().next()
}

/// Refuses every key for name look-ups, in builds without the feature `rdns`.
#[cfg(not(feature = "rdns"))]
pub(super) fn refuse_reverse_names(raw: &RawIdentity, diagnostics: &mut Diagnostics) {
    let asked = raw.reverse_names.as_ref().filter(|on| on.value).map(|on| on.place);
    if let Some(place) = asked.or_else(|| unused(raw)) {
        let message = "this build cannot look up names: it lacks the feature `rdns`";
        diagnostics.problem(place, message, "add the feature, or remove the key");
    }
}
