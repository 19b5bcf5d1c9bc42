//! A file of policy tests, as it is written.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::super::failure::Failure;
use super::super::request::Described;
use crate::policy::Action;
use crate::util::escape::escaped;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    policy: Option<PathBuf>,
    #[serde(default)]
    test: Vec<Spanned<RawTest>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTest {
    name: Option<String>,
    request: RawRequest,
    expect: Expected,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRequest {
    ip: Option<IpAddr>,
    peer: Option<IpAddr>,
    #[serde(default = "get")]
    method: String,
    path: String,
    host: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
}

fn get() -> String {
    "GET".to_owned()
}

/// What is expected; what is left out may be anything.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    pub(super) action: Option<Action>,
    /// A rule's id, or `none` for `default_action`.
    pub(super) rule: Option<String>,
    /// A scanner's id, or `none` if the request must match no scanner.
    pub(super) scanner: Option<String>,
    pub(super) enforced: Option<bool>,
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
    let help = "a test has a `request` with `ip` and `path`, and an `expect` with `action`, `rule`, `scanner` or \
                `enforced`; see `scanner-guard test --help`";
    let invalid = |message: String| Failure::new(format!("{}: {message}", escaped(&name))).help(help);
    let file: File = toml::from_str(&text).map_err(|error| invalid(error.to_string().trim_end().to_owned()))?;
    if file.test.is_empty() {
        return Err(invalid("there is no `[[test]]` in it".to_owned()));
    }
    let mut tests = Vec::with_capacity(file.test.len());
    for raw in file.test {
        let line = text[..raw.span().start].matches('\n').count() + 1;
        tests.push(test(raw.into_inner(), line).map_err(|message| invalid(format!("line {line}: {message}")))?);
    }
    // As in a policy, a path is relative to the file that names it.
    let policy = file.policy.map(|policy| path.parent().unwrap_or(Path::new("")).join(policy));
    Ok(Tests { policy, tests })
}

fn test(raw: RawTest, line: usize) -> Result<Test, String> {
    let RawRequest { ip, peer, method, path, host, headers } = raw.request;
    if ip.is_none() && peer.is_none() {
        return Err("the request has neither `ip` nor `peer`".to_owned());
    }
    if !path.starts_with('/') {
        return Err(format!("the path `{path}` does not begin with `/`"));
    }
    let Expected { action, rule, scanner, enforced } = &raw.expect;
    if action.is_none() && rule.is_none() && scanner.is_none() && enforced.is_none() {
        return Err("nothing is expected, so this test cannot fail".to_owned());
    }
    let name = raw.name.unwrap_or_else(|| format!("{method} {path}"));
    let request = Described { client: ip, peer, method, target: path, host, headers };
    Ok(Test { name, line, request, expected: raw.expect })
}
