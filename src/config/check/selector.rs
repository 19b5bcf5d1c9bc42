//! One selector in `scanners.use` or in `scanners` of a rule: an id, `category:…`, `preset:…` or `all`. Conditions on the
//! ranges follow after `@`; a selector with `!` in front is an exclusion.

use super::known;
use super::unknown::Advice;
use crate::catalog::{self, Preset};
use crate::config::diagnostics::Diagnostics;
use crate::config::spanned::Spanned;
use crate::scanners::{Audience, Category, Certainty, Scanner};
use crate::util::suggest;

const AUDIENCES: [Audience; 2] = [Audience::Exclusive, Audience::Shared];

/// The scanners that a selector names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    All,
    Category(Category),
    Categories(&'static [Category]),
    Id(&'a str),
}

impl Target<'_> {
    pub(super) fn names(&self, scanner: &Scanner) -> bool {
        match self {
            Target::All => true,
            Target::Category(category) => scanner.category() == *category,
            Target::Categories(categories) => categories.contains(&scanner.category()),
            Target::Id(id) => scanner.id() == *id,
        }
    }
}

/// A selector with its text and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selector<'a> {
    pub(super) text: &'a str,
    pub(super) place: usize,
    /// The text without conditions.
    pub(super) bare: &'a str,
    pub(super) target: Target<'a>,
    pub(super) excludes: bool,
    /// The minimum certainty of the ranges.
    pub(super) at_least: Option<Certainty>,
    pub(super) audience: Option<Audience>,
}

impl<'a> Selector<'a> {
    /// Parses a selector. `own` are the ids of the operator's own lists.
    pub(super) fn parse(text: &'a Spanned<String>, own: &[&str], diagnostics: &mut Diagnostics) -> Option<Self> {
        let Spanned { value, place } = text;
        let (excludes, rest) = value.strip_prefix('!').map_or((false, value.as_str()), |rest| (true, rest));
        let (bare, conditions) = rest.split_once('@').map_or((rest, None), |(bare, rest)| (bare, Some(rest)));
        let Some(target) = target(bare, own) else {
            let Advice { message, help } = Advice::on(value, own);
            diagnostics.problem_with(*place, value, message, help);
            return None;
        };
        let mut selector = Self { text: value, place: *place, bare, target, excludes, at_least: None, audience: None };
        if excludes && (conditions.is_some() || target == Target::All) {
            let message = "an exclusion is a scanner, a category or a preset without conditions";
            let help = match target {
                Target::All => "remove it, or name the scanners to exclude".to_owned(),
                _ => format!("write `!{bare}`; put conditions into the other selectors, such as `all@exclusive`"),
            };
            diagnostics.problem_with(*place, value, message, help);
            return None;
        }
        for condition in conditions.into_iter().flat_map(|conditions| conditions.split(',')) {
            selector.condition(condition, conditions.unwrap_or_default(), diagnostics)?;
        }
        Some(selector)
    }

    /// Parses one of `all` conditions.
    fn condition(&mut self, condition: &str, all: &str, diagnostics: &mut Diagnostics) -> Option<()> {
        let twice = match (certainty_named(condition), audience_named(condition)) {
            (Some(certainty), _) => self.at_least.replace(certainty).is_some(),
            (_, Some(audience)) => self.audience.replace(audience).is_some(),
            (None, None) => {
                let known: Vec<&str> = Certainty::ALL
                    .iter()
                    .map(|certainty| certainty.as_str())
                    .chain(AUDIENCES.map(Audience::as_str))
                    .collect();
                // The suggestion keeps valid conditions: `@exclusive, observed` was meant as `@exclusive,observed`.
                let corrected = |text: &str| suggest::nearest(text.trim(), known.iter().copied());
                let corrected: Option<Vec<&str>> = all.split(',').map(corrected).collect();
                let help = match corrected {
                    Some(names) => format!("write `{}@{}`", self.bare, names.join(",")),
                    None => format!("write `{}@` and one of {}", self.bare, suggest::list(known)),
                };
                diagnostics.problem_with(self.place, self.text, "unknown condition", help);
                return None;
            }
        };
        if twice {
            let message = "a selector has at most one certainty and one audience";
            let help = "write the minimum certainty; write no audience to include both";
            diagnostics.problem_with(self.place, self.text, message, help);
            return None;
        }
        Some(())
    }

    /// Whether a group of ranges is selected. `floor` is the minimum certainty if the selector names none.
    pub(super) fn takes(&self, scanner: &Scanner, audience: Audience, certainty: Certainty, floor: Certainty) -> bool {
        self.target.names(scanner)
            && certainty >= self.at_least.unwrap_or(floor)
            && self.audience.is_none_or(|wanted| wanted == audience)
    }
}

/// `None` for an unknown name.
fn target<'a>(bare: &'a str, own: &[&str]) -> Option<Target<'a>> {
    if bare == "all" {
        return Some(Target::All);
    }
    if let Some(name) = bare.strip_prefix("category:") {
        return category_named(name).map(Target::Category);
    }
    if let Some(name) = bare.strip_prefix("preset:") {
        return preset_named(name).map(|preset| Target::Categories(preset.categories()));
    }
    let is_known = catalog::find(bare).is_some() || known::is_bot(bare) || own.contains(&bare);
    is_known.then_some(Target::Id(bare))
}

fn certainty_named(name: &str) -> Option<Certainty> {
    Certainty::ALL.iter().copied().find(|certainty| certainty.as_str() == name)
}

fn audience_named(name: &str) -> Option<Audience> {
    AUDIENCES.into_iter().find(|audience| audience.as_str() == name)
}

/// Reads the name of a category.
pub(super) fn category(name: &str, place: usize, diagnostics: &mut Diagnostics) -> Option<Category> {
    let category = category_named(name);
    if category.is_none() {
        let known: Vec<&str> = Category::ALL.iter().map(|category| category.as_str()).collect();
        diagnostics.problem_with(place, name, "unknown category", suggest::name(name, &known));
    }
    category
}

fn category_named(name: &str) -> Option<Category> {
    Category::ALL.iter().copied().find(|category| category.as_str() == name)
}

fn preset_named(name: &str) -> Option<&'static Preset> {
    catalog::presets().iter().find(|preset| preset.name() == name)
}
