//! `verify` on a log of claimants with known outcomes: direct, behind a proxy, and with rewritten addresses.
//!
//! The labels of `claimants.tsv` do not come from this crate. They were computed from the published facts by the rules of the guide.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{command, run};

struct Claimant {
    address: &'static str,
    agent: &'static str,
    name: &'static str,
    id: &'static str,
    outcome: &'static str,
}

fn claimants() -> Vec<Claimant> {
    let lines = include_str!("../data/claimants.tsv").lines().filter(|line| !line.starts_with('#'));
    let claimants: Vec<Claimant> = lines
        .map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
            [address, agent, name, id, outcome] => Claimant { address, agent, name, id, outcome },
            _ => panic!("{line}"),
        })
        .collect();
    assert!(claimants.len() >= 60, "{}", claimants.len());
    claimants
}

/// The report of `verify` on these claimants; `line` writes each line.
fn report(claimants: &[Claimant], arguments: &[&str], line: impl Fn(usize, &Claimant) -> (String, String)) -> Value {
    let mut log = String::new();
    for (number, claimant) in claimants.iter().enumerate() {
        let (address, forwarded) = line(number, claimant);
        let agent = claimant.agent;
        writeln!(log, r#"{address} - - [12/Sep/2026:09:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "{agent}"{forwarded}"#)
            .unwrap();
    }
    let mut all = vec!["verify", "--json", "-"];
    all.extend(arguments);
    let (code, out, err) = run(command(&all).stdin(log));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    serde_json::from_str(&out).unwrap()
}

/// The outcome of each claim, by address and bot.
fn outcomes(report: &Value) -> BTreeMap<(String, String), String> {
    let text = |claim: &Value, key: &str| claim[key].as_str().unwrap_or("-").to_owned();
    let claims = report["claims"].as_array().unwrap().iter();
    claims.map(|claim| ((text(claim, "address"), text(claim, "id")), text(claim, "outcome"))).collect()
}

fn check(claimants: &[Claimant], report: &Value) {
    let found = outcomes(report);
    let wrong: Vec<String> = claimants
        .iter()
        .filter_map(|Claimant { address, name, id, outcome, .. }| {
            let is = found.get(&((*address).to_owned(), (*id).to_owned())).map_or("missing", String::as_str);
            (is != *outcome).then(|| format!("{address} {id}, name {name}: {is}, not {outcome}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), claimants.len(), wrong.join("\n"));
}

#[test]
fn each_is_what_the_facts_say() {
    let claimants = claimants();
    let names = ["--names", "../../claimants-names.txt"];
    check(&claimants, &report(&claimants, &names, |_, claimant| (claimant.address.to_owned(), String::new())));
    for outcome in ["verified", "forged", "claimed", "unproven"] {
        assert!(claimants.iter().filter(|claimant| claimant.outcome == outcome).count() >= 10, "{outcome}");
    }
}

#[test]
fn behind_a_trusted_proxy_the_forwarded_address_is_judged() {
    let claimants = claimants();
    let arguments = ["--names", "../../claimants-names.txt", "-c", "policy.toml"];
    let line = |_, claimant: &Claimant| ("10.0.0.1".to_owned(), format!(" \"{}\"", claimant.address));
    check(&claimants, &report(&claimants, &arguments, line));
}

/// An unnamed front server, and addresses from a pseudonymizer: nothing is verified, and nobody is called forged.
#[test]
fn rewritten_addresses_accuse_nobody() {
    let claimants = claimants();
    let rewritten =
        |number: usize, _: &Claimant| (format!("198.18.{}.{}", number / 200, number % 200 + 1), String::new());
    let hidden = |_: usize, _: &Claimant| ("203.0.113.50".to_owned(), String::new());
    let by_rewritten = report(&claimants, &[], rewritten);
    assert_eq!(by_rewritten["addresses_doubtful"], Value::Bool(true));
    for report in [by_rewritten, report(&claimants, &[], hidden)] {
        for (claim, outcome) in outcomes(&report) {
            let is_quiet = outcome == "unproven" || claim.0 == "203.0.113.50";
            assert!(is_quiet && outcome != "verified", "{claim:?} is {outcome}");
        }
    }
}
