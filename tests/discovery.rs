//! Discovery in made-up traffic: vendors are found, and nobody else is.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use std::ops::Range;

use actix_scanner_guard::discovery::{Finding, Lookalike, Recorder, Report, Sizes, Status, Strength, Watcher};
use ipnet::IpNet;
use proptest::prelude::*;

use crate::support::Failures;
use crate::support::bystanders::BYSTANDERS;
use crate::support::neighbors::{NEIGHBORS, phone_cache};
use crate::support::traffic::{BASES, Base, Draw, Hit, NEGATIVES, SITE, START, Scene, VENDORS, Vendor, World};

/// Seeds from this one on; `SCANNER_GUARD_SEEDS=9000..9100` sets others.
fn seeds(from: u64, count: u64) -> Range<u64> {
    let Ok(text) = std::env::var("SCANNER_GUARD_SEEDS") else { return from..from + count };
    let (from, to) = text.split_once("..").expect("two numbers");
    from.parse().expect("a number")..to.parse().expect("a number")
}

fn watch(hits: &[Hit], sizes: Sizes) -> Report {
    let (mut recorder, mut watcher) = (Recorder::new([3; 16]), Watcher::new(sizes));
    hits.iter().for_each(|hit| watcher.observe(&hit.record(&mut recorder)));
    watcher.findings(0)
}

fn sizes() -> Sizes {
    Sizes::for_memory(8 << 20)
}

fn proposed(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| finding.status == Status::Proposed)
}

/// The proposed ranges without any of these addresses, and those with one.
fn split(report: &Report, addresses: &[IpAddr]) -> (Vec<IpNet>, Vec<IpNet>) {
    let ranges = proposed(report).flat_map(|finding| finding.ranges.clone());
    ranges.partition(|range| !addresses.iter().any(|address| range.contains(address)))
}

/// For each vendor, the share of simulations in which it is found; and the other findings.
fn accuracy(base: Base) {
    let mut failures = Failures::default();
    for vendor in VENDORS {
        let (mut found, seeds) = (0, seeds(0, 20));
        let all = seeds.end - seeds.start;
        for seed in seeds {
            let mut world = World::new(base, seed);
            let fleet = vendor.follow(&mut world);
            let (name, negative) = NEGATIVES[seed as usize % NEGATIVES.len()];
            negative(&mut world);
            let report = watch(&world.finish(), sizes());
            let (others, of_vendor) = split(&report, &fleet);
            found += u64::from(!of_vendor.is_empty());
            failures.check(others.is_empty(), || format!("{}, {base:?}, {seed}, {name}: {others:?}", vendor.name));
        }
        failures.check(found * 100 >= all * 95, || format!("{} in {base:?}: {found} of {all}", vendor.name));
    }
}

#[test]
fn vendors_are_found_in_a_shop() {
    accuracy(Base::Shop);
}

#[test]
fn vendors_are_found_in_a_blog() {
    accuracy(Base::Blog);
}

#[test]
fn vendors_are_found_beside_an_api() {
    accuracy(Base::Api);
}

#[test]
fn nobody_else_is_proposed() {
    let mut failures = Failures::default();
    for base in BASES {
        for (name, negative) in NEGATIVES {
            for seed in 0..3 {
                let mut world = World::new(base, 1000 + seed);
                negative(&mut world);
                let report = watch(&world.finish(), sizes());
                let ranges: Vec<_> = proposed(&report).map(|finding| &finding.ranges).collect();
                failures.check(ranges.is_empty(), || format!("{name} in {base:?}, {seed}: {ranges:?}"));
            }
        }
    }
}

/// Nobody is proposed in these scenes, and in five logs at most one finding is suspected.
fn check_scenes(scenes: &[(&str, Scene)], seeds: &Range<u64>) {
    let (mut failures, mut suspects, mut logs) = (Failures::default(), Vec::new(), 0);
    for base in BASES {
        for (name, scene) in scenes {
            for seed in seeds.clone() {
                let mut world = World::new(base, seed);
                scene(&mut world);
                let report = watch(&world.finish(), sizes());
                logs += 1;
                let ranges: Vec<_> = proposed(&report).map(|finding| &finding.ranges).collect();
                failures.check(ranges.is_empty(), || format!("{name} in {base:?}, {seed}: {ranges:?}"));
                let suspected = report.findings.iter().filter(|finding| finding.status == Status::Suspected);
                suspects.extend(suspected.map(|finding| {
                    let failed = finding.gates.iter().filter(|gate| !gate.passed).map(|gate| gate.gate.name);
                    (*name, base, seed, failed.collect::<Vec<_>>())
                }));
            }
        }
    }
    println!("{} suspects in {logs} logs", suspects.len());
    failures.check(suspects.len() * 5 <= logs, || format!("{} suspects in {logs} logs: {suspects:#?}", suspects.len()));
}

/// These scenes were written after the rules.
#[test]
fn neighbors_are_neither_proposed_nor_often_suspected() {
    check_scenes(NEIGHBORS, &seeds(5000, 10));
}

#[test]
fn bystanders_are_neither_proposed_nor_often_suspected() {
    check_scenes(BYSTANDERS, &seeds(6000, 4));
}

#[test]
fn a_service_that_does_the_same_is_said_to_be_possible() {
    let mut world = World::new(Base::Shop, 5000);
    phone_cache(&mut world);
    let report = watch(&world.finish(), sizes());
    let finding = proposed(&report).next().expect("a finding");
    assert!(finding.could_be.contains(&Lookalike::Service), "{:?}", finding.could_be);
}

/// A scanner that uses every address once is shown by its agent.
#[test]
fn echoes_from_ever_new_networks_are_told_by_their_agent() {
    let mut world = World::new(Base::Shop, 77);
    for (_, visits) in world.leaders(4, 8, 12) {
        for visit in visits {
            let address = world.address();
            world.hit(visit.time + 40, address, &visit.target, "Java/1.8.0_282");
        }
    }
    let report = watch(&world.finish(), sizes());
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let [found] = report.unattributed[..] else { panic!("{:?}", report.unattributed) };
    assert!(found.echoes >= 25 && found.sites >= 25 && found.leaders == 4, "{found:?}");
    let mut world = World::new(Base::Shop, 78);
    NEIGHBORS.iter().for_each(|(_, scene)| scene(&mut world));
    assert!(watch(&world.finish(), sizes()).unattributed.is_empty(), "people have the agents of people");
}

#[test]
fn each_prober_has_favourites() {
    let mut world = World::new(Base::Shop, 3);
    let prober = world.address();
    for number in 0..40 {
        let target = if number % 2 == 0 { "/.env".to_owned() } else { format!("/old-{number}.php") };
        world.hit_with(START + number * 300, prober, "GET", &target, 404, None, "zgrab/0.x");
    }
    let report = watch(&world.finish(), sizes());
    let found = report.probers.iter().find(|found| found.ranges[0].contains(&prober)).unwrap();
    assert!(found.targets[0].requests > 10 && found.targets.len() == 3, "{:?}", found.targets);
}

/// All scenes at once, so that their people visit the same pages.
#[test]
fn nobody_else_is_proposed_among_all_others() {
    for seed in 0..4 {
        let mut world = World::new(Base::Shop, 2000 + seed);
        NEGATIVES.iter().for_each(|(_, negative)| negative(&mut world));
        let report = watch(&world.finish(), sizes());
        let ranges: Vec<_> = proposed(&report).map(|finding| finding.ranges.clone()).collect();
        assert!(ranges.is_empty(), "{seed}: {ranges:?}");
        let declared = report.findings.iter().filter(|finding| finding.status == Status::Declared).count();
        assert!(declared >= 1, "the previews name themselves");
        assert_eq!(report.prober_count, 5, "the scanners stand apart");
        assert!(report.probed.iter().any(|probed| probed.requests >= 5));
    }
}

fn world_with(vendor: &Vendor, seed: u64) -> (Vec<Hit>, Vec<IpAddr>) {
    let mut world = World::new(Base::Shop, seed);
    let fleet = vendor.follow(&mut world);
    for (_, negative) in &NEGATIVES[..4] {
        negative(&mut world);
    }
    (world.finish(), fleet)
}

fn named(report: &Report) -> BTreeSet<(Status, String)> {
    let named = report.findings.iter();
    named.flat_map(|finding| finding.ranges.iter().map(|range| (finding.status, range.to_string()))).collect()
}

#[test]
fn a_finding_says_how_it_came_about() {
    let (hits, fleet) = world_with(&VENDORS[0], 7);
    let report = watch(&hits, sizes());
    let finding = proposed(&report).next().expect("a finding");
    assert_eq!(finding.strength, Strength::Strong);
    assert_eq!(finding.leaders, 3);
    assert!(finding.covering.is_some_and(|covering| fleet.iter().all(|address| covering.contains(address))));
    assert!(finding.gates.iter().all(|outcome| outcome.passed));
    assert!(finding.lags.is_sorted() && finding.pairs.is_sorted_by_key(|pair| pair.time));
    for pair in &finding.pairs {
        let is_shown = |hit: &&Hit| hit.time == pair.time && Some(hit.address) == pair.follower;
        assert!(hits.iter().any(|hit| is_shown(&hit)), "{pair:?}");
        assert!(hits.iter().any(|hit| hit.time == pair.time - pair.lag && Some(hit.address) == pair.leader));
    }
}

#[test]
fn why_somebody_is_not_named_can_be_asked() {
    let mut world = World::new(Base::Shop, 5);
    let people = [world.person(), world.person()];
    let single = world.person();
    for number in 0..12 {
        let (time, target) = (START + number * 20_000, world.private());
        world.look(time, &people[number as usize % 2], &target, 0.0);
        world.hit(time + 60, single.address, &target, &single.agent);
    }
    let (mut recorder, mut watcher) = (Recorder::new([3; 16]), Watcher::new(sizes()));
    world.finish().iter().for_each(|hit| watcher.observe(&hit.record(&mut recorder)));
    let report = watcher.explain(single.address, 0).unwrap();
    assert_eq!((report.trials, report.echoes, report.usable_echoes), (12, 12, 12));
    let (status, judged) = &report.judged[0];
    assert_eq!(*status, Some(Status::Suspected));
    let failed: Vec<&str> = judged.gates.iter().filter(|gate| !gate.passed).map(|gate| gate.gate.name).collect();
    assert_eq!(failed, ["several addresses at once"]);
    assert!(watcher.explain("192.0.2.1".parse().unwrap(), 0).is_none());
}

#[test]
fn own_networks_lead_and_never_follow() {
    let (hits, fleet) = world_with(&VENDORS[0], 7);
    let (mut recorder, mut watcher) = (Recorder::new([3; 16]), Watcher::new(sizes()));
    for hit in &hits {
        let request = actix_scanner_guard::discovery::Request {
            may_follow: !fleet.contains(&hit.address),
            referer: hit.referer.as_deref().map(str::as_bytes),
            agent: Some(hit.agent.as_bytes()),
            ..actix_scanner_guard::discovery::Request::new(hit.time, hit.address, hit.method, hit.target.as_bytes())
        };
        watcher.observe(&recorder.record(&request));
    }
    assert_eq!(proposed(&watcher.findings(0)).count(), 0);
    assert!(watcher.explain(fleet[0], 0).is_some_and(|report| report.echoes == 0 && report.trials > 0));
}

#[test]
fn full_tables_lose_evidence_and_make_none() {
    let mut failures = Failures::default();
    for (vendor, seed) in VENDORS.iter().zip(300..) {
        let mut world = World::new(Base::Blog, seed);
        let fleet = vendor.follow(&mut world);
        NEGATIVES.iter().for_each(|(_, negative)| negative(&mut world));
        let hits = world.finish();
        for (keys, networks, evidence) in [(256, 256, 4096), (256, 4096, 4096), (65_536, 64, 4096), (65_536, 4096, 40)]
        {
            let mut sizes = sizes();
            (sizes.keys, sizes.networks, sizes.evidence, sizes.counts) = (keys, networks, evidence, 64);
            let report = watch(&hits, sizes);
            let (others, _) = split(&report, &fleet);
            failures.check(others.is_empty(), || format!("{}, {sizes:?}: {others:?}", vendor.name));
            let lost = [report.keys_lost, report.networks_lost, report.evidence_lost];
            failures.check(lost.iter().any(|lost| *lost > 0), || format!("{sizes:?} is large enough"));
        }
    }
}

/// A flood of unique URLs and networks comes between: the report counts the losses.
#[test]
fn a_flood_is_counted_as_loss() {
    let mut watcher = Watcher::new(Sizes::for_memory(2 << 20));
    let mut recorder = Recorder::new([3; 16]);
    let mut draw = Draw::new(9);
    for number in 0..200_000_u32 {
        let bits = draw.next() as u32 | 0x0100_0000;
        let hit = Hit {
            time: START + number / 100,
            address: std::net::Ipv4Addr::from_bits(bits).into(),
            method: "GET",
            target: format!("/{number}"),
            status: 200,
            referer: None,
            agent: "x".to_owned(),
        };
        watcher.observe(&hit.record(&mut recorder));
    }
    let report = watcher.findings(0);
    assert!(report.keys_lost > 100_000 && report.networks_lost > 100_000, "{report:?}");
    assert_eq!((report.findings.len(), report.requests), (0, 200_000));
}

/// A fleet of three addresses that follows three people to `count` pages, with a referer of another site.
fn follow(world: &mut World, count: u32, referer: Option<&str>) -> Vec<IpAddr> {
    let people: Vec<_> = (0..3).map(|_| world.person()).collect();
    let fleet = world.fleet(1, 3);
    for number in 0..count {
        let (time, target) = (START + 4000 + number / 4 * 7300 + number % 4 * 120, format!("/share/{number}/view"));
        world.look(time, &people[(number / 4 % 3) as usize], &target, 0.0);
        let follower = fleet[(number % 3) as usize];
        world.hit_with(time + 60, follower, "GET", &target, 200, referer, "Java/1.8");
    }
    fleet
}

/// A client that writes the name of another site into the referers of assets does not make it this site; otherwise a
/// scanner that names a search engine would look like a browser that follows links.
#[test]
fn a_host_that_a_client_makes_up_is_not_this_sites() {
    for forged_by in [1, 2, 5] {
        let mut world = World::new(Base::Shop, 41);
        let fleet = follow(&mut world, 24, Some("https://search.example/"));
        let liars: Vec<_> = (0..forged_by).map(|_| world.address()).collect();
        for number in 0..40 {
            let referer = Some("https://search.example/images");
            world.hit_with(
                START + number,
                liars[number as usize % liars.len()],
                "GET",
                "/img/logo.png",
                200,
                referer,
                "x",
            );
        }
        let (_, found) = split(&watch(&world.finish(), sizes()), &fleet);
        assert!(!found.is_empty(), "forged by {forged_by}");
    }
}

/// Many made-up hosts do not displace the site's own host, by which people with a warm cache are recognized.
#[test]
fn made_up_hosts_do_not_hide_the_sites_own() {
    let mut world = World::new(Base::Shop, 42);
    let (liar, reader) = (world.address(), world.person());
    for number in 0..200 {
        let (page, referer) = (format!("/x/{number}"), format!("https://{number}.example/x/{number}"));
        world.hit(START + number * 10, liar, &page, "x");
        world.hit_with(START + number * 10 + 1, liar, "GET", "/img/logo.png", 200, Some(&referer), "x");
    }
    for number in 0..4 {
        let referer = format!("{SITE}/");
        let (time, target) = (START + 500_000 + number * 9, format!("/p/{number}"));
        world.hit_with(time, reader.address, "GET", &target, 200, Some(&referer), &reader.agent);
    }
    let (mut recorder, mut watcher) = (Recorder::new([3; 16]), Watcher::new(sizes()));
    world.finish().iter().for_each(|hit| watcher.observe(&hit.record(&mut recorder)));
    assert!(watcher.explain(reader.address, 0).unwrap().is_browser);
}

/// In a cloud, a stranger has an address in a scanner's /24 and comes once, late, for a page that others read too.
#[test]
fn a_strangers_address_beside_a_scanners_is_not_named() {
    for (seed, stranger) in [(51, "in a network of the fleet"), (52, "in a network of its own")] {
        let mut world = World::new(Base::Shop, seed);
        let people: Vec<_> = (0..3).map(|_| world.person()).collect();
        let fleet = world.fleet(5, 1);
        for number in 0..40_u32 {
            let (time, target) = (START + 4000 + number / 4 * 9300 + number % 4 * 120, format!("/share/{number}/view"));
            world.look(time, &people[(number / 4 % 3) as usize], &target, 0.0);
            world.hit(time + 60, fleet[number as usize % fleet.len()], &target, "Java/1.8");
        }
        let IpAddr::V4(of_fleet) = fleet[1] else { unreachable!("the generator has none") };
        let [a, b, c, _] = of_fleet.octets();
        let other = IpAddr::from([a, b, if stranger.ends_with("fleet") { c } else { c + 1 }, 200]);
        let (time, target) = (START + 200_000, world.public());
        world.look(time, &people[0], &target, 0.0);
        world.hit(time + 2000, other, &target, "Go-http-client/2.0");
        let report = watch(&world.finish(), sizes());
        let (others, found) = split(&report, &fleet);
        assert_eq!((others, found.len()), (Vec::new(), 5), "{stranger}");
    }
}

/// Of more than 32 pieces of evidence a sample is kept: nothing jumps where the sample begins.
#[test]
fn a_sample_of_the_evidence_tells_the_same_as_all_of_it() {
    for count in [31, 32, 33, 34, 64, 200] {
        let mut world = World::new(Base::Shop, 43);
        let fleet = follow(&mut world, count, None);
        let report = watch(&world.finish(), sizes());
        let finding = proposed(&report).next().unwrap_or_else(|| panic!("{count}: {:?}", report.findings));
        assert!(finding.ranges.iter().all(|range| fleet.iter().any(|address| range.contains(address))), "{count}");
        assert_eq!((finding.echoes, finding.pairs.len()), (count.min(32) as usize, count.min(32) as usize));
        assert_eq!((finding.trials, finding.share, finding.opposite), (count.into(), 1.0, 0), "{count}");
        assert_eq!(finding.leaders, 3, "{count}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// If each network's times are moved by an offset of its own, nobody follows anybody any more. The offsets of the
    /// vendor's networks differ from those of others by a day or more. Otherwise, in one of some hundred simulations,
    /// two leaders come to lie within the hours before their follower by chance, and all echoes of both are echoes
    /// again.
    #[test]
    fn the_shift_ends_every_finding(seed in 0_u64..1000, vendor in 0..VENDORS.len()) {
        let (mut hits, fleet) = world_with(&VENDORS[vendor], seed);
        let fleet: HashSet<_> = fleet.into_iter().map(network).collect();
        let (mut draw, mut offsets) = (Draw::new(seed), HashMap::new());
        let (day, span) = (86_400, 6 * 86_400);
        let mut vendors = (0..5).cycle().map(|number| 3 * day + number * 9 * 3600);
        for hit in &mut hits {
            let network = network(hit.address);
            let offset = *offsets.entry(network).or_insert_with(|| match fleet.contains(&network) {
                true => vendors.next().unwrap(),
                false => draw.between(0, 2 * day),
            });
            hit.time = START + (hit.time - START + offset) % span;
        }
        hits.sort_by_key(|hit| hit.time);
        prop_assert_eq!(proposed(&watch(&hits, sizes())).count(), 0);
    }

    /// Other addresses, other names of pages and another time zone give the same findings.
    #[test]
    fn names_do_not_matter(seed in 0_u64..1000, vendor in 0..VENDORS.len(), mask in any::<u8>(), hours in 0_u32..24) {
        let (hits, _) = world_with(&VENDORS[vendor], seed);
        let moved = |address: IpAddr| match address {
            IpAddr::V4(v4) => {
                let [a, b, c, d] = v4.octets();
                IpAddr::from([a ^ 64, b ^ mask, c ^ mask, d])
            }
            v6 => v6,
        };
        let before: BTreeSet<(Status, String)> = named(&watch(&hits, sizes()));
        let other: Vec<Hit> = hits
            .iter()
            .map(|hit| Hit {
                address: moved(hit.address),
                // Whole hours, since visits are counted by the hours of the clock.
                time: hit.time + hours * 3600,
                target: hit.target.replace("/private/", "/geheim/"),
                referer: hit.referer.as_ref().map(|referer| referer.replace("/private/", "/geheim/")),
                ..hit.clone()
            })
            .collect();
        let after = named(&watch(&other, sizes()));
        let renamed: BTreeSet<(Status, String)> = before
            .into_iter()
            .map(|(status, range)| {
                let range: IpNet = range.parse().unwrap();
                let range = IpNet::new(moved(range.addr()), range.prefix_len()).unwrap().trunc();
                (status, range.to_string())
            })
            .collect();
        prop_assert_eq!(after, renamed);
    }

    /// A line that occurs twice in the log is no evidence.
    #[test]
    fn lines_that_are_there_twice_change_nothing(seed in 0_u64..1000, vendor in 0..VENDORS.len()) {
        let (hits, _) = world_with(&VENDORS[vendor], seed);
        let twice: Vec<Hit> = hits.iter().flat_map(|hit| [hit.clone(), hit.clone()]).collect();
        let names = |report: &Report| named(report).into_iter().filter(|(status, _)| *status == Status::Proposed).collect::<Vec<_>>();
        prop_assert_eq!(names(&watch(&hits, sizes())), names(&watch(&twice, sizes())));
    }
}

fn network(address: IpAddr) -> IpNet {
    let length = if address.is_ipv4() { 24 } else { 48 };
    IpNet::new(address, length).unwrap().trunc()
}
