//! The watcher: takes one request after the other, and finds requests for targets that another network has just
//! requested.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;

use super::counted::Network;
use super::entry::{Entry, Pending};
use super::evidence::Pool;
use super::keys::{Keys, REFETCH};
use super::network::{Host, NetworkId};
use super::networks::Networks;
use super::own_site::{Assets, Hosts};
use super::probes::Probes;
use super::record::{Record, flag};
use super::sizes::Sizes;
use super::sketch::Sketch;

/// Watches requests, ordered by time to within a minute, and finds the networks that request again what others have
/// requested. See the [module](super).
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
    pub(super) hosts: Hosts,
    assets_seen: Assets,
    pub(super) requests: u64,
    asset_count: u64,
    /// Assets with a referer, and those without one in a log whose lines have the field.
    referred_assets: u64,
    bare_assets: u64,
    /// Networks that loaded an asset of the page that they had just requested.
    people: u64,
    /// Networks that requested a page and an asset without a referer.
    bare_people: u64,
    pub(super) first: Option<u32>,
    pub(super) last: u32,
    /// The start of the time that the sketch covers.
    counted_from: f64,
    pub(super) has_agents: bool,
    pub(super) evidence_lost: u64,
    /// The number of echoes and of requests that led to one.
    pub(super) evidence_seen: u64,
    /// The page that the network of the current request requested before.
    pub(super) before: Option<u32>,
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").field("requests", &self.requests).finish_non_exhaustive()
    }
}

impl Watcher {
    /// A watcher with tables of these sizes.
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
            referred_assets: 0,
            bare_assets: 0,
            people: 0,
            bare_people: 0,
            first: None,
            last: 0,
            counted_from: 0.0,
            has_agents: false,
            evidence_lost: 0,
            evidence_seen: 0,
            before: None,
        }
    }

    /// Observes one request in constant time and fixed memory.
    pub fn observe(&mut self, record: &Record) {
        self.note_time(record.time);
        let (id, host) = record.network();
        let place = self.networks.enter(id, record, &mut self.evidence);
        let network = self.networks.at_mut(place);
        network.count(record);
        self.has_agents |= record.agent != 0;
        if record.is(flag::AUTOMATIC) {
            return;
        }
        if record.is(flag::ASSET) {
            return self.asset(record, place);
        }
        if record.referer_host != 0 && self.hosts.is_own(record.referer_host) {
            let chained = self.is_chained(record, id);
            let network = self.networks.at_mut(place);
            network.page_referers = network.page_referers.saturating_add(1);
            network.chained = network.chained.saturating_add(chained.into());
        }
        let network = self.networks.at_mut(place);
        if !record.is(flag::FETCH) {
            // Nobody echoes such a target: the request is the network's own.
            network.note_trial();
            return;
        }
        network.pages = network.pages.saturating_add(1);
        network.errors = network.errors.saturating_add(record.is(flag::ERROR).into());
        self.before = network.note_page(record, host);
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

    /// Observes an asset. It is a sign of a person if it exists: a client that invents URLs loads nothing.
    fn asset(&mut self, record: &Record, place: u32) {
        if record.is(flag::ERROR) {
            return;
        }
        let has_referers = record.is(flag::HAS_REFERERS) && !self.hides_referers();
        let network = self.networks.at_mut(place);
        if record.referer_host != 0 {
            self.referred_assets += 1;
        } else if record.is(flag::HAS_REFERERS) {
            self.bare_assets += 1;
            self.bare_people += u64::from(network.pages > 0 && !std::mem::replace(&mut network.bare, true));
        }
        if record.referer_host != 0 || !has_referers {
            let of_page = !has_referers || network.has_just_opened(record.referer, record.time);
            self.people += u64::from(network.assets == 0 && of_page && network.pages > 0);
            network.note_asset(has_referers);
            self.asset_count += 1;
            self.assets_seen.load(record.target, network.id);
            if network.has_just_opened(record.referer, record.time) {
                self.hosts.add(record.referer_host, network.id);
            }
        } else if self.assets_seen.follows(record.target, network.id) {
            network.programs = network.programs.saturating_add(1);
        }
    }

    /// Whether the same network requested the page in the referer within the hour.
    fn is_chained(&self, record: &Record, id: NetworkId) -> bool {
        let entry = |key| self.keys.own(key, id).map(|place| self.keys.entry(place));
        record.referer != record.target
            && self
                .keys
                .find(record.referer)
                .and_then(entry)
                .is_some_and(|entry| entry.last <= record.time && record.time - entry.last <= REFETCH)
    }

    pub(super) fn touch(&mut self, hash: u64, time: u32) -> u32 {
        let rich = self.distinguishes_people();
        let Self { keys, networks, sketch, .. } = self;
        let mut full = false;
        let key = keys.touch(hash, time, |hash, pending| full |= count(sketch, networks, rich, hash, pending));
        if full {
            self.halve();
        }
        key
    }

    pub(super) fn enter(&mut self, key: u32, record: &Record, place: u32, id: NetworkId, host: Host) {
        let rich = self.distinguishes_people();
        let Self { keys, networks, sketch, .. } = self;
        let own = keys.own(key, id);
        let visit = Entry::new(id, place, host, record);
        keys.enter(key, own, visit, |hash, pending| _ = count(sketch, networks, rich, hash, pending));
    }

    /// Halves the counts of visits, and the time that they cover.
    fn halve(&mut self) {
        self.sketch.halve();
        self.counted_from = f64::midpoint(self.counted_from, f64::from(self.last));
    }

    /// Whether the log has the field of the referer, but hardly any asset has one, although ten networks or more load
    /// pages with assets: the format leaves the field empty, or the site tells browsers to send none. Then an asset counts
    /// without it.
    fn hides_referers(&self) -> bool {
        self.bare_people >= 10 && self.bare_assets >= 100 * self.referred_assets
    }

    /// Whether people are in the network; an asset without a referer shows it where no asset has one.
    pub(super) fn is_human(&self, network: &Network) -> bool {
        network.is_human() || (network.bare && self.hides_referers())
    }

    /// Whether people can be distinguished from programs: there are enough assets, which must have their page as referer if the
    /// log has referers. One in twenty requests is enough, or one in twenty networks: programs that poll a feed can send
    /// most of the requests.
    pub(super) fn distinguishes_people(&self) -> bool {
        let networks = self.networks.iter().len() as u64 + self.networks.forgotten;
        self.asset_count * 20 >= self.requests || (self.people >= 20 && self.people * 20 >= networks)
    }

    /// The number of slots in which a target was requested, including the one that is not over yet.
    pub(super) fn slots(&self, target: u64) -> u32 {
        let pending = self.keys.pending(target);
        let open = pending.is_some_and(|pending| is_visit(&self.networks, self.distinguishes_people(), pending));
        self.sketch.slots(target) + u32::from(open)
    }

    /// The number of seconds that the counts of visits cover.
    pub(super) fn counted_seconds(&self, now: u32) -> f64 {
        (f64::from(now.max(self.last)) - self.counted_from).max(3600.0)
    }
}

/// Whether a slot counts as a visit. It does not if its only visitor was a follower that is no person: a scanner's own
/// fetches must not make its targets look popular.
fn is_visit(networks: &Networks, rich: bool, pending: Pending) -> bool {
    !pending.follows || !rich || networks.get(pending.network).is_some_and(Network::is_human)
}

/// Counts a slot that is over. Returns true if the counts have to be halved.
fn count(sketch: &mut Sketch, networks: &Networks, rich: bool, hash: u64, pending: Pending) -> bool {
    is_visit(networks, rich, pending) && sketch.add(hash)
}
