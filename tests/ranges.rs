//! Compares the table with the naive oracle.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_scanner_guard::ranges::{RangeTable, oracle::Oracle};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::prelude::*;

/// Addresses close together, so that random prefixes are often nested, equal and adjacent.
fn v4_bits() -> impl Strategy<Value = u32> {
    prop_oneof![
        4 => (0u32..4, 0u32..16, any::<u8>()).prop_map(|(a, b, c)| a << 30 | b << 14 | u32::from(c)),
        1 => any::<u32>(),
        1 => Just(0),
        1 => Just(u32::MAX),
    ]
}

fn v6_bits() -> impl Strategy<Value = u128> {
    prop_oneof![
        4 => (0u128..4, 0u128..16, 0u128..16, any::<u8>())
            .prop_map(|(a, b, c, d)| 0x2000 << 112 | a << 108 | b << 90 | c << 64 | u128::from(d)),
        1 => any::<u128>(),
        1 => any::<u32>().prop_map(u128::from),
        2 => v4_bits().prop_map(|bits| 0xffff << 32 | u128::from(bits)),
        1 => Just(0),
        1 => Just(u128::MAX),
    ]
}

fn net() -> impl Strategy<Value = IpNet> {
    let v4 = (v4_bits(), prop_oneof![0u8..=32, 14u8..=20, Just(32)])
        .prop_map(|(bits, len)| Ipv4Net::new_assert(Ipv4Addr::from(bits), len).into());
    let v6 = (v6_bits(), prop_oneof![0u8..=128, 20u8..=64, 94u8..=128, Just(128)])
        .prop_map(|(bits, len)| Ipv6Net::new_assert(Ipv6Addr::from(bits), len).into());
    prop_oneof![v4, v6]
}

/// Addresses at which answers change: both ends of each prefix and their neighbours, IPv4 in both of its forms.
fn probes(nets: &[(IpNet, usize)]) -> Vec<IpAddr> {
    let mut probes = vec![];
    let forms = |bits: u32| {
        let v4 = Ipv4Addr::from(bits);
        [IpAddr::V4(v4), IpAddr::V6(v4.to_ipv6_mapped()), IpAddr::V6(v4.to_ipv6_compatible())]
    };
    for (net, _) in nets {
        match (net.network(), net.broadcast()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                let (first, last) = (u32::from(first), u32::from(last));
                for bits in [first, last, first.wrapping_sub(1), last.wrapping_add(1), first / 2 + last / 2] {
                    probes.extend(forms(bits));
                }
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                let (first, last) = (u128::from(first), u128::from(last));
                let ends = [first, last, first.wrapping_sub(1), last.wrapping_add(1), first / 2 + last / 2];
                probes.extend(ends.map(|bits| IpAddr::V6(Ipv6Addr::from(bits))));
            }
            _ => unreachable!("both ends of a prefix are of its family"),
        }
    }
    probes
}

fn assert_same_answers(nets: &[(IpNet, usize)], more_probes: impl IntoIterator<Item = IpAddr>) {
    let table: RangeTable<usize> = nets.iter().copied().collect();
    let oracle: Oracle<usize> = nets.iter().copied().collect();
    assert_eq!(table.len(), nets.len());
    assert_eq!(table.iter().collect::<Vec<_>>(), oracle.sorted());
    let probes: Vec<IpAddr> = probes(nets).into_iter().chain(more_probes).collect();
    for address in probes {
        let expected: Vec<_> = oracle.lookup(address).collect();
        assert_eq!(table.lookup(address).collect::<Vec<_>>(), expected, "lookup({address})");
        assert_eq!(table.longest_match(address), expected.first().copied(), "longest_match({address})");
        assert_eq!(table.contains(address), !expected.is_empty(), "contains({address})");
    }
}

fn numbered(nets: Vec<IpNet>) -> Vec<(IpNet, usize)> {
    nets.into_iter().zip(0..).collect()
}

proptest! {
    #[test]
    fn agrees_with_the_oracle(
        nets in prop::collection::vec(net(), 0..40),
        v4 in prop::collection::vec(v4_bits(), 20),
        v6 in prop::collection::vec(v6_bits(), 20),
    ) {
        let v4 = v4.into_iter().map(|bits| IpAddr::V4(Ipv4Addr::from(bits)));
        let v6 = v6.into_iter().map(|bits| IpAddr::V6(Ipv6Addr::from(bits)));
        assert_same_answers(&numbered(nets), v4.chain(v6));
    }

    #[test]
    fn repeated_prefixes_keep_all_values_in_order(
        nets in prop::collection::vec(net(), 1..6),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 1..40),
    ) {
        let picked = picks.iter().map(|pick| *pick.get(&nets)).collect();
        assert_same_answers(&numbered(picked), None);
    }
}

fn parsed(nets: &[&str]) -> Vec<(IpNet, usize)> {
    numbered(nets.iter().map(|net| net.parse().expect("a prefix")).collect())
}

#[test]
fn whole_families_and_single_addresses() {
    assert_same_answers(&parsed(&["0.0.0.0/0", "::/0", "0.0.0.0/32", "255.255.255.255/32", "::/128"]), None);
    assert_same_answers(&parsed(&["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "::1/128", "::/127"]), None);
    assert_same_answers(&parsed(&["0.0.0.0/1", "128.0.0.0/1", "0.0.0.0/0"]), None);
    assert_same_answers(&[], ["0.0.0.0".parse().unwrap(), "::".parse().unwrap()]);
}

#[test]
fn neighbours_that_touch() {
    assert_same_answers(&parsed(&["10.0.0.0/24", "10.0.1.0/24", "10.0.0.0/23", "10.0.2.0/32", "10.0.2.1/32"]), None);
    assert_same_answers(&parsed(&["2001:db8::/33", "2001:db8:8000::/33", "2001:db8::/32"]), None);
}

#[test]
fn a_prefix_for_every_length() {
    let nets = (0..=32).map(|len| Ipv4Net::new_assert(Ipv4Addr::new(203, 0, 113, 77), len).into());
    let nets = nets.chain((0..=128).map(|len| Ipv6Net::new_assert("2001:db8::77".parse().unwrap(), len).into()));
    let nets: Vec<IpNet> = nets.collect();
    assert_same_answers(&numbered(nets.clone()), None);
    assert_same_answers(&numbered(nets.into_iter().rev().collect()), None);
}

#[test]
fn mapped_prefixes_are_ipv4() {
    let table: RangeTable<u8> = [
        ("::ffff:192.0.2.0/120".parse().unwrap(), 1),
        ("::ffff:0:0/96".parse().unwrap(), 2),
        ("::ffff:0:0/95".parse().unwrap(), 3),
        ("::/0".parse().unwrap(), 4),
    ]
    .into_iter()
    .collect();
    for address in ["192.0.2.1", "::ffff:192.0.2.1"] {
        let found: Vec<_> = table.lookup(address.parse().unwrap()).map(|(net, v)| (net.to_string(), *v)).collect();
        assert_eq!(found, [("192.0.2.0/24".to_owned(), 1), ("0.0.0.0/0".to_owned(), 2)]);
    }
    let found: Vec<_> = table.lookup("::192.0.2.1".parse().unwrap()).map(|(_, v)| *v).collect();
    assert_eq!(found, [4]);
    // The other half of ::fffe:0:0/95.
    let found: Vec<_> = table.lookup("::fffe:192.0.2.1".parse().unwrap()).map(|(_, v)| *v).collect();
    assert_eq!(found, [3, 4]);
}

#[test]
fn host_bits_are_dropped() {
    let table: RangeTable<()> = [("192.0.2.7/24".parse().unwrap(), ())].into_iter().collect();
    let (net, ()) = table.longest_match("192.0.2.200".parse().unwrap()).unwrap();
    assert_eq!(net.to_string(), "192.0.2.0/24");
}

#[test]
fn the_limit_is_exact() {
    let max = RangeTable::<()>::MAX_LEN;
    let nets = |count: u32| (0..count).map(|i| (IpNet::from(Ipv4Net::new_assert(Ipv4Addr::from(i << 2), 32)), ()));
    let full = RangeTable::try_from_iter(nets(max as u32)).unwrap();
    assert_eq!(full.len(), max);
    let (last, ()) = full.longest_match(Ipv4Addr::from((max as u32 - 1) << 2).into()).unwrap();
    assert_eq!(last.to_string(), "0.255.255.252/32");
    let error = RangeTable::try_from_iter(nets(max as u32 + 1)).unwrap_err();
    assert!(error.to_string().contains("4194304"), "{error}");
}

#[test]
fn debug_and_clone() {
    let table: RangeTable<u8> = [("192.0.2.0/24".parse().unwrap(), 7)].into_iter().collect();
    assert_eq!(format!("{table:?}"), "{192.0.2.0/24: 7}");
    assert_eq!(format!("{:?}", table.clone().lookup("192.0.2.1".parse().unwrap())), "{192.0.2.0/24: 7}");
}

#[test]
fn auto_traits() {
    fn assert_send_sync<T: Send + Sync>() {}
    assert_send_sync::<RangeTable<String>>();
    assert_send_sync::<actix_scanner_guard::ranges::Matches<'_, String>>();
}
