//! What the guard logs, collected.

use std::sync::{Condvar, Mutex, Once};

use actix_scanner_guard::LOG_TARGET;
use log::kv::{Key, Value, VisitSource};

/// Level and text of all records of the guard, key-values behind the message.
static RECORDS: Mutex<Vec<(log::Level, String)>> = Mutex::new(Vec::new());
static NEWS: Condvar = Condvar::new();

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
            RECORDS.lock().unwrap().push((record.level(), pairs.0));
            NEWS.notify_all();
        }
    }

    fn flush(&self) {}
}

/// The records so far that hold this text. Tests run side by side, so each looks for texts of its own.
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

/// Waits for what is logged when it comes about; looks again with every record.
#[cfg(any(feature = "feeds", feature = "watch"))]
pub(crate) fn wait_until(what: &str, holds: impl Fn() -> bool) {
    collect();
    let mut records = RECORDS.lock().unwrap();
    while !holds() {
        let (woken, timeout) = NEWS.wait_timeout(records, std::time::Duration::from_secs(60)).unwrap();
        assert!(!timeout.timed_out(), "waited in vain: {what}");
        records = woken;
    }
}
