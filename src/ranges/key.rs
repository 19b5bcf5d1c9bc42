//! Addresses of one family as plain integers.

use std::fmt::Debug;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// An address as an integer: `u32` for IPv4, `u128` for IPv6.
pub(super) trait Key: Copy + Ord + Debug {
    const ZERO: Self;
    const MAX: Self;

    /// The first address of the prefix of length `len` that contains this address.
    fn first(self, len: u8) -> Self;
    /// The last address of that prefix.
    fn last(self, len: u8) -> Self;
    /// The next address; `None` after the last one.
    fn next(self) -> Option<Self>;
    /// The address before this one, which must not be the first one.
    fn previous(self) -> Self;
    /// The last address, up to this one, at which a prefix of length `len` ends. There must be one.
    fn end_of_cells(self, len: u32) -> Self {
        let len = len as u8;
        if self == self.last(len) { self } else { self.first(len).previous() }
    }
    /// That prefix. `len` is at most the width of an address.
    fn network(self, len: u8) -> IpNet;
    /// The leading `bits` bits, at least 1 and at most 32.
    fn top(self, bits: u32) -> u32;
    /// The first address whose leading `bits` bits are `top`.
    fn from_top(top: u32, bits: u32) -> Self;
}

impl Key for u32 {
    const ZERO: u32 = 0;
    const MAX: u32 = u32::MAX;

    #[inline(always)]
    fn first(self, len: u8) -> u32 {
        self & !u32::MAX.unbounded_shr(len.into())
    }

    #[inline(always)]
    fn last(self, len: u8) -> u32 {
        self | u32::MAX.unbounded_shr(len.into())
    }

    #[inline(always)]
    fn next(self) -> Option<u32> {
        self.checked_add(1)
    }

    #[inline(always)]
    fn previous(self) -> u32 {
        self - 1
    }

    #[inline(always)]
    fn network(self, len: u8) -> IpNet {
        // Without a possible panic, a caller that ignores the network need not load its length.
        Ipv4Net::new_assert(Ipv4Addr::from(self.first(len)), len.min(32)).into()
    }

    #[inline(always)]
    fn top(self, bits: u32) -> u32 {
        self.wrapping_shr(32 - bits)
    }

    #[inline(always)]
    fn from_top(top: u32, bits: u32) -> u32 {
        top << (32 - bits)
    }
}

impl Key for u128 {
    const ZERO: u128 = 0;
    const MAX: u128 = u128::MAX;

    #[inline(always)]
    fn first(self, len: u8) -> u128 {
        self & !u128::MAX.unbounded_shr(len.into())
    }

    #[inline(always)]
    fn last(self, len: u8) -> u128 {
        self | u128::MAX.unbounded_shr(len.into())
    }

    #[inline(always)]
    fn next(self) -> Option<u128> {
        self.checked_add(1)
    }

    #[inline(always)]
    fn previous(self) -> u128 {
        self - 1
    }

    #[inline(always)]
    fn network(self, len: u8) -> IpNet {
        Ipv6Net::new_assert(Ipv6Addr::from(self.first(len)), len.min(128)).into()
    }

    #[inline(always)]
    fn top(self, bits: u32) -> u32 {
        ((self >> 96) as u32).wrapping_shr(32 - bits)
    }

    #[inline(always)]
    fn from_top(top: u32, bits: u32) -> u128 {
        u128::from(top) << (128 - bits)
    }
}
