//! Makes `CATALOG.md`, the list of all vendors for people.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::files::{Data, GroupFile, ProxyFile, SourceFile, UnlistedFile, VendorFile};
use crate::catalog::{self, Audience, Category, Certainty, JudgeOn};

const HEAD: &str = "\
# The catalog

This page lists all scanners with their ranges and sources. `catalog-update` makes it from the data files, and a test compares it
with them.

A range has an **audience**: *exclusive* (only machines use it) or *shared* (people use it too). And it has a
**certainty**: *published* by the vendor, *observed* scanning and registered to the vendor, on a *community* list, or only
*registered* to the vendor, without evidence that it scans. Ranges that are only registered are in use only if a selector
names them (`\"kaspersky@registered\"`). `block` and `decoy` act on exclusive ranges that are at least
observed, unless a rule has `audience = \"any\"` or `certainty = \"community\"`. The ranges that a vendor's AS announces include its offices, so
they count as shared, unless the AS serves the scanner alone.

An address shows the origin of a request, not the person who ordered it. Cloud addresses change their owners; the date is the day on which the
source was read.
";

/// The text of `CATALOG.md`.
pub(super) fn document(data: &Data) -> String {
    let mut text = HEAD.to_owned();
    totals(data, &mut text);
    for category in Category::ALL {
        category_table(*category, data, &mut text);
    }
    observations(data, &mut text);
    unlisted(&data.unlisted, &mut text);
    overlap_table(data, &mut text);
    proxy_table(&data.proxies, &mut text);
    presets(&mut text);
    sources(data, &mut text);
    text
}

fn totals(data: &Data, text: &mut String) {
    text.push_str("\n## Numbers\n\n| category | vendors | published | observed | community | registered | shared, of all |\n|---|--:|--:|--:|--:|--:|--:|\n");
    for category in Category::ALL {
        let vendors: Vec<&VendorFile> = data.vendors.iter().filter(|file| file.category == *category).collect();
        let groups: Vec<&GroupFile> = vendors.iter().flat_map(|file| &file.ranges).collect();
        row(&format!("`{category}`"), vendors.len(), &groups, text);
    }
    let groups: Vec<&GroupFile> = data.vendors.iter().flat_map(|file| &file.ranges).collect();
    row("all", data.vendors.len(), &groups, text);
}

fn row(name: &str, vendors: usize, groups: &[&GroupFile], text: &mut String) {
    let [published, observed, community, registered] =
        [Certainty::Published, Certainty::Observed, Certainty::Community, Certainty::Registered].map(|certainty| {
            let these = groups.iter().filter(|group| group.certainty() == certainty);
            these.map(|group| group.prefixes.len()).sum::<usize>()
        });
    let shared: usize =
        groups.iter().filter(|group| group.audience() == Audience::Shared).map(|group| group.prefixes.len()).sum();
    let _ = writeln!(text, "| {name} | {vendors} | {published} | {observed} | {community} | {registered} | {shared} |");
}

fn category_table(category: Category, data: &Data, text: &mut String) {
    let _ = writeln!(
        text,
        "\n## `{category}`\n\n| id | name | ranges | sources | read | feed |\n|---|---|---|---|---|---|"
    );
    for file in data.vendors.iter().filter(|file| file.category == category) {
        let VendorFile { id, name, homepage, purpose, ranges, .. } = file;
        let notes: BTreeSet<&str> = ranges.iter().filter_map(|group| group.note.as_deref()).collect();
        let notes: String = notes.into_iter().map(|note| format!(" *{note}*")).collect();
        let _ = writeln!(
            text,
            "| `{id}` | [{name}]({homepage}). {purpose}{notes} | {} | {} | {} | {} |",
            counts(ranges),
            from(ranges),
            dates(ranges),
            fed(ranges),
        );
    }
}

/// `12 published, 3 registered (shared)`
fn counts(groups: &[GroupFile]) -> String {
    let mut counts = Vec::new();
    for certainty in Certainty::ALL.iter().rev() {
        for audience in [Audience::Exclusive, Audience::Shared] {
            let these = groups.iter().filter(|group| (group.certainty(), group.audience()) == (*certainty, audience));
            let count: usize = these.map(|group| group.prefixes.len()).sum();
            if count > 0 {
                let shared = if audience == Audience::Shared { " (shared)" } else { "" };
                counts.push(format!("{count} {}{shared}", certainty.as_str()));
            }
        }
    }
    counts.join(", ")
}

fn from(groups: &[GroupFile]) -> String {
    let from: BTreeSet<&str> = groups.iter().flat_map(|group| &group.from).map(String::as_str).collect();
    from.into_iter().collect::<Vec<_>>().join(", ")
}

fn dates(groups: &[GroupFile]) -> String {
    let dates: BTreeSet<&str> = groups.iter().map(|group| group.date.as_str()).collect();
    match (dates.first(), dates.last()) {
        (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
        (first, _) => first.copied().unwrap_or_default().to_owned(),
    }
}

fn fed(groups: &[GroupFile]) -> String {
    let urls = groups.iter().filter_map(|group| group.feed.as_ref());
    urls.map(|feed| format!("[`{}`]({})", feed.format, feed.url)).collect::<Vec<_>>().join(", ")
}

fn observations(data: &Data, text: &mut String) {
    text.push_str("\n## Observations\n\nRanges that were observed to scan, and ranges that may be judged only on some requests. If a mail provider's network fetches a link, it scans mail. If the same network fetches an image, a person may be reading the mail.\n\n| vendor | ranges | judged on | observation |\n|---|---|---|---|\n");
    for file in &data.vendors {
        let noted = |group: &&GroupFile| group.observation.is_some() || group.judge_on != JudgeOn::Any;
        for group in file.ranges.iter().filter(noted) {
            let nets: Vec<String> = group.nets().map(|net| format!("`{net}`")).collect();
            let seen = group.observation.as_deref().unwrap_or_default();
            let _ = writeln!(text, "| `{}` | {} | {} | {seen} |", file.id, nets.join(", "), group.judge_on.as_str());
        }
    }
}

fn unlisted(files: &[UnlistedFile], text: &mut String) {
    text.push_str("\n## Vendors without ranges\n\nNo range of these vendors is listed: their addresses are unknown, or people use them too.\n\n| id | name | reason | instead |\n|---|---|---|---|\n");
    for UnlistedFile { id, name, homepage, reason, instead, .. } in files {
        let _ = writeln!(text, "| `{id}` | [{name}]({homepage}) | {reason} | {instead} |");
    }
}

fn overlap_table(data: &Data, text: &mut String) {
    text.push_str("\n## Ranges of two vendors\n\n| vendors | reason |\n|---|---|\n");
    for file in &data.vendors {
        for overlap in &file.overlap {
            let _ = writeln!(text, "| `{}`, `{}` | {} |", file.id, overlap.with, overlap.note);
        }
    }
}

fn proxy_table(proxies: &[ProxyFile], text: &mut String) {
    text.push_str("\n## Proxy sets\n\nSets for `client.trusted_proxies`. They are not scanners: the guard trusts their forwarded headers.\n\n| id | name | ranges | sources | read | feed |\n|---|---|--:|---|---|---|\n");
    for ProxyFile { id, name, homepage, note, ranges, .. } in proxies {
        let count: usize = ranges.iter().map(|group| group.prefixes.len()).sum();
        let _ = writeln!(
            text,
            "| `{id}` | [{name}]({homepage}). {note} | {count} | {} | {} | {} |",
            from(ranges),
            dates(ranges),
            fed(ranges)
        );
    }
}

fn presets(text: &mut String) {
    text.push_str(
        "\n## Presets\n\n| preset | categories | scanners | possible damage of a block |\n|---|---|---|---|\n",
    );
    for preset in catalog::presets() {
        let categories: Vec<String> = preset.categories().iter().map(|category| format!("`{category}`")).collect();
        let (name, purpose, risk) = (preset.name(), preset.purpose(), preset.risk());
        let _ = writeln!(text, "| `preset:{name}` | {} | {purpose} | {risk} |", categories.join(", "));
    }
}

fn sources(data: &Data, text: &mut String) {
    text.push_str("\n## Sources and their terms\n\n| source | licence | ranges |\n|---|---|--:|\n");
    for SourceFile { id, name, url, licence, .. } in &data.sources.source {
        let named = |group: &&GroupFile| group.from.contains(id);
        let groups = data.holders().flat_map(|(_, _, groups)| groups).filter(named);
        let count: usize = groups.map(|group| group.prefixes.len()).sum();
        let name = url.as_ref().map_or_else(|| name.clone(), |url| format!("[{name}]({url})"));
        let _ = writeln!(text, "| {id}: {name} | {licence} | {count} |");
    }
    text.push_str("\n### Attribution\n\n");
    for source in &data.sources.source {
        if let Some(attribution) = &source.attribution {
            let _ = writeln!(text, "* {attribution}");
        }
    }
    text.push_str("\n## Omitted sources\n\n| source | reason |\n|---|---|\n");
    for left_out in &data.sources.left_out {
        let _ = writeln!(text, "| {} | {} |", left_out.what, left_out.why);
    }
}
