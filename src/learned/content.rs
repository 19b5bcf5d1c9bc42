//! All entries, and the effects of new evidence on them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::callers::{self, Callers, CanaryCaller};
use super::decision::State;
use super::entry::Entry;
use super::evidence::{Evidence, Seen};
use super::id;
use super::time::Time;
use super::value;
use crate::discovery::{Side, Status, Strength};

/// Maximum number of ranges that are tagged without a person's decision.
pub(crate) const MAX_TAGGED: usize = 64;

/// Maximum number of entries. When there is no room, the entries without a decision that were not seen for longest are removed.
pub(super) const MAX_ENTRIES: usize = 1000;

/// Maximum number of addresses whose canary hits were retracted.
pub(super) const MAX_RETRACTED: usize = 4096;

/// The version of the file's format.
pub(super) const SCHEMA: u32 = 1;

/// The content of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Learned {
    pub(super) schema: u32,
    #[serde(default)]
    pub(crate) entries: Vec<Entry>,
    /// The number of retracted canary hits of each address, by the id of the address. It is kept when the entry is removed:
    /// otherwise another instance, which still has the hit, would add it again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) retracted: BTreeMap<String, u64>,
    /// The hits of the canaries that are still valid.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) canaries: Callers,
}

/// The change by a finding that was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryChange {
    /// It was not known, or it was dismissed and has new evidence.
    New,
    /// It was suspected and is now proposed.
    Raised,
    /// It extended an approval.
    Renewed,
    /// It changed nothing that is logged.
    Known,
}

impl Default for Learned {
    fn default() -> Self {
        Self { schema: SCHEMA, entries: Vec::new(), retracted: BTreeMap::new(), canaries: BTreeMap::new() }
    }
}

impl Learned {
    /// Enters a finding: a new entry, or more evidence for one with a common range on the same side. Ranges that no public
    /// client has are left out.
    pub(crate) fn enter(&mut self, seen: &Seen) -> EntryChange {
        let ranges = seen.ranges.iter().filter_map(|range| value::narrowed(*range));
        let ranges: Vec<IpNet> = ranges.filter(|range| value::is_public(*range)).collect();
        let known = self.entries.iter_mut().find(|entry| entry.side == seen.side && entry.overlaps(&ranges));
        let Some(entry) = known else {
            let Some(entry) = Entry::new(seen, &ranges) else { return EntryChange::Known };
            self.make_room(1);
            self.entries.push(entry);
            self.settle();
            return EntryChange::New;
        };
        let id = entry.id.clone();
        let before = (entry.status, entry.state(seen.last), entry.last);
        entry.add(seen, &ranges);
        self.settle();
        let Some(entry) = self.entry(&id) else { return EntryChange::Known };
        match before {
            (_, State::Dismissed, _) if entry.state(seen.last) == State::Dismissed => EntryChange::Known,
            (_, State::Dismissed, _) => EntryChange::New,
            (_, State::Approved { .. }, last) if seen.last > last => EntryChange::Renewed,
            (Status::Suspected, ..) if entry.status == Status::Proposed => EntryChange::Raised,
            _ => EntryChange::Known,
        }
    }

    /// Enters a request for a canary that another network had visited.
    pub(crate) fn enter_canary_hit(&mut self, address: IpAddr, at: Time) -> EntryChange {
        let range = IpNet::from(address.to_canonical());
        // The entry of an earlier hit is gone if that was retracted, but its retraction still counts.
        let is_known = self.entries.iter().any(|entry| entry.side == Side::After && entry.overlaps(&[range]));
        let retracted = self.retracted.get(&id::of(range, Side::After)).filter(|_| !is_known);
        self.enter(&Seen {
            ranges: vec![range],
            side: Side::After,
            status: Status::Proposed,
            strength: Strength::Weak,
            first: at,
            last: at,
            evidence: Evidence {
                canary_hits: retracted.map_or(1, |retracted| retracted.saturating_add(1)),
                ..Evidence::default()
            },
        })
    }

    /// Retracts a hit: it proves nothing, since somebody knew the list of canaries. An entry without other evidence and without
    /// a decision is removed; an entry that only this hit made exclusive counts as shared again.
    pub(crate) fn retract_canary_hit(&mut self, address: IpAddr) {
        let range = IpNet::from(address.to_canonical());
        let is_overlapping = |entry: &&Entry| entry.side == Side::After && entry.overlaps(&[range]);
        let Some(entry) = self.entries.iter().find(is_overlapping) else { return };
        if entry.evidence.proofs() > 0 {
            *self.retracted.entry(id::of(range, Side::After)).or_default() += 1;
            self.settle();
            self.remove_void();
        }
    }

    /// Notes a caller of a canary.
    pub(crate) fn note_canary_caller(&mut self, canary: &str, caller: &CanaryCaller) {
        callers::note(&mut self.canaries, canary, caller);
    }

    /// Notes a person at this address: the range is not tagged any more, nor in use as shared. Returns the ids of the entries that
    /// changed: a range of them had no person for a day.
    pub(crate) fn note_person(&mut self, address: IpAddr, at: Time) -> Vec<String> {
        const DAY: u64 = 24 * 60 * 60;
        let address = address.to_canonical();
        let mut changed = Vec::new();
        for entry in &mut self.entries {
            for range in entry.ranges.iter_mut().filter(|range| range.network.contains(&address)) {
                if range.person_seen.is_none_or(|seen| seen.plus(DAY) <= at) {
                    range.person_seen = Some(at);
                    changed.push(entry.id.clone());
                }
            }
        }
        changed.dedup();
        changed
    }

    /// The ranges that may be tagged as discovered: proposed, not dismissed, with an echo and without a person in the last 30
    /// days. The ranges with the latest echoes come first.
    pub(crate) fn tagged(&self, now: Time) -> Vec<(IpNet, Time)> {
        let mut ranges: Vec<(IpNet, Time)> = self.entries.iter().flat_map(|entry| entry.tagged(now)).collect();
        ranges.sort_by_key(|(range, until)| (std::cmp::Reverse(*until), *range));
        ranges.dedup_by_key(|(range, _)| *range);
        ranges.truncate(MAX_TAGGED);
        ranges
    }

    /// The content without times ahead of the clock. It is for reading only and is never written to the file, since the clock may
    /// be wrong.
    #[must_use]
    pub(crate) fn without_future(mut self, now: Time) -> Self {
        self.entries.iter_mut().for_each(|entry| entry.leave_out_what_lies_ahead(now));
        for callers in self.canaries.values_mut() {
            callers.retain(|caller| !caller.first.second().is_ahead_of(now));
            callers.iter_mut().for_each(|caller| caller.last = caller.last.min(now.max(caller.first.second())));
        }
        self
    }

    pub(crate) fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    pub(crate) fn entry_mut(&mut self, id: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }

    /// Removes entries without evidence and without a decision.
    pub(crate) fn remove_void(&mut self) {
        self.entries.retain(|entry| !entry.is_void());
    }

    /// Computes the status of each entry from the evidence and the retractions.
    pub(super) fn settle(&mut self) {
        while self.retracted.len() > MAX_RETRACTED {
            self.retracted.pop_first();
        }
        let retracted: Vec<(IpAddr, u64)> =
            self.retracted.iter().filter_map(|(id, hits)| Some((id::address_of(id)?, *hits))).collect();
        for entry in &mut self.entries {
            let is_in =
                |address: &IpAddr| entry.side == Side::After && entry.networks().any(|range| range.contains(address));
            let hits = retracted.iter().filter(|(address, _)| is_in(address)).map(|(_, hits)| *hits);
            let hits = hits.fold(0, u64::saturating_add);
            entry.settle(hits);
        }
    }

    /// Makes room for this number of entries.
    pub(super) fn make_room(&mut self, more: usize) {
        while self.entries.len() + more > MAX_ENTRIES {
            let rank = |entry: &Entry| (entry.decision.is_some(), entry.last, entry.id.clone());
            let oldest = self.entries.iter().enumerate().min_by_key(|(_, entry)| rank(entry));
            let Some((oldest, _)) = oldest else { return };
            self.entries.remove(oldest);
        }
    }
}
