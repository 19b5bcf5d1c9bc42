//! `[scanners]` and `[[scanners.list]]`

use std::collections::HashSet;

use ipnet::IpNet;

use super::formats;
use super::selection::{self, Choosable, Selection, choosable_of};
use super::selector;
#[cfg(feature = "feeds")]
use crate::catalog::Feed;
use crate::catalog::{self, RangeGroup, Vendor};
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::{RawList, RawScanners};
use crate::config::secrets::shown_address;
use crate::config::spanned::Spanned;
use crate::scanners::{Certainty, Group, Scanner, ScannerList};
use crate::util::prefix;

/// The scanners in use.
pub(super) struct Scanners<'a> {
    /// `scanners.use`, as it is written.
    pub(super) in_use: Option<&'a [Spanned<String>]>,
    pub(super) lists: Vec<ScannerList>,
    pub(super) allow: Vec<IpNet>,
    /// The lists that vendors in use publish themselves.
    #[cfg(feature = "feeds")]
    pub(super) published: Vec<Published>,
}

/// A list that a vendor publishes, and the group of ranges that it replaces.
#[cfg(feature = "feeds")]
pub(super) struct Published {
    pub(super) list: usize,
    pub(super) group: usize,
    pub(super) feed: Feed,
}

pub(super) fn check<'a>(raw: &'a RawScanners, diagnostics: &mut Diagnostics) -> Scanners<'a> {
    let own = own_lists(raw, diagnostics);
    let own_ids: Vec<&str> = own.iter().map(|list| list.scanner.id()).collect();
    let vendors = in_use(raw, &own_ids, diagnostics);
    #[cfg(feature = "feeds")]
    let published = published(&vendors);
    let mut lists: Vec<ScannerList> = vendors.into_iter().map(list_of).collect();
    // Who writes a list of his own wants it used, so it needs no mention in `use`.
    lists.extend(own);
    Scanners {
        in_use: raw.r#use.as_ref().map(|texts| texts.value.as_slice()),
        lists,
        allow: allow(raw, diagnostics),
        #[cfg(feature = "feeds")]
        published,
    }
}

/// A vendor of the catalog, with those of its ranges that are in use.
type VendorInUse = (&'static Vendor, Vec<&'static RangeGroup>);

fn list_of((vendor, groups): VendorInUse) -> ScannerList {
    ScannerList { scanner: vendor.scanner().clone(), groups: groups.into_iter().map(Group::from).collect() }
}

#[cfg(feature = "feeds")]
fn published(vendors: &[VendorInUse]) -> Vec<Published> {
    let groups = vendors.iter().enumerate().flat_map(|(list, (_, groups))| {
        groups.iter().enumerate().map(move |(group, ranges)| (list, group, ranges.feed))
    });
    groups.filter_map(|(list, group, feed)| Some(Published { list, group, feed: feed? })).collect()
}

/// The vendors of the catalogue that are in use, each with those of its ranges that are.
fn in_use(raw: &RawScanners, own: &[&str], diagnostics: &mut Diagnostics) -> Vec<VendorInUse> {
    let selection = match &raw.r#use {
        None => Selection::default_use(),
        Some(texts) => {
            let selection = Selection::in_use(&texts.value, own, diagnostics);
            let groups: Vec<Choosable<'_>> = catalog::vendors().flat_map(choosable_of).collect();
            selection.check_effect(&groups, diagnostics, |selector, diagnostics| match own.contains(&selector.bare) {
                true => selection::report_own(selector, diagnostics),
                false => selection::report_unusable(selector, diagnostics),
            });
            let nobody = !groups.iter().any(|group| selection.takes(*group));
            if nobody && selection.excludes() && !diagnostics.concerns(diagnostics.path(texts.place)) {
                diagnostics.problem(texts.place, "these exclusions leave nobody", "remove one, or write `use = []`");
            }
            selection
        }
    };
    let in_use = |vendor: &'static Vendor| {
        let taken = vendor.groups().iter().zip(choosable_of(vendor)).filter(|(_, group)| selection.takes(*group));
        let groups: Vec<&RangeGroup> = taken.map(|(group, _)| group).collect();
        (!groups.is_empty()).then_some((vendor, groups))
    };
    catalog::vendors().filter_map(in_use).collect()
}

fn allow(raw: &RawScanners, diagnostics: &mut Diagnostics) -> Vec<IpNet> {
    let mut allow = Vec::new();
    for Spanned { value, place } in raw.allow.iter().flat_map(|list| &list.value) {
        match prefix::parse_strict(value) {
            Ok(net) => allow.push(net),
            Err(error) => diagnostics.problem_with(*place, value, error.to_string(), error.help()),
        }
    }
    allow
}

fn own_lists(raw: &RawScanners, diagnostics: &mut Diagnostics) -> Vec<ScannerList> {
    let mut seen = HashSet::new();
    let mut lists = Vec::new();
    for list in &raw.list {
        let id = id(list, &mut seen, diagnostics);
        let category = match &list.value.category {
            Some(text) => selector::category(&text.value, text.place, diagnostics),
            None => {
                missing(
                    list.place,
                    "category",
                    "write what it scans for, such as `category = \"web-reputation\"`",
                    diagnostics,
                );
                None
            }
        };
        let prefixes = ranges(list, diagnostics);
        if let (Some(id), Some(category), Some((prefixes, source))) = (id, category, prefixes) {
            let audience = list.value.audience.unwrap_or_default();
            // Whoever writes a list vouches for it.
            let certainty = Certainty::Published;
            let judge_on = list.value.judge_on.unwrap_or_default();
            let source = source.into();
            let group = Group { prefixes: prefixes.into(), audience, certainty, judge_on, source, date: None };
            lists.push(ScannerList { scanner: Scanner::new(id, category), groups: vec![group] });
        }
    }
    lists
}

fn id<'a>(list: &'a Spanned<RawList>, seen: &mut HashSet<&'a str>, diagnostics: &mut Diagnostics) -> Option<&'a str> {
    let Some(Spanned { value: id, place }) = &list.value.id else {
        missing(list.place, "id", "give the list a name, such as `id = \"partner-scanner\"`", diagnostics);
        return None;
    };
    if !is_kebab_case(id) {
        let plain: String =
            id.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let help = match plain.trim_matches('-') {
            "" => "write a name such as `partner-scanner`".to_owned(),
            plain => format!("write `{plain}`"),
        };
        diagnostics.problem_with(*place, id, "an id is made of lower-case letters, digits and hyphens", help);
        return None;
    }
    if catalog::find(id).is_some() || id == "all" {
        let help = format!("write another id, such as `own-{id}`");
        diagnostics.problem_with(*place, id, "this id belongs to the catalogue", help);
        return None;
    }
    if !seen.insert(id) {
        diagnostics.problem_with(*place, id, "this id is taken by an earlier list", "give each list an id of its own");
        return None;
    }
    Some(id)
}

pub(super) fn is_kebab_case(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !id.is_empty() && id.bytes().all(allowed) && !id.starts_with('-') && !id.ends_with('-')
}

/// The prefixes of a list and where they come from.
fn ranges(list: &Spanned<RawList>, diagnostics: &mut Diagnostics) -> Option<(Vec<IpNet>, String)> {
    let RawList { ranges, file, url, .. } = &list.value;
    let sources =
        [ranges.as_ref().map(|at| at.place), file.as_ref().map(|at| at.place), url.as_ref().map(|at| at.place)];
    let mut given = sources.into_iter().flatten();
    match (given.next(), given.next()) {
        (None, _) => {
            missing(
                list.place,
                "ranges",
                "write `ranges = [\"198.51.100.0/24\"]`, `file = …` or `url = …`",
                diagnostics,
            );
        }
        (Some(_), Some(second)) => {
            diagnostics.problem(second, "a list has one of `ranges`, `file` and `url`", "make a list of each");
        }
        _ => {}
    }
    if url.is_none() {
        without_url(&list.value, diagnostics);
    }
    match (ranges, file, url) {
        (Some(ranges), ..) => {
            formats::none(&list.value, diagnostics);
            let ranges = inline(ranges, diagnostics)?;
            let included = diagnostics.included(list.place).map(|file| file.display().to_string());
            Some((ranges, included.unwrap_or_else(|| "the configuration".to_owned())))
        }
        (None, Some(file), _) => {
            let path = diagnostics.folder(file.place).join(&file.value);
            Some((formats::from_file(list, file, &path, diagnostics)?, path.display().to_string()))
        }
        // The prefixes come when it is fetched.
        (None, None, Some(url)) => Some((Vec::new(), shown_address(&url.value))),
        (None, None, None) => None,
    }
}

fn inline(ranges: &Spanned<Vec<Spanned<String>>>, diagnostics: &mut Diagnostics) -> Option<Vec<IpNet>> {
    if ranges.value.is_empty() && !diagnostics.concerns_at(ranges.place, None) {
        diagnostics.problem(ranges.place, "this list is empty", "name a range, or remove the list");
    }
    let mut prefixes = Vec::with_capacity(ranges.value.len());
    for Spanned { value, place } in &ranges.value {
        match prefix::parse_strict(value).and_then(prefix::check_width) {
            Ok(net) => prefixes.push(net),
            Err(error) => diagnostics.problem_with(*place, value, error.to_string(), error.help()),
        }
    }
    Some(prefixes)
}

/// Reports the keys that only a list with a `url` has a use for.
fn without_url(raw: &RawList, diagnostics: &mut Diagnostics) {
    let texts = [&raw.refresh, &raw.sha256, &raw.header, &raw.header_env].map(|text| text.as_ref().map(|at| at.place));
    let truths = [&raw.required, &raw.allow_insecure, &raw.allow_private_redirects]
        .map(|truth| truth.as_ref().map(|at| at.place));
    let places = texts.into_iter().chain(truths).chain([raw.max_shrink.as_ref().map(|at| at.place)]);
    for place in places.flatten() {
        diagnostics.problem(place, "this key is for lists that are fetched", "remove it, or name a `url`");
    }
}

/// Reports a key that must be there, unless it is and was found wrong.
pub(super) fn missing(table: usize, key: &str, help: &str, diagnostics: &mut Diagnostics) {
    if !diagnostics.concerns_at(table, Some(key)) {
        diagnostics.problem(table, format!("`{key}` is missing"), help);
    }
}
