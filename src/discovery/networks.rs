//! The table of networks, of fixed size.

use super::counted::Network;
use super::entry::Entry;
use super::evidence::Pool;
use super::index::Index;
use super::network::NetworkId;
use super::record::Record;

/// All known networks, up to a fixed number. If there is no more room, a network without recent requests and with little
/// evidence is forgotten.
pub(super) struct Networks {
    table: Vec<Network>,
    index: Index,
    seed: u64,
    hand: usize,
    /// The place of the last search for useless evidence, and the number of networks that the next one may pass.
    reclaimed: usize,
    steps: usize,
    pub(super) forgotten: u64,
}

impl Networks {
    pub(super) fn new(networks: usize, seed: u64) -> Self {
        let networks = networks.max(2);
        Self {
            table: Vec::with_capacity(networks),
            index: Index::new(networks),
            seed: seed | 1,
            hand: 0,
            reclaimed: 0,
            steps: 0,
            forgotten: 0,
        }
    }

    pub(super) fn bytes(networks: usize) -> usize {
        networks * size_of::<Network>() + Index::bytes(networks)
    }

    /// Spreads networks by a secret seed, so that nobody outside can choose networks that collide.
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

    /// The network of an entry.
    pub(super) fn of(&self, entry: &Entry) -> Option<&Network> {
        let id = entry.network();
        self.table.get(entry.place as usize).filter(|network| network.id == id).or_else(|| self.get(id))
    }

    /// The place where this network most likely is, for [`Watcher::observe_all`](super::watcher::Watcher::observe_all).
    pub(super) fn likely_place(&self, id: NetworkId) -> u32 {
        self.index.first(Self::hash(self.seed, id))
    }

    /// Reads both cache lines of the networks at these places; what comes of it means nothing.
    pub(super) fn read(&self, places: &[u32]) -> u64 {
        let networks = places.iter().filter_map(|place| self.table.get(*place as usize));
        networks.fold(0, |read, network| read ^ u64::from(network.requests) ^ network.second_line())
    }

    pub(super) fn at(&self, place: u32) -> &Network {
        &self.table[place as usize]
    }

    pub(super) fn at_mut(&mut self, place: u32) -> &mut Network {
        &mut self.table[place as usize]
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Network> + Clone {
        self.table.iter()
    }

    /// The place of the network of a request; the network is added if it is missing.
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

    /// Forgets a network, and returns its place. The hand takes a credit from each network that it passes, so in the
    /// mean a search passes as many networks as requests gave credits.
    fn forget(&mut self, pool: &mut Pool) -> usize {
        /// Maximum number of networks per search: one request does not wait for a search of the whole table.
        const MAX_SEARCHED: usize = 64;
        let (mut place, mut least) = (self.hand, u8::MAX);
        for _ in 0..MAX_SEARCHED {
            let next = self.hand;
            self.hand = (self.hand + 1) % self.table.len();
            let credit = &mut self.table[next].credit;
            if *credit < least {
                (place, least) = (next, *credit);
            }
            if *credit == 0 {
                break;
            }
            *credit -= 1;
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

    /// Frees the evidence of a network for which it has no use: one that loads pages, or most of whose requests are no
    /// echoes. If there is hardly any, the search ends soon, since it begins again with each piece of evidence.
    pub(super) fn reclaim(&mut self, pool: &mut Pool) {
        const STEPS: usize = 4;
        let count = self.table.len();
        self.steps = (self.steps + STEPS).min(count);
        while self.steps > 0 {
            self.steps -= 1;
            self.reclaimed = (self.reclaimed + 1) % count;
            let network = &self.table[self.reclaimed];
            let idle = network.trials >= 20 && u64::from(network.echoes) * 10 < u64::from(network.trials) * 3;
            if network.has_evidence() && (network.is_browser() || idle && network.leads < 3) {
                self.table[self.reclaimed].incomplete = true;
                return self.release(self.reclaimed, pool);
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

    /// A flood of networks, each of which is a follower once: a search passes four of them in the mean, and a network
    /// with more evidence stays for longer.
    #[test]
    fn a_search_for_room_is_short_however_full_of_evidence_the_table_is() {
        let mut networks = Networks::new(1000, 5);
        let old = enter(&mut networks, "203.0.113.7");
        (0..9).for_each(|time| networks.at_mut(old).note_evidence(time));
        let mut steps = 0;
        for number in 0..3000 {
            let hand = networks.hand;
            let place = enter(&mut networks, &format!("10.{}.{}.1", number / 256, number % 256));
            networks.at_mut(place).note_evidence(number);
            steps += (networks.hand + 1000 - hand) % 1000;
        }
        assert!(networks.get(record("203.0.113.7").network().0).is_some());
        assert!(steps <= 4 * networks.forgotten as usize, "{steps} steps for {} networks", networks.forgotten);
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
