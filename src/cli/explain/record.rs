//! The guard's own record of a request, found in a log by its reference code.

use std::io;
use std::net::IpAddr;
use std::path::Path;

use serde::Serialize;

use super::super::failure::Failure;
use super::super::lines::{Line, next_line};
use super::super::logs::input;
use super::super::request::Described;
use crate::access_log::MAX_LINE;
use crate::util::escape::{escaped, unescaped};

/// How a record begins, by what became of the request (`guard/record.rs` writes them).
const VERBS: [&str; 6] = ["blocked ", "would block ", "decoyed ", "would decoy ", "tagged ", "allowed "];

/// What the log says of the request.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Record {
    /// What became of it, such as `would block`.
    pub(super) done: String,
    method: String,
    path: String,
    address: IpAddr,
    /// The scanner and its network, as logged.
    pub(super) scanner: String,
    /// The rule, or `default_action`.
    pub(super) rule: String,
    pub(super) reference: String,
    /// Whether the path was too long to be logged whole.
    pub(super) cut: bool,
}

impl Record {
    /// The request, as far as the log knows it.
    pub(super) fn described(&self) -> Described {
        Described { method: self.method.clone(), ..Described::new(self.address, self.path.clone()) }
    }
}

/// Looks for the record with this code. The last one counts.
pub(super) fn find(code: &str, log: &Path) -> Result<Record, Failure> {
    let name = log.to_string_lossy();
    let name = escaped(&name);
    let unreadable = |error: &io::Error| Failure::unreadable(&name, error);
    let mut input = input(log).unpacked().map_err(|error| unreadable(&error))?;
    let code = normal(code);
    let (mut found, mut line, mut too_long) = (None, Vec::new(), 0_u64);
    while let Some(read) = next_line(&mut input, &mut line).map_err(|error| unreadable(&error))? {
        match read {
            // A record is far shorter, whatever a logger writes around it.
            Line::TooLong => too_long += 1,
            // Most lines are others', and need not be read as text.
            Line::Whole if memchr::memmem::find(&line, code.as_bytes()).is_none() => {}
            Line::Whole => found = parse(&String::from_utf8_lossy(&line), &code).or(found),
        }
    }
    found.ok_or_else(|| {
        let left_out = match too_long {
            0 => String::new(),
            count => format!(", {count} of whose lines are longer than {MAX_LINE} bytes and were not read"),
        };
        let help = "look into the log of the service itself, where the target `scanner_guard` writes; a record of a \
                    tagged or allowed request is only there at level debug, unless the policy has decoys";
        Failure::new(format!("no record with the reference {} is in {name}{left_out}", escaped(&code))).help(help)
    })
}

/// The code as it is logged, however it was copied: `k7qm9xrd` is `K7QM-9XRD`.
fn normal(code: &str) -> String {
    let plain: String = code.trim().chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    if plain.len() == 8 { format!("{}-{}", &plain[..4], &plain[4..]) } else { code.trim().to_uppercase() }
}

/// Reads a record out of a line, around which a logger has written whatever it writes.
fn parse(line: &str, code: &str) -> Option<Record> {
    // Loggers that write JSON have the record as a text in it.
    if let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(line) {
        return fields.values().filter_map(|value| value.as_str()).find_map(|text| message(text, code));
    }
    message(line, code)
}

/// `blocked GET /x from 150.70.66.183 (trend-micro, 150.70.0.0/16) by admin, reference K7QM-9XRD`
fn message(text: &str, code: &str) -> Option<Record> {
    let (text, _) = text.split_once(&format!(", reference {code}"))?;
    let starts = VERBS.iter().filter_map(|verb| Some((text.find(verb)?, *verb)));
    // `would block` holds no other verb, but a prefix of the logger's may.
    let (start, verb) = starts.min()?;
    let (request, rest) = text[start + verb.len()..].rsplit_once(" from ")?;
    let (method, path) = request.split_once(' ')?;
    let (address, rest) = rest.split_once(" (")?;
    let (scanner, rule) = rest.rsplit_once(") by ")?;
    let (path, cut) = match path.split_once("… (") {
        Some((path, _)) => (path, true),
        None => (path, false),
    };
    Some(Record {
        done: verb.trim_end().to_owned(),
        method: unescaped(method),
        path: unescaped(path),
        address: address.parse().ok()?,
        scanner: scanner.to_owned(),
        rule: rule.to_owned(),
        reference: code.to_owned(),
        cut,
    })
}
