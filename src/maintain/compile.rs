//! The compiled form of the data: Rust statics, which the compiler checks and which need no decoding.

use std::fmt::Write as _;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::agent_files::{AgentFile, ProofFile, StatusFile};
use super::files::{Data, FeedFile, GroupFile, OverlapFile, ProxyFile, UnlistedFile, VendorFile};

const HEAD: &str = "\
// Made by `catalog-update` from the files in `data`. Not to be edited: a test holds it to them.

use super::compact::{p, q};
use super::{
    Agent, AgentKind, Audience::*, Category::*, Certainty::*, Feed, JudgeOn, ListKind, Overlap, ProxySet, RangeGroup, Scanner, Unlisted, Vendor,
};
use crate::feeds::{Choice, Format};
";

/// The text of `generated.rs`.
///
/// # Errors
///
/// If the options of a feed do not match its format.
pub(super) fn compile(data: &Data) -> Result<String, String> {
    let mut text = HEAD.to_owned();
    let _ = writeln!(text, "\npub(super) static VENDORS: [Vendor; {}] = [", data.vendors.len());
    for file in &data.vendors {
        vendor(file, &mut text)?;
    }
    let _ = writeln!(text, "];\n\npub(super) static PROXIES: [ProxySet; {}] = [", data.proxies.len());
    for file in &data.proxies {
        proxy(file, &mut text)?;
    }
    let _ = writeln!(text, "];\n\npub(super) static UNLISTED: [Unlisted; {}] = [", data.unlisted.len());
    data.unlisted.iter().for_each(|file| unlisted(file, &mut text));
    let _ = writeln!(text, "];\n\npub(super) static AGENTS: [Agent; {}] = [", data.agents.len());
    data.agents.iter().for_each(|file| agent(file, &mut text));
    text.push_str("];\n");
    Ok(text)
}

fn agent(file: &AgentFile, text: &mut String) {
    let AgentFile { id, name, operator, kind, audience, tokens, urls, not_if, lists, list, names, masks, .. } = file;
    let category = file.category.map_or("None".to_owned(), |category| format!("Some({category:?})"));
    let is_current = file.status == StatusFile::Current;
    let _ = writeln!(
        text,
        "    Agent {{ id: {id:?}, name: {name:?}, operator: {operator:?}, kind: AgentKind::{kind:?}, category: {category},\n        \
         audience: {audience:?}, tokens: &{tokens:?}, urls: &{urls:?}, not_if: &{not_if:?},\n        lists: &{lists:?}, \
         list_kind: ListKind::{list:?}, names: &{names:?}, masks: &{masks:?},\n        signature_agent: {:?}, is_current: \
         {is_current}, forged_by_list: {}, forged_by_name: {}, source: {:?} }},",
        file.signature_agent,
        file.forged.contains(&ProofFile::List),
        file.forged.contains(&ProofFile::Name),
        file.source
    );
}

fn unlisted(file: &UnlistedFile, text: &mut String) {
    let UnlistedFile { id, name, category, homepage, aliases, reason, instead, date, near, .. } = file;
    let near: Vec<String> = near.iter().map(|near| near.0.to_string()).collect();
    let _ = writeln!(
        text,
        "    Unlisted {{\n        id: {id:?},\n        name: {name:?},\n        category: {category:?},\n        homepage: \
         {homepage:?},\n        aliases: &{aliases:?},\n        reason: {reason:?},\n        instead: {instead:?},\n        \
         date: {date:?},\n        near: &{near:?},\n    }},"
    );
}

fn vendor(file: &VendorFile, text: &mut String) -> Result<(), String> {
    let VendorFile {
        id, name, category, homepage, purpose, aliases, user_agents, reverse_dns, overlap, ranges, ..
    } = file;
    let overlaps: String = overlap
        .iter()
        .map(|OverlapFile { with, note }| format!("Overlap {{ with: {with:?}, note: {note:?} }}, "))
        .collect();
    let _ = writeln!(
        text,
        "    Vendor {{\n        scanner: Scanner::known({id:?}, {name:?}, {category:?}),\n        homepage: {homepage:?},\n        \
         purpose: {purpose:?},\n        aliases: &{aliases:?},\n        user_agents: &{user_agents:?},\n        reverse_dns: &{reverse_dns:?},\n        \
         overlaps: &[{}],",
        overlaps.trim_end_matches(", ")
    );
    groups(ranges, text)
}

fn proxy(file: &ProxyFile, text: &mut String) -> Result<(), String> {
    let ProxyFile { id, name, homepage, note, ranges, .. } = file;
    let _ = writeln!(
        text,
        "    ProxySet {{\n        id: {id:?},\n        name: {name:?},\n        homepage: {homepage:?},\n        note: {note:?},"
    );
    groups(ranges, text)
}

fn groups(groups: &[GroupFile], text: &mut String) -> Result<(), String> {
    text.push_str("        groups: &[\n");
    for group in groups {
        let GroupFile { source, date, note, judge_on, observation, .. } = group;
        let (audience, certainty) = (group.audience(), group.certainty());
        let feed = group.feed.as_ref().map(feed).transpose()?.unwrap_or_else(|| "None".to_owned());
        let v4: Vec<Ipv4Net> =
            group.nets().filter_map(|net| if let IpNet::V4(net) = net { Some(net) } else { None }).collect();
        let v6: Vec<Ipv6Net> =
            group.nets().filter_map(|net| if let IpNet::V6(net) = net { Some(net) } else { None }).collect();
        let _ = writeln!(
            text,
            "            RangeGroup {{ source: {source:?}, date: {date:?}, audience: {audience:?}, certainty: {certainty:?},\n                \
             judge_on: JudgeOn::{judge_on:?}, observation: {observation:?}, note: {note:?}, feed: {feed},\n                v4: &[{}],\n                v6: &[{}] }},",
            list(v4.iter().map(|net| format!("p({:?}, {})", net.addr().octets(), net.prefix_len()))),
            list(v6.iter().map(v6_literal)),
        );
    }
    text.push_str("        ],\n    },\n");
    Ok(())
}

fn feed(file: &FeedFile) -> Result<String, String> {
    let (format, choice) = file.choice()?;
    let choice = choice.map_or("None".to_owned(), |(choice, value)| format!("Some((Choice::{choice:?}, {value:?}))"));
    Ok(format!("Some(Feed {{ url: {:?}, format: Format::{format:?}, choice: {choice} }})", file.url))
}

fn v6_literal(net: &Ipv6Net) -> String {
    let segments = net.addr().segments();
    let used = segments.iter().rposition(|segment| *segment != 0).map_or(0, |last| last + 1);
    let groups: Vec<String> = segments[..used].iter().map(|segment| format!("{segment:#x}")).collect();
    format!("q([{}], {})", groups.join(", "), net.prefix_len())
}

/// Five prefixes a line.
fn list(prefixes: impl Iterator<Item = String>) -> String {
    let prefixes: Vec<String> = prefixes.collect();
    let lines: Vec<String> = prefixes.chunks(5).map(|line| line.join(", ")).collect();
    lines.join(",\n                    ")
}
