//! `replay` on real-world logs: the decided requests, and the message if none can be decided.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{command, run};

const RULE: &str = "[[rule]]\nid = \"admin\"\npaths = [\"/admin\"]\naction = \"decoy\"\n";
const DIRECT: &str = "[client]\ntrusted_proxies = []\n";
const PROXY: &str = "[client]\ntrusted_proxies = [\"loopback\", \"private\"]\n";
const HOPS: &str = "[client]\ntrusted_hops = 1\n";
const HOPS_CLIENT: &str = "[client]\ntrusted_hops = 1\ncheck = \"client\"\n";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

/// Exit code, report, and standard error.
fn replay(policy: &Path, log: &Path, more: &[&str]) -> (i32, Value, String) {
    let arguments = ["replay", "--json", "-c", policy.to_str().unwrap()];
    let arguments: Vec<&str> =
        arguments.into_iter().chain(more.iter().copied()).chain([log.to_str().unwrap()]).collect();
    let (code, out, err) = run(command(&arguments));
    (code, serde_json::from_str(&out).unwrap_or_default(), err)
}

/// A Combined line, with this text in the client's column and this text after the agent.
fn line(client: &str, path: &str, more: &str) -> String {
    format!("{client} - - [18/Dec/2025:11:40:48 +0000] \"GET {path} HTTP/1.1\" 200 5 \"-\" \"x\"{more}\n")
}

/// Policy, log, exit code, requests and decoys, and the message.
#[test]
fn who_is_judged() {
    let folder = Folder::new();
    let scanner = "150.70.66.183";
    let list = |proxy: &str| {
        format!(
            "{}{}",
            line(&format!("{scanner}, {proxy}"), "/admin", ""),
            line("198.51.100.7, 10.0.0.5", "/admin", "")
        )
    };
    let header = |client: &str| {
        let one = line(client, "/admin", &format!(" \"{scanner}\""));
        format!("{one}{}{}", line(client, "/admin", " \"198.51.100.7\""), line(client, "/", " \"203.0.113.9\""))
    };
    let ratio = [line(scanner, "/admin", " \"2.31\""), line("198.51.100.7", "/admin", " \"2.31\"")].concat();
    let gateway =
        [line("172.17.0.1", "/admin", " \"-\""), line("172.17.0.1", "/admin", &format!(" \"{scanner}\""))].concat();
    let envoy = format!(
        "[2025-12-18T11:40:48.123Z] \"GET /admin HTTP/1.1\" 200 - 0 154 5 4 \"198.51.100.7, {scanner}\" \"x\" \"1\" \"a\" \"b\"\n"
    );
    let cases: &[(&str, &str, i32, u64, u64, &str)] = &[
        (PROXY, &list("10.0.0.5"), 0, 2, 1, ""),
        (PROXY, &list("10.0.0.5").replace(", ", ","), 0, 2, 1, ""),
        (PROXY, &line("198.51.100.7, 150.70.66.183", "/admin", ""), 0, 1, 1, ""),
        (PROXY, &line("150.70.66.183, 198.51.100.7", "/admin", ""), 0, 1, 0, ""),
        (PROXY, &line("\"150.70.66.183, 10.0.0.5\"", "/admin", ""), 0, 1, 1, ""),
        (HOPS, &line("198.51.100.7, 150.70.66.183", "/admin", ""), 0, 1, 1, ""),
        (DIRECT, &list("10.0.0.5"), 2, 0, 0, "`150.70.66.183, 10.0.0.5`, the value of a forwarded header"),
        // If a column contains lists, it is the column of a header in the other lines too.
        (DIRECT, &format!("{}{}", line(scanner, "/admin", ""), list("10.0.0.5")), 2, 0, 0, "client.trusted_proxies"),
        (PROXY, &format!("{}{}", line(scanner, "/admin", ""), list("10.0.0.5")), 0, 3, 2, ""),
        (HOPS, &header("unix:"), 0, 3, 1, ""),
        (HOPS, &header("-"), 0, 3, 1, ""),
        (HOPS, &header("unix:/run/nginx.sock"), 0, 3, 1, ""),
        (PROXY, &header("unix:"), 0, 3, 0, ""),
        (PROXY, &header("10.0.0.5"), 0, 3, 1, ""),
        (HOPS, &ratio, 0, 2, 1, ""),
        (HOPS_CLIENT, &ratio, 0, 2, 1, ""),
        (PROXY, &gateway, 0, 2, 1, ""),
        (
            HOPS_CLIENT,
            &[line(scanner, "/admin", " \"-\""), line("198.51.100.7", "/", " \"192.0.2.1\"")].concat(),
            0,
            2,
            1,
            "",
        ),
        (PROXY, &envoy, 0, 1, 1, ""),
        (HOPS, &envoy, 0, 1, 1, ""),
        (DIRECT, &envoy, 2, 0, 0, "the policy trusts no header"),
        (
            DIRECT,
            &line("PSe5mXpQzW0AAAAAA==", "/admin", ""),
            2,
            0,
            0,
            "line 1 has `PSe5mXpQzW0AAAAAA==`, which is no address",
        ),
        (DIRECT, &line("host.example", "/admin", ""), 2, 0, 0, "`host.example`"),
        (DIRECT, &line("unix:", "/admin", ""), 2, 0, 0, "`unix:`"),
        (DIRECT, &line("xxx.xxx.xxx.xxx", "/admin", ""), 2, 0, 0, "`xxx.xxx.xxx.xxx`"),
        (DIRECT, &[line("host.example", "/admin", ""), line(scanner, "/admin", "")].concat(), 0, 1, 1, ""),
        (DIRECT, "", 0, 0, 0, ""),
    ];
    for (policy, log, code, requests, decoys, said) in cases {
        let policy = folder.file("policy.toml", &format!("{policy}{RULE}"));
        let file = folder.file("access.log", log);
        let (found, report, err) = replay(&policy, &file, &[]);
        let judged = (found, report["requests"].as_u64(), report["actions"]["decoy"].as_u64());
        assert_eq!(judged, (*code, Some(*requests), Some(*decoys)), "{log}\n{err}");
        assert!(err.contains(said), "{log}\n{err}");
    }
    let policy = folder.file("policy.toml", &format!("{PROXY}{RULE}"));
    let (_, report, _) = replay(&policy, &folder.file("access.log", &gateway), &[]);
    assert_eq!(report["unknown"]["behind_proxy"], 1);
    let (_, report, _) = replay(&policy, &folder.file("access.log", &header("unix:")), &[]);
    assert!(report["notes"].to_string().contains("trusted_hops = 1"), "{report}");
}

/// If every line is damaged, the first difference is shown.
#[test]
fn a_format_that_fits_no_line() {
    let folder = Folder::new();
    let policy = folder.file("policy.toml", &format!("{DIRECT}{RULE}"));
    let log = folder.file("access.log", &[line("192.0.2.1", "/a", ""), line("192.0.2.2", "/b", "")].concat());
    for (format, caret) in [
        ("%h %t \"%r\" %s", "  192.0.2.1 - - [18/Dec/2025:11:40:48 +0000] \"GET /…\n           ^ ` [` is expected"),
        ("common", "the end of the line is expected"),
        ("x $remote_addr $request_uri", "^ `x ` is expected"),
        ("caddy", "  192.0.2.1"),
        ("w3c", "#Fields: …"),
        ("#Fields: c-ip cs-method", "names 2 columns, and this line has more"),
    ] {
        let (code, _, err) = replay(&policy, &log, &["--format", format]);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains("no line of") && err.contains(caret) && err.contains('^'), "{format}: {err}");
    }
    // One matching line is enough.
    let log = folder.file("access.log", &format!("{}cut sho\n", line("192.0.2.1", "/a", "")));
    assert_eq!(replay(&policy, &log, &["--format", "combined"]).0, 0);
    // A format with a line break gets a message about it.
    let (code, _, err) = replay(&policy, &log, &["--format", "{\n\"a\":\"$remote_addr\",\n\"r\":\"$request\"}"]);
    assert!(code == 2 && err.contains("line break"), "{err}");
}

/// A log without request lines, or with an unsupported compression, is no answer.
#[test]
fn a_log_without_requests() {
    let folder = Folder::new();
    let policy = folder.file("policy.toml", &format!("{DIRECT}{RULE}"));
    let log = folder.file("access.log", &line("192.0.2.1", "/a", "").replace("\"GET /a HTTP/1.1\"", "\"-\""));
    let (code, _, err) = replay(&policy, &log, &[]);
    assert!(code == 2 && err.contains("in the place of the request line, line 1 has no method and path"), "{err}");
    let log = folder.file("access.log.bz2", "BZh91AY&SY");
    let (code, _, err) = replay(&policy, &log, &[]);
    assert!(code == 2 && err.contains("bzcat"), "{err}");
}

/// Requests with an unreadable time are judged; if a time is requested, they are counted apart.
#[test]
fn unknown_times() {
    let folder = Folder::new();
    let policy = folder.file("policy.toml", &format!("{DIRECT}{RULE}"));
    let dated = line("150.70.66.183", "/admin", "");
    let log = folder.file("access.log", &format!("{}{}", dated, dated.replace("Dec", "déc.")));
    let (code, report, _) = replay(&policy, &log, &[]);
    assert_eq!((code, &report["requests"], &report["unknown"]["time"]), (0, &2.into(), &1.into()));
    for (since, requests, outside) in [("2025-12-18", 1, 0), ("2025-12-19", 0, 1)] {
        let (code, report, _) = replay(&policy, &log, &["--since", since]);
        let counted = (&report["requests"], &report["outside"], &report["undated"]);
        assert_eq!((code, counted), (0, (&requests.into(), &outside.into(), &1.into())), "{report}");
        assert_eq!(report["lines"]["damaged"], 0);
    }
}

/// Neither the policy nor a log nor the tests are overwritten, under any name.
#[test]
fn nothing_overwrites_its_input() {
    let folder = Folder::new();
    let policy = folder.file("policy.toml", &format!("{DIRECT}{RULE}"));
    let log = folder.file("access.log", &line("192.0.2.1", "/a", ""));
    let tests = folder.file(
        "tests.toml",
        "[[test]]\nname = \"a\"\nrequest = { ip = \"192.0.2.1\", path = \"/\" }\nexpect = { scanner = \"none\" }\n",
    );
    let text = |path: &Path| std::fs::read_to_string(path).unwrap();
    let before = [text(&policy), text(&log), text(&tests)];
    let hard = folder.0.path().join("hard.html");
    std::fs::hard_link(&log, &hard).unwrap();
    let around = folder.0.path().join("x/../policy.toml");
    std::fs::create_dir(folder.0.path().join("x")).unwrap();
    let mut outputs = vec![policy.clone(), log.clone(), hard, around];
    #[cfg(unix)]
    {
        let link = folder.0.path().join("link.html");
        std::os::unix::fs::symlink(&log, &link).unwrap();
        outputs.push(link);
    }
    for output in outputs {
        let (code, _, err) = replay(&policy, &log, &["--html", output.to_str().unwrap()]);
        assert!(code == 2 && err.contains("would be overwritten"), "{output:?}: {err}");
    }
    for output in [&policy, &tests] {
        let [tests, policy, output] = [&tests, &policy, output].map(|path| path.to_str().unwrap());
        let (code, _, err) = run(command(&["test", tests, "-c", policy, "--junit", output]));
        assert!(code == 2 && err.contains("would be overwritten"), "{err}");
    }
    assert_eq!(before, [text(&policy), text(&log), text(&tests)]);
    let new = folder.0.path().join("new.html");
    assert_eq!(replay(&policy, &log, &["--html", new.to_str().unwrap()]).0, 0);
    assert_eq!(replay(&policy, &log, &["--html", new.to_str().unwrap()]).0, 0, "a page of before is written anew");
}

/// Text from clients is escaped in terminals, in pages and in JSON.
#[test]
fn clients_text_is_escaped_everywhere() {
    let folder = Folder::new();
    let hostile = "\u{7f}\u{85}\u{9b}31m\u{61c}\u{202e}\u{2066}\u{200b}\u{2060}\u{feff}\u{ad}\u{fffe}\u{e0041}";
    let policy = folder.file("policy.toml", &format!("{DIRECT}{RULE}"));
    let log = folder
        .file("access.log", &format!("{}{hostile} cut sho\n", line("150.70.66.183", &format!("/admin/{hostile}"), "")));
    let page = folder.0.path().join("page.html");
    let [policy_name, log_name, page_name] = [&policy, &log, &page].map(|path| path.to_str().unwrap());
    let shown = |text: &str| {
        let hidden: Vec<char> = text.chars().filter(|c| hostile.contains(*c) && !"31m".contains(*c)).collect();
        assert!(hidden.is_empty(), "{hidden:?} in {text}");
        assert!(text.contains("admin"), "{text}");
    };
    let (code, out, _) = run(command(&["replay", "-c", policy_name, log_name, "--html", page_name]));
    assert_eq!(code, 0);
    shown(&out);
    shown(&std::fs::read_to_string(&page).unwrap());
    let (_, out, _) = run(command(&["replay", "--json", "-c", policy_name, log_name]));
    shown(&out);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["paths"]["rows"][0]["path"], format!("/admin/{hostile}"), "JSON says what was sent");
    let tests = folder.file(
        "tests.toml",
        &format!("[[test]]\nname = {}\nrequest = {{ ip = \"192.0.2.1\", path = \"/admin\" }}\nexpect = {{ rule = \"admin\" }}\n", serde_json::to_string("a\u{61c}\u{2060}\u{fffe}\u{202e}").unwrap()),
    );
    let junit = folder.0.path().join("report.xml");
    let [tests, junit_name] = [&tests, &junit].map(|path| path.to_str().unwrap());
    let (code, out, err) = run(command(&["test", tests, "-c", policy_name, "--junit", junit_name]));
    assert_eq!(code, 1, "{err}");
    shown(&out);
    shown(&std::fs::read_to_string(&junit).unwrap());
}

/// The page names its policy, its mode and its time; marks accompany colors.
#[test]
fn the_page_says_what_it_is_about() {
    let folder = Folder::new();
    let policy = folder.file("shop-policy.toml", &format!("mode = \"observe\"\n{DIRECT}{RULE}"));
    let log = folder.file("access.log", &line("150.70.66.183", "/admin", "").repeat(3));
    let page = folder.0.path().join("page.html");
    replay(&policy, &log, &["--html", page.to_str().unwrap()]);
    let text = std::fs::read_to_string(&page).unwrap();
    for wanted in [
        "shop-policy.toml",
        "observe: no response changes",
        "Made ",
        "18 December 2025, 11:40:48 UTC",
        "◆ decoy",
        "◆ 3",
        "<span>4</span><span>2</span><span>0</span>",
        "3 requests, 3 from scanners",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in {text}");
    }
}

/// Each setting of a rule that affects decisions is a difference.
#[test]
fn what_differs_between_rules() {
    let folder = Folder::new();
    let rule = |more: &str| format!("{DIRECT}{RULE}{more}");
    let old = folder.file("old.toml", &rule(""));
    for (number, (more, key)) in [
        ("identity = [\"claimed\"]", "identity"),
        ("expires = 2099-01-01T00:00:00Z", "expires"),
        ("serves = \"images\"", "serves"),
        ("methods = [\"POST\"]", "methods"),
        ("[scanners]\nmatch = [\"address\"]", "scanners.match"),
    ]
    .into_iter()
    .enumerate()
    {
        let new = folder.file(&format!("new-{number}.toml"), &rule(&format!("{more}\n")));
        let (code, out, err) = run(command(&["diff", "--json"]).arg(&old).arg(&new));
        assert_eq!(code, 1, "{more}: {out} {err}");
        assert!(out.contains(&format!("\"{key}\"")), "{more}: {out}");
    }
}
