//! `lookup --agent`: shows the bots that a user agent names, and whether the address proves the claim. The bots and lists of a
//! policy count as well as the catalog's.

use std::io::Write;
use std::net::IpAddr;
use std::time::SystemTime;

use serde::Serialize;

use crate::catalog::{self, Agent, AgentKind, ListKind};
use crate::cli::console::{BOLD, Console};
use crate::cli::failure::{Failure, Verdict};
use crate::cli::input::all_bots;
use crate::config::GuardConfig;
use crate::identity::{AllBots, Identity, Judgement, KnownBot, ListLook, Proofs, Reason, judge};
use crate::scanners::{Audience, Category};
use crate::util::escape::escaped;

/// One claim.
#[derive(Debug, Serialize)]
struct Claim<'a> {
    id: &'a str,
    name: &'a str,
    operator: &'a str,
    category: Option<Category>,
    /// `bot`, `tool` or `people`.
    kind: &'static str,
    audience: Audience,
    lists: Vec<&'a str>,
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

impl<'a> Claim<'a> {
    /// The claim of a bot.
    fn of(bot: &'a KnownBot, bots: &AllBots, address: Option<IpAddr>) -> Self {
        let now = SystemTime::now();
        let looks = address.map(|address| bots.looks(bot, address, Some(now)));
        let judged = looks.as_ref().map(|looks| judge(&bot.id, bot.provable, Some(looks), &Proofs::new().time(now)));
        let is_listed = |looks: &Vec<ListLook>| looks.iter().any(ListLook::has_address);
        let listed = looks.as_ref().filter(|looks| !looks.is_empty()).map(is_listed);
        let lists: Vec<&str> = match bot.agent() {
            Some(agent) => agent.lists().to_vec(),
            None if bot.provable.list == ListKind::None => Vec::new(),
            None => vec![&*bot.id],
        };
        let reverse_names = bot.agent().map_or(&[][..], Agent::reverse_names);
        Self {
            id: &bot.id,
            name: &bot.name,
            operator: &bot.operator,
            category: Some(bot.category),
            kind: "bot",
            audience: bot.audience,
            proof: proof(&lists, reverse_names, listed, bot.provable.list),
            lists,
            reverse_names,
            listed,
            identity: judged.map(|judged: Judgement| judged.identity),
            reason: judged.map(|judged| judged.reason),
        }
    }

    /// The claim of a tool, or of a proxy of people. `None` for a bot.
    fn without_identity(agent: &'static Agent) -> Option<Self> {
        let (kind, proof) = match agent.kind() {
            AgentKind::Bot => return None,
            AgentKind::Tool => ("tool", "anybody can run this tool, so it identifies no operator"),
            AgentKind::People => ("people", "people read through this proxy"),
        };
        Some(Self {
            id: agent.id(),
            name: agent.name(),
            operator: agent.operator(),
            category: agent.category(),
            kind,
            audience: agent.audience(),
            lists: agent.lists().to_vec(),
            reverse_names: agent.reverse_names(),
            listed: None,
            identity: None,
            reason: None,
            proof: proof.to_owned(),
        })
    }
}

fn proof(lists: &[&str], reverse_names: &[&str], listed: Option<bool>, kind: ListKind) -> String {
    let lists = lists.join(", ");
    let by_name = match reverse_names {
        [] => String::new(),
        names => format!("; its reverse names end in {}", names.join(", ")),
    };
    match (listed, kind) {
        (Some(true), ListKind::Shared) => format!("the address is in {lists}, which others use too{by_name}"),
        (Some(true), _) => format!("the address is in {lists}"),
        (Some(false), ListKind::Complete) => format!("the address is not in {lists}, which is complete{by_name}"),
        (Some(false), _) => format!("the address is not in {lists}, which has gaps{by_name}"),
        (None, ListKind::None) if by_name.is_empty() => "nothing can prove this claim".to_owned(),
        (None, ListKind::None) => format!("no list is published{by_name}"),
        (None, _) => format!("addresses of {lists} prove it{by_name}"),
    }
}

pub(super) fn run(
    text: &str,
    address: Option<IpAddr>,
    policy: Option<&GuardConfig>,
    console: &mut Console,
) -> Result<Verdict, Failure> {
    let bots = all_bots(policy)?;
    let mut claims: Vec<Claim<'_>> = bots.find(text.as_bytes()).map(|bot| Claim::of(bot, &bots, address)).collect();
    // A tool beside a bot is no claim: the bot is built with the tool.
    let has_bots = !claims.is_empty();
    let others = catalog::claims(text.as_bytes()).filter(|agent| !(has_bots && agent.kind() == AgentKind::Tool));
    claims.extend(others.filter_map(Claim::without_identity));
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
        let (name, operator) = (escaped(name), escaped(operator));
        writeln!(console, "{id}  {name} of {operator}, {category}, {}", audience.as_str())?;
        if let (Some(identity), Some(reason)) = (identity, reason) {
            writeln!(console, "  {identity}: {reason}")?;
        }
        writeln!(console, "  {}", escaped(proof))?;
    }
    Ok(Verdict::Good)
}
