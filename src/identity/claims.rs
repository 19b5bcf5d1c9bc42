//! The bots whose claims count, compiled: from a header and an address to judged claims.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::USER_AGENT;

use super::{Judgement, ListLook, Listed, Proofs, Provable, SignatureOutcome, judge};
use crate::agents::{self, Agent, Found, Index, ListKind, Named};
use crate::catalog::{self, RangeGroup};
use crate::client::{self, HeaderLines};
use crate::ranges::{BuildError, RangeTable};
use crate::scanners::{Audience, Certainty, Group, Scanner, ScannerList};

/// Lines of the header that are read. A request has one; who sends more names all bots of all of them.
const MAX_LINES: usize = 4;

/// A bot whose claim counts: its scanner, and how it names itself.
#[derive(Clone, Debug, Hash)]
pub(crate) struct ClaimGroup {
    pub(crate) scanner: Scanner,
    pub(crate) audience: Audience,
    pub(crate) bot: NamedBot,
}

/// How a bot names itself.
#[derive(Clone, Debug, Hash)]
pub(crate) enum NamedBot {
    /// As the catalog has it, under this number.
    Known(usize),
    /// By these tokens, from `agents` of a list.
    Own(Arc<[String]>),
}

/// A bot whose claim counts, compiled.
#[derive(Debug)]
pub(crate) struct ClaimedBot {
    /// The number of its scanner.
    pub(crate) scanner: usize,
    /// The number of its group, which comes after those of ranges.
    pub(crate) group: usize,
    pub(crate) audience: Audience,
    provable: Provable,
    id: Arc<str>,
    /// The ids of the scanners whose ranges are its lists.
    lists: Vec<Arc<str>>,
    /// The numbers of the groups of ranges that are its lists.
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

    /// Whether a list of the bot has every address of it.
    pub(crate) fn has_complete_list(&self) -> bool {
        self.provable.list == ListKind::Complete
    }
}

/// A group of ranges that says something about claims.
#[derive(Debug)]
struct Proof {
    /// The list and the group of the configuration, if it is in use.
    #[cfg_attr(not(feature = "feeds"), allow(dead_code, reason = "only fetched lists are read again"))]
    target: Option<(usize, usize)>,
    proves: bool,
    /// When it was read, in seconds since 1970; 0 where the operator of the site vouches for it. A list that is fetched again and
    /// has not changed is as good as a new one, and nothing is compiled for that.
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
    /// By the numbers of the tokens' owners; `None` where a claim does not count.
    bots: Vec<Option<ClaimedBot>>,
    is_empty: bool,
    proofs: Vec<Proof>,
    table: RangeTable<usize>,
}

/// One claim of a request, judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    pub(crate) bot: &'a ClaimedBot,
    pub(crate) judgement: Judgement,
}

impl ClaimIndex {
    /// `lists` are the configuration's, as they are in use; `number_of` says which scanner has which number; `first_group` is the
    /// number of the first claim's group.
    pub(crate) fn build(
        claims: &[ClaimGroup],
        lists: &[ScannerList],
        number_of: impl Fn(&Scanner) -> usize,
        first_group: usize,
    ) -> Result<Self, BuildError> {
        let mut builder = Builder { lists, known: Vec::new(), proofs: Vec::new(), entries: Vec::new() };
        let own = || claims.iter().filter_map(|claim| Some((claim, claim.bot.own()?)));
        let tokens = if own().next().is_none() {
            agents::index()
        } else {
            let own = own().map(|(_, tokens)| Named {
                tokens: tokens.iter().map(String::as_str).collect(),
                urls: &[],
                not_if: &[],
                is_tool: false,
            });
            Arc::new(Index::new(agents::named().chain(own)))
        };
        let known = catalog::agents().len();
        let mut bots: Vec<Option<ClaimedBot>> = (0..known).map(|_| None).collect();
        for (number, claim) in claims.iter().enumerate() {
            let bot = builder.bot(claim, number_of(&claim.scanner), first_group + number);
            match claim.bot {
                NamedBot::Known(place) => bots[place] = Some(bot),
                NamedBot::Own(_) => bots.push(Some(bot)),
            }
        }
        let Builder { proofs, entries, .. } = builder;
        Ok(Self { tokens, bots, is_empty: claims.is_empty(), proofs, table: RangeTable::try_from_iter(entries)? })
    }

    /// The bots that a request names, as far as their claims count. Allocates nothing.
    pub(crate) fn find(&self, headers: &dyn HeaderLines) -> Found {
        let mut found = Found::default();
        if self.is_empty {
            return found;
        }
        for line in client::from_last(headers, &USER_AGENT).take(MAX_LINES) {
            let counted = self.tokens.find(line);
            counted.iter().filter(|bot| self.bots[*bot].is_some()).for_each(|bot| found.add(bot));
        }
        found
    }

    /// Judges these claims, and the one that a signature makes. `address` is the client's, where it is known.
    pub(crate) fn judge(&self, found: &Found, address: Option<IpAddr>, proofs: &Proofs) -> Vec<Claim<'_>> {
        let hits: Option<Vec<usize>> =
            address.map(|address| self.table.lookup(address).map(|(_, proof)| *proof).collect());
        let named: Vec<&ClaimedBot> = found.iter().filter_map(|bot| self.bots[bot].as_ref()).collect();
        let signed = self.signed(proofs).filter(|signed| !named.iter().any(|bot| std::ptr::eq(*bot, *signed)));
        named.iter().copied().chain(signed).map(|bot| self.claim(bot, hits.as_deref(), proofs)).collect()
    }

    /// The bot whose signature the request carries.
    fn signed(&self, proofs: &Proofs) -> Option<&ClaimedBot> {
        let SignatureOutcome::Verified { agent } = &proofs.signature else { return None };
        self.bots.iter().flatten().find(|bot| bot.id == *agent)
    }

    /// Whether a request may be a bot's, though it names none.
    pub(crate) fn is_signed(&self, proofs: &Proofs) -> bool {
        self.signed(proofs).is_some()
    }

    fn claim<'a>(&'a self, bot: &'a ClaimedBot, hits: Option<&[usize]>, proofs: &Proofs) -> Claim<'a> {
        let look = |hits: &[usize], group: usize| {
            let proof = &self.proofs[group];
            let listed = match hits.contains(&group) {
                true if proof.proves => Listed::Exclusive,
                true => Listed::Weak,
                false => Listed::No,
            };
            ListLook { listed, read: proof.read(), proves: proof.proves }
        };
        let looks: Option<Vec<ListLook>> = hits.map(|hits| bot.groups.iter().map(|group| look(hits, *group)).collect());
        Claim { bot, judgement: judge(&bot.id, bot.provable, looks.as_deref(), proofs) }
    }

    /// Notes that the group of this list was read again and has not changed.
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
}

struct Builder<'a> {
    lists: &'a [ScannerList],
    /// The numbers of the groups of each list that was added.
    known: Vec<(Arc<str>, Vec<usize>)>,
    proofs: Vec<Proof>,
    entries: Vec<(ipnet::IpNet, usize)>,
}

impl Builder<'_> {
    fn bot(&mut self, claim: &ClaimGroup, scanner: usize, group: usize) -> ClaimedBot {
        let id = claim.scanner.shared_id();
        let known = |number: usize| &catalog::agents()[number];
        let (lists, provable, operator, id): (Vec<Arc<str>>, Provable, Arc<str>, Arc<str>) = match claim.bot {
            NamedBot::Known(number) => {
                let agent: &Agent = known(number);
                let lists = agent.lists.iter().map(|list| Arc::from(*list)).collect();
                (lists, agent.into(), agent.operator.into(), agent.id.into())
            }
            NamedBot::Own(_) => {
                let has_ranges = self.lists.iter().any(|list| *list.scanner.id() == *id && !list.groups.is_empty());
                let list = if has_ranges { ListKind::Gaps } else { ListKind::None };
                (vec![Arc::clone(&id)], Provable { list, ..Provable::default() }, Arc::clone(&id), id)
            }
        };
        let mut groups: Vec<usize> = lists.iter().flat_map(|list| self.groups_of(list)).collect();
        groups.dedup();
        ClaimedBot { scanner, group, audience: claim.audience, provable, id, lists, groups, operator }
    }

    /// The numbers of the groups of this list; adds them, if they are not there.
    fn groups_of(&mut self, list: &Arc<str>) -> Vec<usize> {
        if let Some((_, groups)) = self.known.iter().find(|(known, _)| known == list) {
            return groups.clone();
        }
        let first = self.proofs.len();
        let place = self.lists.iter().position(|in_use| *in_use.scanner.id() == **list);
        let in_use: &[Group] = place.map_or(&[], |place| &self.lists[place].groups);
        for (number, group) in in_use.iter().enumerate() {
            let target = place.map(|place| (place, number));
            let proves = group.certainty == Certainty::Published && group.audience == Audience::Exclusive;
            self.add(target, proves, group.read.0, group.prefixes.iter().copied());
        }
        let is_used = |number: usize| in_use.iter().any(|group| group.number == Some(number));
        let groups = catalog::find(list).map(catalog::Vendor::groups).unwrap_or_default();
        let proxies = catalog::proxies().iter().find(|proxies| *proxies.id() == **list);
        let vendor = groups.iter().enumerate().filter(|(number, _)| !is_used(*number)).map(|(_, group)| (group, true));
        // People come through the proxies of a content delivery network.
        let proxies = proxies.into_iter().flat_map(catalog::ProxySet::groups).map(|group| (group, false));
        for (group, may_prove) in vendor.chain(proxies) {
            let exclusive = group.certainty == Certainty::Published && group.audience == Audience::Exclusive;
            self.add(None, may_prove && exclusive, read_on(group), group.prefixes());
        }
        let groups: Vec<usize> = (first..self.proofs.len()).collect();
        self.known.push((Arc::clone(list), groups.clone()));
        groups
    }

    fn add(
        &mut self,
        target: Option<(usize, usize)>,
        proves: bool,
        read: Option<SystemTime>,
        prefixes: impl Iterator<Item = ipnet::IpNet>,
    ) {
        let number = self.proofs.len();
        let seconds = read.and_then(|read| read.duration_since(UNIX_EPOCH).ok()).unwrap_or_default().as_secs();
        self.proofs.push(Proof { target, proves, read: AtomicU64::new(seconds) });
        self.entries.extend(prefixes.map(|prefix| (prefix, number)));
    }
}

/// When a group of the catalog was read: at the beginning of its day.
pub(crate) fn read_on(group: &RangeGroup) -> Option<SystemTime> {
    humantime::parse_rfc3339(&format!("{}T00:00:00Z", group.date)).ok()
}
