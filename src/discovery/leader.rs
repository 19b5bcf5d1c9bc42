//! The leader of a request that may be an echo.

use super::keys::{self, MEMORY, REFETCH};
use super::record::Record;
use super::watcher::Watcher;

/// The leader of a request, and the key on which it was found if that is not the request's own.
#[derive(Clone, Copy)]
pub(super) struct Leader {
    pub(super) place: u32,
    pub(super) loose: Option<u64>,
}

impl Watcher {
    /// The leader on this key; without one, the leader on the path without its query, or on the path with any query.
    pub(super) fn leader(&self, record: &Record, key: u32) -> Option<Leader> {
        if let Some(place) = self.leader_on(record, key) {
            return Some(Leader { place, loose: None });
        }
        let loose = if record.has_query() { record.path } else { record.any_query() };
        let key = self.keys.find(loose).filter(|key| !self.keys.is_crowded(*key))?;
        Some(Leader { place: self.leader_on(record, key)?, loose: Some(loose) })
    }

    /// The earliest visitor from another site. People precede programs, and then visitors of the last hour precede
    /// others, so that no scanner is taken for the leader of another one.
    fn leader_on(&self, record: &Record, key: u32) -> Option<u32> {
        let site = record.network().0.site();
        let mut others = [0; keys::MAX_ENTRIES as usize];
        let mut count = 0;
        for place in self.keys.places(key) {
            let entry = self.keys.entry(place);
            if entry.network().site() != site && is_within(record.time, entry.first, MEMORY) && count < others.len() {
                others[count] = place;
                count += 1;
            }
        }
        let others = &mut others[..count];
        if count > 1 {
            let human =
                |place: &u32| self.networks.of(self.keys.entry(*place)).is_some_and(|other| self.is_human(other));
            let count = prefer(others, human);
            let others = &mut others[..count];
            let count = prefer(others, |place| is_within(record.time, self.keys.entry(*place).first, REFETCH));
            return others[..count].iter().copied().min_by_key(|place| self.keys.entry(*place).first);
        }
        others.first().copied()
    }
}

/// Whether `first` is within this number of seconds before `time`.
pub(super) fn is_within(time: u32, first: u32, seconds: u32) -> bool {
    time.checked_sub(first).is_some_and(|lag| lag <= seconds)
}

/// Moves the preferred places to the front. Returns their number, or the number of all if none is preferred.
fn prefer(places: &mut [u32], is_preferred: impl Fn(&u32) -> bool) -> usize {
    let mut count = 0;
    for at in 0..places.len() {
        if is_preferred(&places[at]) {
            places[count..=at].rotate_right(1);
            count += 1;
        }
    }
    if count == 0 { places.len() } else { count }
}
