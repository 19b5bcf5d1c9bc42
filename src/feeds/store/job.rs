//! One attempt to fetch a list. It does not use the store, so it may run on any thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::feeds::collect::EntryCounts;
use crate::feeds::content::Content;
use crate::feeds::fetch::{Client, FetchError, Fetched, Request, RetryAfter, Validators};
use crate::feeds::spec::FeedSpec;
use crate::util::escape::escaped;

/// A job for one list.
#[derive(Debug)]
pub(crate) struct Job {
    /// The number of its slot.
    pub(super) serial: u64,
    pub(super) spec: FeedSpec,
    pub(super) validators: Validators,
}

/// The result of a job, for [`FeedStore::finish`](super::FeedStore::finish).
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(super) serial: u64,
    pub(super) answer: Result<Answer, Failure>,
}

impl Outcome {
    /// The result of a job that panicked.
    pub(crate) fn panicked(&self) -> Self {
        Self { serial: self.serial, answer: Err(Failure::panicked()) }
    }
}

/// The answer of the server.
#[derive(Debug)]
pub(super) enum Answer {
    NotModified,
    List { content: Content, counts: EntryCounts, validators: Validators, digest: [u8; 32] },
}

/// The reason for the failure, in one line.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) reason: String,
    pub(super) retry_after: Option<RetryAfter>,
}

impl Failure {
    /// The text may come from a server, so it is escaped.
    pub(super) fn refused(reason: &str) -> Self {
        Self { reason: escaped(reason).into_owned(), retry_after: None }
    }

    /// The message of the panic is not repeated, since it may contain a secret URL. The panic hook has reported it.
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
    /// Fetches the list and parses it. Takes as long as the client's timeout allows.
    ///
    /// A panic is a failure like any other: the thread has other lists to fetch, and will retry this one.
    pub(crate) fn run(&self, client: &Client) -> Outcome {
        // No state is used after a panic: a job runs once, and a client keeps no state between jobs.
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
