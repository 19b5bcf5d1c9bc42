//! Collects the steps to a decision.

use std::net::IpAddr;

use ipnet::IpNet;

#[cfg(any(feature = "canary", feature = "discovery"))]
use super::watched;
use super::{
    ExplainedAddress, ExplainedClaim, ExplainedHop, ExplainedRange, ExplainedRule, ExplainedRuling, ExplainedVariant,
    Explanation,
};
use crate::client;
use crate::decision::{Claimed, Decision};
use crate::engine::Engine;
use crate::facts::RequestFacts;
use crate::identity::SignatureOutcome;
use crate::policy::{Ambiguity, HostVariant, Mismatch, Mode, PathVariant, PolicyInput};
use crate::scanners::{GroupSet, Labels, Origin};

impl Explanation {
    /// The decision comes from [`Engine::decide`]. The steps before it are repeated one by one.
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
        let labels = decision.address().map(|address| engine.labels(facts, client.address(), address));
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
            signature: match &facts.proofs.signature {
                SignatureOutcome::NotChecked => None,
                looked => Some(looked.as_str().to_owned()),
            },
            is_logged: false,
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
