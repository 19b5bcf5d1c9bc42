//! The report as text.

use std::io::Write;

use super::Report;
use super::experiment::{Batch, Opened, lag};
use crate::cli::console::{BAD, BOLD, Console, DIM, GOOD};
use crate::cli::failure::Failure;
use crate::cli::logs;
use crate::cli::words::{counted, grouped};
use crate::util::escape::escaped;

pub(super) fn write(report: &Report, console: &mut Console) -> Result<(), Failure> {
    writeln!(console, "{} read, {} of canaries", counted(report.requests, "request"), counted(report.hits, "hit"))?;
    if report.lost > 0 {
        writeln!(console, "{} not counted: no time, no client address, or too many hits", counted(report.lost, "hit"))?;
    }
    if report.repeated > 0 {
        let what = "with the address of a proxy, also in another log with the client's address";
        writeln!(console, "{} {what}: not counted", counted(report.repeated, "hit"))?;
    }
    if report.tests > 0 {
        writeln!(console, "{} of `scanner-guard doctor canary` not listed", counted(report.tests, "request"))?;
    }
    for log in &report.logs {
        logs::write_log(log, console)?;
    }
    for batch in &report.batches {
        write_batch(batch, console)?;
    }
    writeln!(console)?;
    if report.proofs.is_empty() {
        let nothing = report.nothing_proved();
        match report.hits {
            0 => writeln!(console, "{nothing}")?,
            _ => writeln!(console, "{}", console.paint(GOOD, nothing))?,
        }
    }
    for proof in &report.proofs {
        let range = console.paint(BAD, proof.range);
        let canaries = counted(proof.canaries, "canary").replace("canarys", "canaries");
        let when = match proof.first == proof.last {
            true => format!("at {}", proof.first),
            false => format!("{} to {}", proof.first, proof.last),
        };
        writeln!(console, "PROVED {range} requested {canaries} that another network had visited, {when}")?;
        for known in &proof.known {
            writeln!(console, "  {}", escaped(known))?;
        }
    }
    if !report.proofs.is_empty() {
        writeln!(
            console,
            "  It proves that somebody between the visitor and the server passes URLs on. It does not prove who: the browser,"
        )?;
        writeln!(console, "  an extension, software on the machine, a gateway of the network, or the provider.")?;
    }
    writeln!(console)?;
    for next in &report.next {
        writeln!(console, "→ {next}")?;
    }
    Ok(())
}

fn write_batch(batch: &Batch, console: &mut Console) -> Result<(), Failure> {
    let title = console.paint(BOLD, format!("Minted {}, serials from {}", batch.day, batch.first_serial));
    let void = if batch.void { ": VOID, a control was requested" } else { "" };
    writeln!(console, "\n{title}{void}")?;
    for Opened { canary, verdict, callers, more } in &batch.canaries {
        writeln!(console, "  {} {}: {}", canary.class(), canary.serial(), verdict.sentence())?;
        for caller in callers {
            let lag = caller.lag.map(|seconds| format!(" {}", lag(seconds))).unwrap_or_default();
            let agent = caller.agent.as_deref().unwrap_or("-");
            let agent = console.paint(DIM, escaped(agent).into_owned());
            writeln!(
                console,
                "    {}{lag}  {}, {}, {}  {agent}",
                caller.first,
                caller.address,
                caller.role_in_words(),
                counted(caller.hits, "hit")
            )?;
        }
        if *more > 0 {
            writeln!(console, "    and {} from other networks", grouped(*more))?;
        }
    }
    Ok(())
}
