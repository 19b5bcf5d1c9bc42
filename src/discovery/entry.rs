//! One network on one key, and who is to be counted for a key.

use super::index::NONE;
use super::network::{Host, NetworkId};
use super::record::Record;

/// One network on one key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// The network, with flags in the bits that it leaves.
    bits: u64,
    /// When its visit began.
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) host: Host,
    pub(super) agent: u32,
    pub(super) next: u32,
    /// Where the network most likely is in its table, which spares a search in most cases.
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

    /// Whether it was somebody's leader in this visit.
    pub(super) fn has_led(&self) -> bool {
        self.bits & LED != 0
    }

    pub(super) fn set_led(&mut self, led: bool) {
        self.bits = if led { self.bits | LED } else { self.bits & !LED };
    }

    /// Whether several of its addresses came in this visit.
    pub(super) fn is_several(&self) -> bool {
        self.bits & SEVERAL != 0
    }

    pub(super) fn set_several(&mut self) {
        self.bits |= SEVERAL;
    }
}

/// Who is to be counted for a key's slot once the slot is over: only then it may be known whether people are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) network: NetworkId,
    /// Whether somebody had asked before.
    pub(super) follows: bool,
}
