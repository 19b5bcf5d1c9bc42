//! One selector of scanners, in `scanners.use` and in a rule's `scanners`:
//! an id, `category:…`, `preset:…` or `all`; with `@` and what its ranges must be; or, with `!` before it, an exclusion.

use crate::catalog::{self, Preset};
use crate::config::diagnostics::Diagnostics;
use crate::config::spanned::Spanned;
use crate::scanners::{Audience, Category, Certainty, Scanner};
use crate::util::suggest;

const AUDIENCES: [Audience; 2] = [Audience::Exclusive, Audience::Shared];

/// Whom a selector names.
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

/// A selector as it is written, with the place where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selector<'a> {
    pub(super) text: &'a str,
    pub(super) place: usize,
    /// The text without conditions.
    pub(super) bare: &'a str,
    pub(super) target: Target<'a>,
    pub(super) excludes: bool,
    /// Ranges that are less sure are not meant.
    pub(super) at_least: Option<Certainty>,
    pub(super) audience: Option<Audience>,
}

impl<'a> Selector<'a> {
    /// Reads a selector. `own` are the ids of the file's own lists.
    pub(super) fn parse(text: &'a Spanned<String>, own: &[&str], diagnostics: &mut Diagnostics) -> Option<Self> {
        let Spanned { value, place } = text;
        let (excludes, rest) = value.strip_prefix('!').map_or((false, value.as_str()), |rest| (true, rest));
        let (bare, conditions) = rest.split_once('@').map_or((rest, None), |(bare, rest)| (bare, Some(rest)));
        let target = target(bare, own).map_err(|unknown| unknown.report(text, bare, diagnostics)).ok()?;
        let mut selector = Self { text: value, place: *place, bare, target, excludes, at_least: None, audience: None };
        if excludes && (conditions.is_some() || target == Target::All) {
            let message = "an exclusion names a scanner, a category or a preset, and leaves all of it out";
            let help = match target {
                Target::All => "remove it, or name what is to be left out".to_owned(),
                _ => format!("write `!{bare}`; what is left may have a condition, such as `all@exclusive`"),
            };
            diagnostics.problem_with(*place, value, message, help);
            return None;
        }
        for condition in conditions.into_iter().flat_map(|conditions| conditions.split(',')) {
            selector.condition(condition, diagnostics)?;
        }
        Some(selector)
    }

    fn condition(&mut self, condition: &str, diagnostics: &mut Diagnostics) -> Option<()> {
        let certainty = Certainty::ALL.iter().copied().find(|certainty| certainty.as_str() == condition);
        let audience = AUDIENCES.into_iter().find(|audience| audience.as_str() == condition);
        let twice = match (certainty, audience) {
            (Some(certainty), _) => self.at_least.replace(certainty).is_some(),
            (_, Some(audience)) => self.audience.replace(audience).is_some(),
            (None, None) => {
                let known: Vec<&str> = Certainty::ALL
                    .iter()
                    .map(|certainty| certainty.as_str())
                    .chain(AUDIENCES.map(Audience::as_str))
                    .collect();
                let help = match suggest::nearest(condition, known.iter().copied()) {
                    Some(name) => format!("write `{}@{name}`", self.bare),
                    None => format!("write `{}@` and one of {}", self.bare, suggest::list(known)),
                };
                diagnostics.problem_with(self.place, self.text, "unknown condition", help);
                return None;
            }
        };
        if twice {
            let message = "a selector has one certainty and one audience";
            let help = "write the least certainty that is wanted; of two audiences, neither";
            diagnostics.problem_with(self.place, self.text, message, help);
            return None;
        }
        Some(())
    }

    /// Whether a group of ranges is meant; `floor` is the certainty where the selector names none.
    pub(super) fn takes(&self, scanner: &Scanner, audience: Audience, certainty: Certainty, floor: Certainty) -> bool {
        self.target.names(scanner)
            && certainty >= self.at_least.unwrap_or(floor)
            && self.audience.is_none_or(|wanted| wanted == audience)
    }
}

/// Why a name selects nobody.
enum Unknown {
    Category,
    Preset,
    Id,
    /// The name of a category or a preset, without what says so.
    Unmarked(String),
}

fn target<'a>(bare: &'a str, own: &[&str]) -> Result<Target<'a>, UnknownName> {
    let unknown = |unknown| Err(UnknownName { unknown, own: own.iter().map(|id| (*id).to_owned()).collect() });
    if bare == "all" {
        return Ok(Target::All);
    }
    if let Some(name) = bare.strip_prefix("category:") {
        return category_named(name).map(Target::Category).map_or_else(|| unknown(Unknown::Category), Ok);
    }
    if let Some(name) = bare.strip_prefix("preset:") {
        return preset_named(name)
            .map(|preset| Target::Categories(preset.categories()))
            .map_or_else(|| unknown(Unknown::Preset), Ok);
    }
    if catalog::find(bare).is_some() || own.contains(&bare) {
        return Ok(Target::Id(bare));
    }
    if category_named(bare).is_some() {
        return unknown(Unknown::Unmarked(format!("category:{bare}")));
    }
    if preset_named(bare).is_some() {
        return unknown(Unknown::Unmarked(format!("preset:{bare}")));
    }
    unknown(Unknown::Id)
}

/// A name that nobody has, with the ids of the file's own lists among which it may have been meant.
struct UnknownName {
    unknown: Unknown,
    own: Vec<String>,
}

impl UnknownName {
    fn report(self, text: &Spanned<String>, bare: &str, diagnostics: &mut Diagnostics) {
        let Spanned { value, place } = text;
        // What stands around the name stays: `!trend-mcro` is meant for `!trend-micro`.
        let mended = |name: &str| format!("write `{}`", value.replacen(bare, name, 1));
        let among = |kind: &str, names: &[&str]| {
            let name = bare.strip_prefix(kind).unwrap_or(bare).trim();
            suggest::nearest(name, names.iter().copied()).map(|name| mended(&format!("{kind}{name}")))
        };
        let (message, help) = match self.unknown {
            Unknown::Unmarked(marked) => ("this is not a scanner, but a set of them", mended(&marked)),
            Unknown::Category => {
                let names: Vec<&str> = Category::ALL.iter().map(|category| category.as_str()).collect();
                let help = among("category:", &names);
                let help = help.unwrap_or_else(|| format!("write `category:` and one of {}", suggest::list(names)));
                ("unknown category", help)
            }
            Unknown::Preset => {
                let names: Vec<&str> = catalog::presets().iter().map(Preset::name).collect();
                let help = among("preset:", &names);
                let help = help.unwrap_or_else(|| format!("write `preset:` and one of {}", suggest::list(names)));
                ("unknown preset", help)
            }
            Unknown::Id => {
                let known = catalog::vendors().map(|vendor| vendor.scanner().id());
                let known: Vec<&str> = known.chain(self.own.iter().map(String::as_str)).collect();
                let general = "write an id of the catalogue or of a list of your own, `category:` and a category, \
                               `preset:` and a preset, or `all`";
                let help = among("", &known).unwrap_or_else(|| no_catalogue().unwrap_or(general).to_owned());
                ("unknown scanner", help)
            }
        };
        diagnostics.problem_with(*place, value, message, help);
    }
}

/// What to do about a build that knows nobody.
pub(super) fn no_catalogue() -> Option<&'static str> {
    let help =
        "this build has no catalogue: build it with the feature `catalog`, or name ranges in `[[scanners.list]]`";
    (!cfg!(feature = "catalog")).then_some(help)
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
