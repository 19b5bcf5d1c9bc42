//! A request for a page: whether a visit begins, and whether the request is an echo.

use super::evidence::Evidence;
use super::keys::{MAX_ENTRIES, MEMORY, REFETCH};
use super::leader::{Leader, is_within};
use super::network::{Host, NetworkId};
use super::record::{Record, flag};
use super::watcher::Watcher;

/// Visitors from this number of sites are an audience; visitors from fewer sites may be a scanner's fleet.
const AUDIENCE: usize = 6;

impl Watcher {
    /// Observes a page: the first request of a visit may be an echo.
    pub(super) fn page(&mut self, record: &Record, place: u32, id: NetworkId, host: Host) {
        let key = self.touch(record.target, record.time);
        let own = self.keys.own(key, id);
        let begins = own.is_none_or(|own| record.time > self.keys.entry(own).first.saturating_add(REFETCH));
        if self.keys.is_crowded(key) {
            // A poller's later visits have no leader, even if the key is crowded.
            if own.is_some() && begins {
                self.networks.at_mut(place).note_trial();
            }
        } else if begins {
            self.begin_visit(record, place, key, own);
        } else if let Some(own) = own.filter(|own| self.keys.entry(*own).host != host) {
            let is_second = !self.keys.entry(own).is_several() && self.keys.first(key) != Some(own);
            if is_second && self.is_quiet_so_far(record.target, None) {
                self.networks.at_mut(place).echo_course.note_repeated_target();
            }
            self.keys.entry_mut(own).set_several();
            // The same echo again, from another address.
            let evidence = self.networks.at(place).echo_evidence;
            self.evidence.last_mut(evidence, |piece| {
                if piece.target == record.target && record.time.saturating_sub(piece.time) <= REFETCH {
                    piece.twice = true;
                }
            });
        }
        let was_crowded = self.keys.is_crowded(key);
        self.enter(key, record, place, id, host);
        if !was_crowded && self.keys.is_crowded(key) {
            self.note_crowd(record, key, id);
        }
        if record.has_query() {
            let key = self.touch(record.any_query(), record.time);
            self.enter(key, record, place, id, host);
        }
    }

    /// Handles a key with too many networks. If they come from many sites, they are an audience, such as the readers of
    /// a push message or the servers of a federated network, and their echoes are no evidence.
    fn note_crowd(&mut self, record: &Record, key: u32, newest: NetworkId) {
        let mut networks = [newest; MAX_ENTRIES as usize + 1];
        for (place, entry) in networks.iter_mut().zip(self.keys.entries(key)) {
            *place = entry.network();
        }
        let is_first =
            |(place, id): &(usize, &NetworkId)| networks[..*place].iter().all(|other| other.site() != id.site());
        if networks.iter().enumerate().filter(is_first).count() < AUDIENCE {
            return;
        }
        for place in networks.into_iter().filter_map(|id| self.networks.place(id)) {
            let network = self.networks.at(place);
            for evidence in [network.echo_evidence, network.lead_evidence] {
                self.evidence.last_mut(evidence, |piece| {
                    piece.crowded |= piece.target == record.target && record.time.saturating_sub(piece.time) <= MEMORY;
                });
            }
        }
    }

    fn begin_visit(&mut self, record: &Record, place: u32, key: u32, own: Option<u32>) {
        // A network that requested the target first and comes back follows nobody.
        let returns = own.is_some() && own == self.keys.first(key);
        let leader = if returns { None } else { self.leader(record, key) };
        let id = self.networks.at(place).id;
        // A second network of a fleet on the same page is not a trial of its own.
        let mate = leader.is_none()
            && self.keys.entries(key).any(|entry| {
                let network = entry.network();
                network.site() == id.site() && network != id && is_within(record.time, entry.first, REFETCH)
            });
        if !mate {
            self.networks.at_mut(place).note_trial();
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
            agent: record.agent,
            tag: record.tag,
            same_agent: record.agent == lead.agent,
            twice: several_of(id.site(), (id, host), lead.first),
            crowded: false,
            counted: false,
        };
        piece.counted = self.is_quiet_so_far(piece.target, piece.loose);
        let led_twice = lead.is_several() || several_of(lead_id.site(), (lead_id, lead.host), 0);
        self.keep(place, piece, false);
        // A leader is counted once, however many networks follow it.
        if !lead.has_led()
            && let Some(place) = self.networks.place(lead_id)
        {
            self.keys.entry_mut(leader.place).set_led(true);
            piece =
                Evidence { host: lead.host, other: id, other_host: host, agent: lead.agent, twice: led_twice, ..piece };
            self.keep(place, piece, true);
        }
    }

    fn keep(&mut self, place: u32, piece: Evidence, lead: bool) {
        self.evidence_seen += 1;
        self.networks.at_mut(place).note_evidence(piece.time);
        if piece.counted && !lead {
            self.networks.at_mut(place).note_before(self.before, piece.time);
        }
        for attempt in 0..2 {
            let network = self.networks.at_mut(place);
            let (evidence, count, course) = match lead {
                true => (&mut network.lead_evidence, &mut network.leads, &mut network.lead_course),
                false => (&mut network.echo_evidence, &mut network.echoes, &mut network.echo_course),
            };
            if attempt == 0 {
                *count = count.saturating_add(1);
                if piece.counted {
                    course.note(&piece);
                }
            }
            if network.incomplete || self.evidence.keep(evidence, *count, piece) {
                return;
            }
            self.networks.reclaim(&mut self.evidence);
        }
        self.evidence_lost += 1;
        self.networks.at_mut(place).incomplete = true;
    }
}
