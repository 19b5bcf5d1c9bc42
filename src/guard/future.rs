//! The response future: the application's own, watched where it answers for a decoy.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::{Error, HttpRequest};
use bytes::BytesMut;
use pin_project_lite::pin_project;

use super::desalt::{DecoyBody, Desalted, GuardResponse};
use super::reroute::Detour;
use super::{answers, desalt, record};
use crate::live::Snapshot;

pin_project! {
    /// The future of [`GuardService`](super::GuardService)'s answer.
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
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<F, B> {
        Forward { #[pin] app: F, rehearsal: Option<Detour> },
        Decoy { #[pin] app: F, detour: Detour, snapshot: Arc<Snapshot> },
        Held { head: Option<ServiceResponse<()>>, #[pin] body: B, held: BytesMut, detour: Detour, snapshot: Arc<Snapshot> },
        Answered { response: Option<GuardResponse<B>> },
    }
}

impl<F, B> GuardFuture<F, B> {
    /// The application answers.
    pub(super) fn forward(app: F) -> Self {
        Self::rehearsed(app, None)
    }

    /// The application answers, and the work for a decoy is done for nothing.
    pub(super) fn rehearsed(app: F, rehearsal: Option<Detour>) -> Self {
        Self { kind: Kind::Forward { app, rehearsal } }
    }

    /// The application answers for a salted path.
    pub(super) fn decoy(app: F, detour: Detour, snapshot: Arc<Snapshot>) -> Self {
        Self { kind: Kind::Decoy { app, detour, snapshot } }
    }

    /// The guard has answered.
    pub(super) fn answered(response: ServiceResponse) -> Self {
        Self { kind: Kind::Answered { response: Some(response.map_into_right_body()) } }
    }
}

impl<F, B> Future for GuardFuture<F, B>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<GuardResponse<B>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let (desalted, snapshot) = match this.kind.as_mut().project() {
                KindProj::Forward { app, rehearsal } => {
                    let plain = |body| EitherBody::left(DecoyBody::plain(body));
                    return app.poll(cx).map_ok(|response| match rehearsal {
                        Some(detour) => desalt::rehearse(response, detour),
                        None => response.map_body(|_, body| plain(body)),
                    });
                }
                // As for every future, another poll after this one is a mistake of the caller's; it waits for ever.
                KindProj::Answered { response } => {
                    return response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)));
                }
                KindProj::Decoy { app, detour, snapshot } => (judge(ready!(app.poll(cx)), detour, snapshot)?, snapshot),
                KindProj::Held { head, body, held, detour, snapshot } => {
                    let body = ready!(desalt::poll_held(body, held, cx));
                    let Some(head) = head.take() else { return Poll::Pending };
                    match body {
                        Some(body) => (desalt::whole(head, &body, detour), snapshot),
                        None => (Desalted::Spoilt(detour.restore(head.into_parts().0)), snapshot),
                    }
                }
            };
            match desalted {
                Desalted::Done(response) => return Poll::Ready(Ok(response)),
                Desalted::Spoilt(request) => {
                    record::spoilt_decoy(snapshot);
                    return Poll::Ready(Ok(fallback(request, snapshot)));
                }
                Desalted::Held(head, body, detour) => {
                    let snapshot = Arc::clone(snapshot);
                    this.kind.set(Kind::Held { head: Some(head), body, held: BytesMut::new(), detour, snapshot });
                }
            }
        }
    }
}

/// Takes the application's answer if it is a 404, and the fallback if it is not.
fn judge<B: MessageBody>(
    answer: Result<ServiceResponse<B>, Error>,
    detour: &Detour,
    snapshot: &Snapshot,
) -> Result<Desalted<B>, Error> {
    let stands = |status| snapshot.engine.decoy().accept_any_status || answers::is_not_found(status);
    match answer {
        Ok(response) if stands(response.status()) => Ok(desalt::response(response, detour)),
        Ok(response) => {
            record::no_app_decoy(snapshot, response.status());
            Ok(Desalted::Done(fallback(detour.restore(response.into_parts().0), snapshot)))
        }
        // A middleware inside answered with an error; whoever is outside turns it into a response.
        Err(error) => {
            let status = error.as_response_error().status_code();
            if stands(status) {
                return Err(desalt::error(error, &detour.salt));
            }
            record::no_app_decoy(snapshot, status);
            Err(answers::FallbackError::new(&snapshot.engine).into())
        }
    }
}

fn fallback<B>(request: HttpRequest, snapshot: &Snapshot) -> GuardResponse<B> {
    ServiceResponse::new(request, answers::fallback(&snapshot.engine)).map_into_right_body()
}

impl<F, B> fmt::Debug for GuardFuture<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardFuture").finish_non_exhaustive()
    }
}
