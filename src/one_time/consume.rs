//! Uses a link exactly once: reserve, run the handler, commit.
//!
//! The handler runs in its own task, which continues after the visitor disconnects: a browser that sends a form twice
//! drops the first connection, and gets the answer on the second.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::http::header::HeaderValue;
use actix_web::rt;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use super::Confirmed;
use super::answer::{self, StoredAnswer};
use super::link::Link;
use super::links::Links;
use super::page::guard_headers;
use super::store::{Attempt, Commit, Reservation, StoreError};
use super::visit;
use crate::LOG_TARGET;

/// The application's handler, with the request's body for its extractors.
pub(super) type Run = Box<dyn FnOnce(HttpRequest, Bytes) -> Pin<Box<dyn Future<Output = HttpResponse>>>>;

/// How long a visitor's request waits for another request of the same visitor.
const MAX_WAIT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

/// If the store cannot be reached, the operation is repeated with pauses between these two lengths, each twice the
/// last.
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(120);

/// The outcome of an attempt to use a link.
pub(super) enum Outcome {
    Consumed(HttpResponse),
    /// The same visitor used it shortly before; with the stored part of the answer.
    Repeated(Option<HttpResponse>),
    RepeatedCookies(Vec<HeaderValue>),
    /// The handler failed.
    Refused(HttpResponse),
    /// The handler panicked or took too long.
    Broken(&'static str),
    Busy,
    Used {
        same_holder: bool,
    },
    Missing,
    Unavailable(StoreError),
}

pub(super) async fn consume(
    links: &Data<Links>,
    req: &HttpRequest,
    link: &Link<'_>,
    holder: String,
    body: Bytes,
    run: Run,
) -> Outcome {
    let Ok(lease) = visit::new_id() else { return Outcome::Broken("no random bytes") };
    let attempt = Attempt { holder, lease, duration: links.lease };
    match reserve(links, &link.key, &attempt).await {
        Ok(Reservation::Reserved) => {}
        Ok(Reservation::Held { .. }) => return Outcome::Busy,
        Ok(Reservation::Repeated { answer }) => return repeated(&answer),
        Ok(Reservation::Used { same_holder }) => return Outcome::Used { same_holder },
        Ok(Reservation::Missing) => return Outcome::Missing,
        Err(error) => {
            // The link may be reserved: perhaps only the store's answer was lost.
            rt::spawn(release_later(links.clone(), link.key.clone(), attempt));
            return Outcome::Unavailable(error);
        }
    }
    let confirmed = Confirmed {
        purpose: link.record.purpose.clone(),
        subject: link.record.subject.clone(),
        idempotency_key: link.keys.text("idempotency", &[link.key.as_bytes()]),
    };
    req.extensions_mut().insert(confirmed);
    let task = rt::spawn(attempted(links.clone(), req.clone(), link.key.clone(), attempt, body, run));
    task.await.unwrap_or(Outcome::Broken("the worker ended"))
}

/// Waits for another attempt of the same visitor.
async fn reserve(links: &Links, key: &str, attempt: &Attempt) -> Result<Reservation, StoreError> {
    let mut waited = Duration::ZERO;
    loop {
        let reservation = links.store.reserve(key, attempt).await?;
        if reservation != (Reservation::Held { same_holder: true }) || waited >= MAX_WAIT {
            return Ok(reservation);
        }
        rt::time::sleep(PAUSE).await;
        waited += PAUSE;
    }
}

fn repeated(answer: &[u8]) -> Outcome {
    match answer::read(answer) {
        Some(StoredAnswer::Whole(response)) => Outcome::Repeated(Some(response)),
        Some(StoredAnswer::Cookies(cookies)) => Outcome::RepeatedCookies(cookies),
        None => Outcome::Repeated(None),
    }
}

/// Runs the handler, and reports the outcome to the store.
async fn attempted(
    links: Data<Links>,
    req: HttpRequest,
    key: String,
    attempt: Attempt,
    body: Bytes,
    run: Run,
) -> Outcome {
    // Dropped shortly before the lease ends, so that no two handlers run for one link.
    let time = attempt.duration - attempt.duration / 30;
    // In its own task, so that a panic ends there.
    let handler = rt::spawn(async move { rt::time::timeout(time, run(req, body)).await });
    let response = match handler.await {
        Ok(Ok(response)) if response.status().as_u16() < 400 => response,
        Ok(Ok(response)) => {
            release(links, key, attempt).await;
            return Outcome::Refused(guarded(response));
        }
        Ok(Err(_)) => {
            release(links, key, attempt).await;
            return Outcome::Broken("the handler took too long");
        }
        Err(_) => {
            release(links, key, attempt).await;
            return Outcome::Broken("the handler panicked");
        }
    };
    let (response, answer) = answer::keep(guarded(response));
    let commit = Commit { answer, repeatable: links.repeatable };
    if let Err(error) = links.store.commit(&key, &attempt, &commit).await {
        log::error!(
            target: LOG_TARGET,
            link = &key[..8];
            "one-time link {link}: the handler succeeded, but the store cannot be reached: {error}; retrying",
            link = &key[..8],
        );
        rt::spawn(commit_later(links, key, attempt, commit));
    }
    Outcome::Consumed(response)
}

fn guarded(mut response: HttpResponse) -> HttpResponse {
    guard_headers(response.headers_mut());
    response
}

/// Repeats until the store confirms, or gives up. If the lease ends first, the handler may run again, with the same
/// idempotency key.
async fn commit_later(links: Data<Links>, key: String, attempt: Attempt, commit: Commit) {
    if !retry_until_done(async || links.store.commit(&key, &attempt, &commit).await.is_ok()).await {
        let link = &key[..8];
        log::error!(target: LOG_TARGET, link = link; "one-time link {link}: the handler succeeded, but the use could not be stored; after the lease, the link can be used again");
    }
}

/// Like [`release`], for a reservation that may not exist.
async fn release_later(links: Data<Links>, key: String, attempt: Attempt) {
    retry_until_done(async || links.store.release(&key, &attempt).await.is_ok()).await;
}

/// Repeats an operation with growing pauses; returns false if it gives up.
async fn retry_until_done(operation: impl AsyncFn() -> bool) -> bool {
    let mut pause = FIRST_RETRY;
    while pause <= LAST_RETRY {
        rt::time::sleep(pause).await;
        if operation().await {
            return true;
        }
        pause *= 2;
    }
    false
}

/// Releases a reservation. If the store cannot be reached, the lease ends by itself.
async fn release(links: Data<Links>, key: String, attempt: Attempt) {
    if let Err(error) = links.store.release(&key, &attempt).await {
        log::warn!(target: LOG_TARGET, "one-time link {}: the reservation could not be released and ends with its lease: {error}", &key[..8]);
    }
}
