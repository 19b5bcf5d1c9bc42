//! Takes the markers out of the application's answer.

use std::fmt;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use actix_web::{Error, HttpRequest, HttpResponse, ResponseError, web::Bytes};

use super::body::{AtHand, DecoyBody, SizedBody};
use super::clean::{Cleaner, without};
use super::marker::Marker;
use super::rewrite::Rewritten;
use super::timing;
use super::trace::Traces;

/// Maximum length of a body that is held in memory to clean it.
const MAX_HELD: usize = 1 << 20;

/// Of a stream of known length at most this much is read before it is passed on, where it shows no marker.
const MAX_READ: usize = 1 << 16;

/// The guard's answer: the application's, or its own.
pub(in crate::guard) type GuardResponse<B> = ServiceResponse<EitherBody<DecoyBody<B>>>;

/// Why the work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::guard) enum Purpose {
    /// The path was rewritten.
    Decoy,
    /// It was not: the same work is done so that it takes the same time. The answer stays as it is.
    Timing,
}

/// What comes of the application's answer.
pub(in crate::guard) enum Cleaned<B> {
    Done(GuardResponse<B>),
    /// The beginning of its body has to be read first.
    PendingBody(PendingBody<B>),
    /// A marker may be in it that cannot be taken out.
    Uncleanable(HttpRequest),
}

/// An answer with a stream of known length.
pub(in crate::guard) struct PendingBody<B> {
    head: Option<ServiceResponse<()>>,
    body: Option<SizedBody<B>>,
    rewritten: Rewritten,
    purpose: Purpose,
    /// Whether it shows the path, so that all of it has to be read.
    shows_path: bool,
}

/// Takes the markers out of headers and body.
///
/// A body that is at hand is cleaned at once, so that its length is right. A stream is cleaned as it flows. A stream of known
/// length is read as far as it is at hand; if it shows no marker until then, it flows on untouched.
pub(in crate::guard) fn clean<B: MessageBody>(
    mut response: ServiceResponse<B>,
    rewritten: &Rewritten,
    purpose: Purpose,
) -> Cleaned<B> {
    clean_headers(response.headers_mut(), &rewritten.marker);
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    let head = ServiceResponse::new(outward(request, rewritten, purpose), head);
    if matches!(body.size(), BodySize::None | BodySize::Sized(0)) {
        // As it is: a response without a body has no `content-length: 0`.
        return Cleaned::Done(head.map_body(|_, ()| EitherBody::left(DecoyBody::plain(body))));
    }
    if is_encoded(head.headers()) {
        // A marker may be in there, where nobody can take it out.
        return match purpose {
            Purpose::Decoy => Cleaned::Uncleanable(head.into_parts().0),
            Purpose::Timing => Cleaned::Done(head.map_body(|_, ()| EitherBody::left(DecoyBody::plain(body)))),
        };
    }
    let body = match body.try_into_bytes() {
        Ok(bytes) => return whole(head, &bytes, rewritten, purpose),
        Err(body) => body,
    };
    if matches!(body.size(), BodySize::Sized(_)) || head.headers().contains_key(CONTENT_LENGTH) {
        let (head, body) = (Some(head), Some(SizedBody::new(body)));
        return Cleaned::PendingBody(PendingBody {
            head,
            body,
            rewritten: rewritten.clone(),
            purpose,
            shows_path: false,
        });
    }
    Cleaned::Done(head.map_body(|_, ()| {
        EitherBody::left(match purpose {
            Purpose::Decoy => DecoyBody::stream(body, Cleaner::new(&rewritten.marker)),
            Purpose::Timing => DecoyBody::plain(body),
        })
    }))
}

fn outward(request: HttpRequest, rewritten: &Rewritten, purpose: Purpose) -> HttpRequest {
    match purpose {
        Purpose::Decoy => rewritten.outward(&request),
        Purpose::Timing => {
            timing::outward(rewritten, &request);
            request
        }
    }
}

/// As [`clean`], for a body that is at hand.
fn whole<B>(mut head: ServiceResponse<()>, body: &Bytes, rewritten: &Rewritten, purpose: Purpose) -> Cleaned<B> {
    let Some(clean) = cleaned_text(body, rewritten, purpose) else { return Cleaned::Uncleanable(head.into_parts().0) };
    if clean.len() != body.len() {
        // What was promised for the page with the markers; actix-web writes the right one.
        head.headers_mut().remove(CONTENT_LENGTH);
    }
    Cleaned::Done(head.map_body(|_, ()| EitherBody::right(BoxBody::new(clean))))
}

/// The page without markers; `None` where that cannot be had.
fn cleaned_text(page: &Bytes, rewritten: &Rewritten, purpose: Purpose) -> Option<Bytes> {
    let leaves_traces = Traces::new(&rewritten.marker, &rewritten.places).are_in(page);
    match purpose {
        Purpose::Decoy if leaves_traces => None,
        Purpose::Decoy => Some(without(page, &rewritten.marker).unwrap_or_else(|| page.clone())),
        Purpose::Timing => {
            timing::clean(page, rewritten);
            Some(page.clone())
        }
    }
}

impl<B: MessageBody> PendingBody<B> {
    pub(in crate::guard) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Cleaned<B>> {
        let Some(body) = &mut self.body else { return Poll::Pending };
        let mut at_hand =
            ready!(body.poll_read(cx, self.shows_path, if self.shows_path { MAX_HELD } else { MAX_READ }));
        if at_hand == AtHand::Part && !self.shows_path {
            self.shows_path = match self.purpose {
                Purpose::Decoy => Traces::begin_in(&self.rewritten.marker, &body.read()),
                Purpose::Timing => timing::shows_path(&self.rewritten, &body.read()),
            };
            if self.shows_path {
                at_hand = ready!(body.poll_read(cx, true, MAX_HELD));
            }
        }
        let (Some(head), Some(body)) = (self.head.take(), self.body.take()) else { return Poll::Pending };
        Poll::Ready(self.finish(head, body, at_hand))
    }

    fn finish(&self, mut head: ServiceResponse<()>, mut body: SizedBody<B>, at_hand: AtHand) -> Cleaned<B> {
        match (at_hand, self.purpose) {
            (AtHand::Whole, purpose) => {
                let text = body.read();
                let Some(clean) = cleaned_text(&text, &self.rewritten, purpose) else {
                    return Cleaned::Uncleanable(head.into_parts().0);
                };
                if clean.len() != text.len() {
                    promise(head.headers_mut(), clean.len());
                    body.replace(clean);
                }
            }
            // The path is in it, and it is too long to be held.
            (AtHand::Part, Purpose::Decoy) if self.shows_path => return Cleaned::Uncleanable(head.into_parts().0),
            (AtHand::Part, Purpose::Decoy) => body.clean_rest(Cleaner::new(&self.rewritten.marker)),
            (AtHand::Part, Purpose::Timing) => {}
        }
        Cleaned::Done(head.map_body(|_, ()| EitherBody::left(DecoyBody::sized(body))))
    }
}

/// Corrects the length that the application has promised by a header.
fn promise(headers: &mut HeaderMap, length: usize) {
    if headers.contains_key(CONTENT_LENGTH) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}

/// The error without markers in the response that it will become; `None` where they cannot be taken out.
pub(in crate::guard) fn clean_error(error: Error, rewritten: &Rewritten) -> Option<Error> {
    let mut response = error.error_response();
    let headers_changed = clean_headers(response.headers_mut(), &rewritten.marker);
    let (head, body) = response.into_parts();
    let Ok(bytes) = body.try_into_bytes() else { return Some(error) };
    let clean = cleaned_text(&bytes, rewritten, Purpose::Decoy)?;
    if !headers_changed && clean.len() == bytes.len() {
        return Some(error);
    }
    Some(CleanedError { status: head.status(), headers: head.headers().clone(), body: clean }.into())
}

/// Whether the body is not what its reader will see.
fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// True where the marker was in any of them.
fn clean_headers(headers: &mut HeaderMap, marker: &Marker) -> bool {
    let clean = |value: &HeaderValue| HeaderValue::from_bytes(&without(value.as_bytes(), marker)?).ok();
    let marked: Vec<HeaderName> =
        headers.iter().filter(|(_, value)| clean(value).is_some()).map(|(name, _)| name.clone()).collect();
    let found = !marked.is_empty();
    for name in marked {
        let values: Vec<HeaderValue> = headers.get_all(&name).cloned().collect();
        let mut values = values.into_iter().map(|value| clean(&value).unwrap_or(value));
        // The first takes the place of all: a header that is removed and added anew would change places on the wire.
        if let Some(first) = values.next() {
            headers.insert(name.clone(), first);
        }
        for value in values {
            headers.append(name.clone(), value);
        }
    }
    found
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
