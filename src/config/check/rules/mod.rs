//! `[[rule]]`

mod ids;
mod order;

use std::sync::Arc;

use http::Method;

use self::ids::Ids;
pub(super) use self::order::decides_for;
use self::order::shadowing;
use super::expires;
use super::lists::Scanners;
use super::missing::missing;
use super::reach::Unreachable;
use super::selection::{self, Selectable, Selection, selectable, selectable_claim};
use super::written;
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::{IdentityName, RawRule};
use crate::config::spanned::Spanned;
use crate::identity::{By, Identity};
use crate::policy::{Action, Coverage, HostPattern, Pattern, Rule};
use crate::scanners::{Audience, Group, GroupSet, Identities, Reach, RuleAudience};

/// Maximum number of patterns with a wildcard inside. The path of each request of a scanner is searched for the words of
/// all of them (`policy/wildcards.rs`), which `cargo bench --bench scale` measures. Other patterns are looked up, so their
/// number has no limit.
const MAX_WILDCARDS: usize = 1000;

/// A rule and its path patterns.
pub(crate) type CheckedRule = (Rule, Vec<Pattern>);

pub(super) fn check(
    raw: &[Spanned<RawRule>],
    scanners: &Scanners<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<CheckedRule> {
    let mut ids = Ids::new(raw);
    let mut wildcards = 0;
    let mut paths = |rule: &Spanned<RawRule>| patterns(&rule.value, rule.place, &mut wildcards, diagnostics);
    let paths: Vec<Vec<Pattern>> = raw.iter().map(&mut paths).collect();
    let mut rules: Vec<Option<Rule>> = Vec::with_capacity(raw.len());
    let mut before = Coverage::default();
    for (number, (Spanned { value, place }, patterns)) in raw.iter().zip(&paths).enumerate() {
        let id = ids.check(value, number, diagnostics);
        let rule = rule(value, *place, id, scanners, diagnostics);
        if let Some(rule) = &rule {
            if let Some(earlier) = shadowing(rule, patterns, &rules, &before) {
                let message = format!("this rule can never match: rule `{}` comes first and covers it", earlier.id);
                diagnostics.problem_with(*place, &rule.id, message, "move it before that rule, or remove it");
            }
            // A rule that expires does not cover later rules for ever.
            if rule.expires.is_none() {
                patterns.iter().for_each(|pattern| before.add(number, pattern));
            }
        }
        rules.push(rule);
    }
    rules.into_iter().zip(paths).filter_map(|(rule, patterns)| Some((rule?, patterns))).collect()
}

/// A rule without its paths; `None` if it has no action.
fn rule(
    raw: &RawRule,
    place: usize,
    id: Arc<str>,
    scanners: &Scanners<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Rule> {
    let Some(action) = raw.action else {
        missing(place, "action", "write `action = \"tag\"`, `\"decoy\"`, `\"block\"` or `\"allow\"`", diagnostics);
        return None;
    };
    let default = default_reach(action);
    let serves = raw.serves.unwrap_or_default();
    let reach = Reach {
        audience: raw.audience.unwrap_or(default.audience),
        certainty: raw.certainty.unwrap_or(default.certainty),
        serves: action.hides().then_some(serves),
    };
    Some(Rule {
        id,
        methods: methods(raw, diagnostics),
        hosts: hosts(raw, diagnostics),
        scanners: selected(raw, scanners, action, reach, diagnostics),
        identities: identities(raw, scanners, action, diagnostics),
        reach,
        serves,
        action,
        mode: raw.mode.unwrap_or_default(),
        expires: expires::check(raw.expires.as_ref(), diagnostics),
    })
}

/// `identity`: the identities that the rule matches.
fn identities(rule: &RawRule, scanners: &Scanners<'_>, action: Action, diagnostics: &mut Diagnostics) -> Identities {
    let by_agent = scanners.matching.by_agent;
    let Some(names) = &rule.identity else {
        return if by_agent && action == Action::Allow { Identities::PROVED } else { Identities::ALL };
    };
    not_empty(names, "name an identity such as `verified`, or remove the key", diagnostics);
    let given = || names.value.iter().map(|name| name.value.identity());
    if !by_agent && !given().any(|identity| identity == Identity::Undeclared) && !names.value.is_empty() {
        let message = "this rule can never match: without `agent` in `scanners.match`, no request has a claim";
        diagnostics.problem(
            names.place,
            message,
            "write `match = [\"address\", \"agent\"]` in `[scanners]`, or remove the key",
        );
    }
    Identities::only(given())
}

impl IdentityName {
    fn identity(self) -> Identity {
        match self {
            IdentityName::Verified => Identity::Verified(By::List),
            IdentityName::Forged => Identity::Forged,
            IdentityName::Claimed => Identity::Claimed,
            IdentityName::Unproven => Identity::Unproven,
            IdentityName::Undeclared => Identity::Undeclared,
        }
    }
}

fn default_reach(action: Action) -> Reach {
    if action.hides() { Reach::FOR_HIDING } else { Reach::FOR_TAGGING }
}

/// `wildcards` counts the patterns with a wildcard in all rules.
fn patterns(rule: &RawRule, place: usize, wildcards: &mut usize, diagnostics: &mut Diagnostics) -> Vec<Pattern> {
    let Some(paths) = &rule.paths else {
        missing(place, "paths", "name what it protects, or write `paths = [\"/\"]` for the whole site", diagnostics);
        return Vec::new();
    };
    not_empty(paths, "name a path, or write `paths = [\"/\"]` for the whole site", diagnostics);
    let mut patterns = Vec::new();
    for Spanned { value, place } in &paths.value {
        if let Some((message, help)) = written::path(value) {
            diagnostics.problem_with(*place, value, message, help);
            continue;
        }
        match Pattern::parse(value) {
            Ok(pattern) => {
                *wildcards += usize::from(pattern.is_searched_for());
                if pattern.is_searched_for() && *wildcards == MAX_WILDCARDS + 1 {
                    let message = format!("more than {MAX_WILDCARDS} patterns contain a wildcard");
                    let help = "write folders instead, which have no limit: `/admin` covers all paths below it, as `/admin/**` \
                                does";
                    diagnostics.problem_with(*place, value, message, help);
                }
                patterns.push(pattern);
            }
            Err(error) => diagnostics.problem_with(*place, value, error.message, error.help),
        }
    }
    patterns
}

fn methods(rule: &RawRule, diagnostics: &mut Diagnostics) -> Option<Vec<String>> {
    let methods = rule.methods.as_ref()?;
    not_empty(methods, "name a method, or remove the key for all methods", diagnostics);
    for Spanned { value, place } in &methods.value {
        if ["*", "ALL", "ANY"].contains(&value.to_uppercase().as_str()) {
            let message = "this can never match: no method has this name";
            diagnostics.problem_with(*place, value, message, "remove the key for all methods");
        } else if let Some((message, help)) = written::method(value) {
            diagnostics.problem_with(*place, value, message, help);
        } else if Method::from_bytes(value.as_bytes()).is_err() {
            diagnostics.problem_with(*place, value, "not an HTTP method", "write a method such as `GET`");
        }
    }
    Some(methods.value.iter().map(|method| method.value.to_uppercase()).collect())
}

fn hosts(rule: &RawRule, diagnostics: &mut Diagnostics) -> Option<Vec<HostPattern>> {
    let hosts = rule.hosts.as_ref()?;
    not_empty(hosts, "name a host, or remove the key for all hosts", diagnostics);
    Some(super::hosts::patterns(hosts, diagnostics))
}

/// The groups of ranges that a rule selects. It is an error if the rule acts on none of them.
fn selected(
    rule: &RawRule,
    all: &Scanners<'_>,
    action: Action,
    reach: Reach,
    diagnostics: &mut Diagnostics,
) -> Option<GroupSet> {
    let texts = rule.scanners.as_ref()?;
    not_empty(texts, "name a scanner, or remove the key for all in use", diagnostics);
    let listed = all.lists.iter().map(|list| list.scanner.id());
    let own: Vec<&str> = listed.chain(all.claims.iter().map(|claim| claim.scanner.id())).collect();
    let selection = Selection::in_rule(&texts.value, &own, diagnostics);
    let groups: Vec<&Group> = all.lists.iter().flat_map(|list| &list.groups).collect();
    let claims = all.claims.iter().map(|claim| selectable_claim(&claim.scanner, claim.audience));
    let selectable: Vec<Selectable<'_>> = all.lists.iter().flat_map(selectable).chain(claims).collect();
    selection.check_effect(&selectable, diagnostics, |selector, diagnostics| {
        selection::report_unused(selector, all.in_use, diagnostics);
    });
    let ranges = groups.len();
    let taken = |(number, group): (usize, &Selectable<'_>)| match number < ranges {
        true => selection.takes(*group),
        false => selection.takes_claim(group.scanner, group.audience),
    };
    let members: Vec<bool> = selectable.iter().enumerate().map(taken).collect();
    let has_claim = members.get(ranges..).is_some_and(|claims| claims.contains(&true));
    let chosen: Vec<&Group> =
        members.iter().zip(groups).filter(|(member, _)| **member).map(|(_, group)| group).collect();
    if chosen.is_empty()
        && !has_claim
        && !texts.value.is_empty()
        && !diagnostics.concerns(diagnostics.path(texts.place))
    {
        let message = "this rule can never match: its exclusions leave no scanner";
        diagnostics.problem(texts.place, message, "remove an exclusion, or the rule");
    }
    if let Some(Unreachable { reason, help }) = Unreachable::all_of(&chosen, reach) {
        let help = if action.hides() { format!("{help}, or `action = \"tag\"`") } else { help };
        diagnostics.problem(texts.place, format!("this rule can never match: {reason}"), help);
    }
    let claimed = selectable.iter().zip(&members).skip(ranges).filter(|(_, member)| **member).map(|(claim, _)| claim);
    let is_people = |claim: &Selectable<'_>| claim.audience == Audience::Shared;
    if chosen.is_empty() && has_claim && reach.audience == RuleAudience::Exclusive && claimed.clone().all(is_people) {
        let message = "this rule can never match: devices of people send these user agents too";
        diagnostics.problem(
            texts.place,
            message,
            "write `audience = \"any\"` to act on these people as well, or `action = \"tag\"`",
        );
    }
    Some(GroupSet::new(members))
}

fn not_empty<T>(list: &Spanned<Vec<T>>, help: &str, diagnostics: &mut Diagnostics) {
    if list.value.is_empty() && !diagnostics.concerns(diagnostics.path(list.place)) {
        diagnostics.problem(list.place, "this rule can never match: the list is empty", help);
    }
}
