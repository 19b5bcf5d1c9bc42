//! `[feeds]`, and the keys of fetched lists: valid and invalid values. No error repeats a secret.

use std::path::Path;

use actix_scanner_guard::{ConfigError, GuardConfig};

const LIST: &str = "[[scanners.list]]\nid = \"x\"\ncategory = \"ai-crawler\"\n";

/// Loads the text from a file, since only files use an environment.
fn load(name: &str, toml: &str, environment: &[(&str, &str)]) -> Result<GuardConfig, ConfigError> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fetch-config");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{name}.toml"));
    std::fs::write(&path, toml).unwrap();
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    GuardConfig::load_with(path, environment)
}

#[cfg(not(feature = "feeds"))]
#[test]
fn a_build_without_the_feature_names_it() {
    let toml = format!("feeds.cache_dir = \"cache\"\n{LIST}url = \"https://list.example/x?key=s3cret\"");
    let error = load("off", &toml, &[]).unwrap_err();
    assert_eq!(error.problems().len(), 2, "{error}");
    assert!(error.problems().iter().all(|problem| problem.message().contains("feature `feeds`")), "{error}");
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[test]
fn keys_of_fetching_are_for_lists_that_are_fetched() {
    for key in [
        "refresh = \"24h\"",
        "max_shrink = 0.5",
        "required = true",
        "allow_insecure = true",
        "allow_private_redirects = true",
        "sha256 = \"00\"",
        "header = \"authorization\"",
        "header_env = \"TOKEN\"",
    ] {
        let error = load("written", &format!("{LIST}ranges = [\"198.51.100.7\"]\n{key}"), &[]).unwrap_err();
        assert_eq!(error.problems().len(), 1, "{error}");
        assert_eq!(error.problems()[0].line(), Some(5), "{error}");
        assert!(error.problems()[0].message().contains("that are fetched"), "{error}");
    }
}

#[cfg(feature = "feeds")]
mod on {
    use super::*;
    use crate::support::Failures;

    /// The one problem of each text: its line, key, message and help.
    #[test]
    fn what_cannot_be_fetched_is_refused_with_its_place() {
        let url = "url = \"https://list.example/x\"";
        let header = |rest: &str| format!("{LIST}{url}\nheader = \"authorization\"\n{rest}");
        let mut failures = Failures::default();
        for (toml, line, key, message, help) in [
            (format!("{LIST}url = \"list.example\""), 4, "scanners.list[0].url", "not a URL", "https://"),
            (format!("{LIST}url = \"ftp://list.example/x\""), 4, "scanners.list[0].url", "not a URL", "https://"),
            (format!("{LIST}url = \"file:///etc/passwd\""), 4, "scanners.list[0].url", "not a URL", "https://"),
            (
                format!("{LIST}url = \"http://list.example/x\""),
                4,
                "scanners.list[0].url",
                "without TLS",
                "write `https:` in place of `http:`, or `allow_insecure = true`",
            ),
            (
                format!("{LIST}url = \"https://me:s3cret@list.example/x\""),
                4,
                "scanners.list[0].url",
                "must not be in this file",
                "`header_env`",
            ),
            (format!("{LIST}url = \"https://me:s3cret@/x\""), 4, "scanners.list[0].url", "not a URL", "https://"),
            (
                format!("{LIST}url = \"http://list.example/x?key=s3cret\""),
                4,
                "scanners.list[0].url",
                "without TLS",
                "write `https:` in place of `http:`",
            ),
            (format!("{LIST}{url}\nrefresh = \"daily\""), 5, "scanners.list[0].refresh", "not a duration", "`24h`"),
            (format!("{LIST}{url}\nrefresh = \"5s\""), 5, "scanners.list[0].refresh", "out of range", "from 1m to"),
            (format!("{LIST}{url}\nrefresh = \"9000y\""), 5, "scanners.list[0].refresh", "out of range", "from 1m to"),
            (format!("{LIST}{url}\nmax_shrink = 1.5"), 5, "scanners.list[0].max_shrink", "between 0 and 1", "0.5"),
            (format!("{LIST}{url}\nmax_shrink = nan"), 5, "scanners.list[0].max_shrink", "between 0 and 1", "0.5"),
            (format!("{LIST}{url}\nsha256 = \"abc\""), 5, "scanners.list[0].sha256", "not a SHA-256", "sha256sum"),
            (
                format!("{LIST}{url}\nformat = \"text\"\nkey = \"k\""),
                6,
                "scanners.list[0].key",
                "has no effect for the format",
                "remove",
            ),
            (header(""), 1, "scanners.list[0]", "`header_env` is missing", "PARTNER_TOKEN"),
            (format!("{LIST}{url}\nheader_env = \"X\""), 1, "scanners.list[0]", "`header` is missing", "authorization"),
            (header("header_env = \"UNSET\""), 6, "scanners.list[0].header_env", "not set", "`UNSET`"),
            (header("header_env = \"BLANK\""), 6, "scanners.list[0].header_env", "not set", "`BLANK`"),
            (header("header_env = \"BROKEN\""), 6, "scanners.list[0].header_env", "cannot be sent", "line breaks"),
            (
                format!("{LIST}{url}\nheader = \"host\"\nheader_env = \"TOKEN\""),
                5,
                "scanners.list[0].header",
                "sets this header itself",
                "secret",
            ),
            (
                format!("{LIST}{url}\nheader = \"authorization: s3cret\"\nheader_env = \"TOKEN\""),
                5,
                "scanners.list[0].header",
                "not the name of a header",
                "`header_env`",
            ),
            (
                format!(
                    "{LIST}url = \"http://list.example/\"\nallow_insecure = true\nheader = \"x-key\"\nheader_env = \"TOKEN\""
                ),
                6,
                "scanners.list[0].header",
                "not sent without TLS",
                "https",
            ),
            ("[feeds]\ntimeout = \"soon\"".into(), 2, "feeds.timeout", "not a duration", "`30s`"),
            ("[feeds]\ntimeout = \"1ms\"".into(), 2, "feeds.timeout", "out of range", "from 100ms to 10m"),
            (
                "[feeds]\nstartup_timeout = \"1h\"".into(),
                2,
                "feeds.startup_timeout",
                "out of range",
                "from 100ms to 10m",
            ),
            ("[feeds]\nmax_bytes = 3".into(), 2, "feeds.max_bytes", "out of range", "`\"256MiB\"`"),
            ("[feeds]\ncache_dir = \"\"".into(), 2, "feeds.cache_dir", "name of the folder", "cache"),
            ("[feeds]\nca_file = \"no/such/file\"".into(), 2, "feeds.ca_file", "cannot read", "relative"),
            ("[feeds]\nca_file = \"what.toml\"".into(), 2, "feeds.ca_file", "no certificate", "BEGIN CERTIFICATE"),
            ("[feeds]\ncachedir = \"x\"".into(), 2, "feeds.cachedir", "unknown key", "`cache_dir`"),
        ] {
            let environment = [("TOKEN", "s3cret"), ("BLANK", " \n"), ("BROKEN", "s3cret\nx-other: 1")];
            let error = load("what", &toml, &environment).expect_err(&toml);
            let [problem] = error.problems() else { panic!("{toml}\n{error}") };
            failures.check((problem.line(), problem.key()) == (Some(line), key), || format!("place: {toml}\n{error}"));
            failures.check(problem.message().contains(message), || format!("message: {toml}\n{error}"));
            failures.check(problem.help().contains(help), || format!("help: {toml}\n{error}"));
            failures.check(!error.to_string().contains("s3cret"), || format!("secret: {toml}\n{error}"));
        }
    }

    /// Only the last line is invalid, so that nothing is fetched.
    #[test]
    fn all_keys_together() {
        let toml = format!(
            r#"
            [feeds]
            cache_dir = "cache"
            startup_timeout = "5s"
            timeout = "1m 30s"
            max_bytes = 1048576

            {LIST}
            url = "https://list.example/x?part=1"
            refresh = "6h"
            max_shrink = 0.25
            required = true
            allow_insecure = false
            sha256 = "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"
            header = "Authorization"
            header_env = "PARTNER_TOKEN"
            audience = "shared"
            format = "aws-ip-ranges-json"
            service = "EC2"

            [block]
            status = 99"#
        );
        let error = load("all", &toml, &[("PARTNER_TOKEN", "Bearer s3cret\n")]).unwrap_err();
        let keys: Vec<&str> = error.problems().iter().map(actix_scanner_guard::Problem::key).collect();
        assert_eq!(keys, ["block.status"], "{error}");
    }

    #[test]
    fn variables_set_the_section_and_a_text_reads_none() {
        let error = load("variables", "# nothing here", &[("SCANNER_GUARD__FEEDS__TIMEOUT", "soon")]).unwrap_err();
        assert_eq!(error.problems()[0].variable(), Some("SCANNER_GUARD__FEEDS__TIMEOUT"), "{error}");
        let header = "header = \"x-key\"\nheader_env = \"PATH\"";
        let error = GuardConfig::from_toml(&format!("{LIST}url = \"https://list.example/\"\n{header}")).unwrap_err();
        assert!(error.problems()[0].help().contains("GuardConfig::load"), "{error}");
    }
}
