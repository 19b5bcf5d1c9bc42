//! The answer of the engine.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use crate::client::{ClientAddress, ClientOutcome};
use crate::identity::{Identity, Reason};
use crate::policy::{Action, Breaks};
use crate::scanners::{JudgeOn, Scanner};

/// The decision of the policy on one request.
///
/// Most requests match no scanner. Their decision is empty and costs nothing.
///
/// ```
/// use actix_scanner_guard::{Action, Decision, GuardConfig, RequestFacts};
///
/// let config = GuardConfig::from_toml("[[rule]]\nid = \"admin\"\npaths = [\"/admin\"]\naction = \"decoy\"")?;
/// let decision: Decision = config.decide(&RequestFacts::new("/admin").peer([150, 70, 66, 183].into()));
/// assert!(decision.is_scanner() && decision.enforced());
/// assert_eq!((decision.action(), decision.rule()), (Action::Decoy, Some("admin")));
/// assert_eq!(decision.address(), Some([150, 70, 66, 183].into()));
/// assert_eq!(decision.network().unwrap().to_string(), "150.70.0.0/16");
/// assert_eq!(decision.scanner().unwrap().id(), "trend-micro");
///
/// let visitor = config.decide(&RequestFacts::new("/admin").peer([203, 0, 113, 7].into()));
/// assert_eq!((visitor.action(), visitor.is_scanner()), (Action::Allow, false));
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decision {
    matched: Option<Box<Matched>>,
    /// The client, and how the walk to it ended.
    client: ClientAddress,
}

/// A bot that a request names, and the resulting identity.
///
/// ```
/// use actix_scanner_guard::identity::{Identity, Reason};
/// use actix_scanner_guard::{Claimed, GuardConfig, RequestFacts};
///
/// let config = GuardConfig::from_toml("scanners.use = [\"majestic\"]")?;
/// let headers = [("User-Agent", "Mozilla/5.0 (compatible; MJ12bot/v1.4.8; http://mj12bot.com/)")];
/// let decision = config.decide(&RequestFacts::new("/").peer([203, 0, 113, 7].into()).headers(&headers));
/// let claim: &Claimed = decision.claims().next().unwrap();
/// assert_eq!((claim.scanner().id(), claim.identity(), claim.reason()), ("majestic", Identity::Unproven, Reason::NoProof));
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Claimed {
    pub(crate) scanner: Scanner,
    pub(crate) identity: Identity,
    pub(crate) reason: Reason,
    /// Whether the bot has a complete list of its addresses.
    pub(crate) has_complete_list: bool,
}

impl Claimed {
    /// The scanner that the request claims to be.
    #[must_use]
    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// The identity that results from this claim.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// The reason for the identity.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason
    }
}

/// The decision on a scanner's request.
#[derive(Clone, Debug)]
pub(crate) struct Matched {
    pub(crate) address: IpAddr,
    /// The ranges around the address and the claims, see [`Labels`](crate::scanners::Labels); never empty.
    pub(crate) labels: Vec<(IpNet, Scanner)>,
    /// The identity of the first label.
    pub(crate) identity: Option<Identity>,
    pub(crate) claims: Vec<Claimed>,
    /// Whether the request claims bots of several operators and proves none.
    pub(crate) claims_several: bool,
    pub(crate) rule: Option<Arc<str>>,
    pub(crate) action: Action,
    pub(crate) enforced: bool,
    /// Whether the range may be judged on requests for the content that the rule serves.
    pub(crate) is_judged: bool,
    /// The same for a link, independent of the value of `serves` in the rule.
    #[cfg(feature = "one-time")]
    pub(crate) is_judged_on_links: bool,
    /// The requests on which the first label may be judged.
    pub(crate) judge_on: JudgeOn,
    /// The parts of the path that a decoy must break.
    pub(crate) breaks: Breaks,
    pub(crate) generation: u64,
    /// The number of the first label's scanner in the engine, for its count.
    pub(crate) scanner_number: usize,
    /// The number of the rule in the engine.
    pub(crate) rule_number: Option<usize>,
}

impl Decision {
    pub(crate) fn new(matched: Option<Matched>, client: ClientAddress) -> Self {
        Self { matched: matched.map(Box::new), client }
    }

    pub(crate) fn outcome(&self) -> ClientOutcome {
        self.client.outcome()
    }

    /// The client's address, if it is known.
    #[cfg(feature = "discovery")]
    pub(crate) fn client(&self) -> Option<IpAddr> {
        self.client.address()
    }

    pub(crate) fn into_matched(self) -> Option<Box<Matched>> {
        self.matched
    }

    /// Whether the request comes from a scanner in use.
    #[must_use]
    pub fn is_scanner(&self) -> bool {
        self.matched.is_some()
    }

    /// The action: [`Action::Allow`] if the request matches no scanner.
    #[must_use]
    pub fn action(&self) -> Action {
        self.matched.as_ref().map_or(Action::Allow, |matched| matched.action)
    }

    /// Whether the action is carried out; false in observe mode, and if the request matches no scanner.
    #[must_use]
    pub fn enforced(&self) -> bool {
        self.matched.as_ref().is_some_and(|matched| matched.enforced)
    }

    /// The address that matches a scanner: the client's address, or else the peer's.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.matched.as_ref().map(|matched| matched.address)
    }

    /// The most specific range around the address. If only the user agent names the scanner, it is the single address.
    #[must_use]
    pub fn network(&self) -> Option<IpNet> {
        self.matched.as_ref()?.labels.first().map(|(network, _)| *network)
    }

    /// The scanner of the most specific range.
    #[must_use]
    pub fn scanner(&self) -> Option<&Scanner> {
        self.matched.as_ref()?.labels.first().map(|(_, scanner)| scanner)
    }

    /// The identity of the sender, for the [scanner](Self::scanner). `None` if the request matches no scanner, or if people
    /// use the address too and the user agent names no bot.
    ///
    /// ```
    /// # use actix_scanner_guard::{GuardConfig, RequestFacts};
    /// let decision = GuardConfig::from_toml("")?.decide(&RequestFacts::new("/").peer([203, 0, 113, 7].into()));
    /// assert!(decision.identity().is_none() && decision.claims().next().is_none() && !decision.claims_several());
    /// # Ok::<(), actix_scanner_guard::ConfigError>(())
    /// ```
    #[must_use]
    pub fn identity(&self) -> Option<Identity> {
        self.matched.as_ref()?.identity
    }

    /// The bots in use that the request names, each with its identity.
    ///
    /// ```
    /// # use actix_scanner_guard::{GuardConfig, RequestFacts};
    /// let decision = GuardConfig::from_toml("")?.decide(&RequestFacts::new("/").peer([203, 0, 113, 7].into()));
    /// assert_eq!(decision.claims().count(), 0);
    /// # Ok::<(), actix_scanner_guard::ConfigError>(())
    /// ```
    pub fn claims(&self) -> impl Iterator<Item = &Claimed> {
        self.matched.iter().flat_map(|matched| &matched.claims)
    }

    /// Whether the request names bots of several operators and proves none of them. Audit tools of site owners send
    /// such requests too.
    ///
    /// ```
    /// # use actix_scanner_guard::{GuardConfig, RequestFacts};
    /// let decision = GuardConfig::from_toml("")?.decide(&RequestFacts::new("/").peer([203, 0, 113, 7].into()));
    /// assert_eq!(decision.claims_several(), false);
    /// # Ok::<(), actix_scanner_guard::ConfigError>(())
    /// ```
    #[must_use]
    pub fn claims_several(&self) -> bool {
        self.matched.as_ref().is_some_and(|matched| matched.claims_several)
    }

    /// The id of the rule that decided; `None` for `default_action`, and if the request matches no scanner.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        self.matched.as_ref()?.rule.as_deref()
    }
}
