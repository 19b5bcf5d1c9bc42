//! `catalog`: who is known, from where, and how that is known.

use std::collections::BTreeMap;
use std::io::Write;

use clap::{Args, Subcommand};
use ipnet::IpNet;
use serde::Serialize;

use super::console::{BOLD, Console, DIM};
use super::failure::{Failure, Verdict};
use super::search;
use crate::catalog::{self, Feed, Unlisted, Vendor};
use crate::scanners::{Audience, Category, Certainty, JudgeOn, Reach};
use crate::util::escape::escaped;
use crate::util::suggest;

/// Show the vendors whose ranges are known
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scanner-guard catalog list --category email-security
  scanner-guard catalog show trend-micro
  scanner-guard catalog search mail
  scanner-guard catalog stats --json")]
pub(super) struct CatalogArgs {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
    /// All vendors, or those of a category
    #[command(after_help = "Example:\n  scanner-guard catalog list --category email-security")]
    List {
        /// Only this category
        #[arg(long, value_parser = category)]
        category: Option<Category>,
    },
    /// All that is known of one vendor
    #[command(after_help = "Example:\n  scanner-guard catalog show trend-micro")]
    Show {
        /// Its id, as in `scanners.use`
        id: String,
    },
    /// The vendors that these words may mean: the same as `scanner-guard search`
    #[command(after_help = "Example:
  scanner-guard catalog search safe links")]
    Search {
        /// A name, a former name, a product, a user agent; case does not count
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// How many vendors, ranges and addresses each category has
    #[command(after_help = "Example:\n  scanner-guard catalog stats")]
    Stats,
}

fn category(name: &str) -> Result<Category, String> {
    let names: Vec<&str> = Category::ALL.iter().map(|category| category.as_str()).collect();
    let known = Category::ALL.iter().find(|category| category.as_str() == name);
    known.copied().ok_or_else(|| suggest::name(name, &names))
}

pub(super) fn run(args: &CatalogArgs, console: &mut Console) -> Result<Verdict, Failure> {
    match &args.question {
        Question::List { category } => {
            let chosen = |vendor: &&Vendor| category.is_none_or(|category| vendor.scanner().category() == category);
            list(catalog::vendors().filter(chosen), console)
        }
        Question::Show { id } => show(id, console),
        Question::Search { words } => search::run_words(words, console),
        Question::Stats => stats(console),
    }
}

/// A vendor in a line.
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
}

fn list(vendors: impl Iterator<Item = &'static Vendor>, console: &mut Console) -> Result<Verdict, Failure> {
    let summaries: Vec<Summary> = vendors.map(Summary::of).collect();
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

/// All that is known of a vendor.
#[derive(Serialize)]
struct Details<'a> {
    id: &'a str,
    name: &'a str,
    category: Category,
    homepage: &'a str,
    purpose: &'a str,
    aliases: &'a [&'a str],
    user_agents: &'a [&'a str],
    reverse_dns: &'a [&'a str],
    feeds: Vec<FeedDetails>,
    ranges: Vec<RangeDetails>,
}

#[derive(Serialize)]
struct FeedDetails {
    url: &'static str,
    format: &'static str,
}

#[derive(Serialize)]
struct RangeDetails {
    network: String,
    audience: Audience,
    certainty: Certainty,
    judge_on: JudgeOn,
    observation: Option<&'static str>,
    source: &'static str,
    date: &'static str,
    note: Option<&'static str>,
}

fn show(id: &str, console: &mut Console) -> Result<Verdict, Failure> {
    if let Some(entry) = catalog::unlisted().iter().find(|entry| entry.id() == id) {
        return show_unlisted(entry, console);
    }
    let Some(vendor) = catalog::find(id) else {
        let help = match catalog::search(id).first() {
            Some(found) => format!("did you mean `{}`?", found.id()),
            None => "`scanner-guard catalog list` shows the ids, `scanner-guard search` finds them".to_owned(),
        };
        return Err(Failure::new(format!("the catalog has no `{}`", escaped(id))).help(help));
    };
    let range = |range: catalog::Range| RangeDetails {
        network: range.network().to_string(),
        audience: range.audience(),
        certainty: range.certainty(),
        judge_on: range.judge_on(),
        observation: range.observation(),
        source: range.source(),
        date: range.date(),
        note: range.note(),
    };
    let feed = |feed: &Feed| FeedDetails { url: feed.url(), format: feed.format().name() };
    let details = Details {
        id: vendor.scanner().id(),
        name: vendor.scanner().name(),
        category: vendor.scanner().category(),
        homepage: vendor.homepage(),
        purpose: vendor.purpose(),
        aliases: vendor.aliases(),
        user_agents: vendor.user_agents(),
        reverse_dns: vendor.reverse_dns(),
        feeds: vendor.feeds().map(feed).collect(),
        ranges: vendor.ranges().map(range).collect(),
    };
    if console.is_json() {
        console.write_json(&details)?;
    } else {
        details.write(console)?;
    }
    Ok(Verdict::Good)
}

/// A vendor without ranges.
#[derive(Serialize)]
struct UnlistedDetails {
    id: &'static str,
    name: &'static str,
    category: Category,
    homepage: &'static str,
    aliases: &'static [&'static str],
    reason: &'static str,
    instead: &'static str,
    date: &'static str,
}

fn show_unlisted(entry: &'static Unlisted, console: &mut Console) -> Result<Verdict, Failure> {
    let details = UnlistedDetails {
        id: entry.id(),
        name: entry.name(),
        category: entry.category(),
        homepage: entry.homepage(),
        aliases: entry.aliases(),
        reason: entry.reason(),
        instead: entry.instead(),
        date: entry.date(),
    };
    if console.is_json() {
        console.write_json(&details)?;
        return Ok(Verdict::Good);
    }
    let UnlistedDetails { id, name, category, homepage, aliases, reason, instead, date } = details;
    let name = console.paint(BOLD, name);
    writeln!(console, "{name} ({id}, {category})")?;
    writeln!(console, "no ranges: {}", escaped(reason))?;
    writeln!(console, "instead: {}", escaped(instead))?;
    writeln!(console, "homepage: {homepage}\nalso called: {}\nlooked up {date}", escaped(&aliases.join(", ")))?;
    Ok(Verdict::Good)
}

impl Details<'_> {
    fn write(&self, console: &mut Console) -> Result<(), Failure> {
        let name = console.paint(BOLD, self.name);
        writeln!(console, "{name} ({}, {})", self.id, self.category)?;
        writeln!(console, "{}", escaped(self.purpose))?;
        writeln!(console, "homepage: {}", self.homepage)?;
        for (title, texts) in
            [("also called", self.aliases), ("user agents", self.user_agents), ("reverse names", self.reverse_dns)]
        {
            if !texts.is_empty() {
                writeln!(console, "{title}: {}", escaped(&texts.join(", ")))?;
            }
        }
        for FeedDetails { url, format } in &self.feeds {
            writeln!(console, "feed: {} ({format})", escaped(url))?;
        }
        let mut source = None;
        for range in &self.ranges {
            let RangeDetails { network, audience, certainty, judge_on, observation, source: from, date, note } = range;
            if source.replace((from, date)) != Some((from, date)) {
                let (audience, certainty) = (audience.as_str(), certainty.as_str());
                let remark = console.paint(DIM, format!("{}, read {date}", escaped(from)));
                let judged = match judge_on {
                    JudgeOn::Any => String::new(),
                    only => format!(", judged on {} only", only.as_str()),
                };
                writeln!(console, "\n{audience}, {certainty}{judged}: {remark}")?;
                for text in observation.iter().chain(note) {
                    writeln!(console, "{}", escaped(text))?;
                }
            }
            writeln!(console, "  {network}")?;
        }
        Ok(())
    }
}

#[derive(Default, Serialize)]
struct Count {
    vendors: usize,
    ranges: usize,
    /// Ranges that rules act on by default: machines only, and at least seen to scan.
    sure: usize,
    shared: usize,
    ipv4_addresses: u64,
}

fn stats(console: &mut Console) -> Result<Verdict, Failure> {
    let mut counts: BTreeMap<Category, Count> =
        Category::ALL.iter().map(|category| (*category, Count::default())).collect();
    let mut nets: BTreeMap<Category, Vec<IpNet>> = BTreeMap::new();
    for vendor in catalog::vendors() {
        let count = counts.entry(vendor.scanner().category()).or_default();
        count.vendors += 1;
        for range in vendor.ranges() {
            count.ranges += 1;
            count.shared += usize::from(range.audience() == Audience::Shared);
            count.sure += usize::from(Reach::CAUTIOUS.covers(range.audience(), range.certainty()));
            nets.entry(vendor.scanner().category()).or_default().push(range.network());
        }
    }
    for (category, nets) in nets {
        // Of two vendors, or of two sources, an address is still one.
        let v4 = IpNet::aggregate(&nets).into_iter().filter(|net| net.addr().is_ipv4());
        counts.entry(category).or_default().ipv4_addresses = v4.map(|net| 1_u64 << (32 - net.prefix_len())).sum();
    }
    if console.is_json() {
        console.write_json(&counts)?;
        return Ok(Verdict::Good);
    }
    let rows = counts.into_iter().map(|(category, count)| {
        let Count { vendors, ranges, sure, shared, ipv4_addresses } = count;
        [
            category.to_string(),
            vendors.to_string(),
            ranges.to_string(),
            sure.to_string(),
            shared.to_string(),
            ipv4_addresses.to_string(),
        ]
    });
    let header = ["category", "vendors", "ranges", "sure", "shared", "ipv4 addresses"];
    console.write_table(header, &[1, 2, 3, 4, 5], rows)?;
    Ok(Verdict::Good)
}
