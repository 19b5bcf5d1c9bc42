//! The help for a value of the wrong type.

use super::document::{Kind, Node};

// The names of types in errors.
pub(super) const LIST: &str = "a list in square brackets";
pub(super) const TEXT: &str = "a text in quotes";
pub(super) const TABLE: &str = "a table";
pub(super) const WHOLE: &str = "a whole number";
pub(super) const WHOLE_U16: &str = "a whole number from 0 to 65535";
pub(super) const BOOLEAN: &str = "`true` or `false`";

/// Keys whose value is a duration.
const TIMES: [&str; 3] = ["timeout", "startup_timeout", "refresh"];

/// The help for a node at this key whose type is wrong.
pub(super) fn help(expected: &str, node: &Node, key: &str) -> String {
    let name = key.rsplit('.').next().unwrap_or_default();
    match (&node.kind, expected) {
        (Kind::Table(_), LIST) => format!("write `[[{key}]]`"),
        (Kind::Array(_), TABLE) => format!("write `[{key}]`, in one pair of brackets"),
        (Kind::Integer(number), TEXT) if name == "refresh" => {
            format!("write the unit too, such as `\"{number}h\"` for hours")
        }
        (Kind::Integer(number), TEXT) if TIMES.contains(&name) => format!("write `\"{number}s\"` for seconds"),
        (Kind::Float(_), TEXT) if TIMES.contains(&name) => {
            "write a whole number and a unit, such as `\"1500ms\"`".into()
        }
        (Kind::Array(items), _) if expected != LIST => match &items[..] {
            [Node { kind: Kind::Text(text), .. }] => {
                format!("write one value, without brackets: `\"{}\"`", shown(text))
            }
            [Node { kind: Kind::Integer(number), .. }] => format!("write one value, without brackets: `{number}`"),
            _ => format!("write one value, without brackets: {expected}"),
        },
        (Kind::Integer(number), TEXT) => format!("write `\"{number}\"`, in quotes"),
        (Kind::Text(text), LIST) => format!("write `[{}]`, in square brackets", quoted_list(text)),
        (Kind::Integer(number), LIST) => format!("write `[{number}]`, in square brackets"),
        (Kind::Text(text) | Kind::Variable { text, .. }, BOOLEAN) => match truth(text) {
            Some(truth) => format!("write `{truth}`, without quotes"),
            None => format!("write {expected}"),
        },
        (Kind::Integer(1), BOOLEAN) => "write `true`".into(),
        (Kind::Integer(0), BOOLEAN) => "write `false`".into(),
        (Kind::Float(number), WHOLE | WHOLE_U16) if number.fract() == 0.0 => {
            format!("write `{number}`, without a point")
        }
        (Kind::Text(text), _) if expected.contains("number") => match number(text) {
            Some(number) => format!("write `{number}`, without quotes"),
            None => format!("write {expected}"),
        },
        _ => format!("write {expected}"),
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// The number in a text: `403`, `50%`, `AS16880`.
fn number(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(percent) = text.strip_suffix('%') {
        return Some((percent.trim().parse::<f64>().ok()? / 100.0).to_string());
    }
    let digits = text.trim_start_matches(['A', 'S', 'N', 'a', 's', 'n']);
    digits.parse::<f64>().ok().map(|_| digits.to_owned())
}

/// A text that was meant as a list, with each of its parts in quotes.
fn quoted_list(text: &str) -> String {
    let parts = shown(text);
    let parts = parts.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| format!("\"{part}\"")).collect::<Vec<_>>().join(", ")
}

/// The beginning of a text, as much as fits into a line.
fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}
