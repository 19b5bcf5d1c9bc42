//! Prefixes in the form of `generated.rs`: short, since there are thousands, and checked by the compiler.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// A prefix. The compiler refuses one with host bits.
pub(super) const fn p(address: [u8; 4], length: u8) -> Ipv4Net {
    assert!(length <= 32 && (length == 32 || (u32::from_be_bytes(address) << length) == 0));
    let [a, b, c, d] = address;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

/// The same for IPv6, by the groups before the first `::`.
pub(super) const fn q<const N: usize>(groups: [u16; N], length: u8) -> Ipv6Net {
    let mut all = [0; 8];
    let mut at = 0;
    while at < N {
        all[at] = groups[at];
        at += 1;
    }
    let [a, b, c, d, e, f, g, h] = all;
    let address = Ipv6Addr::new(a, b, c, d, e, f, g, h);
    assert!(length <= 128 && (length == 128 || (address.to_bits() << length) == 0));
    Ipv6Net::new_assert(address, length)
}
