//! Explains a decision step by step: [`steps`] collects the steps, [`text`] writes them.
//!
//! In: an engine and the facts about a request. Out: an [`Explanation`], which displays as text and serializes. It
//! never changes a decision.

mod steps;
mod text;
#[cfg(feature = "discovery")]
mod watched;

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use crate::client::{Check, ClientAddress};
use crate::identity::{By, Identity, Reason};
use crate::policy::{Action, Mismatch};
use crate::scanners::{Audience, Certainty, JudgeOn, Scanner};

/// Explains the decision on a request: the client address, the ranges around it, and the rules that were tried.
///
/// It displays as text, and serializes for tools.
///
/// ```
/// use actix_scanner_guard::{Check, GuardConfig, Mismatch, RequestFacts};
///
/// let config = GuardConfig::from_toml(
///     r#"
///     [[rule]]
///     id = "admin"
///     paths = ["/admin"]
///     action = "decoy"
///     "#,
/// )?;
/// let facts = RequestFacts::new("/index.html").peer("216.104.15.20".parse()?);
/// let text = config.explain(&facts).to_string();
/// assert!(text.contains("216.104.15.0/24 of trend-micro"));
/// assert!(text.contains("rule `admin` does not match: path"));
/// assert!(text.contains("action: tag (default_action)"));
///
/// let explanation = config.explain(&facts);
/// assert_eq!(explanation.rules().collect::<Vec<_>>(), [("admin", Some(Mismatch::Path))]);
/// assert_eq!(explanation.client().address(), Some("216.104.15.20".parse()?));
/// assert_eq!(explanation.check(), Check::Either);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    method: String,
    path: String,
    /// The hosts that the request may be for; empty if it may be for any host.
    hosts: Vec<String>,
    peer: Option<IpAddr>,
    header: String,
    /// The lines of the header in wire order, trusted or not.
    header_lines: Vec<String>,
    trusted_hops: Option<usize>,
    hops: Vec<ExplainedHop>,
    /// The element of the header that ended the walk without a client.
    #[serde(skip_serializing_if = "Option::is_none")]
    unusable: Option<String>,
    client: ClientAddress,
    check: Check,
    addresses: Vec<ExplainedAddress>,
    variants: Vec<ExplainedVariant>,
    ambiguity: Option<&'static str>,
    rules: Vec<ExplainedRule>,
    /// The number of rules after the one that decided.
    rules_left: usize,
    default_action: Action,
    action: Action,
    enforced: bool,
    rule: Option<String>,
    address: Option<IpAddr>,
    /// The identity of the sender.
    identity: Option<Identity>,
    /// The bots in use that the request names.
    claims: Vec<ExplainedClaim>,
    claims_several: bool,
    /// The outcome of the request's signature, if it was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    #[cfg(feature = "discovery")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<watched::ExplainedFinding>,
    #[cfg(feature = "canary")]
    #[serde(skip_serializing_if = "Option::is_none")]
    canary: Option<watched::ExplainedCanary>,
    /// Whether only the client address is known, from a log.
    #[serde(skip)]
    is_logged: bool,
}

/// A bot that the request names, and the resulting identity.
#[derive(Clone, Debug, Serialize)]
struct ExplainedClaim {
    scanner: Scanner,
    identity: Identity,
    by: Option<By>,
    reason: Reason,
}

/// An address on the walk to the client.
#[derive(Clone, Debug, Serialize)]
struct ExplainedHop {
    address: IpAddr,
    /// The range of `trusted_proxies` around it.
    trusted: Option<IpNet>,
}

/// One address that was looked up, and the ranges around it.
#[derive(Clone, Debug, Serialize)]
struct ExplainedAddress {
    address: IpAddr,
    ranges: Vec<ExplainedRange>,
    /// The range of `scanners.allow` around it.
    allowed: Option<IpNet>,
}

#[derive(Clone, Debug, Serialize)]
struct ExplainedRange {
    network: IpNet,
    scanner: Scanner,
    audience: Audience,
    certainty: Certainty,
    judge_on: JudgeOn,
    source: String,
    date: Option<String>,
}

/// One path variant with its own decision. The strictest decision of all variants applies.
#[derive(Clone, Debug, Serialize)]
struct ExplainedVariant {
    path: String,
    /// One ruling for each host that the request may be for; empty if no address belongs to a scanner.
    rulings: Vec<ExplainedRuling>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct ExplainedRuling {
    action: Action,
    enforced: bool,
    /// `None` for `default_action`.
    rule: Option<String>,
}

/// One rule that was tried, up to the rule that decided.
#[derive(Clone, Debug, Serialize)]
struct ExplainedRule {
    id: String,
    action: Action,
    observed: bool,
    /// The first condition that does not match; `None` if all match.
    mismatch: Option<Mismatch>,
    /// The values of the rule for this condition.
    wanted: Vec<String>,
    /// The pattern that covers the path, and the variant of the path that it covers.
    pattern: Option<String>,
    variant: Option<String>,
}

impl Explanation {
    /// The client address, and how it was found.
    #[must_use]
    pub fn client(&self) -> &ClientAddress {
        &self.client
    }

    /// The address that is looked up, by `check`.
    #[must_use]
    pub fn check(&self) -> Check {
        self.check
    }

    /// The rules that were tried, up to the rule that decided, and the first condition of each that does not match;
    /// `None` if all match.
    pub fn rules(&self) -> impl Iterator<Item = (&str, Option<Mismatch>)> {
        self.rules.iter().map(|rule| (rule.id.as_str(), rule.mismatch))
    }

    /// The same explanation for a request of which a log has only the client address.
    #[cfg(feature = "cli")]
    pub(crate) fn into_logged(self) -> Self {
        Self { is_logged: true, ..self }
    }

    /// Whether the action is carried out.
    #[cfg(feature = "cli")]
    pub(crate) fn is_enforced(&self) -> bool {
        self.enforced
    }

    /// The rule that decided; `None` for `default_action`.
    #[cfg(feature = "cli")]
    pub(crate) fn rule(&self) -> Option<&str> {
        self.rule.as_deref()
    }

    /// The action.
    #[cfg(feature = "cli")]
    pub(crate) fn action(&self) -> Action {
        self.action
    }

    /// The addresses that were looked up.
    #[cfg(feature = "cli")]
    pub(crate) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.addresses.iter().map(|looked_up| looked_up.address)
    }
}
