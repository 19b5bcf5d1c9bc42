//! `search`: finds vendors by any of their names.

use std::io::Write;

use clap::Args;
use serde::Serialize;

use super::console::{BOLD, Console, DIM};
use super::failure::{Failure, Verdict};
use crate::catalog::{self, Found};
use crate::scanners::Category;
use crate::util::escape::escaped;

/// Find vendors by name, former name, product or user agent
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard search websense
  scanner-guard search safe links
  scanner-guard search Kasperski

Exit codes:
  0  something was found
  1  nothing was")]
pub(super) struct SearchArgs {
    /// A name, a former name, a product or a user agent, in any case; one letter may be wrong
    #[arg(required = true)]
    words: Vec<String>,
}

pub(super) fn run(args: &SearchArgs, console: &mut Console) -> Result<Verdict, Failure> {
    run_words(&args.words, console)
}

/// One result.
#[derive(Serialize)]
struct Answer {
    id: &'static str,
    name: &'static str,
    category: Category,
    /// 0 if the vendor has none; `reason` explains why.
    ranges: usize,
    description: &'static str,
    reason: Option<&'static str>,
    instead: Option<&'static str>,
}

impl Answer {
    fn of(found: &Found) -> Self {
        let (ranges, description, reason, instead) = match found {
            Found::Vendor(vendor) => (vendor.ranges().count(), vendor.purpose(), None, None),
            Found::Unlisted(entry) => (0, entry.reason(), Some(entry.reason()), Some(entry.instead())),
        };
        Self { id: found.id(), name: found.name(), category: found.category(), ranges, description, reason, instead }
    }
}

pub(super) fn run_words(words: &[String], console: &mut Console) -> Result<Verdict, Failure> {
    let text = words.join(" ");
    let answers: Vec<Answer> = catalog::search(&text).iter().map(Answer::of).collect();
    if answers.is_empty() {
        let help = "search for a part of the name, or see them all with `scanner-guard catalog list`";
        console.warn(&format!("no vendor has the name `{}`", escaped(&text)), Some(help));
    }
    if console.is_json() {
        console.write_json(&answers)?;
    } else {
        answers.iter().try_for_each(|answer| write(answer, console))?;
    }
    Ok(if answers.is_empty() { Verdict::Found } else { Verdict::Good })
}

fn write(answer: &Answer, console: &mut Console) -> Result<(), Failure> {
    let Answer { id, name, category, ranges, description, reason, instead } = answer;
    let id = console.paint(BOLD, id);
    let ranges = match (ranges, reason) {
        (_, Some(_)) => "no ranges".to_owned(),
        (1, None) => "1 range".to_owned(),
        (ranges, None) => format!("{ranges} ranges"),
    };
    writeln!(console, "{id}  {name}, {category}, {ranges}")?;
    writeln!(console, "  {}", escaped(description))?;
    if let Some(instead) = instead {
        writeln!(console, "  instead: {}", escaped(instead))?;
    } else {
        let more = console.paint(DIM, format!("scanner-guard catalog show {}", answer.id));
        writeln!(console, "  {more}")?;
    }
    Ok(())
}
