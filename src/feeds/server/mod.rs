//! Configurations of servers and packet filters. Only the lines that list addresses are read.

pub(super) mod apache;
pub(super) mod ipset;
pub(super) mod iptables;
pub(super) mod nftables;
pub(super) mod nginx;

use super::collect::Collector;

/// Reports an exception, which a list cannot express.
fn exception(found: &str, sink: &mut Collector<'_>) {
    sink.unreadable(found, "an exception is no range", "remove it here, and name it in `scanners.allow`");
}

/// Reports `all`, which a list of scanners cannot mean.
fn everybody(found: &str, sink: &mut Collector<'_>) {
    sink.unreadable(found, "this covers every address", "name the networks that are meant");
}
