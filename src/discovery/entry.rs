//! An entry: one network on one key; and the visitor of a slot that is still to be counted.

use super::index::NONE;
use super::network::{Host, NetworkId};
use super::record::Record;

/// One network on one key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// The network; its unused bits hold flags.
    bits: u64,
    /// Start of the network's visit.
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) host: Host,
    pub(super) agent: u32,
    pub(super) next: u32,
    /// The place where the network most likely is in its table; in most cases it makes a search unnecessary.
    pub(super) place: u32,
}

const LED: u64 = 1 << 63;
const SEVERAL: u64 = 1 << 62;

impl Entry {
    pub(super) fn new(network: NetworkId, place: u32, host: Host, record: &Record) -> Self {
        let &Record { agent, time, .. } = record;
        Self { bits: network.bits(), first: time, last: time, host, agent, next: NONE, place }
    }

    pub(super) fn network(&self) -> NetworkId {
        NetworkId::from_bits(self.bits)
    }

    /// Whether the network was a leader in this visit.
    pub(super) fn has_led(&self) -> bool {
        self.bits & LED != 0
    }

    pub(super) fn set_led(&mut self, led: bool) {
        self.bits = if led { self.bits | LED } else { self.bits & !LED };
    }

    /// Whether several of the network's addresses came in this visit.
    pub(super) fn is_several(&self) -> bool {
        self.bits & SEVERAL != 0
    }

    pub(super) fn set_several(&mut self) {
        self.bits |= SEVERAL;
    }
}

/// The visitor that may be counted for a key's slot. It is counted when the slot is over, because only then it may be
/// known whether its network has people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) network: NetworkId,
    /// Whether another network had requested the target before.
    pub(super) follows: bool,
}
