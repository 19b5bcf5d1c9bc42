//! Removes the markers from the application's answer.

use std::fmt;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use actix_web::{Error, HttpRequest, HttpResponse, ResponseError, web::Bytes};

use super::body::{Available, DecoyBody, ReadAhead};
use super::clean::{Cleaner, without};
use super::cut::fill;
use super::rewrite::Rewritten;
use super::timing;
use super::trace::Traces;

/// Maximum length of a body that is held in memory to clean it.
const MAX_HELD: usize = 1 << 20;

/// Maximum number of bytes of a stream that are read before it is passed on, if they contain no marker.
const MAX_READ: usize = 1 << 16;

/// The answer of the application or of the guard.
pub(in crate::guard) type GuardResponse<B> = ServiceResponse<EitherBody<DecoyBody<B>>>;

/// The purpose of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::guard) enum Purpose {
    /// The path was rewritten.
    Decoy,
    /// The path was not rewritten. The same work is done so that it takes the same time, and the answer stays
    /// unchanged.
    Timing,
}

/// The result for an answer.
#[allow(clippy::large_enum_variant, reason = "it is taken apart at once, and a box would be an allocation")]
pub(in crate::guard) enum Cleaned<B> {
    Done(GuardResponse<B>),
    /// The beginning of the body must be read first.
    PendingBody(PendingBody<B>),
    /// It may contain a marker that cannot be removed.
    Uncleanable(HttpRequest),
}

/// An answer with a stream.
pub(in crate::guard) struct PendingBody<B> {
    head: Option<ServiceResponse<()>>,
    body: Option<ReadAhead<B>>,
    rewritten: Rewritten,
    purpose: Purpose,
    /// Whether the page shows the path and has a promised length, so that the whole body must be read.
    reads_all: bool,
}

/// Removes the markers from headers and body.
///
/// An available body is cleaned at once, so that its length is right. A stream is read as far as data is available. If
/// this is the whole body, it is cleaned as a whole. Otherwise it is cleaned as it arrives. If its length is promised
/// and it shows a marker, it is read to its end.
pub(in crate::guard) fn clean<B: MessageBody>(
    mut response: ServiceResponse<B>,
    rewritten: &mut Rewritten,
    purpose: Purpose,
) -> Cleaned<B> {
    rewritten.note_left(response.request(), purpose);
    let headers_are_clean = clean_headers(response.headers_mut(), rewritten, purpose).is_some();
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    let head = ServiceResponse::new(outer_request(request, rewritten, purpose), head);
    let has_body = !matches!(body.size(), BodySize::None | BodySize::Sized(0));
    if !headers_are_clean || (has_body && is_encoded(head.headers())) {
        // It may contain a marker, which cannot be removed.
        return match purpose {
            Purpose::Decoy => Cleaned::Uncleanable(head.into_parts().0),
            Purpose::Timing => Cleaned::Done(head.map_body(|_, ()| EitherBody::left(DecoyBody::plain(body)))),
        };
    }
    if !has_body {
        // Unchanged: a response without a body has no `content-length: 0`.
        return Cleaned::Done(head.map_body(|_, ()| EitherBody::left(DecoyBody::plain(body))));
    }
    let body = match body.try_into_bytes() {
        Ok(bytes) => return whole(head, &bytes, rewritten, purpose),
        Err(body) => body,
    };
    let body = ReadAhead::new(body, head.headers().contains_key(CONTENT_LENGTH));
    let (head, body, rewritten) = (Some(head), Some(body), rewritten.clone());
    Cleaned::PendingBody(PendingBody { head, body, rewritten, purpose, reads_all: false })
}

fn outer_request(request: HttpRequest, rewritten: &mut Rewritten, purpose: Purpose) -> HttpRequest {
    match purpose {
        Purpose::Decoy => rewritten.outer_request(&request),
        Purpose::Timing => {
            timing::outer_request(rewritten, &request);
            request
        }
    }
}

/// Like [`clean`], for an available body.
fn whole<B>(mut head: ServiceResponse<()>, body: &Bytes, rewritten: &Rewritten, purpose: Purpose) -> Cleaned<B> {
    let Some(clean) = cleaned_page(head.headers_mut(), body, rewritten, purpose) else {
        return Cleaned::Uncleanable(head.into_parts().0);
    };
    Cleaned::Done(head.map_body(|_, ()| EitherBody::right(BoxBody::new(clean))))
}

/// Like [`cleaned_text`], with the length of the page in its head.
fn cleaned_page(headers: &mut HeaderMap, page: &Bytes, rewritten: &Rewritten, purpose: Purpose) -> Option<Bytes> {
    let clean = cleaned_text(page, rewritten, purpose)?;
    if clean.len() != page.len() {
        // actix-web writes the right length, but middlewares outside see this one.
        promise(headers, clean.len());
    }
    Some(clean)
}

/// The page without markers; `None` if it is not cleanable.
fn cleaned_text(page: &Bytes, rewritten: &Rewritten, purpose: Purpose) -> Option<Bytes> {
    let filled = fill(page, rewritten);
    let filled = filled.as_ref().unwrap_or(page);
    let leaves_traces = Traces::new(&rewritten.marker, &rewritten.places).are_in(filled);
    match purpose {
        Purpose::Decoy if leaves_traces => None,
        Purpose::Decoy => Some(without(filled, &rewritten.marker).unwrap_or_else(|| filled.clone())),
        Purpose::Timing => {
            timing::clean(page, rewritten);
            Some(page.clone())
        }
    }
}

impl<B: MessageBody> PendingBody<B> {
    pub(in crate::guard) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Cleaned<B>> {
        let Some(body) = &mut self.body else { return Poll::Pending };
        let mut at_hand = ready!(body.poll_read(cx, self.reads_all, if self.reads_all { MAX_HELD } else { MAX_READ }));
        if at_hand == Available::Part && body.is_promised() && !self.reads_all {
            self.reads_all = match self.purpose {
                Purpose::Decoy => Traces::begin_in(&self.rewritten.marker, &body.read()),
                Purpose::Timing => timing::shows_path(&self.rewritten, &body.read()),
            };
            if self.reads_all {
                at_hand = ready!(body.poll_read(cx, true, MAX_HELD));
            }
        }
        let (Some(head), Some(body)) = (self.head.take(), self.body.take()) else { return Poll::Pending };
        Poll::Ready(self.finish(head, body, at_hand))
    }

    fn finish(&self, mut head: ServiceResponse<()>, mut body: ReadAhead<B>, at_hand: Available) -> Cleaned<B> {
        let Rewritten { marker, places, .. } = &self.rewritten;
        match (at_hand, self.purpose) {
            (Available::Whole, purpose) => {
                let text = body.read();
                let Some(clean) = cleaned_text(&text, &self.rewritten, purpose) else {
                    return Cleaned::Uncleanable(head.into_parts().0);
                };
                if clean != text {
                    promise(head.headers_mut(), clean.len());
                    body.replace(clean, Cleaner::new(marker));
                }
            }
            (Available::Part, Purpose::Decoy) => {
                // The path is in the page, which is too long to be held in memory; or it has a form that cannot be
                // cleaned.
                if self.reads_all || Traces::new(marker, places).are_in(whole_words(&body.read())) {
                    return Cleaned::Uncleanable(head.into_parts().0);
                }
                body.clean_rest(Cleaner::new(marker));
            }
            (Available::Part, Purpose::Timing) => {}
        }
        Cleaned::Done(head.map_body(|_, ()| EitherBody::left(DecoyBody::stream(body))))
    }
}

/// The text up to its last blank, since the last word may continue in the next piece.
fn whole_words(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(u8::is_ascii_whitespace);
    &text[..end.unwrap_or(0)]
}

/// Corrects a length that the application promised in a header.
fn promise(headers: &mut HeaderMap, length: usize) {
    if headers.contains_key(CONTENT_LENGTH) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}

/// The error without markers in its response; `None` if they cannot be removed.
pub(in crate::guard) fn clean_error(error: Error, rewritten: &Rewritten) -> Option<Error> {
    let mut response = error.error_response();
    let headers_changed = clean_headers(response.headers_mut(), rewritten, Purpose::Decoy)?;
    let (mut head, body) = response.into_parts();
    // A stream would be rendered again, with markers.
    let bytes = body.try_into_bytes().ok()?;
    let clean = cleaned_page(head.headers_mut(), &bytes, rewritten, Purpose::Decoy)?;
    if !headers_changed && clean == bytes {
        return Some(error);
    }
    Some(CleanedError { status: head.status(), headers: head.headers().clone(), body: clean }.into())
}

/// Whether the body differs from the text that the reader sees.
fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Removes the markers from all values. Returns whether there were any; `None` if they cannot be removed.
fn clean_headers(headers: &mut HeaderMap, rewritten: &Rewritten, purpose: Purpose) -> Option<bool> {
    let mut cleaned: Vec<(HeaderName, Vec<HeaderValue>)> = Vec::new();
    let mut all = Vec::new();
    for name in headers.keys() {
        let mut is_marked = false;
        let mut clean = |value: &HeaderValue| {
            let filled = fill(value.as_bytes(), rewritten);
            let text = filled.as_deref().unwrap_or(value.as_bytes());
            all.extend_from_slice(text);
            all.push(b'\n');
            let clean = without(text, &rewritten.marker).or_else(|| filled.clone());
            let clean = clean.and_then(|text| HeaderValue::from_bytes(&text).ok());
            is_marked |= clean.is_some();
            clean.unwrap_or_else(|| value.clone())
        };
        let values = headers.get_all(name).map(&mut clean).collect();
        if is_marked {
            cleaned.push((name.clone(), values));
        }
    }
    let leaves_traces = Traces::new(&rewritten.marker, &rewritten.places).are_in(&all);
    let found = !cleaned.is_empty();
    for (name, values) in cleaned {
        let mut values = values.into_iter();
        // The first value replaces all values: a header that is removed and added again would change its position on
        // the wire.
        if let Some(first) = values.next() {
            headers.insert(name.clone(), first);
        }
        for value in values {
            headers.append(name.clone(), value);
        }
    }
    (purpose == Purpose::Timing || !leaves_traces).then_some(found)
}

/// An error whose response has been rendered and cleaned.
#[derive(Debug)]
struct CleanedError {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl fmt::Display for CleanedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not found")
    }
}

impl ResponseError for CleanedError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status).body(self.body.clone());
        *response.headers_mut() = self.headers.clone();
        response
    }
}
