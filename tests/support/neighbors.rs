//! More traffic in which nobody must be proposed: services, offices and programs that were not considered for the rules
//! or their first tests. A comment names each.

use std::net::{IpAddr, Ipv6Addr};

use super::traffic::{Person, SITE, START, Scene, Visit, World};

const DAY: u32 = 86_400;
const DAYS: u32 = 6;

pub(crate) const NEIGHBORS: &[(&str, Scene)] = &[
    ("tabs that are synced to a phone", synced_tabs),
    ("a link checker of the own site", link_checker),
    ("a feed reader in a cloud", cloud_reader),
    ("a translator", translator),
    ("a company whose requests leave by any of four exits", many_exits),
    ("carrier NAT", carrier_nat),
    ("an onion router", onion),
    ("a phone between two families of addresses", handover),
    ("one person whose VPN changes its exit", vpn),
    ("a load test", load_test),
    ("monitors in many regions", monitors),
    ("price comparison", prices),
    ("a search engine for news that does not name itself", news_search),
    ("a newsletter", newsletter),
    ("a code on a poster", poster),
    ("a school class", class),
    ("a checker of accessibility", accessibility),
    ("a browser's private prefetch", private_prefetch),
    ("an archiver that loads pages", archiver),
    ("smoke tests after a deploy", smoke_tests),
    ("a password manager's icons", icons),
    ("previews by the sender's own phone", own_previews),
    ("home and office of one person", two_places),
    ("browsers in a cloud, driven by testers", cloud_browsers),
    ("a family", family),
    ("a mailing list's archive", list_archive),
    ("a site that is moved to another server", migration),
    ("a help desk that takes over screens", screens),
];

/// People, each of whom opens the pages of some others.
fn people(world: &mut World, count: usize) -> Vec<Person> {
    (0..count).map(|_| world.person()).collect()
}

/// A person's visit to a private page, in working hours.
fn visit(world: &mut World, person: &Person) -> Visit {
    let (time, target) = (world.office(), world.private());
    world.look(time, person, &target, 0.3);
    Visit { time, target }
}

fn after(world: &mut World, visit: &Visit, from: u32, to: u32) -> u32 {
    visit.time + world.draw.spread(from, to)
}

fn phone(world: &mut World) -> String {
    let version = world.draw.between(15, 18);
    format!(
        "Mozilla/5.0 (iPhone; CPU iPhone OS {version}_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
    )
}

fn synced_tabs(world: &mut World) {
    for _ in 0..4 {
        let (desk, carrier, agent) = (world.person(), world.fleet(3, 4), phone(world));
        for _ in 0..6 {
            let seen = visit(world, &desk);
            if world.draw.chance(0.6) {
                let train = Person { address: *world.draw.one(&carrier), agent: agent.clone() };
                let later = after(world, &seen, 600, 20_000);
                world.look(later, &train, &seen.target, 0.6);
            }
        }
    }
}

fn link_checker(world: &mut World) {
    let (addresses, editor) = (world.fleet(1, 2), world.person());
    let mut pages: Vec<String> = (0..40).map(|_| world.public()).collect();
    for day in 0..DAYS {
        for _ in 0..2 {
            pages.push(visit(world, &editor).target);
        }
        let mut time = START + day * DAY + 22 * 3600;
        for page in pages.clone() {
            let address = *world.draw.one(&addresses);
            world.hit_with(time, address, "HEAD", &page, 200, None, "Mozilla/5.0 (compatible; checklink)");
            time += world.draw.between(1, 3);
        }
    }
}

fn cloud_reader(world: &mut World) {
    let (author, cloud) = (world.person(), world.fleet(3, 4));
    let mut posts: Vec<Visit> = (0..10).map(|_| visit(world, &author)).collect();
    posts.sort_by_key(|post| post.time);
    let mut time = START;
    while time < START + DAYS * DAY {
        let address = *world.draw.one(&cloud);
        world.hit(time, address, "/feed.xml", "Mozilla/5.0 (X11) Aggregate");
        for post in posts
            .iter()
            .filter(|post| post.time > time.saturating_sub(900) && post.time <= time)
            .cloned()
            .collect::<Vec<_>>()
        {
            let address = *world.draw.one(&cloud);
            world.hit(time + 3, address, &post.target, "Mozilla/5.0 (X11) Aggregate");
        }
        time += 900;
    }
}

fn translator(world: &mut World) {
    let fleet = world.fleet(2, 6);
    for person in people(world, 20) {
        let (time, target) = (world.office(), world.public());
        world.look(time, &person, &target, 0.3);
        let address = *world.draw.one(&fleet);
        let agent = format!("{},gzip(gfe)", person.agent);
        let later = time + world.draw.between(4, 40);
        world.hit(later, address, &target, &agent);
    }
}

fn many_exits(world: &mut World) {
    let exits: Vec<IpAddr> = (0..4).flat_map(|_| world.fleet(2, 3)).collect();
    let agents: Vec<String> = (0..5).map(|_| world.chrome()).collect();
    let customer = world.person();
    for _ in 0..40 {
        let (time, target, agent) = (world.office(), world.private(), world.draw.one(&agents).clone());
        if world.draw.chance(0.5) {
            world.look(time.saturating_sub(400), &customer, &target, 0.2);
        }
        for number in 0..world.draw.between(1, 3) {
            let address = *world.draw.one(&exits);
            world.hit(time + number * 60, address, &target, &agent);
            for asset in ["/css/site.css", "/js/app.js"] {
                let address = *world.draw.one(&exits);
                world.hit_with(
                    time + number * 60 + 1,
                    address,
                    "GET",
                    asset,
                    200,
                    Some(&format!("{SITE}{target}")),
                    &agent,
                );
            }
        }
    }
}

fn carrier_nat(world: &mut World) {
    let (shop, carrier) = (world.person(), world.fleet(8, 20));
    for _ in 0..30 {
        let seen = visit(world, &shop);
        let user = Person { address: *world.draw.one(&carrier), agent: phone(world) };
        let later = after(world, &seen, 20, 4000);
        world.look(later, &user, &seen.target, 0.5);
        if world.draw.chance(0.4) {
            let elsewhere = Person { address: *world.draw.one(&carrier), ..user };
            world.look(later + 90, &elsewhere, &seen.target, 0.8);
        }
    }
}

fn onion(world: &mut World) {
    const AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0";
    let exits: Vec<IpAddr> = (0..40).map(|_| world.address()).collect();
    for _ in 0..30 {
        let (mut time, target) = (world.office(), world.private());
        for _ in 0..world.draw.between(1, 3) {
            let exit = Person { address: *world.draw.one(&exits), agent: AGENT.to_owned() };
            world.look(time, &exit, &target, 0.2);
            time += world.draw.spread(60, 900);
        }
    }
}

fn handover(world: &mut World) {
    for number in 0..5_u16 {
        let agent = phone(world);
        let v4 = world.fleet(2, 5);
        for _ in 0..10 {
            let (mut time, target) = (world.office(), world.private());
            for _ in 0..world.draw.between(1, 3) {
                let subnet = world.draw.between(1, 9) as u16;
                let v6 = IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0x100 + subnet, number, 0, 0, 0, 1));
                let address = if world.draw.chance(0.5) { v6 } else { *world.draw.one(&v4) };
                world.look(time, &Person { address, agent: agent.clone() }, &target, 0.6);
                time += world.draw.spread(30, 600);
            }
        }
    }
}

fn vpn(world: &mut World) {
    let (home, exits) = (world.person(), world.fleet(4, 3));
    for _ in 0..25 {
        let seen = visit(world, &home);
        let abroad = Person { address: *world.draw.one(&exits), ..home.clone() };
        let later = after(world, &seen, 30, 3000);
        world.look(later, &abroad, &seen.target, 0.9);
    }
}

fn load_test(world: &mut World) {
    let (cloud, tester) = (world.fleet(2, 3), world.person());
    let pages: Vec<String> = (0..6).map(|_| visit(world, &tester).target).collect();
    let start = world.office();
    for number in 0..600_u32 {
        let (address, page) = (*world.draw.one(&cloud), world.draw.one(&pages).clone());
        world.hit(start + number / 4, address, &page, "k6/0.49 (load)");
    }
}

fn monitors(world: &mut World) {
    let (owner, agent) = (world.person(), world.chrome());
    let pages: Vec<String> = (0..5).map(|_| visit(world, &owner).target).collect();
    let regions: Vec<IpAddr> = (0..8).map(|_| world.address()).collect();
    for (number, address) in regions.iter().enumerate() {
        let mut time = START + 60 * number as u32;
        while time < START + DAYS * DAY {
            let page = pages[(time / 600) as usize % pages.len()].clone();
            world.hit(time, *address, &page, &agent);
            time += 3600;
        }
    }
}

fn prices(world: &mut World) {
    let (fleet, agent) = (world.fleet(2, 3), world.chrome());
    for hour in 0..DAYS * 24 {
        for _ in 0..8 {
            let (address, page) = (*world.draw.one(&fleet), world.public());
            let time = START + hour * 3600 + world.draw.between(0, 300);
            world.hit(time, address, &page, &agent);
        }
    }
}

fn news_search(world: &mut World) {
    let (authors, fleet) = (people(world, 3), world.fleet(2, 5));
    for _ in 0..25 {
        let author = world.draw.one(&authors).clone();
        let post = visit(world, &author);
        let found = post.time / 600 * 600 + 600;
        for _ in 0..2 {
            let address = *world.draw.one(&fleet);
            world.hit(found, address, "/latest", "Mozilla/5.0 (Linux) NewsIndex");
        }
        let address = *world.draw.one(&fleet);
        let time = found + world.draw.between(1, 30);
        world.hit(time, address, &post.target, "Mozilla/5.0 (Linux) NewsIndex");
        for reader in people(world, 3) {
            let later = after(world, &post, 300, 20_000);
            world.look(later, &reader, &post.target, 0.1);
        }
    }
}

fn newsletter(world: &mut World) {
    let editor = world.person();
    for _ in 0..3 {
        let issue = visit(world, &editor);
        for _ in 0..40 {
            let reader = world.person();
            let later = after(world, &issue, 600, 40_000);
            world.look(later, &reader, &issue.target, 0.3);
        }
    }
}

fn poster(world: &mut World) {
    let (organizer, hall) = (world.person(), world.fleet(1, 2));
    for _ in 0..6 {
        let page = visit(world, &organizer);
        for number in 0..12 {
            let guest = Person { address: *world.draw.one(&hall), agent: phone(world) };
            world.look(page.time + 600 + number * 7, &guest, &page.target, 0.2);
        }
    }
}

fn class(world: &mut World) {
    let (teacher, school) = (world.person(), world.fleet(1, 2));
    let agents = [world.chrome(), world.chrome()];
    for _ in 0..12 {
        let page = visit(world, &teacher);
        for number in 0..world.draw.between(5, 20) {
            let pupil = Person { address: *world.draw.one(&school), agent: world.draw.one(&agents).clone() };
            world.look(page.time + 300 + number * 5, &pupil, &page.target, 0.9);
        }
    }
}

fn accessibility(world: &mut World) {
    let (editors, fleet, agent) = (people(world, 3), world.fleet(2, 4), world.chrome());
    for _ in 0..20 {
        let editor = world.draw.one(&editors).clone();
        let page = visit(world, &editor);
        let checker = Person { address: *world.draw.one(&fleet), agent: format!("{agent} HeadlessChrome") };
        let later = after(world, &page, 5, 60);
        world.look(later, &checker, &page.target, 0.0);
    }
}

fn private_prefetch(world: &mut World) {
    let proxy = world.fleet(3, 6);
    for person in people(world, 40) {
        let (time, target) = (world.office(), world.public());
        let address = *world.draw.one(&proxy);
        world.hit(time, address, &target, &person.agent);
        if world.draw.chance(0.3) {
            let later = time + world.draw.between(2, 60);
            world.look(later, &person, &target, 0.2);
        }
    }
}

fn archiver(world: &mut World) {
    let (people, fleet, agent) = (people(world, 6), world.fleet(2, 4), world.chrome());
    for _ in 0..12 {
        let person = world.draw.one(&people).clone();
        let page = visit(world, &person);
        let archive = Person { address: *world.draw.one(&fleet), agent: agent.clone() };
        let later = after(world, &page, 10, 300);
        world.look(later, &archive, &page.target, 0.0);
    }
}

fn smoke_tests(world: &mut World) {
    let tester = world.person();
    let pages: Vec<String> = (0..8).map(|_| world.private()).collect();
    for day in 0..DAYS {
        for _ in 0..3 {
            let runner = world.fleet(1, 2);
            let time = START + day * DAY + world.draw.between(9 * 3600, 17 * 3600);
            for (number, page) in (0..).zip(&pages) {
                let address = *world.draw.one(&runner);
                world.hit(time + number, address, page, "curl/8.5.0");
            }
            let page = world.draw.one(&pages).clone();
            world.look(time + 120, &tester, &page, 0.3);
        }
    }
}

fn icons(world: &mut World) {
    let fleet = world.fleet(2, 3);
    for person in people(world, 20) {
        let seen = visit(world, &person);
        let address = *world.draw.one(&fleet);
        for target in ["/favicon.ico", "/", "/apple-touch-icon.png"] {
            world.hit(seen.time + 5, address, target, "PasswordKeeper/9 (icons)");
        }
    }
}

/// A service that fetches what people have just requested and does not name itself: nothing in a log tells it from a
/// scanner.
pub(crate) fn phone_cache(world: &mut World) {
    let (fleet, agent) = (world.fleet(3, 5), world.chrome());
    for _ in 0..60 {
        let (time, page, reader) = (world.office(), world.public(), world.person());
        world.look(time, &reader, &page, 0.3);
        for number in 0..world.draw.between(1, 4) {
            let address = *world.draw.one(&fleet);
            world.hit(time + 20 + number * 900, address, &format!("{page}?amp=1"), &agent);
        }
    }
}

fn own_previews(world: &mut World) {
    for person in people(world, 8) {
        let friends = people(world, 2);
        for _ in 0..4 {
            let seen = visit(world, &person);
            world.hit(seen.time + 20, person.address, &seen.target, "facebookexternalhit/1.1 Facebot Twitterbot/1.0");
            for friend in &friends {
                let later = after(world, &seen, 60, 3000);
                world.look(later, friend, &seen.target, 0.5);
            }
        }
    }
}

fn two_places(world: &mut World) {
    for _ in 0..6 {
        let (office, home) = (world.person(), world.person());
        for _ in 0..8 {
            let seen = visit(world, &office);
            if world.draw.chance(0.7) {
                let later = after(world, &seen, 3600, 28_000);
                world.look(later, &home, &seen.target, 0.7);
            }
        }
    }
}

fn cloud_browsers(world: &mut World) {
    let (testers, fleet) = (people(world, 3), world.fleet(2, 6));
    for _ in 0..12 {
        let tester = world.draw.one(&testers).clone();
        let page = visit(world, &tester);
        for _ in 0..3 {
            let browser = Person { address: *world.draw.one(&fleet), agent: world.chrome() };
            let later = after(world, &page, 30, 400);
            world.look(later, &browser, &page.target, 0.0);
        }
    }
}

fn family(world: &mut World) {
    let (home, carrier) = (world.person(), world.fleet(4, 6));
    let agents = [phone(world), phone(world)];
    for _ in 0..20 {
        let seen = visit(world, &home);
        let other = Person { address: *world.draw.one(&carrier), agent: world.draw.one(&agents).clone() };
        let later = after(world, &seen, 60, 6000);
        world.look(later, &other, &seen.target, 0.7);
    }
}

fn list_archive(world: &mut World) {
    let (members, fleet) = (people(world, 5), world.fleet(1, 3));
    for _ in 0..20 {
        let member = world.draw.one(&members).clone();
        let post = visit(world, &member);
        for reader in members.iter().filter(|other| other.address != member.address) {
            let later = after(world, &post, 200, 20_000);
            world.look(later, reader, &post.target, 0.5);
        }
        let address = *world.draw.one(&fleet);
        world.hit(post.time / 3600 * 3600 + 3605, address, &post.target, "python-requests/2.31");
    }
    for hour in 0..DAYS * 24 {
        let address = *world.draw.one(&fleet);
        world.hit(START + hour * 3600, address, "/list/new", "python-requests/2.31");
    }
}

fn migration(world: &mut World) {
    let (copier, people) = (world.fleet(1, 2), people(world, 6));
    let pages: Vec<String> = people.iter().cycle().take(40).map(|person| visit(world, person).target).collect();
    let mut time = START + 5 * DAY;
    for page in pages {
        let address = *world.draw.one(&copier);
        world.hit(time, address, &page, "Wget/1.21");
        time += 2;
    }
}

fn screens(world: &mut World) {
    let (staff, customers) = (people(world, 2), people(world, 8));
    for _ in 0..20 {
        let customer = world.draw.one(&customers).clone();
        let seen = visit(world, &customer);
        let helper = world.draw.one(&staff).clone();
        // They look at the same page, and the customer looks at it again later.
        let later = after(world, &seen, 60, 900);
        world.look(later, &helper, &seen.target, 0.6);
        world.look(later + 30, &customer, &seen.target, 0.9);
    }
}
