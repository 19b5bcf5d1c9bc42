//! Evaluates all selectors of a list together.

use super::known::{defaults, no_catalog};
use super::selector::Selector;
use crate::catalog::{self, RangeGroup, Vendor};
use crate::config::diagnostics::Diagnostics;
use crate::config::spanned::Spanned;
use crate::scanners::{Audience, Certainty, Group, Scanner, ScannerList};

/// The minimum certainty for a selector in `scanners.use` that names none.
pub(super) const USED: Certainty = Certainty::Community;

/// The properties of a group of ranges that a selector compares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selectable<'a> {
    pub(super) scanner: &'a Scanner,
    pub(super) audience: Audience,
    pub(super) certainty: Certainty,
}

/// The groups of a list in use.
pub(super) fn selectable(list: &ScannerList) -> impl Iterator<Item = Selectable<'_>> {
    let group =
        |group: &Group| Selectable { scanner: &list.scanner, audience: group.audience, certainty: group.certainty };
    list.groups.iter().map(group)
}

/// The same properties of a bot. A selector with a higher certainty than [`USED`] selects only ranges.
pub(super) fn selectable_claim<'a>(scanner: &'a Scanner, audience: Audience) -> Selectable<'a> {
    Selectable { scanner, audience, certainty: USED }
}

/// The groups of a vendor of the catalog.
pub(super) fn selectable_of<'a>(vendor: &'static Vendor) -> impl Iterator<Item = Selectable<'a>> {
    let scanner = vendor.scanner();
    let group =
        move |group: &'static RangeGroup| Selectable { scanner, audience: group.audience, certainty: group.certainty };
    vendor.groups().iter().map(group)
}

/// The selectors of a list. Exclusions apply whatever their position. A list with only exclusions removes them from the
/// default.
#[derive(Debug)]
pub(super) struct Selection<'a> {
    including: Vec<Selector<'a>>,
    excluding: Vec<Selector<'a>>,
    /// The minimum certainty for a selector that names none.
    floor: Certainty,
    base: fn(&Scanner) -> bool,
}

impl<'a> Selection<'a> {
    /// The default of `scanners.use`.
    pub(super) fn default_use() -> Self {
        Self { including: Vec::new(), excluding: Vec::new(), floor: USED, base: is_security }
    }

    /// `scanners.use`
    pub(super) fn in_use(texts: &'a [Spanned<String>], own: &[&str], diagnostics: &mut Diagnostics) -> Self {
        let mut selection = Self { base: is_security, floor: USED, ..Self::in_rule(texts, own, diagnostics) };
        if texts.is_empty() {
            selection.base = |_| false;
        }
        selection
    }

    /// A rule's `scanners`, which select among those in use.
    pub(super) fn in_rule(texts: &'a [Spanned<String>], own: &[&str], diagnostics: &mut Diagnostics) -> Self {
        let selectors = texts.iter().filter_map(|text| Selector::parse(text, own, diagnostics));
        let (excluding, including) = selectors.partition(|selector| selector.excludes);
        Self { including, excluding, floor: Certainty::Registered, base: |_| true }
    }

    pub(super) fn excludes(&self) -> bool {
        !self.excluding.is_empty()
    }

    pub(super) fn takes(&self, group: Selectable<'_>) -> bool {
        self.includes(group) && !self.excluding.iter().any(|selector| selector.target.names(group.scanner))
    }

    /// Whether the claim to be this scanner is selected. A selector with `@observed` or `@published` selects no claims.
    pub(super) fn takes_claim(&self, scanner: &Scanner, audience: Audience) -> bool {
        let is_taken = |selector: &Selector<'_>| {
            selector.target.names(scanner)
                && selector.audience.is_none_or(|wanted| wanted == audience)
                && selector.at_least.is_none_or(|least| least <= USED)
        };
        let included = match self.including.is_empty() {
            true => (self.base)(scanner),
            false => self.including.iter().any(is_taken),
        };
        included && !self.excluding.iter().any(|selector| selector.target.names(scanner))
    }

    fn includes(&self, group: Selectable<'_>) -> bool {
        if self.including.is_empty() {
            return (self.base)(group.scanner) && group.certainty >= self.floor;
        }
        self.including.iter().any(|selector| self.is_taken_by(selector, group))
    }

    fn is_taken_by(&self, selector: &Selector<'_>, group: Selectable<'_>) -> bool {
        selector.takes(group.scanner, group.audience, group.certainty, self.floor)
    }

    /// Reports selectors without effect: exclusions here, and all others through `report`.
    pub(super) fn check_effect(
        &self,
        groups: &[Selectable<'_>],
        diagnostics: &mut Diagnostics,
        mut report: impl FnMut(&Selector<'a>, &mut Diagnostics),
    ) {
        for selector in &self.including {
            if !groups.iter().any(|group| self.is_taken_by(selector, *group)) {
                report(selector, diagnostics);
            }
        }
        for selector in &self.excluding {
            let concerned = |group: &&Selectable<'_>| self.includes(**group) && selector.target.names(group.scanner);
            if !groups.iter().any(|group| concerned(&group)) {
                let message = "this excludes nothing: no other selector selects these scanners";
                diagnostics.problem_with(selector.place, selector.text, message, "remove it");
            }
        }
    }
}

fn is_security(scanner: &Scanner) -> bool {
    scanner.category().is_security()
}

/// Reports a selector in `use` that selects no range: its certainty is too high, or no range has its audience.
pub(super) fn report_unusable(selector: &Selector<'_>, diagnostics: &mut Diagnostics) {
    let Selector { text, place, bare, target, at_least, audience, .. } = selector;
    let groups = catalog::vendors().filter(|vendor| target.names(vendor.scanner())).flat_map(Vendor::groups);
    let fitting = groups.filter(|group| audience.is_none_or(|wanted| wanted == group.audience));
    let best = fitting.map(|group| group.certainty).max();
    let (message, help) = match (best, audience) {
        (Some(best), audience) => {
            let wanted = at_least.unwrap_or(USED).as_str();
            let audience = audience.map(|audience| format!(",{}", audience.as_str())).unwrap_or_default();
            let best = best.as_str();
            let message = format!("all these ranges are `{best}`, but the selector asks for `{wanted}`");
            (message, format!("write `{bare}@{best}{audience}` to use them"))
        }
        (None, Some(audience)) if no_catalog().is_none() => {
            (format!("none of these ranges is `{}`", audience.as_str()), format!("write `{bare}`"))
        }
        (None, _) => {
            let help = no_catalog().unwrap_or("remove it: the catalog has none");
            ("no scanner has this name".to_owned(), help.to_owned())
        }
    };
    diagnostics.problem_with(*place, text, message, help);
}

/// Reports a selector of a rule that selects no scanner in use. `in_use` is `scanners.use` as written.
pub(super) fn report_unused(
    selector: &Selector<'_>,
    in_use: Option<&[Spanned<String>]>,
    diagnostics: &mut Diagnostics,
) {
    let Selector { text, place, bare, target, .. } = selector;
    let known = catalog::vendors().any(|vendor| target.names(vendor.scanner()));
    let help = match no_catalog() {
        _ if known => format!("write `use = [{}]` in `[scanners]`, or remove it here", with(selector, in_use)),
        Some(help) => help.to_owned(),
        None => format!("remove it: the catalog has no `{bare}`"),
    };
    diagnostics.problem_with(*place, text, "this can never match: no scanner of this kind is in use", help);
}

/// `scanners.use` with one more selector, as the operator has to write it.
fn with(more: &Selector<'_>, in_use: Option<&[Spanned<String>]>) -> String {
    let Selector { text, bare, target, at_least, .. } = more;
    let groups = catalog::vendors().filter(|vendor| target.names(vendor.scanner())).flat_map(Vendor::groups);
    let best = groups.map(|group| group.certainty).max().filter(|best| *best < USED && at_least.is_none());
    // Without this certainty, `use` would select none of the ranges.
    let more = best.map_or_else(|| (*text).to_owned(), |best| format!("{bare}@{}", best.as_str()));
    let written: Vec<&str> = in_use.unwrap_or_default().iter().map(|text| text.value.as_str()).collect();
    // A list with only exclusions, like a missing key, starts from the default.
    let is_default = in_use.is_none() || (!written.is_empty() && written.iter().all(|text| text.starts_with('!')));
    let defaults: Vec<String> = if is_default { defaults().collect() } else { Vec::new() };
    // The exclusion of this scanner would override the new selector, and a selector without effect is replaced.
    let kept = written.iter().filter(|text| text.trim_start_matches('!').split('@').next() != Some(*bare));
    let all = defaults.iter().map(String::as_str).chain(kept.copied()).chain([more.as_str()]);
    all.map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ")
}

/// Reports conditions on an operator's own list, which is always in use as a whole.
pub(super) fn report_own(selector: &Selector<'_>, diagnostics: &mut Diagnostics) {
    if selector.at_least.is_some() || selector.audience.is_some() {
        let message = "a list of your own is in use as a whole, and needs no mention here";
        diagnostics.problem_with(selector.place, selector.text, message, "remove it");
    }
}
