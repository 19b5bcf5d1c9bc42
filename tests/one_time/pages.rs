//! The texts and the layout of the pages, and the visitors that need no click.

use std::time::Duration;

use actix_scanner_guard::one_time::{Error, EventCount, Links, MemoryStore, Page, Texts};
use actix_web::test::TestRequest;

use crate::SCANNER;
use crate::browser::Browser;
use crate::site::{Clock, SECRET, Site};

fn links() -> Links {
    Links::new(SECRET, MemoryStore::new(10)).unwrap()
}

fn site(set_up: impl FnOnce(Links) -> Links) -> Site {
    let clock = Clock::new();
    let links = Links::new(SECRET, MemoryStore::new(10).clock(clock.read())).unwrap().clock(clock.read());
    Site::of(set_up(links), clock)
}

#[actix_web::test]
async fn words_and_looks_are_the_applications() {
    let site = site(|links| {
        let mut texts = Texts::default();
        texts.lang = "de".into();
        texts.number = "Diese Zahl <bitte> eintippen".into();
        let template =
            "<html lang={{ lang }}><style nonce=\"{{nonce}}\">p{}</style><i>{{title}}</i>{{text}}{{form}}</html>";
        links
            .texts(texts)
            .page("magic-link", Page::new("Anmelden & los", "Mit einem Klick.", "Los"))
            .template(template)
            .unwrap()
            .redirects_to("https://app.shop.example")
            .unwrap()
    });
    let issued = site.issue("a").await.unwrap();
    let mut browser = Browser::new(&site);
    let page = browser.get(issued.path()).await;
    assert!(page.body.starts_with("<html lang=de><style nonce=\""), "{}", page.body);
    assert!(page.body.contains("<i>Anmelden &amp; los</i>Mit einem Klick.<form"), "{}", page.body);
    let policy = page.header("content-security-policy").unwrap();
    let nonce = page.body.split('"').nth(1).unwrap();
    for part in [
        &format!("style-src 'nonce-{nonce}' 'self';"),
        "img-src 'self' data:;",
        "form-action 'self' https://app.shop.example;",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert_ne!(Browser::new(&site).get(issued.path()).await.body.split('"').nth(1).unwrap(), nonce);
    site.clock.pass(Duration::from_secs(2));
    let step = browser.submit(issued.path(), None).await;
    assert!(step.body.contains("Diese Zahl &lt;bitte&gt; eintippen"), "{}", step.body);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let message = |outcome: Result<Links, Error>| outcome.unwrap_err().to_string();
    for (outcome, said) in [
        (Links::new("x".repeat(31), MemoryStore::new(1)), "the secret has 31 bytes"),
        (links().previous_secret(""), "the secret has 0 bytes"),
        (links().origin("shop.example"), "`shop.example` is no origin"),
        (links().origin("https://shop.example/"), "such as `https://shop.example`"),
        (links().redirects_to("*"), "`*` is no origin"),
        (links().path("confirm/"), "`confirm/` is no path for links"),
        (links().public_prefix("/"), "`/` is no path for links"),
        (links().template("<p>{{text}}"), "the template has no `{{form}}`"),
        (links().template("{{form}}{{ token }}"), "a placeholder `{{token}}`"),
    ] {
        let message = message(outcome);
        assert!(message.contains(said), "{message}");
    }
}

#[actix_web::test]
async fn cookies_are_kept_from_plain_connections_where_there_is_tls() {
    let with_origin = site(|links| links.origin("https://shop.example").unwrap());
    let plain = site(|links| links);
    for (site, headers, secure) in
        [(&with_origin, None, true), (&plain, Some(("x-forwarded-proto", "https")), true), (&plain, None, false)]
    {
        let issued = site.issue("a").await.unwrap();
        let mut browser = Browser::new(site);
        if let Some((name, value)) = headers {
            browser = browser.header(name, value);
        }
        let page = browser.get(issued.path()).await;
        let cookie = page.cookies()[0];
        assert_eq!(cookie.ends_with("; Secure"), secure, "{cookie}");
        for part in ["; HttpOnly", "; SameSite=Lax", &format!("; Path={};", issued.path())] {
            assert!(cookie.contains(part), "{cookie}");
        }
    }
    let issued = with_origin.issue("a").await.unwrap();
    assert_eq!(issued.url(), format!("https://shop.example{}", issued.path()));
}

/// A page that submits itself, only for the browser that requested the link.
#[actix_web::test]
async fn without_a_click() {
    let site = Site::start();
    let known = site.links.browser(&TestRequest::default().to_http_request()).unwrap();
    let issued = site.issue("a").browser(&known).without_click().await.unwrap();
    let path = issued.path();
    let mut asking = Browser::new(&site).from(SCANNER);
    asking.keep(known.set_cookie().1.to_str().unwrap());
    for mut other in [Browser::new(&site), asking.clone().header("sec-purpose", "prefetch;prerender")] {
        let page = other.get(path).await;
        assert!(!page.body.contains("<script") && !page.header("content-security-policy").unwrap().contains("script"));
    }
    let page = asking.get(path).await;
    let nonce = page.body.split("<script nonce=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(page.header("content-security-policy").unwrap().contains(&format!("script-src 'nonce-{nonce}';")));
    // Its form, sent as early as the script does.
    site.clock.pass(Duration::from_millis(800));
    assert_eq!(asking.submit(path, None).await.body, "a done");
}

/// A form that comes too early is not lost: the page is shown again, and the next click counts.
#[actix_web::test]
async fn not_before_600_ms() {
    let site = Site::start();
    let issued = site.old_link("a").await;
    let mut browser = Browser::new(&site);
    browser.get(issued.path()).await;
    site.clock.pass(Duration::from_millis(599));
    let page = browser.submit(issued.path(), None).await;
    assert!(page.body.contains("Please press the button once more.") && site.calls.of("a") == 0);
    site.clock.pass(Duration::from_millis(600));
    assert_eq!(browser.submit(issued.path(), None).await.body, "a done");
}

/// Within the early window, the code of the waiting page is required. Later the page's own number is required, and the
/// code is still accepted.
#[actix_web::test]
async fn the_code_of_the_waiting_window() {
    let site = Site::start();
    let issued = site.issue("a").show_code().await.unwrap();
    let path = issued.path();
    let mut browser = Browser::new(&site).from(SCANNER);
    browser.get(path).await;
    let mut press = async |digits: Option<&str>, seconds| {
        site.clock.pass(Duration::from_secs(seconds));
        browser.submit(path, digits).await
    };
    let page = press(None, 2).await;
    assert!(
        page.asks_for_digits() && page.number().is_none() && page.body.contains("come back in 5 min."),
        "{}",
        page.body
    );
    let wrong = if issued.code() == Some("0000") { "1111" } else { "0000" };
    assert!(press(Some(wrong), 2).await.body.contains("The digits were wrong."));
    assert!(press(None, 300).await.number().is_some());
    assert_eq!(press(issued.code(), 2).await.body, "a done");
}

#[actix_web::test]
async fn who_looked_who_tried_and_who_consumed() {
    let site = Site::start();
    let issued = site.issue("a").await.unwrap();
    let mut scanner = Browser::new(&site).from(SCANNER);
    scanner.get(issued.path()).await;
    site.clock.pass(Duration::from_secs(2));
    scanner.submit(issued.path(), None).await;
    let mut person = Browser::new(&site);
    site.clock.pass(Duration::from_secs(600));
    for _ in 0..2 {
        person.get(issued.path()).await;
    }
    person.follow(&site, issued.path(), None).await;
    scanner.get(issued.path()).await;
    person.get("/confirm/x").await;
    let count = |count: EventCount| {
        format!("{} {} {}", count.event.as_str(), count.scanner.as_deref().unwrap_or("-"), count.requests)
    };
    let counts: Vec<String> = site.links.counts().into_iter().map(count).collect();
    assert_eq!(
        counts,
        [
            "looked - 2",
            "looked trend-micro 1",
            "challenged trend-micro 1",
            "consumed - 1",
            "already-used trend-micro 1",
            "not-valid - 1",
        ]
    );
}
