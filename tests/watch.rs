//! Reloads of a watched policy.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::time::Duration;

use actix_scanner_guard::GuardConfig;

use crate::reload::{OWN, Site, blocks, policy};
use crate::support::log::{BREAKING, collect, records, wait_for_record, wait_until};

/// A way to change the content of a file.
type Change = (&'static str, fn(&Site));

fn replace(path: &Path, text: &str) {
    let fresh = path.with_extension("new");
    fs::write(&fresh, text).unwrap();
    fs::rename(&fresh, path).unwrap();
}

/// Each changes the policy once, from `/first` or its list, so that [`is_changed`] holds.
const CHANGES: &[Change] = &[
    ("written in place", |site| site.write("policy.toml", &policy("/second"))),
    ("replaced", |site| replace(&site.path("policy.toml"), &policy("/second"))),
    ("removed and made again", |site| {
        fs::remove_file(site.path("policy.toml")).unwrap();
        site.write("policy.toml", &policy("/second"));
    }),
    ("a burst", |site| {
        for n in 0..50 {
            site.write("policy.toml", &policy(&format!("/burst-{n}"))[..40 + n]);
        }
        site.write("policy.toml", &policy("/second"));
    }),
    ("the list", |site| site.write("list.txt", "198.51.100.8")),
    ("the list replaced", |site| replace(&site.path("list.txt"), "198.51.100.8")),
    ("beside much that is none of its business", |site| {
        for n in 0..50 {
            site.write(&format!("access-{n}.log"), "a line");
        }
        site.write("policy.toml", &policy("/second"));
    }),
];

fn is_changed(config: &GuardConfig) -> bool {
    blocks(config, OWN, "/second") || blocks(config, "198.51.100.8", "/first")
}

#[test]
fn a_watched_policy_follows_every_way_of_changing_a_file() {
    for_each_change(|name, change| {
        let site = Site::new();
        let watcher = site.config.watch().unwrap();
        change(&site);
        wait_until(name, || is_changed(&site.config));
        drop(watcher);
        site.write("policy.toml", &policy("/third"));
        // The thread has ended with the watcher, so no thread reads this.
        assert!(!blocks(&site.config, OWN, "/third"), "{name}");
    });
}

#[test]
fn a_polled_policy_does_too() {
    for_each_change(|name, change| {
        let site = Site::new();
        let _watcher = site.config.poll(Duration::from_millis(5)).unwrap();
        change(&site);
        wait_until(name, || is_changed(&site.config));
    });
}

/// All at the same time, since the watcher waits before it applies a change that removes a path.
fn for_each_change(check: impl Fn(&str, fn(&Site)) + Sync) {
    std::thread::scope(|scope| {
        for (name, change) in CHANGES {
            scope.spawn(|| check(name, *change));
        }
    });
}

/// The rules of [`OWN`]'s list, which precede each half.
fn with_list(rules: &str) -> String {
    format!("[[scanners.list]]\nid = \"own\"\ncategory = \"web-reputation\"\nfile = \"list.txt\"\n{rules}")
}

/// A file that is written slowly in place never leaves a path unprotected.
#[test]
fn the_first_half_of_a_file_is_waited_for() {
    collect();
    for poll in [false, true] {
        let site = Site::new();
        let id = format!("slow-{poll}");
        let first = with_list("[[rule]]\nid = \"one\"\npaths = [\"/first\"]\naction = \"block\"\n");
        let second = format!("[[rule]]\nid = \"{id}\"\npaths = [\"/second\"]\naction = \"block\"\n");
        let third = "[[rule]]\nid = \"three\"\npaths = [\"/third\"]\naction = \"block\"\n";
        site.write("policy.toml", &format!("{first}{second}"));
        site.config.reload().unwrap();
        let _watcher = if poll { site.config.poll(Duration::from_millis(5)) } else { site.config.watch() }.unwrap();

        site.write("policy.toml", &first);
        wait_for_record(&format!("lacks the rule `{id}`"));
        assert!(blocks(&site.config, OWN, "/second"), "{id}");
        site.write("policy.toml", &format!("{first}{second}{third}"));
        wait_until("the whole file", || {
            assert!(blocks(&site.config, OWN, "/second"), "{id}");
            blocks(&site.config, OWN, "/third")
        });
        // A removed rule is finally removed. Each change is logged once.
        site.write("policy.toml", &first);
        wait_until("the shorter file", || !blocks(&site.config, OWN, "/second"));
        assert_eq!(records(&format!("lacks the rule `{id}`")).len(), 2, "{id}");
        assert!(site.config.status().reload.problems.is_empty());
    }
}

/// A file that grows in many steps is a first half until it is complete, and the delay is logged once.
#[test]
fn a_file_that_grows_in_steps_is_waited_for() {
    collect();
    let site = Site::new();
    let rule = |id: &str| format!("[[rule]]\nid = \"{id}\"\npaths = [\"/{id}\"]\naction = \"block\"\n");
    let first = with_list(&rule("grows-first"));
    site.write("policy.toml", &format!("{first}{}", rule("grows-last")));
    site.config.reload().unwrap();
    let _watcher = site.config.poll(Duration::from_millis(5)).unwrap();
    let steps = Cell::new(0);
    wait_until("the steps", || {
        assert!(blocks(&site.config, OWN, "/grows-last"), "step {}", steps.get());
        steps.set(steps.get() + 1);
        // By rename, since an empty file between two steps would be a change of its own.
        replace(&site.path("policy.toml"), &format!("{first}{}", "# a line\n".repeat(steps.get())));
        steps.get() == 40
    });
    replace(&site.path("policy.toml"), &format!("{first}{}{}", rule("grows-last"), rule("grows-more")));
    wait_until("the whole file", || {
        assert!(blocks(&site.config, OWN, "/grows-last"));
        blocks(&site.config, OWN, "/grows-more")
    });
    assert_eq!(records("lacks the rule `grows-last`").len(), 1);
}

/// A removal that is undone does not count for the next one: each must last.
#[cfg(unix)]
#[test]
fn a_removal_that_is_undone_is_forgotten() {
    use std::os::unix::fs::symlink;

    let site = Site::new();
    let rule = |path: &str| format!("[[rule]]\nid = \"{path}\"\npaths = [\"/{path}\"]\naction = \"block\"\n");
    site.write("short.toml", &with_list(&rule("first")));
    site.write("whole.toml", &with_list(&(rule("first") + &rule("second"))));
    let link = |name: &str| {
        symlink(name, site.path("fresh")).unwrap();
        fs::rename(site.path("fresh"), site.path("policy.toml")).unwrap();
    };
    link("whole.toml");
    site.config.reload().unwrap();
    let _watcher = site.config.poll(Duration::from_millis(5)).unwrap();
    let swaps = Cell::new(0);
    wait_until("the swaps", || {
        assert!(blocks(&site.config, OWN, "/second"), "swap {}", swaps.get());
        link(["short.toml", "whole.toml"][swaps.get() % 2]);
        swaps.set(swaps.get() + 1);
        swaps.get() == 40
    });
    link("short.toml");
    wait_until("the shorter file", || !blocks(&site.config, OWN, "/second"));
}

/// Lists and sections are written slowly as well.
#[test]
fn shorter_lists_and_other_sections_are_waited_for() {
    collect();
    let shorter = |site: &Site| site.write("policy.toml", "mode = \"enforce\"\n");
    std::thread::scope(|scope| {
        for (number, tail, missing, change) in [
            (1, "", "entries of the list `slow-1`", (|site: &Site| site.write("list.txt", OWN)) as fn(&Site)),
            (2, "", "the rule `slow-2`", shorter),
            (3, "[client]\ntrusted_hops = 1\n", "[client]", |site| {
                site.write("policy.toml", &slow_policy(3, ""));
            }),
            (4, "[scanners]\nallow = [\"198.51.100.99\"]\n", "`198.51.100.99/32` in scanners.allow", |site| {
                site.write("policy.toml", &slow_policy(4, ""));
            }),
            (5, "[block]\nstatus = 410\n", "[block]", |site| site.write("policy.toml", &slow_policy(5, ""))),
        ] {
            scope.spawn(move || {
                let site = Site::new();
                site.write("list.txt", &format!("{OWN}\n198.51.100.8"));
                site.write("policy.toml", &slow_policy(number, tail));
                site.config.reload().unwrap();
                let generation = site.config.status().generation;
                let _watcher = site.config.poll(Duration::from_millis(5)).unwrap();
                change(&site);
                wait_for_record(&format!("lacks {missing}, so its files may be incomplete"));
                wait_until(missing, || site.config.status().generation > generation);
            });
        }
    });
}

fn slow_policy(number: usize, tail: &str) -> String {
    let rule = format!("[[rule]]\nid = \"slow-{number}\"\npaths = [\"/first\"]\naction = \"block\"\n");
    with_list(&format!("{rule}{tail}")).replace("id = \"own\"", &format!("id = \"slow-{number}\""))
}

/// A logger that panics while a policy is refused ends neither the thread nor the policy in service.
#[test]
fn a_panic_while_a_policy_is_reloaded_does_not_end_the_watch() {
    collect();
    let site = Site::new();
    let _watcher = site.config.poll(Duration::from_millis(10)).unwrap();
    site.write("policy.toml", &policy(&format!("no-slash-{BREAKING}")));
    wait_for_record("reloading the policy panicked");
    assert!(blocks(&site.config, OWN, "/first"));
    site.write("policy.toml", &policy("/second"));
    wait_until("the next policy", || blocks(&site.config, OWN, "/second"));
}

/// A Kubernetes volume: the file is a link into `..data`, which is a link to a folder, and is swapped by a rename.
#[cfg(unix)]
#[test]
fn a_watched_policy_follows_the_swap_of_a_mounted_config_map() {
    use std::os::unix::fs::symlink;

    let volume = tempfile::tempdir().unwrap();
    let at = |name: &str| volume.path().join(name);
    let fill = |folder: &str, path: &str| {
        fs::create_dir(at(folder)).unwrap();
        fs::write(at(folder).join("policy.toml"), policy(path)).unwrap();
        fs::write(at(folder).join("list.txt"), OWN).unwrap();
    };
    fill("..1", "/first");
    symlink("..1", at("..data")).unwrap();
    symlink("..data/policy.toml", at("policy.toml")).unwrap();
    symlink("..data/list.txt", at("list.txt")).unwrap();
    let config = GuardConfig::load_with(at("policy.toml"), []).unwrap();
    let _watcher = config.watch().unwrap();

    for (before, now, path) in [("..1", "..2", "/second"), ("..2", "..3", "/third")] {
        fill(now, path);
        symlink(now, at("..data_tmp")).unwrap();
        fs::rename(at("..data_tmp"), at("..data")).unwrap();
        fs::remove_dir_all(at(before)).unwrap();
        wait_until(path, || blocks(&config, OWN, path));
    }
}

#[test]
fn a_watched_policy_waits_for_a_file_that_is_still_missing() {
    let site = Site::new();
    let _watcher = site.config.watch().unwrap();
    site.write("policy.toml", &policy("/second").replace("list.txt", "later.txt"));
    wait_until("the missing list is noticed", || !site.config.status().reload.problems.is_empty());
    assert!(blocks(&site.config, OWN, "/first"), "{:?}", site.config.status());
    site.write("later.txt", "198.51.100.9");
    wait_until("the list is there", || blocks(&site.config, "198.51.100.9", "/second"));
}

#[test]
fn what_has_no_file_cannot_be_watched() {
    let error = GuardConfig::from_toml("").unwrap().watch().unwrap_err();
    assert!(error.to_string().contains("GuardConfig::load"));
}
