//! `[scanners]` and `[[scanners.list]]`

use std::net::IpAddr;

use ipnet::IpNet;

use crate::catalog;
use crate::config::check::selection::{Selectable, USED, selectable_of};
use crate::config::check::selector::Selector;
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::RawScanners;
use crate::config::spanned::Spanned;
use crate::engine::CheckedConfig;
use crate::ranges::RangeTable;
use crate::scanners::{Certainty, ScannerList};

pub(super) fn find(raw: &RawScanners, checked: &CheckedConfig, diagnostics: &mut Diagnostics) {
    let own: Vec<&str> = raw.list.iter().filter_map(|list| Some(list.value.id.as_ref()?.value.as_str())).collect();
    if let Some(texts) = &raw.r#use {
        let known: Vec<Selectable<'_>> = catalog::vendors().flat_map(selectable_of).collect();
        selectors(&texts.value, &own, &known, USED, diagnostics);
    }
    for list in &raw.list {
        repeated_ranges(list.value.ranges.as_ref(), diagnostics);
    }
    allow(raw, checked, diagnostics);
}

/// Selectors that add nothing to the earlier ones. `floor` is the certainty if a selector names none.
pub(super) fn selectors(
    texts: &[Spanned<String>],
    own: &[&str],
    known: &[Selectable<'_>],
    floor: Certainty,
    diagnostics: &mut Diagnostics,
) {
    let mut before: Vec<Selector<'_>> = Vec::new();
    for text in texts {
        let selector = Selector::parse(text, own, diagnostics).filter(|selector| !selector.excludes);
        let Some(selector) = selector else { continue };
        let takes = |selector: &Selector<'_>, group: &Selectable<'_>| {
            selector.takes(group.scanner, group.audience, group.certainty, floor)
        };
        let selected: Vec<&Selectable<'_>> = known.iter().filter(|group| takes(&selector, group)).collect();
        let covering = before.iter().find(|earlier| selected.iter().all(|group| takes(earlier, group)));
        if let (Some(earlier), false) = (covering, selected.is_empty()) {
            diagnostics.warning(text.place, format!("`{}` already selects all of this", earlier.text), "remove it");
        }
        before.push(selector);
    }
}

/// Ranges of a list inside other ranges of the same list.
fn repeated_ranges(ranges: Option<&Spanned<Vec<Spanned<String>>>>, diagnostics: &mut Diagnostics) {
    let Some(ranges) = ranges else { return };
    let read = |text: &Spanned<String>| Some((crate::util::prefix::parse_strict(&text.value).ok()?, text.place));
    inside_others(ranges.value.iter().filter_map(read), diagnostics);
}

/// Warns of each prefix that another one covers. Of equal prefixes, the first one causes no warning.
fn inside_others(prefixes: impl Iterator<Item = (IpNet, usize)>, diagnostics: &mut Diagnostics) {
    let prefixes: Vec<(IpNet, usize)> = prefixes.collect();
    let numbered = prefixes.iter().enumerate().map(|(number, (prefix, _))| (*prefix, number));
    // A list in a TOML file is far below the limit of a table.
    let Ok(table) = RangeTable::try_from_iter(numbered) else { return };
    for (number, (prefix, place)) in prefixes.iter().enumerate() {
        let mut others = table.lookup(prefix.addr()).filter(|(_, other)| **other != number);
        let covers = |(other, at): &(IpNet, &usize)| {
            other.prefix_len() < prefix.prefix_len() || (other == prefix && **at < number)
        };
        if let Some((other, _)) = others.find(covers) {
            diagnostics.warning(*place, format!("`{other}` of this list covers it already"), "remove it");
        }
    }
}

/// Entries of `scanners.allow` without effect, and scanners of which no range remains.
fn allow(raw: &RawScanners, checked: &CheckedConfig, diagnostics: &mut Diagnostics) {
    let Some(texts) = raw.allow.as_ref().filter(|texts| !texts.value.is_empty()) else { return };
    let places: Vec<usize> = texts.value.iter().map(|text| text.place).collect();
    inside_others(checked.allow.iter().copied().zip(places.iter().copied()), diagnostics);
    let numbered = checked.allow.iter().enumerate().map(|(number, prefix)| (*prefix, number));
    let Ok(table) = RangeTable::try_from_iter(numbered) else { return };
    let mut starts: Vec<(IpAddr, usize)> = checked.allow.iter().enumerate().map(|(at, net)| (net.addr(), at)).collect();
    starts.sort_unstable();
    let mut has_effect = vec![false; checked.allow.len()];
    for list in &checked.lists {
        // The ranges of a fetched list are not known yet.
        let mut left = list.groups.iter().all(|group| group.prefixes.is_empty());
        for prefix in list.groups.iter().flat_map(|group| group.prefixes.iter()) {
            let around = table.lookup(prefix.addr()).filter(|(net, _)| net.prefix_len() <= prefix.prefix_len());
            let around: Vec<usize> = around.map(|(_, number)| *number).collect();
            left |= around.is_empty();
            around.into_iter().for_each(|number| has_effect[number] = true);
            let first = starts.partition_point(|(address, _)| *address < prefix.network());
            let inside = starts[first..].iter().take_while(|(address, _)| *address <= prefix.broadcast());
            inside.for_each(|(_, number)| has_effect[*number] = true);
        }
        if !left {
            fully_allowed(raw, list, texts.place, diagnostics);
        }
    }
    let fetched = raw.list.iter().any(|list| list.value.url.is_some()) || raw.feeds.as_ref().is_some_and(|at| at.value);
    for (place, _) in places.iter().zip(has_effect).filter(|(_, has_effect)| !has_effect && !fetched) {
        diagnostics.warning(*place, "no scanner in use has such an address, so there is nothing to allow", "remove it");
    }
}

fn fully_allowed(raw: &RawScanners, list: &ScannerList, allow: usize, diagnostics: &mut Diagnostics) {
    let id = list.scanner.id();
    let own = raw.list.iter().find(|own| own.value.id.as_ref().is_some_and(|text| text.value == id));
    let message = format!("`scanners.allow` covers every range of `{id}`, so it never matches");
    let place = own.map_or(allow, |own| own.place);
    diagnostics.warning(place, message, "allow fewer addresses, or remove the scanner from `use`");
}
