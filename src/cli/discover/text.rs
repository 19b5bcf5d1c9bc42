//! The report for a terminal.

use std::io::Write;

use ipnet::IpNet;

use super::super::console::{BOLD, Console, DIM, GOOD, WARNING};
use super::super::failure::Failure;
use super::super::words::{counted, grouped};
use super::known::KnownHolder;
use super::report::{Finding, Lags, ProbedTarget, Report};
use crate::discovery::{Side, Status};
use crate::util::escape::escaped;

/// Pairs of a finding that are shown; the JSON has more.
const PAIRS: usize = 6;
/// Probers and their targets that are shown.
const PROBERS: usize = 5;
/// Characters of a target that are shown.
const TARGET: usize = 72;

pub(super) fn write(report: &Report, console: &mut Console) -> Result<(), Failure> {
    if report.findings.is_empty() {
        let nobody = console.paint(BOLD, "Nobody was found who asks again for what others have asked for.");
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
    let side = if finding.side == Side::Ahead { "ahead of people" } else { "after people" };
    write!(console, "{}, {side}: {}", console.paint(style, title), ranges.join(", "))?;
    if let Some(covering) = finding.covering {
        write!(console, "   (nobody else in {covering})")?;
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
        "  {:.0} % of its {} are echoes, {} the other way round; {} nobody else's; from {} to {}",
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
    write_doubts(finding, console)?;
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
            "  follower and leaders belong to {}: an operator who follows his own customers",
            escaped(owner)
        )?;
    }
    if finding.catalog.is_empty() {
        writeln!(console, "  the catalog knows nobody there")?;
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

/// What it is not, what it may be, and which gate failed.
fn write_doubts(finding: &Finding, console: &mut Console) -> Result<(), Failure> {
    let mut not = Vec::new();
    if !finding.loads {
        not.push("no browser: it loads no assets".to_owned());
    }
    if finding.changes >= 2 {
        not.push(format!(
            "no single person: {} within half an hour, {} on pages of one leader",
            several(finding.changes, "change of address", "changes of address"),
            finding.dealt
        ));
    }
    if finding.share >= 0.6 {
        not.push("no crawler, feed reader or monitor: it asks for little else".to_owned());
    }
    if finding.programs > 0 {
        not.push(format!("a program by {}", counted(finding.programs, "sign")));
    }
    if !not.is_empty() {
        writeln!(console, "  {}", not.join("; "))?;
    }
    if finding.same_agent > 0.0 {
        writeln!(console, "  {:.0} % of its echoes came with the leader's agent", finding.same_agent * 100.0)?;
    }
    // Who names himself is not accused, so that there is nothing to be doubted.
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
    let who = several(probers.count, "network asks", "networks ask");
    writeln!(console, "{}", console.paint(BOLD, format!("{who} for what is not here, which is no revisit:")))?;
    for prober in probers.networks.iter().take(PROBERS) {
        let ranges: Vec<String> = prober.ranges.iter().map(bare).collect();
        let (errors, requests) = (grouped(prober.errors), grouped(prober.requests));
        write!(console, "  {}: {errors} of {requests} pages were not there or refused", ranges.join(", "))?;
        writeln!(console, "{}", probed("; ", &prober.targets))?;
    }
    if !probers.targets.is_empty() {
        writeln!(console, "{}", probed("  most of all: ", &probers.targets))?;
    }
    writeln!(console)?;
    Ok(())
}

/// The targets, behind a text; nothing where there are none.
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
            "{} from {}, each of which asked once or twice, with the agent {}",
            console.paint(BOLD, several(found.echoes, "echo", "echoes")),
            several(found.networks, "network", "networks"),
            shortened(&escaped(&found.agent), TARGET),
        )?;
        writeln!(
            console,
            "  of {}, after people of {}: no range can be named; open a made-up address (a canary) to see who it is\n",
            counted(found.targets as u64, "target"),
            several(found.leaders, "site", "sites"),
        )?;
    }
    Ok(())
}

fn write_control(report: &Report, console: &mut Console) -> Result<(), Failure> {
    let Some(control) = &report.control else { return Ok(()) };
    let shift = humantime::format_duration(std::time::Duration::from_secs(control.shift_seconds));
    write!(console, "control, each network's times moved by up to {shift}: ")?;
    if control.proposed.is_empty() {
        writeln!(console, "nobody is proposed, of {}", counted(control.judged as u64, "group"))?;
    } else {
        let ranges: Vec<String> = control.proposed.iter().map(ToString::to_string).collect();
        writeln!(console, "{} are proposed all the same: do not trust this report", ranges.join(", "))?;
    }
    Ok(())
}

fn write_logs(report: &Report, console: &mut Console) -> Result<(), Failure> {
    for log in &report.logs {
        let counts = &log.counts;
        let format = log.format.as_deref().unwrap_or("no format");
        write!(console, "{} ({}): {}", escaped(&log.name), escaped(format), counted(counts.lines, "line"))?;
        for (count, what) in [(counts.other, "of something else"), (counts.damaged, "damaged")] {
            if count > 0 {
                write!(console, ", {} {what}", grouped(count))?;
            }
        }
        writeln!(console)?;
    }
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

/// A network of one address as that address.
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
