//! Takes the salt of a decoy's path out of the application's answer.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{Error, HttpResponse, ResponseError, web::Bytes};
use bytes::BytesMut;
use pin_project_lite::pin_project;

use super::salt::Salt;

/// The answer without the salt, in headers and body.
///
/// A body that is at hand is cleaned at once, so that its length is right. A stream is cleaned as it flows. A stream
/// of known length (a file) is left alone: it was measured before this request was known, so it cannot name its path.
pub(super) fn response<B: MessageBody>(
    mut response: ServiceResponse<B>,
    salt: &Salt,
) -> ServiceResponse<EitherBody<DecoyBody<B>>> {
    clean_headers(response.headers_mut(), salt);
    response.map_body(|_, body| match body.try_into_bytes() {
        Ok(bytes) => EitherBody::right(BoxBody::new(without(&bytes, salt).unwrap_or(bytes))),
        Err(body) if body.size() == BodySize::Stream => EitherBody::left(DecoyBody::cleaned(body, salt)),
        Err(body) => EitherBody::left(DecoyBody::plain(body)),
    })
}

/// The error without the salt in the response that it will become.
pub(super) fn error(error: Error, salt: &Salt) -> Error {
    let mut response = error.error_response();
    clean_headers(response.headers_mut(), salt);
    let (head, body) = response.into_parts();
    match body.try_into_bytes() {
        Ok(bytes) => match without(&bytes, salt) {
            Some(body) => Cleaned { head: Parts::of(&head), body }.into(),
            None => error,
        },
        Err(_) => error,
    }
}

fn clean_headers(headers: &mut HeaderMap, salt: &Salt) {
    let clean = |value: &HeaderValue| HeaderValue::from_bytes(&without(value.as_bytes(), salt)?).ok();
    let salted: Vec<HeaderName> =
        headers.iter().filter(|(_, value)| clean(value).is_some()).map(|(name, _)| name.clone()).collect();
    for name in salted {
        let values: Vec<HeaderValue> = headers.remove(&name).collect();
        for value in values {
            headers.append(name.clone(), clean(&value).unwrap_or(value));
        }
    }
}

/// The bytes without the salt; `None` where it is not in them.
fn without(bytes: &[u8], salt: &Salt) -> Option<Bytes> {
    let mut cleaner = Cleaner::new(salt);
    let mut clean = BytesMut::new();
    clean.extend_from_slice(&cleaner.push(bytes));
    clean.extend_from_slice(&cleaner.rest());
    (clean.len() != bytes.len()).then(|| clean.freeze())
}

/// Removes a salt from a stream of chunks, across their borders.
#[derive(Debug)]
struct Cleaner {
    salt: Salt,
    /// The end of the last chunk, as far as a salt may have begun in it.
    held: BytesMut,
}

impl Cleaner {
    fn new(salt: &Salt) -> Self {
        Self { salt: salt.clone(), held: BytesMut::new() }
    }

    /// Takes a chunk and gives what is certain.
    fn push(&mut self, chunk: &[u8]) -> Bytes {
        self.held.extend_from_slice(chunk);
        let salt = self.salt.as_bytes();
        let mut clean = BytesMut::with_capacity(self.held.len());
        let mut at = 0;
        while at < self.held.len() {
            let rest = &self.held[at..];
            if rest.starts_with(salt) {
                at += salt.len();
            } else if salt.starts_with(rest) {
                break;
            } else {
                clean.extend_from_slice(&rest[..1]);
                at += 1;
            }
        }
        self.held = self.held.split_off(at);
        clean.freeze()
    }

    /// What was held back when the last chunk has come.
    fn rest(&mut self) -> Bytes {
        self.held.split().freeze()
    }
}

pin_project! {
    /// The application's body, without the salt of a decoy's path where there was one.
    pub struct DecoyBody<B> {
        #[pin]
        inner: B,
        cleaner: Option<Cleaner>,
    }
}

impl<B> DecoyBody<B> {
    pub(super) fn plain(inner: B) -> Self {
        Self { inner, cleaner: None }
    }

    fn cleaned(inner: B, salt: &Salt) -> Self {
        Self { inner, cleaner: Some(Cleaner::new(salt)) }
    }
}

impl<B: MessageBody> MessageBody for DecoyBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.inner.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let mut this = self.project();
        let Some(cleaner) = this.cleaner else { return this.inner.poll_next(cx) };
        loop {
            let clean = match ready!(this.inner.as_mut().poll_next(cx)) {
                Some(Ok(chunk)) => cleaner.push(&chunk),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    let rest = cleaner.rest();
                    return Poll::Ready((!rest.is_empty()).then_some(Ok(rest)));
                }
            };
            // An empty chunk would end a chunked response.
            if !clean.is_empty() {
                return Poll::Ready(Some(Ok(clean)));
            }
        }
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        match self.cleaner {
            None => self.inner.try_into_bytes().map_err(Self::plain),
            Some(_) => Err(self),
        }
    }
}

impl<B> fmt::Debug for DecoyBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecoyBody").field("cleaned", &self.cleaner.is_some()).finish_non_exhaustive()
    }
}

/// An error whose response has been rendered and cleaned.
#[derive(Debug)]
struct Cleaned {
    head: Parts,
    body: Bytes,
}

/// What is kept of a response's head.
#[derive(Debug)]
struct Parts {
    status: StatusCode,
    headers: HeaderMap,
}

impl Parts {
    fn of(response: &HttpResponse<()>) -> Self {
        Self { status: response.status(), headers: response.headers().clone() }
    }
}

impl fmt::Display for Cleaned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not found")
    }
}

impl ResponseError for Cleaned {
    fn status_code(&self) -> StatusCode {
        self.head.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.head.status).body(self.body.clone());
        *response.headers_mut() = self.head.headers.clone();
        response
    }
}
