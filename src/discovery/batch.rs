//! Requests that are observed in batches.
//!
//! The tables are far larger than a processor's cache, so that most of the time goes into waiting for memory. A request needs several
//! places one after the other: the index, the table, the entries, the networks. For a batch, each step is done for all requests
//! before the next step, so that their waits overlap. What is read changes nothing.

use std::hint::black_box;

use super::record::{Record, flag};
use super::watcher::Watcher;

/// Requests in one batch.
const BATCH: usize = 32;
/// Keys that a page needs: its own, the one with or without its query, and that of its referer.
const KEYS: usize = 4;

impl Watcher {
    /// Watches requests, as [`observe`](Self::observe) does one after the other, but faster.
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
        for batch in records.chunks(BATCH) {
            self.read_ahead(batch);
            batch.iter().for_each(|record| self.observe(record));
        }
    }

    /// Reads what these requests will need.
    fn read_ahead(&self, batch: &[Record]) {
        let mut networks = [None; BATCH];
        let mut keys = [[None; KEYS]; BATCH];
        for ((record, network), keys) in batch.iter().zip(&mut networks).zip(&mut keys) {
            *network = self.networks.likely_place(record.network().0);
            if !record.is(flag::ASSET | flag::AUTOMATIC) {
                *keys = hashes(record).map(|hash| self.keys.likely_place(hash?));
            }
        }
        let mut sum = 0;
        for place in networks.iter().flatten() {
            sum ^= self.networks.at(*place).requests;
        }
        for place in keys.iter_mut().flatten() {
            *place = place.and_then(|place| self.keys.likely_entry(place));
        }
        let mut others = [[None; KEYS]; BATCH];
        for (entry, other) in keys.iter().flatten().zip(others.as_flattened_mut()) {
            *other = entry.and_then(|place| self.networks.likely_place(self.keys.entry(place).network()));
        }
        for place in others.iter().flatten().flatten() {
            sum ^= self.networks.at(*place).assets;
        }
        // So that the compiler does not leave the reading out.
        black_box(sum);
    }
}

/// The hashes of the keys that a page needs.
fn hashes(record: &Record) -> [Option<u64>; KEYS] {
    let with_query = record.has_query().then_some(record.path);
    let referer = (record.referer_host != 0).then_some(record.referer);
    [Some(record.target), Some(record.any_query()), with_query, referer]
}
