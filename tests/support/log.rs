//! Collects the log records of the guard.

use std::sync::{Condvar, Mutex, Once};

use actix_scanner_guard::LOG_TARGET;
use log::kv::{Key, Value, VisitSource};

/// Level and text of all records of the guard, with key-values after the message.
static RECORDS: Mutex<Vec<(log::Level, String)>> = Mutex::new(Vec::new());
static NEWS: Condvar = Condvar::new();

/// A record with this text makes the logger panic, except for records about a start.
pub(crate) const BREAKING: &str = "breaks-the-logger";

struct Collector;

impl log::Log for Collector {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() == LOG_TARGET
    }

    fn log(&self, record: &log::Record<'_>) {
        struct Pairs(String);
        impl<'kvs> VisitSource<'kvs> for Pairs {
            fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), log::kv::Error> {
                self.0.push_str(&format!(" {key}={value}"));
                Ok(())
            }
        }
        if self.enabled(record.metadata()) {
            let mut pairs = Pairs(format!("{} |", record.args()));
            record.key_values().visit(&mut pairs).unwrap();
            let breaks = pairs.0.contains(BREAKING) && !pairs.0.starts_with("scanner guard");
            RECORDS.lock().unwrap().push((record.level(), pairs.0));
            NEWS.notify_all();
            if breaks {
                // Not `panic!`, whose message would fill the test's output.
                std::panic::resume_unwind(Box::new(BREAKING));
            }
        }
    }

    fn flush(&self) {}
}

/// The records so far with this text. Tests run concurrently, so each looks for its own texts.
pub(crate) fn records(text: &str) -> Vec<(log::Level, String)> {
    RECORDS.lock().unwrap().iter().filter(|(_, record)| record.contains(text)).cloned().collect()
}

pub(crate) fn collect() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        log::set_logger(&Collector).unwrap();
        log::set_max_level(log::LevelFilter::Debug);
    });
}

/// Waits for a state that is logged. It checks again after every record, and from time to time without one, since the
/// state may follow shortly after its record.
#[cfg(any(feature = "feeds", feature = "watch", feature = "discovery"))]
pub(crate) fn wait_until(what: &str, holds: impl Fn() -> bool) {
    wait(what, |_| holds());
}

/// Waits for a record with this text.
#[cfg(any(feature = "watch", feature = "discovery"))]
pub(crate) fn wait_for_record(text: &str) {
    wait(text, |records| records.iter().any(|(_, record)| record.contains(text)));
}

#[cfg(any(feature = "feeds", feature = "watch", feature = "discovery"))]
fn wait(what: &str, holds: impl Fn(&[(log::Level, String)]) -> bool) {
    collect();
    let start = std::time::Instant::now();
    let mut records = RECORDS.lock().unwrap();
    while !holds(&records) {
        assert!(start.elapsed().as_secs() < 60, "waited in vain: {what}");
        (records, _) = NEWS.wait_timeout(records, std::time::Duration::from_millis(100)).unwrap();
    }
}
