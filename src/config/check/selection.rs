//! All selectors of a list together: whom they mean.

use super::selector::{Selector, no_catalog};
use crate::catalog::{self, RangeGroup, Vendor};
use crate::config::diagnostics::Diagnostics;
use crate::config::spanned::Spanned;
use crate::scanners::{Audience, Category, Certainty, Group, Scanner, ScannerList};

/// What `scanners.use` takes where a selector names no certainty.
pub(super) const USED: Certainty = Certainty::Community;

/// A group of ranges, as far as it is selected by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choosable<'a> {
    pub(super) scanner: &'a Scanner,
    pub(super) audience: Audience,
    pub(super) certainty: Certainty,
}

/// The groups of a list in use.
pub(super) fn choosable(list: &ScannerList) -> impl Iterator<Item = Choosable<'_>> {
    let group =
        |group: &Group| Choosable { scanner: &list.scanner, audience: group.audience, certainty: group.certainty };
    list.groups.iter().map(group)
}

/// A claim, as far as it is selected by. A selector that asks for more certainty than `use` does means ranges.
pub(super) fn choosable_claim<'a>(scanner: &'a Scanner, audience: Audience) -> Choosable<'a> {
    Choosable { scanner, audience, certainty: USED }
}

/// The groups of a vendor of the catalogue.
pub(super) fn choosable_of<'a>(vendor: &'static Vendor) -> impl Iterator<Item = Choosable<'a>> {
    let scanner = vendor.scanner();
    let group =
        move |group: &'static RangeGroup| Choosable { scanner, audience: group.audience, certainty: group.certainty };
    vendor.groups().iter().map(group)
}

/// The selectors of a list. Exclusions win, wherever they stand; a list of exclusions alone takes them out of what there
/// would be without the list.
#[derive(Debug)]
pub(super) struct Selection<'a> {
    including: Vec<Selector<'a>>,
    excluding: Vec<Selector<'a>>,
    /// What a selector without a certainty is content with.
    floor: Certainty,
    base: fn(&Scanner) -> bool,
}

impl<'a> Selection<'a> {
    /// What is in use where the file does not say.
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

    pub(super) fn takes(&self, group: Choosable<'_>) -> bool {
        self.includes(group) && !self.excluding.iter().any(|selector| selector.target.names(group.scanner))
    }

    /// Whether a claim to be this scanner counts. A selector that asks for `observed` or `published` ranges means no claim.
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

    fn includes(&self, group: Choosable<'_>) -> bool {
        if self.including.is_empty() {
            return (self.base)(group.scanner) && group.certainty >= self.floor;
        }
        self.including.iter().any(|selector| self.is_taken_by(selector, group))
    }

    fn is_taken_by(&self, selector: &Selector<'_>, group: Choosable<'_>) -> bool {
        selector.takes(group.scanner, group.audience, group.certainty, self.floor)
    }

    /// Reports selectors without effect: of those that include by `report`, of exclusions here.
    pub(super) fn check_effect(
        &self,
        groups: &[Choosable<'_>],
        diagnostics: &mut Diagnostics,
        mut report: impl FnMut(&Selector<'a>, &mut Diagnostics),
    ) {
        for selector in &self.including {
            if !groups.iter().any(|group| self.is_taken_by(selector, *group)) {
                report(selector, diagnostics);
            }
        }
        for selector in &self.excluding {
            let concerned = |group: &&Choosable<'_>| self.includes(**group) && selector.target.names(group.scanner);
            if !groups.iter().any(|group| concerned(&group)) {
                let message = "this excludes nothing: nobody of these is selected otherwise";
                diagnostics.problem_with(selector.place, selector.text, message, "remove it");
            }
        }
    }
}

/// The selectors that stand for the default of `scanners.use`.
pub(super) fn defaults() -> impl Iterator<Item = String> {
    Category::ALL.iter().filter(|category| category.is_security()).map(|category| format!("category:{category}"))
}

fn is_security(scanner: &Scanner) -> bool {
    scanner.category().is_security()
}

/// What is wrong with a selector in `use` that brings no range: it asks for more certainty than there is, or for people
/// where there are none.
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
            let message = format!("all ranges of these are `{best}`, and `{wanted}` is asked for");
            (message, format!("write `{bare}@{best}{audience}` to use them all the same"))
        }
        (None, Some(audience)) if no_catalog().is_none() => {
            (format!("none of these ranges is `{}`", audience.as_str()), format!("write `{bare}`"))
        }
        (None, _) => {
            let help = no_catalog().unwrap_or("remove it: the catalog has none");
            ("nobody is known by this name".to_owned(), help.to_owned())
        }
    };
    diagnostics.problem_with(*place, text, message, help);
}

/// What is wrong with a selector of a rule that selects nobody in use; `in_use` is `scanners.use` as it is written.
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

/// `scanners.use` with one selector more, as it is to be written.
fn with(more: &Selector<'_>, in_use: Option<&[Spanned<String>]>) -> String {
    let Selector { text, bare, target, at_least, .. } = more;
    let groups = catalog::vendors().filter(|vendor| target.names(vendor.scanner())).flat_map(Vendor::groups);
    let best = groups.map(|group| group.certainty).max().filter(|best| *best < USED && at_least.is_none());
    // Without it, `use` would take none of the ranges.
    let more = best.map_or_else(|| (*text).to_owned(), |best| format!("{bare}@{}", best.as_str()));
    let written: Vec<&str> = in_use.unwrap_or_default().iter().map(|text| text.value.as_str()).collect();
    // Exclusions alone, and no key at all, stand for the default.
    let is_default = in_use.is_none() || (!written.is_empty() && written.iter().all(|text| text.starts_with('!')));
    let defaults: Vec<String> = if is_default { defaults().collect() } else { Vec::new() };
    // What an exclusion leaves out, no other selector brings back; and a selector that took nothing is replaced.
    let kept = written.iter().filter(|text| text.trim_start_matches('!').split('@').next() != Some(*bare));
    let all = defaults.iter().map(String::as_str).chain(kept.copied()).chain([more.as_str()]);
    all.map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ")
}

/// Reports conditions on a list of the operator's own: it is in use as it is.
pub(super) fn report_own(selector: &Selector<'_>, diagnostics: &mut Diagnostics) {
    if selector.at_least.is_some() || selector.audience.is_some() {
        let message = "a list of your own is in use as a whole, and needs no mention here";
        diagnostics.problem_with(selector.place, selector.text, message, "remove it");
    }
}
