//! The pages for visitors: their texts (`texts`), their design (`template`), and their headers.

mod form;
mod template;
mod texts;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, EXPIRES, HeaderMap, HeaderName, HeaderValue, PRAGMA,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::{HttpResponse, HttpResponseBuilder};

pub(super) use form::{Digits, Form};
pub(super) use template::Template;
pub use texts::{Page, Texts};

const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");

/// Headers of every answer below a link's path, both pages and the handler's answer. `Expires` and `Pragma` are for
/// HTTP/1.0 caches.
const PROTECTIVE_HEADERS: [(HeaderName, HeaderValue); 6] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (PRAGMA, HeaderValue::from_static("no-cache")),
    (EXPIRES, HeaderValue::from_static("0")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_ROBOTS_TAG, HeaderValue::from_static("noindex, nofollow, noarchive")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// Adds the protective headers that the answer does not set itself.
pub(super) fn guard_headers(headers: &mut HeaderMap) {
    for (name, value) in PROTECTIVE_HEADERS {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
}

/// The design and texts of all pages, as configured by the application.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) texts: Texts,
    pub(super) template: Template,
    pub(super) by_purpose: std::collections::HashMap<String, Page>,
    /// Additional origins to which the handler's answer may redirect.
    pub(super) form_action: Vec<String>,
}

/// One page before it is rendered.
pub(super) struct View<'a> {
    pub(super) status: StatusCode,
    pub(super) title: &'a str,
    pub(super) text: &'a str,
    pub(super) form: Option<Form<'a>>,
    /// For the `nonce` attributes of style and script.
    pub(super) nonce: &'a str,
}

impl Pages {
    /// The page texts of this link's purpose.
    pub(super) fn page(&self, purpose: &str) -> &Page {
        self.by_purpose.get(purpose).unwrap_or(&self.texts.page)
    }

    pub(super) fn render(&self, view: &View<'_>) -> HttpResponseBuilderWithBody {
        let form = view.form.as_ref().map(|form| form.html(&self.texts, view.nonce)).unwrap_or_default();
        let body = self.template.render(&self.texts.lang, view, &form);
        let script = view.form.as_ref().is_some_and(|form| form.submits_itself);
        let mut response = HttpResponse::build(view.status);
        for (name, value) in PROTECTIVE_HEADERS {
            response.insert_header((name, value));
        }
        response
            .insert_header((CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")))
            .insert_header((X_FRAME_OPTIONS, HeaderValue::from_static("DENY")))
            .insert_header((CONTENT_SECURITY_POLICY, self.policy(view.nonce, script)));
        HttpResponseBuilderWithBody { response, body }
    }

    fn policy(&self, nonce: &str, script: bool) -> String {
        let own = if self.template.is_own { " 'self'" } else { "" };
        let media = if self.template.is_own { "; img-src 'self' data:; font-src 'self'" } else { "" };
        let script = if script { format!("; script-src 'nonce-{nonce}'") } else { String::new() };
        let targets: String = self.form_action.iter().map(|origin| format!(" {origin}")).collect();
        format!(
            "default-src 'none'; style-src 'nonce-{nonce}'{own}{media}{script}; form-action 'self'{targets}; \
             frame-ancestors 'none'; base-uri 'none'"
        )
    }
}

/// A page to which headers can be added.
pub(super) struct HttpResponseBuilderWithBody {
    pub(super) response: HttpResponseBuilder,
    body: String,
}

impl HttpResponseBuilderWithBody {
    pub(super) fn finish(mut self) -> HttpResponse {
        self.response.body(self.body)
    }
}
