//! Compares an address with the lists of a bot: with the lists of the policy, including fetched copies, and for other bots with
//! the lists of the catalog.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::access_log::Timestamp;
use crate::cli::failure::Failure;
use crate::cli::input::all_bots;
use crate::config::GuardConfig;
use crate::identity::{AllBots, KnownBot, LONGEST, ListLook};

/// A bot of the catalog or of the policy. Ordered by its id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bot<'a>(pub(super) &'a KnownBot);

impl PartialEq for Bot<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Bot<'_> {}

impl std::hash::Hash for Bot<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self.0).hash(state);
    }
}

impl PartialOrd for Bot<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bot<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.id.cmp(&other.0.id)
    }
}

/// All bots with their lists.
#[derive(Debug)]
pub(super) struct Lists(AllBots);

impl Lists {
    pub(super) fn of(policy: Option<&GuardConfig>) -> Result<Self, Failure> {
        all_bots(policy).map(Self)
    }

    /// The bots that a user agent names.
    pub(super) fn bots(&self, agent: &[u8]) -> impl Iterator<Item = Bot<'_>> {
        self.0.find(agent).map(Bot)
    }

    /// The result of each list of the bot for the address, at the time of a request.
    pub(super) fn looks(&self, bot: Bot<'_>, address: IpAddr, time: Option<SystemTime>) -> Vec<ListLook> {
        self.0.looks(bot.0, address, time)
    }

    /// The times at which the result of a list for a request can change, in order.
    pub(super) fn changes(&self) -> Vec<Timestamp> {
        let moments = self.0.reads().flat_map(|read| [read, read + LONGEST + Duration::from_millis(1)]);
        let since_1970 = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
        let mut changes: Vec<Timestamp> =
            moments.map(|time| Timestamp::from_millis(i64::try_from(since_1970(time)).unwrap_or(i64::MAX))).collect();
        changes.sort_unstable();
        changes.dedup();
        changes
    }
}
