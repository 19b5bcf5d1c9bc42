//! The status of the canaries in service.

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
    /// The number of hits, by class of the canary and role of the client.
    pub hits: Vec<CanaryCount>,
    /// Networks that requested a canary after another network had visited it.
    pub proofs: Vec<CanaryProof>,
    /// Requests that are not counted yet. They are counted a moment later.
    pub waiting: u64,
    /// Requests that were not counted because the queue was full.
    pub dropped: u64,
    /// Canaries of which the hits were forgotten because the table was full.
    pub forgotten: u64,
}

/// The number of hits of one class from clients in one role.
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
    /// The class of the canaries.
    pub class: Class,
    /// The role of the client: `visit`, `same-site`, `own`, `echo`, `before`, `opener`, `declared`, `control` or `late`.
    pub role: &'static str,
    /// The number of hits.
    pub hits: u64,
}

/// A network that requested canaries after another network had visited them.
///
/// ```
/// use actix_scanner_guard::GuardConfig;
/// use actix_scanner_guard::canary::CanaryProof;
///
/// let status = GuardConfig::from_toml("")?.status();
/// let proofs = |status: actix_scanner_guard::canary::CanaryStatus| status.proofs;
/// for CanaryProof { range, canaries, .. } in status.canary.map(proofs).unwrap_or_default() {
///     println!("{canaries} URLs were passed on to {range}");
/// }
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CanaryProof {
    /// The address; its /24 or /48 if two addresses requested two canaries.
    pub range: IpNet,
    /// The number of canaries that it requested.
    pub canaries: u64,
    /// The number of its requests.
    pub hits: u64,
    /// The time of its first request.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub first: SystemTime,
    /// The time of its last request.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub last: SystemTime,
}
