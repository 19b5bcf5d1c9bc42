//! Claims and networks in the commands `diff` and `lookup`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{command, run};

const LIST: &str =
    "scanners.use = []\n[[scanners.list]]\nid = \"acme\"\ncategory = \"seo-crawler\"\nranges = [\"198.51.100.0/24\"]\n";

/// The JSON of `diff` from one policy to the other.
fn diff(folder: &Path, old: &str, new: &str) -> (i32, Value, String) {
    fs::write(folder.join("old.toml"), old).unwrap();
    fs::write(folder.join("new.toml"), new).unwrap();
    let call = |arguments: &[&str]| run(command(arguments).current_dir(folder));
    let (code, out, err) = call(&["diff", "old.toml", "new.toml", "--json"]);
    assert_eq!(err, "", "{out}");
    let (_, text, _) = call(&["diff", "old.toml", "new.toml"]);
    (code, serde_json::from_str(&out).unwrap(), text)
}

#[test]
fn a_changed_agent_of_a_list_is_a_difference_with_its_effect() {
    let folder = tempfile::tempdir().unwrap();
    let rule = "[[rule]]\nid = \"all\"\npaths = [\"/shop\"]\naction = \"block\"\n";
    let policy = |agents: &str| format!("mode = \"enforce\"\n{LIST}{agents}{rule}");
    let (old, new) = (policy(""), policy("agents = [\"AcmeProbe/\", \"^Acme Monitor\"]\n"));
    let (code, json, text) = diff(folder.path(), &old, &new);
    assert_eq!(code, 1);
    let expected = serde_json::json!([{"scanner": "acme", "old": [], "new": ["AcmeProbe/", "^Acme Monitor"]}]);
    assert_eq!(json["agents"], expected);
    // The first request of somebody who names the bot is blocked now.
    let requests = json["requests"].as_array().unwrap();
    let blocked = requests.iter().find(|group| group["new"]["action"] == "block").unwrap();
    let agents: Vec<&str> =
        blocked["examples"].as_array().unwrap().iter().map(|one| one["agent"].as_str().unwrap()).collect();
    assert_eq!(agents, ["Acme Monitor/1.0", "AcmeProbe/1.0"]);
    assert!(text.contains("User agents\n  + acme: AcmeProbe/, ^Acme Monitor\n"), "{text}");
    assert!(text.contains("GET /shop from 203.0.113.1 as AcmeProbe/1.0"), "{text}");

    let (code, json, text) = diff(folder.path(), &new, &policy("agents = [\"AcmeProbe/\"]\n"));
    assert_eq!((code, &json["agents"][0]["new"]), (1, &serde_json::json!(["AcmeProbe/"])), "{text}");
    assert!(text.contains("~ acme: AcmeProbe/, ^Acme Monitor → AcmeProbe/"), "{text}");
    let (code, json, text) = diff(folder.path(), &new, &new);
    assert_eq!((code, json["agents"].as_array().unwrap().len()), (0, 0), "{text}");
}

#[test]
fn what_changes_when_claims_count_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let policy = |matched: &str| {
        format!(
            "mode = \"enforce\"\nscanners.use = [\"openai-gptbot\"]\nscanners.match = [{matched}]\n[[rule]]\nid = \"ai\"\n\
             paths = [\"/\"]\naction = \"block\"\n"
        )
    };
    let (code, json, text) = diff(folder.path(), &policy("\"address\""), &policy("\"address\", \"agent\""));
    assert_eq!((code, &json["agents"][0]["scanner"]), (1, &Value::from("openai-gptbot")), "{text}");
    assert!(text.contains("scanners.match: address → address, agent"), "{text}");
    assert!(text.contains("+ openai-gptbot: GPTBot"), "{text}");
    assert!(text.contains("from 203.0.113.1 as GPTBot/1.0"), "{text}");
}

#[test]
fn a_network_is_looked_up_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let policy = format!("scanners.allow = [\"198.51.100.128/25\"]\n{LIST}");
    fs::write(folder.path().join("scanner-guard.toml"), policy).unwrap();
    let call =
        |arguments: &[&str], input: &str| run(command(arguments).current_dir(folder.path()).stdin(input.to_owned()));
    let json = |network: &str| -> Value {
        let (code, out, err) = call(&["lookup", network, "--json"], "");
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        serde_json::from_str(&out).unwrap()
    };
    for (network, shown, scanners) in [
        // It is in a range, it contains ranges, and its host bits do not matter.
        ("198.51.100.16/28", "198.51.100.16/28", &["acme"][..]),
        ("198.51.0.0/16", "198.51.0.0/16", &["acme"]),
        ("198.51.100.9/23", "198.51.100.0/23", &["acme"]),
        ("150.70.64.0/22", "150.70.64.0/22", &["trend-micro"]),
        ("192.0.2.0/24", "192.0.2.0/24", &[]),
        ("2001:db8::/32", "2001:db8::/32", &[]),
    ] {
        let found = json(network);
        let mut ids: Vec<&str> =
            found["ranges"].as_array().unwrap().iter().map(|range| range["scanner"].as_str().unwrap()).collect();
        ids.dedup();
        assert_eq!((found["network"].as_str().unwrap(), ids.as_slice()), (shown, scanners), "{network}");
    }
    assert_eq!(json("198.51.100.0/24")["allowed"], serde_json::json!(["198.51.100.128/25"]));
    assert_eq!(json("198.51.100.7/32")["address"], "198.51.100.7");
    let (code, out, _) = call(&["lookup", "198.51.100.0/24"], "");
    assert!(
        code == 0 && out.contains("acme, seo-crawler") && out.contains("198.51.100.128/25 of scanners.allow"),
        "{out}"
    );
    let (_, out, _) = call(&["lookup", "192.0.2.0/24"], "");
    assert_eq!(out, "192.0.2.0/24: no range of the catalog or of your lists overlaps with it\n");
    let (code, out, _) = call(&["lookup", "-"], "198.51.100.0/24\n192.0.2.0/24\n192.0.2.1\n");
    assert_eq!((code, out.as_str()), (0, "198.51.100.0/24\tacme\n192.0.2.0/24\t-\n192.0.2.1\t-\n"));
    let (code, _, err) = call(&["lookup", "198.51.100.0/33"], "");
    assert!(code == 2 && err.contains("a network such as `198.51.100.0/24`"), "{err}");
    let (code, _, err) = call(&["lookup", "--agent", "GPTBot/1.3", "198.51.100.0/24"], "");
    assert!(code == 2 && err.contains("--agent needs a single address"), "{err}");
}

/// `lookup --agent` knows the bots of the policy, and judges by its lists.
#[test]
fn the_bots_of_the_policy_are_looked_up() {
    let folder = tempfile::tempdir().unwrap();
    let policy = "[scanners]\nuse = []\n[[scanners.list]]\nid = \"acme\"\ncategory = \"uptime-monitor\"\nranges = \
                  [\"198.51.100.0/24\"]\nagents = [\"AcmeProbe/\", \"Googlebot-Acme\"]\n[[scanners.list]]\nid = \"bare\"\n\
                  category = \"seo-crawler\"\naudience = \"shared\"\nagents = [\"BareBot\"]\n";
    fs::write(folder.path().join("policy.toml"), policy).unwrap();
    let found = |arguments: &[&str]| -> Vec<String> {
        let mut all = vec!["lookup", "--json"];
        all.extend(arguments);
        let (code, out, err) = run(command(&all).current_dir(folder.path()));
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        let claims: Value = serde_json::from_str(&out).unwrap();
        let shown = |claim: &Value| {
            let text = |key: &str| claim[key].as_str().unwrap_or("-").to_owned();
            format!("{} {} {} {}", text("id"), text("kind"), text("audience"), text("reason"))
        };
        claims.as_array().unwrap().iter().map(shown).collect()
    };
    let nobody: [&str; 0] = [];
    assert_eq!(found(&["--agent", "AcmeProbe/1.0", "198.51.100.7"]), nobody);
    let with = |agent: &str, address: &str| found(&["-c", "policy.toml", "--agent", agent, address]);
    assert_eq!(with("AcmeProbe/1.0", "198.51.100.7"), ["acme bot exclusive listed"]);
    assert_eq!(with("AcmeProbe/1.0 curl/8.5", "203.0.113.7"), ["acme bot exclusive list-has-gaps"]);
    assert_eq!(
        with("Googlebot-Acme/1", "66.249.64.1"),
        ["acme bot exclusive list-has-gaps"],
        "the longest token counts"
    );
    assert_eq!(with("BareBot", "198.51.100.7"), ["bare bot shared no-proof"]);
    assert_eq!(with("Googlebot/2.1", "66.249.64.1"), ["google-googlebot bot exclusive listed"]);
    assert_eq!(with("curl/8.5", "66.249.64.1"), ["lib-curl tool exclusive -"]);
    assert_eq!(found(&["-c", "policy.toml", "--agent", "AcmeProbe/1.0"]), ["acme bot exclusive -"]);
    fs::rename(folder.path().join("policy.toml"), folder.path().join("scanner-guard.toml")).unwrap();
    assert_eq!(found(&["--agent", "AcmeProbe/1.0", "198.51.100.7"]), ["acme bot exclusive listed"]);
    let (code, out, _) = run(command(&["lookup", "--agent", "AcmeProbe/1", "198.51.100.7"]).current_dir(folder.path()));
    assert!(code == 0 && out.contains("verified: the address is in the bot's list"), "{out}");
}
