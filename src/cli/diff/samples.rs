//! Generates requests from the rules of both policies, and decides them.

use std::collections::{BTreeSet, HashSet};
use std::net::IpAddr;

use super::groups::{Example, Groups};
use crate::cli::request::Described;
use crate::config::GuardConfig;
use crate::engine::Engine;

/// Maximum number of generated requests.
const MAX_SAMPLES: u64 = 200_000;

/// Decides a request from one address of each kind for each path of a rule. Returns the number of requests beyond the limit.
pub(super) fn compare(old: &GuardConfig, new: &GuardConfig) -> (Groups, u64) {
    let (before, after) = (old.live().load(), new.live().load());
    let engines = [&before.engine, &after.engine];
    let addresses = addresses(engines);
    let mut groups = Groups::default();
    let targets = targets(engines);
    let all = targets.len() as u64 * addresses.len() as u64;
    for (method, host, target) in targets {
        for address in &addresses {
            if groups.decided() == MAX_SAMPLES {
                return (groups, all - MAX_SAMPLES);
            }
            let request = Described { method: method.clone(), host: host.clone(), ..Described::new(*address, &target) };
            groups.add(request.summary(old), request.summary(new), || Example {
                address: Some(*address),
                method: method.clone(),
                target: target.clone(),
                host: host.clone(),
                line: None,
            });
        }
    }
    (groups, 0)
}

/// One address for each combination of scanners around an address, chosen from the first ranges.
fn addresses(engines: [&Engine; 2]) -> Vec<IpAddr> {
    let mut seen = HashSet::new();
    let mut addresses = Vec::new();
    for engine in engines {
        for (net, _) in engine.scanners().entries() {
            let labels = engines.map(|engine| {
                let label = |(_, origin): (_, &crate::scanners::Origin)| {
                    (engine.scanners().scanner(origin.scanner).id().to_owned(), origin.audience, origin.certainty)
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

/// A method, a host and a path for each pattern, method and host of each rule, and the path `/`.
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
