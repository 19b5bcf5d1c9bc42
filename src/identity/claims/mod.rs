//! The bots whose claims count, compiled: a header and an address go in, judged claims come out.

#[cfg(feature = "cli")]
mod all_bots;
mod build;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::USER_AGENT;

#[cfg(feature = "rdns")]
use super::reverse_names::vendors::names_of;
use super::{Judgement, ListLook, Listed, Proofs, Provable, SignatureOutcome, judge};
use crate::agents::{Found, Index};
#[cfg(feature = "cli")]
use crate::catalog;
#[cfg(feature = "rdns")]
use crate::catalog::Agent;
use crate::catalog::ListKind;
use crate::client::{self, HeaderLines};
use crate::ranges::RangeTable;
use crate::scanners::{Audience, Scanner};
#[cfg(feature = "cli")]
pub(crate) use all_bots::{AllBots, KnownBot};

/// A bot whose claim counts: its scanner, and the tokens that name it.
#[derive(Clone, Debug, Hash)]
pub(crate) struct ClaimGroup {
    pub(crate) scanner: Scanner,
    pub(crate) audience: Audience,
    pub(crate) bot: NamedBot,
}

/// The tokens that name a bot.
#[derive(Clone, Debug, Hash)]
pub(crate) enum NamedBot {
    /// The tokens of the catalog's bot with this number.
    Known(usize),
    /// These tokens, from `agents` of a list.
    Own(Arc<[String]>),
}

/// A bot whose claim counts, compiled.
#[derive(Debug)]
pub(crate) struct ClaimedBot {
    /// The number of the bot's scanner.
    pub(crate) scanner: usize,
    /// The number of the claim's group; the groups of claims follow those of ranges.
    pub(crate) group: usize,
    pub(crate) audience: Audience,
    provable: Provable,
    id: Arc<str>,
    /// `None` for a bot of the configuration's own, whose reverse names are unknown.
    #[cfg(feature = "rdns")]
    agent: Option<&'static Agent>,
    /// The ids of the scanners whose ranges are the bot's lists.
    lists: Vec<Arc<str>>,
    /// The numbers of the groups of ranges that are the bot's lists.
    groups: Vec<usize>,
    operator: Arc<str>,
}

impl ClaimedBot {
    /// Whether the ranges of this scanner are a list of the bot.
    pub(crate) fn has_list(&self, scanner: &str) -> bool {
        self.lists.iter().any(|list| **list == *scanner)
    }

    pub(crate) fn operator(&self) -> &str {
        &self.operator
    }

    /// Whether a list of the bot contains all of its addresses.
    pub(crate) fn has_complete_list(&self) -> bool {
        self.provable.list == ListKind::Complete
    }
}

/// A group of ranges that proves or contradicts claims.
#[derive(Debug)]
struct Proof {
    /// The list and the group in the configuration, if the list is in use.
    #[cfg_attr(not(feature = "feeds"), allow(dead_code, reason = "only fetched lists are read again"))]
    target: Option<(usize, usize)>,
    proves: bool,
    /// The time of the last read in seconds since 1970; 0 if the operator of the site vouches for the list. The time is
    /// stored here because a list that is fetched again without a change is as good as a new one, but nothing is
    /// compiled for it.
    read: AtomicU64,
}

impl Proof {
    fn read(&self) -> Option<SystemTime> {
        let seconds = self.read.load(Ordering::Relaxed);
        (seconds > 0).then(|| UNIX_EPOCH + Duration::from_secs(seconds))
    }
}

/// The compiled claims.
#[derive(Debug)]
pub(crate) struct ClaimIndex {
    tokens: Arc<Index>,
    /// Indexed by the numbers of the tokens' owners; `None` if the bot's claim does not count.
    bots: Vec<Option<ClaimedBot>>,
    is_empty: bool,
    proofs: Vec<Proof>,
    /// For commands that read logs: groups of fetched lists, each with the group of the catalog's older list.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "only logs have old requests"))]
    older: Vec<(usize, usize)>,
    table: RangeTable<usize>,
}

/// One claim of a request, judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    pub(crate) bot: &'a ClaimedBot,
    pub(crate) judgement: Judgement,
}

impl ClaimIndex {
    /// Finds the bots that a request names and whose claims count. Allocates nothing.
    pub(crate) fn find(&self, headers: &dyn HeaderLines) -> Found {
        let mut found = Found::default();
        if self.is_empty {
            return found;
        }
        let mut lines = client::from_last(headers, &USER_AGENT);
        let Some(last) = lines.next() else { return found };
        // A request has one such line. A client that sends several names the bots of all of them. The first line, which
        // applications read, comes first in the result, because the number of claims has a maximum.
        let first = lines.last();
        let others = first.map(|_| client::from_last(headers, &USER_AGENT).skip(1)).into_iter().flatten();
        for line in first.into_iter().chain([last]).chain(others) {
            let counted = self.tokens.find(line);
            counted.iter().filter(|bot| self.bots[*bot].is_some()).for_each(|bot| found.add(bot));
        }
        found
    }

    /// Whether a reverse name can prove one of these claims.
    #[cfg(feature = "rdns")]
    pub(crate) fn have_names(&self, found: &Found) -> bool {
        found.iter().filter_map(|bot| self.bots[bot].as_ref()).any(|bot| bot.provable.has_names)
    }

    /// Judges these claims, and the claim of a verified signature. `address` is the client address, if it is known.
    pub(crate) fn judge(&self, found: &Found, address: Option<IpAddr>, proofs: &Proofs) -> Vec<Claim<'_>> {
        let hits = address.map(|address| self.groups_at(address));
        let named: Vec<&ClaimedBot> = found.iter().filter_map(|bot| self.bots[bot].as_ref()).collect();
        let signed = self.signed(proofs).filter(|signed| !named.iter().any(|bot| std::ptr::eq(*bot, *signed)));
        named.iter().copied().chain(signed).map(|bot| self.claim(bot, hits.as_deref(), proofs)).collect()
    }

    /// The groups that contain the address.
    fn groups_at(&self, address: IpAddr) -> Vec<usize> {
        self.table.lookup(address).map(|(_, group)| *group).collect()
    }

    /// The bot of the request's verified signature.
    fn signed(&self, proofs: &Proofs) -> Option<&ClaimedBot> {
        let SignatureOutcome::Verified { agent } = &proofs.signature else { return None };
        self.bots.iter().flatten().find(|bot| bot.id == *agent)
    }

    /// Whether a verified signature names a bot, even if the user agent names none.
    pub(crate) fn is_signed(&self, proofs: &Proofs) -> bool {
        self.signed(proofs).is_some()
    }

    fn claim<'a>(&'a self, bot: &'a ClaimedBot, hits: Option<&[usize]>, proofs: &Proofs) -> Claim<'a> {
        let looks: Option<Vec<ListLook>> = hits.map(|hits| self.looks(bot, hits).collect());
        #[cfg(feature = "rdns")]
        let own = bot.agent.zip(proofs.names.as_deref());
        #[cfg(feature = "rdns")]
        let own = own.map(|(agent, names)| proofs.clone().reverse_name(names.outcome(names_of(agent))));
        #[cfg(feature = "rdns")]
        let proofs = own.as_ref().unwrap_or(proofs);
        Claim { bot, judgement: judge(&bot.id, bot.provable, looks.as_deref(), proofs) }
    }

    /// Looks up the bot's lists among the groups that contain the address.
    fn looks(&self, bot: &ClaimedBot, hits: &[usize]) -> impl Iterator<Item = ListLook> {
        bot.groups.iter().map(|group| self.look(*group, hits))
    }

    fn look(&self, group: usize, hits: &[usize]) -> ListLook {
        let proof = &self.proofs[group];
        let listed = match hits.contains(&group) {
            true if proof.proves => Listed::Exclusive,
            true => Listed::Weak,
            false => Listed::No,
        };
        ListLook { listed, read: proof.read(), proves: proof.proves }
    }

    /// The result of this group as it was at this time. An address that only a younger version has may have been the bot's
    /// before, so that the older version does not contradict it.
    #[cfg(feature = "cli")]
    fn look_at(&self, group: usize, time: Option<SystemTime>, hits: &[usize]) -> ListLook {
        let newest = self.look(group, hits);
        let is_younger = newest.read.zip(time).is_some_and(|(read, time)| read > time);
        let older = self.older.iter().find(|(newer, _)| *newer == group && is_younger);
        let older = older.map(|(_, older)| self.look(*older, hits));
        older.filter(|older| older.listed != Listed::No || newest.listed == Listed::No).unwrap_or(newest)
    }

    /// Records that the group of this list was read again and has not changed.
    #[cfg(feature = "feeds")]
    pub(crate) fn note_read(&self, target: (usize, usize), time: SystemTime) {
        let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let same = self.proofs.iter().filter(|proof| proof.target == Some(target));
        same.for_each(|proof| proof.read.store(seconds, Ordering::Relaxed));
    }
}

impl NamedBot {
    fn own(&self) -> Option<&[String]> {
        match self {
            NamedBot::Known(_) => None,
            NamedBot::Own(tokens) => Some(tokens),
        }
    }

    /// Whether a list of the configuration names it.
    #[cfg(feature = "cli")]
    pub(crate) fn is_own(&self) -> bool {
        self.own().is_some()
    }

    /// Its product tokens, as they are written in the catalog or in the configuration.
    #[cfg(feature = "cli")]
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &str> {
        let known = match self {
            NamedBot::Known(number) => catalog::agents().get(*number).map_or(&[][..], |agent| agent.tokens),
            NamedBot::Own(_) => &[],
        };
        known.iter().copied().chain(self.own().unwrap_or_default().iter().map(String::as_str))
    }
}
