//! Attackers who want to use or to find a link of somebody else.

use std::time::Duration;

use actix_scanner_guard::GuardConfig;
use actix_scanner_guard::one_time::{self, Links, MemoryStore};

use crate::SCANNER;
use crate::browser::{Browser, exchange};
use crate::site::{Clock, HOST, SECRET, Site, confirm};

const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A browser that opened a link two seconds ago.
async fn looked(site: &Site, path: &str) -> Browser {
    let mut browser = Browser::new(site);
    browser.get(path).await;
    site.clock.pass(Duration::from_secs(2));
    browser
}

#[actix_web::test]
async fn a_nonce_counts_for_one_link_and_one_cookie() {
    let site = Site::start();
    let link = site.old_link("link").await;
    let other = site.old_link("other").await;
    let path = link.path();
    let mine = looked(&site, path).await;
    let nonce = mine.page.as_ref().unwrap().nonce().unwrap().to_owned();
    let theirs = looked(&site, other.path()).await;
    let their_nonce = theirs.page.as_ref().unwrap().nonce().unwrap().to_owned();
    let their_cookie = theirs.cookies(other.path());
    let (time, mac) = nonce.split_once('.').unwrap();
    let cookie = mine.cookies(path);
    let early = format!("{:x}.{mac}", u64::from_str_radix(time, 16).unwrap() - 10_000);
    let zeros = format!("{time}.{}", "0".repeat(32));
    for (what, cookie, nonce) in [
        ("no cookie", "", nonce.as_str()),
        ("no nonce", &cookie, ""),
        ("another browser's cookie", "otl-visit=abcdefghjkmnpqrstvwxyz0123", &nonce),
        ("another link's cookie", &their_cookie, &nonce),
        ("another link's nonce", &cookie, &their_nonce),
        ("another link's nonce and cookie", &their_cookie, &their_nonce),
        ("a time of one's own", &cookie, &early),
        ("a code of one's own", &cookie, &zeros),
        ("the nonce cut short", &cookie, &nonce[..nonce.len() - 1]),
        ("the nonce with more behind it", &cookie, &format!("{nonce}0")),
        ("the cookie for the nonce", &cookie, cookie.split_once('=').unwrap().1),
        ("nothing that is text", &cookie, "%ff%00%0d%0aset-cookie:%20x=y"),
    ] {
        let body = format!("nonce={nonce}");
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {HOST}\r\norigin: https://{HOST}\r\ncookie: {cookie}\r\n\
             connection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = exchange(site.address, request.as_bytes()).await;
        assert_eq!((answer.status, site.calls.of("link")), (403, 0), "{what}");
        assert!(answer.has_form(), "{what}");
    }
    // The person can still use the link.
    assert_eq!(mine.clone().submit(path, None).await.body, "link done");
    // A replay: the same browser gets the same answer for a minute, any other client gets nothing.
    let mut replay = mine.clone();
    assert_eq!(replay.submit(path, None).await.body, "link done");
    site.clock.pass(Duration::from_secs(60));
    let mut replay = mine.clone();
    let answer = replay.submit(path, None).await;
    assert!(answer.status == 200 && answer.body.contains("<h1>Done</h1>") && answer.cookies().is_empty(), "{answer:?}");
    assert_eq!(looked(&site, path).await.page.unwrap().status, 410);
    assert_eq!(site.calls.of("link"), 1);
}

/// A one-time link is a link, so a mail provider's relay is a scanner there and its image proxy is not, for any value
/// of `serves` in the rule for the route.
#[actix_web::test]
async fn the_route_is_judged_as_a_link() {
    const RELAY: &str = "40.94.36.5";
    const IMAGE_PROXY: &str = "198.51.100.70";
    for serves in ["links", "images"] {
        let policy = format!(
            "client.trusted_proxies = [\"loopback\"]\n[[scanners.list]]\nid = \"images\"\ncategory = \"email-security\"\n\
             ranges = [\"198.51.100.64/26\"]\njudge_on = \"images\"\n[[rule]]\nid = \"mail\"\npaths = [\"/confirm\"]\n\
             action = \"tag\"\nserves = \"{serves}\"\n"
        );
        let clock = Clock::new();
        let links = Links::new(SECRET, MemoryStore::new(100).clock(clock.read())).unwrap();
        let site = Site::under(GuardConfig::from_toml(&policy).unwrap(), links.clock(clock.read()), clock, |config| {
            config.service(one_time::scope("/confirm", confirm));
        });
        for (address, is_asked) in [(RELAY, true), (IMAGE_PROXY, false), (SCANNER, true), ("203.0.113.9", false)] {
            let link = site.old_link(address).await;
            let mut browser = Browser::new(&site).from(address);
            browser.get(link.path()).await;
            site.clock.pass(Duration::from_secs(2));
            let answer = browser.submit(link.path(), None).await;
            assert_eq!(answer.asks_for_digits(), is_asked, "{address}, serves {serves}");
            assert_eq!(site.calls.of(address), usize::from(!is_asked), "{address}, serves {serves}");
        }
    }
}

#[actix_web::test]
async fn a_form_from_another_site_does_nothing() {
    let site = Site::start();
    let link = site.old_link("link").await;
    let mut browser = looked(&site, link.path()).await;
    let page = browser.page.clone();
    for (origin, fetch_site) in [
        (Some("https://evil.example"), None),
        (Some("https://evil.example"), Some("cross-site")),
        (Some("https://www.shop.example"), Some("same-site")),
        (Some("https://shop.example.evil.example"), None),
        (Some("https://shop.example:8443"), None),
        (Some("null"), Some("cross-site")),
        (None, Some("cross-site")),
    ] {
        let mut forged = browser.clone();
        forged.origin = origin.map(str::to_owned);
        forged.headers.extend(fetch_site.map(|site| ("sec-fetch-site".to_owned(), site.to_owned())));
        forged.page = page.clone();
        let answer = forged.submit(link.path(), None).await;
        assert_eq!((answer.status, site.calls.of("link")), (403, 0), "{origin:?} {fetch_site:?}");
    }
    // Without an origin, as from a sandboxed frame, a person has to type a number.
    let mut sandboxed = browser.clone();
    sandboxed.origin = Some("null".to_owned());
    let answer = sandboxed.submit(link.path(), None).await;
    assert!(answer.asks_for_digits() && site.calls.of("link") == 0);
    assert_eq!(browser.submit(link.path(), None).await.body, "link done");
}

#[actix_web::test]
async fn no_page_can_be_framed_cached_or_loaded_from_elsewhere() {
    let site = Site::start();
    let link = site.old_link("link").await;
    let used = site.old_link("used").await;
    looked(&site, used.path()).await.submit(used.path(), None).await;
    let mut browser = looked(&site, link.path()).await;
    browser.origin = Some("https://evil.example".to_owned());
    let pages = [
        browser.clone().get(link.path()).await,
        browser.clone().send("HEAD", link.path(), None).await,
        browser.clone().send("OPTIONS", link.path(), None).await,
        browser.clone().header("sec-purpose", "prefetch").get(link.path()).await,
        browser.submit(link.path(), None).await,
        browser.get(used.path()).await,
        browser.get("/confirm/otl-0000000000000000000000000").await,
    ];
    for page in pages {
        let policy = page.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("script-src") && !policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("pragma", "no-cache"),
            ("expires", "0"),
            ("referrer-policy", "no-referrer"),
            ("x-robots-tag", "noindex, nofollow, noarchive"),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(page.header(name), Some(value), "{name}");
        }
        for word in ["http:", "https:", "src=", "<script", "<link", "<img", "url("] {
            assert!(!page.body.contains(word), "{word}: {}", page.body);
        }
    }
}

#[actix_web::test]
async fn over_http_1_0() {
    let site = Site::start();
    let link = site.old_link("link").await;
    let path = link.path();
    let get = exchange(site.address, format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await;
    assert_eq!((get.status, get.header("expires")), (200, Some("0")));
    site.clock.pass(Duration::from_secs(2));
    let cookie = get.cookies()[0].split(';').next().unwrap().to_owned();
    let post = |more: &str, nonce: &str| {
        let body = format!("nonce={nonce}");
        format!("POST {path} HTTP/1.0\r\n{more}content-length: {}\r\n\r\n{body}", body.len())
    };
    // Without the cookie, and then with the cookie but without an origin.
    let nonce = get.nonce().unwrap();
    assert_eq!(exchange(site.address, post("", nonce).as_bytes()).await.status, 403);
    let step = exchange(site.address, post(&format!("cookie: {cookie}\r\n"), nonce).as_bytes()).await;
    assert!(step.asks_for_digits());
    // No host at all, as from a proxy that speaks HTTP/1.0 and sends none.
    let foreign = format!("cookie: {cookie}\r\norigin: https://evil.example\r\n");
    assert_eq!(exchange(site.address, post(&foreign, nonce).as_bytes()).await.status, 403);
    assert_eq!(site.calls.of("link"), 0);
    site.clock.pass(Duration::from_secs(2));
    let typed = format!("{}&code={}", step.nonce().unwrap(), step.number().unwrap());
    assert_eq!(
        exchange(site.address, post(&format!("cookie: {cookie}\r\n"), &typed).as_bytes()).await.body,
        "link done"
    );
}

#[actix_web::test]
async fn a_guessed_token_is_told_nothing() {
    let site = Site::start();
    let link = site.old_link("link").await;
    let (before, token) = link.path().rsplit_once('/').unwrap();
    let expired = site.issue("expired").await.unwrap();
    site.clock.pass(WEEK);
    let link_again = site.issue("again").await.unwrap();
    let mut stranger = Browser::new(&site);
    let mut last = token[..token.len() - 1].to_owned();
    last.push(if token.ends_with('0') { '1' } else { '0' });
    let mut pages = Vec::new();
    for guess in [
        &last,
        &token[..10],
        "otl-",
        "x",
        &"0".repeat(3_000),
        "%00",
        "..%2f",
        "otl-%ff",
        &format!("{token}0"),
        link.key(),
        link_again.key(),
    ] {
        let answer = stranger.get(&format!("{before}/{guess}")).await;
        assert_eq!((answer.status, answer.cookies().len()), (404, 0), "{guess}");
        pages.push(without_nonces(&answer.body));
    }
    pages.push(without_nonces(&stranger.get(expired.path()).await.body));
    pages.push(without_nonces(&stranger.send("POST", &format!("{before}/{last}"), Some("nonce=1")).await.body));
    assert!(pages.iter().all(|page| *page == pages[0]));
}

fn without_nonces(page: &str) -> String {
    let mut parts = page.split("nonce=\"");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |page, part| page + part.split_once('"').unwrap().1)
}

/// A link is not valid in a place for which it was not issued, even if both places have the same store.
#[actix_web::test]
async fn a_link_counts_below_its_own_path() {
    let clock = Clock::new();
    let links = Links::new(SECRET, MemoryStore::new(10).clock(clock.read())).unwrap().clock(clock.read());
    let site = Site::serving(links, clock, |config| {
        config.service(one_time::scope("/unsubscribe", confirm)).service(one_time::scope("/login", confirm));
    });
    let issued = site.issue("reader").at("/unsubscribe").await.unwrap();
    site.clock.pass(Duration::from_secs(600));
    let token = issued.path().strip_prefix("/unsubscribe/").unwrap();
    assert_eq!(Browser::new(&site).get(&format!("/login/{token}")).await.status, 404);
    let mut browser = looked(&site, issued.path()).await;
    assert!(browser.page.as_ref().unwrap().cookies()[0].contains(&format!("Path={};", issued.path())));
    assert_eq!(browser.submit(issued.path(), None).await.body, "reader done");
    for path in ["confirm", "/confirm/", "/a b", "/a;b", "/ä", "/a?b", "//a"] {
        assert!(site.issue("x").at(path).await.is_err(), "{path}");
    }
}

/// Neither the content of the store nor the displayed parts of a link open it.
#[actix_web::test]
async fn no_token_is_in_the_store_or_in_debug() {
    let site = Site::start();
    let issued = site.issue("link").await.unwrap();
    let token = issued.path().rsplit('/').next().unwrap();
    let shown = format!("{issued:?} {:?} {:?}", site.links, site.issue("other"));
    assert!(!shown.contains(token) && !shown.contains(SECRET), "{shown}");
    assert_eq!(Browser::new(&site).get(&format!("/confirm/{}", issued.key())).await.status, 404);
}

#[cfg(feature = "redis")]
#[actix_web::test]
async fn no_token_is_in_redis() {
    let Some(server) = crate::redis_server::Running::start() else { return };
    let clock = Clock::new();
    let site = Site::with(server.store().clock(clock.read()), clock);
    let issued = site.old_link("link").await;
    let mut browser = looked(&site, issued.path()).await;
    let (visit, nonce) = (browser.cookies(issued.path()), browser.page.as_ref().unwrap().nonce().unwrap().to_owned());
    assert_eq!(browser.submit(issued.path(), None).await.body, "link done");
    let written = server.written();
    assert!(written.contains("magic-link") && written.contains(issued.key()), "{written}");
    for secret in [issued.path().rsplit('/').next().unwrap(), visit.split_once('=').unwrap().1, &nonce, SECRET] {
        assert!(!written.contains(secret), "{secret}");
    }
}

/// A change of secrets: links of the previous secret are valid until it is removed.
#[actix_web::test]
async fn secrets_can_be_changed() {
    let clock = Clock::new();
    let store = MemoryStore::new(10).clock(clock.read());
    let old = Site::with(store.clone(), clock.clone());
    let issued = old.old_link("link").await;
    let new = Links::new("another secret, of many more bytes", store.clone()).unwrap().clock(clock.read());
    let both = Site::of(new.previous_secret(SECRET).unwrap(), clock.clone());
    let new = Links::new("another secret, of many more bytes", store).unwrap().clock(clock.read());
    assert_eq!(Browser::new(&Site::of(new, clock)).get(issued.path()).await.status, 404);
    assert_eq!(looked(&both, issued.path()).await.submit(issued.path(), None).await.body, "link done");
}
