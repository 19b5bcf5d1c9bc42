//! An operator's own lists that cover other addresses: trusted proxies, a CDN, networks that people use, crawlers that
//! most sites want, or private and reserved space.
//!
//! Public lists of "bad" addresses often contain loopback, 10.0.0.0/8 or the network of a gateway. The guard takes each
//! entry of such a list for a scanner's address.

use std::collections::HashSet;

use ipnet::IpNet;

use super::entries::Entries;
use crate::catalog::{self, ProxySet, RangeGroup, Vendor};
use crate::config::check::client;
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::{RawConfig, RawList};
use crate::config::spanned::Spanned;
use crate::engine::CheckedConfig;
use crate::feeds::is_reserved;
use crate::policy::Action;
use crate::scanners::{Audience, Category, ScannerList};
use crate::util::suggest;

/// Entries of a list, and the vendors whose ranges they cover: id and description.
type Covered = (Vec<IpNet>, Vec<(&'static str, String)>);

/// Maximum number of entries that a warning names.
const NAMED: usize = 3;

pub(super) fn find(raw: &RawConfig, checked: &CheckedConfig, diagnostics: &mut Diagnostics) {
    for text in &raw.scanners.list {
        let id = text.value.id.as_ref().map(|id| id.value.as_str());
        let Some(list) = checked.lists.iter().find(|list| Some(list.scanner.id()) == id) else { continue };
        let entries = Entries::of(list.groups.iter().flat_map(|group| group.prefixes.iter()), &checked.allow);
        if entries.is_empty() {
            continue;
        }
        let own = OwnList { text: &text.value, place: place(text), list, entries };
        let mut found = own.trusted(raw, diagnostics);
        found.extend(own.reserved(&found, diagnostics));
        if list.groups.iter().all(|group| group.audience == Audience::Exclusive) {
            own.proxy_sets(raw, diagnostics);
            own.vendors(checked, diagnostics);
        }
    }
}

/// The place of the entries, or the file that holds them.
fn place(list: &Spanned<RawList>) -> usize {
    let RawList { ranges, file, .. } = &list.value;
    ranges.as_ref().map(|ranges| ranges.place).or(file.as_ref().map(|file| file.place)).unwrap_or(list.place)
}

struct OwnList<'a> {
    text: &'a RawList,
    place: usize,
    list: &'a ScannerList,
    entries: Entries,
}

impl OwnList<'_> {
    /// The place for a warning about these entries: the single entry in `ranges`, or else the whole key.
    fn place_of(&self, entries: &[IpNet]) -> usize {
        let [entry] = entries else { return self.place };
        let mut ranges = self.text.ranges.iter().flat_map(|ranges| &ranges.value);
        let is_it = |text: &&Spanned<String>| crate::util::prefix::parse_strict(&text.value).ok() == Some(*entry);
        ranges.find(is_it).map_or(self.place, |text| text.place)
    }

    /// Entries that overlap with trusted proxies. Returns them.
    fn trusted(&self, raw: &RawConfig, diagnostics: &mut Diagnostics) -> HashSet<IpNet> {
        let mut all = HashSet::new();
        for Spanned { value, place } in raw.client.trusted_proxies.iter().flat_map(|list| &list.value) {
            let ranges = client::ranges_of(value).unwrap_or_default();
            let found = self.entries.overlapping(&ranges);
            let found: Vec<IpNet> = found.into_iter().filter(|entry| !self.is_deliberate(*entry, &ranges)).collect();
            if found.is_empty() {
                continue;
            }
            let line = diagnostics.line(*place).map(|line| format!(" in line {line}")).unwrap_or_default();
            let message = format!(
                "{} of this list {} a trusted proxy's network, `{value}` of `client.trusted_proxies`{line}",
                counted(&found),
                if found.len() == 1 { "overlaps with" } else { "overlap with" },
            );
            diagnostics.warning(self.place_of(&found), message, remove(&found));
            all.extend(found);
        }
        all
    }

    /// Entries in private or reserved space.
    fn reserved(&self, known: &HashSet<IpNet>, diagnostics: &mut Diagnostics) -> Vec<IpNet> {
        let mut found: Vec<IpNet> = self.entries.iter().filter(|entry| is_reserved(*entry)).collect();
        found.retain(|entry| !self.is_deliberate(*entry, &[]));
        if found.iter().any(|entry| !known.contains(entry)) {
            let message =
                format!("{} of this list cover private or reserved space, which no vendor uses", counted(&found));
            let message = if found.len() == 1 { message.replace(" cover ", " covers ") } else { message };
            let help =
                format!("{}; for a scanner in your own network, name its single addresses in `ranges`", remove(&found));
            diagnostics.warning(self.place_of(&found), message, help);
        }
        found
    }

    /// A single private address that the operator wrote himself is intended. A trusted proxy's address is not.
    fn is_deliberate(&self, entry: IpNet, trusted: &[IpNet]) -> bool {
        let private = client::ranges_of("private").unwrap_or_default();
        self.text.ranges.is_some()
            && entry.prefix_len() == entry.max_prefix_len()
            && private.iter().any(|range| range.contains(&entry))
            && !trusted.contains(&entry)
    }

    /// Entries that overlap with the proxies of a CDN: the requests of all its visitors come from there.
    fn proxy_sets(&self, raw: &RawConfig, diagnostics: &mut Diagnostics) {
        let trusted = raw.client.trusted_proxies.iter().flat_map(|list| &list.value);
        let trusted: Vec<&str> = trusted.map(|text| text.value.as_str()).collect();
        for set in catalog::proxies().iter().filter(|set| !trusted.contains(&set.id())) {
            let ranges: Vec<IpNet> = set.ranges().map(|range| range.network()).collect();
            let found = self.entries.overlapping(&ranges);
            if found.is_empty() {
                continue;
            }
            let share = self.entries.share_of(&ranges);
            let message = format!(
                "{} of this list {} {share} ranges of `{}` ({}), from which requests of all its visitors come",
                counted(&found),
                if found.len() == 1 { "covers" } else { "cover" },
                set.id(),
                ProxySet::name(set),
            );
            let help = format!(
                "{}; if it is your proxy, add `{}` to `client.trusted_proxies`; if people use the rest of the list too, write \
                 `audience = \"shared\"`",
                remove(&found),
                set.id()
            );
            diagnostics.warning(self.place_of(&found), message, help);
        }
    }

    /// Entries that overlap with ranges that people use, or with ranges of a service that most sites want.
    fn vendors(&self, checked: &CheckedConfig, diagnostics: &mut Diagnostics) {
        // Vendors whose ranges the same entries cover share one warning: a gateway often has two lists.
        let mut described_vendors: Vec<Covered> = Vec::new();
        for vendor in catalog::vendors().filter(|vendor| !is_allowed(vendor.scanner().id(), checked)) {
            let groups = vendor.groups().iter().filter(|group| self.is_unintended(vendor, group));
            let ranges: Vec<IpNet> = groups.flat_map(RangeGroup::prefixes).collect();
            let found = self.entries.overlapping(&ranges);
            if found.is_empty() {
                continue;
            }
            let described = (vendor.scanner().id(), describe(vendor, &self.entries.share_of(&ranges)));
            match described_vendors.iter_mut().find(|(entries, _)| *entries == found) {
                Some((_, vendors)) => vendors.push(described),
                None => described_vendors.push((found, vec![described])),
            }
        }
        for (found, vendors) in described_vendors {
            let (ids, described): (Vec<&str>, Vec<String>) = vendors.into_iter().unzip();
            let message = format!(
                "{} of this list {} {}",
                counted(&found),
                if found.len() == 1 { "covers" } else { "cover" },
                described.join(", and "),
            );
            let selectors: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
            let help = format!(
                "write `audience = \"shared\"` for this list, so that rules act on it only where they say `audience = \
                 \"any\"`; or add {} to `scanners.use`, and let {} through by a first rule with `scanners = [{}]` and \
                 `action = \"allow\"`",
                suggest::list(ids.iter().copied()),
                if ids.len() == 1 { "it" } else { "them" },
                selectors.join(", "),
            );
            diagnostics.warning(self.place_of(&found), message, help);
        }
    }

    fn is_unintended(&self, vendor: &Vendor, group: &RangeGroup) -> bool {
        let category = vendor.scanner().category();
        group.audience == Audience::Shared || (is_wanted(category) && category != self.list.scanner.category())
    }
}

/// `24 of 303 ranges of `zscaler` (Zscaler, `secure-web-gateway`; people use them)`
fn describe(vendor: &Vendor, share: &str) -> String {
    let scanner = vendor.scanner();
    let for_machines = vendor.groups().iter().all(|group| group.audience == Audience::Exclusive);
    let people = if for_machines { "" } else { "; people use them" };
    format!("{share} ranges of `{}` ({}, `{}`{people})", scanner.id(), scanner.name(), scanner.category())
}

/// Whether most sites want these requests, or a person waits for the result.
fn is_wanted(category: Category) -> bool {
    matches!(
        category,
        Category::SearchEngine
            | Category::UptimeMonitor
            | Category::LinkPreview
            | Category::AiFetcher
            | Category::SecureWebGateway
    )
}

/// Whether a rule allows this vendor by name.
fn is_allowed(id: &str, checked: &CheckedConfig) -> bool {
    let mut numbers =
        checked.lists.iter().flat_map(|list| list.groups.iter().map(move |_| list.scanner.id())).enumerate();
    let Some((group, _)) = numbers.find(|(_, scanner)| *scanner == id) else { return false };
    let allows = |(rule, _): &(crate::policy::Rule, _)| {
        rule.action == Action::Allow && rule.scanners.as_ref().is_some_and(|scanners| scanners.contains(group))
    };
    checked.rules.iter().any(allows)
}

/// `3 entries (10.0.0.0/8, 127.0.0.0/8, …)`, or the one entry.
fn counted(entries: &[IpNet]) -> String {
    let named =
        suggest::list(entries.iter().take(NAMED).map(IpNet::to_string).collect::<Vec<_>>().iter().map(String::as_str));
    match entries.len() {
        1 => named,
        count if count > NAMED => format!("{count} entries ({named} …)"),
        count => format!("{count} entries ({named})"),
    }
}

fn remove(entries: &[IpNet]) -> &'static str {
    match entries.len() {
        1 => "remove it from the list, or add it to `scanners.allow`",
        _ => "remove them from the list, or add them to `scanners.allow`",
    }
}
