//! The policy and the state for one request.

use std::sync::Arc;
use std::time::SystemTime;
#[cfg(feature = "web-bot-auth")]
use std::time::UNIX_EPOCH;

use super::counters::Counters;
use super::discovery::Tap;
use super::{Names, Notices};
use crate::engine::Engine;
use crate::identity::Proofs;
#[cfg(feature = "web-bot-auth")]
use crate::identity::{
    SignatureOutcome,
    signatures::{Received, Target},
};

/// The policy and the state for one request.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) engine: Engine,
    pub(crate) counters: Counters,
    pub(crate) notices: Notices,
    #[cfg(feature = "web-bot-auth")]
    pub(crate) signatures: Arc<crate::identity::signatures::Seen>,
    #[cfg_attr(not(feature = "rdns"), allow(dead_code, reason = "names are not looked up"))]
    pub(crate) names: Names,
    /// The queue for records of requests, if discovery is on.
    #[cfg_attr(not(feature = "discovery"), allow(dead_code, reason = "there is none"))]
    pub(crate) tap: Option<Arc<Tap>>,
}

impl Snapshot {
    /// The proofs for the claims of a request at this time.
    pub(crate) fn proofs(&self, now: SystemTime) -> Proofs {
        Proofs { doubtful: self.counters.crowd.is_doubtful(), ..Proofs::new().time(now) }
    }

    pub(super) fn new(engine: Engine, names: Names, tap: Option<Arc<Tap>>, before: Option<&Snapshot>) -> Arc<Self> {
        let counters = Counters::new(&engine, before.map(|before| &before.counters));
        Arc::new(Self {
            engine,
            counters,
            notices: Notices::default(),
            names,
            tap,
            // A nonce stays used after a reload.
            #[cfg(feature = "web-bot-auth")]
            signatures: before.map(|before| Arc::clone(&before.signatures)).unwrap_or_default(),
        })
    }
}

#[cfg(feature = "web-bot-auth")]
impl Snapshot {
    /// The outcome of the signature of a request. If it has none, or the policy names no agents, neither the request nor the clock
    /// is read. `is_signed` returns whether the request has a `Signature-Input`.
    pub(crate) fn signature<'r>(
        &self,
        is_signed: impl FnOnce() -> bool,
        request: impl FnOnce() -> (Received<'r>, Target<'r>),
    ) -> SignatureOutcome {
        let signatures = self.engine.signatures();
        if signatures.agents.is_empty() {
            return SignatureOutcome::NotChecked;
        }
        if !is_signed() {
            return SignatureOutcome::Absent;
        }
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX);
        let (received, target) = request();
        signatures.look(&received, target, self.engine.client(), &self.signatures, now, |_outcome, _reason| {
            #[cfg(feature = "metrics")]
            super::metrics::signed(_outcome, _reason);
        })
    }
}
