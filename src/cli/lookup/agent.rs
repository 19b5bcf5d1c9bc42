//! `lookup --agent`: shows the bots that a user agent names, and whether the address proves the claim.

use std::io::Write;
use std::net::IpAddr;
use std::time::SystemTime;

use serde::Serialize;

use crate::catalog::{self, Agent, AgentKind, Holder, ListKind};
use crate::cli::console::{BOLD, Console};
use crate::cli::failure::{Failure, Verdict};
use crate::config::GuardConfig;
use crate::decision::Claimed;
use crate::facts::RequestFacts;
use crate::identity::{Identity, Proofs, Reason};
use crate::scanners::{Audience, Category};
use crate::util::escape::escaped;

/// One claim.
#[derive(Debug, Serialize)]
struct Claim {
    id: &'static str,
    name: &'static str,
    operator: &'static str,
    category: Option<Category>,
    /// `bot`, `tool` or `people`.
    kind: &'static str,
    audience: Audience,
    lists: &'static [&'static str],
    reverse_names: &'static [&'static str],
    /// Whether the address is in a list of the product; `None` without an address or without a list.
    listed: Option<bool>,
    /// The identity for the claim from this address now, with its reason. `None` without an address, and for tools and proxies,
    /// which have no identity.
    identity: Option<Identity>,
    reason: Option<Reason>,
    /// The possible proof, in words.
    proof: String,
}

impl Claim {
    fn of(agent: &'static Agent, address: Option<IpAddr>, judged: &[Claimed]) -> Self {
        let judged = judged.iter().find(|claim| claim.scanner().id() == agent.id());
        let listed = address.filter(|_| !agent.lists().is_empty()).map(|address| is_listed(agent, address));
        let kind = match agent.kind() {
            AgentKind::Bot => "bot",
            AgentKind::Tool => "tool",
            AgentKind::People => "people",
        };
        Self {
            id: agent.id(),
            name: agent.name(),
            operator: agent.operator(),
            category: agent.category(),
            kind,
            audience: agent.audience(),
            lists: agent.lists(),
            reverse_names: agent.reverse_names(),
            listed,
            identity: judged.map(Claimed::identity),
            reason: judged.map(Claimed::reason),
            proof: proof(agent, listed),
        }
    }
}

fn is_listed(agent: &Agent, address: IpAddr) -> bool {
    catalog::whois(address).any(|found| {
        let Holder::Vendor(vendor) = found.holder() else { return false };
        agent.lists().contains(&vendor.scanner().id())
    })
}

fn proof(agent: &Agent, listed: Option<bool>) -> String {
    let lists = agent.lists().join(", ");
    let by_name = match agent.reverse_names() {
        [] => String::new(),
        names => format!("; its reverse names end in {}", names.join(", ")),
    };
    match (agent.kind(), listed, agent.list_kind()) {
        (AgentKind::Tool, ..) => "anybody can run this tool, so it identifies no operator".to_owned(),
        (AgentKind::People, ..) => "people read through this proxy".to_owned(),
        (_, Some(true), ListKind::Shared) => format!("the address is in {lists}, which others use too{by_name}"),
        (_, Some(true), _) => format!("the address is in {lists}"),
        (_, Some(false), ListKind::Complete) => format!("the address is not in {lists}, which is complete{by_name}"),
        (_, Some(false), _) => format!("the address is not in {lists}, which has gaps{by_name}"),
        (_, None, ListKind::None) if by_name.is_empty() => "nothing can prove this claim".to_owned(),
        (_, None, ListKind::None) => format!("no list is published{by_name}"),
        (_, None, _) => format!("addresses of {lists} prove it{by_name}"),
    }
}

/// The claims, judged by all lists of the catalog.
fn judged(text: &str, address: IpAddr) -> Result<Vec<Claimed>, Failure> {
    let config = GuardConfig::from_toml("scanners.use = [\"all\"]").map_err(|error| Failure::new(error.to_string()))?;
    let headers = [("user-agent", text)];
    let proofs = Proofs::new().time(SystemTime::now());
    let facts = RequestFacts::new("/").peer(address).headers(&headers).proofs(&proofs);
    Ok(config.decide(&facts).claims().cloned().collect())
}

pub(super) fn run(text: &str, address: Option<IpAddr>, console: &mut Console) -> Result<Verdict, Failure> {
    let judged = address.map(|address| judged(text, address)).transpose()?.unwrap_or_default();
    let claims = catalog::claims(text.as_bytes()).map(|agent| Claim::of(agent, address, &judged));
    let claims: Vec<Claim> = claims.collect();
    if console.is_json() {
        console.write_json(&claims)?;
        return Ok(Verdict::Good);
    }
    if claims.is_empty() {
        writeln!(console, "no known bot names itself in `{}`", escaped(text))?;
    }
    for Claim { id, name, operator, category, audience, proof, kind, identity, reason, .. } in &claims {
        let id = console.paint(BOLD, id);
        let category = category.map_or(*kind, Category::as_str);
        writeln!(console, "{id}  {name} of {operator}, {category}, {}", audience.as_str())?;
        if let (Some(identity), Some(reason)) = (identity, reason) {
            writeln!(console, "  {identity}: {reason}")?;
        }
        writeln!(console, "  {}", escaped(proof))?;
    }
    Ok(Verdict::Good)
}
