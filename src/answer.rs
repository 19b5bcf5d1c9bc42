//! `[block]` and `[decoy]`: what a refused request is answered with, ready before the first request comes.

use bytes::Bytes;
use http::{HeaderValue, StatusCode};

/// Stands in a body for the reference code.
const PLACEHOLDER: &str = "{reference}";

/// A fixed answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: Option<HeaderValue>,
    body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Body {
    Fixed(Bytes),
    /// What stands between the places for the reference code.
    Template(Vec<Bytes>),
}

impl Answer {
    /// An answer whose body is sent as it is.
    pub(crate) fn fixed(status: StatusCode, content_type: Option<HeaderValue>, body: Bytes) -> Self {
        Self { status, content_type, body: Body::Fixed(body) }
    }

    /// An answer whose body may show the reference code.
    pub(crate) fn with_reference(status: StatusCode, content_type: Option<HeaderValue>, body: Bytes) -> Self {
        let marker = PLACEHOLDER.as_bytes();
        let mut parts = Vec::new();
        let mut start = 0;
        let mut at = 0;
        while at + marker.len() <= body.len() {
            if body[at..].starts_with(marker) {
                parts.push(body.slice(start..at));
                at += marker.len();
                start = at;
            } else {
                at += 1;
            }
        }
        if parts.is_empty() {
            return Self::fixed(status, content_type, body);
        }
        parts.push(body.slice(start..));
        Self { status, content_type, body: Body::Template(parts) }
    }

    /// The body to send, with the code in its places.
    pub(crate) fn body(&self, reference: &str) -> Bytes {
        match &self.body {
            Body::Fixed(body) => body.clone(),
            Body::Template(parts) => parts.join(reference.as_bytes()).into(),
        }
    }
}

/// `[decoy]`: where the decoy comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Decoy {
    /// Whether the application is asked for its own 404; else, and where its answer is no 404, `fallback` is sent.
    pub(crate) ask_app: bool,
    /// Whether the application's answer stands whatever its status.
    pub(crate) accept_any_status: bool,
    pub(crate) fallback: Answer,
}
