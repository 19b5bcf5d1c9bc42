//! Requests made up from the rules of both policies, and what becomes of each.

use std::collections::{BTreeSet, HashSet};
use std::net::IpAddr;

use serde::Serialize;

use super::super::request::{Described, Fate, Outcome};
use crate::config::GuardConfig;
use crate::engine::Engine;

/// More requests than these are not made up.
const MAX_SAMPLES: usize = 200_000;

/// Requests whose fate changes in the same way.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) old: Outcome,
    pub(super) new: Outcome,
    pub(super) requests: u64,
    /// Whose requests they are, before or after.
    pub(super) scanners: BTreeSet<String>,
    pub(super) examples: Vec<Example>,
}

#[derive(Debug, Serialize)]
pub(super) struct Example {
    pub(super) address: Option<IpAddr>,
    pub(super) method: String,
    pub(super) target: String,
    pub(super) host: Option<String>,
}

/// So many examples of each group are kept.
const EXAMPLES: usize = 3;

/// Requests by how their fate changes.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: Vec<Group>,
    /// How many requests were asked about.
    pub(super) asked: u64,
}

impl Groups {
    /// Asks both policies about a request.
    pub(super) fn ask(&mut self, request: &Described, old: &GuardConfig, new: &GuardConfig) {
        self.asked += 1;
        let (before, after) = (request.fate(old), request.fate(new));
        // That a rule was given another name, or a range another scanner, changes nothing for the request.
        let kind = |fate: &Fate| (fate.outcome.action, fate.outcome.enforced, fate.scanner.is_some());
        if kind(&before) == kind(&after) {
            return;
        }
        let (old, new) = (before.outcome, after.outcome);
        let known = self.groups.iter().position(|group| group.old == old && group.new == new);
        let number = known.unwrap_or_else(|| {
            let (scanners, examples) = (BTreeSet::new(), Vec::new());
            self.groups.push(Group { old, new, requests: 0, scanners, examples });
            self.groups.len() - 1
        });
        let group = &mut self.groups[number];
        group.scanners.extend(after.scanner.or(before.scanner));
        group.requests += 1;
        if group.examples.len() < EXAMPLES {
            let Described { client, peer, method, target, host, .. } = request.clone();
            group.examples.push(Example { address: client.or(peer), method, target, host });
        }
    }

    /// The groups, the largest first.
    pub(super) fn into_sorted(mut self) -> Vec<Group> {
        self.groups.sort_by_key(|group| std::cmp::Reverse(group.requests));
        self.groups
    }
}

/// Asks about every path that a rule names, from an address of each kind.
pub(super) fn compare(old: &GuardConfig, new: &GuardConfig) -> Groups {
    let (before, after) = (old.live().load(), new.live().load());
    let engines = [&before.engine, &after.engine];
    let addresses = addresses(engines);
    let mut groups = Groups::default();
    for (method, host, target) in targets(engines) {
        for address in &addresses {
            if groups.asked as usize == MAX_SAMPLES {
                return groups;
            }
            let request = Described { method: method.clone(), host: host.clone(), ..Described::new(*address, &target) };
            groups.ask(&request, old, new);
        }
    }
    groups
}

/// One address for each way in which ranges of scanners lie around an address, as far as their first ones show it.
fn addresses(engines: [&Engine; 2]) -> Vec<IpAddr> {
    let mut seen = HashSet::new();
    let mut addresses = Vec::new();
    for engine in engines {
        for (net, _) in engine.scanners().entries() {
            let labels = engines.map(|engine| {
                let label = |(_, origin): (_, &crate::catalog::Origin)| {
                    (engine.scanners().scanner(origin.scanner).id().to_owned(), origin.audience, origin.safe)
                };
                engine.scanners().origins_of(net.network()).map(label).collect::<Vec<_>>()
            });
            if seen.insert(labels) {
                addresses.push(net.network());
            }
        }
    }
    addresses
}

/// A method, a host and a path for each pattern, method and host of each rule, and a path that no rule names.
fn targets(engines: [&Engine; 2]) -> BTreeSet<(String, Option<String>, String)> {
    let mut targets = BTreeSet::from([("GET".to_owned(), None, "/".to_owned())]);
    for engine in engines {
        for (number, rule) in engine.policy().rules().iter().enumerate() {
            let methods = rule.methods.clone().unwrap_or_else(|| vec!["GET".to_owned()]);
            let hosts: Vec<Option<String>> = match &rule.hosts {
                Some(hosts) => hosts.iter().map(|host| Some(host.to_string().replacen('*', "www", 1))).collect(),
                None => vec![None],
            };
            for pattern in engine.policy().paths().patterns(number) {
                let text = pattern.to_string();
                let path = text.trim_start_matches('=').replace("**", "any/where").replace('*', "any");
                for method in &methods {
                    targets.extend(hosts.iter().map(|host| (method.clone(), host.clone(), path.clone())));
                }
            }
        }
    }
    targets
}
