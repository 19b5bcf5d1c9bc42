//! The service: one decision per request.

use std::fmt;
use std::sync::Arc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, forward_ready};
use actix_web::{Error, HttpMessage};
use arc_swap::Guard;

use super::decoy::{self, Settings, SharedData};
use super::future::GuardFuture;
use super::observer::Watched;
use super::tag::ScannerMatch;
use super::{DecoyBody, events, extract, observer, proofs, proxy_warnings, response};
use crate::live::{Live, Snapshot};
use crate::policy::{Action, Breaks};

/// The service that `App::wrap` makes of the middleware.
///
/// ```
/// use actix_scanner_guard::guard::GuardService;
/// use actix_scanner_guard::{GuardConfig, ScannerGuard};
/// use actix_web::dev::{Service, Transform};
/// use actix_web::test::{TestRequest, ok_service};
///
/// # actix_web::rt::System::new().block_on(async {
/// let guard = ScannerGuard::from_config(&GuardConfig::from_toml("default_action = \"block\"").unwrap());
/// let service: GuardService<_> = guard.new_transform(ok_service()).await.unwrap();
/// let request = TestRequest::default().peer_addr("150.70.66.183:443".parse().unwrap());
/// assert_eq!(service.call(request.to_srv_request()).await.unwrap().status(), 403);
/// # });
/// ```
pub struct GuardService<S> {
    service: S,
    live: Arc<Live>,
    shared: SharedData,
}

impl<S> GuardService<S> {
    pub(super) fn new(service: S, live: Arc<Live>, shared: SharedData) -> Self {
        Self { service, live, shared }
    }
}

/// `S` need not implement `Debug`, and is not shown.
impl<S> fmt::Debug for GuardService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardService").field("live", &self.live).finish_non_exhaustive()
    }
}

impl<S, B> Service<ServiceRequest> for GuardService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<DecoyBody<B>>>;
    type Error = Error;
    type Future = GuardFuture<S::Future, B>;

    forward_ready!(service);

    fn call(&self, req: ServiceRequest) -> Self::Future {
        if req.extensions().get::<ScannerMatch>().is_some_and(ScannerMatch::is_decoyed) {
            // An outer guard has already rewritten the path, so there is nothing to protect.
            return GuardFuture::forward(self.service.call(req));
        }
        let snapshot = self.live.load();
        let mut facts = extract::of(&req);
        let named = snapshot.engine.named(&facts);
        let proofs = proofs::of(&snapshot, &req, !named.is_empty());
        facts.named = Some(named);
        let decision = snapshot.engine.decide(&facts.proofs(&proofs));
        proxy_warnings::check(&snapshot, &req, decision.outcome());
        #[cfg(feature = "canary")]
        super::canary::look(&self.live, &snapshot.engine, &req);
        let watched = observer::note(&snapshot, &req, &decision);
        let _working = watched.as_ref().map(Watched::working);
        let discovered = observer::discovered(&snapshot, &decision);
        let Some(matched) = decision.into_matched() else {
            if let Some(range) = discovered {
                let tag = ScannerMatch::discovered_in(&snapshot.engine, range, proofs.signature);
                events::discovered(&tag);
                req.extensions_mut().insert(tag);
            }
            // There are few borrow slots, so the snapshot is returned before the application runs.
            drop(snapshot);
            return GuardFuture::forward(self.service.call(req)).watched(watched);
        };
        let snapshot = Guard::into_inner(snapshot);
        snapshot.counters.count(&matched);
        let mut matched = *matched;
        let breaks = std::mem::take(&mut matched.breaks);
        let tag = ScannerMatch::new(matched, proofs.signature, discovered.is_some());
        let has_decoys = snapshot.engine.has_decoys();
        events::decision(&tag, &req, has_decoys);
        events::doubtful_addresses(&snapshot);
        req.extensions_mut().insert(tag.clone());
        let answer = match tag.action() {
            Action::Block if tag.enforced() => {
                GuardFuture::answered(req.into_response(response::block(&snapshot.engine, &tag)))
            }
            Action::Decoy if tag.is_decoyed() => self.decoy(req, breaks, snapshot),
            _ => {
                let settings = Settings::of(&snapshot.engine);
                drop(snapshot);
                let equalize = || decoy::equalize_timing(&req, breaks, settings, &self.shared);
                let rewritten = has_decoys.then(equalize).flatten();
                GuardFuture::equalized(self.service.call(req), rewritten)
            }
        };
        answer.watched(watched)
    }
}

impl<S, B> GuardService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    fn decoy(&self, mut req: ServiceRequest, breaks: Breaks, snapshot: Arc<Snapshot>) -> GuardFuture<S::Future, B> {
        let engine = &snapshot.engine;
        let asks_app = engine.decoy().ask_app;
        let rewrite = || decoy::rewrite(&mut req, breaks, Settings::of(engine), &self.shared);
        let rewritten = asks_app.then(rewrite).flatten();
        let Some(rewritten) = rewritten else {
            return GuardFuture::answered(req.into_response(response::fallback(engine)));
        };
        GuardFuture::decoy(self.service.call(req), rewritten, snapshot)
    }
}
