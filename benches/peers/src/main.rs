//! Compares `RangeTable` with the other prefix tables of crates.io, in one process.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml -- [--sizes 2,100,5000,100000,full] [--families 4,6]
//!     [--only NAME,…] [--rounds 9] [--addresses KIB] [--json FILE] [--all]
//! ```
//!
//! `SCANNER_GUARD_BENCH_TABLE` may name a file with one prefix on each line; all sizes are then samples of it. `--all`
//! prints every table, not only `RangeTable` and the best peer.

mod clock;
mod contestants;
mod measure;
mod report;
mod tables;

use contestants::{add_ours, add_v4_peers, add_v6_peers, ours};
use measure::{Field, Kind};
use report::Report;
use tables::{Address, Labelled, Rng};

struct Options {
    sizes: Vec<String>,
    families: Vec<String>,
    only: Vec<String>,
    rounds: usize,
    /// The number of addresses, in KiB.
    addresses: usize,
    json: Option<String>,
    all: bool,
}

impl Options {
    fn from_args() -> Self {
        let mut options = Self {
            sizes: list("2,100,5000,100000,full"),
            families: list("4,6"),
            only: vec![],
            rounds: 9,
            addresses: 1024,
            json: std::env::var("SCANNER_GUARD_BENCH_JSON").ok(),
            all: false,
        };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().unwrap_or_else(|| panic!("{arg} needs a value"));
            match arg.as_str() {
                "--sizes" => options.sizes = list(&value()),
                "--families" => options.families = list(&value()),
                "--only" => options.only = list(&value()),
                "--rounds" => options.rounds = value().parse().expect("--rounds needs a number"),
                "--addresses" => options.addresses = value().parse().expect("--addresses needs a number"),
                "--json" => options.json = Some(value()),
                "--all" => options.all = true,
                _ => panic!("unknown option {arg}"),
            }
        }
        options
    }
}

fn list(commas: &str) -> Vec<String> {
    commas.split(',').map(String::from).collect()
}

fn main() {
    let options = Options::from_args();
    // Allocators return large blocks to the system until one of this size has been freed. Without this, the first build
    // would be slower.
    drop(std::hint::black_box(vec![1u8; 31 << 20]));
    let full = tables::full_table();
    let mut report = Report::new(&full.source);
    for size in &options.sizes {
        for family in &options.families {
            match family.as_str() {
                "4" => race(&mut report, &options, size, "IPv4", &full.v4, add_v4_peers),
                "6" => race(&mut report, &options, size, "IPv6", &full.v6, add_v6_peers),
                _ => panic!("the families are 4 and 6"),
            }
        }
    }
    report.print(options.all);
    if let Some(path) = options.json {
        std::fs::write(path, report.json()).expect("the JSON file can be written");
    }
}

fn race<A: Address>(
    report: &mut Report,
    options: &Options,
    size: &str,
    family: &str,
    full: &[Labelled<A>],
    add_peers: impl for<'a> Fn(&mut Field<'a, A>, [&'a [Labelled<A>]; 2]),
) {
    let count = if size == "full" { full.len() } else { size.parse().expect("sizes are numbers or `full`") };
    let sorted = tables::sample(full, count);
    let mut shuffled = sorted.clone();
    Rng(7).shuffle(&mut shuffled);
    let loads = tables::loads(&sorted, &ours(&sorted), (options.addresses << 10) / size_of::<A>());

    let mut field = Field { contestants: vec![], only: options.only.clone() };
    add_ours(&mut field, [&sorted, &shuffled]);
    add_peers(&mut field, [&sorted, &shuffled]);
    check(&field, &sorted, &loads.random);
    check(&field, &sorted, &loads.hits);
    field.run(&loads, options.rounds);
    eprintln!("measured {family}, {count} prefixes");
    report.add(family, count, &field);
}

/// Checks that each table returns the right answers.
fn check<A: Address>(field: &Field<'_, A>, sorted: &[Labelled<A>], addresses: &[A]) {
    let expected = ours(sorted);
    for contestant in field.contestants.iter().filter(|contestant| contestant.kind == Kind::Peer) {
        let sample = addresses.iter().take(1 << 14);
        let wrong = sample.filter(|a| {
            let label = expected.longest_match(a.ip()).map_or(0, |(_, label)| *label);
            (contestant.one)(**a) != label
        });
        match wrong.count() {
            0 => {}
            count => eprintln!("  {} differs from RangeTable in {count} answers of 16384", contestant.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use prefix_trie::PrefixMap;

    use super::*;

    /// Every end of every prefix in the whole table, and the addresses beyond.
    fn agrees_with_prefix_trie<A, P>(full: &[Labelled<A>], prefix: impl Fn(u128, u8) -> P)
    where
        A: Address,
        P: prefix_trie::Prefix,
    {
        let ours = ours(full);
        let peer: PrefixMap<P, u32> = full.iter().map(|p| (prefix(p.0.bits(), p.1), p.2)).collect();
        for &(start, len, _) in full {
            let (first, last) = (start.bits(), start.bits() | A::host_mask(len));
            for bits in [first, last, first.wrapping_sub(1), last.wrapping_add(1)] {
                let address = A::from_bits(bits & (A::host_mask(0)));
                let expected =
                    peer.get_lpm(&prefix(address.bits(), A::BITS)).map(|(net, label)| (net.prefix_len(), *label));
                let found = ours.longest_match(address.ip()).map(|(net, label)| (net.prefix_len(), *label));
                assert_eq!(found, expected, "{address:?}");
            }
        }
    }

    /// The real table, if `SCANNER_GUARD_BENCH_TABLE` names it.
    #[test]
    fn the_full_table_agrees_with_prefix_trie() {
        let full = tables::full_table();
        agrees_with_prefix_trie(&full.v4, |bits, len| (bits as u32, len));
        agrees_with_prefix_trie(&full.v6, |bits, len| (bits, len));
    }
}
