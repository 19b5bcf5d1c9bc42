//! The response future: the application's own, watched where it answers for a decoy.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::ServiceResponse;
use pin_project_lite::pin_project;

use super::desalt::DecoyBody;
use super::salt::Salt;
use super::{answers, desalt, record};
use crate::live::Live;

type GuardResponse<B> = ServiceResponse<EitherBody<DecoyBody<B>>>;

pin_project! {
    /// The future of [`GuardService`](super::GuardService)'s answer.
    #[must_use = "futures do nothing unless polled"]
    pub struct GuardFuture<F, B> {
        #[pin]
        kind: Kind<F, B>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<F, B> {
        Forward { #[pin] app: F },
        Decoy { #[pin] app: F, salt: Salt, live: Arc<Live> },
        Answered { response: Option<GuardResponse<B>> },
    }
}

impl<F, B> GuardFuture<F, B> {
    /// The application answers.
    pub(super) fn forward(app: F) -> Self {
        Self { kind: Kind::Forward { app } }
    }

    /// The application answers for a salted path.
    pub(super) fn decoy(app: F, salt: Salt, live: Arc<Live>) -> Self {
        Self { kind: Kind::Decoy { app, salt, live } }
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
        Poll::Ready(match self.project().kind.project() {
            KindProj::Forward { app } => ready!(app.poll(cx))
                .map(|response| response.map_body(|_, body| EitherBody::left(DecoyBody::plain(body)))),
            KindProj::Decoy { app, salt, live } => finish_decoy(ready!(app.poll(cx)), salt, live),
            // As for every future, another poll after this one is a mistake of the caller's; it waits for ever.
            KindProj::Answered { response } => match response.take() {
                Some(response) => Ok(response),
                None => return Poll::Pending,
            },
        })
    }
}

/// Takes the application's answer if it is a 404, and the fallback if it is not.
fn finish_decoy<B: MessageBody>(
    answer: Result<ServiceResponse<B>, Error>,
    salt: &Salt,
    live: &Live,
) -> Result<GuardResponse<B>, Error> {
    match answer {
        Ok(response) if answers::is_not_found(response.status()) => Ok(desalt::response(response, salt)),
        Ok(response) => {
            record::no_app_decoy(live, response.status());
            let (request, _) = response.into_parts();
            Ok(ServiceResponse::new(request, answers::fallback(&live.engine)).map_into_right_body())
        }
        // A middleware inside answered with an error; whoever is outside turns it into a response.
        Err(error) => {
            let status = error.as_response_error().status_code();
            if answers::is_not_found(status) {
                return Err(desalt::error(error, salt));
            }
            record::no_app_decoy(live, status);
            Err(answers::FallbackError::new(&live.engine).into())
        }
    }
}

impl<F, B> fmt::Debug for GuardFuture<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardFuture").finish_non_exhaustive()
    }
}
