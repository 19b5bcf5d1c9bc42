//! The operations that every store must support, as one table of steps for each store.

use std::time::Duration;

use actix_scanner_guard::one_time::{Attempt, Commit, FoundLink, LinkRecord, MemoryStore, Reservation, State, Store};

use crate::site::Clock;

const KEY: &str = "00ff";
const HOUR: Duration = Duration::from_secs(3_600);

fn record() -> LinkRecord {
    serde_json::from_str(r#"{"purpose":"p","subject":"ü\u0000\"","path":"/confirm","sent_at":7}"#).unwrap()
}

fn attempt(holder: &str, lease: &str) -> Attempt {
    Attempt { holder: holder.to_owned(), lease: lease.to_owned(), duration: Duration::from_secs(30) }
}

fn commit(answer: &[u8]) -> Commit {
    Commit { answer: answer.to_vec(), repeatable: Duration::from_secs(60) }
}

fn held(same_holder: bool) -> Reservation {
    Reservation::Held { same_holder }
}

fn used(same_holder: bool) -> Reservation {
    Reservation::Used { same_holder }
}

async fn state(store: &impl Store) -> Option<State> {
    store.look(KEY).await.unwrap().map(|FoundLink { record: found, state }| {
        assert_eq!(found, record());
        state
    })
}

/// The whole life of a link.
async fn lives(store: &impl Store, clock: &Clock) {
    let (one, other, third) = (attempt("one", "1"), attempt("other", "2"), attempt("one", "3"));
    assert_eq!(state(store).await, None);
    assert_eq!(store.reserve(KEY, &one).await.unwrap(), Reservation::Missing);
    store.commit(KEY, &one, &commit(b"x")).await.unwrap();
    store.release(KEY, &one).await.unwrap();
    assert_eq!(state(store).await, None);

    store.insert(KEY, &record(), HOUR).await.unwrap();
    assert_eq!(state(store).await, Some(State::Usable));
    // Reserved by one attempt. A repetition with the same lease, as after a lost answer, still has it.
    for _ in 0..2 {
        assert_eq!(store.reserve(KEY, &one).await.unwrap(), Reservation::Reserved);
    }
    assert_eq!(store.reserve(KEY, &other).await.unwrap(), held(false));
    assert_eq!(store.reserve(KEY, &third).await.unwrap(), held(true));
    assert_eq!(state(store).await, Some(State::Usable));
    // An attempt cannot release the reservation of another one.
    store.release(KEY, &other).await.unwrap();
    assert_eq!(store.reserve(KEY, &other).await.unwrap(), held(false));
    store.release(KEY, &one).await.unwrap();
    assert_eq!(store.reserve(KEY, &other).await.unwrap(), Reservation::Reserved);
    // The process dies, and the lease ends.
    clock.pass(Duration::from_millis(29_999));
    assert_eq!(store.reserve(KEY, &one).await.unwrap(), held(false));
    clock.pass(Duration::from_millis(1));
    assert_eq!(store.reserve(KEY, &one).await.unwrap(), Reservation::Reserved);
    // The first attempt was only slow, and commits now: the link is used.
    let answer = b"200 whole\n\n\x00\xff".to_vec();
    store.commit(KEY, &other, &commit(&answer)).await.unwrap();
    store.commit(KEY, &one, &commit(b"second")).await.unwrap();
    assert_eq!(state(store).await, Some(State::Used { holder: "other".to_owned() }));
    assert_eq!(store.reserve(KEY, &one).await.unwrap(), used(false));
    assert_eq!(store.reserve(KEY, &attempt("other", "9")).await.unwrap(), Reservation::Repeated { answer });
    store.release(KEY, &other).await.unwrap();
    store.insert(KEY, &record(), HOUR).await.unwrap();
    clock.pass(Duration::from_secs(60));
    assert_eq!(store.reserve(KEY, &attempt("other", "9")).await.unwrap(), used(true));
    // The used link is kept for longer than it could have been used.
    clock.pass(2 * HOUR);
    assert_eq!(store.reserve(KEY, &one).await.unwrap(), used(false));
    assert_eq!(state(store).await, Some(State::Used { holder: "other".to_owned() }));
}

/// A link without a use.
async fn expires(store: &impl Store, clock: &Clock) {
    store.insert("01", &record(), HOUR).await.unwrap();
    clock.pass(HOUR - Duration::from_millis(1));
    assert_eq!(store.reserve("01", &attempt("one", "1")).await.unwrap(), Reservation::Reserved);
    clock.pass(Duration::from_millis(1));
    assert!(store.look("01").await.unwrap().is_none());
    assert_eq!(store.reserve("01", &attempt("one", "2")).await.unwrap(), Reservation::Missing);
    // The handler began in time.
    store.commit("01", &attempt("one", "1"), &commit(b"x")).await.unwrap();
    assert_eq!(store.reserve("01", &attempt("two", "3")).await.unwrap(), used(false));
}

#[actix_web::test]
async fn memory() {
    let clock = Clock::new();
    let store = MemoryStore::new(10).clock(clock.read());
    lives(&store, &clock).await;
    expires(&store, &clock).await;
    assert_eq!(store.len(), 2);
}

#[cfg(feature = "redis")]
#[actix_web::test]
async fn redis() {
    let Some(server) = crate::redis_server::Running::start() else { return };
    let clock = Clock::new();
    let store = server.store().clock(clock.read());
    lives(&store, &clock).await;
    expires(&store, &clock).await;
}

/// With the server's own clock and expiry.
#[cfg(feature = "redis")]
#[actix_web::test]
async fn redis_by_the_servers_clock() {
    let Some(server) = crate::redis_server::Running::start() else { return };
    let store = server.store();
    store.insert(KEY, &record(), HOUR).await.unwrap();
    let short = Attempt { duration: Duration::from_millis(50), ..attempt("one", "1") };
    assert_eq!(store.reserve(KEY, &short).await.unwrap(), Reservation::Reserved);
    while store.reserve(KEY, &attempt("two", "2")).await.unwrap() == held(false) {}
    let commit = Commit { answer: b"secret".to_vec(), repeatable: Duration::from_millis(50) };
    store.commit(KEY, &attempt("two", "2"), &commit).await.unwrap();
    while matches!(store.reserve(KEY, &attempt("two", "3")).await.unwrap(), Reservation::Repeated { .. }) {}
    assert_eq!(store.reserve(KEY, &attempt("two", "3")).await.unwrap(), used(true));
}

#[actix_web::test]
async fn a_full_memory_forgets_used_links_and_no_others() {
    let clock = Clock::new();
    let store = MemoryStore::new(3).clock(clock.read());
    for key in ["a", "b", "c"] {
        store.insert(key, &record(), HOUR).await.unwrap();
    }
    let error = store.insert("d", &record(), HOUR).await.unwrap_err();
    assert_eq!(error.to_string(), "the store is full: none of its 3 links has been used yet");
    store.reserve("b", &attempt("one", "1")).await.unwrap();
    store.commit("b", &attempt("one", "1"), &commit(b"x")).await.unwrap();
    store.insert("d", &record(), HOUR).await.unwrap();
    assert!(store.look("b").await.unwrap().is_none());
    assert!(store.look("a").await.unwrap().is_some());
    // Expired links are deleted for new ones, and a day later all of them are deleted.
    clock.pass(HOUR);
    store.insert("e", &record(), HOUR).await.unwrap();
    assert_eq!(store.len(), 1);
    clock.pass(25 * HOUR);
    store.insert("f", &record(), HOUR).await.unwrap();
    assert_eq!(store.len(), 1);
}
