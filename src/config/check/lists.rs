//! `[scanners]` and `[[scanners.list]]`

use std::collections::HashSet;
use std::path::PathBuf;

use ipnet::IpNet;

use super::claims::{self, Matching};
use super::expires;
use super::formats;
use super::known;
#[cfg(feature = "discovery")]
use super::learned;
use super::missing::missing;
use super::prefixes;
use super::selection::{self, Selectable, Selection, selectable_claim, selectable_of};
use super::selector;
#[cfg(feature = "feeds")]
use crate::catalog::Feed;
use crate::catalog::{self, RangeGroup, Vendor};
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::{RawList, RawScanners};
use crate::config::secrets::shown_url;
use crate::config::spanned::Spanned;
use crate::identity::ClaimGroup;
use crate::scanners::{Certainty, Group, ReadAt, Scanner, ScannerList};

/// The scanners in use.
pub(super) struct Scanners<'a> {
    /// `scanners.use` as written.
    pub(super) in_use: Option<&'a [Spanned<String>]>,
    pub(super) lists: Vec<ScannerList>,
    /// The bots whose claims count.
    pub(super) claims: Vec<ClaimGroup>,
    pub(super) matching: Matching,
    pub(super) allow: Vec<IpNet>,
    /// The lists that vendors in use publish.
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

/// `findings` is the file of findings.
pub(super) fn check<'a>(
    raw: &'a RawScanners,
    #[cfg_attr(not(feature = "discovery"), allow(unused_variables, reason = "there are no findings"))]
    findings: &Option<Spanned<PathBuf>>,
    diagnostics: &mut Diagnostics,
) -> Scanners<'a> {
    let matching = claims::matching(raw, diagnostics);
    let (own, own_claims) = own_lists(raw, matching, diagnostics);
    #[cfg(feature = "discovery")]
    let own = with_learned(own, findings, diagnostics);
    let own_ids: Vec<&str> = own.iter().map(|list| list.scanner.id()).collect();
    let (vendors, mut claims) = in_use(raw, &own_ids, matching, diagnostics);
    claims.extend(own_claims);
    #[cfg(feature = "feeds")]
    let published = published(&vendors);
    let mut lists: Vec<ScannerList> = vendors.into_iter().map(list_of).collect();
    // The operator's own lists are always in use, so `use` need not name them.
    lists.extend(own);
    Scanners {
        in_use: raw.r#use.as_ref().map(|texts| texts.value.as_slice()),
        lists,
        claims,
        matching,
        allow: prefixes::prefixes(raw.allow.as_ref(), diagnostics),
        #[cfg(feature = "feeds")]
        published,
    }
}

/// The lists in the file, and the learned lists.
#[cfg(feature = "discovery")]
fn with_learned(
    mut own: Vec<ScannerList>,
    findings: &Option<Spanned<PathBuf>>,
    diagnostics: &mut Diagnostics,
) -> Vec<ScannerList> {
    let Some(findings) = findings else { return own };
    let taken = own.iter().map(|list| list.scanner.id()).collect();
    let learned = learned::lists(findings, &taken, diagnostics);
    own.extend(learned);
    own
}

/// A vendor of the catalog with its selected ranges.
type VendorInUse = (&'static Vendor, Vec<&'static RangeGroup>);

fn list_of((vendor, groups): VendorInUse) -> ScannerList {
    let number_of = |group: &RangeGroup| vendor.groups().iter().position(|known| std::ptr::eq(known, group));
    let group = |group: &'static RangeGroup| Group { number: number_of(group), ..Group::from(group) };
    ScannerList { scanner: vendor.scanner().clone(), groups: groups.into_iter().map(group).collect(), expires: None }
}

#[cfg(feature = "feeds")]
fn published(vendors: &[VendorInUse]) -> Vec<Published> {
    let groups = vendors.iter().enumerate().flat_map(|(list, (_, groups))| {
        groups.iter().enumerate().map(move |(group, ranges)| (list, group, ranges.feed))
    });
    groups.filter_map(|(list, group, feed)| Some(Published { list, group, feed: feed? })).collect()
}

/// The selected vendors of the catalog with their selected ranges, and the selected bots.
fn in_use(
    raw: &RawScanners,
    own: &[&str],
    matching: Matching,
    diagnostics: &mut Diagnostics,
) -> (Vec<VendorInUse>, Vec<ClaimGroup>) {
    let selection = match &raw.r#use {
        None => Selection::default_use(),
        Some(texts) => {
            let selection = Selection::in_use(&texts.value, own, diagnostics);
            let unlisted: Vec<_> = claims::without_ranges().filter(|_| matching.by_agent).collect();
            let claims = unlisted.iter().map(|(agent, scanner)| selectable_claim(scanner, agent.audience()));
            let groups: Vec<Selectable<'_>> = catalog::vendors().flat_map(selectable_of).chain(claims).collect();
            selection.check_effect(&groups, diagnostics, |selector, diagnostics| match own.contains(&selector.bare) {
                true => selection::report_own(selector, diagnostics),
                false => selection::report_unusable(selector, diagnostics),
            });
            let is_empty = !groups.iter().any(|group| selection.takes(*group));
            if is_empty && selection.excludes() && !diagnostics.concerns(diagnostics.path(texts.place)) {
                diagnostics.problem(
                    texts.place,
                    "these exclusions leave no scanner",
                    "remove one, or write `use = []`",
                );
            }
            selection
        }
    };
    let in_use = |vendor: &'static Vendor| {
        let taken = vendor.groups().iter().zip(selectable_of(vendor)).filter(|(_, group)| selection.takes(*group));
        let groups: Vec<&RangeGroup> = taken.map(|(group, _)| group).collect();
        (!groups.is_empty()).then_some((vendor, groups))
    };
    let claims = if matching.by_agent { claims::known(&selection) } else { Vec::new() };
    (catalog::vendors().filter_map(in_use).collect(), claims)
}

/// The operator's own lists, and the bots in them.
fn own_lists(
    raw: &RawScanners,
    matching: Matching,
    diagnostics: &mut Diagnostics,
) -> (Vec<ScannerList>, Vec<ClaimGroup>) {
    let mut seen = HashSet::new();
    let (mut lists, mut claims) = (Vec::new(), Vec::new());
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
            // The operator's own lists are evidence enough for every rule.
            let certainty = list.value.certainty.unwrap_or(Certainty::Published);
            let judge_on = list.value.judge_on.unwrap_or_default();
            let source = source.into();
            let scanner = Scanner::new(id, category);
            claims.extend(claims::own(&list.value, &scanner, matching, diagnostics));
            let (prefixes, read) = (prefixes.into(), ReadAt::default());
            let group = Group { prefixes, audience, certainty, judge_on, source, date: None, read, number: None };
            let groups = if has_source(&list.value) { vec![group] } else { Vec::new() };
            let expires = expires::check(list.value.expires.as_ref(), diagnostics);
            lists.push(ScannerList { scanner, groups, expires });
        }
    }
    (lists, claims)
}

/// Whether the list has ranges. Other lists have only `agents`.
fn has_source(list: &RawList) -> bool {
    list.ranges.is_some() || list.file.is_some() || list.url.is_some()
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
    if catalog::find(id).is_some() || known::is_bot(id) || id == "all" {
        let help = format!("write another id, such as `own-{id}`");
        diagnostics.problem_with(*place, id, "this id belongs to the catalog", help);
        return None;
    }
    if !seen.insert(id) {
        diagnostics.problem_with(*place, id, "an earlier list has this id", "give each list an id of its own");
        return None;
    }
    Some(id)
}

pub(super) fn is_kebab_case(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !id.is_empty() && id.bytes().all(allowed) && !id.starts_with('-') && !id.ends_with('-')
}

/// The prefixes of a list, with their source.
fn ranges(list: &Spanned<RawList>, diagnostics: &mut Diagnostics) -> Option<(Vec<IpNet>, String)> {
    let RawList { ranges, file, url, .. } = &list.value;
    let sources =
        [ranges.as_ref().map(|at| at.place), file.as_ref().map(|at| at.place), url.as_ref().map(|at| at.place)];
    let mut given = sources.into_iter().flatten();
    match (given.next(), given.next()) {
        (None, _) if list.value.agents.is_some() => {}
        (None, _) => {
            missing(
                list.place,
                "ranges",
                "write `ranges = [\"198.51.100.0/24\"]`, `file = …` or `url = …`, or `agents = [\"AcmeProbe/\"]`",
                diagnostics,
            );
        }
        (Some(_), Some(second)) => {
            diagnostics.problem(second, "a list has only one of `ranges`, `file` and `url`", "write one list for each");
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
        // The prefixes are added after the fetch.
        (None, None, Some(url)) => Some((Vec::new(), shown_url(&url.value))),
        (None, None, None) => list.value.agents.as_ref().map(|_| (Vec::new(), "the user agent".to_owned())),
    }
}

fn inline(ranges: &Spanned<Vec<Spanned<String>>>, diagnostics: &mut Diagnostics) -> Option<Vec<IpNet>> {
    if ranges.value.is_empty() && !diagnostics.concerns_at(ranges.place, None) {
        diagnostics.problem(ranges.place, "this list is empty", "name a range, or remove the list");
    }
    Some(prefixes::of_scanner(ranges, diagnostics))
}

/// Reports keys that have an effect only with a `url`.
fn without_url(raw: &RawList, diagnostics: &mut Diagnostics) {
    let texts = [&raw.refresh, &raw.sha256, &raw.header, &raw.header_env].map(|text| text.as_ref().map(|at| at.place));
    let truths = [&raw.required, &raw.allow_insecure, &raw.allow_private_redirects]
        .map(|truth| truth.as_ref().map(|at| at.place));
    let places = texts.into_iter().chain(truths).chain([raw.max_shrink.as_ref().map(|at| at.place)]);
    for place in places.flatten() {
        diagnostics.problem(place, "this key is for lists that are fetched", "remove it, or name a `url`");
    }
}
