//! `search`: finds vendors, bots and proxies by any of their names.

use std::io::Write;
use std::net::IpAddr;

use clap::Args;
use serde::Serialize;

use super::console::{BOLD, Console, DIM};
use super::failure::{Failure, Verdict};
use crate::catalog::{self, Agent, AgentKind, Found};
use crate::scanners::Category;
use crate::util::escape::escaped;

/// Find vendors and bots by name, former name, product, user agent or reverse name
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard search websense
  scanner-guard search safe links
  scanner-guard search Kasperski
  scanner-guard search msnbot-40-77-167-1.search.msn.com

Exit codes:
  0  something was found
  1  nothing was found")]
pub(super) struct SearchArgs {
    /// A name, a former name, a product, a user agent or a host name, in any case; one letter may be wrong
    #[arg(required = true)]
    words: Vec<String>,
}

pub(super) fn run(args: &SearchArgs, console: &mut Console) -> Result<Verdict, Failure> {
    run_words(&args.words, console)
}

/// Maximum number of results that are shown as text.
const SHOWN: usize = 20;

/// One result.
#[derive(Serialize)]
struct Answer {
    id: &'static str,
    name: &'static str,
    /// `None` for tools and for proxies.
    category: Option<Category>,
    /// `vendor`, `unlisted`, `agent` or `proxy`.
    kind: &'static str,
    /// 0 if there are none; `reason` explains why.
    ranges: usize,
    description: String,
    reason: Option<&'static str>,
    instead: Option<&'static str>,
}

impl Answer {
    fn of(found: &Found) -> Self {
        let (kind, ranges, description, reason, instead) = match found {
            Found::Vendor(vendor) => ("vendor", vendor.ranges().count(), vendor.purpose().to_owned(), None, None),
            Found::Unlisted(entry) => {
                ("unlisted", 0, entry.reason().to_owned(), Some(entry.reason()), Some(entry.instead()))
            }
            Found::Agent(agent) => ("agent", 0, describe(agent), None, None),
            Found::Proxy(proxy) => ("proxy", proxy.ranges().count(), proxy.note().to_owned(), None, None),
        };
        let (id, name, category) = (found.id(), found.name(), found.category());
        Self { id, name, category, kind, ranges, description, reason, instead }
    }

    /// The command that shows more.
    fn more(&self) -> String {
        match self.kind {
            "vendor" => format!("scanner-guard catalog show {}", self.id),
            "proxy" => format!("client.trusted_proxies = [\"{}\"]", self.id),
            _ => "scanner-guard lookup --agent TEXT ADDRESS".to_owned(),
        }
    }
}

/// The description of a bot that has no ranges of its own.
fn describe(agent: &Agent) -> String {
    let operator = agent.operator();
    let names = agent.tokens().join(", ");
    let proof = match (agent.kind(), agent.lists(), agent.reverse_names()) {
        (AgentKind::Tool, ..) => {
            return format!("A tool that anybody can run, from any address. Its user agents contain: {names}.");
        }
        (AgentKind::People, ..) => {
            return format!("A proxy through which people read pages. Its user agents contain: {names}.");
        }
        (AgentKind::Bot, [], []) => "Its operator publishes nothing that can prove its requests.".to_owned(),
        (AgentKind::Bot, [], ends) => format!("Proof: a confirmed reverse name in {}.", ends.join(", ")),
        (AgentKind::Bot, lists, []) => format!("Proof: the ranges of {}.", lists.join(", ")),
        (AgentKind::Bot, lists, ends) => {
            format!("Proof: the ranges of {}, or a confirmed reverse name in {}.", lists.join(", "), ends.join(", "))
        }
    };
    format!("A bot of {operator}. Its user agents contain: {names}. {proof}")
}

pub(super) fn run_words(words: &[String], console: &mut Console) -> Result<Verdict, Failure> {
    let text = words.join(" ");
    if text.trim().is_empty() {
        let help = "write a name, such as `scanner-guard search websense`";
        return Err(Failure::new("there is nothing to search for").help(help));
    }
    let answers: Vec<Answer> = catalog::search(&text).iter().map(Answer::of).collect();
    if answers.is_empty() {
        console.warn(&format!("no vendor has the name `{}`", escaped(&text)), Some(&help(&text)));
    }
    if console.is_json() {
        console.write_json(&answers)?;
    } else {
        answers.iter().take(SHOWN).try_for_each(|answer| write(answer, console))?;
        if answers.len() > SHOWN {
            writeln!(
                console,
                "and {} more; write a longer part of the name, or use --json for all",
                answers.len() - SHOWN
            )?;
        }
    }
    Ok(if answers.is_empty() { Verdict::Found } else { Verdict::Good })
}

/// The help if nothing was found.
fn help(text: &str) -> String {
    if text.trim().parse::<IpAddr>().is_ok() {
        return format!("this is an address: `scanner-guard lookup {}`", text.trim());
    }
    let all = "search for a part of the name, or list all vendors with `scanner-guard catalog list`";
    match &catalog::nearest(text)[..] {
        [] => all.to_owned(),
        names => format!("nearest: {}; {all}", names.join(", ")),
    }
}

fn write(answer: &Answer, console: &mut Console) -> Result<(), Failure> {
    let Answer { id, name, category, kind, ranges, description, instead, .. } = answer;
    let id = console.paint(BOLD, id);
    let ranges = match (*kind, ranges) {
        ("unlisted" | "agent", _) => "no ranges".to_owned(),
        (_, 1) => "1 range".to_owned(),
        (_, ranges) => format!("{ranges} ranges"),
    };
    let what = category.map_or(if *kind == "proxy" { "proxies" } else { "tool" }, Category::as_str);
    writeln!(console, "{id}  {name}, {what}, {ranges}")?;
    writeln!(console, "  {}", escaped(description))?;
    if let Some(instead) = instead {
        writeln!(console, "  instead: {}", escaped(instead))?;
    } else {
        let more = console.paint(DIM, answer.more());
        writeln!(console, "  {more}")?;
    }
    Ok(())
}
