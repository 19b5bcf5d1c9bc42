//! The guard's own answers, as actix responses.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use actix_web::{HttpResponse, ResponseError};

use super::tag::ScannerMatch;
use crate::answer::Answer;
use crate::engine::Engine;

/// Whether this status is one for unknown paths, or one that does not depend on the path but on the form of the
/// request. For example, a page for unknown paths that reads the body answers 413 to a long one, and a folder of files
/// answers 405 to POST.
pub(super) fn is_not_found(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::NOT_FOUND
            | StatusCode::GONE
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::BAD_REQUEST
            | StatusCode::NOT_ACCEPTABLE
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::LENGTH_REQUIRED
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::URI_TOO_LONG
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::RANGE_NOT_SATISFIABLE
            | StatusCode::EXPECTATION_FAILED
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    )
}

/// The answer to a blocked request.
pub(super) fn block(engine: &Engine, tag: &ScannerMatch) -> HttpResponse {
    let mut response = response(engine.block(), tag.reference());
    // A shared cache must not send a scanner's refusal to people.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The static decoy. Without a body it is the answer of actix-web to an unknown path.
pub(super) fn fallback(engine: &Engine) -> HttpResponse {
    response(&engine.decoy().fallback, "")
}

fn response(answer: &Answer, reference: &str) -> HttpResponse {
    let mut builder = HttpResponse::build(answer.status);
    if let Some(content_type) = &answer.content_type {
        builder.insert_header((CONTENT_TYPE, content_type.clone()));
    }
    let body = answer.body(reference);
    if body.is_empty() { builder.finish() } else { builder.body(body) }
}

/// The static decoy as an error, if an inner middleware failed with another error.
#[derive(Debug)]
pub(super) struct FallbackError {
    answer: Answer,
}

impl FallbackError {
    pub(super) fn new(engine: &Engine) -> Self {
        Self { answer: engine.decoy().fallback.clone() }
    }
}

impl fmt::Display for FallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not found")
    }
}

impl ResponseError for FallbackError {
    fn status_code(&self) -> StatusCode {
        self.answer.status
    }

    fn error_response(&self) -> HttpResponse {
        response(&self.answer, "")
    }
}
