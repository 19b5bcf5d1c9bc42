//! Runs all tables in turns, round by round, and takes medians.
//!
//! It measures the thread's own time, so other programs affect the figures only by their use of caches.

use std::alloc::System;
use std::hint::black_box;
use std::rc::Rc;

use cpu_time::ThreadTime;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use crate::clock::{ticks, ticks_per_ns};
use crate::tables::{Address, Loads, Rng};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn live_bytes() -> isize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated as isize - stats.bytes_deallocated as isize
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `RangeTable`.
    Ours,
    /// Returns the value of the longest match.
    Peer,
    /// Returns less: only whether any prefix matches, or only the outermost prefix.
    Set,
    /// A random load from an array with the size of `RangeTable`.
    Load,
}

/// The number of times that tables are built again, at other addresses in memory, to measure cold caches, ...
const PLACES: usize = 9;
/// ... or fewer if a build takes longer than this.
const MAX_BUILD_MS: f64 = 2000.0;

type Sum<A> = Box<dyn Fn(&[A]) -> u32>;
type One<A> = Box<dyn Fn(A) -> u32>;

pub struct Contestant<'a, A> {
    pub name: String,
    pub kind: Kind,
    pub bytes: usize,
    /// From sorted and from shuffled prefixes.
    pub build_ms: [f64; 2],
    throughput: Sum<A>,
    latency: Sum<A>,
    pub one: One<A>,
    /// The same for a table that is built again.
    another: Box<dyn Fn() -> One<A> + 'a>,
    /// By column, in nanoseconds.
    pub ns: Vec<f64>,
}

/// Hides a value from the optimizer, so that a look-up really waits for it.
#[inline(always)]
fn opaque(value: u32) -> u32 {
    #[cfg(target_arch = "x86_64")]
    {
        let mut value = value;
        // SAFETY: the assembly is empty.
        unsafe { std::arch::asm!("/* {0:e} */", inout(reg) value, options(pure, nomem, nostack, preserves_flags)) };
        value
    }
    #[cfg(not(target_arch = "x86_64"))]
    black_box(value)
}

pub struct Field<'a, A> {
    pub contestants: Vec<Contestant<'a, A>>,
    /// If not empty, only tables whose name contains one of these texts.
    pub only: Vec<String>,
}

pub const COLUMNS: [&str; 8] =
    ["random", "hits", "misses", "zipf", "lat random", "lat hits", "cold random", "cold hits"];

impl<'a, A: Address> Field<'a, A> {
    /// Adds a table: a function that builds it from prefixes (sorted or shuffled), and one look-up through its public
    /// API, which returns the label of the longest match, or 0. Labels are less than 2³¹.
    pub fn add<P, S: 'static>(
        &mut self,
        kind: Kind,
        name: &str,
        [sorted, shuffled]: [&'a P; 2],
        build: impl Fn(&P) -> S + 'a,
        look_up: impl Fn(&S, A) -> u32 + Copy + 'static,
    ) where
        P: ?Sized,
    {
        if !self.only.is_empty() && !self.only.iter().any(|only| name.contains(only.as_str())) {
            return;
        }
        let (table, bytes, sorted_ms) = timed(|| build(sorted));
        let (_, _, shuffled_ms) = timed(|| build(shuffled));
        let table = Rc::new(table);
        let tables = [table.clone(), table.clone(), table];
        let [for_throughput, for_latency, for_one] = tables;
        self.contestants.push(Contestant {
            name: name.into(),
            kind,
            bytes: bytes + size_of::<S>(),
            build_ms: [sorted_ms, shuffled_ms],
            throughput: Box::new(move |addresses| {
                let table = &*for_throughput;
                addresses.iter().fold(0, |sum: u32, &address| sum.wrapping_add(look_up(table, address)))
            }),
            latency: Box::new(move |addresses| {
                let table = &*for_latency;
                let mut last = 0;
                for &address in addresses {
                    last = opaque(look_up(table, address.xor(0u32.wrapping_sub(last >> 31))));
                }
                last
            }),
            one: Box::new(move |address| look_up(&for_one, address)),
            another: Box::new(move || {
                let table = build(sorted);
                Box::new(move |address| look_up(&table, address))
            }),
            ns: vec![],
        });
    }

    pub fn run(&mut self, loads: &Loads<A>, rounds: usize) {
        let half = loads.random.len() / 2;
        for addresses in [&loads.random, &loads.hits, &loads.misses, &loads.zipf] {
            self.race(addresses, rounds, |contestant| &contestant.throughput);
        }
        for addresses in [&loads.random, &loads.hits] {
            self.race(&addresses[..half], rounds, |contestant| &contestant.latency);
        }
        for addresses in [&loads.random, &loads.hits] {
            self.race_cold(addresses, 100 * rounds);
        }
    }

    fn race(&mut self, addresses: &[A], rounds: usize, sum: impl for<'c> Fn(&'c Contestant<'a, A>) -> &'c Sum<A>) {
        let count = self.contestants.len();
        let mut samples = vec![vec![]; count];
        for round in 0..rounds {
            for turn in 0..count {
                let i = (turn + 7 * round) % count;
                let sum = sum(&self.contestants[i]);
                let part = &addresses[..addresses.len() / 8];
                let start = ThreadTime::now();
                black_box(sum(black_box(part)));
                // For slow tables, a part of the addresses is sufficient.
                let slow = start.elapsed().as_nanos() as usize > 500 * part.len();
                let addresses = if slow { part } else { addresses };
                // Other tables have displaced the data of this one from the caches; this loads them again.
                black_box(sum(black_box(addresses)));
                let start = ThreadTime::now();
                black_box(sum(black_box(addresses)));
                samples[i].push(start.elapsed().as_nanos() as f64 / addresses.len() as f64);
            }
        }
        for (contestant, samples) in self.contestants.iter_mut().zip(samples) {
            contestant.ns.push(median(samples));
        }
    }

    /// One look-up at a time. Before each, other data go through the caches, as between two requests of a server.
    ///
    /// The time depends on the address of the table, in relation to pages and cache lines. So tables are built several
    /// times, each time after another allocation, and the medians of all places are averaged.
    fn race_cold(&mut self, addresses: &[A], rounds: usize) {
        let build_ms: f64 = self.contestants.iter().map(|contestant| contestant.build_ms[0]).sum();
        let places = ((MAX_BUILD_MS / build_ms) as usize).clamp(1, PLACES);
        let others: Vec<u64> = (0..(6 << 20) / 8).collect();
        let evict = || black_box(others.iter().step_by(8).fold(0u64, |sum, &x| sum.wrapping_add(x)));
        // The clock and a call, which every measurement contains.
        let nothing: One<A> = Box::new(|_| 0);
        let time = |one: &One<A>, address: A| {
            evict();
            let start = ticks();
            black_box(black_box(one)(address));
            (ticks() - start) as f64
        };
        let count = self.contestants.len();
        let mut sums = vec![0.0; count];
        let mut in_between: Vec<Vec<u8>> = vec![];
        let mut rng = Rng(11);
        for place in 0..places {
            let mut tables: Vec<Option<One<A>>> = (0..count).map(|_| None).collect();
            for turn in 0..count {
                let i = (turn + 7 * place) % count;
                in_between.push(vec![1; 64 + rng.below(8192)]);
                tables[i] = Some((self.contestants[i].another)());
            }
            let mut samples = vec![vec![]; count];
            let mut overhead = vec![];
            for round in place * rounds / places..(place + 1) * rounds / places {
                overhead.push(time(&nothing, black_box(addresses[round % addresses.len()])));
                for turn in 0..count {
                    let i = (turn + 7 * round) % count;
                    let address = black_box(addresses[(round * 7919 + turn) % addresses.len()]);
                    samples[i].extend(tables[i].as_ref().map(|one| time(one, address)));
                }
            }
            let overhead = median(overhead);
            for (sum, samples) in sums.iter_mut().zip(samples) {
                *sum += median(samples) - overhead;
            }
        }
        let ticks = places as f64 * ticks_per_ns();
        for (contestant, sum) in self.contestants.iter_mut().zip(sums) {
            contestant.ns.push((sum / ticks).max(1.0));
        }
    }
}

/// The minimum duration of a build that the clock can measure; shorter ones are timed in groups.
const MIN_TIMED_MS: f64 = 1.0;

/// The table, its bytes on the heap, and the milliseconds to build it.
fn timed<S>(build: impl Fn() -> S) -> (S, usize, f64) {
    let before = live_bytes();
    let table = black_box(build());
    let bytes = (live_bytes() - before).max(0) as usize;
    let time = |count: usize| {
        let mut tables = Vec::with_capacity(count);
        let start = ThreadTime::now();
        (0..count).for_each(|_| tables.push(black_box(build())));
        start.elapsed().as_secs_f64() * 1e3 / count as f64
    };
    let together = (MIN_TIMED_MS / time(3)).clamp(1.0, 1000.0) as usize;
    let mut times = vec![];
    loop {
        times.push(time(together));
        let spent = times.iter().sum::<f64>() * together as f64;
        if spent > 1500.0 || times.len() >= 5 && spent > 30.0 {
            return (table, bytes, median(times));
        }
    }
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
