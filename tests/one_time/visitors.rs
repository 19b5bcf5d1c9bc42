//! All known kinds of clients that open links in mails, alone and one after the other. No scanner uses a link, every
//! person succeeds with at most one additional click, and nobody who did not use the link reads that it was used.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::SCANNER;
use crate::browser::Browser;
use crate::site::Site;

/// A mail that was sent shortly before.
struct Mail<'a> {
    site: &'a Site,
    path: String,
    /// The code in the window in which the link was requested.
    code: String,
    /// The browser with this window.
    asking: Browser,
}

type Visit<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// The last page of a visitor, after the clicks.
struct Outcome(Option<Browser>);

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Scanner,
    Person,
}
use Kind::{Person, Scanner};

struct Visitor {
    name: &'static str,
    kind: Kind,
    /// Seconds after the mail was sent.
    after: u64,
    visit: for<'a> fn(&'a Mail<'a>) -> Visit<'a>,
}

const SECOND: Duration = Duration::from_secs(1);

macro_rules! visitors {
    ($($name:literal, $kind:ident, $after:expr, |$mail:ident| $visit:block)*) => {
        &[$(Visitor {
            name: $name,
            kind: $kind,
            after: $after,
            visit: |$mail| Box::pin(async move { Outcome($visit) }),
        }),*]
    };
}

/// The browser of a sandbox: in another network, without our cookie.
fn sandbox(mail: &Mail<'_>) -> Browser {
    Browser::new(mail.site).from("198.51.100.20").header("user-agent", "Mozilla/5.0 HeadlessChrome/120.0")
}

fn person(mail: &Mail<'_>) -> Browser {
    Browser::new(mail.site).header("user-agent", "Mozilla/5.0 Safari/605.1.15")
}

/// Opens the link and follows the text of the pages.
async fn opens(mail: &Mail<'_>, mut browser: Browser) -> Option<Browser> {
    browser.get(&mail.path).await;
    browser.follow(mail.site, &mail.path, Some(&mail.code)).await;
    Some(browser)
}

const VISITORS: &[Visitor] = visitors! {
    "HEAD, then GET", Scanner, 1, |mail| {
        let mut scanner = sandbox(mail);
        let head = scanner.send("HEAD", &mail.path, None).await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        scanner.get(&mail.path).await;
        None
    }
    "OPTIONS", Scanner, 1, |mail| {
        let answer = sandbox(mail).send("OPTIONS", &mail.path, None).await;
        assert_eq!((answer.status, answer.header("allow")), (200, Some("GET, HEAD, POST, OPTIONS")));
        None
    }
    "headless, no cookies, two GETs", Scanner, 22, |mail| {
        let mut scanner = sandbox(mail).without_cookies();
        scanner.get(&mail.path).await;
        scanner.get(&mail.path).await;
        None
    }
    "two requests within 134 ms", Scanner, 43, |mail| {
        let (mut one, mut other) = (sandbox(mail), sandbox(mail).from("198.51.100.21"));
        one.get(&mail.path).await;
        mail.site.clock.pass(Duration::from_millis(134));
        other.get(&mail.path).await;
        None
    }
    "runs the script and sends the form at once", Scanner, 10, |mail| {
        let mut scanner = sandbox(mail);
        scanner.get(&mail.path).await;
        scanner.submit(&mail.path, None).await;
        None
    }
    "sends the form after 2 s, and what comes back, four times", Scanner, 10, |mail| {
        let mut scanner = sandbox(mail);
        scanner.get(&mail.path).await;
        for _ in 0..4 {
            mail.site.clock.pass(2 * SECOND);
            scanner.submit(&mail.path, None).await;
        }
        None
    }
    "sends the form with every field filled", Scanner, 10, |mail| {
        let mut scanner = sandbox(mail);
        scanner.get(&mail.path).await;
        for text in ["test", "1", "12345678", "password"] {
            mail.site.clock.pass(2 * SECOND);
            scanner.submit(&mail.path, Some(text)).await;
        }
        None
    }
    "sends the form without cookies", Scanner, 600, |mail| {
        let mut scanner = sandbox(mail).without_cookies();
        scanner.get(&mail.path).await;
        mail.site.clock.pass(2 * SECOND);
        scanner.submit(&mail.path, None).await;
        scanner.submit(&mail.path, None).await;
        None
    }
    "another network with a person's agent, 12 s later", Scanner, 12, |mail| {
        let mut scanner = person(mail).from("203.0.113.200");
        scanner.get(&mail.path).await;
        mail.site.clock.pass(2 * SECOND);
        scanner.submit(&mail.path, None).await;
        None
    }
    "listed, sends the form three days later", Scanner, 3 * 86_400, |mail| {
        let mut scanner = sandbox(mail).from(SCANNER);
        scanner.get(&mail.path).await;
        mail.site.clock.pass(2 * SECOND);
        scanner.submit(&mail.path, None).await;
        None
    }
    "listed, sends the form at once", Scanner, 3, |mail| {
        let mut scanner = sandbox(mail).from(SCANNER);
        scanner.get(&mail.path).await;
        scanner.submit(&mail.path, None).await;
        None
    }
    "POSTs without a page", Scanner, 5, |mail| {
        let mut scanner = sandbox(mail);
        scanner.send("POST", &mail.path, Some("")).await;
        scanner.send("POST", &mail.path, Some("nonce=&confirm=1")).await;
        None
    }
    "writes the address in capitals, with a query", Scanner, 5, |mail| {
        let mut scanner = sandbox(mail);
        scanner.get(&format!("{}?utm_source=mail", mail.path)).await;
        let (before, token) = mail.path.rsplit_once('/').unwrap();
        assert_eq!(scanner.get(&format!("{before}/{}", token.to_uppercase())).await.status, 200);
        None
    }
    "one that takes tokens out of addresses", Scanner, 5, |mail| {
        let (before, token) = mail.path.rsplit_once('/').unwrap();
        assert_eq!(sandbox(mail).get(&format!("{before}/{}", &token[..20])).await.status, 404);
        None
    }
    "preview of a chat program", Scanner, 2, |mail| {
        let mut bot = Browser::new(mail.site).header("user-agent", "Slackbot-LinkExpanding 1.0").header("range", "bytes=0-32768");
        bot.get(&mail.path).await;
        None
    }
    "prefetch by an app, with the person's cookies", Scanner, 2, |mail| {
        let mut app = mail.asking.clone().header("sec-purpose", "prefetch;anonymous-client-ip");
        assert!(app.get(&mail.path).await.cookies().is_empty());
        None
    }
    "PUT, DELETE and PATCH", Scanner, 2, |mail| {
        for method in ["PUT", "DELETE", "PATCH", "PROPFIND"] {
            assert_eq!(sandbox(mail).send(method, &mail.path, Some("x=y")).await.status, 405);
        }
        None
    }
    "the browser that asked", Person, 20, |mail| { opens(mail, mail.asking.clone()).await }
    "the browser that asked, behind a listed gateway", Person, 20, |mail| { opens(mail, mail.asking.clone().from(SCANNER)).await }
    "another browser, at once", Person, 20, |mail| { opens(mail, person(mail)).await }
    "another browser, ten minutes later", Person, 600, |mail| { opens(mail, person(mail)).await }
    "an app's own browser, at once", Person, 15, |mail| {
        opens(mail, person(mail).header("user-agent", "iPhone; Mobile/15E148 Instagram")).await
    }
    "behind a listed gateway, three days later", Person, 3 * 86_400, |mail| { opens(mail, person(mail).from(SCANNER)).await }
    "an old browser that sends no Origin", Person, 600, |mail| {
        let mut browser = person(mail);
        browser.origin = None;
        opens(mail, browser).await
    }
    "a browser that hides its origin but says same-origin", Person, 600, |mail| {
        let mut browser = person(mail).header("sec-fetch-site", "same-origin");
        browser.origin = Some("null".to_owned());
        opens(mail, browser).await
    }
    "double click", Person, 600, |mail| {
        let mut browser = person(mail);
        browser.get(&mail.path).await;
        mail.site.clock.pass(2 * SECOND);
        let mut twice = browser.clone();
        let (one, other) = tokio::join!(browser.submit(&mail.path, None), twice.submit(&mail.path, None));
        assert_eq!((one.status, &one.body), (other.status, &other.body));
        assert_eq!(one.cookies(), other.cookies());
        Some(browser)
    }
    "reloads the answer, goes back and presses again", Person, 600, |mail| {
        let mut browser = person(mail);
        let page = browser.get(&mail.path).await;
        mail.site.clock.pass(2 * SECOND);
        for _ in 0..3 {
            browser.page = Some(page.clone());
            assert_eq!(browser.submit(&mail.path, None).await.status, 200);
            mail.site.clock.pass(10 * SECOND);
        }
        // The person opens the link in the mail again, and sees no accusation.
        assert_eq!(browser.clone().get(&mail.path).await.status, 200);
        browser.clicks = 1;
        Some(browser)
    }
    "opens it in two tabs, and presses in the first", Person, 600, |mail| {
        let mut browser = person(mail);
        let first = browser.get(&mail.path).await;
        mail.site.clock.pass(SECOND);
        browser.get(&mail.path).await;
        browser.page = Some(first);
        browser.follow(mail.site, &mail.path, None).await;
        Some(browser)
    }
    "long press, then opens it", Person, 600, |mail| {
        let mut browser = person(mail);
        browser.clone().header("x-purpose", "preview").get(&mail.path).await;
        browser.get(&mail.path).await;
        browser.follow(mail.site, &mail.path, None).await;
        Some(browser)
    }
    "prefetched, then shown without another request", Person, 600, |mail| {
        let mut browser = person(mail);
        let page = browser.clone().header("sec-purpose", "prefetch;prerender").get(&mail.path).await;
        assert!(page.cookies().is_empty());
        browser.page = Some(page);
        browser.follow(mail.site, &mail.path, None).await;
        Some(browser)
    }
    "prefetched and shown at once", Person, 20, |mail| {
        let mut browser = person(mail);
        let page = browser.clone().header("purpose", "prefetch").get(&mail.path).await;
        browser.page = Some(page);
        browser.follow(mail.site, &mail.path, Some(&mail.code)).await;
        Some(browser)
    }
    "types the digits with blanks", Person, 20, |mail| {
        let mut browser = person(mail);
        browser.get(&mail.path).await;
        browser.follow(mail.site, &mail.path, Some(&format!("{}+{}", &mail.code[..2], &mail.code[2..]))).await;
        Some(browser)
    }
    "a mail program that takes the full stop along", Person, 600, |mail| {
        let mut browser = person(mail);
        let path = format!("{}.", mail.path);
        browser.get(&path).await;
        browser.follow(mail.site, &path, None).await;
        Some(browser)
    }
    "waits a minute on the page before the click", Person, 600, |mail| {
        let mut browser = person(mail);
        browser.get(&mail.path).await;
        mail.site.clock.pass(60 * SECOND);
        browser.follow(mail.site, &mail.path, None).await;
        Some(browser)
    }
};

/// Sends a mail, lets these visitors come, and checks who succeeded.
async fn play(site: &Site, visitors: &[&Visitor]) {
    let names: Vec<&str> = visitors.iter().map(|visitor| visitor.name).collect();
    static MAILS: AtomicUsize = AtomicUsize::new(0);
    let subject = format!("{}: {}", MAILS.fetch_add(1, Ordering::Relaxed), names.join(" + "));
    let mut asking = Browser::new(site);
    let request = actix_web::test::TestRequest::default().to_http_request();
    let known = site.links.browser(&request).unwrap();
    asking.keep(known.set_cookie().1.to_str().unwrap());
    let issued = site.issue(&subject).browser(&known).show_code().await.unwrap();
    let (path, code) = (issued.path().to_owned(), issued.code().unwrap().to_owned());
    let mail = Mail { site, path, code, asking };
    let mut passed = 0;
    for visitor in visitors {
        site.clock.pass(Duration::from_secs(visitor.after.saturating_sub(passed)));
        passed = passed.max(visitor.after);
        let Outcome(browser) = (visitor.visit)(&mail).await;
        match (visitor.kind, browser) {
            (Scanner, None) => assert_eq!(site.calls.of(&subject), 0, "{subject}: {} consumed", visitor.name),
            (Person, Some(browser)) => {
                let page = browser.page.unwrap();
                assert_eq!(
                    (page.status, page.body.as_str()),
                    (200, format!("{subject} done").as_str()),
                    "{}",
                    visitor.name
                );
                assert_eq!(site.calls.of(&subject), 1, "{subject}");
                assert!(browser.clicks <= 2, "{subject}: {} clicks", browser.clicks);
            }
            _ => unreachable!("{}", visitor.name),
        }
    }
}

async fn everybody(site: &Site) {
    let (scanners, persons): (Vec<&Visitor>, Vec<&Visitor>) =
        VISITORS.iter().partition(|visitor| visitor.kind == Scanner);
    assert!(VISITORS.len() >= 30 && scanners.len() >= 15 && persons.len() >= 15);
    for scanner in &scanners {
        // The last visitor, in an unknown browser, still finds a usable link.
        let last = persons.iter().find(|person| person.name == "another browser, ten minutes later").unwrap();
        play(site, &[scanner, last]).await;
    }
    for person in &persons {
        play(site, &[person]).await;
        for scanner in &scanners {
            // A gateway's scanner comes first, with any behaviour, and the person comes at any later time.
            if scanner.after <= person.after {
                play(site, &[scanner, person]).await;
            }
        }
    }
    // All scanners, and then a person who is late and has the address of one of them.
    let mut all = scanners;
    all.push(persons.iter().find(|person| person.after > 86_400).unwrap());
    all.sort_by_key(|visitor| visitor.after);
    play(site, &all).await;
}

#[actix_web::test]
async fn everybody_with_links_in_memory() {
    everybody(&Site::start()).await;
}

#[cfg(feature = "redis")]
#[actix_web::test]
async fn everybody_with_links_in_redis() {
    let Some(redis) = crate::redis_server::Running::start() else { return };
    let clock = crate::site::Clock::new();
    everybody(&Site::with(redis.store().clock(clock.read()), clock)).await;
}

/// A scanner that sends the POST with which mail programs unsubscribe.
#[actix_web::test]
async fn only_links_that_were_issued_so_take_one_click() {
    let site = Site::start();
    let plain = site.issue("plain").await.unwrap();
    let one_click = site.issue("reader").one_click().await.unwrap();
    let body = "List-Unsubscribe=One-Click";
    for (issued, calls) in [(&plain, 0), (&one_click, 1)] {
        // From a server of Google: no cookie, no origin, no page, and at once.
        let mut program = Browser::new(&site).without_cookies();
        program.origin = None;
        let answer = program.send("POST", issued.path(), Some(body)).await;
        let subject = if calls == 1 { "reader" } else { "plain" };
        assert_eq!(site.calls.of(subject), calls, "{answer:?}");
        if calls == 1 {
            assert_eq!((answer.status, answer.body.as_str()), (200, "reader done"));
            // It may send the POST again, at once or a day later, and gets no error.
            assert_eq!(program.send("POST", issued.path(), Some(body)).await.body, "reader done");
            site.clock.pass(Duration::from_secs(86_400));
            assert_eq!(program.send("POST", issued.path(), Some(body)).await.status, 200);
            assert_eq!(site.calls.of("reader"), 1);
        }
    }
    // The same link in the mail's text, opened by scanners and people, behaves like any other.
    let other = site.issue("other reader").one_click().await.unwrap();
    let mut scanner = Browser::new(&site);
    scanner.get(other.path()).await;
    site.clock.pass(SECOND);
    scanner.submit(other.path(), None).await;
    scanner.send("POST", other.path(), Some(&format!("{body}&x=y"))).await;
    assert_eq!(site.calls.of("other reader"), 0);
    let listed = Browser::new(&site).from(SCANNER).header("content-type", "multipart/form-data; boundary=b");
    let part = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    assert_eq!(listed.clone().send("POST", other.path(), Some(part)).await.status, 200);
    assert_eq!(site.calls.of("other reader"), 1);
}
