//! Selectors of scanners, in `scanners.use` and in a rule's `scanners`: an id, `category:…`, or `all`.

use super::super::de::At;
use super::super::error::Findings;
use crate::catalog::{self, Category, Scanner};
use crate::suggest;

/// What a selector selects.
pub(super) enum Selector<'a> {
    All,
    Category(Category),
    Id(&'a str),
}

impl<'a> Selector<'a> {
    /// Reads a selector. `own` are the ids of the file's own lists.
    pub(super) fn parse(text: &'a At<String>, own: &[&str], findings: &mut Findings) -> Option<Self> {
        let At { value, place } = text;
        if value == "all" {
            return Some(Selector::All);
        }
        if let Some(name) = value.strip_prefix("category:") {
            let known = category_named(name);
            if known.is_none() {
                let names: Vec<&str> = Category::ALL.iter().map(|category| category.as_str()).collect();
                let help = match suggest::nearest(name.trim(), names.iter().copied()) {
                    Some(name) => format!("write `category:{name}`"),
                    None => format!("write `category:` and one of {}", suggest::list(names)),
                };
                findings.problem_with(*place, value, "unknown category", help);
            }
            return known.map(Selector::Category);
        }
        if catalog::find(value).is_some() || own.contains(&value.as_str()) {
            return Some(Selector::Id(value));
        }
        if category_named(value).is_some() {
            findings.problem_with(
                *place,
                value,
                "this is a category, not a scanner",
                format!("write `category:{value}`"),
            );
            return None;
        }
        if let Some(id) = value.strip_prefix('!') {
            let help =
                format!("name those that are meant; single addresses of `{id}` can be put into `scanners.allow`");
            findings.problem_with(*place, value, "no scanner can be excluded here", help);
            return None;
        }
        let known = catalog::vendors().map(|vendor| vendor.scanner().id()).chain(own.iter().copied());
        let help = match suggest::nearest(value, known) {
            Some(id) => format!("write `{id}`"),
            None => {
                "write an id of the catalogue or of a list of your own, `category:` and a category, or `all`".into()
            }
        };
        findings.problem_with(*place, value, "unknown scanner", help);
        None
    }

    pub(super) fn selects(&self, scanner: &Scanner) -> bool {
        match self {
            Selector::All => true,
            Selector::Category(category) => scanner.category() == *category,
            Selector::Id(id) => scanner.id() == *id,
        }
    }
}

/// Reads the name of a category.
pub(super) fn category(name: &str, place: usize, findings: &mut Findings) -> Option<Category> {
    let category = category_named(name);
    if category.is_none() {
        let known: Vec<&str> = Category::ALL.iter().map(|category| category.as_str()).collect();
        findings.problem_with(place, name, "unknown category", suggest::name(name, &known));
    }
    category
}

fn category_named(name: &str) -> Option<Category> {
    Category::ALL.iter().copied().find(|category| category.as_str() == name)
}
