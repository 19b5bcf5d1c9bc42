//! The engine: [`Engine::decide`] decides a request by address, ranges and policy.
//!
//! In: the checked configuration, and the facts about a request. Out: a [`Decision`]. The engine is immutable, and
//! reads no clock, file or network.

mod checked;
mod claimed;
#[cfg_attr(not(feature = "discovery"), path = "engine/discovery_disabled.rs")]
pub(crate) mod discovery;

use std::net::IpAddr;
use std::sync::Arc;

use http::header::{FORWARDED, HOST, HeaderName};

use crate::agents::Found;
use crate::answer::{Answer, Decoy};
use crate::client::{self, Check, ClientAddress, ClientPolicy};
use crate::decision::{Claimed, Decision, Matched};
use crate::facts::RequestFacts;
#[cfg(feature = "web-bot-auth")]
use crate::identity::signatures::Signatures;
use crate::identity::{Claim, ClaimIndex};
use crate::policy::{self, Breaks, HostVariant, PathSet, PathVariants, Pattern, Policy, PolicyInput, Rule, Ruling};
use crate::scanners::{JudgeOn, LabelFilter, Labels, Scanner, ScannerIndex, Serves};
pub(crate) use checked::CheckedConfig;

/// The compiled configuration, immutable.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    generation: u64,
    client: ClientPolicy,
    scanners: ScannerIndex,
    claims: Arc<ClaimIndex>,
    policy: Policy,
    block: Answer,
    decoy: Decoy,
    #[cfg(feature = "web-bot-auth")]
    signatures: Signatures,
    #[cfg(feature = "canary")]
    canary: Option<crate::canary::Settings>,
    #[cfg(feature = "discovery")]
    discovery: discovery::Settings,
}

/// The address of a scanner, its labels, and the ruling of the policy.
type Finding = (IpAddr, Labels, Ruling);

/// The judged claims of one request.
type Claims<'e> = Vec<Claim<'e>>;

impl Engine {
    /// Compiles ranges and rules. The error describes the limit that was exceeded.
    pub(crate) fn compile(checked: CheckedConfig, generation: u64) -> Result<Self, String> {
        let CheckedConfig { lists, claims, allow, by_address, .. } = &checked;
        let claiming = claims.iter().map(|claim| (&claim.scanner, claim.audience));
        let scanners = ScannerIndex::build(lists, claiming, allow, *by_address).map_err(|error| error.to_string())?;
        let number_of = |scanner: &Scanner| scanners.number_of(scanner).unwrap_or_default();
        let groups = lists.iter().map(|list| list.groups.len()).sum();
        let claims = ClaimIndex::build(claims, lists, number_of, groups).map_err(|error| error.to_string())?;
        let (rules, patterns): (Vec<Rule>, Vec<Vec<Pattern>>) = checked.rules.into_iter().unzip();
        let policy = PathSet::compile(patterns.iter().map(Vec::as_slice))
            .map(|paths| Policy::new(rules, paths, checked.default_action, checked.mode))
            .map_err(|error| format!("the path patterns cannot be compiled: {error}"))?;
        let claims = Arc::new(claims);
        Ok(Self {
            generation,
            client: checked.client,
            scanners,
            claims,
            policy,
            block: checked.block,
            decoy: checked.decoy,
            #[cfg(feature = "web-bot-auth")]
            signatures: checked.signatures,
            #[cfg(feature = "canary")]
            canary: checked.canary,
            #[cfg(feature = "discovery")]
            discovery: checked.discovery,
        })
    }

    /// Decides one request. Pure: no I/O, no clock, no lock, and no allocation if the request matches no scanner.
    pub(crate) fn decide(&self, facts: &RequestFacts<'_>) -> Decision {
        let mut input = None;
        let named = facts.named.unwrap_or_else(|| self.named(facts));
        let (found, claims, client) = if named.is_empty() && !self.claims.is_signed(facts.proofs) {
            let (found, client) = self.find(facts, &mut input);
            (found, Claims::new(), client)
        } else {
            self.find_claimed(facts, &named, &mut input)
        };
        let breaks = match (&found, &input) {
            (Some((_, labels, ruling)), Some(input)) if self.has_decoys() => self.policy.breaks(input, labels, *ruling),
            _ => Breaks::default(),
        };
        let matched = found.map(|found| self.matched(found, &claims, breaks));
        Decision::new(matched, client)
    }

    fn matched(&self, (address, labels, ruling): Finding, claims: &Claims<'_>, breaks: Breaks) -> Matched {
        let named = |scanner: usize| self.scanners.scanner(scanner).clone();
        let claimed = |claim: &Claim<'_>| Claimed {
            scanner: named(claim.bot.scanner),
            identity: claim.judgement.identity,
            reason: claim.judgement.reason,
            has_complete_list: claim.bot.has_complete_list(),
        };
        let first = labels.iter().next();
        Matched {
            address,
            labels: labels.iter().map(|label| (label.network, named(label.scanner))).collect(),
            identity: first.and_then(|label| label.identity),
            claims: claims.iter().map(claimed).collect(),
            claims_several: claimed::claims_several(claims),
            rule: ruling.rule.map(|rule| self.policy.rules()[rule].id.clone()),
            action: ruling.action,
            enforced: ruling.enforced,
            is_judged: self.is_judged(&labels, &ruling),
            #[cfg(feature = "one-time")]
            is_judged_on_links: labels.may_be_judged(LabelFilter::ALL_SCANNERS, Serves::Links),
            judge_on: first.map_or_else(JudgeOn::default, |label| label.judge_on),
            breaks,
            generation: self.generation,
            scanner_number: first.map_or(0, |label| label.scanner),
            rule_number: ruling.rule,
        }
    }

    /// The bots in use that the request names. One pass over the user agent, without an allocation.
    pub(crate) fn named(&self, facts: &RequestFacts<'_>) -> Found {
        self.claims.find(facts.headers)
    }

    #[cfg(any(feature = "feeds", feature = "rdns"))]
    pub(crate) fn claims(&self) -> &ClaimIndex {
        &self.claims
    }

    /// Whether a request for the content that the deciding rule serves is evidence of a scanner.
    fn is_judged(&self, labels: &Labels, ruling: &Ruling) -> bool {
        match ruling.rule.map(|rule| &self.policy.rules()[rule]) {
            Some(rule) => labels.may_be_judged(rule.asked(), rule.serves),
            None => labels.may_be_judged(LabelFilter::ALL_SCANNERS, Serves::default()),
        }
    }

    /// The decision on a request that matches no scanner, from peer and headers alone; `None` if it may match one.
    #[cfg(feature = "cli")]
    pub(crate) fn decide_unmatched(&self, facts: &RequestFacts<'_>) -> Option<Decision> {
        let mut known = !self.named(facts).is_empty();
        let client = self.for_each_checked(facts, |address| known |= self.scanners.contains(address));
        (!known).then(|| Decision::new(None, client))
    }

    /// The scanner's address among the checked addresses. Of several, the one with the strictest decision; of equal
    /// decisions, the address nearest to the client.
    fn find<'a>(
        &self,
        facts: &RequestFacts<'a>,
        input: &mut Option<PolicyInput<'a>>,
    ) -> (Option<Finding>, ClientAddress) {
        let mut found: Option<Finding> = None;
        let client = self.for_each_checked(facts, |address| {
            if self.scanners.contains(address) {
                let input = input.get_or_insert_with(|| self.policy_input(facts));
                self.keep_stricter(&mut found, address, self.scanners.labels(address), input);
            }
        });
        (found, client)
    }

    fn keep_stricter(&self, found: &mut Option<Finding>, address: IpAddr, labels: Labels, input: &PolicyInput<'_>) {
        let ruling = self.policy.evaluate(input, &labels);
        match found {
            Some((.., stricter)) if ruling.or_stricter(*stricter) != ruling => {}
            _ => *found = Some((address, labels, ruling)),
        }
    }

    /// Calls `each` with the addresses that may belong to a scanner. Returns the client, or the reason why it is
    /// undetermined.
    ///
    /// If the client is known, only the client is checked. A trusted proxy that forwarded its address is never the
    /// scanner, even if a list contains all reserved ranges, such as 10.0.0.0/8: otherwise every person would be a
    /// scanner. If the client is undetermined, `check` selects the addresses of the walk that are checked.
    pub(crate) fn for_each_checked(&self, facts: &RequestFacts<'_>, mut each: impl FnMut(IpAddr)) -> ClientAddress {
        let peer = facts.peer.map(|peer| peer.to_canonical());
        let client = self.client.resolve(peer, facts.headers, |_| {});
        match (client.address(), self.client.check()) {
            (Some(address), Check::Peer) if peer != Some(address) => {}
            (Some(address), _) => each(address),
            (None, Check::Client) => {}
            (None, Check::Peer | Check::Either) => peer.into_iter().for_each(each),
            (None, Check::AnyHop) => _ = self.client.resolve(peer, facts.headers, each),
        }
        client
    }

    /// The policy input of this request.
    pub(crate) fn policy_input<'a>(&self, facts: &RequestFacts<'a>) -> PolicyInput<'a> {
        let mut variants = PathVariants::of(facts.path);
        if let Some(routed) = facts.routed_path {
            variants.add_routed(facts.path, routed);
        }
        if facts.too_long {
            variants.mark_too_long();
        }
        // Frameworks use the forwarded host, for example actix-web's `ConnectionInfo`.
        let names = [HOST, HeaderName::from_static("x-forwarded-host")];
        let lines = names.iter().flat_map(|name| client::from_last(facts.headers, name));
        let in_headers = lines.flat_map(|line| line.split(|byte| *byte == b','));
        let forwarded = client::from_last(facts.headers, &FORWARDED).flat_map(policy::forwarded_hosts);
        let authority = facts.authority.map(str::as_bytes).into_iter();
        let hosts = HostVariant::all(authority.chain(in_headers).chain(forwarded));
        PolicyInput { method: facts.method, variants, hosts }
    }

    /// The same policy, but loopback is the only trusted proxy.
    #[cfg(feature = "testing")]
    pub(crate) fn trusting_loopback(&self) -> Self {
        Self { client: self.client.trusting_loopback(), ..self.clone() }
    }

    /// The same policy, but the peer is always the client.
    #[cfg(feature = "cli")]
    pub(crate) fn without_trusted_proxies(&self) -> Self {
        Self { client: self.client.without_trusted_proxies(), ..self.clone() }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether the policy may answer a scanner's request with a decoy.
    pub(crate) fn has_decoys(&self) -> bool {
        self.decoy.ask_app && self.policy.has_decoys()
    }

    #[cfg(feature = "web-bot-auth")]
    pub(crate) fn signatures(&self) -> &Signatures {
        &self.signatures
    }

    pub(crate) fn client(&self) -> &ClientPolicy {
        &self.client
    }

    pub(crate) fn scanners(&self) -> &ScannerIndex {
        &self.scanners
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn block(&self) -> &Answer {
        &self.block
    }

    pub(crate) fn decoy(&self) -> &Decoy {
        &self.decoy
    }

    /// The mode of discovery, the operator's own networks, and the file of findings.
    #[cfg(feature = "discovery")]
    pub(crate) fn discovery(&self) -> &discovery::Settings {
        &self.discovery
    }

    #[cfg(feature = "canary")]
    pub(crate) fn canary(&self) -> Option<&crate::canary::Settings> {
        self.canary.as_ref()
    }
}
