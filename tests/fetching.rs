//! Fetched lists, from the file to the decision: over real connections, in the background, and at the start.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use actix_scanner_guard::{GuardConfig, Reload, RequestFacts};

use crate::support::feed_server::{FeedServer, answer, list};
use crate::support::log::{BREAKING, records, wait_until};

type Lists = Arc<Mutex<HashMap<&'static str, String>>>;

/// A server of lists: a text for each path, and 503 for all else.
struct Mirror {
    server: FeedServer,
    lists: Lists,
}

impl Mirror {
    fn start(lists: &[(&'static str, &str)]) -> Self {
        let lists = lists.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
        let lists: Lists = Arc::new(Mutex::new(lists));
        let served = Arc::clone(&lists);
        let server = FeedServer::start(None, move |head| {
            let path = head.split(' ').nth(1).unwrap_or_default();
            served.lock().unwrap().get(path).map_or_else(|| answer("503 Busy", &[], b""), |text| list(text))
        });
        Self { server, lists }
    }

    fn policy(&self, path: &str, more: &str) -> String {
        format!(
            r#"
            [scanners]
            use = []
            [[scanners.list]]
            id = "fetched"
            category = "web-reputation"
            url = "{}"
            allow_insecure = true
            {more}
            [[rule]]
            id = "one"
            paths = ["/"]
            action = "block"
            "#,
            self.server.url("http", path)
        )
    }
}

fn write(folder: &Path, policy: &str) -> PathBuf {
    let file = folder.join("policy.toml");
    fs::write(&file, policy).unwrap();
    file
}

fn is_scanner(config: &GuardConfig, address: [u8; 4]) -> bool {
    config.decide(&RequestFacts::new("/").peer(address.into())).is_scanner()
}

#[test]
fn a_list_comes_in_the_background_and_a_changed_address_at_once() {
    let mirror = Mirror::start(&[("/one", "198.51.100.0/24"), ("/two", "203.0.113.0/24")]);
    let folder = tempfile::tempdir().unwrap();
    let config = GuardConfig::load_with(write(folder.path(), &mirror.policy("/one", "")), []).unwrap();
    wait_until("the first list", || is_scanner(&config, [198, 51, 100, 7]));
    let status = config.status();
    assert_eq!(status.generation, 2);
    let list = &status.lists[0];
    assert_eq!((list.id.as_ref(), list.entries, list.failures, list.from_cache), ("fetched", Some(1), 0, false));
    assert!(list.next_refresh > status.loaded_at);

    write(folder.path(), &mirror.policy("/two", ""));
    assert_eq!(config.reload().unwrap(), Reload::Changed { generation: 3 });
    wait_until("the second list", || is_scanner(&config, [203, 0, 113, 7]));
    assert!(!is_scanner(&config, [198, 51, 100, 7]));
    // The list is no part of the file, so that a reload has nothing to do.
    assert_eq!(config.reload().unwrap(), Reload::Unchanged);
    assert!(is_scanner(&config, [203, 0, 113, 7]));
}

#[test]
fn the_start_waits_for_what_is_required_and_fails_without_it() {
    let mirror = Mirror::start(&[("/list", "198.51.100.0/24")]);
    let folder = tempfile::tempdir().unwrap();
    let config = GuardConfig::load_with(write(folder.path(), &mirror.policy("/list", "required = true")), []).unwrap();
    assert!(is_scanner(&config, [198, 51, 100, 7]));

    let policy = mirror.policy("/missing", "required = true") + "\n[feeds]\nstartup_timeout = \"100ms\"";
    let error = GuardConfig::load_with(write(folder.path(), &policy), []).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("the list `fetched` is required, but it is not in the cache") && text.contains("503"),
        "{text}"
    );
    // The next attempt is a minute away, so the start does not wait for its end: another list has not even come yet.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let policy = mirror.policy("/missing", "required = true")
        + &format!(
            "\n[[scanners.list]]\nid = \"silent\"\ncategory = \"web-reputation\"\nurl = \"http://{}/\"\nrequired = true\nallow_insecure = true\n\
             [feeds]\nstartup_timeout = \"40s\"\ntimeout = \"20s\"",
            silent.local_addr().unwrap()
        );
    let text = GuardConfig::load_with(write(folder.path(), &policy), []).unwrap_err().to_string();
    assert!(
        text.contains("503") && text.contains("`silent`") && text.contains("it has not been fetched yet"),
        "{text}"
    );
    // A list that is not required: the start succeeds and reports it.
    let config = GuardConfig::load_with(write(folder.path(), &mirror.policy("/missing", "")), []).unwrap();
    wait_until("the failure", || config.status().lists[0].failures > 0);
    let list = &config.status().lists[0];
    assert!(list.entries.is_none() && list.last_error.as_ref().unwrap().contains("503"), "{list:?}");
}

#[test]
fn a_start_without_the_network_uses_the_cache() {
    let mirror = Mirror::start(&[("/list", "198.51.100.0/24")]);
    let folder = tempfile::tempdir().unwrap();
    let policy = mirror.policy("/list", "required = true") + "\n[feeds]\ncache_dir = \"cache\"";
    let file = write(folder.path(), &policy);
    drop(GuardConfig::load_with(&file, []).unwrap());
    mirror.lists.lock().unwrap().clear();
    let config = GuardConfig::load_with(&file, []).unwrap();
    assert!(is_scanner(&config, [198, 51, 100, 7]));
    let status = config.status();
    assert!(status.generation == 1 && status.lists[0].from_cache, "{status:?}");
}

#[test]
fn a_list_that_went_wrong_changes_nothing() {
    let many: String = (0..100).map(|n| format!("198.51.100.{n}\n")).collect();
    let mirror = Mirror::start(&[("/list", &many)]);
    let folder = tempfile::tempdir().unwrap();
    // A changed interval is a changed request: the list is due at once, and keeps its copy.
    let policy = |hours: usize| mirror.policy("/list", &format!("required = true\nrefresh = \"{hours}h\""));
    let config = GuardConfig::load_with(write(folder.path(), &policy(1)), []).unwrap();
    let wrong = [("<!doctype html><title>Log in</title>", "HTML"), ("", "no range"), ("198.51.100.1", "100")];
    for (hours, (text, why)) in (2..).zip(wrong) {
        mirror.lists.lock().unwrap().insert("/list", text.to_owned());
        write(folder.path(), &policy(hours));
        config.reload().unwrap();
        wait_until(why, || config.status().lists[0].last_error.as_ref().is_some_and(|error| error.contains(why)));
        assert!((0..100).all(|n| is_scanner(&config, [198, 51, 100, n])), "{why}");
        assert_eq!(config.status().lists[0].entries, Some(100));
    }
    mirror.lists.lock().unwrap().insert("/list", many.replace("198.51.100", "203.0.113"));
    write(folder.path(), &policy(9));
    config.reload().unwrap();
    wait_until("the next good one", || is_scanner(&config, [203, 0, 113, 99]));
    assert!(config.status().lists[0].last_error.is_none());
}

/// A list comes, and the application's logger panics when it is told: the list is asked for again, and so are all others.
#[test]
fn a_panic_while_a_list_is_put_in_service_is_a_failed_attempt() {
    let mirror = Mirror::start(&[("/list", "198.51.100.0/24"), ("/other", "203.0.113.0/24")]);
    let folder = tempfile::tempdir().unwrap();
    let policy = |id: &str, path: &str| mirror.policy(path, "").replace("\"fetched\"", &format!("\"{id}\""));
    let config = GuardConfig::load_with(write(folder.path(), &policy(BREAKING, "/list")), []).unwrap();
    wait_until("the failure", || config.status().lists[0].failures > 0);
    let list = &config.status().lists[0];
    assert!(list.last_error.as_ref().unwrap().starts_with("the attempt ended in a panic"), "{list:?}");
    assert_eq!((list.entries, list.failures), (None, 1));
    assert!(list.next_refresh > list.last_attempt.unwrap());
    assert!(!is_scanner(&config, [198, 51, 100, 7]));
    assert!(records(BREAKING).iter().any(|(level, text)| *level == log::Level::Warn && text.contains("panic")));

    // The thread is still there.
    write(folder.path(), &policy("whole", "/other"));
    config.reload().unwrap();
    wait_until("the other list", || is_scanner(&config, [203, 0, 113, 7]));
}

/// The same, once the list is in service and nothing is left but to tell of it.
#[test]
fn a_panic_after_a_list_was_put_in_service_is_a_failed_attempt() {
    let mirror = Mirror::start(&[("/list", "198.51.100.0/24")]);
    let folder = tempfile::tempdir().unwrap();
    let policy = |client: &str| mirror.policy("/list", "") + &format!("\n[client]\n{client}");
    let breaking = policy(&format!("header = \"x-{BREAKING}\"\ntrusted_proxies = [\"loopback\"]"));
    let config = GuardConfig::load_with(write(folder.path(), &breaking), []).unwrap();
    wait_until("the failure", || config.status().lists[0].failures > 0);
    let list = &config.status().lists[0];
    assert_eq!((list.entries, list.failures), (None, 1), "{list:?}");

    write(folder.path(), &policy("").replace("/list", "/list?again"));
    mirror.lists.lock().unwrap().insert("/list?again", "203.0.113.0/24".to_owned());
    config.reload().unwrap();
    wait_until("the next attempt", || is_scanner(&config, [203, 0, 113, 7]));
    assert_eq!(config.status().lists[0].failures, 0);
}
