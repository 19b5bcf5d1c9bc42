//! From a configuration to the compiled claims.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{ClaimGroup, ClaimIndex, ClaimedBot, NamedBot, Proof, Provable};
use crate::agents::{Index, Named};
use crate::catalog::{self, Agent, ListKind};
use crate::ranges::{BuildError, RangeTable};
use crate::scanners::{Audience, Certainty, Group, Scanner, ScannerList};

impl ClaimIndex {
    /// Compiles the claims. `lists` are the lists of the configuration that are in use; `number_of` returns the number
    /// of a scanner; `first_group` is the number of the first claim's group.
    pub(crate) fn build(
        claims: &[ClaimGroup],
        lists: &[ScannerList],
        number_of: impl Fn(&Scanner) -> usize,
        first_group: usize,
    ) -> Result<Self, BuildError> {
        Self::from_builder(claims, Builder::new(lists), number_of, first_group)
    }

    /// Compiles the claims for logs, whose requests may be older than the configuration's lists. Each of these lists is
    /// kept together with the catalog's older version of it. Scanners and groups have no numbers.
    #[cfg(feature = "cli")]
    pub(super) fn build_with_older(claims: &[ClaimGroup], lists: &[ScannerList]) -> Result<Self, BuildError> {
        Self::from_builder(claims, Builder { keeps_older: true, ..Builder::new(lists) }, |_| 0, 0)
    }

    fn from_builder(
        claims: &[ClaimGroup],
        mut builder: Builder<'_>,
        number_of: impl Fn(&Scanner) -> usize,
        first_group: usize,
    ) -> Result<Self, BuildError> {
        let own = || claims.iter().filter_map(|claim| Some((claim, claim.bot.own()?)));
        let tokens = if own().next().is_none() {
            catalog::tokens()
        } else {
            let own = own().map(|(_, tokens)| Named {
                tokens: tokens.iter().map(String::as_str).collect(),
                urls: &[],
                not_if: &[],
                is_tool: false,
            });
            Arc::new(Index::new(catalog::named().chain(own)))
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
        let Builder { proofs, entries, older, .. } = builder;
        let table = RangeTable::try_from_iter(entries)?;
        Ok(Self { tokens, bots, is_empty: claims.is_empty(), proofs, older, table })
    }
}

struct Builder<'a> {
    lists: &'a [ScannerList],
    /// For each list that was added, the numbers of its groups.
    known: Vec<(Arc<str>, Vec<usize>)>,
    proofs: Vec<Proof>,
    entries: Vec<(ipnet::IpNet, usize)>,
    keeps_older: bool,
    /// See [`ClaimIndex::older`].
    older: Vec<(usize, usize)>,
}

impl<'a> Builder<'a> {
    fn new(lists: &'a [ScannerList]) -> Self {
        let (known, proofs, entries) = (Vec::new(), Vec::new(), Vec::new());
        Self { lists, known, proofs, entries, keeps_older: false, older: Vec::new() }
    }

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
                let has_ranges = self.lists.iter().any(|list| {
                    *list.scanner.id() == *id && list.groups.iter().any(|group| !group.prefixes.is_empty())
                });
                let list = if has_ranges { ListKind::Gaps } else { ListKind::None };
                (vec![Arc::clone(&id)], Provable { list, ..Provable::default() }, Arc::clone(&id), id)
            }
        };
        let mut groups: Vec<usize> = lists.iter().flat_map(|list| self.groups_of(list)).collect();
        groups.dedup();
        ClaimedBot {
            scanner,
            group,
            audience: claim.audience,
            provable,
            id,
            #[cfg(feature = "rdns")]
            agent: match claim.bot {
                NamedBot::Known(number) => Some(known(number)),
                NamedBot::Own(_) => None,
            },
            lists,
            groups,
            operator,
        }
    }

    /// The numbers of the groups of this list, which are added if they are missing.
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
        // The proxies of a content delivery network carry people, too.
        let proxies = proxies.into_iter().flat_map(catalog::ProxySet::groups).map(|group| (group, false));
        for (group, may_prove) in vendor.chain(proxies) {
            let exclusive = group.certainty == Certainty::Published && group.audience == Audience::Exclusive;
            self.add(None, may_prove && exclusive, group.read_at(), group.prefixes());
        }
        let numbers: Vec<usize> = (first..self.proofs.len()).collect();
        if self.keeps_older {
            for (number, group) in in_use.iter().enumerate() {
                let before = group.number.and_then(|number| groups.get(number));
                before.into_iter().for_each(|before| self.add_older(first + number, before));
            }
        }
        self.known.push((Arc::clone(list), numbers.clone()));
        numbers
    }

    /// Adds the catalog's group if it is older than the group with this number.
    fn add_older(&mut self, newer: usize, before: &catalog::RangeGroup) {
        let read = before.read_at();
        if self.proofs[newer].read().zip(read).is_some_and(|(newer, read)| read < newer) {
            let proves = before.certainty == Certainty::Published && before.audience == Audience::Exclusive;
            self.older.push((newer, self.proofs.len()));
            self.add(None, proves, read, before.prefixes());
        }
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
