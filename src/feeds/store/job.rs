//! One attempt to fetch a list. It knows nothing of the store, so it may run on any thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::collect::Counts;
use super::super::content::Content;
use super::super::fetch::{Client, FetchError, Fetched, Request, RetryAfter, Validators};
use super::super::spec::FeedSpec;
use crate::util::escape::escaped;

/// What is to be done for a list.
#[derive(Debug)]
pub(crate) struct Job {
    /// Of the slot that it is for.
    pub(super) serial: u64,
    pub(super) spec: FeedSpec,
    pub(super) validators: Validators,
}

/// What came of it; for [`FeedStore::finish`](super::FeedStore::finish).
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(super) serial: u64,
    pub(super) answer: Result<Answer, Failure>,
}

impl Outcome {
    /// What came of the same job, where nothing can be done with it without a panic.
    pub(crate) fn panicked(&self) -> Self {
        Self { serial: self.serial, answer: Err(Failure::panicked()) }
    }
}

/// What the server sent.
#[derive(Debug)]
pub(super) enum Answer {
    NotModified,
    List { content: Content, counts: Counts, validators: Validators, digest: [u8; 32] },
}

/// Why there is no list, in a line.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) reason: String,
    pub(super) retry_after: Option<RetryAfter>,
}

impl Failure {
    /// The text may be a server's, so it is kept from writing lines of its own into a log.
    pub(super) fn refused(reason: &str) -> Self {
        Self { reason: escaped(reason).into_owned(), retry_after: None }
    }

    /// What the panic says is not repeated here, since it may hold what is secret in an address; where panics are
    /// reported, it has been.
    fn panicked() -> Self {
        Self::refused(
            "the attempt ended in a panic, which is a fault of this crate, of its dependencies or of a logger",
        )
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self { retry_after: error.retry_after(), ..Self::refused(&error.to_string()) }
    }
}

impl Job {
    /// Asks the server and reads what it sends. Takes as long as the client's timeout allows.
    ///
    /// A panic is a failure like any other: the thread that runs it has other lists to fetch, and this one again.
    pub(crate) fn run(&self, client: &Client) -> Outcome {
        // Nothing that it may leave half done is looked at afterwards: a job is run once, and a client has no state
        // but idle connections, of which it keeps none.
        let answer = catch_unwind(AssertUnwindSafe(|| self.ask(client)));
        Outcome { serial: self.serial, answer: answer.unwrap_or_else(|_| Err(Failure::panicked())) }
    }

    fn ask(&self, client: &Client) -> Result<Answer, Failure> {
        let spec = &self.spec;
        let fetched = client.fetch(&Request {
            url: &spec.url,
            allow_insecure: spec.allow_insecure,
            allow_private: spec.allow_private_redirects,
            header: spec.header.as_ref(),
            validators: &self.validators,
            sha256: spec.sha256,
            key_set: spec.is_key_set(),
        })?;
        let body = match fetched {
            Fetched::NotModified => return Ok(Answer::NotModified),
            Fetched::List(body) => body,
        };
        let (content, counts) = Content::fetched(&body.bytes, spec).map_err(|reason| Failure::refused(&reason))?;
        Ok(Answer::List { content, counts, validators: body.validators, digest: body.digest })
    }
}
