//! `catalog show`: everything about one vendor.

use std::io::Write;

use serde::Serialize;

use crate::catalog::{self, Feed, Unlisted};
use crate::cli::console::{BOLD, Console, DIM};
use crate::cli::failure::{Failure, Verdict};
use crate::cli::search;
use crate::scanners::{Audience, Category, Certainty, JudgeOn};
use crate::util::escape::escaped;

/// Everything about a vendor.
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

pub(super) fn run(id: &str, console: &mut Console) -> Result<Verdict, Failure> {
    if let Some(entry) = catalog::unlisted().iter().find(|entry| entry.id() == id) {
        return show_unlisted(entry, console);
    }
    let Some(vendor) = catalog::find(id) else {
        let found = catalog::search(id);
        if found.first().is_some_and(|found| found.id() == id) {
            return search::run_words(&[id.to_owned()], console);
        }
        let help = match found.first() {
            Some(found) => format!("did you mean `{}`?", found.id()),
            None => "`scanner-guard catalog list` shows the ids, `scanner-guard search` finds them".to_owned(),
        };
        return Err(Failure::new(format!("the catalog has no vendor `{}`", escaped(id))).help(help));
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
