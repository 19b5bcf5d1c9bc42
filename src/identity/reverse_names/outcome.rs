//! The outcome of an address's names for a claim. Pure: nothing here does a look-up.

use super::ReverseName;
use super::host_name::{Fit, HostName, VendorNames};

/// Maximum number of names of one address that are kept and confirmed.
#[cfg(feature = "rdns")]
pub(crate) const MAX_NAMES: usize = 8;
/// Maximum number of addresses of a name. A name with more proves nothing and contradicts nothing.
pub(crate) const MAX_ADDRESSES: usize = 16;
/// Maximum number of aliases (CNAME) between a question and its answer.
#[cfg(feature = "rdns")]
pub(crate) const MAX_ALIASES: usize = 8;

/// The result of a name's address records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forward {
    /// One of them is the address with this name; there may be others.
    Back,
    /// All of them are other addresses.
    Elsewhere,
    /// There is none of the address's family. Some vendors forget the record.
    Nowhere,
    /// There are more than are read.
    TooMany,
    /// No server answered.
    Unanswered,
    /// They were not looked up, since the name is no known vendor's.
    NotAsked,
}

/// One name of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// The name; `None` if no vendor could have it.
    pub(crate) host: Option<HostName>,
    pub(crate) forward: Forward,
}

/// The names of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// No server answered the look-up of the names.
    Unanswered,
    /// The names; there may be none.
    Known(Box<[Name]>),
}

impl Names {
    /// The outcome for a claim of this vendor. The name that matches the vendor must itself have an address record with
    /// the address.
    pub(crate) fn outcome(&self, vendor: VendorNames<'_>) -> ReverseName {
        let names = match self {
            Self::Unanswered => return ReverseName::Unknown,
            Self::Known(names) if names.is_empty() => return ReverseName::Unnamed,
            Self::Known(names) => names,
        };
        let fit = |name: &Name| name.host.as_ref().map_or(Fit::Foreign, |host| vendor.fit(host));
        let fitting = || names.iter().map(|name| (fit(name), name.forward)).filter(|(fit, _)| *fit != Fit::Foreign);
        if fitting().any(|found| found == (Fit::Whole, Forward::Back)) {
            ReverseName::Confirmed
        } else if fitting().any(|(_, forward)| matches!(forward, Forward::Unanswered | Forward::NotAsked)) {
            ReverseName::Unknown
        } else if fitting().any(|(_, forward)| forward != Forward::Elsewhere) {
            ReverseName::Unconfirmed
        } else {
            // All names are foreign, or have other addresses.
            ReverseName::Contradicted
        }
    }

    /// Whether a name is confirmed, so that the names are worth keeping for the TTL of DNS.
    #[cfg(feature = "rdns")]
    pub(crate) fn any_confirmed(&self) -> bool {
        matches!(self, Self::Known(names) if names.iter().any(|name| name.forward == Forward::Back))
    }

    /// Whether a question had no answer.
    pub(crate) fn is_unanswered(&self) -> bool {
        match self {
            Self::Unanswered => true,
            Self::Known(names) => names.iter().any(|name| name.forward == Forward::Unanswered),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOGLE: VendorNames<'_> =
        VendorNames { suffixes: &[".googlebot.com"], masks: &["crawl-*.googlebot.com"], related: &[] };
    const SPECIAL: VendorNames<'_> =
        VendorNames { suffixes: &[".google.com"], masks: &["rate-limited-proxy-*.google.com"], related: &[] };

    fn names(names: &[(&str, Forward)]) -> Names {
        let name = |(text, forward): &(&str, Forward)| Name { host: HostName::parse(text), forward: *forward };
        Names::Known(names.iter().map(name).collect())
    }

    #[test]
    fn a_name_that_fits_must_itself_lead_back() {
        use Forward::{Back, Elsewhere, NotAsked, Nowhere, TooMany, Unanswered};
        let own = "crawl-66-249-66-1.googlebot.com";
        let other = "host-1.example.net";
        for (found, outcome) in [
            (vec![], ReverseName::Unnamed),
            (vec![(own, Back)], ReverseName::Confirmed),
            (vec![(own, Elsewhere)], ReverseName::Contradicted),
            (vec![(own, Nowhere)], ReverseName::Unconfirmed),
            (vec![(own, TooMany)], ReverseName::Unconfirmed),
            (vec![(own, Unanswered)], ReverseName::Unknown),
            (vec![(other, NotAsked)], ReverseName::Contradicted),
            // One name matches and another one is confirmed, which proves nothing.
            (vec![(own, Elsewhere), (other, Back)], ReverseName::Contradicted),
            (vec![(other, Back), (own, Nowhere)], ReverseName::Unconfirmed),
            // A router's name before the bot's.
            (vec![(other, NotAsked), (own, Back)], ReverseName::Confirmed),
            (vec![(own, Unanswered), ("crawl-2.googlebot.com", Back)], ReverseName::Confirmed),
            (vec![(own, Unanswered), ("crawl-2.googlebot.com", Elsewhere)], ReverseName::Unknown),
            (vec![("notgooglebot.com", Back)], ReverseName::Contradicted),
            (vec![("crawl-1.googlebot.com.example.org", Back)], ReverseName::Contradicted),
            (vec![("a b.googlebot.com", NotAsked)], ReverseName::Contradicted),
        ] {
            assert_eq!(names(&found).outcome(GOOGLE), outcome, "{found:?}");
        }
        assert_eq!(Names::Unanswered.outcome(GOOGLE), ReverseName::Unknown);
    }

    #[test]
    fn a_name_of_the_zone_without_the_form_proves_and_contradicts_nothing() {
        let proxy = "google-proxy-66-249-81-1.google.com";
        assert_eq!(names(&[(proxy, Forward::Back)]).outcome(SPECIAL), ReverseName::Unconfirmed);
        assert_eq!(names(&[(proxy, Forward::Elsewhere)]).outcome(SPECIAL), ReverseName::Contradicted);
        assert_eq!(names(&[(proxy, Forward::Back)]).outcome(GOOGLE), ReverseName::Contradicted);
    }
}
