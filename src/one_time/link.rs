//! The link that a request names.

use actix_web::http::header::HeaderMap;

use super::keys::Keys;
use super::store::{LinkRecord, State};
use super::visit;

/// A link in the store that a request names.
pub(super) struct Link<'a> {
    pub(super) keys: &'a Keys,
    pub(super) key: String,
    pub(super) record: LinkRecord,
    pub(super) state: State,
}

impl Link<'_> {
    pub(super) fn for_log(&self) -> Option<(&str, &LinkRecord)> {
        Some((&self.key, &self.record))
    }

    /// A number that this visit's page shows.
    pub(super) fn number(&self, visit: &str) -> String {
        self.keys.digits("number", &[self.key.as_bytes(), visit.as_bytes()])
    }

    pub(super) fn code(&self) -> String {
        self.keys.digits("code", &[self.key.as_bytes()])
    }

    /// Whether the request comes from the browser that requested the link.
    pub(super) fn was_requested_by(&self, headers: &HeaderMap) -> bool {
        self.record.browser.as_ref().is_some_and(|hash| {
            visit::ids(headers, visit::BROWSER).any(|id| self.keys.verify("browser", &[id.as_bytes()], hash))
        })
    }
}
