//! Canaries in a running server: which visits are recorded, what is proved, and that nobody can tell a canary from a
//! guess.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};

use actix_scanner_guard::canary::{Canaries, Canary, CanaryStatus, Class};
use actix_scanner_guard::{Action, GuardConfig, RequestFacts, ScannerGuard};
use actix_web::middleware::{Compress, NormalizePath};
use actix_web::{App, HttpRequest, HttpResponse, web};
use tempfile::TempDir;

use crate::support::log::{collect, records};
use crate::support::{SCANNER, get, request, send, serve};

const SECRET: &str = "7q3k8m0v2s5x1c9d4f6ga7q3k8m0v2s5x1c9d4f6gahjkm";
const OTHER: &str = "zyxwvtsrqpnmkjhgfedcba9876543210zyxwvtsrqpnmkjhg";
const VISITOR: &str = "203.0.113.7";
const FOLLOWER: &str = "198.51.100.9";

/// A policy with canaries in a folder of its own, and with these additional keys.
fn policy(more: &str) -> (TempDir, GuardConfig) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "canary.key", SECRET);
    write(
        folder.path(),
        "policy.toml",
        &format!(
            "client.trusted_proxies = [\"loopback\"]\n{more}\n[canary]\nsecret_file = \"canary.key\"\nhost = \"shop.example\""
        ),
    );
    let config = GuardConfig::load_with(folder.path().join("policy.toml"), []).unwrap();
    (folder, config)
}

/// Writes a file that only its owner can read.
fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn canaries(config: &GuardConfig) -> Canaries {
    config.canaries().unwrap()
}

fn today(class: Class, serial: u32) -> Canary {
    Canary::new(class, SystemTime::now(), serial).unwrap()
}

fn path(config: &GuardConfig, class: Class, serial: u32) -> String {
    canaries(config).path(today(class, serial))
}

/// The status, as soon as no visit waits to be recorded.
fn status(config: &GuardConfig) -> CanaryStatus {
    loop {
        let status = config.status().canary.unwrap();
        if status.waiting == 0 {
            return status;
        }
        std::thread::yield_now();
    }
}

fn hits(status: &CanaryStatus, class: Class, role: &str) -> u64 {
    status.hits.iter().filter(|count| (count.class, count.role) == (class, role)).map(|count| count.hits).sum()
}

fn served(config: &GuardConfig) -> SocketAddr {
    let config = config.clone();
    serve!(App::new().wrap(ScannerGuard::from_config(&config)).route("/", web::get().to(|| async { "home" })))
}

/// A text in the form of a token that is none: the characters in reverse order, except for the last.
fn guess(path: &str) -> String {
    let at = path.rfind('/').unwrap() + 1;
    let token = &path[at..];
    let turned: String = token[..20].chars().rev().chain(token[20..].chars()).collect();
    format!("{}{turned}", &path[..at])
}

#[actix_web::test]
async fn the_story_in_a_running_server() {
    collect();
    let (_folder, config) = policy("");
    let server = served(&config);
    let opened = path(&config, Class::Visit, 77_001);
    assert_eq!(get(server, Some(VISITOR), &opened).await.status(), 404);
    assert_eq!(hits(&status(&config), Class::Visit, "visit"), 1);
    assert!(status(&config).proofs.is_empty());
    get(server, Some("203.0.113.99"), &format!("{opened}?utm=1")).await;
    get(server, Some(FOLLOWER), &opened.to_uppercase()).await;
    get(server, Some(FOLLOWER), &opened).await;
    let status = status(&config);
    assert_eq!((hits(&status, Class::Visit, "visit"), hits(&status, Class::Visit, "echo")), (2, 2));
    assert_eq!(status.proofs.len(), 1);
    assert_eq!((status.proofs[0].range.to_string().as_str(), status.proofs[0].hits), ("198.51.100.9/32", 2));
    let told = records(&format!("{} was requested by {FOLLOWER}", today(Class::Visit, 77_001)));
    assert_eq!(told.len(), 1, "once for each network: {told:?}");
    assert_eq!(told[0].0, log::Level::Warn);
    let token = opened.rsplit('/').next().unwrap();
    assert!(records(token).is_empty(), "the token itself is in no record");
}

#[actix_web::test]
async fn every_spelling_of_a_path_is_a_hit() {
    let (_folder, config) = policy("");
    let server = served(&config);
    let opened = path(&config, Class::Page, 1);
    let escaped: String =
        opened.bytes().map(|byte| if byte == b'/' { "/".to_owned() } else { format!("%{byte:02x}") }).collect();
    let spellings = [
        opened.clone(),
        opened.to_uppercase(),
        format!("/{opened}//"),
        format!("{opened};jsessionid=7"),
        format!("/x/..{opened}"),
        format!("{opened}/wp-login.php"),
        escaped.clone(),
        escaped.replace('%', "%25"),
        format!("{opened}%00.html"),
        format!("{opened}.html"),
        format!("{opened}.php~"),
        format!("{opened}."),
    ];
    for (number, spelling) in spellings.iter().enumerate() {
        send(server, Some(FOLLOWER), ["GET", "HEAD", "POST"][number % 3], spelling).await;
        assert_eq!(hits(&status(&config), Class::Page, "opener"), number as u64 + 1, "{spelling}");
    }
}

#[actix_web::test]
async fn guesses_are_no_hits_and_take_no_memory() {
    let (_folder, config) = policy("");
    let server = served(&config);
    for number in 0..300_u32 {
        get(server, Some(FOLLOWER), &guess(&path(&config, Class::Visit, number))).await;
    }
    let other = GuardConfig::clone(&policy("").1);
    get(server, Some(FOLLOWER), &format!("/r/{}", &path(&other, Class::Visit, 1)[3..23])).await;
    let status = status(&config);
    assert!(status.hits.is_empty() && status.proofs.is_empty() && status.forgotten == 0, "{status:?}");
}

#[actix_web::test]
async fn who_walks_the_list_voids_it() {
    collect();
    let (folder, config) = policy("discovery.file = \"discovered.json\"");
    let server = served(&config);
    let opened = path(&config, Class::Visit, 160);
    get(server, Some(VISITOR), &opened).await;
    get(server, Some(FOLLOWER), &opened).await;
    assert_eq!(status(&config).proofs.len(), 1);
    let learned = fs::read_to_string(folder.path().join("discovered.json")).unwrap();
    assert!(learned.contains("\"198.51.100.9/32\"") && learned.contains("\"canary_hits\": 1"), "{learned}");
    assert_eq!(entries(folder.path()).len(), 1);
    // The framer requests all canaries of the list, and the list contains the control.
    get(server, Some("192.0.2.44"), &path(&config, Class::Control, 160)).await;
    assert!(status(&config).proofs.is_empty());
    assert!(entries(folder.path()).is_empty(), "what was entered is taken back");
}

/// The entries in the file of findings.
fn entries(folder: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(folder.join("discovered.json")).unwrap();
    serde_json::from_str::<serde_json::Value>(&text).unwrap()["entries"].as_array().unwrap().clone()
}

/// The same policy in another process: after a restart, or on another machine with the same file.
fn started_again(folder: &Path) -> GuardConfig {
    GuardConfig::load_with(folder.join("policy.toml"), []).unwrap()
}

#[actix_web::test]
async fn a_restart_makes_no_follower_the_visitor_and_a_control_takes_back_what_came_before_it() {
    let (folder, config) = policy("discovery.file = \"discovered.json\"");
    let other = started_again(folder.path());
    let opened = path(&config, Class::Visit, 160);
    get(served(&config), Some(VISITOR), &opened).await;
    assert_eq!(hits(&status(&config), Class::Visit, "visit"), 1);
    assert!(entries(folder.path()).is_empty(), "a visit is no finding");
    // The first client after a restart is no visitor, and neither is the first client of another instance.
    for (number, config) in [other, started_again(folder.path())].iter().enumerate() {
        let follower = ["198.51.100.9", "192.0.2.9"][number];
        get(served(config), Some(follower), &opened).await;
        let found = status(config);
        assert_eq!((hits(&found, Class::Visit, "echo"), hits(&found, Class::Visit, "visit")), (1, 0), "{found:?}");
        let proved: Vec<String> = found.proofs.iter().map(|proof| proof.range.to_string()).collect();
        assert!(proved.contains(&format!("{follower}/32")), "{proved:?}");
        let entered = entries(folder.path());
        assert_eq!((entered.len(), &entered[number]["evidence"]["canary_hits"]), (number + 1, &1.into()));
    }
    // Nothing is recorded twice.
    let last = started_again(folder.path());
    assert_eq!(status(&last).proofs.len(), 2, "known from the start");
    get(served(&last), Some(FOLLOWER), &opened).await;
    assert_eq!(hits(&status(&last), Class::Visit, "echo"), 1);
    assert!(entries(folder.path()).iter().all(|entry| entry["evidence"]["canary_hits"] == 1));
    get(served(&last), Some("198.18.0.4"), &path(&last, Class::Control, 160)).await;
    assert!(status(&last).proofs.is_empty());
    assert!(entries(folder.path()).is_empty(), "what was entered before the restarts is taken back");
    let text = fs::read_to_string(folder.path().join("discovered.json")).unwrap();
    assert!(!text.contains(opened.rsplit('/').next().unwrap()), "the token itself is in no file");
}

#[actix_web::test]
async fn a_file_with_callers_that_cannot_be_meant_is_refused() {
    let caller = r#"{"network": "203.0.113.0/24", "address": "203.0.113.7", "first": "2026-01-01T00:00:00Z", "last": "2026-01-01T00:00:00Z", "hits": 1}"#;
    for (name, caller, message) in [
        (
            "visit 2026-01-01 7",
            caller.replace("203.0.113.7", "198.51.100.7"),
            "198.51.100.7 in the network 203.0.113.0/24",
        ),
        ("visit 2026-01-01 7", caller.replace("203.0.113.0/24", "203.0.0.0/16"), "too wide"),
        ("page 2026-01-01 7", caller.to_owned(), "has the name `page 2026-01-01 7`"),
        ("visit 2026-13-01 7", caller.to_owned(), "has the name"),
        ("\\u001b[2J", caller.to_owned(), "has the name"),
    ] {
        let text = format!(r#"{{"schema": 1, "entries": [], "canaries": {{"{name}": [{caller}]}}}}"#);
        let error = with_learned(&text).err().unwrap();
        assert!(error.contains(message) && !error.contains('\u{1b}'), "{error}");
    }
}

#[actix_web::test]
async fn networks_of_ones_own_prove_nothing() {
    let (folder, config) = policy(
        "scanners.allow = [\"192.0.2.0/24\"]\n[discovery]\nfile = \"discovered.json\"\nown = [\"198.51.100.0/24\"]",
    );
    let server = served(&config);
    let opened = path(&config, Class::Visit, 1);
    get(server, Some(VISITOR), &opened).await;
    get(server, Some(FOLLOWER), &opened).await;
    // An exempt address, and a client behind the proxy whose address is unknown.
    get(server, Some("192.0.2.44"), &opened).await;
    get(server, None, &opened).await;
    let found = status(&config);
    assert!(found.proofs.is_empty(), "{found:?}");
    assert_eq!((hits(&found, Class::Visit, "own"), hits(&found, Class::Visit, "visit")), (3, 1), "{found:?}");
    assert!(entries(folder.path()).is_empty());
    // A network that is no longer the operator's own counts after the reload.
    let text = fs::read_to_string(folder.path().join("policy.toml")).unwrap();
    write(folder.path(), "policy.toml", &text.replace("own = [\"198.51.100.0/24\"]", ""));
    config.reload().unwrap();
    get(server, Some(FOLLOWER), &opened).await;
    assert_eq!(status(&config).proofs.len(), 1);
}

/// A gateway that requests the URL first, or one that continues after a restart, when the visit is no longer known.
#[actix_web::test]
async fn who_comes_before_the_visit_is_not_taken_for_it_where_the_policy_says_whence_it_comes() {
    let (folder, _) = policy("discovery.file = \"discovered.json\"");
    let file = folder.path().join("policy.toml");
    let text = fs::read_to_string(&file).unwrap();
    write(folder.path(), "policy.toml", &format!("{text}\nfrom = [\"203.0.113.0/24\"]"));
    let config = GuardConfig::load_with(&file, []).unwrap();
    let server = served(&config);
    let opened = path(&config, Class::Visit, 2);
    get(server, Some(FOLLOWER), &opened).await;
    get(server, Some(VISITOR), &opened).await;
    let found = status(&config);
    assert_eq!((hits(&found, Class::Visit, "before"), hits(&found, Class::Visit, "visit")), (1, 1), "{found:?}");
    assert!(found.proofs.is_empty() && entries(folder.path()).is_empty(), "{found:?}");
}

#[actix_web::test]
async fn late_hits_and_unknown_clients_prove_nothing() {
    let (_folder, config) = policy("");
    let server = served(&config);
    let old = SystemTime::now() - Duration::from_secs(40 * 24 * 60 * 60);
    let old = canaries(&config).path(Canary::new(Class::Visit, old, 1).unwrap());
    get(server, Some(VISITOR), &old).await;
    get(server, Some(FOLLOWER), &old).await;
    let status = status(&config);
    assert_eq!(hits(&status, Class::Visit, "late"), 2);
    assert!(status.proofs.is_empty());
}

#[actix_web::test]
async fn two_guards_note_a_hit_once() {
    let (_folder, config) = policy("");
    let inner = config.clone();
    let server = {
        let config = config.clone();
        serve!(
            App::new()
                .wrap(ScannerGuard::from_config(&inner))
                .wrap(ScannerGuard::from_config(&config))
                .route("/", web::get().to(|| async { "home" }))
        )
    };
    get(server, Some(VISITOR), &path(&config, Class::Visit, 1)).await;
    assert_eq!(hits(&status(&config), Class::Visit, "visit"), 1);
}

async fn show_path(req: HttpRequest) -> HttpResponse {
    let page = format!("<p>No {} here</p>{}", req.path(), " and nothing else".repeat(50));
    HttpResponse::NotFound().insert_header(("x-path", req.path())).content_type("text/html").body(page)
}

/// The answer to a canary equals the answer to a guess, byte for byte except for the letters of the path: however the
/// application answers unknown paths, for people and for scanners, with and without decoys.
#[actix_web::test]
async fn nobody_can_tell_a_canary_from_a_guess() {
    let rules = "[[rule]]\npaths = [\"/admin\", \"/**/*.bak\"]\naction = \"decoy\"";
    let block = "[[rule]]\npaths = [\"/r\"]\naction = \"block\"";
    for rules in ["", rules, block] {
        let (_folder, config) = policy(rules);
        let servers = [
            served(&config),
            {
                let config = config.clone();
                serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(show_path)))
            },
            {
                let config = config.clone();
                serve!(
                    App::new()
                        .wrap(NormalizePath::trim())
                        .wrap(ScannerGuard::from_config(&config))
                        .wrap(Compress::default())
                        .service(web::scope("/r").route("/known", web::get().to(HttpResponse::Ok)))
                        .default_service(web::to(show_path))
                )
            },
            {
                let config = config.clone();
                serve!(
                    App::new()
                        .wrap(ScannerGuard::from_config(&config))
                        .route("/r/{code}", web::get().to(|| async { HttpResponse::NotFound().body("no such link") }))
                        .default_service(web::to(|| async {
                            HttpResponse::Ok().body("<script src=/app.js></script>")
                        }))
                )
            },
        ];
        for server in servers {
            for from in [VISITOR, FOLLOWER, SCANNER] {
                for method in ["GET", "HEAD", "POST", "OPTIONS", "PUT"] {
                    let canary = path(&config, Class::Visit, 5);
                    let guess = guess(&canary);
                    for ending in ["", "/", "?a=b", "/x.bak"] {
                        let mut answers = Vec::new();
                        for path in [&canary, &guess] {
                            let head = format!(
                                "{method} {path}{ending} HTTP/1.1\nhost: shop.example\nx-forwarded-for: {from}\naccept-encoding: identity"
                            );
                            let answer = request(server, &head, b"").await;
                            let shown = |text: String| text.replace(&path[3..], "TOKEN");
                            // The reference code of a block differs for each request.
                            let body = shown(answer.text());
                            let body = if answer.status() == 403 { body.chars().take(9).collect() } else { body };
                            answers.push((shown(answer.head), body));
                        }
                        assert_eq!(answers[0], answers[1], "{method} {ending} from {from} under {rules}");
                    }
                }
            }
        }
    }
}

#[actix_web::test]
async fn a_new_secret_mints_and_the_one_before_is_still_known() {
    let (folder, config) = policy("");
    let server = served(&config);
    let before = path(&config, Class::Page, 1);
    write(folder.path(), "old.key", SECRET);
    write(folder.path(), "canary.key", OTHER);
    let rotated = "client.trusted_proxies = [\"loopback\"]\n[canary]\nsecret_file = \"canary.key\"\nold_secret_file = \"old.key\"\nhost = \"shop.example\"";
    write(folder.path(), "policy.toml", rotated);
    config.reload().unwrap();
    let after = path(&config, Class::Page, 1);
    assert_ne!(before, after);
    get(server, Some(FOLLOWER), &before).await;
    get(server, Some(FOLLOWER), &after).await;
    assert_eq!(hits(&status(&config), Class::Page, "opener"), 2);
    write(folder.path(), "policy.toml", &rotated.replace("old_secret_file = \"old.key\"\n", ""));
    config.reload().unwrap();
    get(server, Some(FOLLOWER), &before).await;
    assert_eq!(hits(&status(&config), Class::Page, "opener"), 2, "the secret is gone");
    // Tokens for another host do not count.
    write(folder.path(), "policy.toml", &rotated.replace("shop.example", "other.example"));
    config.reload().unwrap();
    assert_eq!(canaries(&config).find(&after), None);
}

fn problems(toml: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "good.key", SECRET);
    write(folder.path(), "short.key", "too short");
    write(folder.path(), "empty.key", "\n");
    write(folder.path(), "dull.key", &"ab".repeat(30));
    write(folder.path(), "lines.key", &"7q3k8m0v2s5x1c9d4f6ga7q3k8m0v2s5x1\n".repeat(2));
    write(folder.path(), "policy.toml", toml);
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let loaded = GuardConfig::load_with(folder.path().join("policy.toml"), environment);
    loaded.err().map(|error| error.problems().iter().map(ToString::to_string).collect()).unwrap_or_default()
}

#[test]
fn what_is_wrong_with_the_section_is_told_with_what_to_do() {
    let canary = |keys: &str| format!("[canary]\n{keys}");
    let make = "scanner-guard canary secret --output canary.key";
    for (keys, message, help) in [
        ("", "need a secret, and this section names none", make),
        ("secret_env = \"NOT_SET\"", "this environment variable is not set", make),
        ("secret_env = \"SHORT\"", "has 5 characters; the minimum is 32", make),
        ("secret_file = \"missing.key\"", "there is no such file", make),
        ("secret_file = \"short.key\"", "has 9 characters", make),
        ("secret_file = \"empty.key\"", "is empty", make),
        ("secret_file = \"dull.key\"", "can be guessed", make),
        ("secret_file = \"lines.key\"", "more than one line", make),
        ("secret_file = \"good.key\"\nsecret_env = \"SHORT\"", "exclude each other", "keep one"),
        ("secret_file = \"good.key\"\nold_secret_file = \"good.key\"", "both secrets are the same", "remove this key"),
        ("secret_file = \"good.key\"\nprefix = \"r\"", "begins and ends with a slash", "`/r/`"),
        ("secret_file = \"good.key\"\nprefix = \"/a b/\"", "not allowed in this prefix", "/r/"),
        ("secret_file = \"good.key\"\nprefix = \"/../\"", "`..`", "/r/"),
        ("secret_file = \"good.key\"\nprefix = \"/\"", "exclude the whole site", "`/r/`"),
        ("secret_file = \"good.key\"\nfrom = [\"203.0.113.7/24\"]", "203.0.113.7/24", "203.0.113.0/24"),
        ("secret_file = \"good.key\"\nhost = \"https://shop.example/\"", "no scheme", "`shop.example`"),
        ("secret_file = \"good.key\"\nvalid = \"5h\"", "not a number of days", "`30days`"),
        ("secret_file = \"good.key\"\nvalid = \"3650days\"", "not a number of days", "`30days`"),
        ("secret = \"7q3k8m0v2s5x1c9d4f6ga7q3k8m0v2s5x1\"", "unknown key", "secret"),
        ("secret_env = \"7q3k8m0v2s5x1c9d4f6ga7q3k8m0v2s5x1\"", "is not set", "name of an environment variable"),
        ("secret_file = \"7q3k8m0v2s5x1c9d4f6ga7q3k8m0v2s5x1\"", "no such file", make),
        ("secrte_file = \"good.key\"", "unknown key", "secret_file"),
    ] {
        let found = problems(&canary(keys), &[("SHORT", "short")]);
        assert!(found.iter().any(|problem| problem.contains(message) && problem.contains(help)), "{keys}: {found:#?}");
        assert!(
            !found.iter().any(|problem| problem.contains("7q3k8m0v2s5x1c9d4f6ga")),
            "a secret is shown: {found:#?}"
        );
    }
    assert!(problems(&canary("secret_env = \"CANARY_SECRET\""), &[("CANARY_SECRET", SECRET)]).is_empty());
    assert!(problems(&canary("secret_file = \"good.key\"\nprefix = \"/go/to/\"\nvalid = \"7days\""), &[]).is_empty());
    let warned = |keys: &str| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "good.key", SECRET);
        write(folder.path(), "policy.toml", &canary(keys));
        let config = GuardConfig::load_with(folder.path().join("policy.toml"), []).unwrap();
        config.warnings().iter().filter(|warning| warning.key().starts_with("canary")).count()
    };
    assert_eq!(warned("secret_file = \"good.key\""), 0);
    assert_eq!(warned("secret_file = \"good.key\"\nprefix = \"/honeypot/\""), 1);
}

/// The comparison finds no difference in an application that ignores canaries, and finds all differences in one that
/// recognizes them.
#[test]
fn parity_is_tested_with_an_application_of_ones_own() {
    use actix_scanner_guard::testing::canary_parity;

    let (_folder, config) = policy("[[rule]]\npaths = [\"/admin\"]\naction = \"decoy\"");
    let plain =
        |config: &GuardConfig| App::new().wrap(ScannerGuard::from_config(config)).default_service(web::to(show_path));
    let parity = canary_parity(&config, plain);
    parity.assert_identical();
    assert!(parity.compared() > 100, "{parity}");
    let tells = |config: &GuardConfig| {
        let known = config.clone();
        App::new().wrap(ScannerGuard::from_config(config)).default_service(web::to(move |req: HttpRequest| {
            let is_canary = known.canaries().unwrap().find(req.path()).is_some();
            async move { if is_canary { HttpResponse::Gone() } else { HttpResponse::NotFound() }.finish() }
        }))
    };
    assert!(canary_parity(&config, tells).differences().len() > 100);
    let none = GuardConfig::from_toml("").unwrap();
    assert!(canary_parity(&none, plain).to_string().contains("no section `[canary]`"));
}

/// A file of findings with one approved entry.
fn approved(expires: &str, person: &str, audience: &str) -> String {
    format!(
        r#"{{"schema": 1, "entries": [{{"id": "learned-198-51-100-0",
            "ranges": [{{"network": "198.51.100.0/24"{person}}}, {{"network": "198.51.101.0/24"}}],
            "side": "after", "status": "proposed", "strength": "good",
            "first": "2026-01-01T00:00:00Z", "last": "2026-01-02T00:00:00Z", "evidence": {{"echoes": 20}},
            "decision": {{"verdict": "approved", "by": "alice", "at": "2026-01-03T00:00:00Z", "ranges": ["198.51.100.0/24"],
              "audience": "{audience}", "owner": "Example, whois", "expires": "{expires}", "echoes": 20, "status": "proposed", "strength": "good"}}}}]}}"#
    )
}

fn with_learned(text: &str) -> Result<(TempDir, GuardConfig), String> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "discovered.json", text);
    let rule =
        "[[rule]]\npaths = [\"/admin\"]\nscanners = [\"learned-198-51-100-0\"]\naudience = \"any\"\naction = \"decoy\"";
    write(folder.path(), "policy.toml", &format!("scanners.use = []\ndiscovery.file = \"discovered.json\"\n{rule}"));
    let config = GuardConfig::load_with(folder.path().join("policy.toml"), []).map_err(|error| error.to_string())?;
    Ok((folder, config))
}

fn action(config: &GuardConfig, address: &str) -> Option<Action> {
    let decision = config.decide(&RequestFacts::new("/admin").peer(address.parse().unwrap()));
    decision.is_scanner().then(|| decision.action())
}

#[test]
fn approved_ranges_are_in_use_until_they_end() {
    let later = "2100-01-01T00:00:00Z";
    let (folder, config) = with_learned(&approved(later, "", "shared")).unwrap();
    assert_eq!(action(&config, "198.51.100.9"), Some(Action::Decoy));
    assert_eq!(action(&config, "198.51.101.9"), None, "it was seen, and is not approved");
    let person = ", \"person_seen\": \"2026-01-05T00:00:00Z\"";
    write(folder.path(), "discovered.json", &approved(later, person, "shared"));
    config.reload().unwrap();
    assert_eq!(action(&config, "198.51.100.9"), None);
    assert!(
        config.warnings().iter().any(|warning| warning.message().contains("a person was seen there on 2026-01-05"))
    );
    write(folder.path(), "discovered.json", &approved("2026-02-02T00:00:00Z", "", "shared"));
    config.reload().unwrap();
    assert_eq!(action(&config, "198.51.100.9"), None, "expired");
    assert!(config.warnings().iter().any(|warning| warning.message().contains("ended on 2026-02-02")));
    write(folder.path(), "discovered.json", &approved(later, "", "exclusive"));
    config.reload().unwrap();
    assert_eq!(action(&config, "198.51.100.9"), Some(Action::Decoy));
    // A file that cannot be read changes nothing.
    for hostile in ["", "{}", &approved(later, "", "exclusive").replace("198.51.100.0/24", "0.0.0.0/0"), "[1"] {
        write(folder.path(), "discovered.json", hostile);
        let error = config.reload().unwrap_err().to_string();
        assert!(error.contains("discovered.json"), "{error}");
        assert_eq!(action(&config, "198.51.100.9"), Some(Action::Decoy));
    }
}

#[test]
fn a_file_of_findings_that_is_not_there_yet_is_no_mistake() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "policy.toml", "discovery.file = \"discovered.json\"");
    assert!(GuardConfig::load_with(folder.path().join("policy.toml"), []).is_ok());
}

#[test]
fn explain_names_canaries() {
    let (_folder, config) = policy("");
    let explained = |path: &str| config.explain(&RequestFacts::new(path).peer([198, 51, 100, 9].into())).to_string();
    let canary = today(Class::Visit, 7);
    let text = explained(&canaries(&config).path(canary).to_uppercase());
    assert!(text.contains(&format!("the path contains the canary {canary}: the hit is recorded")), "{text}");
    let guess = explained("/r/0123456789abcdefghjk0");
    assert!(guess.contains("in the form of a canary that was not minted with this secret"), "{guess}");
    assert!(!explained("/r/x").contains("canary"));
}
