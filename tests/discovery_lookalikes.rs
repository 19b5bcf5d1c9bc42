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

/// The gates that keep the finding with one of these addresses from being proposed.
fn failed(report: &Report, addresses: &[IpAddr]) -> Vec<&'static str> {
    let names = |range: &ipnet::IpNet| addresses.iter().any(|address| range.contains(address));
    let found = report.findings.iter().filter(|finding| finding.ranges.iter().any(names));
    found.flat_map(|finding| &finding.gates).filter(|gate| !gate.passed).map(|gate| gate.gate.name).collect()
}

fn without_agents(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.iter_mut().for_each(|hit| "-".clone_into(&mut hit.agent));
    hits
}

/// A cloud scanner takes hours, and for each page another of its five addresses. Nobody here has its agent.
#[test]
fn a_late_fleet_with_an_agent_of_its_own_is_found() {
    for seed in 0..4 {
        let mut world = World::new(Base::Shop, 8900 + seed);
        let (fleet, readers) = (world.fleet(1, 5), people(&mut world, 6));
        for number in 0..40_u32 {
            let (time, target) = (START + 4000 + number * 9000, world.private());
            let (reader, address) = (&readers[number as usize % 6], fleet[number as usize % 5]);
            world.look(time, reader, &target, 0.0);
            world.hit(time + 9000 + number % 2 * 7500, address, &target, AGENT);
        }
        let report = watch(&world.finish());
        assert_eq!(status(&report, &fleet), Some(Status::Proposed), "{seed}: {:?}", failed(&report, &fleet));
    }
}

/// One customer's program requests what his other program has written, in a log without assets and agents. If other
/// networks write too, only a scanner is left.
#[test]
fn two_programs_of_one_customer_are_not_proposed() {
    for (writers, expected) in [(1, Status::Suspected), (2, Status::Proposed)] {
        let mut world = World::new(Base::Shop, 8910);
        let (written, fleet) = (world.fleet(writers, 1), world.fleet(1, 4));
        for number in 0..48_u32 {
            let (time, target) = (START + 4000 + number / 4 * 9000 + number % 4 * 60, world.private());
            world.hit(time, written[number as usize / 4 % writers], &target, "-");
            world.hit(time + 30, fleet[number as usize % 4], &target, "-");
        }
        let report = watch(&without_agents(without_assets(world.finish())));
        assert_eq!(status(&report, &fleet), Some(expected), "{writers}: {:?}", failed(&report, &fleet));
    }
}

/// A colleague opens what one person posts, with the browser that others here have, from several addresses of the office. A
/// scanner has an agent of its own, or several leaders.
#[test]
fn colleagues_of_one_person_are_not_proposed() {
    let browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0";
    for (leaders, agent, expected) in
        [(1, browser, Status::Suspected), (1, AGENT, Status::Proposed), (2, browser, Status::Proposed)]
    {
        let mut world = World::new(Base::Shop, 8920);
        for _ in 0..4 {
            let reader = Person { address: world.address(), agent: browser.to_owned() };
            let (time, target) = (world.office(), world.public());
            world.look(time, &reader, &target, 0.0);
        }
        let (authors, office) = (people(&mut world, leaders), world.fleet(1, 4));
        for number in 0..24_usize {
            let (time, target) = (START + 4000 + number as u32 / 3 * 9000 + number as u32 % 3 * 100, world.private());
            world.look(time, &authors[number / 3 % leaders], &target, 0.0);
            world.hit(time + 40, office[number % 4], &target, agent);
        }
        let report = watch(&world.finish());
        assert_eq!(status(&report, &office), Some(expected), "{leaders}, {agent}: {:?}", failed(&report, &office));
    }
}

/// A program with one address and an agent of its own, after several people. Few pages, or pages that others request too,
/// are no suspicion.
#[test]
fn one_address_with_few_pages_is_no_suspect() {
    for (pages, shared, expected) in [(4, false, None), (12, true, None), (12, false, Some(Status::Suspected))] {
        let mut world = World::new(Base::Shop, 8930);
        let (readers, program) = (people(&mut world, 4), world.address());
        for number in 0..pages {
            let (time, target) = (START + 40_000 + number * 9000, world.private());
            world.look(time, &readers[number as usize % 4], &target, 0.0);
            world.hit(time + 30, program, &target, AGENT);
            for visit in 1..=if shared { 3 } else { 0 } {
                let reader = &readers[(number + visit) as usize % 4];
                world.look(time + visit * 30_000, reader, &target, 0.0);
            }
        }
        let report = watch(&world.finish());
        assert_eq!(status(&report, &[program]), expected, "{pages}, {shared}: {:?}", failed(&report, &[program]));
    }
}

/// A mail filter sends `HEAD` and `GET` for 18 mails, from nine networks; the mails are opened hours later.
#[test]
fn a_mail_filter_in_several_networks_is_found_by_few_mails() {
    for seed in 0..4 {
        let mut world = World::new(Base::Shop, 8940 + seed);
        let (fleet, readers) = (world.fleet(9, 1), people(&mut world, 18));
        for (number, reader) in (0..).zip(&readers) {
            let (time, target) = (START + 4000 + number * 25_000, world.private());
            let address = fleet[number as usize % 9];
            world.hit_with(time, address, "HEAD", &target, 200, None, AGENT);
            world.hit_with(time + 1, address, "GET", &target, 200, None, AGENT);
            let later = time + world.draw.between(7000, 16_000);
            world.look(later, reader, &target, 0.0);
        }
        let report = watch(&world.finish());
        assert_eq!(status(&report, &fleet), Some(Status::Proposed), "{seed}: {:?}", failed(&report, &fleet));
    }
}

/// In a log without agents, services preview single links that people share. A scanner that takes a fifth of the pages
/// follows people from page to page.
#[test]
fn without_agents_a_scanner_of_few_pages_is_found_and_previews_are_not() {
    for seed in 0..4 {
        let mut world = World::new(Base::Shop, 8950 + seed);
        let (previews, fleet, readers) = (world.fleet(1, 6), world.fleet(1, 6), people(&mut world, 12));
        for number in 0..600_u32 {
            let (time, target) = (START + 4000 + number / 3 * 2400 + number % 3 * 60, world.private());
            world.look(time, &readers[number as usize / 3 % 12], &target, 0.0);
            let address = *world.draw.one(&fleet);
            if number % 15 < 3 {
                world.hit(time + 45, address, &target, "-");
            } else if number % 15 == 7 {
                let preview = *world.draw.one(&previews);
                world.hit(time + 12, preview, &target, "-");
            }
        }
        let report = watch(&without_agents(world.finish()));
        assert_eq!(status(&report, &fleet), Some(Status::Proposed), "{seed}: {:?}", failed(&report, &fleet));
        assert_eq!(status(&report, &previews), None, "{seed}");
    }
}

/// It has few pages of each of many customers, so two pages of one customer never come soon after each other. If each address
/// follows one visitor only, the addresses may be those of the visitors' phones. If there is only one address at a time, it
/// may be a person whose provider changes it.
#[test]
fn a_fleet_with_many_customers_is_found() {
    for (paired, pause, expected) in
        [(false, 900, Status::Proposed), (true, 900, Status::Suspected), (false, 9000, Status::Suspected)]
    {
        let mut world = World::new(Base::Shop, 8960);
        let (fleet, readers) = (world.fleet(1, 12), people(&mut world, 12));
        let browser = readers[0].agent.clone();
        for number in 0..24_usize {
            let (time, target) =
                (START + 4000 + number as u32 / 2 * 18_000 + number as u32 % 2 * pause, world.private());
            world.look(time, &readers[number % 12], &target, 0.0);
            let address = fleet[if paired { number % 12 } else { number * 7 % 12 + number / 12 * 5 % 12 } % 12];
            let lag = world.draw.between(20, 200);
            world.hit(time + lag, address, &target, &browser);
        }
        let report = watch(&world.finish());
        assert_eq!(status(&report, &fleet), Some(expected), "{paired}, {pause}: {:?}", failed(&report, &fleet));
    }
}

/// The site's own renderer requests the data of a page a second before the browser, which repeats half of these requests. A
/// mail filter comes long before the readers, who open half of their mails.
#[test]
fn a_renderer_that_is_followed_at_once_is_not_proposed() {
    for (lag, expected) in [(1, None), (4000, Some(Status::Proposed))] {
        let mut world = World::new(Base::Shop, 8970);
        let (servers, readers) = (world.fleet(1, 4), people(&mut world, 20));
        for number in 0..80_usize {
            let (time, target) = (START + 4000 + number as u32 * 5000, world.private());
            world.hit(time, servers[number / 2 % 4], &target, "node");
            if number % 2 == 0 {
                world.look(time + lag, &readers[number / 2 % 20], &target, 0.0);
            }
        }
        let report = watch(&world.finish());
        assert_eq!(status(&report, &servers), expected, "{lag}: {:?}", failed(&report, &servers));
    }
}

/// It looks at each link when the mail comes or when its reader opens it, from any of its addresses. Two firms that exchange links
/// are as often first, and follow one another only.
#[test]
fn a_mail_filter_that_comes_first_or_second_is_found() {
    for (firms, expected) in [(12, Some(Status::Proposed)), (1, None)] {
        let mut world = World::new(Base::Shop, 8980);
        let (fleet, readers) = (world.fleet(1, 13), people(&mut world, firms));
        for number in 0..48_usize {
            let (time, target) = (START + 4000 + number as u32 / 2 * 9000 + number as u32 % 2 * 400, world.private());
            world.look(time, &readers[number % firms], &target, 0.0);
            let (lag, pair) = (60 + number as u32, [fleet[number % 13], fleet[(number + 3) % 13]]);
            for (late, address) in [0, 50].into_iter().zip(pair) {
                world.hit(if number % 10 < 3 { time - lag + late } else { time + lag + late }, address, &target, AGENT);
            }
        }
        let report = watch(&world.finish());
        assert_eq!(status(&report, &fleet), expected, "{firms}: {:?}", failed(&report, &fleet));
    }
}

/// A busy site without assets, whose pages others request too. Two crawlers walk a list, and a scanner follows people from page
/// to page.
#[test]
fn who_follows_many_people_from_page_to_page_reads_no_news() {
    for (leaders, expected) in [(12, Status::Proposed), (3, Status::Suspected)] {
        let mut world = World::new(Base::Shop, 8990);
        let (fleet, readers, others) = (world.fleet(1, 6), people(&mut world, leaders), people(&mut world, 8));
        for number in 0..60_usize {
            let (time, target) =
                (START + 20_000 + number as u32 / 3 * 20_000 + number as u32 % 3 * 100, world.private());
            world.look(time, &readers[number / 3 % leaders], &target, 0.0);
            world.hit(time + 30, fleet[number % 6], &target, AGENT);
            for visit in 1..4 {
                world.look(time + visit * 33_000, &others[(number + visit as usize) % 8], &target, 0.0);
            }
        }
        let report = watch(&without_assets(world.finish()));
        assert_eq!(status(&report, &fleet), Some(expected), "{leaders}: {:?}", failed(&report, &fleet));
    }
}

/// A scanner that also requests other pages follows people from page to page. A reader of news follows authors from one post
/// to the next one of somebody else.
#[test]
fn who_follows_sessions_may_request_other_pages() {
    for (pause, reads_news) in [(100, false), (5000, true)] {
        let mut world = World::new(Base::Shop, 9000);
        let (fleet, readers, others) = (world.fleet(1, 6), people(&mut world, 12), people(&mut world, 8));
        for number in 0..60_usize {
            let time = START + 20_000 + number as u32 / 3 * 20_000 + number as u32 % 3 * pause;
            let (target, own) = (world.private(), world.private());
            world.look(time, &readers[number / 3 % 12], &target, 0.0);
            world.hit(time + 30, fleet[number % 6], &target, AGENT);
            if number % 2 == 0 {
                world.hit(time + 40, fleet[number % 6], &own, AGENT);
            }
            for visit in 1..4 {
                world.look(time + visit * 33_000, &others[(number + visit as usize) % 8], &target, 0.0);
            }
        }
        let report = watch(&world.finish());
        let failed = failed(&report, &fleet);
        assert_eq!(failed.contains(&"no reader of news"), reads_news, "{pause}: {failed:?}");
        let expected = if reads_news { Status::Suspected } else { Status::Proposed };
        assert_eq!(status(&report, &fleet), Some(expected), "{pause}");
    }
}

/// In a log without assets, a crawler in ten clouds walks a list, and another one walks it a minute later.
#[test]
fn crawlers_in_many_clouds_are_not_proposed() {
    let mut world = World::new(Base::Shop, 9010);
    let one: Vec<IpAddr> = (0..10).flat_map(|_| world.fleet(1, 2)).collect();
    let other = world.fleet(1, 5);
    let list: Vec<String> = (0..160).map(|_| world.private()).collect();
    for day in 0..5 {
        for (number, target) in list.iter().enumerate() {
            let time = START + day * DAY + 7200 + number as u32 * 5;
            // Each cloud has a part of the list.
            world.hit(time, one[number / 8 % 20], target, "Mozilla/5.0 (X11; Linux x86_64) Chrome/95.0 Safari/537.36");
            world.hit(time + 60, other[number % 5], target, "Mozilla/5.0 (Windows NT 6.3) Chrome/97.0 Safari/537.36");
        }
    }
    let report = watch(&without_assets(world.finish()));
    assert_ne!(status(&report, &other), Some(Status::Proposed), "{:?}", failed(&report, &other));
}

/// Each of its networks has one address, and each request another agent. Only together do they show several addresses.
#[test]
fn networks_that_change_their_agents_all_the_time_are_one_fleet() {
    let mut world = World::new(Base::Shop, 9020);
    let (fleet, readers) = (world.fleet(6, 1), people(&mut world, 6));
    for number in 0..48_usize {
        let (time, target) = (START + 20_000 + number as u32 / 3 * 20_000 + number as u32 % 3 * 100, world.private());
        world.look(time, &readers[number / 3 % 6], &target, 0.0);
        let agent = format!("Mozilla/5.0 (X11; Linux x86_64) Chrome/{}.0 Safari/537.36", 60 + number);
        world.hit(time + 30, fleet[number % 6], &target, &agent);
    }
    let report = watch(&world.finish());
    assert_eq!(status(&report, &fleet), Some(Status::Proposed), "{:?}", failed(&report, &fleet));
}

/// A program polls a feed and requests all news, after people have looked at them. Nearly all news have many readers, at
/// once or a day later.
#[test]
fn a_reader_that_polls_a_feed_for_several_news_is_not_proposed() {
    for (has_feed, expected) in [(true, Status::Suspected), (false, Status::Proposed)] {
        let mut world = World::new(Base::Blog, 9030);
        let (fleet, readers) = (world.fleet(1, 2), people(&mut world, 5));
        for poll in 0..160_u32 {
            let time = START + 20_000 + poll * 1800;
            if has_feed {
                world.hit(time, fleet[poll as usize % 2], "/rss.xml", AGENT);
            }
            for number in 0..2 {
                let target = world.private();
                for reader in 0..if poll % 20 < 2 { 1 } else { 4 } {
                    let person = &readers[(poll + number + reader) as usize % 5];
                    world.look(time - 900 + number + 90 * reader, person, &target, 0.0);
                }
                world.hit(time + 2 + number, fleet[number as usize % 2], &target, AGENT);
                if poll % 3 != 0 {
                    world.look(time + 50_000, &readers[number as usize], &target, 0.0);
                }
            }
        }
        let report = watch(&world.finish());
        assert_eq!(status(&report, &fleet), Some(expected), "{has_feed}: {:?}", failed(&report, &fleet));
    }
}
