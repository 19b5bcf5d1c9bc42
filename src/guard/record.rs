//! What the guard logs, with target `scanner_guard`.

use std::fmt;
use std::net::IpAddr;

use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{FORWARDED, X_FORWARDED_FOR};

use super::tag::ScannerMatch;
use crate::LOG_TARGET;
use crate::client::{self, ClientOutcome};
use crate::live::Snapshot;
use crate::policy::Action;
use crate::util::escape::Reversible;

/// So much of a path is logged.
const MAX_PATH: usize = 256;

/// One record for each request that policy hides something from, and a quieter one for the others.
///
/// Where there are decoys all records are equally loud: writing one takes longer than making a decoy, so that a decoy
/// could be told by its record if the answer for the page next to it had none.
pub(super) fn decision(tag: &ScannerMatch, req: &ServiceRequest, has_decoys: bool) {
    let level = if has_decoys || tag.action().hides() { log::Level::Info } else { log::Level::Debug };
    let verb = match (tag.action(), tag.enforced()) {
        (Action::Block, true) => "blocked",
        (Action::Block, false) => "would block",
        (Action::Decoy, true) => "decoyed",
        (Action::Decoy, false) => "would decoy",
        (Action::Tag, _) => "tagged",
        (Action::Allow, _) => "allowed",
    };
    let path = Printable(req.path());
    let method = Printable(req.method().as_str());
    let rule = tag.rule().unwrap_or("default_action");
    log::log!(
        target: LOG_TARGET,
        level,
        address:% = tag.address(),
        network:% = tag.network(),
        scanner = tag.scanner().id(),
        rule = rule,
        action = tag.action().as_str(),
        enforced = tag.enforced(),
        method:% = method,
        path:% = path,
        reference = tag.reference(),
        generation = tag.generation();
        "{verb} {method} {path} from {address} ({scanner}, {network}) by {rule}, reference {reference}",
        address = tag.address(),
        scanner = tag.scanner(),
        network = tag.network(),
        reference = tag.reference(),
    );
}

/// The application answers unknown paths with something else than a 404, so scanners get the fallback decoy.
pub(super) fn no_app_decoy(snapshot: &Snapshot, status: StatusCode) {
    if snapshot.notices.no_app_decoy.say() {
        log::warn!(
            target: LOG_TARGET,
            status = status.as_u16();
            "the application answers an unknown path with {status} and not with 404, so scanners get the static decoy \
             of [decoy]; give that the looks of your pages and write `source = \"static\"`, or let the application's \
             answer stand with `accept_any_status = true`",
        );
    }
}

/// The application's 404 page cannot be cleaned of the random letters of the decoy's path.
pub(super) fn spoilt_decoy(snapshot: &Snapshot) {
    if snapshot.notices.spoilt_decoy.say() {
        log::warn!(
            target: LOG_TARGET,
            "the application's 404 page is compressed already, shows the path cut short, or is a stream of more than \
             1 MiB with a length promised, so scanners get the static decoy of [decoy]; wrap `Compress` outside of the \
             guard, and show the path whole or not at all",
        );
    }
}

/// The signs of proxies that are not set up as they are: then no scanner behind them is ever recognised.
pub(super) fn warn_of_proxies(snapshot: &Snapshot, req: &ServiceRequest, outcome: Option<ClientOutcome>) {
    let notices = &snapshot.notices;
    match outcome {
        Some(ClientOutcome::Client) if !notices.only_proxies.settled() => notices.only_proxies.settle(),
        Some(ClientOutcome::AllTrusted) => warn_of_only_proxies(snapshot),
        _ => {}
    }
    if notices.forgotten_proxy.said() && notices.unknown_client.said() {
        return;
    }
    let Some(peer) = req.peer_addr().map(|peer| peer.ip()) else { return };
    if snapshot.engine.client().trusts(peer) {
        if let Some(outcome) = outcome.filter(|_| !notices.unknown_client.said()) {
            warn_of_unknown_client(snapshot, req, peer, outcome);
        }
    } else if !notices.forgotten_proxy.said() && client::is_nearby(peer) {
        warn_of_forgotten_proxy(snapshot, req, peer);
    }
}

/// A neighbour that is not trusted sends forwarded headers: it is probably the proxy.
fn warn_of_forgotten_proxy(snapshot: &Snapshot, req: &ServiceRequest, peer: IpAddr) {
    let usual = [X_FORWARDED_FOR, FORWARDED];
    let mut headers = [snapshot.engine.client().header(), &usual[0], &usual[1]].into_iter();
    if let Some(header) = headers.find(|name| req.headers().contains_key(*name))
        && snapshot.notices.forgotten_proxy.say()
    {
        log::warn!(
            target: LOG_TARGET,
            peer:% = peer,
            header = header.as_str();
            "{peer} sends `{header}` but is no trusted proxy, so its word is not taken; if it is your proxy, name it \
             in client.trusted_proxies",
        );
    }
}

/// A trusted proxy does not say, or not legibly, whom the request comes from.
fn warn_of_unknown_client(snapshot: &Snapshot, req: &ServiceRequest, peer: IpAddr, outcome: ClientOutcome) {
    let elsewhere = || [X_FORWARDED_FOR, FORWARDED].into_iter().find(|name| req.headers().contains_key(name));
    let why = match outcome {
        ClientOutcome::Unparseable => "cannot be read".to_owned(),
        ClientOutcome::TooFewHops => "has fewer elements than client.trusted_hops".to_owned(),
        ClientOutcome::NoHeader => match elsewhere() {
            Some(other) => format!("is not there, while `{other}` is"),
            None => return,
        },
        _ => return,
    };
    if snapshot.notices.unknown_client.say() {
        let header = snapshot.engine.client().header();
        log::warn!(
            target: LOG_TARGET,
            peer:% = peer,
            header = header.as_str();
            "`{header}` of the trusted proxy {peer} {why}, so nobody knows the client; if this comes with every \
             request, look at client.header, client.trusted_hops and the proxy's own settings",
        );
    }
}

/// Trusted proxies name one of them for the client of each request: an address is trusted that is no proxy's, or a proxy
/// does not see its clients itself.
fn warn_of_only_proxies(snapshot: &Snapshot) {
    if snapshot.notices.only_proxies.say() {
        let header = snapshot.engine.client().header();
        log::warn!(
            target: LOG_TARGET,
            header = header.as_str();
            "`{header}` has named none but trusted proxies so far, so no scanner behind them is recognised; if clients \
             come from elsewhere, trust fewer addresses in client.trusted_proxies, and see that the outermost proxy \
             gets the clients' own addresses (behind Docker's proxy or a load balancer it may not)",
        );
    }
}

/// Text from a client, escaped for a log, and cut where it is long.
struct Printable<'a>(&'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(MAX_PATH) {
            Some((end, _)) => write!(f, "{}… ({} bytes)", Reversible(&self.0[..end]), self.0.len()),
            None => Reversible(self.0).fmt(f),
        }
    }
}
