//! Runs all contestants in turn, round by round, and takes medians.
//!
//! What is measured is the thread's own time, so that other programs disturb the figures by their use of caches at most.

use std::alloc::System;
use std::hint::black_box;
use std::rc::Rc;
use std::time::Instant;

use cpu_time::ThreadTime;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use crate::tables::{Address, Loads};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn live_bytes() -> isize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated as isize - stats.bytes_deallocated as isize
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ours.
    Ours,
    /// Answers with the value of the longest match.
    Peer,
    /// Answers less: only whether any prefix matches, or only for the outermost prefixes.
    Set,
    /// A random load from an array of our size.
    Load,
}

type Sum<A> = Box<dyn Fn(&[A]) -> u32>;

pub struct Contestant<A> {
    pub name: String,
    pub kind: Kind,
    pub bytes: usize,
    /// From sorted and from shuffled prefixes.
    pub build_ms: [f64; 2],
    throughput: Sum<A>,
    latency: Sum<A>,
    pub one: Box<dyn Fn(A) -> u32>,
    /// By column, in nanoseconds.
    pub ns: Vec<f64>,
}

/// Hides a value from the optimiser, so that a look-up really waits for it.
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

pub struct Field<A> {
    pub contestants: Vec<Contestant<A>>,
    /// Only those whose name contains one of these, if any are given.
    pub only: Vec<String>,
}

pub const COLUMNS: [&str; 8] =
    ["random", "hits", "misses", "zipf", "lat random", "lat hits", "cold random", "cold hits"];

impl<A: Address> Field<A> {
    /// Adds a contestant: how to build it from prefixes (sorted or shuffled), and one look-up through its public API,
    /// which gives the label of the longest match or 0. Labels are less than 2³¹.
    pub fn add<P, S: 'static>(
        &mut self,
        kind: Kind,
        name: &str,
        [sorted, shuffled]: [&P; 2],
        build: impl Fn(&P) -> S,
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

    fn race(&mut self, addresses: &[A], rounds: usize, sum: impl Fn(&Contestant<A>) -> &Sum<A>) {
        let count = self.contestants.len();
        let mut samples = vec![vec![]; count];
        for round in 0..rounds {
            for turn in 0..count {
                let i = (turn + 7 * round) % count;
                let sum = sum(&self.contestants[i]);
                let part = &addresses[..addresses.len() / 8];
                let start = ThreadTime::now();
                black_box(sum(black_box(part)));
                // The slow ones need no more than a part.
                let slow = start.elapsed().as_nanos() as usize > 500 * part.len();
                let addresses = if slow { part } else { addresses };
                // What the contestants before this one have pushed out of the caches has to come back first.
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

    /// One look-up at a time, with other data pulled through the caches before each, as by a server between two
    /// requests.
    fn race_cold(&mut self, addresses: &[A], rounds: usize) {
        let others: Vec<u64> = (0..(6 << 20) / 8).collect();
        let evict = || black_box(others.iter().step_by(8).fold(0u64, |sum, &x| sum.wrapping_add(x)));
        let count = self.contestants.len();
        let mut samples = vec![vec![]; count];
        // The clock and a call, which all have to pay.
        let nothing: Box<dyn Fn(A) -> u32> = Box::new(|_| 0);
        let mut overhead = vec![];
        for round in 0..rounds {
            let address = black_box(addresses[round % addresses.len()]);
            evict();
            let start = Instant::now();
            black_box(black_box(&nothing)(address));
            overhead.push(start.elapsed().as_nanos() as f64);
            for turn in 0..count {
                let i = (turn + 7 * round) % count;
                let address = black_box(addresses[(round * 7919 + turn) % addresses.len()]);
                evict();
                let start = Instant::now();
                black_box((self.contestants[i].one)(address));
                samples[i].push(start.elapsed().as_nanos() as f64);
            }
        }
        let overhead = median(overhead);
        for (contestant, samples) in self.contestants.iter_mut().zip(samples) {
            contestant.ns.push((median(samples) - overhead).max(1.0));
        }
    }
}

fn timed<S>(build: impl Fn() -> S) -> (S, usize, f64) {
    let before = live_bytes();
    let mut times = vec![];
    loop {
        let start = ThreadTime::now();
        let table = black_box(build());
        times.push(start.elapsed().as_secs_f64() * 1e3);
        if times.len() >= 5 || times.iter().sum::<f64>() > 1500.0 {
            return (table, (live_bytes() - before).max(0) as usize, median(times));
        }
    }
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
