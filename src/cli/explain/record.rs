//! Finds the guard's own log line of a request by its reference code.

use std::io;
use std::net::IpAddr;
use std::path::Path;

use ipnet::IpNet;
use serde::Serialize;

use crate::access_log::MAX_LINE;
use crate::cli::failure::Failure;
use crate::cli::lines::{Line, next_line};
use crate::cli::logs::input;
use crate::cli::request::Described;
use crate::explain::Explanation;
use crate::guard::decision_line::{DEFAULT_ACTION, DecisionLine, Outcome};
use crate::util::escape::escaped;

/// The logged facts of the request.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Record {
    /// What was done, such as `would block`.
    pub(super) done: &'static str,
    method: String,
    path: String,
    address: IpAddr,
    pub(super) scanner: String,
    pub(super) network: IpNet,
    /// The rule, or `default_action`.
    pub(super) rule: String,
    pub(super) reference: String,
    /// Whether the logged path was cut.
    pub(super) cut: bool,
    /// Whether a later line of the log has another record with this code.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_disputed: bool,
    #[serde(skip)]
    outcome: Outcome,
    #[serde(skip)]
    line: String,
}

impl From<DecisionLine<'_>> for Record {
    fn from(line: DecisionLine<'_>) -> Self {
        let text = line.to_string();
        Self {
            done: line.outcome.as_str(),
            outcome: line.outcome,
            line: text,
            is_disputed: false,
            method: line.method.into_owned(),
            path: line.path.into_owned(),
            address: line.address,
            scanner: line.scanner.into_owned(),
            network: line.network,
            rule: line.rule.into_owned(),
            reference: line.reference.into_owned(),
            cut: line.cut_from.is_some(),
        }
    }
}

impl Record {
    /// The request, as far as it was logged.
    pub(super) fn described(&self) -> Described {
        Described { method: self.method.clone(), ..Described::new(self.address, self.path.clone()) }
    }

    /// Whether this decision is the logged one.
    pub(super) fn is_of(&self, explanation: &Explanation) -> bool {
        let outcome = Outcome::of(explanation.action(), explanation.is_enforced());
        outcome == self.outcome && explanation.rule().unwrap_or(DEFAULT_ACTION) == self.rule
    }
}

/// Searches for the record with this code. The first one is used: a client knows the code only after its request was
/// logged, and could have a forged record logged then.
pub(super) fn find(code: &str, log: &Path) -> Result<Record, Failure> {
    let name = log.to_string_lossy();
    let name = escaped(&name);
    let unreadable = |error: &io::Error| Failure::unreadable(&name, error);
    let mut input = input(log).unpacked().map_err(|error| unreadable(&error))?;
    let code = normal(code);
    let (mut found, mut line, mut too_long) = (None::<Record>, Vec::new(), 0_u64);
    while let Some(read) = next_line(&mut input, &mut line).map_err(|error| unreadable(&error))? {
        match read {
            // A record is far shorter, even with the text that a logger adds.
            Line::TooLong => too_long += 1,
            // Most lines are no records and need no decoding.
            Line::Whole if memchr::memmem::find(&line, code.as_bytes()).is_none() => {}
            Line::Whole => match (&mut found, parse(&String::from_utf8_lossy(&line), &code)) {
                (Some(first), Some(other)) => first.is_disputed |= other.line != first.line,
                (None, other) => found = other,
                (Some(_), None) => {}
            },
        }
    }
    found.ok_or_else(|| {
        let left_out = match too_long {
            0 => String::new(),
            1 => format!(", where one line longer than {MAX_LINE} bytes was not read"),
            count => format!(", where {count} lines longer than {MAX_LINE} bytes were not read"),
        };
        let help = "search the log of the service itself, which has the target `scanner_guard`; a record of a \
                    tagged or allowed request is only there at level debug, unless the policy has decoys";
        Failure::new(format!("no record with the reference {} is in {name}{left_out}", escaped(&code))).help(help)
    })
}

/// The code in its logged form: `k7qm9xrd` is `K7QM-9XRD`.
fn normal(code: &str) -> String {
    let plain: String = code.trim().chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    if plain.len() == 8 { format!("{}-{}", &plain[..4], &plain[4..]) } else { code.trim().to_uppercase() }
}

/// Reads a record from a line. The logger may have added text before and after it.
fn parse(line: &str, code: &str) -> Option<Record> {
    // A logger that writes JSON has the message in a string: `{"fields": {"message": "blocked GET …"}}`.
    let line = match serde_json::from_str(line) {
        Ok(value @ serde_json::Value::Object(_)) => in_json(&value, code),
        _ => DecisionLine::find(line, code),
    };
    line.map(Record::from)
}

fn in_json(value: &serde_json::Value, code: &str) -> Option<DecisionLine<'static>> {
    use serde_json::Value::{Array, Object, String};
    match value {
        String(text) => DecisionLine::find(text, code),
        Array(values) => values.iter().find_map(|value| in_json(value, code)),
        Object(fields) => {
            fields.iter().filter(|(key, _)| !is_from_client(key)).find_map(|(_, value)| in_json(value, code))
        }
        _ => None,
    }
}

/// Whether a client writes the value of this key: a record in it is forged.
fn is_from_client(key: &str) -> bool {
    let key = key.to_lowercase();
    ["agent", "refer", "header", "cookie", "request", "path", "query", "uri", "url"]
        .iter()
        .any(|part| key.contains(part))
}
