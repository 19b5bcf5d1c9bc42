//! Every table, with the same query: the value of the longest match.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_scanner_guard::ranges::RangeTable;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::measure::{Field, Kind};
use crate::tables::{Address, Labelled};

type Inputs<'a, A> = [&'a [Labelled<A>]; 2];

pub fn ours<A: Address>(prefixes: &[Labelled<A>]) -> RangeTable<u32> {
    prefixes.iter().map(|&(start, len, label)| (IpNet::new_assert(start.ip(), len), label)).collect()
}

/// `RangeTable`, and the cost of one random load from an array of the same size.
pub fn add_ours<'a, A: Address>(field: &mut Field<'a, A>, inputs: Inputs<'a, A>) {
    field.add(Kind::Ours, "RangeTable", inputs, ours, |table, a| {
        table.longest_match(a.ip()).map_or(0, |(_, label)| *label)
    });
    let words = field.contestants.last().map_or(1024, |ours| ours.bytes / 4);
    field.add(
        Kind::Load,
        "one random load",
        inputs,
        move |_: &[Labelled<A>]| vec![1u32; words],
        |words, a| {
            let bits = a.bits();
            let hash = ((bits >> 64) as u64 ^ bits as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            words[((u128::from(hash) * words.len() as u128) >> 64) as usize]
        },
    );
}

pub fn add_v4_peers<'a>(field: &mut Field<'a, Ipv4Addr>, inputs: Inputs<'a, Ipv4Addr>) {
    let net = |&(start, len, _): &Labelled<Ipv4Addr>| Ipv4Net::new_assert(start, len);
    field.add(
        Kind::Peer,
        "prefix-trie (u32, u8)",
        inputs,
        |prefixes| {
            let mut table = prefix_trie::PrefixMap::<(u32, u8), u32>::new();
            prefixes.iter().for_each(|p| {
                table.insert((p.0.into(), p.1), p.2);
            });
            table
        },
        |table, a| table.get_lpm(&(a.into(), 32)).map_or(0, |found| *found.1),
    );
    field.add(
        Kind::Peer,
        "prefix-trie Ipv4Net",
        inputs,
        move |prefixes| {
            let mut table = prefix_trie::PrefixMap::<Ipv4Net, u32>::new();
            prefixes.iter().for_each(|p| {
                table.insert(net(p), p.2);
            });
            table
        },
        |table, a| table.get_lpm(&Ipv4Net::from(a)).map_or(0, |found| *found.1),
    );
    field.add(
        Kind::Peer,
        "poptrie",
        inputs,
        |prefixes| prefixes.iter().map(|p| ((u32::from(p.0), p.1), p.2)).collect::<poptrie::Poptrie<(u32, u8), u32>>(),
        |table, a| table.lookup(a).map_or(0, |label| *label),
    );
    field.add(
        Kind::Peer,
        "iptrie LC",
        inputs,
        |prefixes| v4_radix(prefixes).compress(),
        |table, a| *table.lookup(&a).1,
    );
    field.add(Kind::Peer, "iptrie radix", inputs, v4_radix, |table, a| *table.lookup(&a).1);
    field.add(
        Kind::Peer,
        "treebitmap",
        inputs,
        |prefixes| {
            let mut table = ip_network_table_deps_treebitmap::IpLookupTable::<Ipv4Addr, u32>::new();
            prefixes.iter().for_each(|p| {
                table.insert(p.0, p.1.into(), p.2);
            });
            table
        },
        |table, a| table.longest_match(a).map_or(0, |found| *found.2),
    );
    field.add(
        Kind::Peer,
        "ip_network_table",
        inputs,
        |prefixes| {
            let mut table = ip_network_table::IpNetworkTable::<u32>::new();
            for p in prefixes {
                table.insert(ip_network::Ipv4Network::new(p.0, p.1).expect("no host bits"), p.2);
            }
            table
        },
        |table, a| table.longest_match_ipv4(a).map_or(0, |found| *found.1),
    );
    field.add(Kind::Peer, "ts_bart", inputs, bart, look_up_bart);
    field.add(
        Kind::Peer,
        "ipnet-trie",
        inputs,
        move |prefixes| {
            let mut table = ipnet_trie::IpnetTrie::<u32>::new();
            prefixes.iter().for_each(|p| {
                table.insert(net(p), p.2);
            });
            table
        },
        |table, a| table.longest_match_ipv4(&Ipv4Net::from(a)).map_or(0, |found| *found.1),
    );
    field.add(
        Kind::Peer,
        "routemap",
        inputs,
        |prefixes| {
            let mut table = routemap::RouteMap::<Ipv4Addr, u32>::new();
            for p in prefixes {
                table.insert(ipnetx::prefix::IpPrefix::new(p.0, p.1).expect("a valid length"), p.2);
            }
            table
        },
        |table, a| table.longest_match(a).map_or(0, |label| *label),
    );
    field.add(Kind::Peer, "rangemap", inputs, range_map, |table, a| table.get(&a.bits()).map_or(0, |label| *label));
    field.add(Kind::Peer, "intervaltree", inputs, interval_tree, look_up_interval);
    field.add(
        Kind::Set,
        "iprange",
        inputs,
        move |prefixes| prefixes.iter().map(net).collect::<iprange::IpRange<Ipv4Net>>(),
        |set, a| set.contains(&a).into(),
    );
    field.add(
        Kind::Set,
        "ip_set",
        inputs,
        |prefixes| {
            let mut map = ip_set::Ipv4Map::<u32>::new();
            outermost(prefixes).for_each(|p| map.add_cidr(p.0, p.1, p.2));
            map
        },
        |map, a| map.get(a).map_or(0, |label| *label),
    );
    add_rotonda(field, inputs);
}

pub fn add_v6_peers<'a>(field: &mut Field<'a, Ipv6Addr>, inputs: Inputs<'a, Ipv6Addr>) {
    let net = |&(start, len, _): &Labelled<Ipv6Addr>| Ipv6Net::new_assert(start, len);
    field.add(
        Kind::Peer,
        "prefix-trie (u128, u8)",
        inputs,
        |prefixes| {
            let mut table = prefix_trie::PrefixMap::<(u128, u8), u32>::new();
            prefixes.iter().for_each(|p| {
                table.insert((p.0.into(), p.1), p.2);
            });
            table
        },
        |table, a| table.get_lpm(&(a.into(), 128)).map_or(0, |found| *found.1),
    );
    field.add(
        Kind::Peer,
        "prefix-trie Ipv6Net",
        inputs,
        move |prefixes| {
            let mut table = prefix_trie::PrefixMap::<Ipv6Net, u32>::new();
            prefixes.iter().for_each(|p| {
                table.insert(net(p), p.2);
            });
            table
        },
        |table, a| table.get_lpm(&Ipv6Net::from(a)).map_or(0, |found| *found.1),
    );
    field.add(
        Kind::Peer,
        "poptrie",
        inputs,
        |prefixes| {
            prefixes.iter().map(|p| ((u128::from(p.0), p.1), p.2)).collect::<poptrie::Poptrie<(u128, u8), u32>>()
        },
        |table, a| table.lookup(a).map_or(0, |label| *label),
    );
    field.add(
        Kind::Peer,
        "iptrie LC",
        inputs,
        |prefixes| v6_radix(prefixes).compress(),
        |table, a| *table.lookup(&a).1,
    );
    field.add(Kind::Peer, "iptrie radix", inputs, v6_radix, |table, a| *table.lookup(&a).1);
    field.add(
        Kind::Peer,
        "treebitmap",
        inputs,
        |prefixes| {
            let mut table = ip_network_table_deps_treebitmap::IpLookupTable::<Ipv6Addr, u32>::new();
            prefixes.iter().for_each(|p| {
                table.insert(p.0, p.1.into(), p.2);
            });
            table
        },
        |table, a| table.longest_match(a).map_or(0, |found| *found.2),
    );
    field.add(
        Kind::Peer,
        "ip_network_table",
        inputs,
        |prefixes| {
            let mut table = ip_network_table::IpNetworkTable::<u32>::new();
            for p in prefixes {
                table.insert(ip_network::Ipv6Network::new(p.0, p.1).expect("no host bits"), p.2);
            }
            table
        },
        |table, a| table.longest_match_ipv6(a).map_or(0, |found| *found.1),
    );
    field.add(Kind::Peer, "ts_bart", inputs, bart, look_up_bart);
    field.add(
        Kind::Peer,
        "ipnet-trie",
        inputs,
        move |prefixes| {
            let mut table = ipnet_trie::IpnetTrie::<u32>::new();
            prefixes.iter().for_each(|p| {
                table.insert(net(p), p.2);
            });
            table
        },
        |table, a| table.longest_match_ipv6(&Ipv6Net::from(a)).map_or(0, |found| *found.1),
    );
    field.add(
        Kind::Peer,
        "routemap",
        inputs,
        |prefixes| {
            let mut table = routemap::RouteMap::<Ipv6Addr, u32>::new();
            for p in prefixes {
                table.insert(ipnetx::prefix::IpPrefix::new(p.0, p.1).expect("a valid length"), p.2);
            }
            table
        },
        |table, a| table.longest_match(a).map_or(0, |label| *label),
    );
    field.add(Kind::Peer, "rangemap", inputs, range_map, |table, a| table.get(&a.bits()).map_or(0, |label| *label));
    field.add(Kind::Peer, "intervaltree", inputs, interval_tree, look_up_interval);
    field.add(
        Kind::Set,
        "iprange",
        inputs,
        move |prefixes| prefixes.iter().map(net).collect::<iprange::IpRange<Ipv6Net>>(),
        |set, a| set.contains(&a).into(),
    );
    field.add(
        Kind::Set,
        "ip_set",
        inputs,
        |prefixes| {
            let mut map = ip_set::Ipv6Map::<u32>::new();
            outermost(prefixes).for_each(|p| map.add_cidr(p.0, p.1, p.2));
            map
        },
        |map, a| map.get(a).map_or(0, |label| *label),
    );
    add_rotonda(field, inputs);
}

fn v4_radix(prefixes: &[Labelled<Ipv4Addr>]) -> iptrie::map::RTrieMap<iptrie::Ipv4Prefix, u32> {
    let mut table = iptrie::map::RTrieMap::with_root(0);
    prefixes.iter().for_each(|p| {
        table.insert(iptrie::Ipv4Prefix::new(p.0, p.1).expect("a valid length"), p.2);
    });
    table
}

fn v6_radix(prefixes: &[Labelled<Ipv6Addr>]) -> iptrie::map::RTrieMap<iptrie::Ipv6Prefix, u32> {
    let mut table = iptrie::map::RTrieMap::with_root(0);
    prefixes.iter().for_each(|p| {
        table.insert(iptrie::Ipv6Prefix::new(p.0, p.1).expect("a valid length"), p.2);
    });
    table
}

fn bart<A: Address>(prefixes: &[Labelled<A>]) -> ts_bart::Table<u32> {
    use ts_bart::RoutingTable as _;
    let mut table = ts_bart::Table::default();
    prefixes.iter().for_each(|p| {
        table.insert(IpNet::new_assert(p.0.ip(), p.1), p.2);
    });
    table
}

fn look_up_bart<A: Address>(table: &ts_bart::Table<u32>, address: A) -> u32 {
    use ts_bart::RoutingTable as _;
    table.lookup(address.ip()).map_or(0, |label| *label)
}

/// Its ranges cannot be nested. Each insertion cuts earlier ranges, so shorter prefixes must come first.
fn range_map<A: Address>(prefixes: &[Labelled<A>]) -> rangemap::RangeInclusiveMap<u128, u32> {
    let mut shortest_first = prefixes.to_vec();
    shortest_first.sort_by_key(|p| p.1);
    let mut table = rangemap::RangeInclusiveMap::new();
    shortest_first.iter().for_each(|p| table.insert(p.0.bits()..=p.0.bits() | A::host_mask(p.1), p.2));
    table
}

fn interval_tree<A: Address>(prefixes: &[Labelled<A>]) -> intervaltree::IntervalTree<u128, u32> {
    prefixes.iter().map(|p| (p.0.bits()..(p.0.bits() | A::host_mask(p.1)) + 1, p.2)).collect()
}

fn look_up_interval<A: Address>(table: &intervaltree::IntervalTree<u128, u32>, address: A) -> u32 {
    let shortest = table.query_point(address.bits()).min_by_key(|element| element.range.end - element.range.start);
    shortest.map_or(0, |element| element.value)
}

/// The prefixes that are not inside another one. The input must be sorted.
fn outermost<A: Address>(prefixes: &[Labelled<A>]) -> impl Iterator<Item = Labelled<A>> {
    let mut sorted = prefixes.to_vec();
    sorted.sort_unstable();
    let mut reached = None;
    sorted.into_iter().filter(move |p| {
        let outside = reached.is_none_or(|reached| p.0.bits() > reached);
        if outside {
            reached = Some(p.0.bits() | A::host_mask(p.1));
        }
        outside
    })
}

/// It is more a routing information base than a table; building a large one takes minutes.
fn add_rotonda<'a, A: Address>(field: &mut Field<'a, A>, inputs: Inputs<'a, A>) {
    use inetnum::addr::Prefix;
    use rotonda_store::match_options::{IncludeHistory, MatchOptions, MatchType};
    use rotonda_store::prefix_record::{Record, RouteStatus};
    use rotonda_store::rib::{StarCastRib, config::MemoryOnlyConfig};
    use rotonda_store::test_types::PrefixAs;

    const LONGEST: MatchOptions = MatchOptions {
        match_type: MatchType::LongestMatch,
        include_withdrawn: false,
        include_less_specifics: false,
        include_more_specifics: false,
        mui: None,
        include_history: IncludeHistory::None,
    };
    if inputs[0].len() > 10_000 {
        return;
    }
    field.add(
        Kind::Peer,
        "rotonda-store",
        inputs,
        |prefixes| {
            let table = StarCastRib::<PrefixAs, MemoryOnlyConfig>::try_default().expect("an empty store");
            for p in prefixes {
                let prefix = Prefix::new(p.0.ip(), p.1).expect("no host bits");
                let record = Record::new(0, 0, RouteStatus::Active, PrefixAs::new_from_u32(p.2));
                table.insert(&prefix, record, None).expect("room in memory");
            }
            table
        },
        |table, a| {
            let whole: IpAddr = a.ip();
            let prefix = Prefix::new(whole, A::BITS).expect("no host bits");
            let found = table.match_prefix(&prefix, &LONGEST, &rotonda_store::epoch::pin());
            found.ok().and_then(|found| found.records.first().map(|record| record.meta.asn().into_u32())).unwrap_or(0)
        },
    );
}
