//! The bots of the catalog and of the configuration's lists, in use or not, for commands that read logs.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use super::{ClaimGroup, ClaimIndex, ClaimedBot, ListLook, NamedBot, Provable};
use crate::agents::Found;
use crate::catalog::{self, Agent, AgentKind};
use crate::identity::reverse_names::host_name::VendorNames;
use crate::identity::reverse_names::vendors::names_of;
use crate::ranges::BuildError;
use crate::scanners::{Audience, Category, ScannerList};

/// A bot of the catalog, or of a list of the configuration.
#[derive(Debug)]
pub(crate) struct KnownBot {
    number: usize,
    pub(crate) id: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) operator: Arc<str>,
    pub(crate) category: Category,
    pub(crate) audience: Audience,
    pub(crate) provable: Provable,
    /// `None` for a bot of the configuration's own, whose reverse names are unknown.
    agent: Option<&'static Agent>,
}

impl KnownBot {
    fn new(number: usize, claim: &ClaimGroup, bot: &ClaimedBot) -> Self {
        let agent = match claim.bot {
            NamedBot::Known(number) => catalog::agents().get(number),
            NamedBot::Own(_) => None,
        };
        Self {
            number,
            id: Arc::clone(&bot.id),
            name: agent.map_or_else(|| claim.scanner.name().into(), |agent| agent.name().into()),
            operator: Arc::clone(&bot.operator),
            category: claim.scanner.category(),
            audience: claim.audience,
            provable: bot.provable,
            agent,
        }
    }

    /// Its entry in the catalog; `None` for a bot of the configuration's own.
    pub(crate) fn agent(&self) -> Option<&'static Agent> {
        self.agent
    }

    /// The reverse names of its addresses; `None` if they are unknown.
    pub(crate) fn names(&self) -> Option<VendorNames<'static>> {
        self.agent.filter(|_| self.provable.has_names).map(names_of)
    }
}

/// The claims of all bots, in use or not.
#[derive(Debug)]
pub(crate) struct AllBots {
    index: ClaimIndex,
    /// Indexed by the number of the bot; `None` for tools and proxies of people.
    bots: Vec<Option<KnownBot>>,
}

impl AllBots {
    /// Compiles the claims of all bots, with a configuration's own bots, and with its lists, which may be newer than
    /// the catalog's.
    pub(crate) fn of(configured: &[ClaimGroup], lists: &[ScannerList]) -> Result<Self, BuildError> {
        let known = catalog::agents().iter().enumerate().filter(|(_, agent)| agent.kind == AgentKind::Bot);
        let known = known.filter_map(|(number, agent)| {
            Some(ClaimGroup { scanner: agent.scanner()?, audience: agent.audience, bot: NamedBot::Known(number) })
        });
        let own = configured.iter().filter(|claim| claim.bot.own().is_some()).cloned();
        let claims: Vec<ClaimGroup> = known.chain(own).collect();
        // The number of a claim's group is its position.
        let index = ClaimIndex::build_with_older(&claims, lists)?;
        let described = |(number, bot): (usize, &Option<ClaimedBot>)| {
            bot.as_ref().map(|bot| KnownBot::new(number, &claims[bot.group], bot))
        };
        let bots = index.bots.iter().enumerate().map(described).collect();
        Ok(Self { index, bots })
    }

    /// The bots that a user agent names.
    pub(crate) fn find(&self, agent: &[u8]) -> impl Iterator<Item = &KnownBot> {
        let found: Found = self.index.tokens.find(agent);
        let numbers: Vec<usize> = found.iter().collect();
        numbers.into_iter().filter_map(|number| self.bots[number].as_ref())
    }

    /// Looks up the address in each list of this bot, as the list was at the time of a request. Without a time, the newest
    /// lists count.
    pub(crate) fn looks(&self, bot: &KnownBot, address: IpAddr, time: Option<SystemTime>) -> Vec<ListLook> {
        let hits = self.index.groups_at(address);
        let Some(bot) = &self.index.bots[bot.number] else { return Vec::new() };
        bot.groups.iter().map(|group| self.index.look_at(*group, time, &hits)).collect()
    }

    /// The times when the lists were read.
    pub(crate) fn reads(&self) -> impl Iterator<Item = SystemTime> {
        self.index.proofs.iter().filter_map(super::Proof::read)
    }
}

#[cfg(all(test, feature = "catalog"))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::identity::{Listed, Proofs, judge};
    use crate::scanners::{Group, ReadAt};

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    /// Googlebot's list, fetched 60 days after the catalog's: it has lost 66.249.64.0/23, and has 203.0.113.0/24.
    fn bots() -> (AllBots, SystemTime) {
        let vendor = catalog::find("google-googlebot").expect("the catalog has Googlebot");
        let read = vendor.groups()[0].read_at().expect("the list has a date");
        let group = Group {
            prefixes: ["203.0.113.0/24".parse().expect("a prefix")].into(),
            audience: vendor.groups()[0].audience,
            certainty: vendor.groups()[0].certainty,
            judge_on: vendor.groups()[0].judge_on,
            source: "https://example.com/list.json".into(),
            date: None,
            read: ReadAt(Some(read + DAY * 60)),
            number: Some(0),
        };
        let list = ScannerList { scanner: vendor.scanner().clone(), groups: vec![group], expires: None };
        (AllBots::of(&[], &[list]).expect("one list"), read)
    }

    #[test]
    fn the_list_that_was_the_newest_at_the_time_of_the_request_counts() {
        let (bots, read) = bots();
        let outcome = |address: &str, days: i64| {
            let bot = bots.find(b"Googlebot/2.1").next().unwrap();
            let days_after = |days: i64| DAY * u32::try_from(days).unwrap();
            let time = if days < 0 { read - days_after(-days) } else { read + days_after(days) };
            let looks = bots.looks(bot, address.parse().unwrap(), Some(time));
            let judged = judge(&bot.id, bot.provable, Some(&looks), &Proofs::new().time(time));
            format!("{} {}", judged.identity, judged.reason.as_str())
        };
        for (address, days, expected) in [
            ("66.249.64.1", -1, "unproven list-is-younger"),
            ("66.249.64.1", 0, "verified listed"),
            ("66.249.64.1", 59, "verified listed"),
            ("66.249.64.1", 60, "forged not-listed"),
            ("203.0.113.7", 1, "unproven list-is-younger"),
            ("203.0.113.7", 59, "unproven list-is-younger"),
            ("203.0.113.7", 60, "verified listed"),
            ("198.51.100.7", 1, "forged not-listed"),
            ("198.51.100.7", 60, "forged not-listed"),
            ("198.51.100.7", 91, "claimed list-is-stale"),
        ] {
            assert_eq!(outcome(address, days), expected, "{address} after {days} days");
        }
        // Without a time, the newest list counts.
        let bot = bots.find(b"Googlebot/2.1").next().unwrap();
        let looks = bots.looks(bot, "66.249.64.1".parse().unwrap(), None);
        assert!(looks.iter().all(|look| look.listed == Listed::No), "{looks:?}");
        let reads: Vec<SystemTime> = bots.reads().collect();
        assert!(reads.contains(&read) && reads.contains(&(read + DAY * 60)));
    }
}
