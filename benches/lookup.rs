//! `RangeTable` alone: `cargo bench --bench lookup`. For the comparison with other crates see `benches/peers`.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Instant;

use actix_scanner_guard::ranges::RangeTable;
use ipnet::IpNet;

const ROUNDS: usize = 9;
const ADDRESSES: usize = 1 << 16;

/// splitmix64: the same numbers everywhere.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Anywhere in IPv4, or in `2000::/3`.
    fn address(&mut self, is_v6: bool) -> IpAddr {
        if is_v6 {
            let bits = u128::from(self.next()) << 64 | u128::from(self.next());
            return Ipv6Addr::from(bits >> 3 | 1 << 125).into();
        }
        Ipv4Addr::from(self.next() as u32).into()
    }
}

fn prefixes(count: usize, is_v6: bool) -> Vec<(IpNet, u32)> {
    let mut rng = Rng(1);
    let lens: &[u8] = if is_v6 { &[32, 40, 44, 48, 48, 48] } else { &[16, 20, 22, 22, 23, 24, 24, 24, 24] };
    let mut prefix = || {
        let len = lens[rng.next() as usize % lens.len()];
        IpNet::new_assert(rng.address(is_v6), len).trunc()
    };
    (0..count).map(|_| prefix()).zip(1..).collect()
}

/// The median over the rounds, in nanoseconds a look-up.
fn measure(addresses: &[IpAddr], look_up: impl Fn(IpAddr) -> u32) -> f64 {
    let mut samples: Vec<f64> = (0..=ROUNDS)
        .map(|_| {
            let start = Instant::now();
            black_box(addresses.iter().fold(0u32, |sum, &address| sum.wrapping_add(look_up(address))));
            start.elapsed().as_nanos() as f64 / ADDRESSES as f64
        })
        .skip(1)
        .collect();
    samples.sort_by(f64::total_cmp);
    samples[ROUNDS / 2]
}

fn main() {
    println!(
        "| prefixes | build, ms | KiB | random, ns | hits, ns | all matches of hits, ns |\n\
         |---|---|---|---|---|---|"
    );
    for is_v6 in [false, true] {
        for count in [2, 100, 5_000, 100_000, 900_000] {
            let prefixes = prefixes(count, is_v6);
            let start = Instant::now();
            let table: RangeTable<u32> = prefixes.iter().copied().collect();
            let build_ms = start.elapsed().as_secs_f64() * 1e3;

            let mut rng = Rng(2);
            let random: Vec<IpAddr> = (0..ADDRESSES).map(|_| rng.address(is_v6)).collect();
            let hits: Vec<IpAddr> =
                (0..ADDRESSES).map(|_| prefixes[rng.next() as usize % prefixes.len()].0.broadcast()).collect();
            let value = |address| black_box(&table).longest_match(address).map_or(0, |(_, value)| *value);
            let all = |address| black_box(&table).lookup(address).map(|(_, value)| *value).sum();
            println!(
                "| {}, {count} | {build_ms:.2} | {} | {:.1} | {:.1} | {:.1} |",
                if is_v6 { "IPv6" } else { "IPv4" },
                table.memory_bytes() / 1024,
                measure(&random, value),
                measure(&hits, value),
                measure(&hits, all),
            );
        }
    }
}
