//! The body of a decoy: the application's body without the markers of the path.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use pin_project_lite::pin_project;

use super::clean::Cleaner;

pin_project! {
    /// The application's body, without the random letters of a decoy's path.
    ///
    /// ```
    /// use actix_scanner_guard::guard::DecoyBody;
    /// use actix_scanner_guard::{GuardConfig, ScannerGuard};
    /// use actix_web::body::{BoxBody, EitherBody};
    /// use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
    /// use actix_web::{App, Error};
    ///
    /// /// A function that returns an application must name the type of its bodies.
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
        kind: Kind<B>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<B> {
        Plain { #[pin] body: B },
        Stream { body: ReadAhead<B> },
    }
}

impl<B> DecoyBody<B> {
    /// The body unchanged.
    pub(in crate::guard) fn plain(body: B) -> Self {
        Self { kind: Kind::Plain { body } }
    }

    /// A stream whose beginning was already read.
    pub(super) fn stream(body: ReadAhead<B>) -> Self {
        Self { kind: Kind::Stream { body } }
    }
}

impl<B: MessageBody> MessageBody for DecoyBody<B> {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        match &self.kind {
            Kind::Plain { body } => body.size(),
            Kind::Stream { body } => body.size,
        }
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        match self.project().kind.project() {
            KindProj::Plain { body } => body.poll_next(cx).map_err(Into::into),
            KindProj::Stream { body } => body.poll_next(cx),
        }
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        match self.kind {
            Kind::Plain { body } => body.try_into_bytes().map_err(Self::plain),
            kind => Err(Self { kind }),
        }
    }
}

impl<B> fmt::Debug for DecoyBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Plain { .. } => "plain",
            Kind::Stream { .. } => "stream",
        };
        f.debug_struct("DecoyBody").field("kind", &kind).finish_non_exhaustive()
    }
}

/// A stream that was read as far as data was available, and is passed on.
///
/// It stays a stream with the same pieces, so the connection behaves as for every other stream.
pub(super) struct ReadAhead<B> {
    /// Boxed, since it is read in the future of the response and moved afterwards.
    body: Pin<Box<B>>,
    size: BodySize,
    /// Whether its length was promised, by its type or by a header.
    is_promised: bool,
    /// The pieces that were read and not yet passed on.
    read: VecDeque<Bytes>,
    /// The bytes in `read` while it is filled: a sum for each chunk would be quadratic in their number.
    read_length: usize,
    end: End,
    /// Cleans the rest, if the request is decoyed.
    cleaner: Option<Cleaner>,
}

/// Whether there is more to read.
#[derive(Debug)]
enum End {
    NotYet,
    Complete,
    Failed(String),
}

/// How much of a stream was available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Available {
    Whole,
    /// The rest comes later, or is too long.
    Part,
}

impl<B: MessageBody> ReadAhead<B> {
    pub(super) fn new(body: B, has_length_header: bool) -> Self {
        let size = body.size();
        let is_promised = has_length_header || matches!(size, BodySize::Sized(_));
        Self {
            body: Box::pin(body),
            size,
            is_promised,
            read: VecDeque::new(),
            read_length: 0,
            end: End::NotYet,
            cleaner: None,
        }
    }

    pub(super) fn is_promised(&self) -> bool {
        self.is_promised
    }

    /// Reads the available pieces; with `all`, the whole body, up to `most` bytes. If the length is promised, it waits
    /// for at least one piece, since the head of an answer without a piece may be sent at once.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, all: bool, most: usize) -> Poll<Available> {
        while matches!(self.end, End::NotYet) && self.read_length <= most {
            match self.body.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    self.read_length += chunk.len();
                    self.read.push_back(chunk);
                }
                Poll::Ready(Some(Err(error))) => self.end = End::Failed(text_of(error)),
                Poll::Ready(None) => self.end = End::Complete,
                Poll::Pending if all || (self.read.is_empty() && self.is_promised) => return Poll::Pending,
                Poll::Pending => return Poll::Ready(Available::Part),
            }
        }
        Poll::Ready(if matches!(self.end, End::Complete) { Available::Whole } else { Available::Part })
    }

    /// The pieces that were read, as one text.
    pub(super) fn read(&self) -> Bytes {
        match self.read.len() {
            1 => self.read[0].clone(),
            _ => self.read.iter().flatten().copied().collect(),
        }
    }

    /// Replaces the whole body by another text: in the same pieces, if the cleaned pieces are this text.
    pub(super) fn replace(&mut self, text: Bytes, mut cleaner: Cleaner) {
        if let BodySize::Sized(length) = &mut self.size {
            *length = text.len() as u64;
        }
        if !self.is_promised {
            self.read = self.read.iter().map(|chunk| cleaner.push(chunk)).collect();
            self.read.push_back(cleaner.rest());
            self.read.retain(|chunk| !chunk.is_empty());
        }
        if self.read() != text {
            self.read = VecDeque::from([text]);
        }
    }

    /// Passes on the read pieces and the rest, both without markers.
    pub(super) fn clean_rest(&mut self, mut cleaner: Cleaner) {
        for chunk in &mut self.read {
            *chunk = cleaner.push(chunk);
        }
        self.read.retain(|chunk| !chunk.is_empty());
        self.cleaner = Some(cleaner);
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Box<dyn Error>>>> {
        if let Some(chunk) = self.read.pop_front() {
            return Poll::Ready(Some(Ok(chunk)));
        }
        while matches!(self.end, End::NotYet) {
            match ready!(self.body.as_mut().poll_next(cx)) {
                Some(Ok(chunk)) => {
                    let chunk = match &mut self.cleaner {
                        Some(cleaner) => cleaner.push(&chunk),
                        None => chunk,
                    };
                    // An empty chunk would end a chunked response.
                    if !chunk.is_empty() {
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                }
                Some(Err(error)) => self.end = End::Failed(text_of(error)),
                None => self.end = End::Complete,
            }
        }
        if let End::Failed(error) = std::mem::replace(&mut self.end, End::Complete) {
            return Poll::Ready(Some(Err(error.into())));
        }
        let Some(mut cleaner) = self.cleaner.take() else { return Poll::Ready(None) };
        let mut last = cleaner.rest().to_vec();
        if self.is_promised {
            // The length was promised for the text with markers; blanks replace them.
            last.resize(last.len() + cleaner.removed(), b' ');
        }
        Poll::Ready((!last.is_empty()).then(|| Ok(last.into())))
    }
}

fn text_of(error: impl Into<Box<dyn Error>>) -> String {
    error.into().to_string()
}
