//! Takes the salt of a decoy's path out of the application's answer.

use std::fmt;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use actix_web::{Error, HttpRequest, HttpResponse, ResponseError, web::Bytes};
use bytes::BytesMut;
use pin_project_lite::pin_project;

use super::cleaner::{Cleaner, without};
use super::reroute::Detour;
use super::salt::Salt;

/// A longer body is not held in memory to clean it.
const MAX_HELD: usize = 1 << 20;

/// The guard's answer: the application's, or its own.
pub(super) type GuardResponse<B> = ServiceResponse<EitherBody<DecoyBody<B>>>;

/// What becomes of an answer from which the salt is to be taken.
pub(super) enum Desalted<B> {
    /// It is clean.
    Done(GuardResponse<B>),
    /// Its length has been promised, so its body has to be read whole before it can go out.
    Held(ServiceResponse<()>, B, Detour),
    /// It cannot be cleaned.
    Spoilt(HttpRequest),
}

/// Takes the salt out of headers and body.
///
/// A body that is at hand is cleaned at once, so that its length is right. A stream is cleaned as it flows.
pub(super) fn response<B: MessageBody>(mut response: ServiceResponse<B>, detour: &Detour) -> Desalted<B> {
    let salt = &detour.salt;
    clean_headers(response.headers_mut(), salt);
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    let head = ServiceResponse::new(request, head);
    if is_encoded(head.headers()) && !matches!(body.size(), BodySize::None | BodySize::Sized(0)) {
        // The salt may be in there, where nobody can take it out.
        drop(body);
        return Desalted::Spoilt(detour.restore(head.into_parts().0));
    }
    match body.try_into_bytes() {
        Ok(bytes) => whole(head, &bytes, detour),
        Err(body) => match body.size() {
            BodySize::Stream if !head.headers().contains_key(CONTENT_LENGTH) => {
                Desalted::Done(head.map_body(|_, ()| EitherBody::left(DecoyBody::cleaned(body, salt))))
            }
            BodySize::Sized(length) if length > MAX_HELD as u64 => {
                // The body may hold a clone of the request, which could not be restored then.
                drop(body);
                Desalted::Spoilt(detour.restore(head.into_parts().0))
            }
            _ => Desalted::Held(head, body, detour.clone()),
        },
    }
}

/// Does the work of [`response`], and changes nothing: no salt is in this one. See [`reroute::rehearse`].
///
/// [`reroute::rehearse`]: super::reroute::rehearse
pub(super) fn rehearse<B: MessageBody>(mut response: ServiceResponse<B>, detour: &Detour) -> GuardResponse<B> {
    clean_headers(response.headers_mut(), &detour.salt);
    detour.rehearse_restoring();
    response.map_body(|_, body| match body.try_into_bytes() {
        Ok(bytes) => {
            black_box(Cleaner::new(&detour.salt).rehearse(&bytes, detour.sent_path()));
            EitherBody::right(BoxBody::new(bytes))
        }
        Err(body) => EitherBody::left(DecoyBody::plain(body)),
    })
}

/// As [`response`], for a body that has been read whole.
pub(super) fn whole<B>(head: ServiceResponse<()>, body: &Bytes, detour: &Detour) -> Desalted<B> {
    let (request, head) = head.into_parts();
    let mut head = ServiceResponse::new(detour.restore(request), head);
    let mut cleaner = Cleaner::new(&detour.salt);
    let clean = cleaner.all(body);
    if cleaner.met_residue() {
        return Desalted::Spoilt(head.into_parts().0);
    }
    if clean.is_some() {
        // What was promised for the salted page; actix-web writes the right one.
        head.headers_mut().remove(CONTENT_LENGTH);
    }
    let clean = clean.unwrap_or_else(|| body.clone());
    Desalted::Done(head.map_body(|_, ()| EitherBody::right(BoxBody::new(clean))))
}

/// Reads a body whole; `None` where it fails or is too long.
pub(super) fn poll_held<B: MessageBody>(
    mut body: Pin<&mut B>,
    held: &mut BytesMut,
    cx: &mut Context<'_>,
) -> Poll<Option<Bytes>> {
    loop {
        match ready!(body.as_mut().poll_next(cx)) {
            Some(Ok(chunk)) if held.len() + chunk.len() <= MAX_HELD => held.extend_from_slice(&chunk),
            Some(_) => return Poll::Ready(None),
            None => return Poll::Ready(Some(held.split().freeze())),
        }
    }
}

/// The error without the salt in the response that it will become.
pub(super) fn error(error: Error, salt: &Salt) -> Error {
    let mut response = error.error_response();
    let headers_changed = clean_headers(response.headers_mut(), salt);
    let (head, body) = response.into_parts();
    let Ok(bytes) = body.try_into_bytes() else { return error };
    match without(&bytes, salt) {
        None if !headers_changed => error,
        clean => Cleaned { head: Parts::of(&head), body: clean.unwrap_or(bytes) }.into(),
    }
}

/// Whether the body is not what its reader will see.
fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// True where the salt was in any of them.
fn clean_headers(headers: &mut HeaderMap, salt: &Salt) -> bool {
    let clean = |value: &HeaderValue| HeaderValue::from_bytes(&without(value.as_bytes(), salt)?).ok();
    let salted: Vec<HeaderName> =
        headers.iter().filter(|(_, value)| clean(value).is_some()).map(|(name, _)| name.clone()).collect();
    let found = !salted.is_empty();
    for name in salted {
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

pin_project! {
    /// The application's body, without the salt of a decoy's path where there was one.
    ///
    /// ```
    /// use actix_scanner_guard::guard::DecoyBody;
    /// use actix_scanner_guard::{GuardConfig, ScannerGuard};
    /// use actix_web::body::{BoxBody, EitherBody};
    /// use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
    /// use actix_web::{App, Error};
    ///
    /// /// An application as a function's result has to be told what bodies it gives.
    /// fn app(
    ///     config: &GuardConfig,
    /// ) -> App<
    ///     impl ServiceFactory<
    ///         ServiceRequest,
    ///         Config = (),
    ///         Response = ServiceResponse<EitherBody<DecoyBody<BoxBody>>>,
    ///         Error = Error,
    ///         InitError = (),
    ///     >,
    /// > {
    ///     App::new().wrap(ScannerGuard::from_config(config))
    /// }
    /// # let _ = app(&GuardConfig::from_toml("")?);
    /// # Ok::<(), actix_scanner_guard::ConfigError>(())
    /// ```
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
