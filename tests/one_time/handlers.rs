//! Reserve, run, commit: the state of a link whose handler fails, panics, takes too long, or loses its process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_scanner_guard::one_time::{
    self, Attempt, Commit, Confirmed, Event, FoundLink, LinkRecord, Links, MemoryStore, Reservation, Store, StoreError,
    StoreFuture,
};
use actix_web::{HttpResponse, web};
use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;

use crate::browser::{Answer, Browser};
use crate::site::{Calls, Clock, SECRET, Site};

/// The behaviour of the handler, call by call.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    Succeeds,
    Answers(u16),
    Errs,
    Panics,
    /// Never answers.
    Hangs,
    /// Answers when the test permits it.
    Waits,
}

#[derive(Clone)]
struct Moods(Arc<Vec<Mood>>, Arc<AtomicUsize>, Arc<(Notify, Notify)>);

async fn moody(
    confirmed: Confirmed,
    moods: web::Data<Moods>,
    calls: web::Data<Calls>,
) -> actix_web::Result<HttpResponse> {
    calls.note(&confirmed);
    let number = moods.1.fetch_add(1, Ordering::SeqCst);
    match moods.0.get(number).copied().unwrap_or(Mood::Succeeds) {
        Mood::Succeeds => {}
        Mood::Answers(status) => {
            return Ok(HttpResponse::build(status.try_into().unwrap()).body("the handler says no"));
        }
        Mood::Errs => return Err(actix_web::error::ErrorConflict("taken already")),
        Mood::Panics => std::panic::resume_unwind(Box::new("a bug")),
        Mood::Hangs => std::future::pending().await,
        Mood::Waits => {
            moods.2.0.notify_one();
            moods.2.1.notified().await;
        }
    }
    Ok(HttpResponse::Ok().body("done"))
}

fn site(moods: &[Mood], set_up: impl Fn(Links) -> Links) -> (Site, Moods) {
    let clock = Clock::new();
    let links = Links::new(SECRET, MemoryStore::new(100).clock(clock.read())).unwrap().clock(clock.read());
    let moods = Moods(Arc::new(moods.to_vec()), Arc::default(), Arc::default());
    let shared = web::Data::new(moods.clone());
    let site = Site::serving(set_up(links), clock, move |config| {
        config.app_data(shared.clone()).service(one_time::scope("/confirm", moody));
    });
    (site, moods)
}

/// Opens the link in a new browser, and presses the button once.
async fn press(site: &Site, path: &str) -> (Browser, Answer) {
    let mut browser = Browser::new(site);
    browser.get(path).await;
    site.clock.pass(Duration::from_secs(2));
    let answer = browser.submit(path, None).await;
    (browser, answer)
}

fn count(site: &Site, event: Event) -> u64 {
    site.links.counts().iter().filter(|count| count.event == event).map(|count| count.requests).sum()
}

#[actix_web::test]
async fn a_handler_that_fails_leaves_the_link_usable() {
    for (mood, status, text) in [
        (Mood::Answers(400), 400, "the handler says no"),
        (Mood::Answers(503), 503, "the handler says no"),
        (Mood::Errs, 409, "taken already"),
        (Mood::Panics, 500, "Your link still works"),
        (Mood::Hangs, 500, "Your link still works"),
    ] {
        // The clock of the tests does not reach the end of a lease of 30 s, so only a release makes the link usable
        // again.
        let lease = Duration::from_millis(if mood == Mood::Hangs { 300 } else { 30_000 });
        let (site, _) = site(&[mood], move |links| links.lease(lease));
        let issued = site.old_link("a").await;
        let (mut browser, answer) = press(&site, issued.path()).await;
        assert_eq!(answer.status, status, "{mood:?}");
        assert!(answer.body.contains(text), "{mood:?}: {}", answer.body);
        assert_eq!(
            (answer.header("cache-control"), answer.header("referrer-policy")),
            (Some("no-store"), Some("no-referrer"))
        );
        // Another visitor can use it at once, or the same person if nobody did.
        if mood == Mood::Panics {
            assert_eq!(browser.follow(&site, issued.path(), None).await.body, "done");
        } else {
            assert_eq!(press(&site, issued.path()).await.1.body, "done", "{mood:?}");
        }
        let keys = site.calls.keys("a");
        assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
        assert_eq!((count(&site, Event::Failed), count(&site, Event::Consumed)), (1, 1));
    }
}

#[actix_web::test]
async fn a_handler_that_redirects_has_succeeded() {
    let (site, _) = site(&[Mood::Answers(303)], |links| links);
    let issued = site.old_link("a").await;
    assert_eq!(press(&site, issued.path()).await.1.status, 303);
    assert_eq!(press(&site, issued.path()).await.1.status, 410);
    assert_eq!(site.calls.of("a"), 1);
}

/// The first connection closes, as in browsers on a second click. The handler continues, and the second connection gets
/// its answer.
#[actix_web::test]
async fn a_visitor_who_goes_away_and_comes_back_gets_the_answer() {
    let (site, moods) = site(&[Mood::Waits], |links| links);
    let issued = site.old_link("a").await;
    let mut browser = Browser::new(&site);
    let page = browser.get(issued.path()).await;
    site.clock.pass(Duration::from_secs(2));
    let body = format!("nonce={}", page.nonce().unwrap());
    let request = format!(
        "POST {} HTTP/1.1\r\nhost: shop.example\r\norigin: https://shop.example\r\ncookie: {}\r\ncontent-length: {}\r\n\r\n{body}",
        issued.path(),
        browser.cookies(issued.path()),
        body.len()
    );
    let mut connection = tokio::net::TcpStream::connect(site.address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    moods.2.0.notified().await;
    drop(connection);
    // Another visitor is asked to wait, and does not read that the link was used.
    assert_eq!(press(&site, issued.path()).await.1.status, 409);
    let second = browser.submit(issued.path(), None);
    moods.2.1.notify_one();
    assert_eq!(second.await.body, "done");
    assert_eq!(site.calls.of("a"), 1);
}

/// If a handler's process dies, the lease ends and the link is usable.
#[actix_web::test]
async fn a_process_that_dies_leaves_the_link_to_the_next_after_its_lease() {
    let (site, moods) = site(&[Mood::Waits], |links| links);
    let issued = site.old_link("a").await;
    let mut browser = Browser::new(&site);
    browser.get(issued.path()).await;
    site.clock.pass(Duration::from_secs(2));
    let path = issued.path().to_owned();
    let waiting = actix_web::rt::spawn(async move { browser.submit(&path, None).await });
    moods.2.0.notified().await;
    site.clock.pass(Duration::from_secs(20));
    assert_eq!(press(&site, issued.path()).await.1.status, 409);
    site.clock.pass(Duration::from_secs(10));
    assert_eq!(press(&site, issued.path()).await.1.body, "done");
    waiting.abort();
}

/// A store that fails on demand.
#[derive(Clone)]
struct Faulty {
    inner: MemoryStore,
    commits_to_fail: Arc<AtomicUsize>,
    away: Arc<std::sync::atomic::AtomicBool>,
}

impl Faulty {
    fn run<'a, T: Send + 'a>(&'a self, fails: bool, future: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        if fails || self.away.load(Ordering::SeqCst) {
            let error = StoreError::new("the store", std::io::Error::from(std::io::ErrorKind::ConnectionRefused));
            return Box::pin(std::future::ready(Err(error)));
        }
        future
    }
}

impl Store for Faulty {
    fn insert<'a>(&'a self, key: &'a str, record: &'a LinkRecord, ttl: Duration) -> StoreFuture<'a, ()> {
        self.run(false, self.inner.insert(key, record, ttl))
    }
    fn look<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<FoundLink>> {
        self.run(false, self.inner.look(key))
    }
    fn reserve<'a>(&'a self, key: &'a str, attempt: &'a Attempt) -> StoreFuture<'a, Reservation> {
        self.run(false, self.inner.reserve(key, attempt))
    }
    fn commit<'a>(&'a self, key: &'a str, attempt: &'a Attempt, commit: &'a Commit) -> StoreFuture<'a, ()> {
        let left = self.commits_to_fail.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() {
            return self.run(true, Box::pin(std::future::ready(Ok(()))));
        }
        self.run(false, self.inner.commit(key, attempt, commit))
    }
    fn release<'a>(&'a self, key: &'a str, attempt: &'a Attempt) -> StoreFuture<'a, ()> {
        self.run(false, self.inner.release(key, attempt))
    }
}

fn faulty() -> (Site, Faulty) {
    let clock = Clock::new();
    let inner = MemoryStore::new(100).clock(clock.read());
    let store = Faulty { inner, commits_to_fail: Arc::default(), away: Arc::default() };
    (Site::with(store.clone(), clock), store)
}

#[actix_web::test]
async fn a_store_that_is_away_is_a_clear_answer_and_loses_nothing() {
    let (site, store) = faulty();
    let issued = site.old_link("a").await;
    let mut browser = Browser::new(&site);
    browser.get(issued.path()).await;
    let page = browser.page.clone();
    site.clock.pass(Duration::from_secs(2));
    store.away.store(true, Ordering::SeqCst);
    for answer in [browser.clone().get(issued.path()).await, browser.submit(issued.path(), None).await] {
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("10")));
        assert!(answer.body.contains("Your link still works") && answer.cookies().is_empty());
    }
    let error = site.issue("b").await.unwrap_err();
    assert_eq!(error.to_string(), "the store: connection refused");
    assert_eq!(actix_web::ResponseError::status_code(&error), 503);
    store.away.store(false, Ordering::SeqCst);
    browser.page = page;
    assert_eq!(browser.submit(issued.path(), None).await.body, "a done");
    assert_eq!(site.calls.of("a"), 1);
}

/// The handler succeeded, but the store fails at first: the visitor has the answer, and the use is committed later.
#[actix_web::test]
async fn a_use_that_the_store_did_not_hear_of_is_told_again() {
    let (site, store) = faulty();
    let issued = site.old_link("a").await;
    store.commits_to_fail.store(2, Ordering::SeqCst);
    assert_eq!(press(&site, issued.path()).await.1.body, "a done");
    // Until then, its lease reserves it.
    let (mut other, mut answer) = press(&site, issued.path()).await;
    site.clock.pass(Duration::from_secs(2));
    let page = other.page.clone();
    while answer.status == 409 {
        other.page = page.clone();
        answer = other.submit(issued.path(), None).await;
    }
    assert_eq!((answer.status, site.calls.of("a")), (410, 1));
}
