//! Explains a decision step by step.

mod text;
#[cfg(feature = "discovery")]
mod watched;

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use crate::client::{self, Check, ClientAddress};
use crate::decision::{Claimed, Decision};
use crate::engine::Engine;
use crate::facts::RequestFacts;
use crate::identity::{By, Identity, Reason};
use crate::policy::{Action, Ambiguity, HostVariant, Mismatch, Mode, PathVariant, PolicyInput};
use crate::scanners::{Audience, Certainty, GroupSet, JudgeOn, Labels, Origin, Scanner};

/// Explains the decision on a request: the client address, the ranges around it, and the rules that were tried.
///
/// Shows as text, and serialises for tools.
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
/// assert!(text.contains("rule `admin` does not fit: path"));
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
    /// What is known of who sent the request.
    identity: Option<Identity>,
    /// The bots in use that the request names.
    claims: Vec<ExplainedClaim>,
    claims_several: bool,
    #[cfg(feature = "discovery")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<watched::ExplainedFinding>,
    #[cfg(feature = "canary")]
    #[serde(skip_serializing_if = "Option::is_none")]
    canary: Option<watched::ExplainedCanary>,
}

/// A bot that the request names, and what that amounts to.
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

    /// The decision comes from [`Engine::decide`] itself. The steps before it are repeated one by one.
    pub(crate) fn of(engine: &Engine, facts: &RequestFacts<'_>) -> Self {
        let decision = engine.decide(facts);
        let policy = engine.client();
        let mut hops = Vec::new();
        let client = policy.resolve(facts.peer, facts.headers, |address| {
            hops.push(ExplainedHop { address, trusted: policy.trusted_range(address) });
        });
        let unusable = policy.unusable_element(facts.peer, facts.headers);
        let mut addresses = Vec::new();
        engine.for_each_checked(facts, |address| addresses.push(ExplainedAddress::of(engine, address)));
        let input = engine.policy_input(facts);
        let labels = decision.address().map(|address| engine.labels(facts, address));
        let rules = explain_rules(engine, &input, &decision, labels.as_ref());
        #[cfg(feature = "discovery")]
        let findings = watched::findings(engine, addresses.iter().map(|explained| explained.address));
        Self {
            #[cfg(feature = "discovery")]
            findings,
            #[cfg(feature = "canary")]
            canary: watched::canary(engine, facts),
            method: facts.method.to_owned(),
            path: facts.path.to_owned(),
            hosts: input.hosts.iter().filter_map(HostVariant::name).map(str::to_owned).collect(),
            peer: facts.peer.map(|peer| peer.to_canonical()),
            header: policy.header().to_string(),
            header_lines: header_lines(engine, facts),
            trusted_hops: policy.trusted_hops(),
            hops,
            unusable: unusable.map(|element| String::from_utf8_lossy(element).into_owned()),
            client,
            check: policy.check(),
            addresses,
            variants: explain_variants(engine, &input, labels.as_ref()),
            ambiguity: input.variants.ambiguity().map(Ambiguity::as_str),
            rules_left: if decision.is_scanner() { engine.policy().rules().len() - rules.len() } else { 0 },
            rules,
            default_action: engine.policy().default_action(),
            action: decision.action(),
            enforced: decision.enforced(),
            rule: decision.rule().map(str::to_owned),
            address: decision.address(),
            identity: decision.identity(),
            claims: decision.claims().map(ExplainedClaim::of).collect(),
            claims_several: decision.claims_several(),
        }
    }
}

fn header_lines(engine: &Engine, facts: &RequestFacts<'_>) -> Vec<String> {
    let lines = client::from_last(facts.headers, engine.client().header());
    let mut lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    lines.reverse();
    lines
}

impl ExplainedClaim {
    fn of(claim: &Claimed) -> Self {
        let identity = claim.identity();
        Self { scanner: claim.scanner().clone(), identity, by: identity.by(), reason: claim.reason() }
    }
}

impl ExplainedAddress {
    fn of(engine: &Engine, address: IpAddr) -> Self {
        let range = |(network, origin): (IpNet, &Origin)| ExplainedRange {
            network,
            scanner: engine.scanners().scanner(origin.scanner).clone(),
            audience: origin.audience,
            certainty: origin.certainty,
            judge_on: origin.judge_on,
            source: origin.source.to_string(),
            date: origin.date.as_deref().map(str::to_owned),
        };
        let ranges = engine.scanners().origins_of(address).map(range).collect();
        Self { address, ranges, allowed: engine.scanners().allowed(address) }
    }
}

fn explain_variants(engine: &Engine, input: &PolicyInput<'_>, labels: Option<&Labels>) -> Vec<ExplainedVariant> {
    let ruling = |variant: &PathVariant, host: &HostVariant, labels: &Labels| {
        let ruling = engine.policy().evaluate_variant(variant, host, input, labels);
        let rule = ruling.rule.map(|rule| engine.policy().rules()[rule].id.to_string());
        ExplainedRuling { action: ruling.action, enforced: ruling.enforced, rule }
    };
    let explained = input.variants.iter().map(|variant| {
        let hosts = labels.into_iter().flat_map(|labels| input.hosts.iter().map(move |host| (host, labels)));
        let mut rulings: Vec<_> = hosts.map(|(host, labels)| ruling(variant, host, labels)).collect();
        rulings.dedup();
        ExplainedVariant { path: variant.as_str().to_owned(), rulings }
    });
    explained.collect()
}

fn explain_rules(
    engine: &Engine,
    input: &PolicyInput<'_>,
    decision: &Decision,
    labels: Option<&Labels>,
) -> Vec<ExplainedRule> {
    let Some(labels) = labels else { return Vec::new() };
    let rules = engine.policy().rules();
    let deciding = rules.iter().position(|rule| decision.rule() == Some(&*rule.id));
    let tried = deciding.map_or(rules.len(), |deciding| deciding + 1);
    (0..tried).map(|rule| ExplainedRule::of(engine, rule, input, labels)).collect()
}

impl ExplainedRule {
    fn of(engine: &Engine, number: usize, input: &PolicyInput<'_>, labels: &Labels) -> Self {
        let policy = engine.policy();
        let rule = &policy.rules()[number];
        let mismatch = policy.mismatch(number, input, labels);
        let covered = input.variants.iter().find_map(|variant| {
            let pattern = policy.paths().pattern_for(number, variant)?;
            Some((pattern.to_string(), variant.as_str().to_owned()))
        });
        let (pattern, variant) = covered.unzip();
        let wanted = match mismatch {
            Some(Mismatch::Path) => policy.paths().patterns(number).iter().map(ToString::to_string).collect(),
            Some(Mismatch::Method) => rule.methods.clone().unwrap_or_default(),
            Some(Mismatch::Host) => rule.hosts.iter().flatten().map(ToString::to_string).collect(),
            Some(Mismatch::Scanner) => {
                let groups = rule.scanners.iter().flat_map(GroupSet::iter);
                let mut ids: Vec<String> =
                    groups.map(|group| engine.scanners().holder(group).id().to_owned()).collect();
                ids.dedup();
                ids
            }
            Some(Mismatch::Identity) => {
                let names: Vec<String> = rule.identities.names().map(|name| format!("\"{name}\"")).collect();
                vec![format!("identity = [{}]", names.join(", "))]
            }
            Some(Mismatch::Audience) => vec!["audience = \"exclusive\"".to_owned()],
            Some(Mismatch::JudgeOn) => vec![format!("serves = \"{}\"", rule.serves.as_str())],
            Some(Mismatch::Certainty) => vec![format!("certainty = \"{}\"", rule.reach.certainty.as_str())],
            None => Vec::new(),
        };
        let observed = rule.mode == Mode::Observe;
        Self { id: rule.id.to_string(), action: rule.action, observed, mismatch, wanted, pattern, variant }
    }
}
