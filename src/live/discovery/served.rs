//! Remembers the pages that were served, with the networks that got them.

use crate::discovery::ServedPage;

/// Number of buckets, each with two places.
const BUCKETS: usize = 1 << 12;

/// The number of seconds for which a page is remembered. Most assets are requested at once, some from a page that stays open.
const SHORTLY: u32 = 3600;

/// The last served pages, at places by their hashes. If a bucket is full, the older page is forgotten: a person may be missed, but
/// a program is never taken for a person.
pub(super) struct Served {
    buckets: Box<[[Place; 2]]>,
}

#[derive(Clone, Copy, Default)]
struct Place {
    page: u32,
    /// The time at which it was served; 0 for an empty place.
    time: u32,
}

impl Served {
    /// The memory in bytes.
    pub(super) const BYTES: usize = BUCKETS * size_of::<[Place; 2]>();

    pub(super) fn new() -> Self {
        Self { buckets: vec![[Place::default(); 2]; BUCKETS].into() }
    }

    pub(super) fn note(&mut self, page: ServedPage, time: u32) {
        let (bucket, page) = split(page);
        let places = &mut self.buckets[bucket];
        let same = places.iter().position(|place| place.page == page);
        let place = same.unwrap_or(usize::from(places[1].time < places[0].time));
        places[place] = Place { page, time };
    }

    /// Whether the page was served within the hour before.
    pub(super) fn has(&self, page: ServedPage, now: u32) -> bool {
        let (bucket, page) = split(page);
        // Requests at almost the same time may come in another order.
        self.buckets[bucket]
            .iter()
            .any(|place| place.time > 0 && place.page == page && place.time.abs_diff(now) <= SHORTLY)
    }
}

fn split(ServedPage(hash): ServedPage) -> (usize, u32) {
    ((hash >> 32) as usize % BUCKETS, hash as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_counts_for_an_hour_and_room_is_bounded() {
        let mut served = Served::new();
        let page = |number: u64| ServedPage(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        served.note(page(1), 10_000);
        assert!(served.has(page(1), 10_000) && served.has(page(1), 13_600));
        assert!(!served.has(page(1), 13_601) && !served.has(page(2), 10_000));
        (2..200_000).for_each(|number| served.note(page(number), 10_001));
        assert!(!served.has(page(1), 10_001), "the older ones are forgotten");
        assert!(served.has(page(199_999), 10_001));
    }
}
