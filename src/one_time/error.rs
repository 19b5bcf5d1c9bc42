//! Errors before a link exists.

use std::fmt;

use super::store::StoreError;

/// A link could not be issued, or [`Links`](super::Links) could not be configured.
///
/// ```
/// use actix_scanner_guard::one_time::{Error, Links, MemoryStore};
///
/// let error: Error = Links::new("too short", MemoryStore::new(1_000)).unwrap_err();
/// assert_eq!(error.to_string(), "the secret has 9 bytes; use at least 32 random ones, from `openssl rand -hex 32` for example");
/// ```
#[derive(Debug)]
pub struct Error(Kind);

#[derive(Debug)]
enum Kind {
    ShortSecret(usize),
    Randomness(getrandom::Error),
    Placeholder(String),
    NoForm,
    Path(String),
    Origin(String),
    Store(StoreError),
}

impl Error {
    pub(super) fn short_secret(length: usize) -> Self {
        Self(Kind::ShortSecret(length))
    }

    pub(super) fn randomness(error: getrandom::Error) -> Self {
        Self(Kind::Randomness(error))
    }

    pub(super) fn placeholder(name: &str) -> Self {
        Self(Kind::Placeholder(name.to_owned()))
    }

    pub(super) fn no_form() -> Self {
        Self(Kind::NoForm)
    }

    pub(super) fn path(path: &str) -> Self {
        Self(Kind::Path(path.to_owned()))
    }

    pub(super) fn origin(origin: &str) -> Self {
        Self(Kind::Origin(origin.to_owned()))
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self(Kind::Store(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::ShortSecret(length) => write!(
                f,
                "the secret has {length} bytes; use at least 32 random ones, from `openssl rand -hex 32` for example"
            ),
            Kind::Randomness(error) => write!(f, "the operating system has no random bytes: {error}"),
            Kind::Placeholder(name) => write!(
                f,
                "the template has a placeholder `{{{{{name}}}}}`; known are `{{{{lang}}}}`, `{{{{title}}}}`, `{{{{text}}}}`, \
                 `{{{{form}}}}` and `{{{{nonce}}}}`"
            ),
            Kind::NoForm => write!(f, "the template has no `{{{{form}}}}`, where the button goes"),
            Kind::Path(path) => {
                write!(
                    f,
                    "`{path}` is no path for links; write one such as `/confirm`, without `?`, `#`, `;` or a `/` at the end"
                )
            }
            Kind::Origin(origin) => {
                write!(f, "`{origin}` is no origin; write scheme and host alone, such as `https://shop.example`")
            }
            Kind::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Randomness(error) => crate::util::cause::beyond(&self.to_string(), error),
            Kind::Store(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

/// The answer to the request that ordered the mail: 503 if the store is the cause, since a retry may succeed.
impl actix_web::ResponseError for Error {
    fn status_code(&self) -> actix_web::http::StatusCode {
        match self.0 {
            Kind::Store(_) => actix_web::http::StatusCode::SERVICE_UNAVAILABLE,
            _ => actix_web::http::StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> actix_web::HttpResponse {
        log::error!(target: crate::LOG_TARGET, "no one-time link could be issued: {self}");
        actix_web::HttpResponse::new(self.status_code())
    }
}
