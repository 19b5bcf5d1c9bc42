//! Warnings about proxies that do not match `[client]`, with target `scanner_guard`.
//!
//! With a wrong setting, no request fails; the guard only recognizes no scanner behind the proxy. So each of these
//! warnings is logged once per policy, since every request would cause it.

use std::net::IpAddr;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{FORWARDED, HeaderName, X_FORWARDED_FOR};

use super::events::Printable;
use super::extract;
use crate::LOG_TARGET;
use crate::client::{self, ClientOutcome};
use crate::live::Snapshot;

/// Maximum number of header lines that a warning shows.
const MAX_LINES: usize = 4;

/// Checks the outcome of the walk to the client. In the normal case, it only reads a flag or two.
pub(super) fn check(snapshot: &Snapshot, req: &ServiceRequest, outcome: ClientOutcome) {
    let peer = req.peer_addr().map(|peer| peer.ip());
    match (outcome, peer) {
        (ClientOutcome::Peer, Some(peer)) => untrusted_neighbor(snapshot, req, peer),
        (ClientOutcome::NoPeer, _) => socket_without_address(snapshot, req),
        (ClientOutcome::Client, _) => {
            snapshot.notices.only_proxies.settle();
            repeated_header(snapshot, req);
        }
        (ClientOutcome::AllTrusted | ClientOutcome::NoHeader, Some(peer)) => {
            only_proxies(snapshot, outcome);
            undetermined(snapshot, req, Some(peer), outcome);
        }
        _ => undetermined(snapshot, req, peer, outcome),
    }
}

/// An untrusted neighbor sends forwarded headers: it is probably the proxy.
fn untrusted_neighbor(snapshot: &Snapshot, req: &ServiceRequest, peer: IpAddr) {
    let notice = &snapshot.notices.untrusted_proxy;
    if !notice.is_logged()
        && client::is_nearby(peer)
        && let Some(header) = forwarding_header(snapshot, req)
        && notice.should_log()
    {
        log::warn!(
            target: LOG_TARGET,
            peer:% = peer,
            header = header.as_str();
            "ignoring `{header}` from untrusted peer {peer}; if this is your reverse proxy, add it to \
             client.trusted_proxies",
        );
    }
}

/// A Unix socket has no address, so `trusted_proxies` cannot name the proxy at its other end.
fn socket_without_address(snapshot: &Snapshot, req: &ServiceRequest) {
    let notice = &snapshot.notices.untrusted_proxy;
    if !notice.is_logged()
        && let Some(header) = forwarding_header(snapshot, req)
        && notice.should_log()
    {
        log::warn!(
            target: LOG_TARGET,
            header = header.as_str();
            "ignoring `{header}` from a connection without an address (a Unix socket), which client.trusted_proxies \
             cannot name; if your reverse proxy connects there, write `trusted_hops = 1` instead of trusted_proxies",
        );
    }
}

/// The first of the usual headers that the request has.
fn forwarding_header(snapshot: &Snapshot, req: &ServiceRequest) -> Option<HeaderName> {
    let usual = [X_FORWARDED_FOR, FORWARDED];
    let mut headers = [snapshot.engine.client().header(), &usual[0], &usual[1]].into_iter();
    headers.find(|name| req.headers().contains_key(*name)).cloned()
}

/// The header of a trusted proxy contains no client address.
fn undetermined(snapshot: &Snapshot, req: &ServiceRequest, peer: Option<IpAddr>, outcome: ClientOutcome) {
    let notice = &snapshot.notices.undetermined_client;
    if notice.is_logged() {
        return;
    }
    let client = snapshot.engine.client();
    let why = match outcome {
        ClientOutcome::Unparseable | ClientOutcome::Reserved => {
            let element = client.unusable_element(peer, extract::of(req).headers);
            why_unusable(outcome, element.unwrap_or_default())
        }
        ClientOutcome::TooFewHops => "has fewer elements than client.trusted_hops".to_owned(),
        ClientOutcome::TooManyHops => "names more than 64 trusted proxies".to_owned(),
        ClientOutcome::NoHeader => {
            match [X_FORWARDED_FOR, FORWARDED].into_iter().find(|name| req.headers().contains_key(name)) {
                Some(other) => format!("is missing, while `{other}` is present"),
                None => return,
            }
        }
        _ => return,
    };
    if notice.should_log() {
        let header = client.header();
        let lines = lines(req, header).map(|lines| format!(" ({lines})")).unwrap_or_default();
        let peer = peer.map_or_else(|| "a Unix socket".to_owned(), |peer| peer.to_string());
        log::warn!(
            target: LOG_TARGET,
            peer = peer.as_str(),
            header = header.as_str();
            "`{header}` from trusted proxy {peer} {why}{lines}, so the client is undetermined; if this comes with every \
             request, look at client.header, client.trusted_hops and the proxy's own settings",
        );
    }
}

fn why_unusable(outcome: ClientOutcome, element: &[u8]) -> String {
    let text = String::from_utf8_lossy(element);
    let text = Printable(&text);
    match outcome {
        ClientOutcome::Reserved if element.first() == Some(&b'2') => {
            format!("names `{text}`, a reserved address; with Cloudflare, set Pseudo IPv4 to \"Off\" or \"Add header\"")
        }
        ClientOutcome::Reserved => format!("names `{text}`, an address that no client of this proxy has"),
        _ if element.is_empty() => "occurs several times, although it contains one address".to_owned(),
        _ => format!("holds `{text}`, which is no address"),
    }
}

/// Trusted proxies have sent no client address yet: a trusted address is not a proxy's, or a proxy does not forward the
/// client's address.
fn only_proxies(snapshot: &Snapshot, outcome: ClientOutcome) {
    if !snapshot.notices.only_proxies.should_log() {
        return;
    }
    let header = snapshot.engine.client().header();
    if outcome == ClientOutcome::NoHeader {
        log::warn!(
            target: LOG_TARGET,
            header = header.as_str();
            "trusted proxies have sent no client's address in `{header}` so far, so no scanner behind them is recognized; if \
             visitors come through them, let the proxy send it (nginx: `proxy_set_header X-Forwarded-For \
             $proxy_add_x_forwarded_for;`), or name the header that it sends in client.header",
        );
    } else {
        log::warn!(
            target: LOG_TARGET,
            header = header.as_str();
            "`{header}` has named only trusted proxies so far, so no scanner behind them is recognized; if clients \
             come from elsewhere, trust fewer addresses in client.trusted_proxies, and see that the outermost proxy \
             gets the clients' own addresses (behind Docker's proxy or a load balancer it may not)",
        );
    }
}

/// Several lines of the header are one list, and the last line counts. A proxy that appends to the first of several lines
/// lets its clients write the last one: Heroku's old router did.
fn repeated_header(snapshot: &Snapshot, req: &ServiceRequest) {
    let notice = &snapshot.notices.repeated_header;
    let header = snapshot.engine.client().header();
    if !notice.is_logged()
        && req.headers().get_all(header).nth(1).is_some()
        && notice.should_log()
        && let Some(lines) = lines(req, header)
    {
        log::warn!(
            target: LOG_TARGET,
            header = header.as_str();
            "a trusted proxy sent `{header}` in several lines ({lines}); the last line counts. If your proxy adds its \
             element to another line, clients can choose their address: let the proxy remove the header that clients send",
        );
    }
}

/// The header's lines in wire order, in quotes; `None` if there are none.
fn lines(req: &ServiceRequest, header: &HeaderName) -> Option<String> {
    let mut lines = req.headers().get_all(header);
    let shown: Vec<String> = lines
        .by_ref()
        .take(MAX_LINES)
        .map(|line| format!("`{}`", Printable(&String::from_utf8_lossy(line.as_bytes()))))
        .collect();
    let more = lines.count();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!shown.is_empty()).then(|| format!("{}{more}", shown.join(", ")))
}
