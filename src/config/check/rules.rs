//! `[[rule]]`

use std::collections::HashSet;
use std::sync::Arc;

use http::Method;

use super::lists::{Scanners, missing};
use super::reach::Unreachable;
use super::selection::{self, Choosable, Selection, choosable, choosable_claim};
use super::written;
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::{IdentityName, RawRule};
use crate::config::spanned::Spanned;
use crate::identity::{By, Identity};
use crate::policy::{Action, Coverage, HostPattern, Mode, Pattern, Rule, covers_method};
use crate::scanners::{Audience, Group, GroupSet, Identities, Reach, RuleAudience};

/// So many patterns may hold a wildcard. A scanner's request is held against each of them, which takes about 0.1 ms for
/// a thousand (`cargo bench --bench scale`); those without are looked up, whatever their number.
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
        let id = id(value, number, &mut ids, diagnostics);
        let rule = rule(value, *place, id, scanners, diagnostics);
        if let Some(rule) = &rule {
            if let Some(earlier) = shadowing(rule, patterns, &rules, &before) {
                let message = format!("this rule can never match: rule `{}` comes first and covers it", earlier.id);
                diagnostics.problem_with(*place, &rule.id, message, "move it before that rule, or remove it");
            }
            patterns.iter().for_each(|pattern| before.add(number, pattern));
        }
        rules.push(rule);
    }
    rules.into_iter().zip(paths).filter_map(|(rule, patterns)| Some((rule?, patterns))).collect()
}

/// A rule without its paths; `None` where nobody can say what it is to do.
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
    })
}

/// Who of the scanners is meant.
fn identities(rule: &RawRule, scanners: &Scanners<'_>, action: Action, diagnostics: &mut Diagnostics) -> Identities {
    let by_agent = scanners.matching.by_agent;
    let Some(names) = &rule.identity else {
        return if by_agent && action == Action::Allow { Identities::PROVED } else { Identities::ALL };
    };
    not_empty(names, "name an identity such as `verified`, or remove the key", diagnostics);
    let given = || names.value.iter().map(|name| name.value.identity());
    if !by_agent && !given().any(|identity| identity == Identity::Undeclared) && !names.value.is_empty() {
        let message = "this rule can never match: `scanners.match` leaves agents out, so nobody claims anything";
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
    if action.hides() { Reach::CAUTIOUS } else { Reach::EVERYTHING }
}

/// The ids of rules, of which no two are alike: by their ids, counts go on after a reload, and logs name rules.
struct Ids<'a> {
    /// All that the file gives, so that no default takes one of them.
    given: HashSet<&'a str>,
    seen: HashSet<&'a str>,
    /// No default so far has had this number or a higher one.
    next: usize,
}

impl<'a> Ids<'a> {
    fn new(rules: &'a [Spanned<RawRule>]) -> Self {
        let given = rules.iter().filter_map(|rule| Some(rule.value.id.as_ref()?.value.as_str())).collect();
        Self { given, seen: HashSet::new(), next: 1 }
    }

    /// `rule-3` for the third rule, unless another one has that name.
    fn default(&mut self, number: usize) -> Arc<str> {
        let mut free = self.next.max(number + 1);
        while self.given.contains(format!("rule-{free}").as_str()) {
            free += 1;
        }
        self.next = free + 1;
        format!("rule-{free}").into()
    }
}

fn id<'a>(rule: &'a RawRule, number: usize, ids: &mut Ids<'a>, diagnostics: &mut Diagnostics) -> Arc<str> {
    let Some(Spanned { value, place }) = &rule.id else { return ids.default(number) };
    if value.is_empty() || value.chars().any(|c| c.is_control() || c.is_whitespace()) {
        diagnostics.problem_with(*place, value, "an id is one word", "write an id such as `admin-area`");
    }
    if !ids.seen.insert(value) {
        diagnostics.problem_with(
            *place,
            value,
            "this id is taken by an earlier rule",
            "give each rule an id of its own",
        );
    }
    value.as_str().into()
}

/// `wildcards` counts the patterns of all rules that hold one.
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
                    let message = format!("more than {MAX_WILDCARDS} patterns hold a wildcard");
                    let help = "name folders where that will do, of which there may be any number: `/admin` covers all \
                                below it, and so does `/admin/**`";
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
            let message = "this can never match: a method is named as requests name it";
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
    let mut patterns = Vec::new();
    for Spanned { value, place } in &hosts.value {
        if let Some((message, help)) = written::host(value) {
            diagnostics.problem_with(*place, value, message, help);
            continue;
        }
        match HostPattern::parse(value) {
            Ok(pattern) => patterns.push(pattern),
            Err(help) => diagnostics.problem_with(*place, value, "not a host name", help),
        }
    }
    Some(patterns)
}

/// The scanners of a rule, or rather their groups of ranges. It is an error if none of them can ever be met.
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
    let claims = all.claims.iter().map(|claim| choosable_claim(&claim.scanner, claim.audience));
    let choosable: Vec<Choosable<'_>> = all.lists.iter().flat_map(choosable).chain(claims).collect();
    selection.check_effect(&choosable, diagnostics, |selector, diagnostics| {
        selection::report_unused(selector, all.in_use, diagnostics);
    });
    let ranges = groups.len();
    let taken = |(number, group): (usize, &Choosable<'_>)| match number < ranges {
        true => selection.takes(*group),
        false => selection.takes_claim(group.scanner, group.audience),
    };
    let members: Vec<bool> = choosable.iter().enumerate().map(taken).collect();
    let has_claim = members.get(ranges..).is_some_and(|claims| claims.contains(&true));
    let chosen: Vec<&Group> =
        members.iter().zip(groups).filter(|(member, _)| **member).map(|(_, group)| group).collect();
    if chosen.is_empty()
        && !has_claim
        && !texts.value.is_empty()
        && !diagnostics.concerns(diagnostics.path(texts.place))
    {
        let message = "this rule can never match: its exclusions leave nobody";
        diagnostics.problem(texts.place, message, "remove an exclusion, or the rule");
    }
    if let Some(Unreachable { reason, help }) = Unreachable::all_of(&chosen, reach) {
        let help = if action.hides() { format!("{help}, or `action = \"tag\"`") } else { help };
        diagnostics.problem(texts.place, format!("this rule can never match: {reason}"), help);
    }
    let claimed = choosable.iter().zip(&members).skip(ranges).filter(|(_, member)| **member).map(|(claim, _)| claim);
    let is_people = |claim: &Choosable<'_>| claim.audience == Audience::Shared;
    if chosen.is_empty() && has_claim && reach.audience == RuleAudience::Exclusive && claimed.clone().all(is_people) {
        let message = "this rule can never match: people's own devices send these agents, too";
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

/// The first earlier rule that decides whatever this one could decide.
fn shadowing<'a>(
    rule: &Rule,
    patterns: &[Pattern],
    earlier: &'a [Option<Rule>],
    paths: &Coverage<'_>,
) -> Option<&'a Rule> {
    let (first, rest) = patterns.split_first()?;
    let mut owners = paths.owners_around(first);
    owners.retain(|owner| earlier[*owner].as_ref().is_some_and(|earlier| decides_for(earlier, rule)));
    for pattern in rest {
        if owners.is_empty() {
            return None;
        }
        let around = paths.owners_around(pattern);
        owners.retain(|owner| around.binary_search(owner).is_ok());
    }
    earlier[*owners.first()?].as_ref()
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
    let reach = earlier.reach.is_superset(later.reach) && earlier.identities.is_superset(later.identities);
    let observed = earlier.mode == Mode::Observe && later.mode == Mode::Enforce;
    methods && hosts && scanners && reach && !observed
}
