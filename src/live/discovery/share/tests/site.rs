//! A site whose visitors open pages of their own, and a vendor who asks for these pages soon after.

use std::net::IpAddr;

use crate::discovery::{Record, Recorder, Request};

/// 2026-02-01T00:00:00Z.
pub(super) const START: u32 = 1_769_904_000;
const DAYS: u32 = 6;
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const VENDOR: &str = "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.0)";

/// Numbers that look drawn, the same ones each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32 % bound
    }

    /// A time in working hours.
    fn office(&mut self) -> u32 {
        START + self.below(DAYS) * 86_400 + 8 * 3600 + self.below(10 * 3600)
    }
}

struct Site {
    recorder: Recorder,
    records: Vec<Record>,
}

impl Site {
    fn request(&mut self, time: u32, address: IpAddr, target: &str, referer: Option<&str>, agent: &str) {
        let request = Request {
            status: Some(200),
            referer: referer.map(str::as_bytes),
            agent: Some(agent.as_bytes()),
            ..Request::new(time, address, "GET", target.as_bytes())
        };
        self.records.push(self.recorder.record(&request));
    }

    /// A person opens a page, and the browser loads its assets.
    fn open(&mut self, time: u32, address: IpAddr, target: &str) {
        self.request(time, address, target, None, BROWSER);
        let referer = format!("https://site.example{target}");
        for asset in ["/css/site.css", "/js/app.js", "/img/logo.png"] {
            self.request(time + 1, address, asset, Some(&referer), BROWSER);
        }
    }
}

/// Its log, in the order of time, no two requests at one millisecond. Hashed with the key of the tests' instances.
pub(super) fn log() -> Vec<Record> {
    let (mut draw, mut site) = (Draw(7), Site { recorder: Recorder::new([7; 16]), records: Vec::new() });
    for reader in 0..60 {
        let address = [20 + reader, 7, draw.below(250) as u8, 9].into();
        for _ in 0..6 {
            let (time, page) = (draw.office(), draw.below(30));
            site.open(time, address, &format!("/p/{page}"));
        }
    }
    for person in 0..16 {
        let address = [90, person, draw.below(250) as u8, 9].into();
        for session in 0..4 {
            let time = draw.office();
            for page in 0..3 {
                let (time, target) = (time + 60 * page, format!("/share/{person}-{session}-{page}"));
                site.open(time, address, &target);
                let follower = [150, 70, (draw.below(4) * 37) as u8, 1 + draw.below(5) as u8].into();
                let lag = 20 + draw.below(160);
                site.request(time + lag, follower, &target, None, VENDOR);
            }
        }
    }
    let mut records = site.records;
    records.sort_by_key(Record::millis);
    let mut last = 0;
    records
        .into_iter()
        .map(|record| {
            last = record.millis().max(last + 1);
            record.at_millis(last)
        })
        .collect()
}
