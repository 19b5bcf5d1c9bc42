//! No error of any command shows more of a list's URL than scheme and host.

use std::fs;

use crate::support::{command, run};

/// Every hidden part of the URLs contains this text.
const SECRET: &str = "s3cr3t";

/// Policies with a problem, and a word that the problem must still show.
fn policies() -> Vec<(String, &'static str)> {
    let list = |rest: &str| format!("[[scanners.list]]\nid = \"own\"\ncategory = \"ai-crawler\"\n{rest}\n");
    let full = "https://lists.example/s3cr3t/list.txt?token=s3cr3t#s3cr3t";
    vec![
        (list(&format!("url = [\"{full}\"]")), "https://lists.example/…"),
        (list(&format!("url = [\n  \"{full}\",\n  \"{full}\",\n]")), "expected a text in quotes"),
        (list(&format!("url = [[\"{full}\"]]")), "https://lists.example/…"),
        (list(&format!("url = {{ address = \"{full}\" }}")), "https://lists.example/…"),
        (list(&format!("[scanners.list.url]\naddress = \"{full}\"")), "expected a text in quotes"),
        (list(&format!("url = \"{full}\"\nfile = \"no/such/file\"")), "cannot read"),
        (list(&format!("file = \"no/such/file\"\nurl = \"{full}\"")), "https://lists.example/…"),
        (list(&format!("ranges = [\"198.51.100.0/24\"]\nurl = '{full}'")), "https://lists.example/…"),
        (list(&format!("file = \"{full}\"")), "https://lists.example/…"),
        (list(&format!("ranges = [\"{full}\"]")), "https://lists.example/…"),
        (list(&format!("url = \"{full}\"\nrefresh = \"{full}\"")), "https://lists.example/…"),
        (list(&format!("url = \"{full}\"\nrefresh = \"1s\"")), "refresh"),
        (list(&format!("urls = [\"{full}\"]")), "unknown key"),
        (list(&format!("ulr = \"{}\"", &full[8..])), "unknown key"),
        (list(&format!("source_url = \"{}\"", &full[8..])), "unknown key"),
        (list("url = \"http://lists.example/s3cr3t/list.txt\""), "allow_insecure"),
        (list("url = \"htps://lists.example/s3cr3t\""), "htps://lists.example/…"),
        (list("url = \"lists.example/s3cr3t\""), "lists.example/…"),
        (list("url = \"https:/lists.example/s3cr3t\""), "url"),
        (list("url = \"https://lists.example s3cr3t\""), "https://lists.example…"),
        (list("url = \"https://lists.example\\\\s3cr3t\""), "https://lists.example…"),
        (list("url = \"https://user:s3cr3t@lists.example/\""), "password"),
        (list("url = \"https://user:s3cr3t/s3cr3t@lists.example/\""), "https://…"),
        (list("url = \"https://user:s3cr3t@lists.example:99999/\""), "https://…"),
        (list("url = \"ftp://user:s3cr3t@lists.example/x\""), "ftp://…"),
        (list("url = \"\"\"https://lists.example/\\\n  s3cr3t\"\"\"\nurl2 = 1"), "unknown key"),
        (list("url = 'https://lists.example/s3cr3t'\nheader = \"authorization: Bearer s3cr3t\""), "header_env"),
        (
            list("url = 'https://l.example/s3cr3t'\nheader = \"authorization: s3cr3t\"\nheader_env = \"x s3cr3t\""),
            "not the name of a header",
        ),
        (list("url = 'https://l.example/s3cr3t'\nheader = \"x-key\"\nheader_env = \"s3cr3t\""), "not set"),
        (
            format!("scanners.list = [{{ id = \"own\", category = \"x\", url = \"{full}\" }}]\n"),
            "https://lists.example/…",
        ),
        (format!("scanners.list = {{ id = \"own\", url = \"{full}\" }}\n"), "[[scanners.list]]"),
        (format!("[feeds]\nurl = \"{full}\"\n"), "unknown key"),
        (format!("url = \"{full}\"\n"), "unknown key"),
        (format!("\"{full}\" = 1\n"), "no key has such a name"),
        // Not TOML.
        (list(&format!("url = {full}")), "invalid TOML"),
        (list(&format!("url = \"{full}")), "invalid TOML"),
        (list(&format!("url = '{full}\nrefresh = \"1h\"")), "invalid TOML"),
        (list(&format!("url = \"{full}\" \"{full}\"")), "invalid TOML"),
        (list(&format!("url = \"{full}\", refresh = \"1h\"")), "invalid TOML"),
        (list(&format!("url = \"{full}\"\nurl = \"{full}\"")), "invalid TOML"),
        (list(&format!("url \"{full}\"")), "invalid TOML"),
        (list(&format!("url: \"{full}\"")), "invalid TOML"),
        (list(full), "invalid TOML"),
        (list("url = \"lists.example/s3cr3t\\q\""), "invalid TOML"),
        (list("url = lists.example/s3cr3t"), "invalid TOML"),
        (list("url = \"\"\"https://lists.example/\\\n  s3cr3t\\q\n s3cr3t"), "invalid TOML"),
        (list("url = [\n  \"lists.example/s3cr3t\"\n  \"lists.example/s3cr3t\"\n]"), "invalid TOML"),
        (list("url = \"https://lists.example/s3cr3t\"\nheader_env = Bearer s3cr3t"), "invalid TOML"),
        (list("url = \"https://lists.example/s3cr3t\"\nheader = \"authorization: s3cr3t"), "invalid TOML"),
    ]
}

#[test]
fn errors_show_no_more_of_an_address_than_its_host() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("guard.toml");
    fs::write(folder.path().join("tests.toml"), TESTS).unwrap();
    fs::write(folder.path().join("access.log"), LINE).unwrap();
    let commands: [&[&str]; 10] = [
        &["check", "guard.toml"],
        &["check", "guard.toml", "--json"],
        &["explain", "-c", "guard.toml", "--ip", "198.51.100.7", "--path", "/"],
        &["explain", "-c", "guard.toml", "--ip", "198.51.100.7", "--path", "/", "--json"],
        &["lookup", "-c", "guard.toml", "198.51.100.7"],
        &["replay", "-c", "guard.toml", "access.log"],
        &["test", "-c", "guard.toml", "tests.toml"],
        &["diff", "guard.toml", "guard.toml"],
        &["feeds", "status", "-c", "guard.toml"],
        &["feeds", "fetch", "-c", "guard.toml", "--json"],
    ];
    for (toml, word) in policies() {
        fs::write(&policy, &toml).unwrap();
        for (number, arguments) in commands.iter().enumerate() {
            let (code, out, err) = run(command(arguments).current_dir(folder.path()));
            assert!(code > 0, "{arguments:?}\n{toml}\n{out}{err}");
            assert!(!out.contains(SECRET) && !err.contains(SECRET), "{arguments:?}\n{toml}\n{out}{err}");
            assert!(number > 0 || format!("{out}{err}").contains(word), "{arguments:?}\n{toml}\n{out}{err}");
        }
    }
}

const TESTS: &str = "[[test]]\nrequest = { ip = \"198.51.100.7\", path = \"/\" }\nexpect = { action = \"allow\" }\n";
const LINE: &str = "198.51.100.2 - - [31/Jan/2026:12:00:00 +0000] \"GET /admin HTTP/1.1\" 200 5\n";

/// A mark stays at its text after a hidden part.
#[test]
fn carets_stay_below_what_they_mean() {
    let folder = tempfile::tempdir().unwrap();
    let toml = "scanners.list = [{ id = \"own\", url = \"https://l.example/s3cr3t\", category = \"nope\" }]\n";
    fs::write(folder.path().join("guard.toml"), toml).unwrap();
    let (_, out, _) = run(command(&["check", "guard.toml"]).current_dir(folder.path()));
    let lines: Vec<&str> = out.lines().collect();
    let line = lines.iter().position(|line| line.contains("https://l.example/…\", category")).expect(&out);
    let caret = lines[line + 1].chars().position(|c| c == '^').unwrap();
    let text: String = lines[line].chars().skip(caret).take(6).collect();
    assert_eq!(text, "\"nope\"", "{out}");
}
