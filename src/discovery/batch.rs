//! Observation of requests in batches.
//!
//! In: records in the order of their times. Out: the same state of the watcher as after [`observe`](Watcher::observe)
//! for each record. The read-ahead changes nothing.
//!
//! The tables are far larger than a processor's cache, so most of the time is spent on waiting for memory. A request
//! needs several places one after the other: the index, the table, the entries, the networks. For a batch, each step is
//! done for all requests before the next step, so that the waits overlap.

use std::hint::black_box;

use super::index::NONE;
use super::network::NetworkId;
use super::record::{Record, flag};
use super::watcher::Watcher;

/// Number of requests in one batch.
const BATCH: usize = 32;

/// The places that a batch needs; each step is computed from the step before.
#[derive(Default)]
struct Needs {
    networks: Vec<u32>,
    /// Hashes of keys, and the places where they most likely are.
    keys: Vec<(u64, u32)>,
    entries: Vec<u32>,
    visitors: Vec<NetworkId>,
}

impl Watcher {
    /// Observes requests with the same result as [`observe`](Self::observe) for each of them, but faster.
    ///
    /// ```
    /// use actix_scanner_guard::discovery::{Recorder, Request, Sizes, Watcher};
    ///
    /// let mut recorder = Recorder::new(Recorder::random_secret());
    /// let mut watcher = Watcher::new(Sizes::LIVE);
    /// let request = Request::new(1_769_860_800, "203.0.113.7".parse()?, "GET", b"/report");
    /// watcher.observe_all(&[recorder.record(&request), recorder.record(&request)]);
    /// assert_eq!(watcher.findings(0).requests, 2);
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    pub fn observe_all(&mut self, records: &[Record]) {
        let mut needs = Needs::default();
        for batch in records.chunks(BATCH) {
            self.read_ahead(batch, &mut needs);
            batch.iter().for_each(|record| self.observe(record));
        }
    }

    /// Reads the places that these requests will need.
    fn read_ahead(&self, batch: &[Record], needs: &mut Needs) {
        let Needs { networks, keys, entries, visitors } = needs;
        networks.clear();
        keys.clear();
        for record in batch {
            networks.extend(self.networks.likely_place(record.network().0));
            if !record.is(flag::ASSET | flag::AUTOMATIC) {
                keys.extend(
                    hashes(record).into_iter().flatten().filter_map(|hash| Some((hash, self.keys.likely_place(hash)?))),
                );
            }
        }
        self.touch_networks(networks);
        entries.clear();
        entries.extend(keys.iter().filter_map(|(hash, place)| self.keys.likely_entries(*hash, *place)));
        visitors.clear();
        while !entries.is_empty() {
            entries.retain_mut(|place| {
                let entry = self.keys.entry(*place);
                visitors.push(entry.network());
                *place = entry.next;
                *place != NONE
            });
        }
        networks.clear();
        networks.extend(visitors.iter().filter_map(|id| self.networks.likely_place(*id)));
        self.touch_networks(networks);
    }

    fn touch_networks(&self, places: &[u32]) {
        let sum = places.iter().fold(0, |sum, place| sum ^ self.networks.at(*place).requests);
        // `black_box` keeps the compiler from leaving the reads out.
        black_box(sum);
    }
}

/// The hashes of the keys that a page needs: its own, the two for the path without its query and with any query, and
/// the referer's.
fn hashes(record: &Record) -> [Option<u64>; 4] {
    let without_query = record.has_query().then_some(record.path);
    let referer = (record.referer_host != 0).then_some(record.referer);
    [Some(record.target), Some(record.any_query()), without_query, referer]
}
