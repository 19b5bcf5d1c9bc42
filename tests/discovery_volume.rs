//! A scanner with more requests is found no worse than one with fewer.

use std::net::IpAddr;
use std::ops::Range;

use actix_scanner_guard::discovery::{Recorder, Sizes, Status, Watcher};

use crate::support::Failures;
use crate::support::traffic::{Base, Hit, World};

const AGENT: &str = "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.0)";

/// People with some hundred private pages, most of them one at a time, and a fleet of one /24 that requests each page
/// again after such a lag. Two pages of one person soon after each other are rare.
/// If the fleet comes late and twice, others open some of the pages still later.
fn busy(seed: u64, lag: (u32, u32), twice: bool) -> (World, Vec<IpAddr>, Vec<Hit>) {
    let mut world = World::new(Base::Shop, seed);
    let fleet = world.fleet(1, 8);
    let people: Vec<_> = (0..15).map(|_| world.person()).collect();
    let mut echoes = Vec::new();
    for number in 0..400 {
        let pages = 1 + usize::from(world.draw.chance(0.15));
        let (time, targets) = (world.office(), (0..pages).map(|_| page(&mut world)).collect::<Vec<_>>());
        for visit in world.session(time, &people[number % people.len()], &targets, 0.3) {
            let mut time = visit.time + world.draw.spread(lag.0, lag.1);
            for _ in 0..1 + u32::from(twice) {
                let address = *world.draw.one(&fleet);
                world.hit(time, address, &visit.target, AGENT);
                echoes.extend(world.hits.pop());
                time += world.draw.spread(20, 600);
            }
            if twice && world.draw.chance(0.12) {
                let later = time + world.draw.spread(600, 7000);
                world.look(later, &people[(number + 1) % people.len()], &visit.target, 0.3);
            }
        }
    }
    echoes.sort_by_key(|hit| hit.time);
    (world, fleet, echoes)
}

/// A page of which some others come hours later too.
fn page(world: &mut World) -> String {
    if world.draw.chance(0.4) { world.public() } else { world.private() }
}

fn is_proposed(hits: &[Hit], fleet: &[IpAddr]) -> bool {
    let (mut recorder, mut watcher) = (Recorder::new([3; 16]), Watcher::new(Sizes::for_memory(8 << 20)));
    hits.iter().for_each(|hit| watcher.observe(&hit.record(&mut recorder)));
    let findings = watcher.findings(0).findings;
    let of_fleet = findings.iter().filter(|finding| finding.ranges.iter().any(|range| range.contains(&fleet[0])));
    of_fleet.into_iter().any(|finding| finding.status == Status::Proposed)
}

fn check(seeds: Range<u64>, lag: (u32, u32), twice: bool) {
    let mut failures = Failures::default();
    for seed in seeds {
        let (world, fleet, echoes) = busy(seed, lag, twice);
        let mut was_proposed = false;
        for count in [60, 120, 240, 480, 1000] {
            let mut hits = world.hits.clone();
            hits.extend_from_slice(&echoes[..count.min(echoes.len())]);
            hits.sort_by_key(|hit| hit.time);
            let proposed = is_proposed(&hits, &fleet);
            failures.check(proposed || !was_proposed, || format!("{seed}, {lag:?}: lost with {count} requests"));
            was_proposed |= proposed;
        }
        failures.check(was_proposed, || format!("{seed}, {lag:?}: never found"));
    }
}

#[test]
fn more_requests_soon_after_people_are_no_disadvantage() {
    check(7100..7112, (5, 900), false);
}

#[test]
fn more_requests_hours_after_people_are_no_disadvantage() {
    check(7200..7208, (4300, 25_000), true);
}
