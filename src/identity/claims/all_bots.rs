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
use crate::scanners::{Category, ScannerList};

/// A bot of the catalog, or of a list of the configuration.
#[derive(Debug)]
pub(crate) struct KnownBot {
    number: usize,
    pub(crate) id: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) operator: Arc<str>,
    pub(crate) category: Category,
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
            provable: bot.provable,
            agent,
        }
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
        let index = ClaimIndex::build(&claims, lists, |_| 0, 0)?;
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

    /// Looks up the address in each list of this bot.
    pub(crate) fn looks(&self, bot: &KnownBot, address: IpAddr) -> Vec<ListLook> {
        let hits = self.index.groups_at(address);
        self.index.bots[bot.number].as_ref().map(|bot| self.index.looks(bot, &hits).collect()).unwrap_or_default()
    }

    /// The times when the lists were read.
    pub(crate) fn reads(&self) -> impl Iterator<Item = SystemTime> {
        self.index.proofs.iter().filter_map(super::Proof::read)
    }
}
