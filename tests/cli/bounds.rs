//! Untrusted inputs of any length, compressed or not.

use std::fmt::Write as _;
use std::io::Write as _;

use actix_scanner_guard::access_log::MAX_LINE;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{command, folder, run};

const FIND: &[&str] = &["explain", "-c", "policy.toml", "--reference", "K7QM-9XRD", "--log"];

fn long(text: &str) -> String {
    format!("{text}{}\n", "x".repeat(MAX_LINE))
}

#[test]
fn a_line_without_an_end_is_not_read_for_one() {
    let (code, out, err) = run(command(&["explain", "-c", "policy.toml", "--log-line", "-"]).stdin(long("192.0.2.1 ")));
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("the first line of standard input is longer than 65536 bytes"), "{err}");
}

#[test]
fn addresses_behind_a_long_line_are_looked_up() {
    let lines = format!("{}{}192.0.2.1\n", long("198.51.100.1 "), long(&" ".repeat(200)));
    let (code, out, err) = run(command(&["lookup", "-c", "policy.toml", "-"]).stdin(lines));
    let shown: Vec<&str> = out.lines().collect();
    let [first, second, "192.0.2.1\t-"] = shown[..] else { panic!("{out}") };
    assert!(first.starts_with("198.51.100.1 xxx") && first.ends_with("xxx\tno address"), "{first}");
    assert!(first.len() < 200 && second.len() < 200, "{out}");
    assert!(code == 1 && err.contains("2 lines of the input are no address"), "{err}");
}

#[test]
fn a_record_behind_a_long_line_is_found() {
    let record = std::fs::read(folder().join("service.log")).unwrap();
    let (_, expected, _) = run(command(FIND).arg("service.log"));
    let (code, out, _) = run(command(FIND).arg("-").stdin([long("K7QM-9XRD").as_bytes(), &record].concat()));
    assert_eq!((code, &out), (0, &expected));

    let (code, _, err) = run(command(FIND).arg("-").stdin(long("blocked GET / reference K7QM-9XRD") + "another\n"));
    assert_eq!(code, 2);
    assert!(err.contains("is in -, where one line longer than 65536 bytes was not read"), "{err}");
}

#[test]
fn packed_logs_are_searched_and_explained() {
    let gzip = |text: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    let plain = std::fs::read(folder().join("service.log")).unwrap();
    let (_, expected, _) = run(command(FIND).arg("service.log"));
    assert!(expected.contains("reference K7QM-9XRD"), "{expected}");
    for packed in [gzip(&plain), zstd::encode_all(plain.as_slice(), 3).unwrap()] {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), packed).unwrap();
        let (code, out, err) = run(command(FIND).arg(file.path()));
        assert_eq!((code, &out), (0, &expected), "{err}");
    }
    let line = b"198.51.100.2 - - [31/Jan/2026:12:00:00 +0000] \"GET /admin HTTP/1.1\" 200 5\n";
    let explain = |line: Vec<u8>| run(command(&["explain", "-c", "direct.toml", "--log-line", "-"]).stdin(line));
    assert_eq!(explain(gzip(line)), explain(line.to_vec()));
    assert_eq!(explain(line.to_vec()).0, 0);
}

/// Generated requests multiply by paths, methods, hosts and kinds of addresses.
#[test]
fn what_is_not_compared_is_told() {
    let mut policy = "[[scanners.list]]\nid = \"one\"\ncategory = \"web-reputation\"\nranges = [\"198.51.100.0/24\"]\n\
                      [scanners]\nuse = []\n[[rule]]\naction = \"block\"\naudience = \"any\"\n"
        .to_owned();
    let list = |name: &str, count: usize| {
        let items: Vec<String> =
            (0..count).map(|number| format!("{:?}", name.replace('N', &number.to_string()))).collect();
        format!("[{}]\n", items.join(", "))
    };
    write!(policy, "paths = {}hosts = {}", list("/N", 250), list("hN.example", 90)).unwrap();
    writeln!(policy, "methods = {}", list("MN", 10)).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &policy).unwrap();
    // Both policies are equal in the compared parts.
    let (code, out, err) = run(command(&["diff"]).args([file.path(), file.path()]));
    assert_eq!(code, 0, "{err}");
    let told = "both policies have the same effect\n\nrequests left out, generated from the rules beyond the first 200000: 25001.";
    assert!(out.starts_with(told), "{out}");
}
