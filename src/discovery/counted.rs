//! The counters of a network, which show whether people are in it.

use std::net::IpAddr;

use super::course::Course;
use super::evidence::Evidences;
use super::keys::REFETCH;
use super::network::{Host, NetworkId};
use super::record::{Record, flag};

/// Maximum number of agents that are counted for a network.
const AGENTS: usize = 4;

/// The counters of a network. Those that each request needs are in two cache lines, since most of the watcher's time is
/// spent on waiting for them; the third is for evidence.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct Network {
    pub(super) id: NetworkId,
    pub(super) requests: u32,
    pub(super) pages: u32,
    pub(super) errors: u32,
    /// Assets with a referer; all assets if the log has no referers.
    pub(super) assets: u32,
    pub(super) declared: u32,
    pub(super) trials: u32,
    pub(super) echoes: u32,
    pub(super) leads: u32,
    /// When the network was last a follower or a leader.
    pub(super) last_evidence: u32,
    pub(super) echo_evidence: Evidences,
    pub(super) lead_evidence: Evidences,
    /// Pages with a referer of this site.
    pub(super) page_referers: u16,
    /// Pages whose referer is a page that the same network requested within the hour.
    pub(super) chained: u16,
    /// Signs of programs: `HEAD` and at once `GET` of one target, or assets of a page without their referer.
    pub(super) programs: u16,
    is_logged_in: bool,
    /// Whether the log has referers.
    strict: bool,
    /// Evidence was lost, so the network is not judged.
    pub(super) incomplete: bool,
    /// How often the clock hand passes the network before it is forgotten: once after a request, and once more for each
    /// piece of evidence.
    pub(super) credit: u8,
    addresses: Addresses,
    /// The network loaded an asset without a referer.
    pub(super) bare: bool,
    agents: [(u32, u32); AGENTS],
    last: Last,
    /// The course of its echoes, and of the requests of others that followed it.
    pub(super) echo_course: Course,
    pub(super) lead_course: Course,
    list: List,
}

/// The page that a network most often requests before its echoes, such as a feed.
#[derive(Clone, Copy, Debug, Default)]
struct List {
    target: u32,
    /// How often it was that page, less the number of other pages.
    lead: u16,
    /// When it was last requested, or became the list, in seconds modulo 2^16.
    time: u16,
}

/// The last page that a network requested.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    target: u32,
    time: u32,
    host: u16,
    /// Some bits of the agent's hash, and whether the method was `HEAD`.
    agent: u16,
}

/// The addresses that were seen in a network: the bits of the first two after the network's bits, and the number of
/// addresses, where three stands for all larger numbers.
#[derive(Clone, Debug, Default)]
struct Addresses {
    first: [[u8; 10]; 2],
    count: u8,
}

impl Network {
    pub(super) fn new(id: NetworkId, record: &Record) -> Self {
        Self {
            id,
            requests: 0,
            pages: 0,
            errors: 0,
            assets: 0,
            declared: 0,
            trials: 0,
            echoes: 0,
            leads: 0,
            last_evidence: 0,
            echo_evidence: Evidences::NONE,
            lead_evidence: Evidences::NONE,
            page_referers: 0,
            chained: 0,
            programs: 0,
            is_logged_in: false,
            strict: record.is(flag::HAS_REFERERS),
            incomplete: false,
            credit: 1,
            addresses: Addresses::default(),
            bare: false,
            agents: [(0, 0); AGENTS],
            last: Last::default(),
            echo_course: Course::default(),
            lead_course: Course::default(),
            list: List::default(),
        }
    }

    /// Counts a request of any kind.
    pub(super) fn count(&mut self, record: &Record) {
        self.credit = self.credit.max(1);
        self.requests = self.requests.saturating_add(1);
        self.is_logged_in |= record.is(flag::LOGGED_IN);
        self.declared = self.declared.saturating_add(u32::from(record.is(flag::DECLARED)));
        let place = self.agents.iter_mut().find(|(agent, count)| *count == 0 || *agent == record.agent);
        if let Some((agent, count)) = place {
            (*agent, *count) = (record.agent, count.saturating_add(1));
        }
        self.addresses.add(record);
    }

    /// Counts a request of it that is evidence.
    pub(super) fn note_evidence(&mut self, time: u32) {
        const MAX: u8 = 15;
        self.last_evidence = time;
        self.credit = (self.credit + 1).min(MAX);
    }

    /// Records a page, and whether it was requested in a way in which no browser does it: `HEAD` and at once `GET`, from
    /// any of the network's addresses, or `GET` and `HEAD` with two agents. A `HEAD` after a `GET` with one agent can come
    /// from an extension of a browser.
    /// Returns the page before it, if that is another one within the last hour.
    pub(super) fn note_page(&mut self, record: &Record, host: Host) -> Option<u32> {
        let last = std::mem::replace(&mut self.last, Last::of(record, host));
        let same = last.target == self.last.target && record.time.abs_diff(last.time) <= 2;
        let head_first = last.is_head() && !record.is(flag::HEAD);
        let two_agents =
            last.host == self.last.host && last.is_head() != record.is(flag::HEAD) && last.agent() != self.last.agent();
        if same && (head_first || two_agents) {
            self.programs = self.programs.saturating_add(1);
        }
        if self.last.target == self.list.target {
            self.list.time = record.time as u16;
        }
        let is_recent = record.time.abs_diff(last.time) <= REFETCH;
        (last.time != 0 && is_recent && last.target != self.last.target).then_some(last.target)
    }

    /// Whether this is the last page that the network requested, within the last hour.
    pub(super) fn has_just_opened(&self, page: u64, time: u32) -> bool {
        page != 0 && self.last.target == page as u32 && time.abs_diff(self.last.time) <= REFETCH
    }

    /// Counts an asset; `strict` if it has a referer where others have one too.
    pub(super) fn note_asset(&mut self, strict: bool) {
        self.assets = self.assets.saturating_add(1);
        self.strict &= strict;
    }

    /// Something of the second cache line.
    pub(super) fn second_line(&self) -> u64 {
        self.last.time.into()
    }

    /// Records the page that the network requested before an echo. Within a minute after a list, all its news are requested
    /// one after another.
    pub(super) fn note_before(&mut self, page: Option<u32>, time: u32) {
        const RUN: u16 = 60;
        let List { target, lead, time: listed } = &mut self.list;
        let is_in_run = (time as u16).wrapping_sub(*listed) <= RUN;
        match page {
            Some(page) if *lead == 0 => (*target, *lead, *listed) = (page, 1, time as u16),
            Some(page) if *target == page || is_in_run => *lead = lead.saturating_add(1),
            _ => *lead = lead.saturating_sub(1),
        }
    }

    /// How many more echoes came after one and the same page, at once or within a minute, than after others.
    pub(super) fn after_list(&self) -> u16 {
        self.list.lead
    }

    pub(super) fn note_trial(&mut self) {
        self.trials = self.trials.saturating_add(1);
    }

    /// The counted agents, and how often each was seen; 0 stands for no agent.
    pub(super) fn agents(&self) -> impl Iterator<Item = (u32, u32)> + Clone {
        self.agents.iter().copied().filter(|(_, count)| *count > 0)
    }

    /// The addresses, if there were one or two.
    pub(super) fn few_addresses(&self) -> Option<Vec<IpAddr>> {
        let seen = self.addresses.first.get(..self.addresses.count.into())?;
        Some(seen.iter().map(|rest| self.id.with_rest(*rest)).collect())
    }

    /// Whether people are in the network: requests load the assets of a page with its referer, follow links from page
    /// to page, or are logged in.
    pub(super) fn is_human(&self) -> bool {
        self.assets >= 1 || self.is_logged_in || (self.chained >= 2 && !self.is_prober() && !self.names_itself())
    }

    /// Whether it loads pages as a browser does. Two assets are enough, since a client that never renders pages loads
    /// none. If assets count without a referer, its own echoes may be among them.
    pub(super) fn is_browser(&self) -> bool {
        let share = self.strict || f64::from(self.assets) >= 0.02 * f64::from(self.requests);
        (self.assets >= 2 && share) || self.page_referers >= 3
    }

    /// Whether most of its requests are for targets that do not exist.
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

impl Last {
    const HEAD: u16 = 1;

    fn of(record: &Record, host: Host) -> Self {
        let head = if record.is(flag::HEAD) { Self::HEAD } else { 0 };
        let agent = (record.agent as u16 & !Self::HEAD) | head;
        Self { target: record.target as u32, time: record.time, host: host as u16, agent }
    }

    fn is_head(self) -> bool {
        self.agent & Self::HEAD != 0
    }

    fn agent(self) -> u16 {
        self.agent & !Self::HEAD
    }
}

impl Addresses {
    fn add(&mut self, record: &Record) {
        let rest = record.rest();
        let known = self.first[..usize::from(self.count).min(2)].contains(&rest);
        if known || self.count > 2 {
            return;
        }
        if let Some(place) = self.first.get_mut(usize::from(self.count)) {
            *place = rest;
        }
        self.count += 1;
    }
}

/// Whether half or more of the visits of these networks show that programs make them.
pub(super) fn are_programs(networks: &[&Network]) -> bool {
    let sum = |count: fn(&Network) -> u32| networks.iter().map(|network| u64::from(count(network))).sum::<u64>();
    2 * sum(|network| network.programs.into()) >= sum(|network| network.trials).max(1)
}
