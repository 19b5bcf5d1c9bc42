//! What an operator may ask of the canaries in service.

use std::time::SystemTime;

use ipnet::IpNet;
use serde::Serialize;

use super::id::Class;
use crate::util::rfc3339;

/// Hits of canaries since the start.
///
/// ```
/// use actix_scanner_guard::GuardConfig;
/// use actix_scanner_guard::canary::CanaryStatus;
///
/// # let folder = tempfile::tempdir()?;
/// # let (policy, key) = (folder.path().join("scanner-guard.toml"), folder.path().join("canary.key"));
/// # std::fs::write(&key, "not as secret as yours should be")?;
/// # std::fs::write(&policy, "[canary]\nsecret_file = \"canary.key\"")?;
/// let config = GuardConfig::load_with(&policy, [])?;
/// let status: CanaryStatus = config.status().canary.expect("the policy has a section [canary]");
/// assert!(status.hits.is_empty() && status.proofs.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CanaryStatus {
    /// How many hits there were, by class and by who asked.
    pub hits: Vec<CanaryCount>,
    /// Networks that were told a URL.
    pub proofs: Vec<CanaryProof>,
    /// Requests that are not in these numbers yet. They are there a moment later.
    pub waiting: u64,
    /// Requests that could not be looked at for lack of time.
    pub dropped: u64,
    /// Canaries whose hits were forgotten for lack of room.
    pub forgotten: u64,
}

/// How many hits there were of one class from one sort of network.
///
/// ```
/// use actix_scanner_guard::GuardConfig;
/// use actix_scanner_guard::canary::{CanaryCount, CanaryStatus};
///
/// fn echoes(status: &CanaryStatus) -> u64 {
///     let echoes = |count: &&CanaryCount| count.role == "echo";
///     status.hits.iter().filter(echoes).map(|count| count.hits).sum()
/// }
/// # assert!(GuardConfig::from_toml("").unwrap().status().canary.is_none_or(|status| echoes(&status) == 0));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CanaryCount {
    /// What the canaries are for.
    pub class: Class,
    /// Who asked: `visit`, `same-site`, `own`, `echo`, `before`, `opener`, `declared`, `control` or `late`.
    pub role: &'static str,
    /// How often.
    pub hits: u64,
}

/// A network that asked for canaries which somebody else had visited.
///
/// ```
/// use actix_scanner_guard::GuardConfig;
/// use actix_scanner_guard::canary::CanaryProof;
///
/// let status = GuardConfig::from_toml("")?.status();
/// let proofs = |status: actix_scanner_guard::canary::CanaryStatus| status.proofs;
/// for CanaryProof { range, canaries, .. } in status.canary.map(proofs).unwrap_or_default() {
///     println!("{range} was told {canaries} URLs");
/// }
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CanaryProof {
    /// The address; its /24 or /48 if two addresses asked for two canaries.
    pub range: IpNet,
    /// How many canaries it asked for.
    pub canaries: u64,
    /// How often it asked.
    pub hits: u64,
    /// When it asked first.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub first: SystemTime,
    /// When it asked last.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub last: SystemTime,
}
