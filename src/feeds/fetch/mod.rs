//! Fetches a list: one request, its redirects, and one answer within limits.
//!
//! 1. TLS certificates are always verified. A URL with `https://` is never redirected to `http://`, unless the list
//!    allows it.
//! 2. A secret header is sent only to the origin of the list's URL.
//! 3. The time of the whole fetch is limited, and so are the sizes of the compressed and the decompressed body.
//! 4. A redirect never leads to a private address, unless the first address was private or the list allows it.
//! 5. No error contains a secret: URLs are shown without user, password and query.

mod body;
mod error;
mod places;
#[cfg(test)]
pub(super) mod tests;

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ureq::http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION};
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, Resolver};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Proxy, RequestBuilder};

pub(super) use body::Body;
use body::Limit;
pub(crate) use error::{FetchError, RetryAfter};

use places::{CheckedResolver, Places};

use super::spec::{FeedSettings, FeedUrl, SecretHeader};
use crate::util::mutex::lock;

/// Maximum number of redirects that are followed.
const MAX_REDIRECTS: usize = 5;
/// A longer validator is not worth keeping, and not worth sending.
const MAX_VALIDATOR: usize = 512;
const USER_AGENT: &str = concat!("actix-scanner-guard/", env!("CARGO_PKG_VERSION"));

/// A request for a list.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) url: &'a FeedUrl,
    pub(crate) allow_insecure: bool,
    /// A redirect may lead to private addresses.
    pub(crate) allow_private: bool,
    pub(crate) header: Option<&'a SecretHeader>,
    /// The validators of the current copy.
    pub(crate) validators: &'a Validators,
    pub(crate) sha256: Option<[u8; 32]>,
    /// Whether this is the key set of an agent. It is small, and redirects are refused, since its URL identifies the agent.
    pub(crate) key_set: bool,
}

/// The validators of an answer, by which the server recognizes an unchanged copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validators {
    pub(crate) etag: Option<Box<str>>,
    pub(crate) last_modified: Option<Box<str>>,
}

impl Validators {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| {
            let text = headers.get(name)?.to_str().ok()?;
            (text.len() <= MAX_VALIDATOR).then(|| text.into())
        };
        Self { etag: text("etag"), last_modified: text("last-modified") }
    }

    fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// The answer of the server.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// The current copy is still valid.
    NotModified,
    List(Body),
}

/// Fetches lists, one at a time. One client serves all lists until the settings change.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    places: Places,
    /// `places` belongs to one fetch at a time, so fetches wait for each other.
    turn: Mutex<()>,
    timeout: Duration,
    max_bytes: u64,
}

impl Client {
    /// The proxy is taken from the environment variables `ALL_PROXY`, `HTTPS_PROXY`, `HTTP_PROXY`, in this order, and
    /// `NO_PROXY`.
    pub(crate) fn new(settings: &FeedSettings) -> Self {
        Self::through(Proxy::try_from_env(), settings)
    }

    fn through(proxy: Option<Proxy>, settings: &FeedSettings) -> Self {
        let places = Places::default();
        let resolver = CheckedResolver { inner: DefaultResolver::default(), places: places.clone() };
        Self::with_resolver(proxy, settings, resolver, places)
    }

    fn with_resolver(proxy: Option<Proxy>, settings: &FeedSettings, resolver: impl Resolver, places: Places) -> Self {
        let config = Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots(&settings.authorities)).build())
            .proxy(proxy)
            .user_agent(USER_AGENT)
            .accept_encoding("gzip")
            .http_status_as_error(false)
            // This module follows redirects itself, since a secret must not be sent along.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // Requests are hours apart.
            .max_idle_connections(0)
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), resolver);
        Self { agent, places, turn: Mutex::default(), timeout: settings.timeout, max_bytes: settings.max_bytes }
    }

    /// Sends the request, follows redirects, and reads the answer.
    pub(crate) fn fetch(&self, request: &Request<'_>) -> Result<Fetched, FetchError> {
        let deadline = Instant::now() + self.timeout;
        let _turn = lock(&self.turn);
        self.places.begin(request.url);
        let mut url = Cow::Borrowed(request.url);
        for _ in 0..=MAX_REDIRECTS {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(FetchError::timeout(self.timeout));
            }
            let response = self.ask(&url, request, left)?;
            match location(&response)? {
                Some(_) if request.key_set => {
                    return Err(FetchError::new("the server redirects, but a key set must be at its own URL"));
                }
                Some(location) => {
                    url = Cow::Owned(follow(&url, location, request.allow_insecure)?);
                    self.places.follow(&url, request.allow_private)?;
                }
                None => return self.answer(response, request),
            }
        }
        Err(FetchError::new(format!("there are more than {MAX_REDIRECTS} redirects")))
    }

    fn ask(&self, url: &FeedUrl, request: &Request<'_>, left: Duration) -> Result<Response<ureq::Body>, FetchError> {
        let mut get = self.agent.get(url.in_full());
        if let Some(header) = request.header.filter(|_| url.origin() == request.url.origin()) {
            get = with_secret(get, header);
        }
        if let Some(etag) = &request.validators.etag {
            get = get.header(IF_NONE_MATCH, &**etag);
        }
        if let Some(date) = &request.validators.last_modified {
            get = get.header(IF_MODIFIED_SINCE, &**date);
        }
        let get = get.config().timeout_global(Some(left)).build();
        get.call().map_err(|error| match &error {
            ureq::Error::Io(io) if io.to_string() == places::PRIVATE => places::refused(url),
            _ => FetchError::of(error, self.timeout),
        })
    }

    fn answer(&self, response: Response<ureq::Body>, request: &Request<'_>) -> Result<Fetched, FetchError> {
        match response.status() {
            StatusCode::OK => {
                let limit = if request.key_set { Limit::KEY_SET } else { Limit::of_lists(self.max_bytes) };
                body::read(response, limit, self.timeout, request.sha256).map(Fetched::List)
            }
            StatusCode::NOT_MODIFIED if !request.validators.is_empty() => Ok(Fetched::NotModified),
            status => {
                let reason = status.canonical_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
                let error = FetchError::new(format!("the server answers {}{reason}", status.as_u16()));
                Err(error.with_retry_after(response.headers()))
            }
        }
    }
}

/// The public certificate authorities, and additional ones.
fn roots(others: &[Vec<u8>]) -> RootCerts {
    if others.is_empty() {
        return RootCerts::WebPki;
    }
    let web = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(AsRef::as_ref);
    let all = web.chain(others.iter().map(Vec::as_slice));
    RootCerts::Specific(Arc::new(all.map(|der| Certificate::from_der(der).to_owned()).collect()))
}

fn with_secret<B>(request: RequestBuilder<B>, header: &SecretHeader) -> RequestBuilder<B> {
    let parts = (HeaderName::try_from(&*header.name), HeaderValue::try_from(&*header.value));
    let (Ok(name), Ok(mut value)) = parts else { return request };
    value.set_sensitive(true);
    request.header(name, value)
}

/// The target of the answer, if it is a redirect.
fn location<B>(response: &Response<B>) -> Result<Option<&str>, FetchError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    location.map(Some).ok_or_else(|| FetchError::new("the server redirects without a `Location`"))
}

fn follow(from: &FeedUrl, location: &str, allow_insecure: bool) -> Result<FeedUrl, FetchError> {
    let Some(to) = from.join(location) else {
        return Err(FetchError::new("the server redirects to a URL that is not of a web server"));
    };
    if from.is_secure() && !to.is_secure() && !allow_insecure {
        return Err(FetchError::new(format!("the server redirects to {to}, which is without TLS")));
    }
    Ok(to)
}
