//! The compiled whole, and [`Engine::decide`], where address, ranges and policy meet.

use std::net::IpAddr;

use http::header::{FORWARDED, HOST, HeaderName};
use ipnet::IpNet;

use crate::answer::{Answer, Decoy};
use crate::client::{self, Check, ClientAddress, ClientPolicy};
use crate::decision::{Decision, Matched};
use crate::facts::RequestFacts;
#[cfg(feature = "feeds")]
use crate::feeds::spec::{FeedSettings, FeedSpec};
#[cfg(feature = "web-bot-auth")]
use crate::identity::signatures::Signatures;
use crate::policy::{
    self, Action, Breaks, HostVariant, Mode, PathSet, PathVariants, Pattern, Policy, PolicyInput, Rule, Ruling,
};
use crate::scanners::{JudgeOn, Labels, ScannerIndex, ScannerList, Serves};

/// The checked configuration, from which an engine is compiled.
#[derive(Clone, Debug, Hash)]
pub(crate) struct CheckedConfig {
    pub(crate) mode: Mode,
    pub(crate) default_action: Action,
    pub(crate) client: ClientPolicy,
    pub(crate) lists: Vec<ScannerList>,
    pub(crate) allow: Vec<IpNet>,
    pub(crate) rules: Vec<(Rule, Vec<Pattern>)>,
    pub(crate) block: Answer,
    pub(crate) decoy: Decoy,
    pub(crate) discovery: crate::live::discovery::Settings,
    /// Lists that are fetched. They are put into `lists` when they are at hand.
    #[cfg(feature = "feeds")]
    pub(crate) feeds: Vec<FeedSpec>,
    #[cfg(feature = "feeds")]
    pub(crate) feed_settings: FeedSettings,
    /// Whose signatures are looked for. Their keys are put in when they are at hand.
    #[cfg(feature = "web-bot-auth")]
    pub(crate) signatures: Signatures,
}

/// Everything that a request is held against. Immutable.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    generation: u64,
    client: ClientPolicy,
    scanners: ScannerIndex,
    policy: Policy,
    block: Answer,
    decoy: Decoy,
    #[cfg(feature = "web-bot-auth")]
    signatures: Signatures,
}

/// A scanner's address, and what policy says of a request from it.
type Finding = (IpAddr, Labels, Ruling);

impl Engine {
    /// Compiles ranges and rules. The error is the limit that was passed, in words.
    pub(crate) fn compile(checked: CheckedConfig, generation: u64) -> Result<Self, String> {
        let scanners = ScannerIndex::build(checked.lists, &checked.allow).map_err(|error| error.to_string())?;
        let (rules, patterns): (Vec<Rule>, Vec<Vec<Pattern>>) = checked.rules.into_iter().unzip();
        let policy = PathSet::compile(patterns.iter().map(Vec::as_slice))
            .map(|paths| Policy::new(rules, paths, checked.default_action, checked.mode))
            .map_err(|error| format!("the path patterns cannot be compiled: {error}"))?;
        Ok(Self {
            generation,
            client: checked.client,
            scanners,
            policy,
            block: checked.block,
            decoy: checked.decoy,
            #[cfg(feature = "web-bot-auth")]
            signatures: checked.signatures,
        })
    }

    /// Decides one request. Pure: no I/O, no clock, no lock; no allocation where no scanner is involved.
    pub(crate) fn decide(&self, facts: &RequestFacts<'_>) -> Decision {
        let mut input = None;
        let (found, client) = self.find(facts, &mut input);
        let breaks = match (&found, &input) {
            (Some((_, labels, ruling)), Some(input)) if self.has_decoys() => self.policy.breaks(input, labels, *ruling),
            _ => Breaks::default(),
        };
        let named = |scanner: usize| self.scanners.scanner(scanner).clone();
        let matched = found.map(|(address, labels, ruling)| Matched {
            address,
            labels: labels.iter().map(|label| (label.network, named(label.scanner))).collect(),
            rule: ruling.rule.map(|rule| self.policy.rules()[rule].id.clone()),
            action: ruling.action,
            enforced: ruling.enforced,
            is_judged: self.is_judged(&labels, &ruling),
            judge_on: labels.iter().next().map_or_else(JudgeOn::default, |label| label.judge_on),
            breaks,
            generation: self.generation,
            scanner_number: labels.iter().next().map_or(0, |label| label.scanner),
            rule_number: ruling.rule,
        });
        Decision::new(matched, client)
    }

    /// Whether a request for what the deciding rule serves says that a scanner sent it.
    fn is_judged(&self, labels: &Labels, ruling: &Ruling) -> bool {
        match ruling.rule.map(|rule| &self.policy.rules()[rule]) {
            Some(rule) => labels.may_be_judged(rule.scanners.as_ref(), rule.serves),
            None => labels.may_be_judged(None, Serves::default()),
        }
    }

    /// The decision on a request that matches no scanner, for which only peer and headers count; `None` if it matches one.
    #[cfg(feature = "cli")]
    pub(crate) fn decide_unmatched(&self, facts: &RequestFacts<'_>) -> Option<Decision> {
        let mut known = false;
        let client = self.for_each_checked(facts, |address| known |= self.scanners.contains(address));
        (!known).then(|| Decision::new(None, client))
    }

    /// The scanner's address among those to be checked; of several, the one that policy is strictest with, and of
    /// equals the one nearest to the client.
    fn find<'a>(
        &self,
        facts: &RequestFacts<'a>,
        input: &mut Option<PolicyInput<'a>>,
    ) -> (Option<Finding>, ClientAddress) {
        let mut found: Option<Finding> = None;
        let client = self.for_each_checked(facts, |address| {
            if !self.scanners.contains(address) {
                return;
            }
            let labels = self.scanners.labels(address);
            let ruling = self.policy.evaluate(input.get_or_insert_with(|| self.policy_input(facts)), &labels);
            match &found {
                Some((.., stricter)) if ruling.or_stricter(*stricter) != ruling => {}
                _ => found = Some((address, labels, ruling)),
            }
        });
        (found, client)
    }

    /// Calls `each` with the addresses that may be a scanner's, and gives the client, or why it is not known.
    ///
    /// If the client is known, that is the client alone. A proxy that named it is trusted, so it is never the scanner,
    /// even if somebody saved a list of all reserved ranges, 10.0.0.0/8 included: it would make every person a scanner.
    /// If the client is unknown, `check` says which of the addresses on the way stand in for it.
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
        // Frameworks take the forwarded name for the host, actix-web's `ConnectionInfo` among them.
        let names = [HOST, HeaderName::from_static("x-forwarded-host")];
        let lines = names.iter().flat_map(|name| client::from_last(facts.headers, name));
        let in_headers = lines.flat_map(|line| line.split(|byte| *byte == b','));
        let forwarded = client::from_last(facts.headers, &FORWARDED).flat_map(policy::forwarded_hosts);
        let authority = facts.authority.map(str::as_bytes).into_iter();
        let hosts = HostVariant::all(authority.chain(in_headers).chain(forwarded));
        PolicyInput { method: facts.method, variants, hosts }
    }

    /// The same policy, which takes loopback's word for whose address a request comes from.
    #[cfg(feature = "testing")]
    pub(crate) fn trusting_loopback(&self) -> Self {
        Self { client: self.client.trusting_loopback(), ..self.clone() }
    }

    /// The same policy, which takes the peer for the client, whatever headers say.
    #[cfg(feature = "cli")]
    pub(crate) fn without_trusted_proxies(&self) -> Self {
        Self { client: self.client.without_trusted_proxies(), ..self.clone() }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether some scanner's request may be answered by the application as for a path that does not exist.
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
}
