//! What the lists of a bot say of an address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::access_log::Timestamp;
use crate::catalog::{self, Agent, Certainty, Holder};
use crate::identity::{LONGEST, ListLook, Listed, read_on};
use crate::scanners::Audience;

/// The ranges of one vendor that were read together.
#[derive(Clone, Copy, Debug)]
struct Group {
    read: Option<SystemTime>,
    /// Published by the vendor, and used by machines alone.
    proves: bool,
}

/// The lists of all bots.
#[derive(Debug)]
pub(super) struct Lists(HashMap<&'static str, Vec<(&'static str, Group)>>);

impl Lists {
    /// Those of the catalog.
    pub(super) fn new() -> Self {
        let mut lists: HashMap<&str, Vec<(&str, Group)>> = HashMap::new();
        for vendor in catalog::vendors() {
            let groups = vendor.groups().iter().map(|group| {
                let proves = group.certainty == Certainty::Published && group.audience == Audience::Exclusive;
                (group.source, Group { read: read_on(group), proves })
            });
            lists.insert(vendor.scanner().id(), groups.collect());
        }
        Self(lists)
    }

    /// Each list of the bot, held against the address.
    pub(super) fn looks(&self, bot: &Agent, address: IpAddr) -> Vec<ListLook> {
        let found: Vec<_> = catalog::whois(address).collect();
        let mut looks = Vec::new();
        for id in bot.lists() {
            for (source, group) in self.0.get(id).into_iter().flatten() {
                let has = found.iter().any(|found| {
                    matches!(found.holder(), Holder::Vendor(_))
                        && found.holder().id() == *id
                        && found.range().source() == *source
                });
                let listed = match (has, group.proves) {
                    (false, _) => Listed::No,
                    (true, true) => Listed::Exclusive,
                    (true, false) => Listed::Weak,
                };
                looks.push(ListLook { listed, read: group.read, proves: group.proves });
            }
        }
        looks
    }

    /// The moments at which what some list says of a request changes, in order.
    pub(super) fn changes(&self) -> Vec<Timestamp> {
        let read = self.0.values().flatten().filter_map(|(_, group)| group.read);
        let mut changes: Vec<Timestamp> = read
            .flat_map(|read| [read, read + LONGEST + Duration::from_millis(1)])
            .map(|time| {
                Timestamp::from_millis(
                    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis() as i64
                )
            })
            .collect();
        changes.sort_unstable();
        changes.dedup();
        changes
    }
}
