//! Makes the request that middlewares outside of the guard see after the application answered a decoy: `ErrorHandlers`
//! that render the page, sessions, metrics, access logs.
//!
//! They must see the path that was sent. The application's own request has the rewritten path. actix-web can change a
//! request only while no clone of it exists, and reports a clone only by a panic; a streamed body or a spawned task may
//! have a clone. So this is another request. It has the sent head, the extensions, the parameters of the route, the
//! scheme and host of the connection, and the app data of the types that
//! [`ScannerGuard::share_app_data`](crate::ScannerGuard::share_app_data) names. Everything else in the application
//! (`url_for`, other app data, data of the connection) is not reachable through it.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::{Extensions, ServiceRequest, Url};
use actix_web::test::TestRequest;
use actix_web::{HttpMessage, HttpRequest};

use super::answer::Purpose;
use super::clean::without;
use super::rewrite::Rewritten;

/// Copies app data of one type, if the request has it.
type Share = fn(&HttpRequest, &mut Extensions);

/// The types of app data for outer middlewares.
#[derive(Clone, Default)]
pub(in crate::guard) struct SharedData(Arc<[Share]>);

impl SharedData {
    pub(in crate::guard) fn and<T: Clone + 'static>(&self) -> Self {
        let share: Share = |request, data| {
            if let Some(value) = request.app_data::<T>() {
                data.insert(value.clone());
            }
        };
        Self(self.0.iter().copied().chain([share]).collect())
    }

    fn of(&self, request: &HttpRequest) -> Option<Rc<Extensions>> {
        if self.0.is_empty() {
            return None;
        }
        let mut data = Extensions::new();
        self.0.iter().for_each(|share| share(request, &mut data));
        Some(Rc::new(data))
    }
}

impl fmt::Debug for SharedData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} types", self.0.len())
    }
}

impl Rewritten {
    /// The request for outer middlewares, with all extensions.
    pub(in crate::guard) fn outer_request(&mut self, request: &HttpRequest) -> HttpRequest {
        self.note_left(request, Purpose::Decoy);
        let copy = self.copy(request);
        std::mem::swap(&mut *copy.extensions_mut(), &mut *request.extensions_mut());
        copy
    }

    /// A request with the head as sent, plus the changes that inner middlewares made to it.
    pub(super) fn copy(&self, request: &HttpRequest) -> HttpRequest {
        let mut copy = TestRequest::default().to_srv_request();
        request.head().clone_into(copy.head_mut());
        let uri = self.left.as_ref().map_or(&self.sent, |(_, left)| left);
        copy.head_mut().uri = uri.clone();
        copy.match_info_mut().set(Url::new(uri.clone()));
        self.copy_parameters(request, &mut copy);
        if let Some(data) = self.shared.of(request) {
            copy.add_data_container(data);
        }
        copy.into_parts().0
    }

    /// The parameters of the route, such as `{tail:.*}` of a catch-all, without markers.
    fn copy_parameters(&self, request: &HttpRequest, copy: &mut ServiceRequest) {
        for (name, value) in request.match_info().iter() {
            let clean = without(value.as_bytes(), &self.marker);
            let clean = clean.as_deref().map_or(Cow::Borrowed(value), String::from_utf8_lossy);
            copy.match_info_mut().add_static(name.to_owned(), clean.into_owned());
        }
    }
}
