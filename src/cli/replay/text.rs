//! Writes the report as text for a terminal.

use std::io::Write;

use super::super::console::{BOLD, Console, DIM, WARNING, action_style};
use super::super::failure::Failure;
use super::super::logs::{self, LeftOut};
use super::super::words::{counted, grouped, length, percent};
use super::report::Report;
use super::tally::{Actions, Share};
use super::timeline::Add;
use crate::access_log::LogReport;
use crate::identity::Identity;
use crate::util::escape::escaped;

/// The longest bar, in characters.
const BAR: u64 = 24;

pub(super) fn write(report: &Report, console: &mut Console) -> Result<(), Failure> {
    let read = &report.read;
    for log in &read.logs {
        logs::write_log(log, console)?;
        write_damaged(log, console)?;
    }
    if let (Some(first), Some(last)) = (&read.first, &read.last) {
        writeln!(console, "from {first} to {last}")?;
    }
    let LeftOut { outside, undated } = read.left_out;
    if outside > 0 {
        writeln!(console, "left out, outside of the chosen time: {}", counted(outside, "request"))?;
    }
    if undated > 0 {
        writeln!(console, "left out, with an unreadable time: {}", counted(undated, "request"))?;
    }
    let (all, scanners) = (report.requests, report.of_scanners());
    let summary = format!("{}, {} from scanners", counted(all, "request"), grouped(scanners));
    writeln!(console, "\n{}{}", console.paint(BOLD, summary), percent(scanners, all))?;
    if scanners > 0 {
        write_actions(report, console)?;
        write_scanners(report, console)?;
        write_rules(report, console)?;
        write_identities(report, console)?;
        write_tops(report, console)?;
        write_statuses(report, console)?;
        write_over_time(report, console)?;
    }
    if !report.notes.is_empty() {
        writeln!(console)?;
    }
    for note in &report.notes {
        writeln!(console, "{} {}", console.paint(WARNING, "note:"), escaped(note))?;
    }
    Ok(())
}

fn write_damaged(log: &LogReport, console: &mut Console) -> Result<(), Failure> {
    for sample in &log.damaged {
        let place = console.paint(DIM, format!("  damaged line {}:", sample.number));
        writeln!(console, "{place} {}", shortened(&escaped(&sample.text), 100))?;
    }
    Ok(())
}

fn write_actions(report: &Report, console: &mut Console) -> Result<(), Failure> {
    writeln!(console)?;
    let most = report.actions.each().into_iter().map(|(_, count)| count).max().unwrap_or(0);
    for ((action, count), (_, observed)) in report.actions.each().into_iter().zip(report.observed.each()) {
        let style = action_style(action);
        write!(console, "{:<6}{:>12}", action.as_str(), grouped(count))?;
        if count > 0 {
            let bar = console.paint(style, bar(count, most));
            write!(console, "  {bar}")?;
        }
        if observed > 0 {
            write!(console, " {} only observed", grouped(observed))?;
        }
        writeln!(console)?;
    }
    Ok(())
}

fn write_scanners(report: &Report, console: &mut Console) -> Result<(), Failure> {
    let most = report.scanners.iter().map(|row| row.actions.total()).max().unwrap_or(0);
    let rows = report.scanners.iter().map(|row| {
        let [requests, block, decoy, tag, allow] = columns(row.actions);
        [row.id.clone(), row.category.to_string(), requests, block, decoy, tag, allow, bar(row.actions.total(), most)]
    });
    writeln!(console)?;
    let header = ["scanner", "category", "requests", "block", "decoy", "tag", "allow", ""];
    console.write_table(header, &[2, 3, 4, 5, 6], rows)
}

fn write_rules(report: &Report, console: &mut Console) -> Result<(), Failure> {
    let most = report.rules.iter().map(|row| row.actions.total()).max().unwrap_or(0);
    let rows = report.rules.iter().map(|row| {
        let [requests, block, decoy, tag, allow] = columns(row.actions);
        let id = row.id.clone().unwrap_or_else(|| "default_action".to_owned());
        [id, requests, block, decoy, tag, allow, bar(row.actions.total(), most)]
    });
    writeln!(console)?;
    console.write_table(["rule", "requests", "block", "decoy", "tag", "allow", ""], &[1, 2, 3, 4, 5], rows)
}

/// Writes the requests by identity, unless no request claims any.
fn write_identities(report: &Report, console: &mut Console) -> Result<(), Failure> {
    if report.identities.iter().all(|row| row.identity == Identity::Undeclared.as_str()) {
        return Ok(());
    }
    let most = report.identities.iter().map(|row| row.actions.total()).max().unwrap_or(0);
    let rows = report.identities.iter().map(|row| {
        let [requests, block, decoy, tag, allow] = columns(row.actions);
        [row.identity.to_owned(), requests, block, decoy, tag, allow, bar(row.actions.total(), most)]
    });
    writeln!(console)?;
    console.write_table(["identity", "requests", "block", "decoy", "tag", "allow", ""], &[1, 2, 3, 4, 5], rows)
}

fn write_tops(report: &Report, console: &mut Console) -> Result<(), Failure> {
    let most = report.paths.rows.first().map_or(0, |row| row.requests);
    let rows = report.paths.rows.iter().map(|row| {
        let path = shortened(&row.path, 60);
        [row.action.to_string(), path, grouped(row.requests), bar(row.requests, most)]
    });
    writeln!(console)?;
    console.write_table(["action", "path", "requests", ""], &[2], rows)?;
    let most = report.addresses.rows.first().map_or(0, |row| row.requests);
    let rows = report.addresses.rows.iter().map(|row| {
        let scanner = row.scanner.clone().unwrap_or_default();
        [row.address.to_string(), scanner, grouped(row.requests), bar(row.requests, most)]
    });
    writeln!(console)?;
    console.write_table(["address", "scanner", "requests", ""], &[2], rows)
}

/// Writes the requests by the status of the server's answer.
fn write_statuses(report: &Report, console: &mut Console) -> Result<(), Failure> {
    if report.statuses.is_empty() {
        return Ok(());
    }
    let most = report.statuses.iter().map(|row| row.share.actions.total()).max().unwrap_or(0);
    let rows = report.statuses.iter().map(|row| {
        let [requests, block, decoy, tag, allow] = columns(row.share.actions);
        [row.status.to_string(), requests, block, decoy, tag, allow, bar(row.share.actions.total(), most)]
    });
    writeln!(console)?;
    console.write_table(["status", "requests", "block", "decoy", "tag", "allow", ""], &[1, 2, 3, 4, 5], rows)
}

/// Writes the steps. If there are many, several become one row; the JSON has them all.
fn write_over_time(report: &Report, console: &mut Console) -> Result<(), Failure> {
    const ROWS: usize = 24;
    let steps = &report.over_time.steps;
    let together = steps.len().div_ceil(ROWS);
    if together == 0 {
        return Ok(());
    }
    let groups = steps.chunks(together).map(|steps| {
        let mut share = Share::default();
        steps.iter().for_each(|step| share.add(step.share));
        (steps[0].start.clone(), share)
    });
    let groups: Vec<_> = groups.collect();
    let most = groups.iter().map(|(_, share)| share.actions.total()).max().unwrap_or(0);
    let rows = groups.into_iter().map(|(start, share)| {
        let [scanners, block, decoy, tag, allow] = columns(share.actions);
        [start, grouped(share.requests), scanners, block, decoy, tag, allow, bar(share.actions.total(), most)]
    });
    writeln!(console)?;
    let step = format!("from ({} each)", length(report.over_time.step_seconds * together as i64));
    let header = [step.as_str(), "all", "scanners", "block", "decoy", "tag", "allow", ""];
    console.write_table(header, &[1, 2, 3, 4, 5, 6], rows)
}

fn columns(actions: Actions) -> [String; 5] {
    let [(_, block), (_, decoy), (_, tag), (_, allow)] = actions.each();
    [actions.total(), block, decoy, tag, allow].map(|count| if count == 0 { "·".to_owned() } else { grouped(count) })
}

/// A bar in eighths of a character. Each count above 0 has at least one eighth.
fn bar(count: u64, most: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if count == 0 || most == 0 {
        return String::new();
    }
    let eighths = usize::try_from((u128::from(count) * u128::from(BAR * 8) / u128::from(most)).max(1)).unwrap_or(0);
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
