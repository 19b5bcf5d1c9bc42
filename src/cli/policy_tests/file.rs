//! Reads a file of policy tests. Reports every problem in it with its place, as for a policy.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;

use super::super::failure::Failure;
use super::super::request::Described;
use crate::config::{Diagnostics, Spanned, other_files};
use crate::identity::Identity;
use crate::policy::Action;
use crate::util::escape::escaped;
use crate::util::suggest;

type Text = Spanned<String>;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawFile {
    policy: Option<Text>,
    test: Option<Spanned<Vec<Spanned<RawTest>>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawTest {
    name: Option<Text>,
    request: Option<Spanned<RawRequest>>,
    expect: Option<Spanned<RawExpected>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawRequest {
    ip: Option<Text>,
    peer: Option<Text>,
    method: Option<Text>,
    path: Option<Text>,
    host: Option<Text>,
    agent: Option<Text>,
    time: Option<Text>,
    headers: Option<Vec<Spanned<Vec<Text>>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawExpected {
    action: Option<Action>,
    rule: Option<Text>,
    scanner: Option<Text>,
    enforced: Option<bool>,
    identity: Option<Text>,
}

/// The expected decision. A key that is left out accepts any value.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) action: Option<Action>,
    /// A rule's id, or `none` for `default_action`.
    pub(super) rule: Option<String>,
    /// A scanner's id, or `none` if the request must match no scanner.
    pub(super) scanner: Option<String>,
    pub(super) enforced: Option<bool>,
    /// An identity, or `none` if the request must have no identity.
    pub(super) identity: Option<String>,
}

/// One test.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) request: Described,
    pub(super) expected: Expected,
}

/// The tests of a file, and the policy that it names.
#[derive(Debug)]
pub(super) struct Tests {
    pub(super) policy: Option<PathBuf>,
    pub(super) tests: Vec<Test>,
}

pub(super) fn read(path: &Path) -> Result<Tests, Failure> {
    let name = path.to_string_lossy();
    let text = fs::read_to_string(path).map_err(|error| Failure::unreadable(escaped(&name), &error))?;
    let read = other_files::read(path, text, |raw: RawFile, diagnostics| file(raw, path, diagnostics));
    read.map_err(|problems| {
        let count = match problems.len() {
            1 => "1 problem".to_owned(),
            count => format!("{count} problems"),
        };
        let problems: String = problems.iter().map(|problem| format!("\n{problem}")).collect();
        Failure::new(format!("{count} in these tests{problems}"))
            .help("see `scanner-guard test --help` for a file of tests")
    })
}

fn file(raw: RawFile, path: &Path, diagnostics: &mut Diagnostics) -> Tests {
    let is_empty = raw.test.as_ref().is_none_or(|tests| tests.value.is_empty());
    if is_empty && !diagnostics.concerns("test") {
        let place = diagnostics.place_of_missing_key("test");
        diagnostics.problem(place, "there is no test in this file", "write a `[[test]]` with `request` and `expect`");
    }
    let tests = raw.test.map(|tests| tests.value).unwrap_or_default();
    let tests = tests.into_iter().filter_map(|raw| test(raw, diagnostics)).collect();
    // As in a policy, a path is relative to the file that names it.
    let policy = raw.policy.map(|policy| path.parent().unwrap_or(Path::new("")).join(policy.value));
    Tests { policy, tests }
}

fn test(raw: Spanned<RawTest>, diagnostics: &mut Diagnostics) -> Option<Test> {
    let Spanned { value: RawTest { name, request, expect }, place } = raw;
    let request = request.or_else(|| {
        missing(place, "request", "write `request = { ip = \"150.70.66.183\", path = \"/admin\" }`", diagnostics);
        None
    });
    let expect = expect.or_else(|| {
        missing(place, "expect", "write `expect = { action = \"decoy\" }`", diagnostics);
        None
    });
    let request = request.and_then(|raw| self::request(raw, diagnostics));
    let expected = expect.and_then(|raw| expected(raw, diagnostics));
    let (request, expected) = (request?, expected?);
    let name = name.map_or_else(|| format!("{} {}", request.method, request.target), |name| name.value);
    Some(Test { name, line: diagnostics.line(place).unwrap_or(1), request, expected })
}

fn request(raw: Spanned<RawRequest>, diagnostics: &mut Diagnostics) -> Option<Described> {
    let Spanned { value: RawRequest { ip, peer, method, path, host, agent, time, headers }, place } = raw;
    if ip.is_none() && peer.is_none() && !diagnostics.concerns(&format!("{}.ip", diagnostics.path(place))) {
        let help = "write `ip = \"150.70.66.183\"`, or the address of the connection as `peer`";
        diagnostics.problem(place, "the request has neither `ip` nor `peer`", help);
    }
    let mut address = |text: Option<Text>| {
        let Spanned { value, place } = text?;
        let address = value.trim().parse::<IpAddr>().ok();
        if address.is_none() {
            let help = match value.contains('/') {
                true => "write one address of the network, such as `150.70.66.183`",
                false => "write an address such as `150.70.66.183` or `2001:db8::1`",
            };
            diagnostics.problem_with(place, &value, "not an IP address", help);
        }
        address
    };
    let (client, peer) = (address(ip), address(peer));
    let target = match path {
        Some(path) => {
            check_path(&path, diagnostics);
            Some(path.value)
        }
        None => {
            missing(place, "path", "write `path = \"/\"`, or the path of the request", diagnostics);
            None
        }
    };
    let headers = headers.unwrap_or_default().into_iter().filter_map(|header| self::header(&header, diagnostics));
    let agent = agent.map(|agent| ("user-agent".to_owned(), agent.value));
    let headers = headers.chain(agent).collect();
    let time = time.and_then(|time| self::time(&time, diagnostics));
    let method = method.map_or_else(|| "GET".to_owned(), |method| method.value);
    Some(Described { client, peer, method, target: target?, host: host.map(|host| host.value), headers, time })
}

/// The time of the request. A list that was read later proves nothing about it, and a list that is 30 days older contradicts
/// no claim.
fn time(text: &Text, diagnostics: &mut Diagnostics) -> Option<SystemTime> {
    let time = humantime::parse_rfc3339(&text.value).ok();
    if time.is_none() {
        let help = "write a time such as `2026-09-10T12:00:00Z`";
        diagnostics.problem_with(text.place, &text.value, "not a time", help);
    }
    time
}

fn check_path(path: &Text, diagnostics: &mut Diagnostics) {
    let Spanned { value, place } = path;
    if value.starts_with('/') {
        return;
    }
    let help = match value.split_once("://") {
        Some((_, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let path = if path.is_empty() { "/" } else { path };
            format!("write `path = \"{path}\"` and `host = \"{host}\"`")
        }
        None => format!("write `/{value}`"),
    };
    diagnostics.problem_with(*place, value, "a path begins with `/`", help);
}

fn header(header: &Spanned<Vec<Text>>, diagnostics: &mut Diagnostics) -> Option<(String, String)> {
    let [name, value] = &header.value[..] else {
        diagnostics.problem(
            header.place,
            "a header is a name and a value",
            "write `[\"x-forwarded-for\", \"150.70.66.183\"]`",
        );
        return None;
    };
    Some((name.value.clone(), value.value.clone()))
}

fn expected(raw: Spanned<RawExpected>, diagnostics: &mut Diagnostics) -> Option<Expected> {
    let Spanned { value: RawExpected { action, rule, scanner, enforced, identity }, place } = raw;
    let is_empty = action.is_none() && rule.is_none() && scanner.is_none() && enforced.is_none() && identity.is_none();
    if is_empty && !diagnostics.concerns(diagnostics.path(place)) {
        let help = "write the expected values: `action`, `rule`, `scanner`, `identity` or `enforced`";
        diagnostics.problem(place, "nothing is expected, so this test cannot fail", help);
        return None;
    }
    let text = |text: Option<Text>| text.map(|text| text.value);
    let identity = identity.and_then(|identity| known_identity(identity, diagnostics));
    Some(Expected { action, rule: text(rule), scanner: text(scanner), enforced, identity })
}

fn known_identity(text: Text, diagnostics: &mut Diagnostics) -> Option<String> {
    let known: Vec<&str> = Identity::NAMES.into_iter().chain(["none"]).collect();
    if !known.contains(&text.value.as_str()) {
        diagnostics.problem_with(text.place, &text.value, "unknown identity", suggest::name(&text.value, &known));
        return None;
    }
    Some(text.value)
}

fn missing(table: usize, key: &str, help: &str, diagnostics: &mut Diagnostics) {
    if !diagnostics.concerns(&format!("{}.{key}", diagnostics.path(table))) {
        diagnostics.problem(table, format!("`{key}` is missing"), help);
    }
}
