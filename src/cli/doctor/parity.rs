//! Writes the differences between the answers of a running server and its answers for missing pages.

use std::io::Write;

use serde_json::{Value, json};

use crate::cli::console::{BAD, Console, GOOD};
use crate::cli::failure::Failure;
use crate::testing::{Difference, Parity};
use crate::util::escape::escaped;

/// Maximum number of differences that are shown in full. One bug usually causes many of them.
const SHOWN: usize = 10;

/// The comparison of one path with missing pages.
pub(super) struct Compared<'a> {
    /// The request in words: `/admin as 150.70.66.183`.
    pub(super) name: &'a str,
    pub(super) path: &'a str,
    pub(super) parity: &'a Parity,
}

impl Compared<'_> {
    pub(super) fn write(&self, console: &mut Console) -> Result<(), Failure> {
        let Self { name, path, parity } = self;
        let differences = parity.differences();
        let compared = parity.compared();
        if parity.is_identical() {
            let verdict = console.paint(GOOD, "no difference");
            writeln!(
                console,
                "{verdict}: {name} gets the answer of a missing page, {compared} times out of {compared}"
            )?;
            return Ok(());
        }
        let verdict = console.paint(BAD, "different");
        let different = differences.len();
        writeln!(
            console,
            "{verdict}: {name} gets another answer than a missing page, {different} times out of {compared}"
        )?;
        writeln!(console, "(- the missing page, + {path})")?;
        for difference in differences.iter().take(SHOWN) {
            writeln!(console, "\n{}", difference.request())?;
            for (sign, line) in difference.lines() {
                let line = escaped(line);
                let style = if sign == '+' { BAD } else { GOOD };
                writeln!(console, "    {}", console.paint(style, format!("{sign} {line}")))?;
            }
        }
        if different > SHOWN {
            writeln!(console, "\n… and {} more; `--json` shows all", different - SHOWN)?;
        }
        Ok(())
    }
}

/// A comparison as JSON, after these other values.
pub(super) fn as_json(others: Value, parity: &Parity, http2: bool) -> Value {
    let differences: Vec<Value> = parity.differences().iter().map(difference).collect();
    joined(
        others,
        json!({
            "verdict": if parity.is_identical() { "equal" } else { "different" },
            "compared": parity.compared(),
            "http2": http2,
            "differences": differences,
        }),
    )
}

/// Two objects as one.
pub(super) fn joined(mut object: Value, other: Value) -> Value {
    if let (Value::Object(object), Value::Object(other)) = (&mut object, other) {
        object.extend(other);
    }
    object
}

fn difference(difference: &Difference) -> Value {
    let of = |wanted: char| {
        let lines = difference.lines().filter(|(sign, _)| *sign == wanted);
        lines.map(|(_, line)| line).collect::<Vec<_>>()
    };
    json!({ "request": difference.request(), "missing": of('-'), "decoy": of('+') })
}
