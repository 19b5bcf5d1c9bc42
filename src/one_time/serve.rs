//! Serves requests for a link: shows a page, or runs the handler.

use actix_web::http::Method;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderMap};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::body::{self, Fields};
use super::consume::{Run, consume};
use super::judge::{Verdict, judge};
use super::link::Link;
use super::links::Links;
use super::responder::{LinkResponder, METHODS};
use super::store::{State, StoreError};
use super::visit::{self, Nonce};
use crate::LOG_TARGET;

/// The holder of a link that a mail program used on its own.
const ONE_CLICK: &str = "one-click";

/// Answers one request below the path of a scope.
pub(super) async fn serve(req: HttpRequest, payload: Payload, run: Run) -> HttpResponse {
    let Some(links) = req.app_data::<Data<Links>>().cloned() else {
        log::error!(
            target: LOG_TARGET,
            "one_time::scope has no links; write `.app_data(links.clone())` with `links: web::Data<Links>`"
        );
        return HttpResponse::InternalServerError().finish();
    };
    // The body is always read, since a connection with an unread request is closed late.
    let body = match payload.to_bytes_limited(body::MAX_BODY).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) => return HttpResponse::from_error(error),
        Err(_) => return HttpResponse::PayloadTooLarge().finish(),
    };
    let is_post = req.method() == Method::POST;
    if !is_post && ![Method::GET, Method::HEAD, Method::OPTIONS].contains(req.method()) {
        return HttpResponse::MethodNotAllowed().insert_header((ALLOW, METHODS)).finish();
    }
    let responder = LinkResponder { links: &links, req: &req };
    let link = match find(&links, &req).await {
        Ok(Some(link)) => link,
        Ok(None) => return responder.not_valid(),
        Err(error) => return responder.unavailable(None, &error),
    };
    if is_post { post(&responder, &links, link, body, run).await } else { responder.look(&link) }
}

/// Looks the token up under each secret. Every text is hashed and looked up in the same way, so that the time reveals
/// nothing about a partly correct token.
async fn find<'a>(links: &'a Links, req: &HttpRequest) -> Result<Option<Link<'a>>, StoreError> {
    let raw = req.match_info().get("token").unwrap_or_default();
    let path = req.match_info().as_str();
    let path = path.strip_suffix(raw).and_then(|path| path.strip_suffix('/')).unwrap_or(path);
    let token = token(raw);
    for keys in &links.keys {
        let key = keys.text("token", &[token.as_bytes()]);
        if let Some(found) = links.store.look(&key).await?
            && found.record.path == path
        {
            return Ok(Some(Link { keys, key, record: found.record, state: found.state }));
        }
    }
    Ok(None)
}

/// Some scanners change the case of a URL, and some mail programs include the full stop after it.
fn token(raw: &str) -> String {
    raw.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '>', '"', '\'']).to_ascii_lowercase()
}

async fn post(
    responder: &LinkResponder<'_>,
    links: &Data<Links>,
    link: Link<'_>,
    body: Bytes,
    run: Run,
) -> HttpResponse {
    let headers = responder.req.headers();
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if link.record.one_click && body::is_one_click(content_type, &body) {
        let outcome = consume(links, responder.req, &link, ONE_CLICK.to_owned(), body, run).await;
        return responder.one_click_answer(&link, outcome);
    }
    let fields = body::fields(&body);
    let visit = visit_of(headers, &link, &fields, links.now());
    if let (State::Used { holder }, Some((id, _))) = (&link.state, visit)
        && *holder != visit::holder(link.keys, &link.key, id)
    {
        return responder.used(&link);
    }
    let (post, nonce) = responder.facts(&link, &fields, visit);
    match (judge(&post), nonce) {
        (Verdict::Consume, Some(id)) => {
            let holder = visit::holder(link.keys, &link.key, id);
            let outcome = consume(links, responder.req, &link, holder, body, run).await;
            responder.answer(&link, outcome)
        }
        (Verdict::ShowAgain { step, cause }, _) if link.state == State::Usable => responder.again(&link, step, cause),
        _ => responder.used(&link),
    }
}

/// The visit of the form's nonce, with its validity; otherwise any other visit of this browser.
fn visit_of<'a>(headers: &'a HeaderMap, link: &Link<'_>, fields: &Fields, now: u64) -> Option<(&'a str, Nonce)> {
    let nonce = fields.nonce.as_deref().unwrap_or_default();
    let mut visits =
        visit::ids(headers, visit::VISIT).map(|id| (id, visit::check(link.keys, &link.key, id, nonce, now)));
    let first = visits.next();
    first
        .filter(|(_, nonce)| *nonce != Nonce::Wrong)
        .or_else(|| visits.find(|(_, nonce)| *nonce != Nonce::Wrong))
        .or(first)
}
