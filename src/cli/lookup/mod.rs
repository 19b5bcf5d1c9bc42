//! `lookup`: shows everything about an address or a network.

mod agent;
mod known;
mod network;

use std::io::{self, BufRead, Write};
use std::net::IpAddr;
use std::str::FromStr;

use clap::Args;
use ipnet::IpNet;

use super::console::{BOLD, Console, DIM, GOOD};
use super::failure::{Failure, Verdict};
use super::input::MaybePolicyArg;
use super::lines::{Line, next_line};
use super::search;
use crate::client;
use crate::scanners::{Category, JudgeOn};
use crate::util::escape::escaped;
pub(super) use known::Known;
use known::{Entry, Knowledge, NearbyVendor};
use network::NetworkKnowledge;

/// Maximum number of bytes that are shown of a line that is not an address.
const SHOWN: usize = 100;

/// Look up the scanners of an address or a network, and everything about them
///
/// If you give several addresses, or `-` and one address on each line of standard input, each answer is one line with tabs
/// between its fields: the address, its scanners, and the network, category, audience, certainty and use of its most
/// specific range. For a network, such as `198.51.100.0/24`, it has the scanners of all ranges that overlap with it. With --json,
/// each line is an object with all details.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard lookup 150.70.66.183
  scanner-guard lookup 150.70.64.0/22
  scanner-guard lookup websense
  scanner-guard lookup --agent 'Mozilla/5.0 (compatible; Googlebot/2.1)' 66.249.64.1
  cut -d' ' -f1 access.log | sort -u | scanner-guard lookup - | grep -v -- '-$'

Exit codes:
  0  all addresses were looked up
  1  a line of the input is not an address or a network
  2  the policy cannot be used")]
pub(super) struct LookupArgs {
    /// The addresses or networks; `-` for one on each line of standard input; a name searches the catalog
    #[arg(required_unless_present = "agent", value_name = "IP")]
    addresses: Vec<Target>,

    /// A user agent: show the bots of the catalog and of the policy that it names, and whether the address proves it
    #[arg(long, value_name = "TEXT")]
    agent: Option<String>,

    #[command(flatten)]
    policy: MaybePolicyArg,
}

#[derive(Clone, Debug)]
enum Target {
    Stdin,
    Address(IpAddr),
    Network(IpNet),
    Name(String),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "-" => Ok(Self::Stdin),
            text => match Self::of_address(text) {
                Some(target) => Ok(target),
                // `1.2.3` and `fe80::zz` are mistyped addresses, `safe` and `1e100` are names.
                None if text.contains(char::is_alphabetic) && !text.contains([':', '/']) => {
                    Ok(Self::Name(text.to_owned()))
                }
                None => {
                    Err("write an IPv4 or IPv6 address, a network such as `198.51.100.0/24`, a name, or `-`".to_owned())
                }
            },
        }
    }
}

impl Target {
    /// An address, or a network. A network of one address is the address.
    fn of_address(text: &str) -> Option<Self> {
        if let Ok(address) = text.parse() {
            return Some(Self::Address(address));
        }
        let network: IpNet = text.parse().ok()?;
        let is_single = network.prefix_len() == network.max_prefix_len();
        Some(if is_single { Self::Address(network.addr()) } else { Self::Network(network) })
    }

    fn name(&self) -> Option<String> {
        if let Self::Name(name) = self { Some(name.clone()) } else { None }
    }
}

pub(super) fn run(args: &LookupArgs, console: &mut Console) -> Result<Verdict, Failure> {
    if let Some(text) = &args.agent {
        let address = match &args.addresses[..] {
            [] => None,
            [Target::Address(address)] => Some(address.to_canonical()),
            _ => {
                return Err(Failure::new("--agent needs a single address, or none")
                    .help("write one address after the user agent, or none"));
            }
        };
        return agent::run(text, address, args.policy.load()?.as_ref(), console);
    }
    let known = Known::new(args.policy.load()?);
    if let ([Target::Address(address)], false) = (&args.addresses[..], console.is_json()) {
        write_block(&known.of(address.to_canonical()), console)?;
        return Ok(Verdict::Good);
    }
    if let ([Target::Network(network)], false) = (&args.addresses[..], console.is_json()) {
        network::write_block(&NetworkKnowledge::of(&known, *network), console)?;
        return Ok(Verdict::Good);
    }
    let names: Option<Vec<String>> = args.addresses.iter().map(Target::name).collect();
    if let Some(names) = names {
        return search::run_words(&names, console);
    }
    let mut unreadable = 0_u64;
    for target in &args.addresses {
        match target {
            Target::Name(name) => {
                return Err(Failure::new(format!("`{}` is no address", escaped(name)))
                    .help("look up addresses and search for names in separate calls"));
            }
            Target::Stdin => unreadable += look_up_lines(&known, io::stdin().lock(), console)?,
            one => write_one(&known, one, console)?,
        }
    }
    if unreadable == 0 {
        return Ok(Verdict::Good);
    }
    let (lines, are) = if unreadable == 1 { ("line", "is") } else { ("lines", "are") };
    console.warn(&format!("{unreadable} {lines} of the input {are} no address"), Some("write one address a line"));
    Ok(Verdict::Found)
}

/// Looks up one address a line. Returns the number of lines that are no address.
fn look_up_lines(known: &Known, mut input: impl BufRead, console: &mut Console) -> Result<u64, Failure> {
    let mut line = Vec::new();
    let mut unreadable = 0;
    while let Some(read) =
        next_line(&mut input, &mut line).map_err(|error| Failure::unreadable("standard input", &error))?
    {
        let text = line.trim_ascii();
        let whole = read == Line::Whole;
        match std::str::from_utf8(text).ok().filter(|_| whole).and_then(Target::of_address) {
            Some(target) => write_one(known, &target, console)?,
            None if whole && text.is_empty() => {}
            None => {
                unreadable += 1;
                let text = String::from_utf8_lossy(if whole { text } else { &text[..text.len().min(SHOWN)] });
                if console.is_json() {
                    console.write_json_line(&serde_json::json!({ "address": null, "text": text }))?;
                } else {
                    writeln!(console, "{}\tno address", escaped(&text))?;
                }
            }
        }
    }
    Ok(unreadable)
}

fn write_one(known: &Known, target: &Target, console: &mut Console) -> Result<(), Failure> {
    match target {
        Target::Address(address) => write_line(known, *address, console),
        Target::Network(network) => network::write_line(&NetworkKnowledge::of(known, *network), console),
        Target::Stdin | Target::Name(_) => Ok(()),
    }
}

fn write_line(known: &Known, address: IpAddr, console: &mut Console) -> Result<(), Failure> {
    let address = address.to_canonical();
    if console.is_json() {
        return console.write_json_line(&known.of(address));
    }
    write!(console, "{address}\t")?;
    if known.is_unknown(address) {
        console.write_all(b"-\n")?;
        return Ok(());
    }
    let Knowledge { allowed, ranges, .. } = known.of(address);
    write_ids(&ranges, console)?;
    let in_use = |entry: &Entry| use_of(entry, allowed.is_some());
    match ranges.first() {
        Some(entry) => {
            let Entry { network, audience, certainty, .. } = entry;
            let (category, audience, certainty) = (kind(entry), audience.as_str(), certainty.as_str());
            writeln!(console, "\t{network}\t{category}\t{audience}\t{certainty}\t{}", in_use(entry))?;
        }
        None => console.write_all(b"-\tallowed\n")?,
    }
    Ok(())
}

/// Writes the scanners of these ranges, each once.
fn write_ids(ranges: &[Entry], console: &mut Console) -> Result<(), Failure> {
    let mut before: Vec<&str> = Vec::new();
    for Entry { id, .. } in ranges {
        if !before.contains(&id.as_str()) {
            let comma = if before.is_empty() { "" } else { "," };
            write!(console, "{comma}{id}")?;
            before.push(id);
        }
    }
    Ok(())
}

fn use_of(entry: &Entry, allowed: bool) -> &'static str {
    match entry.in_use {
        Some(_) if allowed => "allowed",
        Some(true) => "in use",
        Some(false) => "not in use",
        // Without a policy, no range is in use. Ranges of proxies are never in use as scanners.
        None => "-",
    }
}

fn kind(entry: &Entry) -> &'static str {
    entry.category.map_or("proxy", Category::as_str)
}

fn write_block(knowledge: &Knowledge, console: &mut Console) -> Result<(), Failure> {
    let Knowledge { address, allowed, ranges, effect, near } = knowledge;
    let title = console.paint(BOLD, address);
    if ranges.is_empty() && allowed.is_none() {
        match client::is_nearby(*address) {
            true => writeln!(
                console,
                "{title}: an address of this machine or network, probably a proxy's; name it in `client.trusted_proxies`, and log \
                 the forwarded header"
            )?,
            false => writeln!(console, "{title}: in no range of the catalog or of your lists")?,
        }
        return write_near(near, console);
    }
    writeln!(console, "{title}")?;
    if let Some(allowed) = allowed {
        let allowed = console.paint(GOOD, format!("allowed, by {allowed} of scanners.allow"));
        writeln!(console, "  {allowed}")?;
    }
    for entry in ranges {
        write_entry(entry, allowed.is_some(), console)?;
    }
    if let Some(effect) = effect {
        writeln!(console, "  {effect}")?;
    }
    // The scanners of this address may include one of them.
    if ranges.iter().all(|entry| entry.category.is_none()) { write_near(near, console) } else { Ok(()) }
}

fn write_entry(entry: &Entry, allowed: bool, console: &mut Console) -> Result<(), Failure> {
    let Entry { network, id, audience, certainty, judge_on, observation, source, date, .. } = entry;
    let in_use = match use_of(entry, allowed) {
        "-" => String::new(),
        text => format!(", {text}"),
    };
    let judged = match judge_on {
        JudgeOn::Any => String::new(),
        only => format!(", judged on {} only", only.as_str()),
    };
    let (category, audience, certainty) = (kind(entry), audience.as_str(), certainty.as_str());
    let name = console.paint(BOLD, id);
    writeln!(console, "  {network}  {name}, {category}, {audience}, {certainty}{judged}{in_use}")?;
    if let Some(observation) = observation {
        writeln!(console, "    {}", escaped(observation))?;
    }
    let read = date.as_deref().map(|date| format!(", read {date}")).unwrap_or_default();
    let source = console.paint(DIM, format!("{}{read}", escaped(source)));
    writeln!(console, "    {source}")?;
    Ok(())
}

fn write_near(near: &[NearbyVendor], console: &mut Console) -> Result<(), Failure> {
    for NearbyVendor { id, name, reason, instead } in near {
        let id = console.paint(BOLD, id);
        writeln!(console, "  near: {id}, {name}")?;
        writeln!(console, "    {}\n    instead: {}", escaped(reason), escaped(instead))?;
    }
    Ok(())
}
