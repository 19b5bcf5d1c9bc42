//! How a decision came about, step by step.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use crate::catalog::{Audience, Certainty, Origin, Scanner};
use crate::client::{Check, ClientAddress};
use crate::decision::Decision;
use crate::engine::Engine;
use crate::facts::RequestFacts;
use crate::policy::{Action, Doubt, HostReading, Mismatch};

/// Why a request gets what it gets: whose address was taken, which ranges cover it, which rules were tried.
///
/// Shows as text, and serialises for tools.
///
/// ```
/// use actix_scanner_guard::{GuardConfig, RequestFacts};
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
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    method: String,
    path: String,
    /// The hosts that the request can be for; none where it can be for any.
    hosts: Vec<String>,
    peer: Option<IpAddr>,
    header: String,
    hops: Vec<IpAddr>,
    client: ClientAddress,
    check: Check,
    addresses: Vec<ExplainedAddress>,
    readings: Vec<String>,
    doubt: Option<&'static str>,
    rules: Vec<ExplainedRule>,
    action: Action,
    enforced: bool,
    rule: Option<String>,
    address: Option<IpAddr>,
}

/// One address that was looked up, and the ranges around it.
#[derive(Clone, Debug, Serialize)]
struct ExplainedAddress {
    address: IpAddr,
    ranges: Vec<ExplainedRange>,
}

#[derive(Clone, Debug, Serialize)]
struct ExplainedRange {
    network: IpNet,
    scanner: Scanner,
    audience: Audience,
    certainty: Certainty,
    source: String,
    date: Option<String>,
}

/// One rule that was held against the request, up to the one that decided.
#[derive(Clone, Debug, Serialize)]
struct ExplainedRule {
    id: String,
    /// The first condition that is not met; `None` where all are.
    mismatch: Option<Mismatch>,
}

impl Explanation {
    /// Whose address the request comes from, and how that was found.
    #[must_use]
    pub fn client(&self) -> &ClientAddress {
        &self.client
    }

    /// Which of the addresses may be a scanner's, by `check`.
    #[must_use]
    pub fn check(&self) -> Check {
        self.check
    }

    /// The rules that were held against the request, up to the one that decided, and the first condition of each that
    /// is not met; `None` where all are.
    pub fn rules(&self) -> impl Iterator<Item = (&str, Option<Mismatch>)> {
        self.rules.iter().map(|rule| (rule.id.as_str(), rule.mismatch))
    }

    /// The decision comes from [`Engine::decide`] itself; the steps before it are taken again, one by one.
    pub(crate) fn of(engine: &Engine, facts: &RequestFacts<'_>) -> Self {
        let decision = engine.decide(facts);
        let mut hops = Vec::new();
        let client = engine.client().resolve(facts.peer, facts.headers, |hop| hops.push(hop));
        let mut addresses = Vec::new();
        engine.for_each_checked(facts, |address| addresses.push(ExplainedAddress::of(engine, address)));
        let asked = engine.ask(facts);
        Self {
            method: facts.method.to_owned(),
            path: facts.path.to_owned(),
            hosts: asked.hosts.iter().filter_map(HostReading::name).map(str::to_owned).collect(),
            peer: facts.peer.map(|peer| peer.to_canonical()),
            header: engine.client().header().to_string(),
            hops,
            client,
            check: engine.client().check(),
            addresses,
            readings: asked.readings.iter().map(|reading| reading.as_str().to_owned()).collect(),
            doubt: asked.readings.doubt().map(Doubt::as_str),
            rules: explain_rules(engine, facts, &decision),
            action: decision.action(),
            enforced: decision.enforced(),
            rule: decision.rule().map(str::to_owned),
            address: decision.address(),
        }
    }
}

impl ExplainedAddress {
    fn of(engine: &Engine, address: IpAddr) -> Self {
        let range = |(network, origin): (IpNet, &Origin)| ExplainedRange {
            network,
            scanner: engine.scanners().scanner(origin.scanner).clone(),
            audience: origin.audience,
            certainty: origin.certainty,
            source: origin.source.to_string(),
            date: origin.date.as_deref().map(str::to_owned),
        };
        Self { address, ranges: engine.scanners().origins_of(address).map(range).collect() }
    }
}

fn explain_rules(engine: &Engine, facts: &RequestFacts<'_>, decision: &Decision) -> Vec<ExplainedRule> {
    let Some(address) = decision.address() else { return Vec::new() };
    let labels = engine.scanners().labels(address);
    let asked = engine.ask(facts);
    let mut rules = Vec::new();
    for (index, rule) in engine.policy().rules().iter().enumerate() {
        let mismatch = engine.policy().mismatch(index, &asked, &labels);
        rules.push(ExplainedRule { id: rule.id.to_string(), mismatch });
        if decision.rule() == Some(&*rule.id) {
            break;
        }
    }
    rules
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = if self.hosts.is_empty() { "any host".to_owned() } else { self.hosts.join(" or ") };
        writeln!(f, "request: {} {} for {hosts}", self.method, self.path)?;
        match self.peer {
            Some(peer) => writeln!(f, "peer: {peer}")?,
            None => writeln!(f, "peer: none")?,
        }
        let outcome = self.client.outcome().as_str();
        match self.client.address() {
            Some(client) => writeln!(f, "client: {client} ({outcome})")?,
            None => writeln!(f, "client: undetermined ({outcome} in {})", self.header)?,
        }
        for ExplainedAddress { address, ranges } in &self.addresses {
            if ranges.is_empty() {
                writeln!(f, "{address}: no scanner in use")?;
            }
            for ExplainedRange { network, scanner, audience, certainty, source, date } in ranges {
                let date = date.as_deref().unwrap_or("no date");
                let (audience, certainty) = (audience.as_str(), certainty.as_str());
                writeln!(f, "{address}: {network} of {scanner}, {audience}, {certainty}: {source} ({date})")?;
            }
        }
        if self.address.is_some() && self.readings.len() > 1 {
            writeln!(f, "the path may be read as {}", self.readings.join(", "))?;
        }
        if let Some(doubt) = self.doubt {
            writeln!(f, "the path counts as protected: {doubt}")?;
        }
        for ExplainedRule { id, mismatch } in &self.rules {
            match mismatch {
                Some(mismatch) => writeln!(f, "rule `{id}` does not fit: {}", mismatch.as_str())?,
                None => writeln!(f, "rule `{id}` fits")?,
            }
        }
        let by = match (&self.address, &self.rule) {
            (None, _) => "no scanner".to_owned(),
            (_, Some(rule)) => format!("rule `{rule}`"),
            (_, None) => "default_action".to_owned(),
        };
        let observed = if self.address.is_some() && !self.enforced { ", observed only" } else { "" };
        write!(f, "action: {} ({by}{observed})", self.action)
    }
}
