//! `include`: more TOML files with lists, which commands write.

use std::fs;
use std::path::PathBuf;

use actix_scanner_guard::{Action, ConfigError, GuardConfig, Reload, RequestFacts};
use tempfile::TempDir;

const LEARNED: &str = r#"
[[scanners.list]]
id = "discovered"
category = "web-reputation"
audience = "shared"
ranges = ["192.0.2.0/24"]
"#;

/// A folder with files; `policy.toml` is loaded.
struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn load(&self) -> Result<GuardConfig, ConfigError> {
        GuardConfig::load_with(self.path("policy.toml"), [])
    }
}

fn scanner(config: &GuardConfig, address: &str) -> Option<String> {
    let decision = config.decide(&RequestFacts::new("/").peer(address.parse().unwrap()));
    decision.scanner().map(|scanner| scanner.id().to_owned())
}

#[test]
fn included_lists_act_as_those_of_the_policy() {
    let files = Files::new(&[
        (
            "policy.toml",
            "include = [\"learned.toml\", \"lists/more.toml\"]\n[[rule]]\npaths = [\"/x\"]\nscanners = [\"more\"]\naction = \"block\"",
        ),
        ("learned.toml", LEARNED),
        // Paths in the included file are relative to it.
        ("lists/more.toml", "[[scanners.list]]\nid = \"more\"\ncategory = \"web-reputation\"\nfile = \"more.txt\""),
        ("lists/more.txt", "198.51.100.7"),
    ]);
    let config = files.load().unwrap();
    assert_eq!(scanner(&config, "192.0.2.9").as_deref(), Some("discovered"));
    assert_eq!(scanner(&config, "198.51.100.7").as_deref(), Some("more"));
    let facts = RequestFacts::new("/x").peer("198.51.100.7".parse().unwrap());
    assert_eq!(config.decide(&facts).action(), Action::Block);
    let learned = RequestFacts::new("/x").peer("192.0.2.9".parse().unwrap());
    assert!(config.explain(&learned).to_string().contains("learned.toml"), "{}", config.explain(&learned));
}

#[test]
fn an_empty_file_is_included_and_followed() {
    let files = Files::new(&[("policy.toml", "include = [\"learned.toml\"]"), ("learned.toml", "")]);
    let config = files.load().unwrap();
    assert_eq!(scanner(&config, "192.0.2.9"), None);
    files.write("learned.toml", LEARNED);
    assert_eq!(config.reload().unwrap(), Reload::Changed { generation: 2 });
    assert_eq!(scanner(&config, "192.0.2.9").as_deref(), Some("discovered"));
    // A problem in the included file leaves the policy in service unchanged.
    files.write("learned.toml", "[[rule]]");
    assert!(config.reload().is_err());
    assert_eq!(scanner(&config, "192.0.2.9").as_deref(), Some("discovered"));
}

#[test]
#[cfg(feature = "watch")]
fn a_watched_policy_follows_the_files_that_it_includes() {
    let files = Files::new(&[("policy.toml", "include = [\"learned.toml\"]"), ("learned.toml", "")]);
    let config = files.load().unwrap();
    let _watcher = config.watch().unwrap();
    files.write("learned.toml", LEARNED);
    crate::support::log::wait_until("the included file", || scanner(&config, "192.0.2.9").is_some());
}

/// Each case: the policy, the included file, and a text of the problem.
#[test]
fn what_is_wrong_is_told_with_its_own_place() {
    let missing_in_policy =
        "include = [\"learned.toml\"]\n[[scanners.list]]\nid = \"own\"\nranges = [\"198.51.100.7\"]";
    for (policy, included, expected) in [
        (
            "",
            "[[rule]]\npaths = [\"/\"]",
            &["learned.toml:1:", "contains only `[[scanners.list]]`", "into the policy itself"][..],
        ),
        ("", "[scanners]\nuse = [\"all\"]", &["learned.toml:2:1", "scanners.use", "into the policy itself"]),
        ("", "[[scanner.list]]\nid = \"x\"", &["learned.toml:1:", "write `scanners`"]),
        ("", "[[scanners.lists]]\nid = \"x\"", &["learned.toml:1:", "write `scanners.list`"]),
        (
            "",
            "\n[[scanners.list]]\nid = \"x\"\ncategory = \"web-reputation\"\nranges = [\"192.0.2.7/24\"]",
            &["learned.toml:5:11"],
        ),
        ("", "[[scanners.list]]\nid = 7", &["learned.toml:2:6", "in quotes"]),
        ("", "include = [\"x.toml\"]", &["learned.toml:1:1", "include"]),
        ("", "[[scanners.list]", &["learned.toml:1:", "invalid TOML"]),
        (
            "[[scanners.list]]\nid = \"discovered\"\ncategory = \"web-reputation\"\nranges = [\"198.51.100.7\"]",
            LEARNED,
            &["learned.toml:3:6", "an earlier list has this id"],
        ),
        // A key that is missing in both files is reported for both.
        (
            &missing_in_policy["include = [\"learned.toml\"]\n".len()..],
            "[[scanners.list]]\nid = \"x\"\nranges = [\"192.0.2.0/24\"]",
            &["policy.toml:2:", "learned.toml:1:", "`category` is missing"],
        ),
    ] {
        let policy = format!("include = [\"learned.toml\"]\n{policy}");
        let files = Files::new(&[("policy.toml", &policy), ("learned.toml", included)]);
        let error = files.load().expect_err(included).to_string();
        for part in expected {
            assert!(error.contains(part), "{part}\n{included}\n{error}");
        }
    }
}

#[test]
fn a_file_that_cannot_be_included_is_told() {
    for (policy, part) in [
        ("include = [\"gone.toml\"]", "make an empty file there"),
        ("include = [\"\"]", "name of the file is missing"),
        ("include = [\".\"]", "not a regular file"),
        ("include = \"learned.toml\"", "write `[\"learned.toml\"]`"),
        ("include = [\"latin.toml\"]", "not UTF-8"),
        ("[client]\ninclude = [\"learned.toml\"]", "at the top of the file"),
    ] {
        let files = Files::new(&[("policy.toml", policy)]);
        fs::write(files.path("latin.toml"), b"# \xe4").unwrap();
        let error = files.load().expect_err(policy).to_string();
        assert!(error.contains("policy.toml") && error.contains(part), "{part}\n{error}");
    }
}

/// A secret in an included file is as secret as one in the policy.
#[test]
#[cfg(feature = "feeds")]
fn addresses_of_included_lists_are_not_shown() {
    let list = "[[scanners.list]]\nid = \"x\"\ncategory = \"web-reputaton\"\nurl = \"https://lists.example/secret-token/x\"\nrefresh = 24";
    let files = Files::new(&[("policy.toml", "include = [\"learned.toml\"]"), ("learned.toml", list)]);
    let error = files.load().unwrap_err().to_string();
    assert!(error.contains("learned.toml:3:") && !error.contains("secret-token"), "{error}");
}
