//! The response future: the future of the application, and the cleaning of decoys.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::{Error, HttpRequest};
use pin_project_lite::pin_project;

use super::decoy::{self, Cleaned, DecoyBody, GuardResponse, PendingBody, Purpose, Rewritten};
use super::observer::Watched;
use super::{events, response};
use crate::live::Snapshot;

pin_project! {
    /// The future of the answer of [`GuardService`](super::GuardService).
    ///
    /// ```
    /// use actix_scanner_guard::guard::{GuardFuture, GuardService};
    /// use actix_scanner_guard::{GuardConfig, ScannerGuard};
    /// use actix_web::dev::{Service, Transform};
    /// use actix_web::test::{TestRequest, ok_service};
    ///
    /// # actix_web::rt::System::new().block_on(async {
    /// let guard = ScannerGuard::from_config(&GuardConfig::from_toml("").unwrap());
    /// let service: GuardService<_> = guard.new_transform(ok_service()).await.unwrap();
    /// let answer: GuardFuture<_, _> = service.call(TestRequest::default().to_srv_request());
    /// assert_eq!(answer.await.unwrap().status(), 200);
    /// # });
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct GuardFuture<F, B> {
        #[pin]
        kind: Kind<F, B>,
        watched: Option<Watched>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<F, B> {
        Forward { #[pin] app: F },
        /// The work for a decoy is done without effect.
        Equalized { #[pin] app: F, rewritten: Rewritten },
        Decoy { #[pin] app: F, rewritten: Rewritten, snapshot: Arc<Snapshot> },
        PendingBody { answer: PendingBody<B>, snapshot: Option<Arc<Snapshot>> },
        Answered { response: Option<GuardResponse<B>> },
    }
}

impl<F, B> GuardFuture<F, B> {
    /// The application answers.
    pub(super) fn forward(app: F) -> Self {
        Self::new(Kind::Forward { app })
    }

    /// The application answers, and the work for a decoy is done without effect.
    pub(super) fn equalized(app: F, rewritten: Option<Rewritten>) -> Self {
        match rewritten {
            Some(rewritten) => Self::new(Kind::Equalized { app, rewritten }),
            None => Self::forward(app),
        }
    }

    /// The application answers for a rewritten path.
    pub(super) fn decoy(app: F, rewritten: Rewritten, snapshot: Arc<Snapshot>) -> Self {
        Self::new(Kind::Decoy { app, rewritten, snapshot })
    }

    /// The guard answers.
    pub(super) fn answered(response: ServiceResponse) -> Self {
        Self::new(Kind::Answered { response: Some(response.map_into_right_body()) })
    }

    fn new(kind: Kind<F, B>) -> Self {
        Self { kind, watched: None }
    }

    /// Discovery receives the status.
    pub(super) fn watched(self, watched: Option<Watched>) -> Self {
        Self { watched, ..self }
    }
}

impl<F, B> Future for GuardFuture<F, B>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<GuardResponse<B>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answer = {
            let _working = this.watched.as_ref().map(Watched::working);
            ready!(this.kind.poll(cx))
        };
        if let Some(watched) = this.watched.take() {
            watched.answered(match &answer {
                Ok(response) => response.status(),
                Err(error) => error.as_response_error().status_code(),
            });
        }
        Poll::Ready(answer)
    }
}

impl<F, B> Kind<F, B>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<GuardResponse<B>, Error>> {
        loop {
            let (cleaned, snapshot) = match self.as_mut().project() {
                KindProj::Forward { app } => {
                    return app
                        .poll(cx)
                        .map_ok(|response| response.map_body(|_, body| EitherBody::left(DecoyBody::plain(body))));
                }
                // As for every future, another poll after this one is a mistake of the caller; it waits forever.
                KindProj::Answered { response } => {
                    return response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)));
                }
                KindProj::Equalized { app, rewritten } => {
                    (decoy::clean(ready!(app.poll(cx))?, rewritten, Purpose::Timing), None)
                }
                KindProj::Decoy { app, rewritten, snapshot } => {
                    (answer(ready!(app.poll(cx)), rewritten, snapshot)?, Some(&*snapshot))
                }
                KindProj::PendingBody { answer, snapshot } => (ready!(answer.poll(cx)), snapshot.as_ref()),
            };
            match (cleaned, snapshot) {
                (Cleaned::Done(response), _) => return Poll::Ready(Ok(response)),
                (Cleaned::Uncleanable(request), Some(snapshot)) => {
                    events::uncleanable_decoy(snapshot);
                    return Poll::Ready(Ok(fallback(request, snapshot)));
                }
                // Only a decoy must be cleaned.
                (Cleaned::Uncleanable(_), None) => return Poll::Pending,
                (Cleaned::PendingBody(answer), snapshot) => {
                    let snapshot = snapshot.map(Arc::clone);
                    self.set(Kind::PendingBody { answer, snapshot });
                }
            }
        }
    }
}

/// Uses the application's answer if it is a 404, and the static decoy otherwise.
fn answer<B: MessageBody>(
    answer: Result<ServiceResponse<B>, Error>,
    rewritten: &mut Rewritten,
    snapshot: &Snapshot,
) -> Result<Cleaned<B>, Error> {
    let accepts_any = snapshot.engine.decoy().accept_any_status || rewritten.has_no_path();
    let stands = |status| accepts_any || response::is_not_found(status);
    let fallback_error = || response::FallbackError::new(&snapshot.engine).into();
    match answer {
        Ok(response) if rewritten.met_protected(response.request()) => {
            Ok(Cleaned::Done(fallback(rewritten.outer_request(response.request()), snapshot)))
        }
        Ok(response) if stands(response.status()) => Ok(decoy::clean(response, rewritten, Purpose::Decoy)),
        Ok(response) => {
            events::no_app_decoy(snapshot, response.status());
            Ok(Cleaned::Done(fallback(rewritten.outer_request(response.request()), snapshot)))
        }
        // An inner middleware returned an error; an outer one makes a response of it.
        Err(error) => {
            let status = error.as_response_error().status_code();
            if !stands(status) {
                events::no_app_decoy(snapshot, status);
                return Err(fallback_error());
            }
            Err(decoy::clean_error(error, rewritten).unwrap_or_else(|| {
                events::uncleanable_decoy(snapshot);
                fallback_error()
            }))
        }
    }
}

fn fallback<B>(request: HttpRequest, snapshot: &Snapshot) -> GuardResponse<B> {
    ServiceResponse::new(request, response::fallback(&snapshot.engine)).map_into_right_body()
}

impl<F, B> fmt::Debug for GuardFuture<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardFuture").finish_non_exhaustive()
    }
}
