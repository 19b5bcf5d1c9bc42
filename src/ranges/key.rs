//! Addresses of one family as plain integers.

use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// An address as an integer: `u32` for IPv4, `u128` for IPv6.
pub(super) trait Key: Copy + Ord + Debug {
    const ZERO: Self;

    /// The first address of the prefix of length `len` that holds this address.
    fn truncate(self, len: u8) -> Self;
    /// The last address of that prefix.
    fn last(self, len: u8) -> Self;
    /// The next address, `None` after the last of all.
    fn next(self) -> Option<Self>;
    /// That prefix. `len` is at most the width of an address.
    fn network(self, len: u8) -> IpNet;
}

impl Key for u32 {
    const ZERO: u32 = 0;

    #[inline]
    fn truncate(self, len: u8) -> u32 {
        self & !host_mask_v4(len)
    }

    #[inline]
    fn last(self, len: u8) -> u32 {
        self | host_mask_v4(len)
    }

    #[inline]
    fn next(self) -> Option<u32> {
        self.checked_add(1)
    }

    #[inline]
    fn network(self, len: u8) -> IpNet {
        Ipv4Net::new_assert(Ipv4Addr::from(self.truncate(len)), len).into()
    }
}

impl Key for u128 {
    const ZERO: u128 = 0;

    #[inline]
    fn truncate(self, len: u8) -> u128 {
        self & !host_mask_v6(len)
    }

    #[inline]
    fn last(self, len: u8) -> u128 {
        self | host_mask_v6(len)
    }

    #[inline]
    fn next(self) -> Option<u128> {
        self.checked_add(1)
    }

    #[inline]
    fn network(self, len: u8) -> IpNet {
        Ipv6Net::new_assert(Ipv6Addr::from(self.truncate(len)), len).into()
    }
}

/// The bits that a prefix of length `len` leaves free.
#[inline]
fn host_mask_v4(len: u8) -> u32 {
    u32::MAX.checked_shr(u32::from(len)).unwrap_or(0)
}

#[inline]
fn host_mask_v6(len: u8) -> u128 {
    u128::MAX.checked_shr(u32::from(len)).unwrap_or(0)
}

/// An address or a prefix (then with its length), sorted into its family: IPv4-mapped IPv6 is IPv4.
#[derive(Clone, Copy)]
pub(super) enum Canonical<T4, T6> {
    V4(T4),
    V6(T6),
}

/// The first 96 bits of `::ffff:0:0/96`.
const MAPPED: u128 = 0xffff;

#[inline]
pub(super) fn canonical_address(address: IpAddr) -> Canonical<u32, u128> {
    match address {
        IpAddr::V4(v4) => Canonical::V4(u32::from(v4)),
        IpAddr::V6(v6) => {
            let bits = u128::from(v6);
            if bits >> 32 == MAPPED {
                #[expect(clippy::cast_possible_truncation, reason = "the low 32 bits are the address")]
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
    match canonical_address(net.addr()) {
        Canonical::V4(bits) => match net {
            IpNet::V4(_) => Canonical::V4((bits.truncate(len), len)),
            IpNet::V6(_) if len >= 96 => Canonical::V4((bits.truncate(len - 96), len - 96)),
            IpNet::V6(v6) => Canonical::V6((u128::from(v6.addr()).truncate(len), len)),
        },
        Canonical::V6(bits) => Canonical::V6((bits.truncate(len), len)),
    }
}
