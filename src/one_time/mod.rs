//! Links that no mail scanner can use.
//!
//! Mail filters open every link of a message before its recipient does; some run the page's scripts and send its forms.
//! Most of them use unpublished addresses, so a list of scanners does not help. This module does the following instead:
//!
//! 1. GET, HEAD and OPTIONS never use a link. They answer with a page that has one button.
//! 2. The button's POST counts only with a nonce that belongs to the cookie of that page, from the application's own
//!    origin, and at least 600 ms after the page.
//! 3. The browser that requested the link is identified by a cookie, and needs at most this one click.
//! 4. A scanner by the policy has to type four digits as well, and so does every other browser within five minutes
//!    after the mail was sent. The link stays usable until then.
//! 5. The store reserves the link, the handler runs, and the store commits the use. If the handler fails, the link
//!    stays usable. The same browser gets the same answer for another 60 s.
//!
//! ```
//! use actix_scanner_guard::one_time::{self, Confirmed, Links, MemoryStore};
//! use actix_web::{App, HttpResponse, web};
//! use std::time::Duration;
//!
//! async fn confirmed(confirmed: Confirmed) -> HttpResponse {
//!     HttpResponse::Ok().body(format!("{}: {}", confirmed.purpose(), confirmed.subject()))
//! }
//!
//! # actix_web::rt::System::new().block_on(async {
//! let links = web::Data::new(Links::new("not as secret as yours should be", MemoryStore::new(100_000))?);
//! let app = App::new().app_data(links.clone()).service(one_time::scope("/confirm", confirmed));
//! let issued = links.issue("email-change", "user 7", Duration::from_secs(24 * 60 * 60)).await?;
//! // The mail says: https://shop.example/confirm/otl-…
//! assert!(issued.path().starts_with("/confirm/otl-"));
//! # let _ = app;
//! # Ok::<(), one_time::Error>(())
//! # }).unwrap();
//! ```
//!
//! # Exactly once, and its limit
//!
//! A handler that succeeded does not run again for its link, with one exception: if the process dies between the
//! handler's success and the commit, or cannot reach the store then for longer than the lease, the link can be used
//! again. Otherwise the link would be lost forever. The handler sees the same [`Confirmed::idempotency_key`] both
//! times. A handler that must not run twice stores this key with its changes in one transaction.
//!
//! # Limits
//!
//! Two kinds of scanners can still use a link: one that keeps cookies, waits until the early window is over and presses
//! the button from an unlisted address, and one that reads the number and types it. Against them, only a second factor
//! helps.

mod answer;
mod body;
mod browser;
mod consume;
mod error;
mod events;
mod issue;
mod judge;
mod keys;
mod link;
mod links;
mod mask;
mod origin;
mod page;
mod responder;
mod serve;
mod settings;
mod store;
mod visit;

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::error::ErrorInternalServerError;
use actix_web::web::Bytes;
use actix_web::{
    Error as ActixError, FromRequest, Handler, HttpMessage, HttpRequest, HttpResponse, Responder, Scope, web,
};

pub use browser::Browser;
pub use error::Error;
pub use events::{Event, EventCount};
pub use issue::{Issue, Issued};
pub use links::Links;
pub use mask::{log_path, mask};
pub use page::{Page, Texts};
#[cfg(feature = "redis")]
pub use store::RedisStore;
pub use store::{
    Attempt, Commit, FoundLink, LinkRecord, MemoryStore, Reservation, State, Store, StoreError, StoreFuture,
};

/// Serves links below a path, and calls the handler once for each link that is used. The handler may take extractors,
/// also [`Confirmed`]. A status of 400 or above counts as a failure: the link stays usable.
///
/// The application's data must contain [`Links`].
///
/// ```
/// use actix_scanner_guard::one_time::{self, Confirmed};
/// use actix_web::{App, HttpResponse, web};
///
/// struct Database;
///
/// async fn confirmed(confirmed: Confirmed, database: web::Data<Database>) -> actix_web::Result<HttpResponse> {
///     # let _ = database;
///     match confirmed.purpose() {
///         "magic-link" => Ok(HttpResponse::SeeOther().insert_header(("location", "/account")).finish()),
///         "unsubscribe" => Ok(HttpResponse::Ok().body("You get no more mail.")),
///         _ => Err(actix_web::error::ErrorBadRequest("unknown purpose")),
///     }
/// }
///
/// let app = App::new().app_data(web::Data::new(Database)).service(one_time::scope("/confirm", confirmed));
/// # let _ = app;
/// ```
pub fn scope<F, Args>(path: &str, handler: F) -> Scope
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let serve = move |req: HttpRequest, payload: web::Payload| {
        let handler = handler.clone();
        serve::serve(req, payload, Box::new(move |req, body| Box::pin(call(handler, req, body))))
    };
    web::scope(path).service(web::resource("/{token}").route(web::route().to(serve)))
}

/// Calls the handler in the way of actix-web.
async fn call<F, Args>(handler: F, req: HttpRequest, body: Bytes) -> HttpResponse
where
    F: Handler<Args>,
    Args: FromRequest,
    F::Output: Responder,
{
    match Args::from_request(&req, &mut Payload::from(body)).await {
        Ok(args) => handler.call(args).await.respond_to(&req).map_into_boxed_body(),
        Err(error) => HttpResponse::from_error(error),
    }
}

/// The subject of a link, as an extractor for the handler of a [`scope`].
///
/// ```
/// use actix_scanner_guard::one_time::Confirmed;
/// use actix_web::HttpResponse;
///
/// async fn confirmed(confirmed: Confirmed) -> HttpResponse {
///     // INSERT INTO done (key) … ON CONFLICT DO NOTHING, together with the change itself.
///     println!("{} of {}, {}", confirmed.purpose(), confirmed.subject(), confirmed.idempotency_key());
///     HttpResponse::Ok().body("Done.")
/// }
/// # let _ = actix_web::web::post().to(confirmed);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    purpose: String,
    subject: String,
    idempotency_key: String,
}

impl Confirmed {
    /// The purpose.
    #[must_use]
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// The person or thing that it concerns.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// A key that is the same for every attempt to use this link, and different for every other link.
    #[must_use]
    pub fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }
}

impl FromRequest for Confirmed {
    type Error = ActixError;
    type Future = Ready<Result<Self, ActixError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let confirmed = req.extensions().get::<Self>().cloned();
        ready(confirmed.ok_or_else(|| {
            ErrorInternalServerError("`Confirmed` is available only in the handler of `one_time::scope`")
        }))
    }
}
