//! A scanner and a person whose requests come in any order.

use std::time::Duration;

use actix_scanner_guard::ScannerGuard;
use actix_scanner_guard::one_time::{self, Links, MemoryStore};
use actix_web::cookie::Cookie;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};

use crate::SCANNER;
use crate::site::{Calls, Clock, SECRET, confirm, policy};

/// Small numbers that look random; the same ones every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// A visitor between two of its requests.
#[derive(Default)]
struct Visitor {
    cookie: Option<Cookie<'static>>,
    page: String,
    from: &'static str,
    reads: bool,
}

impl Visitor {
    fn between(&self, before: &str, after: &str) -> Option<&str> {
        self.page.split_once(before)?.1.split_once(after).map(|(text, _)| text)
    }
}

/// 10,000 mails. For each, a scanner that posts every form and a person send up to ten requests in a random order, with
/// random pauses. The scanner is listed, or it comes within the early window.
#[actix_web::test]
async fn ten_thousand_orders_of_a_scanner_and_a_person() {
    let clock = Clock::new();
    let store = MemoryStore::new(20_000).clock(clock.read());
    let links = web::Data::new(Links::new(SECRET, store).unwrap().clock(clock.read()));
    let calls = Calls::default();
    let app = App::new()
        .app_data(links.clone())
        .app_data(web::Data::new(calls.clone()))
        .wrap(ScannerGuard::from_config(&policy()))
        .service(one_time::scope("/confirm", confirm));
    let app = init_service(app).await;
    let send = async |path: &str, visitor: &mut Visitor, post: bool| {
        let mut request = if post { TestRequest::post() } else { TestRequest::get() }
            .uri(path)
            .peer_addr("127.0.0.1:80".parse().unwrap())
            .insert_header(("x-forwarded-for", visitor.from))
            .insert_header(("host", "shop.example"));
        if let Some(cookie) = &visitor.cookie {
            request = request.cookie(cookie.clone());
        }
        if post {
            let nonce = visitor.between("value=\"", "\"").unwrap_or_default();
            let number = visitor.between("class=\"number\">", "<").filter(|_| visitor.reads).unwrap_or_default();
            request = request
                .insert_header(("origin", "http://shop.example"))
                .set_payload(format!("nonce={nonce}&code={number}"));
        }
        let response = call_service(&app, request.to_request()).await;
        let status = response.status().as_u16();
        if let Some(cookie) = response.response().cookies().find(|cookie| cookie.name() == "otl-visit") {
            visitor.cookie = Some(Cookie::new("otl-visit", cookie.value().to_owned()));
        }
        visitor.page = String::from_utf8(read_body(response).await.to_vec()).unwrap();
        status
    };
    let mut random = Random(0x5eed);
    let (mut consumed, mut steps) = (0, 0);
    for number in 0..10_000 {
        let subject = number.to_string();
        let issued = links.issue("p", &subject, Duration::from_secs(86_400)).await.unwrap();
        let listed = random.below(2) == 0;
        let mut scanner = Visitor { from: if listed { SCANNER } else { "198.51.100.20" }, ..Visitor::default() };
        let mut person = Visitor { from: "203.0.113.7", reads: true, ..Visitor::default() };
        for _ in 0..random.below(10) {
            steps += 1;
            let post = random.below(2) == 0;
            // All pauses together stay within the early window.
            clock.pass(Duration::from_millis(random.below(20_000)));
            if random.below(2) == 0 {
                let before = calls.of(&subject);
                send(issued.path(), &mut scanner, post).await;
                assert_eq!(calls.of(&subject), before, "the scanner consumed {number}");
            } else {
                let status = send(issued.path(), &mut person, post).await;
                assert!(status != 410 && status < 500, "{number}: {status}");
            }
        }
        // In every case, the person can use the link now, or has used it.
        if calls.of(&subject) == 0 {
            for post in [false, true, true] {
                clock.pass(Duration::from_secs(2));
                send(issued.path(), &mut person, post).await;
            }
        }
        assert_eq!(calls.of(&subject), 1, "{number}: {}", person.page);
        consumed += 1;
        clock.pass(Duration::from_secs(90));
        assert!(send(issued.path(), &mut scanner, true).await >= 400);
        assert_eq!(calls.of(&subject), 1);
    }
    assert!(consumed == 10_000 && steps > 40_000, "{consumed} {steps}");
}
