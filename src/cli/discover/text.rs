//! Writes the report as text for a terminal.

use std::io::Write;

use ipnet::IpNet;

use super::super::console::{BOLD, Console, DIM, GOOD, WARNING};
use super::super::failure::Failure;
use super::super::logs;
use super::super::words::{counted, grouped};
use super::known::KnownHolder;
use super::report::{Finding, Lags, ProbedTarget, Report};
use crate::discovery::{Side, Status};
use crate::util::escape::escaped;

/// Maximum number of pairs that are shown for a finding. The JSON has more.
const PAIRS: usize = 6;
/// Maximum number of probers, and of targets of each, that are shown.
const PROBERS: usize = 5;
/// Maximum number of characters of a target that are shown.
const TARGET: usize = 72;

pub(super) fn write(report: &Report, console: &mut Console) -> Result<(), Failure> {
    if report.findings.is_empty() {
        let nobody = console.paint(BOLD, "No network was found that requests again what others have requested.");
        writeln!(console, "{nobody}")?;
    }
    for finding in &report.findings {
        write_finding(finding, console)?;
    }
    write_unattributed(report, console)?;
    write_probers(report, console)?;
    write_control(report, console)?;
    write_logs(report, console)?;
    for note in &report.notes {
        writeln!(console, "{} {}", console.paint(WARNING, "note:"), escaped(note))?;
    }
    Ok(())
}

pub(super) fn write_finding(finding: &Finding, console: &mut Console) -> Result<(), Failure> {
    let ranges: Vec<String> = finding.ranges.iter().map(bare).collect();
    let style = match finding.status {
        Status::Proposed => WARNING,
        Status::Declared => GOOD,
        _ => BOLD,
    };
    let title = format!("{} {}", finding.status.as_str().to_uppercase(), finding.number);
    let side = if finding.side == Side::Ahead { "before people" } else { "after people" };
    write!(console, "{}, {side}: {}", console.paint(style, title), ranges.join(", "))?;
    if let Some(covering) = finding.covering {
        write!(console, "   (no other clients in {covering})")?;
    }
    writeln!(console)?;
    writeln!(
        console,
        "  evidence {}: {} of {}, {}, {}, {}",
        console.paint(BOLD, finding.strength.as_str()),
        several(finding.echoes, "echo", "echoes"),
        counted(finding.targets as u64, "target"),
        several(finding.leaders, "network of leaders", "networks of leaders"),
        counted(finding.occasions as u64, "occasion"),
        several(finding.addresses, "address", "addresses"),
    )?;
    writeln!(
        console,
        "  {:.0} % of its {} are echoes, {} in the opposite direction; {} requested by no other network; from {} to {}",
        finding.share * 100.0,
        counted(finding.trials, "request"),
        finding.opposite,
        several(finding.private_targets, "target is", "targets are"),
        finding.first,
        finding.last,
    )?;
    writeln!(console, "  lag {}", histogram(&finding.lag))?;
    write_known(finding, console)?;
    for agent in &finding.agents {
        let text = agent.agent.as_deref().unwrap_or("no agent");
        writeln!(console, "  agent {} ×{}", shortened(&escaped(text), TARGET), grouped(agent.requests))?;
    }
    for pair in finding.pairs.iter().take(PAIRS) {
        let (first, second) = match finding.side {
            Side::Ahead => (&pair.follower, &pair.leader),
            _ => (&pair.leader, &pair.follower),
        };
        let target = shortened(&escaped(&pair.target), TARGET).into_owned();
        writeln!(console, "    {} {first:>15}  →  {:>6} {second:>15}  {target}", pair.time, format!("+{}s", pair.lag))?;
    }
    write_alternatives(finding, console)?;
    if let Some(snippet) = &finding.snippet {
        writeln!(console)?;
        for line in snippet.lines() {
            writeln!(console, "  {}", console.paint(DIM, escaped(line)))?;
        }
    }
    writeln!(console)?;
    Ok(())
}

/// The lags in one line: `34s … 2min … 53min   <1min ████ <4min ██`.
fn histogram(lags: &Lags) -> String {
    const WIDTH: usize = 24;
    let most = lags.histogram.iter().map(|bin| bin.pairs).max().unwrap_or(0).max(1);
    let bars = lags.histogram.iter().filter(|bin| bin.pairs > 0).map(|bin| {
        let width = (bin.pairs * WIDTH).div_ceil(most.max(WIDTH));
        format!("{} {} {}", bin.label, "█".repeat(width), bin.pairs)
    });
    let bars: Vec<String> = bars.collect();
    format!("{} … {} … {}   {}", seconds(lags.min), seconds(lags.median), seconds(lags.max), bars.join("  "))
}

fn seconds(count: u32) -> String {
    match count {
        0..100 => format!("{count}s"),
        100..6000 => format!("{}min", count / 60),
        _ => format!("{:.1}h", f64::from(count) / 3600.0),
    }
}

fn write_known(finding: &Finding, console: &mut Console) -> Result<(), Failure> {
    if let Some(owner) = &finding.same_owner {
        writeln!(
            console,
            "  follower and leaders belong to {}: the operator fetches again what its own customers visit",
            escaped(owner)
        )?;
    }
    if finding.catalog.is_empty() {
        writeln!(console, "  the catalog has no scanner at these ranges")?;
    }
    for holder in &finding.catalog {
        writeln!(console, "  {}", known(holder))?;
    }
    Ok(())
}

/// `Trend Micro (150.70.0.0/16, registered), not in use: use = ["trend-micro"]`
fn known(holder: &KnownHolder) -> String {
    let KnownHolder { scanner, name, network, certainty, in_use, .. } = holder;
    let used = match in_use {
        Some(true) => ", in use".to_owned(),
        Some(false) => format!(", not in use: `use = [\"{scanner}\"]`"),
        None => format!(": `use = [\"{scanner}\"]`"),
    };
    format!("{} ({network}, {}){}", escaped(name), certainty.as_str(), escaped(&used))
}

/// Writes the explanations that the evidence excludes, the gates that failed, and other possible explanations.
fn write_alternatives(finding: &Finding, console: &mut Console) -> Result<(), Failure> {
    let mut not = Vec::new();
    if !finding.loads_assets {
        not.push("no browser: it loads no assets".to_owned());
    }
    if finding.changes >= 2 {
        not.push(format!(
            "no single person: {} within half an hour, {} on pages of one leader",
            several(finding.changes, "change of address", "changes of address"),
            finding.session_changes
        ));
    }
    if finding.share >= 0.6 {
        not.push("no crawler, feed reader or monitor: it requests little else".to_owned());
    }
    if finding.programs > 0 {
        not.push(format!("{} of a program", counted(finding.programs, "sign")));
    }
    if !not.is_empty() {
        writeln!(console, "  {}", not.join("; "))?;
    }
    if finding.same_agent > 0.0 {
        writeln!(console, "  {:.0} % of its echoes have the leader's agent", finding.same_agent * 100.0)?;
    }
    // A program that names itself is not suspected, so its failed gates do not matter.
    let failed = finding.gates.iter().filter(|gate| !gate.passed && finding.status != Status::Declared);
    for gate in failed {
        let gate = gate.gate;
        let failed = console.paint(WARNING, "failed:");
        writeln!(console, "  {failed} {} ({}), since {}", gate.name, gate.threshold, gate.reason)?;
    }
    let could_be: Vec<&str> = finding.could_be.iter().map(|lookalike| lookalike.as_str()).collect();
    if !could_be.is_empty() && finding.status != Status::Declared {
        writeln!(console, "  could also be {}", could_be.join("; or "))?;
    }
    Ok(())
}

fn write_probers(report: &Report, console: &mut Console) -> Result<(), Failure> {
    let probers = &report.probers;
    if probers.count == 0 {
        return Ok(());
    }
    let who = several(probers.count, "network requests", "networks request");
    writeln!(
        console,
        "{}",
        console.paint(BOLD, format!("{who} mostly pages that do not exist, which is probing and no revisit:"))
    )?;
    for prober in probers.networks.iter().take(PROBERS) {
        let ranges: Vec<String> = prober.ranges.iter().map(bare).collect();
        let (errors, requests) = (grouped(prober.errors), grouped(prober.requests));
        write!(console, "  {}: {errors} of {requests} pages did not exist or were refused", ranges.join(", "))?;
        writeln!(console, "{}", probed("; ", &prober.targets))?;
    }
    if !probers.targets.is_empty() {
        writeln!(console, "{}", probed("  most requested: ", &probers.targets))?;
    }
    writeln!(console)?;
    Ok(())
}

/// The text, followed by the targets; empty without targets.
fn probed(before: &str, targets: &[ProbedTarget]) -> String {
    let shown =
        |probed: &ProbedTarget| format!("{} ×{}", shortened(&escaped(&probed.target), 40), grouped(probed.requests));
    let targets: Vec<String> = targets.iter().take(PROBERS).map(shown).collect();
    if targets.is_empty() { String::new() } else { format!("{before}{}", targets.join(", ")) }
}

fn write_unattributed(report: &Report, console: &mut Console) -> Result<(), Failure> {
    for found in &report.unattributed {
        writeln!(
            console,
            "{} from {} with one or two requests each, with the agent {}",
            console.paint(BOLD, several(found.echoes, "echo", "echoes")),
            several(found.networks, "network", "networks"),
            shortened(&escaped(&found.agent), TARGET),
        )?;
        writeln!(
            console,
            "  of {}, after people of {}: too few for a range; open a URL that exists nowhere else (a canary) to find out who it is\n",
            counted(found.targets as u64, "target"),
            several(found.leaders, "site", "sites"),
        )?;
    }
    Ok(())
}

fn write_control(report: &Report, console: &mut Console) -> Result<(), Failure> {
    let Some(control) = &report.control else { return Ok(()) };
    let shift = humantime::format_duration(std::time::Duration::from_secs(control.shift_seconds));
    write!(console, "control, with the times of each network moved by up to {shift}: ")?;
    if control.proposed.is_empty() {
        writeln!(console, "no network is proposed, of {}", counted(control.judged as u64, "group"))?;
    } else {
        let ranges: Vec<String> = control.proposed.iter().map(ToString::to_string).collect();
        writeln!(console, "proposed in spite of this: {}; do not trust this report", ranges.join(", "))?;
    }
    Ok(())
}

fn write_logs(report: &Report, console: &mut Console) -> Result<(), Failure> {
    report.logs.iter().try_for_each(|log| logs::write_log(log, console))?;
    let log = &report.log;
    if let (Some(from), Some(to)) = (&log.from, &log.to) {
        let (requests, networks) = (counted(log.requests, "request"), counted(log.networks as u64, "network"));
        writeln!(
            console,
            "from {from} to {to}: {requests}, {networks}, {} judged",
            several(log.judged, "group", "groups")
        )?;
    }
    Ok(())
}

/// The range as text. A range of a single address is written as the address.
fn bare(range: &IpNet) -> String {
    if range.prefix_len() == range.max_prefix_len() { range.addr().to_string() } else { range.to_string() }
}

pub(super) fn several(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count as u64), if count == 1 { one } else { many })
}

fn shortened(text: &str, most: usize) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}
