//! The answers to requests for a link: chooses the page, and fills it.

use std::borrow::Cow;

use actix_web::http::header::{ALLOW, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, SET_COOKIE};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use super::body::{self, Fields};
use super::consume::Outcome;
use super::events::Event;
use super::judge::{FormFacts, RefusalReason, Step, Typed};
use super::link::Link;
use super::links::Links;
use super::origin::sender;
use super::page::{Digits, Form, Page, View};
use super::settings::is_link_path;
use super::store::{LinkRecord, State, StoreError, duration_millis};
use super::visit::{self, Nonce};
use crate::{LOG_TARGET, ScannerMatch};

pub(super) const METHODS: &str = "GET, HEAD, POST, OPTIONS";

/// Headers with which browsers mark a request for a page that is not displayed yet.
const PURPOSES: [HeaderName; 4] = [
    HeaderName::from_static("sec-purpose"),
    HeaderName::from_static("purpose"),
    HeaderName::from_static("x-purpose"),
    HeaderName::from_static("x-moz"),
];

/// Answers one request with a page.
pub(super) struct LinkResponder<'a> {
    pub(super) links: &'a Links,
    pub(super) req: &'a HttpRequest,
}

impl LinkResponder<'_> {
    fn note(&self, event: Event, link: Option<(&str, &LinkRecord)>, cause: &str) {
        self.links.counters.note(self.req, event, link, cause);
    }

    /// GET, HEAD and OPTIONS: the store does not change.
    pub(super) fn look(&self, link: &Link<'_>) -> HttpResponse {
        if link.state != State::Usable {
            return self.used(link);
        }
        let headers = self.req.headers();
        let prefetch = is_prefetch(headers);
        self.note(Event::Looked, link.for_log(), if prefetch { "prefetch" } else { "" });
        let shown = self.req.method() == Method::GET && !prefetch;
        let submits_itself = shown && link.record.without_click && link.was_requested_by(headers);
        let page = self.links.pages.page(&link.record.purpose);
        let mut response = self.form(link, StatusCode::OK, page, None, None, submits_itself, shown);
        if self.req.method() == Method::OPTIONS
            && let Ok(methods) = METHODS.try_into()
        {
            response.headers_mut().insert(ALLOW, methods);
        }
        response
    }

    /// The facts about a form, and the visit of its nonce.
    pub(super) fn facts<'v>(
        &self,
        link: &Link<'_>,
        fields: &Fields,
        visit: Option<(&'v str, Nonce)>,
    ) -> (FormFacts, Option<&'v str>) {
        let (id, nonce) = visit.map_or((None, Nonce::Wrong), |(id, nonce)| (Some(id), nonce));
        let typed = match fields.code.as_deref().map(body::digits).filter(|digits| !digits.is_empty()) {
            None => Typed::Nothing,
            Some(digits) if link.record.code && digits == link.code() => Typed::TheCode,
            Some(digits) if id.is_some_and(|id| digits == link.number(id)) => Typed::TheNumber,
            Some(_) => Typed::OtherDigits,
        };
        let post = FormFacts {
            sender: sender(self.req, self.links.origin.as_deref()),
            nonce,
            tagged: self.req.extensions().get::<ScannerMatch>().is_some_and(ScannerMatch::is_actionable_on_links),
            requested_link: link.was_requested_by(self.req.headers()),
            early: self.links.now() < self.early_until(link),
            has_code: link.record.code,
            typed,
        };
        (post, id)
    }

    fn early_until(&self, link: &Link<'_>) -> u64 {
        link.record.sent_at.saturating_add(duration_millis(self.links.early_window))
    }

    /// The page again; the link does not change.
    pub(super) fn again(&self, link: &Link<'_>, step: Option<Step>, cause: RefusalReason) -> HttpResponse {
        let texts = &self.links.pages.texts;
        let (event, detail, notice, status) = match cause {
            RefusalReason::MaybeScanner => (Event::Challenged, "", None, StatusCode::OK),
            RefusalReason::OtherSite => {
                (Event::Rejected, "sent from another site", Some(&texts.other_site), StatusCode::FORBIDDEN)
            }
            RefusalReason::Nonce => {
                (Event::Rejected, "without the cookie of its page", Some(&texts.press_again), StatusCode::FORBIDDEN)
            }
            RefusalReason::TooEarly => {
                (Event::Rejected, "too soon after its page", Some(&texts.press_again), StatusCode::FORBIDDEN)
            }
            RefusalReason::Digits => {
                (Event::Challenged, "wrong digits", Some(&texts.wrong_digits), StatusCode::FORBIDDEN)
            }
        };
        self.note(event, link.for_log(), detail);
        let page = self.links.pages.page(&link.record.purpose);
        // If a number is required, the text of that step explains the button.
        let notice =
            notice.filter(|_| step.is_none() || matches!(cause, RefusalReason::OtherSite | RefusalReason::Digits));
        self.form(link, status, page, step, notice, false, true)
    }

    /// A page with the form. With `shown`, its nonce is bound to a cookie of this answer.
    #[allow(clippy::too_many_arguments, reason = "one for each part that differs")]
    fn form(
        &self,
        link: &Link<'_>,
        status: StatusCode,
        page: &Page,
        step: Option<Step>,
        notice: Option<&Cow<'static, str>>,
        submits_itself: bool,
        shown: bool,
    ) -> HttpResponse {
        let pages = &self.links.pages;
        let visit = visit::ids(self.req.headers(), visit::VISIT).next().map(str::to_owned);
        let Some((visit, style)) = visit.or_else(|| visit::new_id().ok()).zip(visit::new_id().ok()) else {
            log::error!(target: LOG_TARGET, "the operating system has no random bytes, so one-time links cannot be shown");
            return HttpResponse::ServiceUnavailable().finish();
        };
        let nonce = if shown { visit::nonce(link.keys, &link.key, &visit, self.links.now()) } else { String::new() };
        let number = link.number(&visit);
        let minutes = self.early_until(link).saturating_sub(self.links.now()).div_ceil(60_000);
        let lost = pages.texts.code_lost.replace("{minutes}", &minutes.to_string());
        let digits = step.map(|step| match step {
            Step::Code => Digits { label: &pages.texts.code, shown: None, lost: Some(&lost) },
            Step::Number => Digits { label: &pages.texts.number, shown: Some(&number), lost: None },
        });
        let form =
            Form { nonce: &nonce, button: &page.button, notice: notice.map(|text| &**text), digits, submits_itself };
        let view = View { status, title: &page.title, text: &page.text, form: Some(form), nonce: &style };
        let mut response = pages.render(&view);
        if shown && let Some(cookie) = self.visit_cookie(&visit) {
            response.response.append_header((SET_COOKIE, cookie));
        }
        response.finish()
    }

    /// For the path of this link only, as the browser sees it.
    fn visit_cookie(&self, visit: &str) -> Option<HeaderValue> {
        let path = format!("{}{}", self.links.public_prefix, self.req.path());
        let path = if is_link_path(&path) { path.as_str() } else { "/" };
        visit::cookie(visit::VISIT, visit, path, visit::VISIT_SECONDS, self.links.is_secure(self.req))
    }

    /// A page without a form.
    fn plain(&self, status: StatusCode, page: &Page) -> HttpResponse {
        let style = visit::new_id().unwrap_or_default();
        let view = View { status, title: &page.title, text: &page.text, form: None, nonce: &style };
        self.links.pages.render(&view).finish()
    }

    pub(super) fn not_valid(&self) -> HttpResponse {
        self.note(Event::NotValid, None, "");
        self.plain(StatusCode::NOT_FOUND, &self.links.pages.texts.not_valid)
    }

    /// The browser that used the link gets the page "done".
    pub(super) fn used(&self, link: &Link<'_>) -> HttpResponse {
        self.note(Event::AlreadyUsed, link.for_log(), "");
        let texts = &self.links.pages.texts;
        let by_this_browser = |holder: &str| {
            visit::ids(self.req.headers(), visit::VISIT)
                .any(|id| link.keys.verify("holder", &[link.key.as_bytes(), id.as_bytes()], holder))
        };
        match &link.state {
            State::Used { holder } if by_this_browser(holder) => self.plain(StatusCode::OK, &texts.done),
            _ => self.plain(StatusCode::GONE, &texts.used),
        }
    }

    pub(super) fn unavailable(&self, link: Option<(&str, &LinkRecord)>, error: &StoreError) -> HttpResponse {
        self.note(Event::Unavailable, link, &error.to_string());
        let mut response = self.plain(StatusCode::SERVICE_UNAVAILABLE, &self.links.pages.texts.unavailable);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("10"));
        response
    }

    /// The answer to an accepted form.
    pub(super) fn answer(&self, link: &Link<'_>, outcome: Outcome) -> HttpResponse {
        let texts = &self.links.pages.texts;
        match outcome {
            Outcome::Consumed(response) => {
                self.note(Event::Consumed, link.for_log(), "");
                response
            }
            Outcome::Repeated(Some(response)) => {
                self.note(Event::Repeated, link.for_log(), "");
                response
            }
            Outcome::Repeated(None) | Outcome::Used { same_holder: true } => {
                self.note(Event::AlreadyUsed, link.for_log(), "by the same browser");
                self.plain(StatusCode::OK, &texts.done)
            }
            Outcome::Used { same_holder: false } => {
                self.note(Event::AlreadyUsed, link.for_log(), "");
                self.plain(StatusCode::GONE, &texts.used)
            }
            Outcome::RepeatedCookies(cookies) => {
                self.note(Event::Repeated, link.for_log(), "");
                let mut response = self.plain(StatusCode::OK, &texts.done);
                for cookie in cookies {
                    response.headers_mut().append(SET_COOKIE, cookie);
                }
                response
            }
            Outcome::Refused(response) => {
                self.note(Event::Failed, link.for_log(), response.status().as_str());
                response
            }
            Outcome::Broken(cause) => {
                self.note(Event::Failed, link.for_log(), cause);
                self.form(link, StatusCode::INTERNAL_SERVER_ERROR, &texts.failed, None, None, false, true)
            }
            Outcome::Busy => {
                self.note(Event::Busy, link.for_log(), "");
                self.form(link, StatusCode::CONFLICT, &texts.busy, None, None, false, true)
            }
            Outcome::Missing => self.not_valid(),
            Outcome::Unavailable(error) => self.unavailable(link.for_log(), &error),
        }
    }

    /// Like [`answer`](Self::answer), for a mail program: a link that is used already counts as a success.
    pub(super) fn one_click_answer(&self, link: &Link<'_>, outcome: Outcome) -> HttpResponse {
        match outcome {
            Outcome::Used { .. } => self.answer(link, Outcome::Used { same_holder: true }),
            other => self.answer(link, other),
        }
    }
}

fn is_prefetch(headers: &HeaderMap) -> bool {
    let header_text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    PURPOSES.iter().any(|name| {
        let purpose = header_text(name).to_ascii_lowercase();
        ["prefetch", "prerender", "preview", "instant"].iter().any(|word| purpose.contains(word))
    })
}
