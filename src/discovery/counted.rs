//! What is counted of a network, from which it shows whether people are there.

use std::net::{IpAddr, Ipv6Addr};

use super::evidence::Evidences;
use super::keys::REFETCH;
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
    pub(super) recent: bool,
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
    pub(super) fn new(id: NetworkId, record: &Record) -> Self {
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

    /// Whether the last page that it asked for is this one, and not long ago.
    pub(super) fn has_just_opened(&self, page: u64, time: u32) -> bool {
        page != 0 && self.last.target == page as u32 && time.abs_diff(self.last.time) <= REFETCH
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
