//! Turns log lines into records.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::logs::{LoggedWalk, Window, logged_client};
use super::agents::{Agents, Entered};
use super::canary::Canaries;
use crate::access_log::{Entry, Text};
use crate::config::GuardConfig;
use crate::discovery::{Record, Recorder, Request};
use crate::live::discovery::proxies_and_gateways;
use crate::ranges::RangeTable;

/// The latest time that is accepted, in seconds since 1970: a day before 32 bits overflow, in 2106.
const LATEST: i64 = u32::MAX as i64 - 86_400;

/// A request that was logged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    /// Tagged with the numbers of the log and of the line.
    pub(super) record: Record,
    /// The milliseconds of the second; 0 in logs without them.
    pub(super) millis: u16,
}

impl Item {
    /// The time, in milliseconds since 1970.
    pub(super) fn time_millis(&self) -> i64 {
        i64::from(self.record.time()) * 1000 + i64::from(self.millis)
    }

    /// The same request, later by this number of milliseconds.
    pub(super) fn moved(self, by: i64) -> Self {
        let millis = self.time_millis().saturating_add(by).max(0);
        let time = u32::try_from(millis / 1000).unwrap_or(u32::MAX);
        Self { record: self.record.at(time), millis: (millis % 1000) as u16 }
    }
}

/// The place of a record's line. In a tag, the log is in the high bits and the line in the low bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) log: usize,
    pub(super) line: u64,
}

impl Place {
    const LINE_BITS: u32 = 48;

    pub(super) fn tag(self) -> u64 {
        (self.log as u64) << Self::LINE_BITS | self.line & ((1 << Self::LINE_BITS) - 1)
    }

    pub(super) fn of(tag: u64) -> Self {
        Self { log: (tag >> Self::LINE_BITS) as usize, line: tag & ((1 << Self::LINE_BITS) - 1) }
    }
}

/// Counts of lines that were left out, and facts about all lines.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) requests: u64,
    /// Outside of the chosen time.
    pub(super) outside: u64,
    pub(super) without_time: u64,
    pub(super) without_client: u64,
    /// Lines of something that is no request, such as a TLS handshake.
    pub(super) without_request: u64,
    /// From a trusted proxy, in a line without the client's address.
    pub(super) behind_proxy: u64,
    pub(super) client: Clients,
    /// Whether a request had a referer.
    pub(super) referer: bool,
    /// Whether a time was not at the beginning of a minute.
    pub(super) seconds: bool,
}

/// Whether all requests come from one address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Clients {
    #[default]
    None,
    One(IpAddr),
    Several,
}

impl Clients {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Clients::None, other) | (other, Clients::None) => other,
            (one, other) if one == other => one,
            _ => Clients::Several,
        }
    }
}

impl Seen {
    pub(super) fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.outside += other.outside;
        self.without_time += other.without_time;
        self.without_client += other.without_client;
        self.without_request += other.without_request;
        self.behind_proxy += other.behind_proxy;
        self.client = self.client.and(other.client);
        self.referer |= other.referer;
        self.seconds |= other.seconds;
    }
}

/// The state of one thread that makes records.
pub(super) struct RecordMaker {
    recorder: Recorder,
    entered: Entered,
}

/// The rules by which lines become records. They are the same for all logs.
pub(super) struct LineRules<'a> {
    secret: [u8; 16],
    window: Window,
    /// The walk to the client; `None` without a policy.
    walk: Option<LoggedWalk>,
    /// Addresses that are never followers.
    never: RangeTable<()>,
    agents: &'a Agents,
    pub(super) canaries: Canaries,
}

impl<'a> LineRules<'a> {
    pub(super) fn new(policy: Option<&GuardConfig>, own: &[IpNet], window: Window, agents: &'a Agents) -> Self {
        let snapshot = policy.map(|config| config.live().load());
        let mut never = own.to_vec();
        never.extend(snapshot.iter().flat_map(|snapshot| snapshot.engine.discovery().own.iter().copied()));
        let canaries = Canaries::of(policy, &never);
        if let Some(snapshot) = &snapshot {
            never.extend(snapshot.engine.scanners().allowed_ranges());
            never.extend(snapshot.engine.client().trusted_ranges());
            never.extend(proxies_and_gateways());
        }
        Self {
            secret: Recorder::random_secret(),
            window,
            walk: snapshot.map(|snapshot| LoggedWalk::new(snapshot.engine.client().clone())),
            never: never.into_iter().map(|range| (range, ())).collect(),
            agents,
            canaries,
        }
    }

    pub(super) fn record_maker(&self) -> RecordMaker {
        RecordMaker { recorder: Recorder::new(self.secret), entered: Entered::new() }
    }

    /// The request header that names the client.
    pub(super) fn header(&self) -> &str {
        self.walk.as_ref().map_or("x-forwarded-for", |walk| walk.header().as_str())
    }

    /// The record of a line. `None` if it has no record; the reason is counted in `seen`.
    pub(super) fn item(
        &self,
        record_maker: &mut RecordMaker,
        entry: &Entry<'_>,
        log: &LogFacts,
        line: u64,
        seen: &mut Seen,
    ) -> Option<Item> {
        seen.requests += 1;
        // A time that the watcher cannot store counts as missing.
        let Some(time) = entry.time.filter(|time| (0..=LATEST).contains(&time.seconds())) else {
            seen.without_time += 1;
            return None;
        };
        if self.window.holds(entry.time) != Some(true) {
            seen.outside += 1;
            return None;
        }
        let millis = time.millis().saturating_add(log.offset_millis).max(0);
        let Some(address) = self.client(entry, seen) else {
            seen.without_client += 1;
            return None;
        };
        let (Some(method), Some(target)) = (entry.method, entry.target) else {
            seen.without_request += 1;
            return None;
        };
        seen.client = seen.client.and(Clients::One(address));
        self.canaries.look(entry, address, millis / 1000);
        seen.referer |= entry.referer.is_some();
        seen.seconds |= millis % 60_000 != 0;
        let [target, referer, agent, host] =
            [Some(target), entry.referer, entry.agent, entry.host].map(|text| text.map(Text::bytes));
        let request = Request {
            status: entry.status,
            host: host.as_deref(),
            referer: referer.as_deref(),
            has_referers: log.has_referers,
            agent: agent.as_deref(),
            logged_in: entry.user.is_some(),
            may_follow: !self.never.contains(address),
            tag: Place { log: log.number, line }.tag(),
            ..Request::new(
                u32::try_from(millis / 1000).unwrap_or(u32::MAX),
                address,
                method,
                target.as_deref().unwrap_or_default(),
            )
        };
        let record = record_maker.recorder.record(&request);
        if let Some(agent) = &agent {
            self.agents.enter(&mut record_maker.entered, record.agent_hash(), agent);
        }
        Some(Item { record, millis: (millis % 1000) as u16 })
    }

    /// The client, as `replay` finds it.
    fn client(&self, entry: &Entry<'_>, seen: &mut Seen) -> Option<IpAddr> {
        let Some(walk) = &self.walk else { return logged_client(entry) };
        seen.behind_proxy += u64::from(walk.hides_client(entry));
        walk.client(entry).ok().flatten().map(|client| client.address)
    }
}

/// The facts about a log as a whole.
#[derive(Clone, Debug)]
pub(super) struct LogFacts {
    pub(super) number: usize,
    pub(super) has_referers: bool,
    /// The correction of its clock.
    pub(super) offset_millis: i64,
}
