//! Builds a table from the input and compares all its answers with those of the naive oracle.
//!
//! Each prefix takes 6 bytes: family and length, then the bits of an address that lies near others.

#![no_main]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_scanner_guard::ranges::{RangeTable, oracle::Oracle};
use ipnet::IpNet;
use libfuzzer_sys::fuzz_target;

fn prefix(&[kind, len, a, b, c, d]: &[u8; 6]) -> IpNet {
    let v4 = Ipv4Addr::new(a, b, c, d);
    let spread = u128::from(a) << 112 | u128::from(b) << 76 | u128::from(c) << 60 | u128::from(d);
    match kind % 4 {
        0 | 1 => IpNet::new_assert(v4.into(), len % 33),
        2 => IpNet::new_assert(v4.to_ipv6_mapped().into(), len % 129),
        _ => IpNet::new_assert(Ipv6Addr::from(spread).into(), len % 129),
    }
}

/// Both ends of a prefix and the addresses beyond, where answers change.
fn probes(net: IpNet) -> Vec<IpAddr> {
    match (net.network(), net.broadcast()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let (first, last) = (u32::from(first), u32::from(last));
            let bits = [first, last, first.wrapping_sub(1), last.wrapping_add(1)];
            bits.iter().flat_map(|&bits| [Ipv4Addr::from(bits).into(), Ipv4Addr::from(bits).to_ipv6_mapped().into()]).collect()
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
    let pairs: Vec<(IpNet, usize)> = data.as_chunks().0.iter().map(prefix).zip(0..).collect();
    let table: RangeTable<usize> = pairs.iter().copied().collect();
    let oracle: Oracle<usize> = pairs.iter().copied().collect();
    assert_eq!(table.len(), pairs.len());
    assert!(table.iter().eq(oracle.sorted()));
    let probes = || pairs.iter().flat_map(|(net, _)| probes(*net));
    assert!(table.longest_match_many(probes()).eq(probes().map(|address| table.longest_match(address))));
    for address in probes() {
        assert!(table.lookup(address).eq(oracle.lookup(address)), "{address}");
        assert_eq!(table.longest_match(address), oracle.lookup(address).next(), "{address}");
        assert_eq!(table.contains(address), oracle.lookup(address).next().is_some(), "{address}");
    }
});
