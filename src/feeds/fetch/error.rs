//! The reason why a list could not be fetched, in one line without secrets.

use std::fmt;
use std::io;
use std::time::{Duration, SystemTime};

use ureq::http::HeaderMap;
use ureq::http::header::RETRY_AFTER;

use crate::util::escape::escaped;

/// The reason why a list could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FetchError {
    message: String,
    retry_after: Option<RetryAfter>,
}

/// The `Retry-After` header of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryAfter {
    In(Duration),
    At(SystemTime),
}

impl RetryAfter {
    /// Seconds or a date (RFC 9110, section 10.2.3).
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let seconds = text.parse().ok().map(|seconds| Self::In(Duration::from_secs(seconds)));
        seconds.or_else(|| httpdate::parse_http_date(text).ok().map(Self::At))
    }

    /// The time from now until then.
    pub(crate) fn wait(self, now: SystemTime) -> Duration {
        match self {
            Self::In(wait) => wait,
            Self::At(time) => time.duration_since(now).unwrap_or_default(),
        }
    }
}

impl FetchError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), retry_after: None }
    }

    pub(super) fn timeout(limit: Duration) -> Self {
        Self::new(format!("it took longer than {}", humantime::format_duration(limit)))
    }

    /// The client's error in words for a log. The client's own text would contain full URLs.
    pub(super) fn of(error: ureq::Error, limit: Duration) -> Self {
        match error {
            ureq::Error::Timeout(_) => Self::timeout(limit),
            ureq::Error::Io(error) => Self::of_io(&error, limit),
            ureq::Error::HostNotFound => Self::new("the name of the server cannot be resolved"),
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => Self::new("the URL cannot be requested"),
            ureq::Error::Rustls(error) => Self::tls(&error.to_string()),
            ureq::Error::ConnectProxyFailed(reason) => Self::new(format!("the proxy refuses: {}", one_line(&reason))),
            ureq::Error::LargeResponseHeader(..) => Self::new("the head of the answer is too large"),
            ureq::Error::Protocol(error) => {
                Self::new(format!("the answer is not HTTP: {}", one_line(&error.to_string())))
            }
            other => Self::new(one_line(&other.to_string())),
        }
    }

    fn of_io(error: &io::Error, limit: Duration) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::timeout(limit),
            io::ErrorKind::ConnectionRefused => Self::new("the server refuses the connection"),
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
                Self::new("the server reset the connection")
            }
            io::ErrorKind::UnexpectedEof => Self::new("the server ended the connection too early"),
            // Errors of a TLS handshake arrive like this.
            io::ErrorKind::InvalidData => Self::tls(&error.to_string()),
            _ => Self::new(format!("the connection failed: {}", one_line(&error.to_string()))),
        }
    }

    fn tls(reason: &str) -> Self {
        let hint =
            if reason.contains("UnknownIssuer") { "; an authority of your own goes into `feeds.ca_file`" } else { "" };
        Self::new(format!("TLS failed: {}{hint}", one_line(reason)))
    }

    pub(super) fn with_retry_after(self, headers: &HeaderMap) -> Self {
        let text = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        Self { retry_after: text.and_then(RetryAfter::parse), ..self }
    }

    pub(crate) fn retry_after(&self) -> Option<RetryAfter> {
        self.retry_after
    }
}

fn one_line(text: &str) -> String {
    escaped(text).chars().take(200).collect()
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FetchError {}
