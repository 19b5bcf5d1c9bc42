//! Builds a table from the input and compares all its answers with those of the naive oracle.
//!
//! The first byte decides whether the table has so many other prefixes that it gets another layout. Then each prefix
//! takes 6 bytes: family and length, then the bits of an address near others.

#![no_main]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_scanner_guard::ranges::{RangeTable, oracle::Oracle};
use ipnet::IpNet;
use libfuzzer_sys::fuzz_target;

/// Inside `2000::/3`, at both ends of it, beyond, and distant.
const ZONES: [u128; 10] = [0, 0x1fff, 0x2000, 0x2001, 0x2a00, 0x3ffe, 0x3fff, 0x4000, 0xfc00, 0xffff];

fn prefix(&[kind, len, a, b, c, d]: &[u8; 6]) -> IpNet {
    let v4 = Ipv4Addr::new(a, b, c, d);
    let spread = ZONES[usize::from(a) % ZONES.len()] << 112 | u128::from(b) << 76 | u128::from(c) << 60 | u128::from(d);
    match kind % 4 {
        0 | 1 => IpNet::new_assert(v4.into(), len % 33),
        2 => IpNet::new_assert(v4.to_ipv6_mapped().into(), len % 129),
        _ => IpNet::new_assert(Ipv6Addr::from(spread).into(), len % 129),
    }
}

/// Enough prefixes for another layout.
fn others() -> impl Iterator<Item = IpNet> {
    let v4 =
        (0u32..700).map(|i| IpNet::new_assert(Ipv4Addr::from(i << 12 | (i % 16) << 4).into(), 20 + (i % 13) as u8));
    let v6 =
        |i: u128| IpNet::new_assert(Ipv6Addr::from(1 << 125 | (i % 16) << 112 | i << 80).into(), 40 + (i % 25) as u8);
    v4.chain((0..700).map(v6))
}

/// Both ends of a prefix and the addresses beyond them, where answers change.
fn probes(net: IpNet) -> Vec<IpAddr> {
    match (net.network(), net.broadcast()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let (first, last) = (u32::from(first), u32::from(last));
            let bits = [first, last, first.wrapping_sub(1), last.wrapping_add(1)];
            bits.iter()
                .flat_map(|&bits| [Ipv4Addr::from(bits).into(), Ipv4Addr::from(bits).to_ipv6_mapped().into()])
                .collect()
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            let (first, last) = (u128::from(first), u128::from(last));
            let bits = [first, last, first.wrapping_sub(1), last.wrapping_add(1)];
            bits.iter().map(|&bits| Ipv6Addr::from(bits).into()).collect()
        }
        _ => unreachable!("both ends of a prefix are of its family"),
    }
}

fuzz_target!(|data: &[u8]| {
    let (form, data) = data.split_first().unwrap_or((&0, &[]));
    let given: Vec<IpNet> = data.as_chunks().0.iter().map(prefix).collect();
    let others = others().take(if form % 16 == 1 { usize::MAX } else { 0 });
    let pairs: Vec<(IpNet, usize)> = given.iter().copied().chain(others).zip(0..).collect();
    let table: RangeTable<usize> = pairs.iter().copied().collect();
    let oracle: Oracle<usize> = pairs.iter().copied().collect();
    assert_eq!(table.len(), pairs.len());
    assert!(table.iter().eq(oracle.sorted()));
    for address in given.iter().flat_map(|net| probes(*net)) {
        assert!(table.lookup(address).eq(oracle.lookup(address)), "{address}");
        assert_eq!(table.longest_match(address), oracle.lookup(address).next(), "{address}");
        assert_eq!(table.contains(address), oracle.lookup(address).next().is_some(), "{address}");
    }
});
