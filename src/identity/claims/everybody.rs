//! The bots of the catalog and of the configuration's lists, in use or not, for commands that read logs.

use std::net::IpAddr;
use std::time::SystemTime;

use super::{ClaimGroup, ClaimIndex, ClaimedBot, ListLook, NamedBot};
use crate::agents::{Agent, AgentKind, Found};
use crate::catalog;
use crate::ranges::BuildError;
use crate::scanners::ScannerList;

/// The parts of a configuration from which claims are compiled: its own bots, and the lists of any bot. The prefixes
/// are shared with the configuration.
#[derive(Clone, Debug)]
pub(super) struct Sources {
    own: Vec<ClaimGroup>,
    lists: Vec<ScannerList>,
}

impl Sources {
    pub(super) fn new(claims: &[ClaimGroup], lists: &[ScannerList]) -> Self {
        let own: Vec<ClaimGroup> = claims.iter().filter(|claim| claim.bot.own().is_some()).cloned().collect();
        let is_list_of = |id: &str| {
            let is_own = own.iter().any(|claim| claim.scanner.id() == id);
            is_own || catalog::agents().iter().any(|agent| agent.lists.contains(&id))
        };
        let lists = lists.iter().filter(|list| is_list_of(list.scanner.id())).cloned().collect();
        Self { own, lists }
    }
}

/// The claims of all bots, in use or not.
#[derive(Debug)]
pub(crate) struct Everybody {
    index: ClaimIndex,
    /// The agents, indexed by the number of the bot.
    agents: Vec<&'static Agent>,
}

impl Everybody {
    /// Compiles the claims of all bots, with this configuration's lists, which may be newer than the catalog's.
    pub(crate) fn of(configured: &ClaimIndex) -> Result<Self, BuildError> {
        let Sources { own, lists } = &configured.sources;
        let known = catalog::agents().iter().enumerate().filter(|(_, agent)| agent.kind == AgentKind::Bot);
        let known = known.filter_map(|(number, agent)| {
            Some(ClaimGroup { scanner: agent.scanner()?, audience: agent.audience, bot: NamedBot::Known(number) })
        });
        let claims: Vec<ClaimGroup> = known.chain(own.iter().cloned()).collect();
        let index = ClaimIndex::build(&claims, lists, |_| 0, 0)?;
        let listed = index.bots[catalog::agents().len()..].iter().flatten();
        let own = own.iter().zip(listed).map(|(claim, bot)| described(claim, bot));
        let agents = catalog::agents().iter().chain(own).collect();
        Ok(Self { index, agents })
    }

    /// The bots that a user agent names.
    pub(crate) fn find(&self, agent: &[u8]) -> impl Iterator<Item = (usize, &'static Agent)> {
        let found: Found = self.index.tokens.find(agent);
        let numbers: Vec<usize> = found.iter().filter(|bot| self.index.bots[*bot].is_some()).collect();
        numbers.into_iter().map(|number| (number, self.agents[number]))
    }

    /// Looks up the address in each list of this bot.
    pub(crate) fn looks(&self, bot: usize, address: IpAddr) -> Vec<ListLook> {
        let hits = self.index.groups_at(address);
        self.index.bots[bot].as_ref().map(|bot| self.index.looks(bot, &hits).collect()).unwrap_or_default()
    }

    /// The times when the lists were read.
    pub(crate) fn reads(&self) -> impl Iterator<Item = SystemTime> {
        self.index.proofs.iter().filter_map(super::Proof::read)
    }
}

/// Describes a bot of the configuration as the catalog describes its bots. The description lives as long as the
/// process, which runs one command.
fn described(claim: &ClaimGroup, bot: &ClaimedBot) -> &'static Agent {
    let tokens = claim.bot.own().unwrap_or_default().iter().map(|token| leaked(token));
    let id = leaked(claim.scanner.id());
    Box::leak(Box::new(Agent {
        id,
        name: leaked(claim.scanner.name()),
        operator: id,
        kind: AgentKind::Bot,
        category: Some(claim.scanner.category()),
        audience: claim.audience,
        tokens: Vec::leak(tokens.collect()),
        urls: &[],
        not_if: &[],
        lists: Vec::leak(vec![id]),
        list_kind: bot.provable.list,
        names: &[],
        masks: &[],
        signature_agent: None,
        forged_by_list: false,
        forged_by_name: false,
        is_current: true,
        source: "the policy",
    }))
}

fn leaked(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}
