//! The allocations of `RangeTable`, measured by a counting allocator.

use std::net::{Ipv4Addr, Ipv6Addr};

use actix_scanner_guard::ranges::RangeTable;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Scattered and nested prefixes of both families.
fn prefixes(count: u32) -> impl Iterator<Item = (IpNet, u32)> {
    (0..count).map(|i| {
        let hash = i.wrapping_mul(0x9E37_79B9);
        let net = if i % 3 == 0 {
            let bits = 0x2000 << 112 | u128::from(hash) << 76 | u128::from(i) << 60;
            IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::from(bits), 24 + (i % 40) as u8))
        } else {
            IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::from(hash), 10 + (i % 16) as u8))
        };
        (net, i)
    })
}

#[test]
fn memory_bytes_is_what_is_allocated() {
    for count in [0, 1, 2, 10, 100, 1000, 10_000, 200_000] {
        let mut told = 0;
        let mut table = None;
        let allocated = allocation_counter::measure(|| {
            let built: RangeTable<u32> = prefixes(count).collect();
            told = built.memory_bytes();
            table = Some(built);
        });
        let (told, live) = (told as f64, allocated.bytes_current as f64);
        assert!((told - live).abs() <= 0.05 * live, "{count} prefixes: told {told}, allocated {live}");
    }
}

#[test]
fn look_ups_allocate_nothing() {
    let table: RangeTable<u32> = prefixes(1000).collect();
    let mut found = 0;
    let allocated = allocation_counter::measure(|| {
        found = prefixes(1000).map(|(net, _)| table.lookup(net.addr()).count()).sum();
    });
    assert!(found >= 1000);
    assert_eq!(allocated.count_total, 0);
}
