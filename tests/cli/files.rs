//! Files that the command writes.

use std::fs;
use std::io::{Read, Write};

use crate::support::{command, run};

#[test]
fn a_first_policy_is_written_once_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let call = |arguments: &[&str]| run(command(arguments).current_dir(folder.path()));
    let (code, out, err) = call(&["init"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let (code, out, _) = call(&["check", "--strict"]);
    assert!(code == 0 && out.starts_with("scanner-guard.toml is in order: observing only"), "{out}");

    fs::write(folder.path().join("scanner-guard.toml"), "mode = \"enforce\"\n").unwrap();
    let (code, out, err) = call(&["init"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("already exists") && err.contains("help: name another file"), "{err}");
    let kept = fs::read_to_string(folder.path().join("scanner-guard.toml")).unwrap();
    assert_eq!(kept, "mode = \"enforce\"\n");

    let (code, _, err) = call(&["init", "no/such/folder.toml"]);
    assert!(code == 2 && err.contains("cannot write no/such/folder.toml"), "{err}");
}

#[test]
fn the_manual_has_a_page_for_each_subcommand() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    let (code, out, err) = run(command(&["man", pages.to_str().unwrap()]));
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out.lines().count(), fs::read_dir(&pages).unwrap().count());
    let (_, json, _) = run(command(&["man", pages.to_str().unwrap(), "--json"]));
    assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), out.lines().collect::<Vec<_>>());
    let page = fs::read_to_string(pages.join("scanner-guard-check.1")).unwrap();
    assert!(page.starts_with(".ie") || page.starts_with(".TH"), "{page}");
    assert!(page.contains("strict") && page.contains("Exit codes"), "{page}");
}

#[test]
fn completions_know_the_subcommands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (code, out, _) = run(command(&["completions", shell]));
        assert!(code == 0 && out.contains("explain") && out.contains("strict"), "{shell}: {out}");
    }
}

#[test]
fn a_junit_report_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.xml");
    let (code, ..) = run(command(&["test", "failing.toml", "--junit", report.to_str().unwrap()]));
    assert_eq!(code, 1);
    let report = fs::read_to_string(report).unwrap();
    assert!(report.contains(r#"<testsuites name="scanner-guard" tests="2" skipped="0" failures="1" errors="0">"#));
    assert!(report.contains("action: expected block, found tag") && report.contains("rule `admin` does not match"));
    assert!(!report.contains('\u{1b}'), "{report}");

    let (code, _, err) = run(command(&["test", "tests.toml", "--junit", "no/such/folder.xml"]));
    assert!(code == 2 && err.contains("cannot write no/such/folder.xml"), "{err}");
}

/// Answers each request with this list.
pub(crate) fn serve_list(list: &'static str) -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", list.len());
            let _ = stream.write_all(format!("{head}{list}").as_bytes());
        }
    });
    address
}

#[test]
fn lists_are_fetched_into_the_cache_and_shown_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let address = serve_list("198.51.100.0/24\n203.0.113.0/24\n");
    let policy = format!(
        "client.trusted_proxies = []\nscanners.use = []\n[feeds]\ncache_dir = \"cache\"\n[[scanners.list]]\nid = \
         \"partner\"\ncategory = \"web-reputation\"\nurl = \"http://{address}/list.txt?key=secret\"\nallow_insecure = true\n"
    );
    fs::write(folder.path().join("scanner-guard.toml"), &policy).unwrap();
    let call = |arguments: &[&str]| run(command(arguments).current_dir(folder.path()));

    let (code, out, _) = call(&["feeds", "status"]);
    assert!(code == 1 && out.contains("partner") && out.contains("none"), "{out}");
    let (code, out, err) = call(&["feeds", "fetch"]);
    assert!(code == 0 && out.lines().nth(1).unwrap().contains("2"), "{out}{err}");
    assert!(!out.contains("secret"), "{out}");
    let (code, out, _) = call(&["feeds", "status", "--json"]);
    let lists: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(code == 0 && lists[0]["entries"] == 2 && lists[0]["from_cache"] == true, "{out}");
    // The other subcommands use fetched copies, and do not fetch themselves.
    let (_, out, _) = call(&["lookup", "203.0.113.9"]);
    assert!(out.contains("203.0.113.0/24  partner"), "{out}");
    for format in [&[][..], &["--json"]] {
        for arguments in [&["lookup", "203.0.113.9"][..], &["explain", "--ip", "203.0.113.9", "--path", "/"]] {
            let (_, out, err) = call(&[arguments, format].concat());
            assert!(out.contains("partner") && !out.contains("secret") && !err.contains("secret"), "{out}{err}");
        }
    }

    fs::write(folder.path().join("scanner-guard.toml"), policy.replace("list.txt", "\u{7f}")).unwrap();
    assert_eq!(call(&["feeds", "fetch"]).0, 2);
    let refused = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let unreachable = policy.replace(&address.to_string(), &refused.to_string());
    fs::write(folder.path().join("scanner-guard.toml"), unreachable).unwrap();
    let (code, out, _) = call(&["feeds", "fetch"]);
    assert!(code == 1 && out.contains("partner: "), "{out}");
    let (code, out, _) = run(command(&["feeds", "status", "-c", "policy.toml"]));
    assert_eq!((code, out.as_str()), (0, "this policy fetches no list\n"));
}

/// The text of one request up to the end of its header.
fn head(stream: &mut std::net::TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// A proxy that answers in place of all servers: `10.0.0.7` has the list, and each other server redirects to it.
fn serve_redirects() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let is_private = head(&mut stream).starts_with("CONNECT 10.0.0.7:");
            stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
            head(&mut stream);
            let answer = match is_private {
                true => "HTTP/1.1 200 OK\r\ncontent-length: 13\r\nconnection: close\r\n\r\n198.51.100.7\n",
                false => {
                    "HTTP/1.1 302 Found\r\nlocation: http://10.0.0.7/list\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                }
            };
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    address
}

/// A public server must not send requests into a private network, unless the list allows it.
#[test]
fn redirects_to_private_addresses_are_followed_for_lists_that_allow_them() {
    let proxy = serve_redirects();
    for (host, key, code, expected) in [
        ("lists.example", "", 1, "the server redirects to http://10.0.0.7"),
        ("lists.example", "allow_private_redirects = false\n", 1, "`allow_private_redirects = true` allows that"),
        ("lists.example", "allow_private_redirects = true\n", 0, "partner"),
        // The operator named a private address.
        ("10.0.0.1", "", 0, "partner"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let policy = format!(
            "client.trusted_proxies = []\nscanners.use = []\n[feeds]\ncache_dir = \"cache\"\n[[scanners.list]]\nid = \
             \"partner\"\ncategory = \"web-reputation\"\nurl = \"http://{host}/list\"\nallow_insecure = true\n{key}"
        );
        fs::write(folder.path().join("scanner-guard.toml"), policy).unwrap();
        let fetch = command(&["feeds", "fetch"]).current_dir(folder.path());
        let (found, out, err) = run(fetch.env("ALL_PROXY", format!("http://{proxy}")));
        assert!(found == code && out.contains(expected), "{host} {key}: {found} {out}{err}");
    }
}
