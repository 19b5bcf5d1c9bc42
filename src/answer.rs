//! `[block]` and `[decoy]`: the answers to refused requests, prepared before the first request.

use bytes::Bytes;
use http::{HeaderValue, StatusCode};

/// The placeholder for the reference code in a body.
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
    /// The text between the placeholders.
    Template(Vec<Bytes>),
}

impl Answer {
    /// An answer with a constant body.
    pub(crate) fn fixed(status: StatusCode, content_type: Option<HeaderValue>, body: Bytes) -> Self {
        Self { status, content_type, body: Body::Fixed(body) }
    }

    /// An answer whose body may contain the reference code.
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

    /// The body with the code in place of the placeholders.
    pub(crate) fn body(&self, reference: &str) -> Bytes {
        match &self.body {
            Body::Fixed(body) => body.clone(),
            Body::Template(parts) => parts.join(reference.as_bytes()).into(),
        }
    }
}

/// `[decoy]`: the source of the decoy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Decoy {
    /// Whether to use the application's own 404. `fallback` is sent otherwise, and if the application's answer is not a
    /// 404.
    pub(crate) ask_app: bool,
    /// Whether to use the application's answer with any status.
    pub(crate) accept_any_status: bool,
    pub(crate) fallback: Answer,
}
