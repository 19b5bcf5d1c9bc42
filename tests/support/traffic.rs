//! Made-up traffic of a site: people, programs, and vendors that request again what people have requested. All of it is
//! drawn from one seed.
//!
//! A new negative is a function in [`NEGATIVES`], a new vendor an entry of [`VENDORS`].

use std::net::{IpAddr, Ipv4Addr};

use actix_scanner_guard::discovery::{Record, Recorder, Request};

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) time: u32,
    pub(crate) address: IpAddr,
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) status: u16,
    pub(crate) referer: Option<String>,
    pub(crate) agent: String,
}

impl Hit {
    pub(crate) fn record(&self, recorder: &mut Recorder) -> Record {
        recorder.record(&Request {
            status: Some(self.status),
            referer: self.referer.as_deref().map(str::as_bytes),
            agent: Some(self.agent.as_bytes()),
            ..Request::new(self.time, self.address, self.method, self.target.as_bytes())
        })
    }

    /// The request as a line of a log in the combined format.
    pub(crate) fn line(&self) -> String {
        let Self { time, address, method, target, status, referer, agent } = self;
        let referer = referer.as_deref().unwrap_or("-");
        format!(
            "{address} - - [{}] \"{method} {target} HTTP/1.1\" {status} 5120 \"{referer}\" \"{agent}\"",
            clock(*time)
        )
    }
}

/// `31/Jan/2026:12:00:00 +0000`, for the first 28 days of the month that begins with [`START`].
fn clock(time: u32) -> String {
    let seconds = time - START;
    let (day, rest) = (seconds / 86_400 + 1, seconds % 86_400);
    format!("{day:02}/Feb/2026:{:02}:{:02}:{:02} +0000", rest / 3600, rest / 60 % 60, rest % 60)
}

/// 2026-02-01T00:00:00Z.
pub(crate) const START: u32 = 1_769_904_000;
const DAYS: u32 = 6;
pub(crate) const SITE: &str = "https://site.example";
const ASSETS: [&str; 5] = ["/css/site.css", "/js/app.js", "/img/logo.png", "/fonts/a.woff2", "/img/bg.webp"];

/// Pseudorandom numbers (`SplitMix64`).
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number from 0 to below 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.share() < share
    }

    /// A number between the two, both included.
    pub(crate) fn between(&mut self, from: u32, to: u32) -> u32 {
        from + (self.next() % u64::from(to - from + 1)) as u32
    }

    /// The same, with an even distribution over the number of digits.
    pub(crate) fn spread(&mut self, from: u32, to: u32) -> u32 {
        let (low, high) = (f64::from(from.max(1)).ln(), f64::from(to.max(1)).ln());
        (low + self.share() * (high - low)).exp() as u32
    }

    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[(self.next() % of.len() as u64) as usize]
    }
}

/// The kind of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Shop,
    /// Feeds are polled all the time, and posts are read by many.
    Blog,
    /// Programs send many more requests than people.
    Api,
}

pub(crate) const BASES: [Base; 3] = [Base::Shop, Base::Blog, Base::Api];

/// A person: an address and a browser.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) address: IpAddr,
    pub(crate) agent: String,
}

/// A page that somebody opened.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) time: u32,
    pub(crate) target: String,
}

/// The traffic so far.
pub(crate) struct World {
    pub(crate) draw: Draw,
    pub(crate) hits: Vec<Hit>,
    public: Vec<String>,
    sites: u32,
    serial: u64,
}

impl World {
    /// A site with its usual visitors.
    pub(crate) fn new(base: Base, seed: u64) -> Self {
        let draw = Draw::new(seed * 3 + base as u64);
        let mut world = Self { draw, hits: Vec::new(), public: Vec::new(), sites: 0, serial: 0 };
        world.public = (0..60).map(|number| format!("/{}/{number}", ["p", "post", "v1/item"][base as usize])).collect();
        match base {
            Base::Shop => world.readers(40),
            Base::Blog => {
                world.readers(50);
                world.feed_readers(8);
            }
            Base::Api => {
                world.readers(20);
                world.api_clients(6);
            }
        }
        world
    }

    /// All requests, in the order of their times.
    pub(crate) fn finish(mut self) -> Vec<Hit> {
        self.hits.sort_by_key(|hit| hit.time);
        self.hits
    }

    /// A time in working hours.
    pub(crate) fn office(&mut self) -> u32 {
        START + self.draw.between(0, DAYS - 1) * 86_400 + self.draw.between(8 * 3600, 18 * 3600)
    }

    /// The first two bytes of an unused site.
    pub(crate) fn site(&mut self) -> [u8; 2] {
        self.sites += 1;
        [20 + (self.sites / 250) as u8 * 7, (self.sites % 250) as u8]
    }

    pub(crate) fn address(&mut self) -> IpAddr {
        let [a, b] = self.site();
        Ipv4Addr::new(a, b, self.draw.between(0, 255) as u8, self.draw.between(1, 254) as u8).into()
    }

    /// Addresses in this number of networks of one site.
    pub(crate) fn fleet(&mut self, networks: usize, hosts: usize) -> Vec<IpAddr> {
        let [a, b] = self.site();
        let mut addresses = Vec::new();
        for network in 0..networks {
            for host in 0..hosts {
                addresses.push(Ipv4Addr::new(a, b, (network * 37 % 256) as u8, (host % 250 + 1) as u8).into());
            }
        }
        addresses
    }

    pub(crate) fn chrome(&mut self) -> String {
        let version = self.draw.between(100, 125);
        format!(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
        )
    }

    pub(crate) fn person(&mut self) -> Person {
        Person { address: self.address(), agent: self.chrome() }
    }

    /// A target that nobody else knows.
    pub(crate) fn private(&mut self) -> String {
        self.serial += 1;
        let number = self.draw.next() % 1_000_000_000;
        match number % 5 {
            0 => format!("/private/Report-{number}.html"),
            1 => format!("/share/{number:x}/view"),
            2 => format!("/admin/invoice?id={number}&tok={:x}", number * 7),
            3 => format!("/doc/{number}"),
            _ => format!("/order/{number}?print=1"),
        }
    }

    pub(crate) fn public(&mut self) -> String {
        let place = self.draw.spread(1, 60) as usize - 1;
        self.public[place.min(self.public.len() - 1)].clone()
    }

    pub(crate) fn hit(&mut self, time: u32, address: IpAddr, target: &str, agent: &str) {
        self.hit_with(time, address, "GET", target, 200, None, agent);
    }

    #[allow(clippy::too_many_arguments, reason = "a line of a log has as many values")]
    pub(crate) fn hit_with(
        &mut self,
        time: u32,
        address: IpAddr,
        method: &'static str,
        target: &str,
        status: u16,
        referer: Option<&str>,
        agent: &str,
    ) {
        if (START..START + DAYS * 86_400).contains(&time) {
            let (target, agent) = (target.to_owned(), agent.to_owned());
            self.hits.push(Hit { time, address, method, target, status, referer: referer.map(str::to_owned), agent });
        }
    }

    /// A browser opens a page; if its assets are not cached, it loads some.
    pub(crate) fn look(&mut self, time: u32, person: &Person, target: &str, cached: f64) {
        self.hit(time, person.address, target, &person.agent);
        if !self.draw.chance(cached) {
            for number in 0..self.draw.between(2, 4) {
                let asset = ASSETS[number as usize];
                let referer = format!("{SITE}{target}");
                let late = self.draw.between(0, 2);
                self.hit_with(time + late, person.address, "GET", asset, 200, Some(&referer), &person.agent);
            }
        }
    }

    /// Opens some pages one after the other.
    pub(crate) fn session(&mut self, time: u32, person: &Person, targets: &[String], cached: f64) -> Vec<Visit> {
        let mut time = time;
        let mut visits = Vec::new();
        for target in targets {
            self.look(time, person, target, cached);
            visits.push(Visit { time, target: target.clone() });
            time += self.draw.spread(5, 120);
        }
        visits
    }

    /// People who read public pages.
    fn readers(&mut self, count: usize) {
        for _ in 0..count {
            let person = self.person();
            for _ in 0..self.draw.between(1, 4) {
                let targets: Vec<String> = (0..self.draw.between(1, 4)).map(|_| self.public()).collect();
                let time = self.office();
                self.session(time, &person, &targets, 0.3);
            }
        }
    }

    fn feed_readers(&mut self, count: usize) {
        for number in 0..count {
            let (address, step) = (self.address(), [600, 1800, 3600, 5400][number % 4]);
            let agent = if number % 2 == 0 { "FreshRSS/1.24 (feed reader)" } else { "Mozilla/5.0" };
            let mut time = START + self.draw.between(0, step);
            while time < START + DAYS * 86_400 {
                self.hit(time, address, "/feed.xml", agent);
                time += step;
            }
        }
    }

    fn api_clients(&mut self, count: usize) {
        for _ in 0..count {
            let address = self.address();
            for _ in 0..300 {
                let (time, target) = (START + self.draw.between(0, DAYS * 86_400 - 1), self.public());
                let method = if self.draw.chance(0.3) { "POST" } else { "GET" };
                self.hit_with(time, address, method, &target, 200, None, "okhttp/4.12");
            }
        }
    }

    /// People with private pages, in several sessions.
    pub(crate) fn leaders(&mut self, people: usize, from: u32, to: u32) -> Vec<(Person, Vec<Visit>)> {
        let mut leaders = Vec::new();
        for _ in 0..people {
            let person = self.person();
            let mut left = self.draw.between(from, to);
            let mut visits = Vec::new();
            while left > 0 {
                let count = self.draw.between(1, 4).min(left);
                left -= count;
                let targets: Vec<String> = (0..count).map(|_| self.private()).collect();
                let time = self.office();
                visits.extend(self.session(time, &person, &targets, 0.3));
            }
            leaders.push((person, visits));
        }
        leaders
    }
}

/// How a vendor requests targets again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vendor {
    pub(crate) name: &'static str,
    networks: usize,
    hosts: usize,
    /// The minimum and maximum number of requests for a target.
    times: (u32, u32),
    /// The minimum and maximum lag in seconds.
    lag: (u32, u32),
    /// The share of its first requests that come before the person's, and by how many seconds at most.
    ahead: (f64, u32),
    /// The share of its later requests that come much later, and by how many seconds at most.
    late: (f64, u32),
    /// The share of visits that it follows.
    share: f64,
    /// Whether it sends a HEAD request first.
    heads: bool,
    agent: &'static str,
    /// The number of people whose pages it requests, and the minimum and maximum number of pages of each.
    leaders: (usize, u32, u32),
}

const OLD: &str = "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)";

/// Behaviour of vendors as described in the literature and by webmasters.
pub(crate) const VENDORS: [Vendor; 7] = [
    Vendor {
        name: "trend-micro",
        networks: 5,
        hosts: 6,
        times: (1, 2),
        lag: (12, 120),
        ahead: (0.05, 20),
        late: (0.3, 12_600),
        share: 0.8,
        heads: false,
        agent: OLD,
        leaders: (3, 10, 16),
    },
    Vendor {
        name: "talktalk",
        networks: 1,
        hosts: 4,
        times: (1, 1),
        lag: (20, 60),
        ahead: (0.0, 1),
        late: (0.0, 1),
        share: 0.9,
        heads: false,
        agent: "Mozilla/5.0 (compatible)",
        leaders: (4, 8, 14),
    },
    Vendor {
        name: "tiscali",
        networks: 1,
        hosts: 2,
        times: (1, 1),
        lag: (29, 31),
        ahead: (0.0, 1),
        late: (0.0, 1),
        share: 0.95,
        heads: false,
        agent: "Mozilla/5.0 (Windows; U)",
        leaders: (4, 8, 14),
    },
    Vendor {
        name: "commtouch",
        networks: 2,
        hosts: 10,
        times: (1, 1),
        lag: (60, 600),
        ahead: (0.0, 1),
        late: (0.0, 1),
        share: 0.8,
        heads: false,
        agent: OLD,
        leaders: (4, 8, 14),
    },
    Vendor {
        name: "anchorfree",
        networks: 4,
        hosts: 60,
        times: (1, 1),
        lag: (0, 1),
        ahead: (0.0, 1),
        late: (0.0, 1),
        share: 0.9,
        heads: false,
        agent: "Java/1.6.0_26",
        leaders: (4, 8, 14),
    },
    Vendor {
        name: "bluecoat",
        networks: 1,
        hosts: 12,
        times: (1, 1),
        lag: (1, 8),
        ahead: (0.85, 6),
        late: (0.0, 1),
        share: 1.0,
        heads: false,
        agent: "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1)",
        leaders: (5, 6, 10),
    },
    Vendor {
        name: "mail-gateway",
        networks: 2,
        hosts: 4,
        times: (1, 1),
        lag: (1, 1),
        ahead: (1.0, 7200),
        late: (0.0, 1),
        share: 1.0,
        heads: true,
        agent: "Mozilla/5.0 (X11; Linux x86_64; rv:60.0) Gecko/20100101 Firefox/60.0",
        leaders: (14, 1, 2),
    },
];

impl Vendor {
    /// Adds the vendor's requests, and returns its networks.
    pub(crate) fn follow(&self, world: &mut World) -> Vec<IpAddr> {
        let fleet = world.fleet(self.networks, self.hosts);
        let (people, from, to) = self.leaders;
        for (_, visits) in world.leaders(people, from, to) {
            for visit in visits {
                if !world.draw.chance(self.share) {
                    continue;
                }
                for number in 0..world.draw.between(self.times.0, self.times.1) {
                    self.ask(world, &fleet, &visit, number);
                }
            }
        }
        fleet
    }

    fn ask(&self, world: &mut World, fleet: &[IpAddr], visit: &Visit, number: u32) {
        let address = *world.draw.one(fleet);
        let time = if number == 0 && world.draw.chance(self.ahead.0) {
            visit.time.saturating_sub(world.draw.spread(1, self.ahead.1))
        } else if number > 0 && world.draw.chance(self.late.0) {
            visit.time + world.draw.spread(self.lag.1, self.late.1)
        } else {
            visit.time + world.draw.between(self.lag.0, self.lag.1)
        };
        if self.heads {
            // Another node of the gateway requested it a moment before.
            let address = *world.draw.one(fleet);
            world.hit_with(time - 1, address, "HEAD", &visit.target, 200, None, "curl/7.68");
        }
        world.hit(time, address, &visit.target, self.agent);
    }
}

/// A function that adds some traffic.
pub(crate) type Scene = fn(&mut World);

/// Traffic in which nobody must be proposed.
pub(crate) const NEGATIVES: &[(&str, Scene)] = &[
    ("links by chat", chat),
    ("a reader of documents who loads nothing else", lurker),
    ("a team behind one gateway", team),
    ("from Wi-Fi to a mobile network", roaming),
    ("two families of addresses", dual_stack),
    ("a privacy relay", relay),
    ("a company with three exits", exits),
    ("two offices that hand tickets on", offices),
    ("support staff", support),
    ("previews of links", previews),
    ("search engines and a crawler", crawlers),
    ("readers of news", news),
    ("health checks", health),
    ("vulnerability scanners", scanners),
    ("a proxy that fetches before its user", prefetch),
    ("referrer spam", spam),
    ("somebody who visits everything", framing),
];

fn chat(world: &mut World) {
    let (one, other) = (world.person(), world.person());
    for _ in 0..10 {
        let (time, target) = (world.office(), world.private());
        world.look(time, &one, &target, 0.3);
        let later = time + world.draw.spread(30, 1500);
        world.look(later, &other, &target, 0.7);
    }
}

fn lurker(world: &mut World) {
    let people = [world.person(), world.person(), world.person()];
    let reader = world.person();
    for _ in 0..9 {
        let person = world.draw.one(&people).clone();
        let (time, target) = (world.office(), format!("/files/{}.pdf", world.draw.next() % 100_000_000));
        world.look(time, &person, &target, 0.3);
        let later = time + world.draw.spread(30, 1500);
        world.hit(later, reader.address, &target, &reader.agent);
    }
}

fn team(world: &mut World) {
    let people = [world.person(), world.person(), world.person()];
    let (pool, agents) = (world.fleet(1, 6), [world.chrome(), world.chrome(), world.chrome()]);
    for _ in 0..20 {
        let person = world.draw.one(&people).clone();
        let (time, target) = (world.office(), world.private());
        world.look(time, &person, &target, 0.3);
        let colleague = Person { address: *world.draw.one(&pool), agent: world.draw.one(&agents).clone() };
        let later = time + world.draw.spread(30, 1500);
        world.look(later, &colleague, &target, 0.8);
    }
}

fn roaming(world: &mut World) {
    let carrier = world.fleet(4, 10);
    for _ in 0..10 {
        let home = world.person();
        for _ in 0..4 {
            let (time, target) = (world.office(), world.private());
            world.look(time, &home, &target, 0.3);
            let abroad = Person { address: *world.draw.one(&carrier), ..home.clone() };
            let later = time + world.draw.spread(30, 900);
            world.look(later, &abroad, &target, 0.8);
        }
    }
}

fn dual_stack(world: &mut World) {
    let person = world.person();
    let v6 = Person { address: "2001:db8:7:1::9".parse().unwrap(), ..person.clone() };
    for _ in 0..20 {
        let (mut time, target) = (world.office(), world.private());
        for _ in 0..world.draw.between(1, 3) {
            let which = if world.draw.chance(0.5) { person.clone() } else { v6.clone() };
            world.look(time, &which, &target, 0.4);
            time += world.draw.spread(20, 400);
        }
    }
}

fn relay(world: &mut World) {
    let exits: Vec<IpAddr> = (0..2).flat_map(|_| world.fleet(2, 8)).collect();
    for _ in 0..8 {
        let agent = world.chrome();
        for _ in 0..5 {
            let (mut time, target) = (world.office(), world.private());
            for _ in 0..world.draw.between(1, 3) {
                let person = Person { address: *world.draw.one(&exits), agent: agent.clone() };
                world.look(time, &person, &target, 0.4);
                time += world.draw.spread(20, 200);
            }
        }
    }
}

fn exits(world: &mut World) {
    let (exits, agents) = ([world.address(), world.address(), world.address()], [world.chrome(), world.chrome()]);
    for _ in 0..40 {
        let (mut time, target, agent) = (world.office(), world.private(), world.draw.one(&agents).clone());
        for _ in 0..world.draw.between(1, 3) {
            let person = Person { address: *world.draw.one(&exits), agent: agent.clone() };
            world.look(time, &person, &target, 0.4);
            time += world.draw.spread(20, 300);
        }
    }
}

fn offices(world: &mut World) {
    let (one, other) = (world.person(), world.person());
    for _ in 0..35 {
        let (first, second) = if world.draw.chance(0.7) { (&one, &other) } else { (&other, &one) };
        let (first, second) = (first.clone(), second.clone());
        let (time, target) = (world.office(), world.private());
        world.look(time, &first, &target, 0.3);
        if world.draw.chance(0.6) {
            let later = time + world.draw.spread(60, 2000);
            world.look(later, &second, &target, 0.6);
        }
    }
}

fn support(world: &mut World) {
    let staff = [world.person(), world.person()];
    for _ in 0..25 {
        let (customer, time, target) = (world.person(), world.office(), world.private());
        world.look(time, &customer, &target, 0.0);
        let agent = world.draw.one(&staff).clone();
        let later = time + world.draw.spread(60, 2000);
        world.look(later, &agent, &target, 0.5);
    }
}

fn previews(world: &mut World) {
    let people = [world.person(), world.person(), world.person()];
    let bots = [
        (world.fleet(1, 6), "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"),
        (world.fleet(1, 6), "facebookexternalhit/1.1"),
        (world.fleet(1, 6), "TelegramBot (like TwitterBot)"),
    ];
    for _ in 0..25 {
        let person = world.draw.one(&people).clone();
        let (time, target) = (world.office(), world.private());
        world.look(time, &person, &target, 0.3);
        let (fleet, agent) = world.draw.one(&bots).clone();
        let later = time + world.draw.spread(8, 60);
        let address = *world.draw.one(&fleet);
        world.hit(later, address, &target, agent);
    }
}

fn crawlers(world: &mut World) {
    let (google, walker, agent) = (world.fleet(3, 5), world.fleet(1, 3), world.chrome());
    for day in 0..DAYS {
        for target in world.public.clone() {
            for (fleet, agent) in [
                (&google, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
                (&walker, &*agent),
            ] {
                let time = START + day * 86_400 + world.draw.between(0, 30_000);
                let address = *world.draw.one(fleet);
                world.hit(time, address, &target, agent);
            }
        }
    }
}

fn news(world: &mut World) {
    let author = world.person();
    let readers: Vec<IpAddr> = (0..4).map(|_| world.address()).collect();
    for (number, address) in readers.iter().enumerate() {
        let step = [600, 1800, 3600, 5400][number];
        let mut time = START + world.draw.between(0, step);
        while time < START + DAYS * 86_400 {
            world.hit(time, *address, "/feed.xml", "Mozilla/5.0");
            time += step;
        }
    }
    for _ in 0..10 {
        let (time, target) = (world.office(), world.private());
        world.look(time, &author, &target, 0.3);
        for (number, address) in readers.iter().enumerate() {
            let later = time + world.draw.between(0, [600, 1800, 3600, 5400][number]);
            world.hit(later, *address, &target, "Mozilla/5.0");
        }
    }
}

fn health(world: &mut World) {
    for (target, agent, step) in
        [("/health", "ELB-HealthChecker/2.0", 600), ("/health", "kube-probe/1.27", 700), ("/login", "Mozilla/5.0", 900)]
    {
        let address = world.address();
        let mut time = START;
        while time < START + DAYS * 86_400 {
            world.hit(time, address, target, agent);
            time += step;
        }
    }
}

fn scanners(world: &mut World) {
    const TARGETS: [&str; 12] = [
        "/.env",
        "/.git/config",
        "/wp-login.php",
        "/xmlrpc.php",
        "/phpinfo.php",
        "/admin.php",
        "/backup.zip",
        "/config.json",
        "/server-status",
        "/shell.php",
        "/old.sql",
        "/solr/admin",
    ];
    for _ in 0..5 {
        let (fleet, agent) = (world.fleet(1, 4), world.chrome());
        for _ in 0..2 {
            let mut time = START + world.draw.between(0, DAYS * 86_400 - 1000);
            for target in TARGETS {
                let address = *world.draw.one(&fleet);
                world.hit_with(time, address, "GET", target, 404, None, &agent);
                time += world.draw.between(1, 5);
            }
        }
    }
}

fn prefetch(world: &mut World) {
    let proxy = world.fleet(1, 6);
    for _ in 0..12 {
        let (person, time, target) = (world.person(), world.office(), world.public());
        let address = *world.draw.one(&proxy);
        world.hit(time, address, &target, &person.agent.clone());
        let later = time + world.draw.between(2, 20);
        world.look(later, &person, &target, 0.3);
    }
}

fn spam(world: &mut World) {
    for _ in 0..40 {
        let (number, time, address) = (world.draw.between(0, 5), world.office(), world.address());
        let (target, referer) = (format!("/?utm=spam{number}.example"), format!("https://spam{number}.example/"));
        let agent = world.chrome();
        world.hit_with(time, address, "GET", &target, 301, Some(&referer), &agent);
    }
}

fn framing(world: &mut World) {
    let attacker = world.person();
    let mut time = START;
    while time < START + DAYS * 86_400 {
        for target in world.public.clone() {
            let at = time + world.draw.between(0, 60);
            world.look(at, &attacker, &target, 0.9);
        }
        time += 7200;
    }
}
