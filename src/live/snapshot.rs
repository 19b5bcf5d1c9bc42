//! What one request is served by.

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

/// What one request is served by.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) engine: Engine,
    pub(crate) counters: Counters,
    pub(crate) notices: Notices,
    #[cfg(feature = "web-bot-auth")]
    pub(crate) signatures: Arc<crate::identity::signatures::Seen>,
    #[cfg_attr(not(feature = "rdns"), allow(dead_code, reason = "names are not looked up"))]
    pub(crate) names: Names,
    /// Where the records of requests go, if they are watched.
    #[cfg_attr(not(feature = "discovery"), allow(dead_code, reason = "there is none"))]
    pub(crate) tap: Option<Arc<Tap>>,
}

impl Snapshot {
    /// What is at hand for the claims of a request that comes now.
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
            // A nonce stays used whatever changes.
            #[cfg(feature = "web-bot-auth")]
            signatures: before.map(|before| Arc::clone(&before.signatures)).unwrap_or_default(),
        })
    }
}

#[cfg(feature = "web-bot-auth")]
impl Snapshot {
    /// What the signature of a request says. Where there is none, or none is looked for, nothing is done: neither is the request
    /// looked at nor the clock. `is_signed` says whether the request has a `Signature-Input`.
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
