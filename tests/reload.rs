//! Reloads of the policy: on demand, when a file changes, and never in parts.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use actix_scanner_guard::{Action, GuardConfig, Reload, RequestFacts, ScannerGuard, ScannerMatch};
use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, web};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::support::log::records;
use crate::support::{SCANNER, get, serve};

pub(crate) const OWN: &str = "198.51.100.7";

/// A policy that blocks this path for all addresses in `list.txt`.
pub(crate) fn policy(path: &str) -> String {
    format!(
        r#"
        [[scanners.list]]
        id = "own"
        category = "web-reputation"
        file = "list.txt"
        [[rule]]
        id = "one"
        paths = ["{path}"]
        action = "block"
        "#
    )
}

/// A folder with a policy, and its configuration.
pub(crate) struct Site {
    folder: TempDir,
    pub(crate) config: GuardConfig,
}

impl Site {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("list.txt"), OWN).unwrap();
        fs::write(folder.path().join("policy.toml"), policy("/first")).unwrap();
        let config = GuardConfig::load_with(folder.path().join("policy.toml"), []).unwrap();
        Self { folder, config }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }
}

pub(crate) fn blocks(config: &GuardConfig, from: &str, path: &str) -> bool {
    config.decide(&RequestFacts::new(path).peer(from.parse().unwrap())).action() == Action::Block
}

#[test]
fn a_reload_changes_the_policy_only_where_something_changes_in_effect() {
    let site = Site::new();
    let config = &site.config;
    assert_eq!(config.reload().unwrap(), Reload::Unchanged);
    site.write("policy.toml", &format!("# a comment\n{}", policy("/first")));
    assert_eq!(config.reload().unwrap(), Reload::Unchanged);
    assert_eq!(config.status().generation, 1);

    site.write("policy.toml", &policy("/second"));
    assert_eq!(config.reload().unwrap(), Reload::Changed { generation: 2 });
    assert!(blocks(config, OWN, "/second") && !blocks(config, OWN, "/first"));

    site.write("list.txt", "198.51.100.8");
    assert_eq!(config.reload().unwrap(), Reload::Changed { generation: 3 });
    assert!(blocks(config, "198.51.100.8", "/second") && !blocks(config, OWN, "/second"));
    // A clone is the same configuration.
    assert_eq!(config.clone().status().generation, 3);
}

#[test]
fn every_part_of_the_file_counts_as_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    let mut text = String::from("mode = \"observe\"\n");
    fs::write(&file, &text).unwrap();
    let config = GuardConfig::load_with(&file, []).unwrap();
    let parts = [
        "default_action = \"allow\"\n",
        "[client]\ntrusted_proxies = [\"loopback\"]\n",
        "header = \"forwarded\"\n",
        "check = \"peer\"\n",
        "[scanners]\nuse = [\"trend-micro\"]\n",
        "allow = [\"150.70.0.1\"]\n",
        "[decoy]\nsource = \"static\"\n",
        "body = \"nothing\"\n",
        "[block]\nstatus = 410\n",
        "content_type = \"text/x\"\n",
        "[[rule]]\nid = \"a\"\npaths = [\"/a\"]\naction = \"block\"\n",
        "hosts = [\"a.example\"]\n",
        "methods = [\"GET\"]\n",
        "scanners = [\"trend-micro\"]\n",
        "audience = \"any\"\n",
        "certainty = \"community\"\n",
        "mode = \"observe\"\n",
        "[[rule]]\nid = \"b\"\npaths = [\"=/a\"]\naction = \"block\"\n",
    ];
    for (part, generation) in parts.iter().zip(2..) {
        text.push_str(part);
        fs::write(&file, &text).unwrap();
        assert_eq!(config.reload().unwrap(), Reload::Changed { generation }, "{part}");
    }
}

#[test]
fn a_bad_change_is_refused_whole_and_the_next_good_one_is_taken() {
    let site = Site::new();
    let config = &site.config;
    // The list is valid, but the rule is not.
    site.write("list.txt", "198.51.100.8");
    site.write("policy.toml", &policy("no-slash"));
    for _ in 0..3 {
        let error = config.reload().unwrap_err();
        assert_eq!(error.problems()[0].line(), Some(8));
    }
    assert!(blocks(config, OWN, "/first") && !blocks(config, "198.51.100.8", "/first"));

    let status = config.status();
    assert_eq!((status.generation, status.reload.changed, status.reload.refused), (1, 0, 1));
    assert!(status.reload.problems[0].contains("policy.toml:8:18: rule[0].paths[0]"), "{status:?}");
    assert!(status.reload.refused_at.is_some());

    // A program that writes the file in place empties it first.
    site.write("policy.toml", "");
    assert!(config.reload().unwrap_err().to_string().contains("the file is empty"));
    fs::remove_file(site.path("policy.toml")).unwrap();
    config.reload().unwrap_err();
    assert!(config.status().reload.problems[0].contains("cannot read the configuration"));
    assert_eq!(config.status().reload.refused, 3);

    // The original text again: there is no change, but also no problem any more.
    site.write("list.txt", OWN);
    site.write("policy.toml", &policy("/first"));
    assert_eq!(config.reload().unwrap(), Reload::Unchanged);
    assert!(config.status().reload.problems.is_empty());
    site.write("policy.toml", &policy("/second"));
    assert_eq!(config.reload().unwrap(), Reload::Changed { generation: 2 });
}

#[test]
fn a_refusal_is_logged_once_with_its_places() {
    crate::support::log::collect();
    let site = Site::new();
    site.write("policy.toml", "mode = \"reload-log\"");
    for _ in 0..3 {
        site.config.reload().unwrap_err();
    }
    let found = records("reload-log");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, log::Level::Error);
    assert!(found[0].1.contains("policy.toml:1:8: mode"), "{found:?}");
}

/// The log shows the result of each requested reload, even if nothing changed.
#[test]
fn a_reload_on_demand_logs_its_outcome() {
    crate::support::log::collect();
    let site = Site::new();
    // A generation that no other test reaches, so that its records can be found.
    for n in 2..=41 {
        site.write("policy.toml", &policy(&format!("/reload-{n}")));
        assert_eq!(site.config.reload().unwrap(), Reload::Changed { generation: n });
    }
    assert!(records("generation 41;")[0].1.starts_with("policy changed"));
    let unchanged = || records("is unchanged; the policy of generation 41 stays in service").len();
    site.config.reload().unwrap();
    site.write("policy.toml", &format!("# a comment\n{}", policy("/reload-41")));
    site.config.reload().unwrap();
    assert_eq!(unchanged(), 2);

    let still = |problems: &str| {
        let text = "logged already; the policy of generation 41 stays in service";
        records(&format!("is still refused for {problems} {text}")).len()
    };
    let refused = || records("was refused; the policy of generation 41 stays in service").len();
    site.write("policy.toml", "mode = \"reload-once\"");
    for _ in 0..3 {
        site.config.reload().unwrap_err();
    }
    assert_eq!((refused(), still("1 problem, which is"), records("reload-once").len()), (1, 2, 1));
    site.write("policy.toml", "mode = \"reload-twice\"\ndefault_action = \"reload-twice\"");
    for _ in 0..2 {
        site.config.reload().unwrap_err();
    }
    assert_eq!((refused(), still("2 problems, which are"), records("reload-twice").len()), (2, 1, 2));
    site.write("policy.toml", &policy("/reload-41"));
    site.config.reload().unwrap();
    assert_eq!((unchanged(), records("no problems any more and is unchanged: generation 41").len()), (2, 1));
}

#[actix_web::test]
async fn a_request_on_its_way_is_finished_by_the_policy_it_came_under() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    let policy = |body: &str| {
        format!(
            "client.trusted_proxies = [\"loopback\"]\ndecoy.body = \"{body}\"\n\
             [[rule]]\nid = \"one\"\npaths = [\"/admin\"]\naction = \"decoy\"\n"
        )
    };
    fs::write(&file, policy("old")).unwrap();
    let config = GuardConfig::load_with(&file, []).unwrap();

    // The application's answer to the rewritten path, which is not a 404, comes after the reload.
    let (asked, is_asked) = oneshot::channel::<()>();
    let (go_on, may_go_on) = oneshot::channel::<()>();
    let gate = Arc::new(Mutex::new(Some((asked, may_go_on))));
    let app_config = config.clone();
    let server = serve!({
        let gate = Arc::clone(&gate);
        let unknown = move |req: HttpRequest| {
            let gate = gate.lock().unwrap().take();
            let generation = req.extensions().get::<ScannerMatch>().unwrap().generation();
            async move {
                if let Some((asked, may_go_on)) = gate {
                    assert_eq!(generation, 1);
                    asked.send(()).unwrap();
                    may_go_on.await.unwrap();
                }
                HttpResponse::Ok().body("home")
            }
        };
        App::new().wrap(ScannerGuard::from_config(&app_config)).default_service(web::to(unknown))
    });
    let answer = actix_web::rt::spawn(get(server, Some(SCANNER), "/admin"));
    is_asked.await.unwrap();
    fs::write(&file, policy("new")).unwrap();
    assert_eq!(config.reload().unwrap(), Reload::Changed { generation: 2 });
    go_on.send(()).unwrap();
    assert_eq!(answer.await.unwrap().text(), "old");
    assert_eq!(get(server, Some(SCANNER), "/admin").await.text(), "new");
}

#[actix_web::test]
async fn requests_of_scanners_are_counted_across_reloads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.toml");
    let policy = "client.trusted_proxies = [\"loopback\"]\n[scanners]\nuse = [\"trend-micro\"]\n\
                  [[rule]]\nid = \"kept\"\npaths = [\"/admin\"]\naction = \"block\"\n";
    let extra = "[[rule]]\nid = \"seen\"\npaths = [\"/seen\"]\naction = \"decoy\"\nmode = \"observe\"\n";
    fs::write(&file, policy).unwrap();
    let config = GuardConfig::load_with(&file, []).unwrap();
    let app_config = config.clone();
    let server =
        serve!(App::new().wrap(ScannerGuard::from_config(&app_config)).default_service(web::to(HttpResponse::Ok)));
    for (from, path) in [(SCANNER, "/admin"), (SCANNER, "/x"), ("203.0.113.7", "/admin")] {
        get(server, Some(from), path).await;
    }
    fs::write(&file, format!("{policy}{extra}")).unwrap();
    config.reload().unwrap();
    for path in ["/admin", "/seen", "/seen"] {
        get(server, Some(SCANNER), path).await;
    }
    let counts = serde_json::to_value(config.status().counts).unwrap();
    let expected = serde_json::json!({
        "scanners": [{ "id": "trend-micro", "requests": 5 }],
        "rules": [{ "id": "kept", "requests": 2 }, { "id": "seen", "requests": 2 }],
        "addresses_doubtful": false,
        "identities": [
            { "id": "verified", "requests": 0 },
            { "id": "forged", "requests": 0 },
            { "id": "claimed", "requests": 0 },
            { "id": "unproven", "requests": 0 },
            { "id": "undeclared", "requests": 5 },
        ],
        "default_action": 1,
        "actions": [
            { "action": "allow", "enforced": 0, "observed": 0 },
            { "action": "tag", "enforced": 1, "observed": 0 },
            { "action": "decoy", "enforced": 0, "observed": 2 },
            { "action": "block", "enforced": 2, "observed": 0 },
        ],
    });
    assert_eq!(counts, expected);
}
