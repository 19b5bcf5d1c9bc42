//! `[[rule]]`

use std::collections::HashSet;
use std::sync::Arc;

use http::Method;

use super::super::de::At;
use super::super::error::Findings;
use super::super::raw::RawRule;
use super::lists::{Scanners, missing};
use super::selection::{self, Choosable, Selection, choosable};
use crate::catalog::Group;
use crate::policy::{Confidence, GroupSet, HostPattern, Mode, Pattern, Rule, covers_method};

/// A rule and its path patterns.
pub(crate) type CheckedRule = (Rule, Vec<Pattern>);

pub(super) fn check(raw: &[At<RawRule>], scanners: &Scanners, findings: &mut Findings) -> Vec<CheckedRule> {
    let mut ids = HashSet::new();
    let mut rules: Vec<CheckedRule> = Vec::new();
    for (number, At { value, place }) in raw.iter().enumerate() {
        let id = id(value, number, &mut ids, findings);
        let patterns = patterns(value, *place, findings);
        let Some(action) = value.action else {
            missing(*place, "action", "write `action = \"tag\"`, `\"decoy\"`, `\"block\"` or `\"allow\"`", findings);
            continue;
        };
        let default = if action.hides() { Confidence::Exclusive } else { Confidence::Any };
        let confidence = value.confidence.unwrap_or(default);
        let rule = Rule {
            id,
            methods: methods(value, findings),
            hosts: hosts(value, findings),
            scanners: selected(value, scanners, confidence, findings),
            confidence,
            action,
            mode: value.mode.unwrap_or_default(),
        };
        if let Some((earlier, _)) = rules.iter().find(|(earlier, theirs)| shadows(earlier, theirs, &rule, &patterns)) {
            let message = format!("this rule can never match: rule `{}` comes first and covers it", earlier.id);
            findings.problem_with(*place, &rule.id, message, "move it before that rule, or remove it");
        }
        rules.push((rule, patterns));
    }
    rules
}

fn id<'a>(rule: &'a RawRule, number: usize, seen: &mut HashSet<&'a str>, findings: &mut Findings) -> Arc<str> {
    let Some(At { value, place }) = &rule.id else {
        // The default may be taken by a rule that was given such a name.
        let free = |number: &usize| !seen.contains(format!("rule-{number}").as_str());
        return (number + 1..).find(free).map_or_else(|| "rule".into(), |number| format!("rule-{number}").into());
    };
    if value.is_empty() || value.chars().any(|c| c.is_control() || c.is_whitespace()) {
        findings.problem_with(*place, value, "an id is one word", "write an id such as `admin-area`");
    }
    if !seen.insert(value) {
        findings.problem_with(*place, value, "this id is taken by an earlier rule", "give each rule an id of its own");
    }
    value.as_str().into()
}

fn patterns(rule: &RawRule, place: usize, findings: &mut Findings) -> Vec<Pattern> {
    let Some(paths) = &rule.paths else {
        missing(place, "paths", "name what it protects, or write `paths = [\"/\"]` for the whole site", findings);
        return Vec::new();
    };
    not_empty(paths, "name a path, or write `paths = [\"/\"]` for the whole site", findings);
    let mut patterns = Vec::new();
    for At { value, place } in &paths.value {
        match Pattern::parse(value) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => findings.problem_with(*place, value, error.message, error.help),
        }
    }
    patterns
}

fn methods(rule: &RawRule, findings: &mut Findings) -> Option<Vec<String>> {
    let methods = rule.methods.as_ref()?;
    not_empty(methods, "name a method, or remove the key for all methods", findings);
    for At { value, place } in &methods.value {
        if ["*", "ALL", "ANY"].contains(&value.to_uppercase().as_str()) {
            let message = "this can never match: a method is named as requests name it";
            findings.problem_with(*place, value, message, "remove the key for all methods");
        } else if Method::from_bytes(value.as_bytes()).is_err() {
            findings.problem_with(*place, value, "not an HTTP method", "write a method such as `GET`");
        }
    }
    Some(methods.value.iter().map(|method| method.value.to_uppercase()).collect())
}

fn hosts(rule: &RawRule, findings: &mut Findings) -> Option<Vec<HostPattern>> {
    let hosts = rule.hosts.as_ref()?;
    not_empty(hosts, "name a host, or remove the key for all hosts", findings);
    let mut patterns = Vec::new();
    for At { value, place } in &hosts.value {
        match HostPattern::parse(value) {
            Ok(pattern) => patterns.push(pattern),
            Err(help) => findings.problem_with(*place, value, "not a host name", help),
        }
    }
    Some(patterns)
}

/// The scanners of a rule, or rather their groups of ranges. It is an error if none of them can ever be met.
fn selected(rule: &RawRule, all: &Scanners, confidence: Confidence, findings: &mut Findings) -> Option<GroupSet> {
    let texts = rule.scanners.as_ref()?;
    not_empty(texts, "name a scanner, or remove the key for all in use", findings);
    let own: Vec<&str> = all.lists.iter().map(|list| list.scanner.id()).collect();
    let selection = Selection::in_rule(&texts.value, &own, findings);
    let groups: Vec<&Group> = all.lists.iter().flat_map(|list| &list.groups).collect();
    let choosable: Vec<Choosable<'_>> = all.lists.iter().flat_map(choosable).collect();
    selection.check_effect(&choosable, findings, selection::report_unused);
    let members: Vec<bool> = choosable.iter().map(|group| selection.takes(*group)).collect();
    let mut chosen = members.iter().zip(groups).filter(|(member, _)| **member).map(|(_, group)| group).peekable();
    let nobody = chosen.peek().is_none();
    if nobody && !texts.value.is_empty() && !findings.concerns(findings.path(texts.place)) {
        let message = "this rule can never match: its exclusions leave nobody";
        findings.problem(texts.place, message, "remove an exclusion, or the rule");
    }
    if confidence == Confidence::Exclusive && !nobody && !chosen.any(Group::is_safe_to_act_on) {
        let message =
            "this rule can never match: people may be behind all ranges of its scanners, or nobody has seen them scan";
        findings.problem(
            texts.place,
            message,
            "write `confidence = \"any\"` to act on people as well, or `action = \"tag\"`",
        );
    }
    Some(GroupSet::new(members))
}

fn not_empty<T>(list: &At<Vec<T>>, help: &str, findings: &mut Findings) {
    if list.value.is_empty() && !findings.concerns(findings.path(list.place)) {
        findings.problem(list.place, "this rule can never match: the list is empty", help);
    }
}

/// Whether `earlier` decides whatever `later` could decide.
fn shadows(earlier: &Rule, earlier_paths: &[Pattern], later: &Rule, later_paths: &[Pattern]) -> bool {
    let covered = |later: &Pattern| earlier_paths.iter().any(|earlier| earlier.covers(later));
    decides_for(earlier, later) && !later_paths.is_empty() && later_paths.iter().all(covered)
}

/// Whether `earlier` decides for every request, on a path of its own, that fits `later` apart from the path.
pub(super) fn decides_for(earlier: &Rule, later: &Rule) -> bool {
    let methods = match (&earlier.methods, &later.methods) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => narrow.iter().all(|method| covers_method(wide, method)),
    };
    let hosts = match (&earlier.hosts, &later.hosts) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => narrow.iter().all(|host| wide.contains(host)),
    };
    let scanners = match (&earlier.scanners, &later.scanners) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => wide.is_superset(narrow),
    };
    let confidence = earlier.confidence == Confidence::Any || earlier.confidence == later.confidence;
    let observed = earlier.mode == Mode::Observe && later.mode == Mode::Enforce;
    methods && hosts && scanners && confidence && !observed
}
