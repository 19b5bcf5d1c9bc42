//! Writes the report as text for a terminal.

use std::io::Write;

use super::rows::{BotRow, ClaimRow, Outcome, Report};
use crate::cli::console::{BOLD, Console};
use crate::cli::failure::Failure;
use crate::cli::logs::{self, LeftOut};
use crate::cli::words::{counted, grouped, percent};
use crate::util::escape::escaped;

/// Maximum length of an agent in a table, in characters.
const AGENT: usize = 60;

/// Writes the report. Lists are cut to `rows`.
pub(super) fn write(report: &Report<'_>, rows: usize, console: &mut Console) -> Result<(), Failure> {
    write_logs(report, console)?;
    if report.bots.is_empty() {
        writeln!(console, "\nNo request names a bot.")?;
    } else {
        write_bots(report, rows, console)?;
        report.bots.iter().take(rows).try_for_each(|bot| write_bot(bot, console))?;
        write_claims(report, rows, console)?;
    }
    for note in &report.notes {
        writeln!(console, "\nNote: {}", escaped(note))?;
    }
    Ok(())
}

fn write_logs(report: &Report<'_>, console: &mut Console) -> Result<(), Failure> {
    let read = &report.read;
    read.logs.iter().try_for_each(|log| logs::write_log(log, console))?;
    let LeftOut { outside, undated } = read.left_out;
    for (count, what) in [(outside, "outside of the chosen time"), (undated, "with an unreadable time")] {
        if count > 0 {
            writeln!(console, "left out: {} {what}", counted(count, "request"))?;
        }
    }
    if let (Some(first), Some(last)) = (&read.first, &read.last) {
        write!(console, "from {first} to {last}: ")?;
    }
    let (all, naming) = (report.requests, report.naming);
    writeln!(console, "{}, {} name a bot{}", counted(all, "request"), grouped(naming), percent(naming, all))?;
    Ok(())
}

fn write_bots(report: &Report<'_>, rows: usize, console: &mut Console) -> Result<(), Failure> {
    writeln!(console)?;
    let header = ["bot", "outcome", "requests", "addresses", "verified", "forged", "claimed", "unproven"];
    let count = |count: u64| if count == 0 { "·".to_owned() } else { grouped(count) };
    let more = report.bots.len().saturating_sub(rows);
    let rows = report.bots.iter().take(rows).map(|bot| {
        let counts = bot.counts;
        let [verified, forged, claimed, unproven] =
            [counts.verified, counts.forged, counts.claimed, counts.unproven].map(count);
        let (requests, addresses) = (grouped(bot.requests), grouped(bot.addresses as u64));
        [bot.id.to_owned(), bot.outcome.as_str().to_owned(), requests, addresses, verified, forged, claimed, unproven]
    });
    console.write_table(header, &[2, 3, 4, 5, 6, 7], rows)?;
    write_more(more, console)
}

/// Writes the number of rows that a table leaves out.
fn write_more(more: usize, console: &mut Console) -> Result<(), Failure> {
    if more > 0 {
        writeln!(console, "and {} more; `--top` shows more of them, `--json` all", grouped(more as u64))?;
    }
    Ok(())
}

/// Writes the reasons, the examples and the rule for a bot.
fn write_bot(bot: &BotRow<'_>, console: &mut Console) -> Result<(), Failure> {
    let title = format!("{} ({}, {}): {}", bot.id, bot.name, bot.operator, bot.outcome.as_str());
    let title = console.paint(BOLD, title);
    writeln!(console, "\n{title}")?;
    for reason in &bot.reasons {
        writeln!(console, "  {} {}: {}", grouped(reason.requests), reason.outcome, reason.because)?;
    }
    if let Some(dates) = &bot.dates {
        for (what, span) in [("verified", &dates.verified), ("forged", &dates.forged)] {
            match span {
                Some([first, last]) if first == last => writeln!(console, "  {what} at {first}")?,
                Some([first, last]) => writeln!(console, "  {what} from {first} to {last}")?,
                None => {}
            }
        }
    }
    for example in &bot.examples {
        let address = shown(example.address);
        writeln!(console, "  {address} {}, {} line {}", example.outcome, escaped(&example.log), example.line)?;
    }
    if let Some(snippet) = &bot.snippet {
        writeln!(console)?;
        snippet.lines().try_for_each(|line| writeln!(console, "    {line}"))?;
    }
    Ok(())
}

/// Writes the claims by address. Forged claims come first.
fn write_claims(report: &Report<'_>, rows: usize, console: &mut Console) -> Result<(), Failure> {
    let mut claims: Vec<&ClaimRow<'_>> = report.claims.iter().collect();
    claims.sort_by_key(|claim| (claim.outcome != crate::identity::Identity::Forged, std::cmp::Reverse(claim.requests)));
    let more = claims.len().saturating_sub(rows);
    writeln!(console)?;
    let header = ["address", "claims to be", "outcome", "reason", "requests", "agent"];
    let rows = claims.into_iter().take(rows).map(|claim| {
        let several = if claim.several_names { ", one of several names" } else { "" };
        let outcome = format!("{}{several}", claim.outcome);
        let requests = grouped(claim.requests);
        [
            shown(claim.address),
            claim.id.to_owned(),
            outcome,
            claim.reason.to_owned(),
            requests,
            shortened(&claim.agent.text()),
        ]
    });
    console.write_table(header, &[4], rows)?;
    write_more(more, console)
}

pub(super) fn shown(address: Option<std::net::IpAddr>) -> String {
    address.map_or_else(|| "unknown".to_owned(), |address| address.to_string())
}

pub(super) fn shortened(agent: &str) -> String {
    match agent.char_indices().nth(AGENT) {
        Some((end, _)) => format!("{}…", &agent[..end]),
        None => agent.to_owned(),
    }
}

/// The sign of an outcome, in addition to its colour.
pub(super) fn mark(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Consistent => "●",
        Outcome::Forged => "■",
        Outcome::Mixed => "◆",
        Outcome::CannotSay => "○",
    }
}
