//! `catalog`: shows the vendors, the sources of their ranges, and the certainty of the ranges.

mod show;
mod stats;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::console::Console;
use super::failure::{Failure, Verdict};
use super::search;
use crate::catalog::{self, Unlisted, Vendor};
use crate::scanners::{Audience, Category};
use crate::util::suggest;

/// Show the vendors of the catalog and their ranges
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard catalog list --category email-security
  scanner-guard catalog show trend-micro
  scanner-guard catalog search mail
  scanner-guard catalog stats --json")]
pub(super) struct CatalogArgs {
    #[command(subcommand)]
    command: CatalogCommand,
}

#[derive(Debug, Subcommand)]
enum CatalogCommand {
    /// List all vendors, including vendors without ranges, or the vendors of one category
    #[command(after_help = "Example:\n  scanner-guard catalog list --category email-security")]
    List {
        /// Show only this category
        #[arg(long, value_parser = category)]
        category: Option<Category>,
    },
    /// Show everything about one vendor
    #[command(after_help = "Example:\n  scanner-guard catalog show trend-micro")]
    Show {
        /// The vendor's id, as in `scanners.use`
        id: String,
    },
    /// Find vendors by name: the same as `scanner-guard search`
    #[command(after_help = "Example:
  scanner-guard catalog search safe links")]
    Search {
        /// A name, a former name, a product or a user agent, in any case
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// Count vendors, ranges and addresses of each category
    #[command(after_help = "\
ACTIONABLE counts the ranges on which a rule acts by default: only scanners use them, and at least observations show it. An IPv4 \
address in several ranges counts once.

Example:
  scanner-guard catalog stats")]
    Stats,
}

fn category(name: &str) -> Result<Category, String> {
    let names: Vec<&str> = Category::ALL.iter().map(|category| category.as_str()).collect();
    let known = Category::ALL.iter().find(|category| category.as_str() == name);
    known.copied().ok_or_else(|| suggest::name(name, &names))
}

pub(super) fn run(args: &CatalogArgs, console: &mut Console) -> Result<Verdict, Failure> {
    match &args.command {
        CatalogCommand::List { category } => {
            let vendors = catalog::vendors().map(Summary::of).chain(catalog::unlisted().iter().map(Summary::without));
            let chosen = |row: &Summary| category.is_none_or(|category| row.category == category);
            let mut rows: Vec<Summary> = vendors.filter(chosen).collect();
            rows.sort_by_key(|row| row.id);
            list(rows, console)
        }
        CatalogCommand::Show { id } => show::run(id, console),
        CatalogCommand::Search { words } => search::run_words(words, console),
        CatalogCommand::Stats => stats::run(console),
    }
}

/// One row of the list.
#[derive(Serialize)]
struct Summary {
    id: &'static str,
    name: &'static str,
    category: Category,
    ranges: usize,
    shared: usize,
    feeds: usize,
}

impl Summary {
    fn of(vendor: &'static Vendor) -> Self {
        Self {
            id: vendor.scanner().id(),
            name: vendor.scanner().name(),
            category: vendor.scanner().category(),
            ranges: vendor.ranges().count(),
            shared: vendor.ranges().filter(|range| range.audience() == Audience::Shared).count(),
            feeds: vendor.feeds().count(),
        }
    }

    /// A vendor without ranges. `catalog show` gives the reason.
    fn without(entry: &'static Unlisted) -> Self {
        Self { id: entry.id(), name: entry.name(), category: entry.category(), ranges: 0, shared: 0, feeds: 0 }
    }
}

fn list(summaries: Vec<Summary>, console: &mut Console) -> Result<Verdict, Failure> {
    if console.is_json() {
        console.write_json(&summaries)?;
        return Ok(Verdict::Good);
    }
    let rows = summaries.into_iter().map(|vendor| {
        let Summary { id, name, category, ranges, shared, feeds } = vendor;
        [id.into(), name.into(), category.to_string(), ranges.to_string(), shared.to_string(), feeds.to_string()]
    });
    console.write_table(["id", "name", "category", "ranges", "shared", "feeds"], &[3, 4, 5], rows)?;
    Ok(Verdict::Good)
}
