//! The reverse names of the catalog's bots.

use std::collections::HashMap;
use std::sync::LazyLock;

#[cfg(feature = "rdns")]
use super::host_name::HostName;
use super::host_name::VendorNames;
use crate::catalog::{self, Agent};

/// For each bot with reverse names, the names of other bots whose addresses it also uses according to the lists.
static RELATED: LazyLock<HashMap<&'static str, Vec<VendorNames<'static>>>> = LazyLock::new(|| {
    let named = || catalog::agents().iter().filter(|agent| !agent.reverse_names().is_empty());
    let related = named().map(|agent| {
        let is_within =
            |other: &&Agent| !other.lists().is_empty() && other.lists().iter().all(|list| agent.lists().contains(list));
        let others = named().filter(is_within).filter(|other| other.reverse_names() != agent.reverse_names());
        (agent.id(), others.map(|other| own_names(other, &[])).collect())
    });
    related.collect()
});

fn own_names(agent: &'static Agent, related: &'static [VendorNames<'static>]) -> VendorNames<'static> {
    VendorNames { suffixes: agent.reverse_names(), masks: agent.reverse_masks(), related }
}

/// The reverse names of this bot.
pub(crate) fn names_of(agent: &'static Agent) -> VendorNames<'static> {
    own_names(agent, RELATED.get(agent.id()).map_or(&[], Vec::as_slice))
}

/// The suffixes of all bots, without duplicates.
#[cfg(feature = "rdns")]
static SUFFIXES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut suffixes: Vec<&str> = catalog::agents().iter().flat_map(Agent::reverse_names).copied().collect();
    suffixes.sort_unstable();
    suffixes.dedup();
    suffixes
});

/// Whether the name is below a suffix of some bot. Any bot counts, so that the answer serves whatever the address
/// claims next.
#[cfg(feature = "rdns")]
pub(crate) fn may_be_vendors(host: &HostName) -> bool {
    SUFFIXES.iter().any(|suffix| host.is_below(suffix))
}

#[cfg(all(test, feature = "catalog"))]
mod tests {
    use super::super::host_name::{Fit, HostName};
    use super::*;

    #[test]
    fn a_bot_may_have_the_names_of_another_from_whose_addresses_it_comes() {
        let fit = |agent: &str, name: &str| {
            let agent = catalog::claims(agent.as_bytes()).next().expect("a bot");
            names_of(agent).fit(&HostName::parse(name).expect("a name"))
        };
        assert_eq!(fit("Googlebot/2.1", "crawl-66-249-66-1.googlebot.com"), Fit::Whole);
        // This pair was seen, and others called it a forgery.
        assert_eq!(fit("Mediapartners-Google", "crawl-66-249-66-1.googlebot.com"), Fit::Whole);
        assert_eq!(fit("Mediapartners-Google", "google-proxy-66-249-81-1.google.com"), Fit::ZoneOnly);
        assert_eq!(fit("GoogleOther", "google-proxy-66-249-81-1.google.com"), Fit::Foreign);
        assert_eq!(fit("Googlebot/2.1", "google-proxy-66-249-81-1.google.com"), Fit::Foreign);
    }
}
