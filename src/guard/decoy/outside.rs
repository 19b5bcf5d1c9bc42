//! The request as whoever stands outside of the guard sees it, once the application has answered for a decoy: `ErrorHandlers` that
//! make the page there, sessions, metrics, access logs.
//!
//! It has to show the path that was sent. The application's own request holds the rewritten one, and actix-web can change a request
//! only while nobody holds a clone of it, and tells that by a panic alone; a body that streams or a task that was spawned may hold
//! one. So this is another request. It has the head that was sent, the extensions, the parameters of the route, the connection's
//! scheme and host, and the app data whose types were named by [`ScannerGuard::share_app_data`](crate::ScannerGuard::share_app_data).
//! What is registered in the application besides (`url_for`, other app data, data of the connection) cannot be reached through it.

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

/// Copies app data of one type, where the request has it.
type Share = fn(&HttpRequest, &mut Extensions);

/// The types of app data that whoever is outside may ask for.
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
    /// The request to show, with all that is in the extensions.
    pub(in crate::guard) fn outward(&mut self, request: &HttpRequest) -> HttpRequest {
        self.note_left(request, Purpose::Decoy);
        let copy = self.copy(request);
        std::mem::swap(&mut *copy.extensions_mut(), &mut *request.extensions_mut());
        copy
    }

    /// A request with the head that was sent, but for what middlewares inside have changed in it.
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

    /// What the router has found, as `{tail:.*}` of a catch-all, without markers.
    fn copy_parameters(&self, request: &HttpRequest, copy: &mut ServiceRequest) {
        for (name, value) in request.match_info().iter() {
            let clean = without(value.as_bytes(), &self.marker);
            let clean = clean.as_deref().map_or(Cow::Borrowed(value), String::from_utf8_lossy);
            copy.match_info_mut().add_static(name.to_owned(), clean.into_owned());
        }
    }
}
