//! The table of networks: counters of each, from which it shows whether people are there.

use std::net::{IpAddr, Ipv6Addr};

use super::evidence::{Evidences, Pool};
use super::index::Index;
use super::network::{Host, NetworkId};
use super::record::{Record, flag};

/// Maximum number of agents of a network that are counted.
const AGENTS: usize = 4;

/// What is kept of a network.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) id: NetworkId,
    pub(super) requests: u32,
    pub(super) pages: u32,
    pub(super) errors: u32,
    /// Assets that came with a referer; where the log has no referers, all.
    pub(super) assets: u32,
    /// Pages whose referer is of this site.
    pub(super) page_referers: u32,
    /// Pages whose referer is one that the same network asked for within the hour.
    pub(super) chained: u32,
    pub(super) declared: u32,
    pub(super) logged_in: u32,
    /// What only programs do: `HEAD` and `GET` with two agents, assets of a page without its referer.
    pub(super) programs: u32,
    pub(super) trials: u32,
    pub(super) echoes: u32,
    pub(super) leads: u32,
    pub(super) echo_evidence: Evidences,
    pub(super) lead_evidence: Evidences,
    /// When it last followed somebody or was followed.
    pub(super) last_evidence: u32,
    agents: [(u32, u32); AGENTS],
    addresses: Addresses,
    last: Last,
    /// Whether the log tells of referers.
    strict: bool,
    /// Evidence was lost, so that nothing can be said of it.
    pub(super) incomplete: bool,
    /// It asked for something since the clock hand passed.
    recent: bool,
}

/// The addresses of a network that were seen.
#[derive(Clone, Debug)]
enum Addresses {
    /// One bit for each.
    V4([u64; 4]),
    /// The first two, and whether there were more.
    V6([Option<Ipv6Addr>; 2], bool),
}

/// The last page that a network asked for.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    target: u32,
    time: u32,
    host: Host,
    agent: u32,
    head: bool,
}

impl Network {
    fn new(id: NetworkId, record: &Record) -> Self {
        Self {
            id,
            requests: 0,
            pages: 0,
            errors: 0,
            assets: 0,
            page_referers: 0,
            chained: 0,
            declared: 0,
            logged_in: 0,
            programs: 0,
            trials: 0,
            echoes: 0,
            leads: 0,
            echo_evidence: Evidences::NONE,
            lead_evidence: Evidences::NONE,
            last_evidence: 0,
            agents: [(0, 0); AGENTS],
            addresses: if id.is_v6() { Addresses::V6([None; 2], false) } else { Addresses::V4([0; 4]) },
            last: Last::default(),
            strict: record.is(flag::TELLS_REFERER),
            incomplete: false,
            recent: true,
        }
    }

    /// Counts a request, of whatever kind.
    pub(super) fn count(&mut self, record: &Record) {
        self.recent = true;
        self.requests = self.requests.saturating_add(1);
        self.logged_in = self.logged_in.saturating_add(u32::from(record.is(flag::LOGGED_IN)));
        self.declared = self.declared.saturating_add(u32::from(record.is(flag::DECLARED)));
        let place = self.agents.iter_mut().find(|(agent, count)| *count == 0 || *agent == record.agent);
        if let Some((agent, count)) = place {
            (*agent, *count) = (record.agent, count.saturating_add(1));
        }
        match (&mut self.addresses, record.address()) {
            (Addresses::V4(seen), IpAddr::V4(v4)) => {
                let host = v4.octets()[3];
                seen[usize::from(host / 64)] |= 1 << (host % 64);
            }
            (Addresses::V6(first, more), IpAddr::V6(v6)) => {
                match first.iter_mut().find(|seen| seen.is_none_or(|seen| seen == v6)) {
                    Some(seen) => *seen = Some(v6),
                    None => *more = true,
                }
            }
            _ => {}
        }
    }

    /// Notes a page, and whether it was asked for with `HEAD` and `GET` in turn, with two agents: no browser does that.
    pub(super) fn note_page(&mut self, record: &Record, host: Host) {
        let page = Last {
            target: record.target as u32,
            time: record.time,
            host,
            agent: record.agent,
            head: record.is(flag::HEAD),
        };
        let last = std::mem::replace(&mut self.last, page);
        let same = last.target == page.target && last.host == host && record.time.abs_diff(last.time) <= 2;
        if same && last.head != page.head && last.agent != page.agent {
            self.programs = self.programs.saturating_add(1);
        }
    }

    pub(super) fn note_trial(&mut self) {
        self.trials = self.trials.saturating_add(1);
    }

    /// The agents that were counted, and how often; 0 stands for none.
    pub(super) fn agents(&self) -> impl Iterator<Item = (u32, u32)> + Clone {
        self.agents.iter().copied().filter(|(_, count)| *count > 0)
    }

    /// Its addresses, if they were one or two.
    pub(super) fn few_addresses(&self) -> Option<Vec<IpAddr>> {
        let addresses: Vec<IpAddr> = match &self.addresses {
            Addresses::V4(seen) if seen.iter().map(|part| part.count_ones()).sum::<u32>() > 2 => return None,
            Addresses::V4(seen) => {
                let hosts = (0..256_u32).filter(|host| seen[(host / 64) as usize] >> (host % 64) & 1 == 1);
                hosts.filter_map(|host| self.id.address(host)).collect()
            }
            Addresses::V6(_, true) => return None,
            Addresses::V6(first, false) => first.iter().flatten().copied().map(IpAddr::from).collect(),
        };
        Some(addresses)
    }

    /// Whether people are there: somebody loads what a page needs, from the page, goes from page to page, or is logged in.
    pub(super) fn is_human(&self) -> bool {
        self.assets >= 1 || self.logged_in >= 1 || (self.chained >= 2 && !self.is_prober() && !self.names_itself())
    }

    /// Whether it loads pages as a browser does. Two assets are enough: who never reads pages has none at all. Where any asset
    /// counts, its own echoes may be among them.
    pub(super) fn is_browser(&self) -> bool {
        let share = self.strict || f64::from(self.assets) >= 0.02 * f64::from(self.requests);
        (self.assets >= 2 && share) || self.page_referers >= 3
    }

    /// Whether it asks mostly for what is not there.
    pub(super) fn is_prober(&self) -> bool {
        u64::from(self.errors) * 2 > u64::from(self.pages)
    }

    pub(super) fn names_itself(&self) -> bool {
        u64::from(self.declared) * 2 >= u64::from(self.requests)
    }

    pub(super) fn has_evidence(&self) -> bool {
        !self.echo_evidence.is_empty() || !self.lead_evidence.is_empty()
    }
}

/// All networks that are known, up to a fixed number. When there is no more room, one that was not heard of for a while and has
/// no evidence is forgotten.
pub(super) struct Networks {
    table: Vec<Network>,
    index: Index,
    seed: u64,
    hand: usize,
    pub(super) forgotten: u64,
}

impl Networks {
    pub(super) fn new(networks: usize, seed: u64) -> Self {
        let networks = networks.max(2);
        Self { table: Vec::with_capacity(networks), index: Index::new(networks), seed: seed | 1, hand: 0, forgotten: 0 }
    }

    pub(super) fn bytes(networks: usize) -> usize {
        networks * size_of::<Network>() + Index::bytes(networks)
    }

    /// Spreads networks in a way that nobody outside can tell, so that none can be chosen to stand in the way of others.
    fn hash(seed: u64, id: NetworkId) -> u64 {
        let wide = u128::from(id.bits() ^ seed.rotate_left(32)) * u128::from(seed);
        (wide >> 64) as u64 ^ wide as u64
    }

    /// The place of a network.
    pub(super) fn place(&self, id: NetworkId) -> Option<u32> {
        self.index.find(Self::hash(self.seed, id), |place| self.table[place as usize].id == id)
    }

    pub(super) fn get(&self, id: NetworkId) -> Option<&Network> {
        self.place(id).map(|place| self.at(place))
    }

    /// Where this network most likely is, for [`Watcher::observe_all`](super::watcher::Watcher::observe_all).
    pub(super) fn likely_place(&self, id: NetworkId) -> Option<u32> {
        self.index.first(Self::hash(self.seed, id))
    }

    pub(super) fn at(&self, place: u32) -> &Network {
        &self.table[place as usize]
    }

    pub(super) fn at_mut(&mut self, place: u32) -> &mut Network {
        &mut self.table[place as usize]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Network> + Clone {
        self.table.iter()
    }

    /// The place of the network that a request comes from, which is made if there is none.
    pub(super) fn enter(&mut self, id: NetworkId, record: &Record, pool: &mut Pool) -> u32 {
        if let Some(place) = self.place(id) {
            return place;
        }
        let network = Network::new(id, record);
        let place = if self.table.len() < self.table.capacity() {
            self.table.push(network);
            self.table.len() - 1
        } else {
            let place = self.forget(pool);
            self.table[place] = network;
            place
        };
        let place = place as u32;
        self.index.insert(Self::hash(self.seed, id), place);
        place
    }

    /// Makes room: the place of a network that is forgotten.
    fn forget(&mut self, pool: &mut Pool) -> usize {
        let count = self.table.len();
        let mut place = self.hand;
        // Once around to mark all as not heard of, once more to find one; then whichever is next goes, evidence or not.
        for _ in 0..2 * count {
            place = self.hand;
            self.hand = (self.hand + 1) % count;
            let network = &mut self.table[place];
            if !std::mem::replace(&mut network.recent, false) && !network.has_evidence() {
                break;
            }
        }
        self.forgotten += 1;
        self.release(place, pool);
        let Self { table, index, seed, .. } = self;
        let id = table[place].id;
        index.remove(Self::hash(*seed, id), place as u32, |place| Self::hash(*seed, table[place as usize].id));
        place
    }

    fn release(&mut self, place: usize, pool: &mut Pool) {
        let network = &mut self.table[place];
        pool.release(&mut network.echo_evidence);
        pool.release(&mut network.lead_evidence);
    }

    /// Takes the evidence back of networks of which it tells nothing: those that load pages, and those that mostly ask on their
    /// own account. A stretch of the table only, since it is asked for again when the pool is full again.
    pub(super) fn reclaim(&mut self, pool: &mut Pool) {
        const STRETCH: usize = 256;
        let count = self.table.len();
        for _ in 0..STRETCH.min(count) {
            self.hand = (self.hand + 1) % count;
            let network = &self.table[self.hand];
            let idle = network.trials >= 20 && u64::from(network.echoes) * 10 < u64::from(network.trials) * 3;
            if network.has_evidence() && (network.is_browser() || idle && network.leads < 3) {
                self.table[self.hand].incomplete = true;
                self.release(self.hand, pool);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Request;
    use super::super::recorder::Recorder;
    use super::*;

    fn record(address: &str) -> Record {
        Recorder::new([7; 16]).record(&Request::new(1, address.parse().unwrap(), "GET", b"/"))
    }

    fn enter(networks: &mut Networks, address: &str) -> u32 {
        let record = record(address);
        let place = networks.enter(record.network().0, &record, &mut Pool::new(1));
        networks.at_mut(place).count(&record);
        place
    }

    #[test]
    fn a_full_table_forgets_who_was_not_heard_of() {
        let mut networks = Networks::new(8, 5);
        for number in 0..1000 {
            enter(&mut networks, &format!("10.{}.{}.1", number / 256, number % 256));
            enter(&mut networks, "203.0.113.7");
        }
        assert_eq!(networks.iter().count(), 8);
        assert_eq!(networks.forgotten, 1001 - 8);
        assert_eq!(networks.get(record("203.0.113.7").network().0).unwrap().requests, 1000);
        assert!(networks.get(record("10.0.0.1").network().0).is_none());
    }

    #[test]
    fn few_addresses_are_known_by_name() {
        for (addresses, few) in [
            (&["203.0.113.7", "203.0.113.7"][..], Some(1)),
            (&["203.0.113.7", "203.0.113.255"], Some(2)),
            (&["203.0.113.0", "203.0.113.64", "203.0.113.128"], None),
            (&["2001:db8::1", "2001:db8::2"], Some(2)),
            (&["2001:db8::1", "2001:db8::2", "2001:db8::3"], None),
        ] {
            let mut networks = Networks::new(8, 5);
            let places: Vec<u32> = addresses.iter().map(|address| enter(&mut networks, address)).collect();
            let found = networks.at(places[0]).few_addresses();
            assert_eq!(found.as_ref().map(Vec::len), few, "{addresses:?}");
            if let Some(found) = found {
                assert!(addresses.iter().all(|address| found.contains(&address.parse().unwrap())));
            }
        }
    }
}
