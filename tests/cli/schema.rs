//! The JSON Schema, compared with the example policies.

use serde_json::Value;

use crate::documents::{documents, policies};
use crate::support::{command, run};

/// The place where a value does not match a schema, for the parts of JSON Schema that our schema uses.
fn misfit(schema: &Value, value: &Value, path: &str) -> Option<String> {
    let at = |reason: &str| Some(format!("{path}: {reason}: {value}"));
    for (key, rule) in schema.as_object()? {
        let choices = || rule.as_array().unwrap().iter();
        let fits = |choice: &&Value| misfit(choice, value, path).is_none();
        let wrong = match key.as_str() {
            "type" => !is_of_type(rule, value),
            "const" => rule != value,
            "enum" => !choices().any(|known| known == value),
            "anyOf" => !choices().any(|choice| fits(&choice)),
            "oneOf" => choices().filter(fits).count() != 1,
            "minimum" => value.as_f64() < rule.as_f64(),
            "maximum" => value.as_f64() > rule.as_f64(),
            "properties" | "items" | "additionalProperties" => false,
            "$schema" | "title" | "description" | "default" | "format" => false,
            other => panic!("this test does not know the keyword {other}"),
        };
        if wrong {
            return at(key);
        }
    }
    if let Value::Array(items) = value {
        let below = |(number, item): (usize, &Value)| misfit(&schema["items"], item, &format!("{path}[{number}]"));
        return items.iter().enumerate().find_map(below);
    }
    for (key, below) in value.as_object()? {
        let path = format!("{path}.{key}");
        match schema["properties"].get(key) {
            Some(schema) => match misfit(schema, below, &path) {
                None => {}
                misfit => return misfit,
            },
            None if schema["additionalProperties"] == Value::Bool(false) => {
                return Some(format!("{path}: no such key"));
            }
            None => {}
        }
    }
    None
}

fn is_of_type(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        other => panic!("this test does not know the type {other}"),
    }
}

fn schema() -> Value {
    serde_json::from_str(&run(command(&["schema"])).1).unwrap()
}

fn check(schema: &Value, text: &str) -> Option<String> {
    misfit(schema, &toml::from_str(text).unwrap(), "")
}

/// Samples of other files than the policy.
#[test]
fn fits_every_file_that_is_shown() {
    let schema = schema();
    let documents = documents();
    let samples: Vec<&str> = documents.iter().flat_map(|(_, text)| policies(text)).collect();
    assert!(samples.len() >= 4);
    // Commented-out lines are also keys.
    let with_comments = |text: &str| -> String {
        let is_key = |line: &&str| line.starts_with("[[") || line.contains(" = ");
        let key = |line: &str| line.strip_prefix("# ").filter(is_key).map(str::to_owned);
        text.lines().map(|line| key(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
    };
    let own = [include_str!("../../examples/server.toml"), include_str!("../../src/cli/init.toml")];
    for text in samples.into_iter().chain(own) {
        assert_eq!(check(&schema, text), None, "{text}");
        let all = with_comments(text);
        if toml::from_str::<toml::Table>(&all).is_ok() {
            assert_eq!(check(&schema, &all), None, "{all}");
        }
    }
}

#[test]
fn refuses_what_the_file_may_not_hold() {
    let schema = schema();
    for (text, place) in [
        ("mode = \"observ\"", ".mode"),
        ("colour = \"red\"", ".colour"),
        ("client.trusted_hops = \"two\"", ".client.trusted_hops"),
        ("client.trusted_hops = 70000", ".client.trusted_hops"),
        ("client.check = \"any\"", ".client.check"),
        ("scanners.use = \"all\"", ".scanners.use"),
        ("[[scanners.list]]\ncategory = \"web\"", ".scanners.list[0].category"),
        ("[[scanners.list]]\nformat = \"xml\"", ".scanners.list[0].format"),
        ("[[rule]]\npath = [\"/admin\"]", ".rule[0].path"),
        ("[[rule]]\naction = \"hide\"", ".rule[0].action"),
    ] {
        let found = check(&schema, text);
        assert!(found.as_ref().is_some_and(|found| found.starts_with(&format!("{place}: "))), "{text}: {found:?}");
    }
}

#[test]
fn describes_every_key_and_knows_no_null() {
    fn every_key(schema: &Value, path: &str, count: &mut usize) {
        for (key, below) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{key}");
            assert!(below["description"].as_str().is_some_and(|text| !text.is_empty()), "{path}");
            *count += 1;
            every_key(below, &path, count);
            every_key(&below["items"], &path, count);
        }
    }
    let schema = schema();
    let mut count = 0;
    every_key(&schema, "", &mut count);
    assert!(count > 50, "{count}");
    assert!(!schema.to_string().contains("null"));
}
