//! Addresses of one family as plain integers.

use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::chain::Item;
use super::search::Search;
use super::{radix, v4, v6};

/// An address as an integer: `u32` for IPv4, `u128` for IPv6.
pub(super) trait Key: Copy + Ord + Debug {
    type Index: Search<Self>;

    const ZERO: Self;
    const MAX: Self;
    /// Leading bits, of which the last tell the cells of the [`Filter`](super::filter::Filter) apart.
    const FILTER_BITS: u32;
    /// Leading bits that addresses of a block share, see [`sweep`](super::sweep).
    const BLOCK_BITS: u32;

    /// The first address of the prefix of length `len` that holds this address.
    fn first(self, len: u8) -> Self;
    /// The last address of that prefix.
    fn last(self, len: u8) -> Self;
    /// The next address, `None` after the last of all.
    fn next(self) -> Option<Self>;
    /// The address before this one, which is not the first of all.
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
    /// Sorts by start, length and position.
    fn sort(items: &mut Vec<Item<Self>>);
}

impl Key for u32 {
    type Index = v4::Index;

    const ZERO: u32 = 0;
    const MAX: u32 = u32::MAX;
    const FILTER_BITS: u32 = 7;
    const BLOCK_BITS: u32 = 18;

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
        // Without the possibility of a panic, who drops the network need not even load its length.
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

    fn sort(items: &mut Vec<Item<u32>>) {
        radix::sort(items);
    }
}

impl Key for u128 {
    type Index = v6::Index;

    const ZERO: u128 = 0;
    const MAX: u128 = u128::MAX;
    // Behind the three bits that all of 2000::/3 have in common. Other addresses share the cells.
    const FILTER_BITS: u32 = 11;
    const BLOCK_BITS: u32 = 32;

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

    fn sort(items: &mut Vec<Item<u128>>) {
        items.sort_unstable();
    }
}

/// An address or a prefix (then with its length), sorted into its family: IPv4-mapped IPv6 is IPv4.
#[derive(Clone, Copy)]
pub(super) enum Canonical<T4, T6> {
    V4(T4),
    V6(T6),
}

/// Bits 64 to 96 of `::ffff:0:0/96`; those before are zero.
const MAPPED: u64 = 0xffff;

#[inline(always)]
pub(super) fn canonical_address(address: IpAddr) -> Canonical<u32, u128> {
    match address {
        IpAddr::V4(v4) => Canonical::V4(u32::from(v4)),
        IpAddr::V6(v6) => {
            let bits = u128::from(v6);
            // The upper half decides nearly always.
            if bits >> 64 == 0 && bits as u64 >> 32 == MAPPED {
                return Canonical::V4(bits as u32);
            }
            Canonical::V6(bits)
        }
    }
}

/// A prefix without its host bits. Only a prefix of length 96 or more can lie within the mapped range;
/// a shorter one stays IPv6, so `::/0` says nothing about IPv4.
pub(super) fn canonical_prefix(net: IpNet) -> Canonical<(u32, u8), (u128, u8)> {
    let len = net.prefix_len();
    match (net, canonical_address(net.addr())) {
        (IpNet::V4(_), Canonical::V4(bits)) => Canonical::V4((bits.first(len), len)),
        (_, Canonical::V4(bits)) if len >= 96 => Canonical::V4((bits.first(len - 96), len - 96)),
        (_, Canonical::V6(bits)) => Canonical::V6((bits.first(len), len)),
        (IpNet::V6(short), Canonical::V4(_)) => Canonical::V6((u128::from(short.addr()).first(len), len)),
    }
}
