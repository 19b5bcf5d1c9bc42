//! Settings and rules that differ, before and after a change.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ipnet::IpNet;
use serde::Serialize;

use crate::engine::Engine;
use crate::policy::{Mode, Rule};
use crate::scanners::{GroupSet, Identities, Origin, Reach};

/// A setting with another value.
#[derive(Debug, Serialize)]
pub(super) struct Setting {
    pub(super) key: String,
    pub(super) old: String,
    pub(super) new: String,
}

/// A rule that differs.
#[derive(Debug, Serialize)]
pub(super) struct RuleChange {
    pub(super) id: String,
    pub(super) change: Kind,
    /// The values that differ; all values of a rule that is new or was removed.
    pub(super) settings: Vec<Setting>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Added,
    Removed,
    Changed,
    /// The rule has another place in the order.
    Moved,
}

/// Settings outside of rules.
pub(super) fn settings(old: &Engine, new: &Engine) -> Vec<Setting> {
    let describe = |engine: &Engine| {
        let answer = |differs: bool| if differs { "new settings" } else { "old settings" }.to_owned();
        [
            ("mode", mode(engine.policy().mode()).to_owned()),
            ("default_action", engine.policy().default_action().to_string()),
            ("client", client(engine)),
            ("client.check", serde_name(&engine.client().check())),
            ("block", answer(engine.block() != old.block())),
            ("decoy", answer(engine.decoy() != old.decoy())),
            ("scanners.match", matched(engine)),
            #[cfg(feature = "web-bot-auth")]
            ("identity", answer(engine.signatures() != old.signatures())),
        ]
    };
    compare(describe(old).into_iter().zip(describe(new)))
}

/// Whether scanners are also matched by their user agents.
fn matched(engine: &Engine) -> String {
    let by_agent = engine.scanners().groups().iter().any(Origin::is_claim);
    if by_agent { "address, agent" } else { "address" }.to_owned()
}

/// The description of `[client]`. It names the proxies: the same number of other proxies is a difference.
fn client(engine: &Engine) -> String {
    let trusted = IpNet::aggregate(&engine.client().trusted_ranges().collect());
    if trusted.is_empty() {
        return engine.client().describe();
    }
    let trusted: Vec<String> = trusted.iter().map(IpNet::to_string).collect();
    format!("`{}`, trusted from {}", engine.client().header(), trusted.join(", "))
}

fn compare<'a>(pairs: impl Iterator<Item = ((&'a str, String), (&'a str, String))>) -> Vec<Setting> {
    pairs
        .filter(|((_, old), (_, new))| old != new)
        .map(|((key, old), (_, new))| Setting { key: key.to_owned(), old, new })
        .collect()
}

/// The rules that differ, in the order of the new file, and then the removed ones.
pub(super) fn rules(old: &Engine, new: &Engine) -> Vec<RuleChange> {
    let ids = |engine: &Engine| engine.policy().rules().iter().map(|rule| rule.id.to_string()).collect::<Vec<_>>();
    let (old_ids, new_ids) = (ids(old), ids(new));
    let (old_places, new_places) = (places(&old_ids), places(&new_ids));
    let (old_ranks, new_ranks) = (ranks(&old_ids, &new_places), ranks(&new_ids, &old_places));
    let nothing = || DESCRIBED.map(|key| (key, String::new()));
    let mut changes = Vec::new();
    for (number, id) in new_ids.iter().enumerate() {
        let now = describe(new, number);
        let Some(before) = old_places.get(id.as_str()) else {
            let settings = compare(nothing().into_iter().zip(now));
            changes.push(RuleChange { id: id.clone(), change: Kind::Added, settings });
            continue;
        };
        let settings = compare(describe(old, *before).into_iter().zip(now));
        if !settings.is_empty() {
            changes.push(RuleChange { id: id.clone(), change: Kind::Changed, settings });
        } else if old_ranks.get(id.as_str()) != new_ranks.get(id.as_str()) {
            changes.push(RuleChange { id: id.clone(), change: Kind::Moved, settings });
        }
    }
    for (number, id) in old_ids.iter().enumerate().filter(|(_, id)| !new_places.contains_key(id.as_str())) {
        let settings = compare(describe(old, number).into_iter().zip(nothing()));
        changes.push(RuleChange { id: id.clone(), change: Kind::Removed, settings });
    }
    changes
}

/// Where each rule is.
fn places(ids: &[String]) -> HashMap<&str, usize> {
    ids.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect()
}

/// Where each rule is among those that the other policy has too.
fn ranks<'a>(ids: &'a [String], others: &HashMap<&str, usize>) -> HashMap<&'a str, usize> {
    let common = ids.iter().filter(|id| others.contains_key(id.as_str()));
    common.enumerate().map(|(rank, id)| (id.as_str(), rank)).collect()
}

/// The values that describe a rule.
const DESCRIBED: [&str; 11] = [
    "paths",
    "methods",
    "hosts",
    "scanners",
    "identity",
    "serves",
    "audience",
    "certainty",
    "action",
    "mode",
    "expires",
];

fn describe(engine: &Engine, number: usize) -> [(&'static str, String); DESCRIBED.len()] {
    // All fields are named, so that a new field does not compile until it is described.
    let Rule {
        id: _,
        methods,
        hosts,
        scanners: selected,
        identities,
        reach,
        serves,
        action,
        mode: is_enforced,
        expires,
    } = &engine.policy().rules()[number];
    let Reach { audience, certainty, .. } = reach;
    let paths: Vec<String> = engine.policy().paths().patterns(number).iter().map(ToString::to_string).collect();
    let hosts = hosts.as_ref().map(|hosts| hosts.iter().map(ToString::to_string).collect::<Vec<_>>());
    let scanners = selected.as_ref().map(|set| scanners(engine, set));
    let listed = |names: Option<Vec<String>>| names.map_or_else(|| "all".to_owned(), |names| names.join(", "));
    let values = [
        paths.join(", "),
        listed(methods.clone()),
        listed(hosts),
        listed(scanners),
        identity(*identities),
        serves.as_str().to_owned(),
        audience.as_str().to_owned(),
        certainty.as_str().to_owned(),
        action.to_string(),
        mode(*is_enforced).to_owned(),
        expires.map_or_else(String::new, |time| humantime::format_rfc3339_seconds(time).to_string()),
    ];
    let mut described = DESCRIBED.map(|key| (key, String::new()));
    described.iter_mut().zip(values).for_each(|(entry, value)| entry.1 = value);
    described
}

/// The identities that a rule names.
fn identity(identities: Identities) -> String {
    match identities {
        Identities::ALL => "all".to_owned(),
        Identities::PROVED => "all, with claims only if they are verified".to_owned(),
        some => some.names().collect::<Vec<_>>().join(", "),
    }
}

/// The scanners of a rule. If a rule selects only some ranges of a scanner, their properties follow.
fn scanners(engine: &Engine, set: &GroupSet) -> Vec<String> {
    let groups = engine.scanners().groups();
    // The groups of each scanner: first its ranges, then its claims.
    let mut scanners: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    set.iter().for_each(|number| scanners.entry(groups[number].scanner).or_default().push(number));
    let names = |(scanner, selected): (usize, Vec<usize>)| {
        let id = engine.scanners().scanner(scanner).id();
        if selected.len() == groups.iter().filter(|group| group.scanner == scanner).count() {
            return vec![id.to_owned()];
        }
        // Ranges and claims with the same properties are several groups with the same text.
        let described = selected.into_iter().map(|number| {
            let group = &groups[number];
            format!("{id} ({}, {})", group.audience.as_str(), group.certainty.as_str())
        });
        described.collect::<BTreeSet<String>>().into_iter().collect()
    };
    scanners.into_iter().flat_map(names).collect()
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Enforce => "enforce",
        Mode::Observe => "observe",
    }
}

/// The name of a unit variant in the TOML file.
fn serde_name(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
