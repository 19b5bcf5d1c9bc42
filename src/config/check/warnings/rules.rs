//! `[[rule]]`

use std::collections::HashSet;

use super::{paths, scanners};
use crate::config::check::reach::Unreachable;
use crate::config::check::rules::{CheckedRule, decides_for};
use crate::config::check::selection::{Selectable, selectable};
use crate::config::check::selector::Selector;
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::RawRule;
use crate::config::spanned::Spanned;
use crate::engine::CheckedConfig;
use crate::policy::{Action, Coverage, Rule, covers_method};
use crate::scanners::{Audience, Certainty, Group, RuleAudience, ScannerList};
use crate::util::suggest;

/// Standard methods (RFC 9110, RFC 5789), methods of `WebDAV` (RFC 4918), and methods that exist but look like a typo of
/// these (RFC 2068, and methods that scanners try).
const METHODS: &[&str] = &[
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "LINK",
    "UNLINK",
    "TRACK",
];

pub(super) fn find(raw: &[Spanned<RawRule>], checked: &CheckedConfig, diagnostics: &mut Diagnostics) {
    let in_use: Vec<Selectable<'_>> = checked.lists.iter().flat_map(selectable).collect();
    let listed = checked.lists.iter().map(|list| list.scanner.id());
    let own: Vec<&str> = listed.chain(checked.claims.iter().map(|claim| claim.scanner.id())).collect();
    let mut before = Coverage::default();
    for (number, (text, rule)) in raw.iter().zip(&checked.rules).enumerate() {
        let text = &text.value;
        if let Some(texts) = &text.paths {
            paths::find(&texts.value, &rule.1, diagnostics);
            shadowed_paths(&texts.value, rule, &checked.rules[..number], &before, diagnostics);
        }
        // After this rule expires, a later rule for the same path decides.
        if rule.0.expires.is_none() {
            rule.1.iter().for_each(|pattern| before.add(number, pattern));
        }
        methods(text, diagnostics);
        repeated_hosts(text, diagnostics);
        if let Some(texts) = &text.scanners {
            scanners::selectors(&texts.value, &own, &in_use, Certainty::Registered, diagnostics);
            out_of_reach(&texts.value, &own, &rule.0, &checked.lists, diagnostics);
        }
        affected_people(text, raw[number].place, &rule.0, &checked.lists, diagnostics);
        unproved_claims(text, &rule.0, diagnostics);
    }
}

/// Paths on which an earlier rule decides every request of this rule.
fn shadowed_paths(
    texts: &[Spanned<String>],
    (rule, patterns): &CheckedRule,
    earlier: &[CheckedRule],
    before: &Coverage<'_>,
    diagnostics: &mut Diagnostics,
) {
    for (text, pattern) in texts.iter().zip(patterns) {
        let mut around = before.owners_around(pattern).into_iter().map(|owner| &earlier[owner].0);
        if let Some(other) = around.find(|other| decides_for(other, rule)) {
            let message = format!("rule `{}` comes first and decides for this path", other.id);
            diagnostics.warning(text.place, message, "move this rule before that one, or remove the path here");
        }
    }
}

fn methods(rule: &RawRule, diagnostics: &mut Diagnostics) {
    let Some(texts) = &rule.methods else { return };
    let mut before: Vec<String> = Vec::new();
    for Spanned { value, place } in &texts.value {
        let method = value.to_uppercase();
        if covers_method(&before, &method) {
            let message =
                if before.contains(&method) { "this method is named twice" } else { "GET covers HEAD already" };
            diagnostics.warning(*place, message, "remove it");
        } else if !METHODS.contains(&method.as_str())
            && let Some(near) = suggest::nearest(&method, METHODS.iter().copied())
        {
            diagnostics.warning(*place, "no request has this method", format!("write `{near}`"));
        }
        before.push(method);
    }
}

fn repeated_hosts(rule: &RawRule, diagnostics: &mut Diagnostics) {
    let Some(texts) = &rule.hosts else { return };
    let mut seen = HashSet::new();
    for Spanned { value, place } in &texts.value {
        if !seen.insert(value.to_ascii_lowercase()) {
            diagnostics.warning(*place, "this host is named twice", "remove it");
        }
    }
}

/// Scanners that a rule names but never acts on, because of the audience or the certainty of their ranges.
fn out_of_reach(
    texts: &[Spanned<String>],
    own: &[&str],
    rule: &Rule,
    lists: &[ScannerList],
    diagnostics: &mut Diagnostics,
) {
    for text in texts {
        let selector = Selector::parse(text, own, diagnostics).filter(|selector| !selector.excludes);
        let Some(selector) = selector else { continue };
        let takes = |group: &Selectable<'_>| {
            selector.takes(group.scanner, group.audience, group.certainty, Certainty::Registered)
        };
        let groups = lists.iter().flat_map(|list| selectable(list).zip(&list.groups));
        let selected: Vec<&Group> =
            groups.filter(|(selectable, _)| takes(selectable)).map(|(_, group)| group).collect();
        if let Some(Unreachable { reason, help }) = Unreachable::all_of(&selected, rule.reach) {
            let help = format!("remove it, or give it a rule of its own: {help}");
            diagnostics.warning(text.place, format!("this rule never acts on it: {reason}"), help);
        }
    }
}

/// A rule that allows unproved claims.
fn unproved_claims(text: &RawRule, rule: &Rule, diagnostics: &mut Diagnostics) {
    let Some(names) = text.identity.as_ref().filter(|_| rule.action == Action::Allow) else { return };
    if rule.identities.include_unproved() {
        let message = "this rule allows every request with the name of such a bot in the user agent";
        let help =
            "write `identity = [\"verified\"]`; add `\"undeclared\"` to allow its addresses without the name of a bot";
        diagnostics.warning(names.place, message, help);
    }
}

/// A rule that acts on people, since they share their addresses with a scanner. A rule that names these scanners confirms
/// that this is intended.
fn affected_people(text: &RawRule, place: usize, rule: &Rule, lists: &[ScannerList], diagnostics: &mut Diagnostics) {
    if !rule.action.hides() || rule.reach.audience != RuleAudience::Any {
        return;
    }
    let chosen = |number: usize| rule.scanners.as_ref().is_none_or(|set| set.contains(number));
    let bare = |text: &str, id: &str| text.split('@').next() == Some(id);
    let named = |id: &str| text.scanners.iter().flat_map(|texts| &texts.value).any(|text| bare(&text.value, id));
    let groups = lists.iter().flat_map(selectable).enumerate();
    let mut behind: Vec<&str> = groups
        .filter(|(number, group)| {
            chosen(*number) && group.audience == Audience::Shared && group.certainty >= rule.reach.certainty
        })
        .map(|(_, group)| group.scanner.id())
        .filter(|id| !named(id))
        .collect();
    behind.dedup();
    if behind.is_empty() {
        return;
    }
    let message =
        format!("people use ranges of {}, and this rule acts on them too", suggest::list(behind.iter().copied()));
    let place = text.scanners.as_ref().map_or(place, |texts| texts.place);
    let help = "remove `audience = \"any\"`, or name these scanners in `scanners` if that is meant";
    diagnostics.warning(place, message, help);
}
