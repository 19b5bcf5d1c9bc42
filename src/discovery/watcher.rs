//! One request after the other: who asks for what somebody else has just asked for.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;

use super::entry::{Entry, Pending};
use super::evidence::{Evidence, Pool};
use super::keys::{Keys, REFETCH};
use super::leader::{Leader, is_within};
use super::network::{Host, NetworkId};
use super::networks::{Network, Networks};
use super::own_site::{Assets, Hosts};
use super::probes::Probes;
use super::record::{Record, flag};
use super::sizes::Sizes;
use super::sketch::Sketch;

/// Watches requests, in the order of their times to within a minute, and finds the networks that ask again for what others have
/// asked for. See the [module](super).
///
/// ```
/// use actix_scanner_guard::discovery::{Recorder, Request, Sizes, Watcher};
///
/// let mut recorder = Recorder::new(Recorder::random_secret());
/// let mut watcher = Watcher::new(Sizes::LIVE);
/// let request = Request::new(1_769_860_800, "203.0.113.7".parse()?, "GET", b"/report");
/// watcher.observe(&recorder.record(&request));
/// let report = watcher.findings(1_769_864_400);
/// assert!(report.findings.is_empty());
/// let why = watcher.explain(request.address, 1_769_864_400).unwrap();
/// assert_eq!((why.trials, why.echoes), (1, 0));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
pub struct Watcher {
    pub(super) keys: Keys,
    pub(super) networks: Networks,
    pub(super) evidence: Pool,
    pub(super) sketch: Sketch,
    pub(super) probes: Probes,
    hosts: Hosts,
    assets_seen: Assets,
    pub(super) requests: u64,
    asset_count: u64,
    pub(super) first: Option<u32>,
    pub(super) last: u32,
    /// The time from which on the sketch counts.
    counted_from: f64,
    pub(super) tells_agents: bool,
    pub(super) evidence_lost: u64,
    /// Echoes, and those who led to one.
    pub(super) evidence_seen: u64,
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").field("requests", &self.requests).finish_non_exhaustive()
    }
}

impl Watcher {
    /// With tables of these sizes.
    #[must_use]
    pub fn new(sizes: Sizes) -> Self {
        Self {
            keys: Keys::new(sizes.keys),
            networks: Networks::new(sizes.networks, RandomState::new().hash_one(0)),
            evidence: Pool::new(sizes.evidence),
            sketch: Sketch::new(sizes.counts),
            probes: Probes::new(),
            hosts: Hosts::default(),
            assets_seen: Assets::new(),
            requests: 0,
            asset_count: 0,
            first: None,
            last: 0,
            counted_from: 0.0,
            tells_agents: false,
            evidence_lost: 0,
            evidence_seen: 0,
        }
    }

    /// Watches one request. Takes constant time and no memory.
    pub fn observe(&mut self, record: &Record) {
        self.note_time(record.time);
        let (id, host) = record.network();
        let place = self.networks.enter(id, record, &mut self.evidence);
        let network = self.networks.at_mut(place);
        network.count(record);
        self.tells_agents |= record.agent != 0;
        if record.is(flag::AUTOMATIC) {
            return;
        }
        if record.is(flag::ASSET) {
            return self.asset(record, place);
        }
        if record.referer_host != 0 && self.hosts.is_own(record.referer_host) {
            let chained = self.is_chained(record, id);
            let network = self.networks.at_mut(place);
            network.page_referers += 1;
            network.chained += u32::from(chained);
        }
        let network = self.networks.at_mut(place);
        if !record.is(flag::FETCH) {
            // Nobody echoes these: it asks on its own account.
            network.trials += 1;
            return;
        }
        network.pages += 1;
        network.errors += u32::from(record.is(flag::ERROR));
        network.note_page(record, host);
        if record.is(flag::ERROR) && network.pages >= 3 && network.is_prober() {
            self.probes.add(id, record.target, record.tag);
        }
        self.page(record, place, id, host);
    }

    fn note_time(&mut self, time: u32) {
        self.requests += 1;
        self.last = self.last.max(time);
        if self.first.is_none() {
            self.first = Some(time);
            self.counted_from = f64::from(time);
        }
    }

    fn asset(&mut self, record: &Record, place: u32) {
        let network = self.networks.at_mut(place);
        if record.referer_host != 0 || !record.is(flag::TELLS_REFERER) {
            network.assets += 1;
            self.asset_count += 1;
            self.hosts.add(record.referer_host);
            self.assets_seen.load(record.target, network.id);
        } else if self.assets_seen.follows(record.target, network.id) {
            network.programs += 1;
        }
    }

    /// Whether the page that a request comes from was asked for by the same network within the hour.
    fn is_chained(&self, record: &Record, id: NetworkId) -> bool {
        let entry = |key| self.keys.own(key, id).map(|place| self.keys.entry(place));
        record.referer != record.target
            && self
                .keys
                .find(record.referer)
                .and_then(entry)
                .is_some_and(|entry| entry.last <= record.time && record.time - entry.last <= REFETCH)
    }

    /// A page: the first request of a visit may be an echo.
    fn page(&mut self, record: &Record, place: u32, id: NetworkId, host: Host) {
        let key = self.touch(record.target, record.time);
        let own = self.keys.own(key, id);
        let begins = own.is_none_or(|own| record.time > self.keys.entry(own).first.saturating_add(REFETCH));
        if self.keys.is_crowded(key) {
            // A poller's later visits are its own business, however crowded the key is.
            if own.is_some() && begins {
                self.networks.at_mut(place).trials += 1;
            }
        } else if begins {
            self.begin_visit(record, place, key, own);
        } else if let Some(own) = own.filter(|own| self.keys.entry(*own).host != host) {
            self.keys.entry_mut(own).set_several();
            // The same echo once more, from another address.
            let evidence = self.networks.at(place).echo_evidence;
            self.evidence.last_mut(evidence, |piece| {
                if piece.target == record.target && record.time.saturating_sub(piece.time) <= REFETCH {
                    piece.twice = true;
                }
            });
        }
        self.enter(key, record, id, host);
        if record.has_query() {
            let key = self.touch(record.any_query(), record.time);
            self.enter(key, record, id, host);
        }
    }

    fn begin_visit(&mut self, record: &Record, place: u32, key: u32, own: Option<u32>) {
        // Who came first of all returns, and follows nobody.
        let returns = own.is_some() && own == self.keys.first(key);
        let leader = if returns { None } else { self.leader(record, key) };
        let id = self.networks.at(place).id;
        // A second network of a fleet on the same page: no trial of its own.
        let mate = leader.is_none()
            && self.keys.entries(key).any(|entry| {
                let network = entry.network();
                network.site() == id.site() && network != id && is_within(record.time, entry.first, REFETCH)
            });
        if !mate {
            self.networks.at_mut(place).trials += 1;
        }
        if let Some(leader) = leader.filter(|_| !record.is(flag::NO_FOLLOWER)) {
            self.echo(record, place, key, leader);
        }
    }

    fn echo(&mut self, record: &Record, place: u32, key: u32, leader: Leader) {
        let (id, host) = record.network();
        let lead = *self.keys.entry(leader.place);
        let lead_id = lead.network();
        let several_of = |site, host, since| {
            self.keys.entries(key).any(|entry| {
                entry.network().site() == site && (entry.network(), entry.host) != host && entry.first >= since
            })
        };
        let mut piece = Evidence {
            target: record.target,
            loose: leader.loose.and_then(std::num::NonZero::new),
            time: record.time,
            lag: record.time - lead.first,
            host,
            other: lead_id,
            other_host: lead.host,
            tag: record.tag,
            same_agent: record.agent == lead.agent,
            twice: several_of(id.site(), (id, host), lead.first),
        };
        let led_twice = lead.is_several() || several_of(lead_id.site(), (lead_id, lead.host), 0);
        self.keep(place, piece, false);
        // However many follow, it led once.
        if !lead.has_led()
            && let Some(place) = self.networks.place(lead_id)
        {
            self.keys.entry_mut(leader.place).set_led(true);
            piece = Evidence { host: lead.host, other: id, other_host: host, twice: led_twice, ..piece };
            self.keep(place, piece, true);
        }
    }

    fn keep(&mut self, place: u32, piece: Evidence, lead: bool) {
        self.evidence_seen += 1;
        self.networks.at_mut(place).last_evidence = piece.time;
        for attempt in 0..2 {
            let network = self.networks.at_mut(place);
            let (evidence, count) = match lead {
                true => (&mut network.lead_evidence, &mut network.leads),
                false => (&mut network.echo_evidence, &mut network.echoes),
            };
            *count += u32::from(attempt == 0);
            if network.incomplete || self.evidence.keep(evidence, *count, piece) {
                return;
            }
            self.networks.reclaim(&mut self.evidence);
        }
        self.evidence_lost += 1;
        self.networks.at_mut(place).incomplete = true;
    }

    fn touch(&mut self, hash: u64, time: u32) -> u32 {
        let rich = self.tells_people();
        let Self { keys, networks, sketch, .. } = self;
        let mut full = false;
        let key = keys.touch(hash, time, |hash, pending| full |= count(sketch, networks, rich, hash, pending));
        if full {
            self.halve();
        }
        key
    }

    fn enter(&mut self, key: u32, record: &Record, id: NetworkId, host: Host) {
        let rich = self.tells_people();
        let Self { keys, networks, sketch, .. } = self;
        let own = keys.own(key, id);
        let visit = Entry::new(id, host, record.agent, record.time);
        keys.enter(key, own, visit, |hash, pending| _ = count(sketch, networks, rich, hash, pending));
    }

    /// Halves the counts of visits, and the time that they stand for.
    fn halve(&mut self) {
        self.sketch.halve();
        self.counted_from = f64::midpoint(self.counted_from, f64::from(self.last));
    }

    /// Whether the log tells people from programs: by enough assets, with the page that they belong to if it tells of referers.
    pub(super) fn tells_people(&self) -> bool {
        self.asset_count * 20 >= self.requests
    }

    /// In how many slots a target was asked for, that which is not over yet included.
    pub(super) fn slots(&self, target: u64) -> u32 {
        let pending = self.keys.pending(target);
        let open = pending.is_some_and(|pending| is_visit(&self.networks, self.tells_people(), pending));
        self.sketch.slots(target) + u32::from(open)
    }

    /// How many seconds the counts of visits stand for.
    pub(super) fn counted_seconds(&self, now: u32) -> f64 {
        (f64::from(now.max(self.last)) - self.counted_from).max(3600.0)
    }
}

/// A slot counts as a visit, unless only a follower that is no person came in it: a scanner's own fetches must not make its
/// targets look popular.
fn is_visit(networks: &Networks, rich: bool, pending: Pending) -> bool {
    !pending.follows || !rich || networks.get(pending.network).is_some_and(Network::is_human)
}

/// Counts a slot that is over. True where the counts have to be halved.
fn count(sketch: &mut Sketch, networks: &Networks, rich: bool, hash: u64, pending: Pending) -> bool {
    is_visit(networks, rich, pending) && sketch.add(hash)
}
