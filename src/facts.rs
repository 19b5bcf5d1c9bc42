//! The facts about a request that the engine uses.

use std::net::IpAddr;

use crate::agents::Found;
use crate::client::HeaderLines;
use crate::identity::{NO_PROOFS, Proofs};

/// The facts about one request that determine its decision.
///
/// The middleware takes them from the connection and the request's head. Made by hand, they query a policy without a
/// server:
///
/// ```
/// use actix_scanner_guard::{Action, GuardConfig, RequestFacts};
///
/// let config = GuardConfig::from_toml(
///     r#"
///     [[rule]]
///     id = "admin"
///     paths = ["/admin"]
///     action = "decoy"
///     "#,
/// )?;
/// let facts = RequestFacts::new("/%61dmin/users").method("POST").peer("150.70.66.183".parse()?);
/// let decision = config.decide(&facts);
/// assert_eq!((decision.action(), decision.rule()), (Action::Decoy, Some("admin")));
///
/// // All facts about a request.
/// let headers = [("Host", "shop.example"), ("X-Forwarded-For", "150.70.66.183")];
/// let facts = RequestFacts::new("/admin/")
///     .method("GET")
///     .peer("10.0.0.2".parse()?)
///     .authority("shop.example")
///     .routed_path("/admin")
///     .headers(&headers);
/// assert!(!config.decide(&facts).is_scanner(), "10.0.0.2 is not a trusted proxy");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct RequestFacts<'a> {
    pub(crate) peer: Option<IpAddr>,
    pub(crate) method: &'a str,
    pub(crate) authority: Option<&'a str>,
    pub(crate) path: &'a str,
    pub(crate) routed_path: Option<&'a str>,
    pub(crate) too_long: bool,
    pub(crate) headers: &'a dyn HeaderLines,
    pub(crate) proofs: &'a Proofs,
    /// The bots in the user agent, if they were searched already.
    pub(crate) named: Option<Found>,
}

/// An empty list of headers.
const NO_HEADERS: &[(&str, &str); 0] = &[];

impl<'a> RequestFacts<'a> {
    /// A GET request for this path, as in the request line without its query. Everything else is unknown.
    #[must_use]
    pub fn new(path: &'a str) -> Self {
        Self {
            peer: None,
            method: "GET",
            authority: None,
            path,
            routed_path: None,
            too_long: false,
            headers: NO_HEADERS,
            proofs: &NO_PROOFS,
            named: None,
        }
    }

    /// The address of the TCP peer.
    #[must_use]
    pub fn peer(self, peer: IpAddr) -> Self {
        Self { peer: Some(peer), ..self }
    }

    /// The method.
    #[must_use]
    pub fn method(self, method: &'a str) -> Self {
        Self { method, ..self }
    }

    /// The host in the request target (HTTP/2's `:authority`, or HTTP/1.1's absolute form). A `Host` header is read
    /// from the [headers](Self::headers).
    #[must_use]
    pub fn authority(self, authority: &'a str) -> Self {
        Self { authority: Some(authority), ..self }
    }

    /// The path for the router, if an earlier middleware changed the request's path.
    #[must_use]
    pub fn routed_path(self, path: &'a str) -> Self {
        Self { routed_path: Some(path), ..self }
    }

    /// The headers, in wire order.
    #[must_use]
    pub fn headers(self, headers: &'a dyn HeaderLines) -> Self {
        Self { headers, ..self }
    }

    /// The proofs for the request's claims, which were collected before the decision.
    ///
    /// ```
    /// # use actix_scanner_guard::{RequestFacts, identity::Proofs};
    /// let proofs = Proofs::new().time(std::time::SystemTime::now());
    /// let facts = RequestFacts::new("/").proofs(&proofs);
    /// # let _ = facts;
    /// ```
    #[must_use]
    pub fn proofs(self, proofs: &'a Proofs) -> Self {
        Self { proofs, ..self }
    }
}

impl std::fmt::Debug for RequestFacts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Headers may contain credentials, so they are left out.
        f.debug_struct("RequestFacts")
            .field("peer", &self.peer)
            .field("method", &self.method)
            .field("authority", &self.authority)
            .field("path", &self.path)
            .field("routed_path", &self.routed_path)
            .finish_non_exhaustive()
    }
}
