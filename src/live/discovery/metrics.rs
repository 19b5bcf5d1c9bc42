//! The metrics of discovery.

use metrics::{counter, describe_counter, describe_gauge, gauge};

use super::status::Report;
use crate::discovery::Status;

const RECORDS: &str = "scanner_guard_discovery_records_total";
const LOST: &str = "scanner_guard_discovery_lost_total";
const FINDINGS: &str = "scanner_guard_discovery_findings";
const RANGES: &str = "scanner_guard_discovery_tagged_ranges";
const TAGGED: &str = "scanner_guard_discovery_tagged_requests_total";

pub(super) fn describe() {
    describe_counter!(RECORDS, "Requests of which the response was sent, by whether discovery watched or dropped them");
    describe_counter!(LOST, "Targets, networks and evidence that discovery lost because its tables were full");
    describe_gauge!(FINDINGS, "Networks that were found, by status");
    describe_gauge!(RANGES, "Ranges of which requests are tagged as discovered, or would be tagged in mode tag");
    describe_counter!(TAGGED, "Requests that were tagged as discovered");
}

#[allow(clippy::cast_precision_loss, reason = "there are at most some hundred findings and ranges")]
pub(super) fn figures(report: &Report, dropped: u64) {
    counter!(RECORDS, "result" => "watched").absolute(report.watched);
    counter!(RECORDS, "result" => "dropped").absolute(dropped);
    for (what, lost) in ["targets", "networks", "evidence"].into_iter().zip(report.figures.lost) {
        counter!(LOST, "what" => what).absolute(lost);
    }
    for status in [Status::Proposed, Status::Suspected] {
        let count = report.learned.entries.iter().filter(|entry| entry.status == status).count();
        gauge!(FINDINGS, "status" => status.as_str()).set(count as f64);
    }
    gauge!(RANGES).set(report.tagged_ranges as f64);
}

pub(super) fn tagged() {
    counter!(TAGGED).increment(1);
}
