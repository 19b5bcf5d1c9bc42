//! Generates requests from the rules of both policies, and decides them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::IpAddr;

use super::groups::{Example, Groups};
use crate::cli::request::Described;
use crate::config::GuardConfig;
use crate::engine::Engine;

/// Maximum number of generated requests.
const MAX_SAMPLES: u64 = 200_000;

/// A client of generated requests: an address, and a user agent if it names a bot.
type Client = (IpAddr, Option<String>);

/// Decides a request from one client of each kind for each path of a rule. Returns the number of requests beyond the limit.
/// `agents` are user agents that name bots, each with its scanner.
pub(super) fn compare(old: &GuardConfig, new: &GuardConfig, agents: &BTreeSet<(&str, String)>) -> (Groups, u64) {
    let (before, after) = (old.live().load(), new.live().load());
    let engines = [&before.engine, &after.engine];
    let unnamed: Vec<Client> = addresses(engines).into_iter().map(|address| (address, None)).collect();
    let naming = naming(engines, agents);
    let mut groups = Groups::default();
    let targets = targets(engines);
    let all = targets.len() as u64 * (unnamed.len() + naming.len()) as u64;
    // If there are too many requests, those with user agents are left out first.
    for clients in [unnamed, naming] {
        for (target, client) in targets.iter().flat_map(|target| clients.iter().map(move |client| (target, client))) {
            let ((method, host, target), (address, agent)) = (target, client);
            if groups.decided() == MAX_SAMPLES {
                return (groups, all - MAX_SAMPLES);
            }
            let headers = agent.iter().map(|agent| ("user-agent".to_owned(), agent.clone())).collect();
            let request =
                Described { method: method.clone(), host: host.clone(), headers, ..Described::new(*address, target) };
            groups.add(request.summary(old), request.summary(new), || Example {
                address: Some(*address),
                method: method.clone(),
                target: target.clone(),
                host: host.clone(),
                agent: agent.clone(),
                line: None,
            });
        }
    }
    (groups, 0)
}

/// Clients that name bots: each from an address that belongs to no scanner, and from the first address of its scanner.
fn naming(engines: [&Engine; 2], agents: &BTreeSet<(&str, String)>) -> Vec<Client> {
    let is_free = |address: &IpAddr| {
        engines.iter().all(|engine| {
            let scanners = engine.scanners();
            !scanners.contains(*address) && scanners.allowed(*address).is_none()
        })
    };
    // Of the documentation ranges, which no list of real addresses contains.
    let free = (1..255).map(|last| IpAddr::from([203, 0, 113, last])).find(is_free);
    let mut first: HashMap<&str, IpAddr> = HashMap::new();
    for engine in engines {
        for (net, origin) in engine.scanners().entries() {
            first.entry(engine.scanners().scanner(origin.scanner).id()).or_insert(net.network());
        }
    }
    let addresses = |scanner: &str| free.into_iter().chain(first.get(scanner).copied());
    agents.iter().flat_map(|(scanner, agent)| addresses(scanner).map(|at| (at, Some(agent.clone())))).collect()
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
