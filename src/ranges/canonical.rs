//! The family of an address or a prefix: IPv4-mapped IPv6 is IPv4.

use std::net::IpAddr;

use ipnet::IpNet;

use super::key::Key;

/// An address or a prefix (then with its length), in its family.
#[derive(Clone, Copy)]
pub(super) enum Canonical<T4, T6> {
    V4(T4),
    V6(T6),
}

/// Bits 64 to 96 of `::ffff:0:0/96`; the bits before them are zero.
const MAPPED: u64 = 0xffff;

#[inline(always)]
pub(super) fn canonical_address(address: IpAddr) -> Canonical<u32, u128> {
    match address {
        IpAddr::V4(v4) => Canonical::V4(u32::from(v4)),
        IpAddr::V6(v6) => {
            let bits = u128::from(v6);
            // The upper half decides in nearly all cases.
            if bits >> 64 == 0 && bits as u64 >> 32 == MAPPED {
                return Canonical::V4(bits as u32);
            }
            Canonical::V6(bits)
        }
    }
}

/// A prefix without its host bits. Only a prefix of length 96 or more can lie within the mapped range; a shorter one
/// stays IPv6, so `::/0` does not cover IPv4.
pub(super) fn canonical_prefix(net: IpNet) -> Canonical<(u32, u8), (u128, u8)> {
    let len = net.prefix_len();
    match (net, canonical_address(net.addr())) {
        (IpNet::V4(_), Canonical::V4(bits)) => Canonical::V4((bits.first(len), len)),
        (_, Canonical::V4(bits)) if len >= 96 => Canonical::V4((bits.first(len - 96), len - 96)),
        (_, Canonical::V6(bits)) => Canonical::V6((bits.first(len), len)),
        (IpNet::V6(short), Canonical::V4(_)) => Canonical::V6((u128::from(short.addr()).first(len), len)),
    }
}
