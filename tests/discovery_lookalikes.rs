//! Scanners that were missed, and others that were taken for scanners.

use std::net::IpAddr;

use actix_scanner_guard::discovery::{Recorder, Report, Sizes, Status, Watcher};

use crate::support::traffic::{Base, Hit, Person, SITE, START, World};

const AGENT: &str = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1)";
const DAY: u32 = 86_400;

fn watch(hits: &[Hit]) -> Report {
    let (mut recorder, mut watcher) = (Recorder::new([3; 16]), Watcher::new(Sizes::for_memory(8 << 20)));
    hits.iter().for_each(|hit| watcher.observe(&hit.record(&mut recorder)));
    watcher.findings(0)
}

/// The status with which one of these addresses is named.
fn status(report: &Report, addresses: &[IpAddr]) -> Option<Status> {
    let names = |range: &ipnet::IpNet| addresses.iter().any(|address| range.contains(address));
    report.findings.iter().filter(|finding| finding.ranges.iter().any(names)).map(|finding| finding.status).min()
}

fn people(world: &mut World, count: usize) -> Vec<Person> {
    (0..count).map(|_| world.person()).collect()
}

/// Only the pages: the assets of this site are on another server.
fn without_assets(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.retain(|hit| hit.referer.is_none() || hit.target.starts_with("/p"));
    hits
}

/// Each mail is looked at by one address of a gateway with HEAD and GET, and half of the mails are opened hours later.
fn mail(world: &mut World, agent: &str) -> Vec<IpAddr> {
    let (fleet, readers) = (world.fleet(1, 6), people(world, 12));
    for number in 0..48 {
        let (time, target, address) = (world.office(), world.private(), *world.draw.one(&fleet));
        world.hit_with(time, address, "HEAD", &target, 200, None, agent);
        world.hit_with(time + 1, address, "GET", &target, 200, None, agent);
        if number % 2 == 0 {
            let later = time + world.draw.spread(120, 6 * 3600);
            world.look(later, &readers[number / 2 % readers.len()], &target, 0.0);
        }
    }
    fleet
}

#[test]
fn a_mail_filter_that_looks_at_single_mails_is_found() {
    for seed in 0..6 {
        let mut world = World::new(Base::Shop, 8000 + seed);
        let fleet = mail(&mut world, AGENT);
        let hits = world.finish();
        assert_eq!(status(&watch(&hits), &fleet), Some(Status::Proposed), "{seed}");
        // The same in a log in which people cannot be told from programs: an author does not send HEAD and GET.
        assert_eq!(status(&watch(&without_assets(hits)), &fleet), Some(Status::Proposed), "{seed}, without assets");
    }
}

/// A proxy that holds a request until it has looked at the page comes first or second, in any case within seconds, and
/// so often that only a sample of both directions is kept.
#[test]
fn a_proxy_that_looks_first_is_found_however_busy() {
    for seed in 0..4 {
        let mut world = World::new(Base::Shop, 8100 + seed);
        let (fleet, readers) = (world.fleet(1, 8), people(&mut world, 12));
        for number in 0..500 {
            let (time, target) = (world.office(), world.private());
            world.look(time, &readers[number % readers.len()], &target, 0.3);
            let address = *world.draw.one(&fleet);
            let lag = world.draw.between(0, 9);
            world.hit(if number % 5 < 3 { time - lag } else { time + lag }, address, &target, AGENT);
        }
        let hits = world.finish();
        assert_eq!(status(&watch(&hits), &fleet), Some(Status::Proposed), "{seed}");
        assert_eq!(status(&watch(&without_assets(hits)), &fleet), Some(Status::Proposed), "{seed}, without assets");
    }
}

/// It takes one page in five, so a leader's pages are seldom divided among its addresses; nobody here has its agent.
#[test]
fn a_small_fleet_with_an_agent_of_its_own_is_found() {
    for seed in 0..4 {
        let mut world = World::new(Base::Shop, 8200 + seed);
        let (fleet, readers) = (world.fleet(1, 6), people(&mut world, 20));
        for number in 0..24_u32 {
            let (time, target) = (START + 4000 + number / 2 * 9000 + number % 2 * 900, world.private());
            world.look(time, &readers[number as usize * 7 % 20], &target, 0.0);
            let lag = world.draw.spread(10, 600);
            world.hit(time + lag, fleet[number as usize % 6], &target, AGENT);
        }
        let report = watch(&world.finish());
        assert_eq!(status(&report, &fleet), Some(Status::Proposed), "{seed}: {:?}", report.findings);
    }
}

/// A log without agents: a stranger in the scanner's cloud comes much later than the scanner, to pages that others read.
#[test]
fn without_agents_who_comes_much_later_is_not_named() {
    let mut world = World::new(Base::Shop, 8300);
    let (fleet, readers) = (world.fleet(3, 4), people(&mut world, 8));
    let IpAddr::V4(first) = fleet[0] else { unreachable!("the generator has none") };
    let strangers: Vec<IpAddr> =
        (0..6).map(|number| [first.octets()[0], first.octets()[1], 200 + number, 7].into()).collect();
    for number in 0..120_u32 {
        let (time, target) = (START + 4000 + number / 4 * 9000 + number % 4 * 100, world.private());
        world.look(time, &readers[number as usize / 4 % 8], &target, 0.0);
        let (lag, address) = (world.draw.spread(5, 200), *world.draw.one(&fleet));
        world.hit(time + lag, address, &target, "-");
        if number % 10 == 0 {
            world.hit(time + 14_000, strangers[number as usize / 10 % 6], &target, "-");
        }
    }
    let mut hits = world.finish();
    hits.iter_mut().for_each(|hit| "-".clone_into(&mut hit.agent));
    let report = watch(&hits);
    assert!(!report.has_agents);
    assert_eq!(status(&report, &fleet), Some(Status::Proposed));
    assert_eq!(status(&report, &strangers), None);
}

/// Two crawlers walk the same list each day, one a minute behind the other.
#[test]
fn crawlers_in_lockstep_are_not_proposed() {
    for seed in 0..4 {
        let mut world = World::new(Base::Shop, 8400 + seed);
        let (one, other) = (world.fleet(2, 3), world.fleet(1, 5));
        let list: Vec<String> = (0..160).map(|_| world.private()).collect();
        for day in 0..4 {
            let mut time = START + day * DAY + 7200;
            for target in &list {
                let (first, second) = (*world.draw.one(&one), *world.draw.one(&other));
                world.hit(time, first, target, "Mozilla/5.0 (X11; Linux x86_64) Chrome/95.0 Safari/537.36");
                let lag = world.draw.between(20, 90);
                world.hit(time + lag, second, target, "Mozilla/5.0 (Windows NT 6.3) Chrome/97.0 Safari/537.36");
                time += world.draw.between(2, 9);
            }
        }
        let hits = world.finish();
        let mut logs = [without_assets(hits.clone()), hits];
        // A log with the field of the referer that is always empty.
        logs[1].iter_mut().for_each(|hit| hit.referer = None);
        let [poor, without_referers] = logs.map(|hits| watch(&hits));
        assert_ne!(status(&poor, &other), Some(Status::Proposed), "{seed}");
        assert_eq!(status(&without_referers, &other), None, "{seed}");
        assert!(without_referers.distinguishes_people && !poor.distinguishes_people, "{seed}");
    }
}

/// Programs that poll a feed send nearly all requests of this log; people are known nevertheless.
#[test]
fn polling_programs_do_not_hide_people() {
    let mut world = World::new(Base::Blog, 8500);
    for _ in 0..6 {
        let address = world.address();
        (0..8000).for_each(|number| world.hit(START + number * 60, address, "/feed.xml", "Java/17.0.2"));
    }
    let report = watch(&world.finish());
    assert!(report.distinguishes_people);
}

/// One phone has two addresses: its browser uses one and its app the other.
#[test]
fn two_stacks_of_each_phone_are_no_suspects() {
    let mut world = World::new(Base::Shop, 8600);
    for phone in 0..8_u8 {
        let (person, app) = (world.person(), IpAddr::from([77, 20, phone * 9, 4]));
        for _ in 0..5 {
            let (time, target) = (world.office(), world.private());
            world.look(time, &person, &target, 0.3);
            world.hit(time + 1, app, &target, "okhttp/4.12.0");
        }
    }
    let report = watch(&world.finish());
    assert_eq!(status(&report, &[[77, 20, 9, 4].into()]), None, "{:?}", report.findings);
}

/// A virus scanner on a person's device looks at each page first, and the person reloads it from other exits of a VPN.
#[test]
fn a_person_with_a_virus_scanner_is_not_proposed_elsewhere() {
    let mut world = World::new(Base::Shop, 8750);
    let (person, exits) = (world.person(), world.fleet(3, 3));
    for number in 0..14_u32 {
        let (time, target) = (START + 5000 + number * 30_000, world.private());
        world.hit(time, person.address, &target, "Scan/1.0");
        world.look(time, &person, &target, 0.3);
        world.hit(time + 200, exits[number as usize % 9], &target, &person.agent);
        world.hit(time + 400, exits[(number as usize + 4) % 9], &target, &person.agent);
    }
    let report = watch(&world.finish());
    assert_eq!(status(&report, &exits), None, "{:?}", report.findings);
}

/// One person reloads pages from other exits of a VPN; and one with all assets in the cache opens what others post.
#[test]
fn a_person_elsewhere_is_no_suspect() {
    let mut world = World::new(Base::Shop, 8700);
    let (person, exits) = (world.person(), world.fleet(3, 3));
    let (editor, authors) = (world.person(), people(&mut world, 5));
    for number in 0..14_u32 {
        let (time, target) = (START + 5000 + number * 30_000, world.private());
        world.look(time, &person, &target, 0.3);
        world.hit(time + 200, exits[number as usize % 9], &target, &person.agent);
        world.hit(time + 400, exits[(number as usize + 4) % 9], &target, &person.agent);
        let target = world.private();
        world.look(time, &authors[number as usize % 5], &target, 0.3);
        world.hit(time + 300, editor.address, &target, &editor.agent);
        if number == 3 {
            let page = format!("{SITE}{target}");
            world.hit_with(time + 301, editor.address, "GET", "/img/new.png", 200, Some(&page), &editor.agent);
        }
    }
    let report = watch(&world.finish());
    assert_eq!(status(&report, &exits), None, "{:?}", report.findings);
    assert_eq!(status(&report, &[editor.address]), None, "{:?}", report.findings);
}

/// A mail filter sends `HEAD` and `GET` for six mails, and their readers open them hours later.
#[test]
fn a_mail_filter_is_found_by_few_mails() {
    for seed in 0..4 {
        let mut world = World::new(Base::Shop, 8800 + seed);
        let (fleet, readers) = (world.fleet(1, 3), people(&mut world, 6));
        for (number, reader) in readers.iter().enumerate() {
            let (time, target) = (world.office(), world.private());
            world.hit_with(time, fleet[number % 3], "HEAD", &target, 200, None, AGENT);
            world.hit_with(time + 1, fleet[number % 3], "GET", &target, 200, None, AGENT);
            let later = time + world.draw.spread(60, 3600);
            world.look(later, reader, &target, 0.0);
        }
        assert_eq!(status(&watch(&world.finish()), &fleet), Some(Status::Proposed), "{seed}");
    }
}

/// A mail filter that only sends `GET`, for each mail from another address; nobody here has its agent.
#[test]
fn a_mail_filter_with_an_agent_of_its_own_is_found() {
    for seed in 0..4 {
        let mut world = World::new(Base::Shop, 8810 + seed);
        let (fleet, readers) = (world.fleet(2, 4), people(&mut world, 20));
        for (number, reader) in readers.iter().enumerate() {
            let (time, target) = (START + 4000 + number as u32 * 9000, world.private());
            world.hit(time, fleet[number % 8], &target, AGENT);
            let later = time + world.draw.spread(60, 3600);
            world.look(later, reader, &target, 0.0);
        }
        assert_eq!(status(&watch(&world.finish()), &fleet), Some(Status::Proposed), "{seed}");
    }
}

/// It comes up to half a minute before the visitor, and in one case of four after him.
#[test]
fn a_proxy_that_is_not_quick_is_found_by_its_agent() {
    for seed in 0..4 {
        let mut world = World::new(Base::Shop, 8820 + seed);
        let (fleet, readers) = (world.fleet(1, 8), people(&mut world, 8));
        for number in 0..60 {
            let (time, target) = (world.office(), world.private());
            world.look(time, &readers[number % 8], &target, 0.3);
            let (lag, address) = (world.draw.between(8, 25), *world.draw.one(&fleet));
            world.hit(if number % 3 == 0 { time + lag } else { time - lag }, address, &target, AGENT);
        }
        assert_eq!(status(&watch(&world.finish()), &fleet), Some(Status::Proposed), "{seed}");
    }
}

/// A program that is notified of news reads the feed, then the page that the feed names. Without the feed, its requests are
/// those of a scanner.
#[test]
fn a_reader_that_requests_the_feed_before_the_news_is_not_proposed() {
    for (with_feed, expected) in [(true, Status::Suspected), (false, Status::Proposed)] {
        let mut world = World::new(Base::Shop, 8830);
        let (fleet, author) = (world.fleet(1, 4), world.person());
        for number in 0..24_u32 {
            let (time, target) = (START + 4000 + number / 3 * 9000 + number % 3 * 150, world.private());
            world.look(time, &author, &target, 0.0);
            let address = fleet[number as usize % 4];
            if with_feed {
                world.hit(time + 20, address, "/news.xml", AGENT);
            }
            world.hit(time + 25, address, &target, AGENT);
        }
        assert_eq!(status(&watch(&world.finish()), &fleet), Some(expected), "{with_feed}");
    }
}

/// A crawler uses each address of a cloud once. Some of its requests come after a visitor's, as many others do not.
#[test]
fn a_crawler_with_ever_new_addresses_is_no_suspect() {
    for seed in 0..4 {
        let mut world = World::new(Base::Shop, 8840 + seed);
        let readers = people(&mut world, 8);
        let [a, b] = world.site();
        let mut cloud = Vec::new();
        for number in 0..160_u8 {
            let (time, target) = (world.office(), world.private());
            if number % 8 == 0 {
                world.look(time, &readers[usize::from(number / 8) % 8], &target, 0.0);
            }
            let (lag, address) = (world.draw.between(600, 7200), IpAddr::from([a, b, number, 7]));
            world.hit(time + lag, address, &target, AGENT);
            cloud.push(address);
        }
        let report = watch(&world.finish());
        assert_eq!(status(&report, &cloud), None, "{seed}: {:?}", report.findings);
    }
}

/// The field of the referer is always empty. The first visitors load their assets before that is known, and none afterwards.
#[test]
fn early_visitors_are_known_in_a_log_without_referers() {
    let mut world = World::new(Base::Shop, 8850);
    let (fleet, early) = (world.fleet(1, 4), people(&mut world, 3));
    for (number, person) in early.iter().enumerate() {
        world.look(START + number as u32, person, "/p/1", 0.0);
    }
    for number in 0..24_u32 {
        let (time, target) = (START + 40_000 + number / 3 * 9000 + number % 3 * 150, world.private());
        world.look(time, &early[number as usize / 3 % 3], &target, 1.0);
        world.hit(time + 25, fleet[number as usize % 4], &target, AGENT);
    }
    let mut hits = world.finish();
    hits.iter_mut().for_each(|hit| hit.referer = None);
    let report = watch(&hits);
    assert!(report.distinguishes_people);
    assert_eq!(status(&report, &fleet), Some(Status::Proposed), "{:?}", report.findings);
}
