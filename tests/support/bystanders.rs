//! A third set of people and programs that are no scanners, of other kinds than those in [`traffic`](super::traffic)
//! and [`neighbors`](super::neighbors).

use std::net::{IpAddr, Ipv6Addr};

use super::traffic::{Person, Scene, Visit, World};

const DAYS: u32 = 6;
const DAY: u32 = 86_400;
const START: u32 = super::traffic::START;

pub(crate) const BYSTANDERS: &[(&str, Scene)] = &[
    ("a code on the screen that a phone reads", screen_code),
    ("a drawn-out review between two firms", review),
    ("a manager who reads what the team has read", manager),
    ("a crawler of search engines for shops", shop_crawler),
    ("a monitor of private pages from ten regions", page_monitor),
    ("edges of a CDN", edges),
    ("kiosks of a chain of stores", kiosks),
    ("an exam that a class opens", exam),
    ("two editors of one document", editors),
    ("a client that keeps a copy", sync_client),
    ("stolen passwords tried from everywhere", passwords),
    ("images shown by another site", hotlinks),
    ("players of a podcast", podcast),
    ("one office with two lines in turn", failover),
    ("friends who send products to one another", group_chat),
    ("a printing service in the own network", printing),
    ("last night's log played again", log_replay),
    ("a cache that is warmed after a deploy", warmer),
    ("two scrapers of the same list", scrapers),
    ("two people who look for holes", fuzzers),
    ("a letter with a link for each recipient", personal_links),
    ("a courier's app", courier),
    ("a family's phones", household),
    ("accountants of many clients", accountants),
    ("members of a traffic exchange", exchange),
    ("a push message to many", push),
    ("servers of a federated network", federation),
    ("two firms with two exits each", partners),
    ("a campus where one walks about", campus),
    ("private addresses of one connection", privacy_addresses),
    ("a satellite's subscribers", satellite),
    ("a forum whose threads are followed", forum),
    ("an auction's watchers", auction),
    ("interpreters of a live ticker", ticker),
];

fn visit(world: &mut World, person: &Person, cached: f64) -> Visit {
    let (time, target) = (world.office(), world.private());
    world.look(time, person, &target, cached);
    Visit { time, target }
}

/// A person opens a page some time after somebody else did.
fn follow(world: &mut World, seen: &Visit, person: &Person, from: u32, to: u32, cached: f64) -> Visit {
    let time = seen.time + world.draw.spread(from, to);
    world.look(time, person, &seen.target, cached);
    Visit { time, target: seen.target.clone() }
}

fn from(world: &mut World, addresses: &[IpAddr], agent: &str) -> Person {
    Person { address: *world.draw.one(addresses), agent: agent.to_owned() }
}

fn mobile(world: &mut World) -> String {
    let version = world.draw.between(10, 15);
    format!(
        "Mozilla/5.0 (Linux; Android {version}; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36"
    )
}

fn screen_code(world: &mut World) {
    for _ in 0..6 {
        let (desk, carrier, agent) = (world.person(), world.fleet(3, 5), mobile(world));
        for _ in 0..5 {
            let shown = visit(world, &desk, 0.3);
            let phone = from(world, &carrier, &agent);
            follow(world, &shown, &phone, 5, 40, 0.6);
        }
    }
}

fn review(world: &mut World) {
    let (one, other) = (world.fleet(1, 3), world.fleet(1, 3));
    let agents = [world.chrome(), world.chrome()];
    for number in 0..40 {
        let (first, second) = if number % 2 == 0 { (&one, &other) } else { (&other, &one) };
        let writer = from(world, first, &agents[0]);
        let seen = visit(world, &writer, 0.7);
        let reader = from(world, second, &agents[1]);
        follow(world, &seen, &reader, 300, 20_000, 0.7);
    }
}

fn manager(world: &mut World) {
    let (team, boss) = ((0..5).map(|_| world.person()).collect::<Vec<_>>(), world.person());
    let home = Person { address: world.address(), ..boss.clone() };
    for _ in 0..40 {
        let colleague = world.draw.one(&team).clone();
        let seen = visit(world, &colleague, 0.4);
        let place = if world.draw.chance(0.5) { boss.clone() } else { home.clone() };
        follow(world, &seen, &place, 600, 14_000, 0.95);
    }
}

fn shop_crawler(world: &mut World) {
    let (cloud, author) = (world.fleet(6, 4), world.person());
    let products: Vec<Visit> = (0..25).map(|_| visit(world, &author, 0.3)).collect();
    for night in 1..DAYS {
        let mut time = START + night * DAY + 3600;
        for product in products.iter().filter(|product| product.time < START + night * DAY) {
            let crawler = *world.draw.one(&cloud);
            world.hit(time, crawler, &product.target, "Mozilla/5.0 (X11; Linux x86_64) ShopIndex");
            time += world.draw.between(1, 20);
        }
        for _ in 0..60 {
            let (crawler, page) = (*world.draw.one(&cloud), world.public());
            world.hit(time, crawler, &page, "Mozilla/5.0 (X11; Linux x86_64) ShopIndex");
            time += world.draw.between(1, 20);
        }
    }
}

fn page_monitor(world: &mut World) {
    let owners: Vec<Person> = (0..3).map(|_| world.person()).collect();
    let regions: Vec<IpAddr> = (0..10).map(|_| world.address()).collect();
    for owner in &owners {
        let page = visit(world, owner, 0.3);
        let mut time = page.time + 120;
        while time < START + DAYS * DAY {
            let region = *world.draw.one(&regions);
            world.hit(time, region, &page.target, "Mozilla/5.0 (Checker)");
            time += 300;
        }
    }
}

fn edges(world: &mut World) {
    let edges = world.fleet(6, 6);
    for _ in 0..40 {
        let agent = world.chrome();
        let first = from(world, &edges, &agent);
        let seen = visit(world, &first, 0.5);
        let agent = world.chrome();
        let second = from(world, &edges, &agent);
        follow(world, &seen, &second, 1, 600, 0.5);
    }
    for _ in 0..20 {
        let customer = world.person();
        let seen = visit(world, &customer, 0.4);
        let agent = world.chrome();
        let edge = from(world, &edges, &agent);
        follow(world, &seen, &edge, 1, 600, 0.6);
    }
}

fn kiosks(world: &mut World) {
    let (head_office, stores) = (world.person(), (0..8).map(|_| world.fleet(1, 2)).collect::<Vec<_>>());
    for _ in 0..12 {
        let page = visit(world, &head_office, 0.4);
        for store in &stores {
            let kiosk = from(world, store, "Mozilla/5.0 (X11; CrOS x86_64) Kiosk/4");
            follow(world, &page, &kiosk, 60, 7200, 0.8);
        }
    }
}

fn exam(world: &mut World) {
    let teacher = world.person();
    for _ in 0..5 {
        let sheet = visit(world, &teacher, 0.3);
        for _ in 0..25 {
            let pupil = world.person();
            follow(world, &sheet, &pupil, 200, 280, 0.6);
        }
    }
}

fn editors(world: &mut World) {
    let (one, other) = (world.person(), world.person());
    let train = world.fleet(2, 3);
    for number in 0..40 {
        let moving = from(world, &train, &other.agent);
        let (first, second) = if number % 3 == 0 { (&moving, &one) } else { (&one, &moving) };
        let seen = visit(world, first, 0.8);
        follow(world, &seen, second, 20, 3000, 0.8);
    }
}

fn sync_client(world: &mut World) {
    let (owner, laptop) = (world.person(), world.fleet(1, 2));
    let mut documents: Vec<Visit> = (0..20).map(|_| visit(world, &owner, 0.3)).collect();
    documents.sort_by_key(|document| document.time);
    let mut time = START + 60;
    while time < START + DAYS * DAY {
        for document in documents.iter().filter(|document| document.time < time).cloned().collect::<Vec<_>>() {
            let address = *world.draw.one(&laptop);
            world.hit_with(time, address, "HEAD", &document.target, 200, None, "Sync/3.1");
        }
        time += 3600;
    }
}

fn passwords(world: &mut World) {
    for number in 0..400_u32 {
        let address = world.address();
        let time = START + number * 1200 + world.draw.between(0, 600);
        world.hit(time, address, "/login", "Mozilla/5.0");
        world.hit_with(time + 1, address, "POST", "/login", 401, None, "Mozilla/5.0");
    }
}

fn hotlinks(world: &mut World) {
    for _ in 0..200 {
        let (time, reader) = (world.office(), world.person());
        let image = format!("/img/{}.png", world.draw.between(1, 8));
        world.hit_with(time, reader.address, "GET", &image, 200, Some("https://forum.example/t/1"), &reader.agent);
    }
}

fn podcast(world: &mut World) {
    let editor = world.person();
    for _ in 0..8 {
        let episode = visit(world, &editor, 0.3);
        for _ in 0..20 {
            let player = world.address();
            for part in 0..3 {
                let time = episode.time + world.draw.spread(60, 20_000) + part;
                world.hit_with(time, player, "GET", &episode.target, 206, None, "AppleCoreMedia/1.0.0");
            }
        }
    }
}

fn failover(world: &mut World) {
    let (one, other, customer) = (world.fleet(1, 2), world.fleet(1, 2), world.person());
    let agents: Vec<String> = (0..4).map(|_| world.chrome()).collect();
    for _ in 0..40 {
        let order = visit(world, &customer, 0.3);
        if world.draw.chance(0.5) {
            let line = if ((order.time - START) / DAY).is_multiple_of(2) { &one } else { &other };
            let agent = world.draw.one(&agents).clone();
            let clerk = from(world, line, &agent);
            follow(world, &order, &clerk, 60, 7200, 0.7);
        }
    }
}

fn group_chat(world: &mut World) {
    let friends: Vec<(Vec<IpAddr>, String)> = (0..4).map(|_| (world.fleet(3, 4), mobile(world))).collect();
    for _ in 0..20 {
        let first = world.draw.between(0, 3) as usize;
        let (carrier, agent) = &friends[first];
        let sender = from(world, carrier, agent);
        let seen = visit(world, &sender, 0.5);
        for (carrier, agent) in
            friends.iter().enumerate().filter(|(number, _)| *number != first).map(|(_, friend)| friend)
        {
            if world.draw.chance(0.7) {
                let friend = from(world, carrier, agent);
                follow(world, &seen, &friend, 20, 9000, 0.6);
            }
        }
    }
}

fn printing(world: &mut World) {
    let printers = world.fleet(1, 1);
    for _ in 0..5 {
        let customer = world.person();
        for _ in 0..4 {
            let invoice = visit(world, &customer, 0.3);
            let printer = from(world, &printers, "Mozilla/5.0 (X11; Linux x86_64) wkhtmltopdf");
            follow(world, &invoice, &printer, 1, 4, 0.0);
        }
    }
}

fn log_replay(world: &mut World) {
    let testers = world.fleet(1, 3);
    for _ in 0..4 {
        let customer = world.person();
        for _ in 0..5 {
            let seen = visit(world, &customer, 0.3);
            let tester = *world.draw.one(&testers);
            world.hit(seen.time + 12 * 3600, tester, &seen.target, "goreplay");
        }
    }
}

fn warmer(world: &mut World) {
    let (servers, editor) = (world.fleet(1, 4), world.person());
    let mut pages: Vec<String> = (0..60).map(|_| world.public()).collect();
    for day in 0..DAYS {
        pages.push(visit(world, &editor, 0.3).target);
        let start = START + day * DAY + 17 * 3600;
        for (number, page) in pages.clone().iter().enumerate() {
            let server = *world.draw.one(&servers);
            world.hit(start + number as u32, server, page, "Warmer/1");
        }
    }
}

fn scrapers(world: &mut World) {
    let (one, other) = (world.fleet(4, 3), world.fleet(4, 3));
    let list: Vec<String> = (0..60).map(|_| world.private()).collect();
    for day in 0..DAYS {
        for (pool, late, agent) in [(&one, 0, "python-requests/2.31"), (&other, 900, "Go-http-client/2.0")] {
            for (number, page) in (0_u32..).zip(&list) {
                let address = *world.draw.one(pool);
                let time = START + day * DAY + late + number * 30;
                world.hit(time, address, page, agent);
            }
        }
    }
}

fn fuzzers(world: &mut World) {
    let (one, other) = (world.fleet(1, 2), world.fleet(2, 2));
    let words: Vec<String> = (0..80).map(|number| format!("/backup-{number}.zip.bak")).collect();
    for (pool, late) in [(&one, 0), (&other, 1800)] {
        let start = START + DAY + late;
        for (number, word) in (0_u32..).zip(&words) {
            let address = *world.draw.one(pool);
            world.hit_with(start + number * 2, address, "GET", word, 404, None, "Mozilla/5.0 (Fuzz)");
        }
    }
}

fn personal_links(world: &mut World) {
    for _ in 0..30 {
        let (reader, carrier, agent) = (world.person(), world.fleet(2, 2), mobile(world));
        let opened = visit(world, &reader, 0.2);
        if world.draw.chance(0.5) {
            let phone = from(world, &carrier, &agent);
            follow(world, &opened, &phone, 300, 20_000, 0.3);
        }
    }
}

fn courier(world: &mut World) {
    let app = world.fleet(4, 6);
    for _ in 0..25 {
        let (time, parcel) = (world.office(), world.private());
        let customer = world.person();
        for step in 0..world.draw.between(2, 5) {
            let driver = *world.draw.one(&app);
            world.hit(time + step * 2400, driver, &parcel, "CourierApp/7.2 okhttp/4.11");
            if world.draw.chance(0.6) {
                let later = time + step * 2400 + world.draw.spread(30, 2000);
                world.look(later, &customer, &parcel, 0.5);
            }
        }
    }
}

fn household(world: &mut World) {
    for _ in 0..8 {
        let (home, carrier) = (world.person(), world.fleet(2, 3));
        let agent = mobile(world);
        for _ in 0..6 {
            let seen = visit(world, &home, 0.4);
            let phone = from(world, &carrier, &agent);
            if world.draw.chance(0.6) {
                follow(world, &seen, &phone, 60, 6000, 0.5);
            }
        }
    }
}

fn accountants(world: &mut World) {
    let (office, agents) = (world.fleet(1, 1), [world.chrome(), world.chrome(), world.chrome()]);
    for _ in 0..10 {
        let client = world.person();
        for _ in 0..3 {
            let invoice = visit(world, &client, 0.3);
            let agent = world.draw.one(&agents).clone();
            let accountant = from(world, &office, &agent);
            follow(world, &invoice, &accountant, 600, 25_000, 0.9);
        }
    }
}

fn exchange(world: &mut World) {
    let members: Vec<Person> = (0..25).map(|_| world.person()).collect();
    for _ in 0..15 {
        let (start, page) = (world.office(), world.private());
        for (number, member) in (0_u32..).zip(&members) {
            let late = world.draw.between(0, 10);
            world.look(start + number * 20 + late, member, &page, 0.7);
        }
    }
}

fn push(world: &mut World) {
    let editor = world.person();
    let subscribers: Vec<Person> = (0..60).map(|_| world.person()).collect();
    for _ in 0..6 {
        let news = visit(world, &editor, 0.3);
        for subscriber in &subscribers {
            if world.draw.chance(0.4) {
                follow(world, &news, subscriber, 60, 600, 0.4);
            }
        }
    }
}

fn federation(world: &mut World) {
    let servers: Vec<IpAddr> = (0..40).map(|_| world.address()).collect();
    for _ in 0..4 {
        let author = world.person();
        for _ in 0..3 {
            let post = visit(world, &author, 0.3);
            for server in &servers {
                if world.draw.chance(0.7) {
                    let late = world.draw.between(2, 60);
                    world.hit(post.time + late, *server, &post.target, "http.rb/5.1.1");
                }
            }
        }
    }
}

fn partners(world: &mut World) {
    let firms: Vec<(Vec<IpAddr>, Vec<String>)> =
        (0..2).map(|_| (world.fleet(2, 2), (0..3).map(|_| world.chrome()).collect())).collect();
    for _ in 0..50 {
        let first = usize::from(world.draw.chance(0.4));
        let people: Vec<Person> = [first, 1 - first]
            .into_iter()
            .map(|firm| {
                let agent = world.draw.one(&firms[firm].1).clone();
                from(world, &firms[firm].0, &agent)
            })
            .collect();
        let seen = visit(world, &people[0], 0.6);
        follow(world, &seen, &people[1], 120, 9000, 0.6);
    }
}

fn campus(world: &mut World) {
    let (halls, dormitory) = (world.fleet(5, 3), world.person());
    for _ in 0..30 {
        let seen = visit(world, &dormitory, 0.5);
        let laptop = from(world, &halls, &dormitory.agent);
        let there = follow(world, &seen, &laptop, 1800, 14_000, 0.9);
        let laptop = from(world, &halls, &dormitory.agent);
        follow(world, &there, &laptop, 600, 3000, 0.95);
    }
}

fn privacy_addresses(world: &mut World) {
    for number in 0..4_u16 {
        let agent = world.chrome();
        let address = |world: &mut World, site: u16| {
            let low = world.draw.between(1, 60_000) as u16;
            IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, site, number, low, 1, 2, 3))
        };
        for _ in 0..12 {
            let desk = Person { address: address(world, 0x10), agent: agent.clone() };
            let seen = visit(world, &desk, 0.4);
            let again = Person { address: address(world, 0x11), agent: agent.clone() };
            follow(world, &seen, &again, 100, 5000, 0.7);
        }
    }
}

fn satellite(world: &mut World) {
    let gateways: Vec<IpAddr> = (0..5).flat_map(|_| world.fleet(2, 5)).collect();
    for _ in 0..10 {
        let agent = world.chrome();
        for _ in 0..4 {
            let here = from(world, &gateways, &agent);
            let seen = visit(world, &here, 0.4);
            let there = from(world, &gateways, &agent);
            follow(world, &seen, &there, 600, 12_000, 0.8);
        }
    }
}

fn forum(world: &mut World) {
    let members: Vec<Person> = (0..30).map(|_| world.person()).collect();
    for _ in 0..40 {
        let author = world.draw.one(&members).clone();
        let post = visit(world, &author, 0.4);
        for _ in 0..world.draw.between(1, 6) {
            let reader = world.draw.one(&members).clone();
            follow(world, &post, &reader, 60, 20_000, 0.5);
        }
    }
}

fn auction(world: &mut World) {
    let watchers: Vec<Person> = (0..6).map(|_| world.person()).collect();
    for _ in 0..20 {
        let seller = world.person();
        let item = visit(world, &seller, 0.3);
        for watcher in &watchers {
            let mut time = item.time + world.draw.between(30, 400);
            for _ in 0..world.draw.between(1, 8) {
                world.look(time, watcher, &item.target, 0.95);
                time += world.draw.between(30, 300);
            }
        }
    }
}

fn ticker(world: &mut World) {
    let (desk, translators) = (world.person(), world.fleet(1, 4));
    let agents = [world.chrome(), world.chrome()];
    for _ in 0..25 {
        let entry = visit(world, &desk, 0.4);
        let agent = world.draw.one(&agents).clone();
        let translator = from(world, &translators, &agent);
        follow(world, &entry, &translator, 30, 300, 0.8);
    }
}
