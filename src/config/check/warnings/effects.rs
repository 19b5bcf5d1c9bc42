//! Rules with another effect than intended, alone or by their order.

use std::collections::BTreeMap;

use crate::config::check::rules::{CheckedRule, decides_for};
use crate::config::check::selection::{Selectable, selectable};
use crate::config::check::selector::{Selector, Target};
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::{RawConfig, RawRule};
use crate::config::spanned::Spanned;
use crate::engine::CheckedConfig;
use crate::policy::{Action, Mode, PathSet, PathVariants, Pattern, Rule};
use crate::scanners::{Category, Identities, Reach};
use crate::util::suggest;

/// Maximum number of scanners of one category that a warning names.
const NAMED: usize = 4;

/// Maximum number of look-ups, each of one path in one pattern: policies with more are written by programs.
const MAX_LOOKUPS: usize = 1_000_000;

pub(super) fn find(raw: &RawConfig, checked: &CheckedConfig, diagnostics: &mut Diagnostics) {
    if checked.lists.is_empty() {
        no_scanner(raw, diagnostics);
        return;
    }
    ids_that_differ_in_case(&raw.rule, diagnostics);
    exceptions_that_come_too_late(&raw.rule, &checked.rules, diagnostics);
    opened_before(&raw.rule, &checked.rules, diagnostics);
    whole_site(raw, checked, diagnostics);
}

/// No scanner is in use, so no rule has an effect.
fn no_scanner(raw: &RawConfig, diagnostics: &mut Diagnostics) {
    let acts = raw.default_action.is_some_and(|action| action != Action::Tag);
    if raw.rule.is_empty() && !acts {
        return;
    }
    let place = raw
        .scanners
        .r#use
        .as_ref()
        .map_or_else(|| diagnostics.place_of_missing_key("scanners.use"), |texts| texts.place);
    let message = "no scanner is in use, so no rule has an effect";
    let help = "name scanners in `use`, or remove the key for all security scanners; or remove the rules";
    diagnostics.warning(place, message, help);
}

/// Ids that differ only in case: logs and counters name rules by id.
fn ids_that_differ_in_case(rules: &[Spanned<RawRule>], diagnostics: &mut Diagnostics) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for id in rules.iter().filter_map(|rule| rule.value.id.as_ref()) {
        if let Some(earlier) = seen.insert(id.value.to_lowercase(), &id.value).filter(|earlier| *earlier != id.value) {
            let message = format!("this id differs from `{earlier}` in its case alone");
            diagnostics.warning(id.place, message, "give each rule an id of its own");
        }
    }
}

/// Rules that allow requests which an earlier rule hides already. Exceptions must come first.
fn exceptions_that_come_too_late(texts: &[Spanned<RawRule>], rules: &[CheckedRule], diagnostics: &mut Diagnostics) {
    for (number, (rule, patterns)) in rules.iter().enumerate() {
        if rule.action.hides() || patterns.is_empty() {
            continue;
        }
        let covers_all = |(_, earlier): &CheckedRule| {
            patterns.iter().all(|pattern| earlier.iter().any(|wide| wide.covers(pattern) || covers_site(wide)))
        };
        // The comparison ignores audience and certainty: where the earlier rule does not act, this one does.
        let comes_first = |earlier: &&CheckedRule| {
            let as_wide = Rule { reach: Reach::FOR_TAGGING, ..earlier.0.clone() };
            earlier.0.action.hides()
                && earlier.0.expires.is_none()
                && decides_for(&as_wide, rule)
                && covers_all(earlier)
        };
        // If the earlier rule covers these too, it is a problem, which `rules.rs` reports.
        let Some((earlier, _)) = rules[..number].iter().find(comes_first) else { continue };
        let message = format!(
            "rule `{}` comes first, and {}s these requests wherever it acts on the address",
            earlier.id, earlier.action
        );
        let help = format!("move this rule before `{}`: the first rule that matches decides", earlier.id);
        diagnostics.warning(texts[number].place, message, help);
    }
}

/// Paths that a rule hides and an earlier wildcard opens. `/*` is usually meant for the remaining paths, but comes
/// before `/admin`.
fn opened_before(texts: &[Spanned<RawRule>], rules: &[CheckedRule], diagnostics: &mut Diagnostics) {
    let opening = |(rule, patterns): &CheckedRule| {
        // A temporary exception is intended.
        if rule.action.hides() || rule.expires.is_some() {
            Vec::new()
        } else {
            patterns.iter().filter(|pattern| has_wildcard(pattern)).cloned().collect()
        }
    };
    let wildcards: Vec<Vec<Pattern>> = rules.iter().map(opening).collect();
    let openings: usize = wildcards.iter().map(Vec::len).sum();
    let hidden: usize = rules.iter().filter(|(rule, _)| rule.action.hides()).map(|(_, patterns)| patterns.len()).sum();
    if openings == 0 || openings.saturating_mul(hidden) > MAX_LOOKUPS {
        return;
    }
    let Ok(paths) = PathSet::compile(wildcards.iter().map(Vec::as_slice)) else { return };
    for (number, (rule, patterns)) in rules.iter().enumerate().filter(|(_, (rule, _))| rule.action.hides()) {
        let Some(texts) = &texts[number].value.paths else { continue };
        for (text, pattern) in texts.value.iter().zip(patterns) {
            let example = example(pattern);
            let variants = PathVariants::of(&example);
            let Some(variant) = variants.iter().next() else { continue };
            let owners = paths.rules_for(variant);
            let earlier = owners.into_iter().filter(|owner| *owner < number);
            let mut deciding = earlier.filter(|owner| decides_for_addresses(&rules[*owner].0, rule));
            let Some(owner) = deciding.next() else { continue };
            let opener = &rules[owner].0;
            let wide = paths.pattern_for(owner, variant).map(ToString::to_string).unwrap_or_default();
            let message = format!(
                "rule `{}` comes first, and its `{wide}` {}s `{example}`, so that this rule does not protect it",
                opener.id, opener.action
            );
            let help = format!("move this rule before `{}`: the first rule that matches decides", opener.id);
            diagnostics.warning(text.place, message, help);
        }
    }
}

/// Rules that hide the whole site from search engines, monitors or people's assistants. A rule that names these
/// scanners confirms that this is intended.
fn whole_site(raw: &RawConfig, checked: &CheckedConfig, diagnostics: &mut Diagnostics) {
    let in_use: Vec<Selectable<'_>> = checked.lists.iter().flat_map(selectable).collect();
    let listed = checked.lists.iter().map(|list| list.scanner.id());
    let own: Vec<&str> = listed.chain(checked.claims.iter().map(|claim| claim.scanner.id())).collect();
    let mut exempt: Vec<usize> = Vec::new();
    for (number, (rule, patterns)) in checked.rules.iter().enumerate() {
        if !patterns.iter().any(covers_site) || rule.hosts.is_some() || rule.mode == Mode::Observe {
            continue;
        }
        let takes = |group: usize| rule.scanners.as_ref().is_none_or(|set| set.contains(group));
        if rule.action.hides() && !rule.identities.include_real_bots() {
            continue;
        }
        if !rule.action.hides() {
            exempt.extend((0..in_use.len()).filter(|group| takes(*group)));
            continue;
        }
        let RawRule { scanners, paths, .. } = &raw.rule[number].value;
        let named: Vec<Selector<'_>> = scanners
            .iter()
            .flat_map(|texts| &texts.value)
            .filter_map(|text| Selector::parse(text, &own, diagnostics))
            .filter(|selector| !selector.excludes && selector.target != Target::All)
            .collect();
        let is_affected = |(number, group): &(usize, &Selectable<'_>)| {
            takes(*number)
                && !exempt.contains(number)
                && rule.reach.covers(group.audience, group.certainty)
                && !named.iter().any(|selector| selector.target.names(group.scanner))
        };
        let affected = wanted(in_use.iter().enumerate().filter(is_affected).map(|(_, group)| group));
        if affected.is_empty() {
            continue;
        }
        let place = paths.as_ref().map_or(raw.rule[number].place, |paths| paths.place);
        let message = format!("this rule {}s the whole site for {affected}", rule.action);
        let help = "exclude them, as in `scanners = [\"all\", \"!category:search-engine\"]`, let them through by an earlier rule, \
                    or name them in `scanners` if that is meant";
        diagnostics.warning(place, message, help);
    }
    let default = checked.default_action;
    if default.hides() && checked.mode == Mode::Enforce {
        let is_affected = |(number, group): &(usize, &Selectable<'_>)| {
            !exempt.contains(number) && Reach::FOR_HIDING.covers(group.audience, group.certainty)
        };
        let affected = wanted(in_use.iter().enumerate().filter(is_affected).map(|(_, group)| group));
        if !affected.is_empty() {
            let place = raw
                .scanners
                .r#use
                .as_ref()
                .map_or_else(|| diagnostics.place_of_missing_key("default_action"), |texts| texts.place);
            let message = format!("`default_action` {default}s the whole site for {affected}");
            let help = "write `default_action = \"tag\"` and rules for the paths that are to be hidden, or let them through by \
                        a rule";
            diagnostics.warning(place, message, help);
        }
    }
}

/// `search engines (`google-googlebot`, …) and uptime monitors (`pingdom`)`; empty if the groups contain none of these.
fn wanted<'a>(groups: impl Iterator<Item = &'a Selectable<'a>>) -> String {
    let kinds = [
        (Category::SearchEngine, "search engines"),
        (Category::UptimeMonitor, "uptime monitors"),
        (Category::LinkPreview, "link previews"),
        (Category::AiFetcher, "assistants that people use"),
    ];
    let mut found: Vec<(&str, Vec<&str>)> = kinds.iter().map(|(_, name)| (*name, Vec::new())).collect();
    for group in groups {
        let kind = kinds.iter().position(|(category, _)| *category == group.scanner.category());
        let ids = kind.map(|kind| &mut found[kind].1).filter(|ids| ids.last() != Some(&group.scanner.id()));
        ids.into_iter().for_each(|ids| ids.push(group.scanner.id()));
    }
    let shown = found.iter().filter(|(_, ids)| !ids.is_empty()).map(|(name, ids)| {
        let more = if ids.len() > NAMED { " …" } else { "" };
        format!("{name} ({}{more})", suggest::list(ids.iter().take(NAMED).copied()))
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Whether the pattern covers every path.
fn covers_site(pattern: &Pattern) -> bool {
    matches!(pattern.to_string().as_str(), "/" | "/**" | "/**/**")
}

fn has_wildcard(pattern: &Pattern) -> bool {
    pattern.to_string().contains('*')
}

/// A path that the pattern covers.
fn example(pattern: &Pattern) -> String {
    let text = pattern.to_string();
    let path = text.trim_start_matches('=').trim_end_matches("/**");
    let path = path.replace("**", "any/where").replace('*', "any");
    if path.is_empty() { "/".to_owned() } else { path }
}

/// Whether `earlier` decides for every address that matches `later`. An allow rule leaves unproved claims to later rules,
/// unless it has `identity`.
fn decides_for_addresses(earlier: &Rule, later: &Rule) -> bool {
    if earlier.identities == Identities::PROVED && later.identities == Identities::ALL {
        return decides_for(&Rule { identities: Identities::ALL, ..earlier.clone() }, later);
    }
    decides_for(earlier, later)
}
