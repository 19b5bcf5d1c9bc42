//! The measured prefixes and addresses.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_scanner_guard::ranges::RangeTable;
use ipnet::IpNet;

/// A prefix with its own label, which is never 0.
pub type Labelled<A> = (A, u8, u32);

/// splitmix64: the same numbers everywhere.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// An address family, as the bench needs it.
pub trait Address: Copy + Ord + std::hash::Hash + std::fmt::Debug + 'static {
    const BITS: u8;
    /// Prefixes of each length in a full routing table of 2024.
    const LENGTHS: &'static [(u8, u32)];
    fn from_bits(bits: u128) -> Self;
    fn bits(self) -> u128;
    fn ip(self) -> IpAddr;
    /// The address itself if `zero` is 0; makes a look-up wait for the result of the previous one.
    fn xor(self, zero: u32) -> Self;
    /// An address in routed space.
    fn random_routed(rng: &mut Rng) -> Self;
    /// The start of a block of a registry, in which prefixes are dense.
    fn random_block(rng: &mut Rng) -> Self;

    fn host_mask(len: u8) -> u128 {
        if len == Self::BITS { 0 } else { (u128::MAX >> (128 - Self::BITS)) >> len }
    }
}

impl Address for Ipv4Addr {
    const BITS: u8 = 32;
    const LENGTHS: &'static [(u8, u32)] = &[
        (8, 16),
        (9, 13),
        (10, 38),
        (11, 103),
        (12, 299),
        (13, 581),
        (14, 1203),
        (15, 2100),
        (16, 13490),
        (17, 8235),
        (18, 13798),
        (19, 24870),
        (20, 42611),
        (21, 50750),
        (22, 108_623),
        (23, 96510),
        (24, 537_698),
        (25, 20),
        (26, 3),
        (27, 11),
        (28, 18),
        (29, 17),
        (30, 3),
        (31, 3),
        (32, 886),
    ];

    fn from_bits(bits: u128) -> Self {
        Ipv4Addr::from(bits as u32)
    }

    fn bits(self) -> u128 {
        u128::from(u32::from(self))
    }

    fn ip(self) -> IpAddr {
        IpAddr::V4(self)
    }

    fn xor(self, zero: u32) -> Self {
        Ipv4Addr::from(u32::from(self) ^ zero)
    }

    fn random_routed(rng: &mut Rng) -> Self {
        Ipv4Addr::from(rng.next() as u32)
    }

    fn random_block(rng: &mut Rng) -> Self {
        // Unicast space; every fourth /16 is empty.
        let block = loop {
            let block = rng.below(223 << 8) as u32 + (1 << 8);
            if !Rng(u64::from(block)).next().is_multiple_of(4) {
                break block;
            }
        };
        Ipv4Addr::from(block << 16)
    }
}

impl Address for Ipv6Addr {
    const BITS: u8 = 128;
    const LENGTHS: &'static [(u8, u32)] = &[
        (20, 16),
        (24, 30),
        (28, 193),
        (29, 4371),
        (30, 650),
        (31, 284),
        (32, 22548),
        (33, 2926),
        (34, 2603),
        (35, 1043),
        (36, 5996),
        (37, 880),
        (38, 1617),
        (39, 1377),
        (40, 13418),
        (41, 903),
        (42, 2301),
        (43, 1001),
        (44, 14365),
        (45, 1553),
        (46, 3039),
        (47, 3153),
        (48, 75488),
        (56, 24),
        (64, 184),
        (126, 19),
        (127, 42),
        (128, 6),
    ];

    fn from_bits(bits: u128) -> Self {
        Ipv6Addr::from(bits)
    }

    fn bits(self) -> u128 {
        self.to_bits()
    }

    fn ip(self) -> IpAddr {
        IpAddr::V6(self)
    }

    fn xor(self, zero: u32) -> Self {
        // All bits depend on the previous result. Otherwise a table that reads only the first bits would not wait.
        Ipv6Addr::from(self.to_bits() ^ i128::from(zero.cast_signed()).cast_unsigned())
    }

    fn random_routed(rng: &mut Rng) -> Self {
        Ipv6Addr::from_bits(random_bits(rng) >> 3 | 1 << 125)
    }

    fn random_block(rng: &mut Rng) -> Self {
        const BLOCKS: &[(u128, usize)] =
            &[(0x2001, 1), (0x2400, 15), (0x2600, 15), (0x2800, 7), (0x2a00, 20), (0x2c0f, 1)];
        let (first, count) = BLOCKS[rng.below(BLOCKS.len())];
        let block = (first + rng.below(count) as u128) << 16 | (rng.below(1 << 12) << 4) as u128;
        Ipv6Addr::from_bits(block << 96)
    }
}

fn random_bits(rng: &mut Rng) -> u128 {
    u128::from(rng.next()) << 64 | u128::from(rng.next())
}

pub struct FullTable {
    pub v4: Vec<Labelled<Ipv4Addr>>,
    pub v6: Vec<Labelled<Ipv6Addr>>,
    pub source: String,
}

/// The table in the file `SCANNER_GUARD_BENCH_TABLE` (one prefix on each line), or a generated one with the same
/// distribution.
pub fn full_table() -> FullTable {
    let Some(path) = std::env::var_os("SCANNER_GUARD_BENCH_TABLE") else {
        let (v4, v6) = (generate(901_899), generate(160_147));
        return FullTable { v4, v6, source: "generated".into() };
    };
    let text = std::fs::read_to_string(&path).expect("SCANNER_GUARD_BENCH_TABLE names a readable file");
    let (mut v4, mut v6) = (vec![], vec![]);
    for (label, line) in (1..).zip(text.lines()) {
        match line.parse::<IpNet>().expect("one prefix a line").trunc() {
            IpNet::V4(net) => v4.push((net.addr(), net.prefix_len(), label)),
            IpNet::V6(net) => v6.push((net.addr(), net.prefix_len(), label)),
        }
    }
    v4.sort_unstable();
    v6.sort_unstable();
    FullTable { v4, v6, source: "a real routing table".into() }
}

/// Distinct prefixes, many of them adjacent to or inside of others, sorted.
fn generate<A: Address>(count: usize) -> Vec<Labelled<A>> {
    let mut rng = Rng(0xBEAD);
    let total: u32 = A::LENGTHS.iter().map(|(_, weight)| weight).sum();
    let mut seen = HashSet::with_capacity(count);
    let mut prefixes: Vec<(A, u8)> = Vec::with_capacity(count);
    while prefixes.len() < count {
        let mut pick = rng.below(total as usize) as u32;
        let &(len, _) = A::LENGTHS
            .iter()
            .find(|(_, weight)| {
                let found = pick < *weight;
                pick = pick.wrapping_sub(*weight);
                found
            })
            .expect("the weights add up to the total");
        let other = (!prefixes.is_empty()).then(|| prefixes[rng.below(prefixes.len())]);
        let free = match (other, rng.below(16)) {
            // Directly after another one, as registries assign blocks.
            (Some((start, other_len)), 0..=7) => start.bits().wrapping_add(A::host_mask(other_len.min(len)) + 1),
            // Inside or around another one.
            (Some((start, _)), 8..=12) => start.bits() | random_bits(&mut rng) & A::host_mask(len) >> 1,
            (Some((start, other_len)), 13..=14) => start.bits() | random_bits(&mut rng) & A::host_mask(other_len),
            _ => A::random_block(&mut rng).bits() | random_bits(&mut rng) & A::host_mask(A::BITS / 2),
        };
        let prefix = (A::from_bits(free & !A::host_mask(len)), len);
        if seen.insert(prefix) {
            prefixes.push(prefix);
        }
    }
    prefixes.sort_unstable();
    prefixes.into_iter().zip(1..).map(|((start, len), label)| (start, len, label)).collect()
}

/// A sample, in order.
pub fn sample<A: Address>(all: &[Labelled<A>], count: usize) -> Vec<Labelled<A>> {
    let mut rng = Rng(0xC0FFEE ^ count as u64);
    let mut picked: Vec<_> = all.to_vec();
    if count < all.len() {
        rng.shuffle(&mut picked);
        picked.truncate(count);
        picked.sort_unstable();
    }
    picked
}

/// The addresses that are looked up, one list for each kind of load.
pub struct Loads<A> {
    /// Uniform over all addresses (IPv6: over `2000::/3`).
    pub random: Vec<A>,
    /// A random address of a random prefix.
    pub hits: Vec<A>,
    /// Close to a prefix, but in none.
    pub misses: Vec<A>,
    /// Few addresses often and many rarely, two thirds of them hits.
    pub zipf: Vec<A>,
}

pub fn loads<A: Address>(prefixes: &[Labelled<A>], table: &RangeTable<u32>, count: usize) -> Loads<A> {
    let mut rng = Rng(42);
    let random: Vec<A> = (0..count).map(|_| A::random_routed(&mut rng)).collect();
    let hit = |rng: &mut Rng| {
        let (start, len, _) = prefixes[rng.below(prefixes.len())];
        A::from_bits(start.bits() | random_bits(rng) & A::host_mask(len))
    };
    let hits: Vec<A> = (0..count).map(|_| hit(&mut rng)).collect();
    let mut misses = Vec::with_capacity(count);
    for attempt in 0.. {
        let (start, len, _) = prefixes[rng.below(prefixes.len())];
        let near = A::from_bits(start.bits() ^ random_bits(&mut rng) & A::host_mask(len.saturating_sub(4)));
        let address = if attempt < 20 * count { near } else { A::random_routed(&mut rng) };
        if !table.contains(address.ip()) {
            misses.push(address);
        }
        if misses.len() == count {
            break;
        }
    }
    let population: Vec<A> = (0..1 << 16).map(|i| if i % 3 == 0 { random[i] } else { hits[i] }).collect();
    let rank = |rng: &mut Rng| (population.len() as f64).powf(rng.fraction()) as usize - 1;
    let zipf = (0..count).map(|_| population[rank(&mut rng)]).collect();
    Loads { random, hits, misses, zipf }
}
