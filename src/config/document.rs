//! The TOML file and the environment as one tree. Each node knows its place.
//!
//! The `config` crate lays the environment over the file. It keeps no positions inside a file, so they come from the
//! TOML parser and are found again by key path.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use config::{Environment, Map, Source, Value, ValueKind};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::Diagnostics;
use super::environment::{PREFIX, SEPARATOR, Variables, plain_value, variable};
use super::place::Place;
use super::secrets::Secrets;
use crate::util::escape::escaped;

/// A node of the merged tree.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The number of its [`Place`] in the diagnostics.
    pub(super) place: usize,
    pub(super) kind: Kind,
}

/// The value of a node.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A variable's text. It may also be read as a number or, split at its commas, as a list.
    Variable {
        text: String,
        items: Vec<Node>,
    },
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Array(Vec<Node>),
    Table(Vec<(String, Node)>),
}

impl Kind {
    /// The node in words for a person: ``the text `x` ``.
    pub(super) fn describe(&self) -> String {
        match self {
            Kind::Variable { text, .. } | Kind::Text(text) => format!("the text `{text}`"),
            Kind::Integer(number) => format!("the number `{number}`"),
            Kind::Float(number) => format!("the number `{number}`"),
            Kind::Boolean(truth) => format!("`{truth}`"),
            Kind::Array(_) => "a list".into(),
            Kind::Table(_) => "a table".into(),
        }
    }
}

impl Node {
    /// Removes the node at `place` from the tree, so that the rest can be read.
    pub(super) fn remove(&mut self, place: usize) {
        match &mut self.kind {
            Kind::Array(items) => {
                items.retain(|item| item.place != place);
                items.iter_mut().for_each(|item| item.remove(place));
            }
            Kind::Table(entries) => {
                entries.retain(|(_, node)| node.place != place);
                entries.iter_mut().for_each(|(_, node)| node.remove(place));
            }
            _ => {}
        }
    }

    /// The child under this key, to be changed.
    pub(super) fn child_mut(&mut self, key: &str) -> Option<&mut Node> {
        match &mut self.kind {
            Kind::Table(entries) => entries.iter_mut().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The child under this key.
    pub(super) fn child(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Table(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }
}

/// The text of a configuration.
#[derive(Clone, Debug)]
pub(super) struct Input {
    /// The file that holds the text, if there is one.
    pub(super) file: Option<PathBuf>,
    pub(super) text: String,
    /// The environment; `None` if it is not read.
    pub(super) environment: Option<Variables>,
}

impl Input {
    /// The folder for relative paths in the text.
    pub(super) fn folder(&self) -> &Path {
        self.file.as_deref().and_then(Path::parent).unwrap_or(Path::new(""))
    }

    /// Reads text and environment into one tree. Syntax errors are reported, and the valid parts are kept.
    pub(super) fn parse(&self, diagnostics: &mut Diagnostics) -> Node {
        let (table, errors) = DeTable::parse_recoverable(&self.text);
        diagnostics.set_secrets(Secrets::find(&self.text, table.get_ref(), errors.is_empty()));
        for error in errors {
            let place = diagnostics.place(Place::in_file(String::new(), error.span().unwrap_or(0..0)));
            let help = match error.message().contains("must be quoted") {
                true => "write texts in quotes: `\"…\"`",
                false => "see https://toml.io for the syntax",
            };
            diagnostics.problem(place, format!("invalid TOML: {}", error.message()), help);
        }
        let mut spans = HashMap::new();
        let tree = from_toml(table.get_ref(), "", &mut spans, diagnostics);
        let merged = self.overlay(tree, diagnostics);
        Builder { spans, diagnostics }.node(&merged, String::new())
    }

    fn overlay(&self, file: Map<String, Value>, diagnostics: &mut Diagnostics) -> Value {
        let mut builder = config::Config::builder().add_source(Collected(file.clone()));
        if let Some(environment) = &self.environment {
            let variables = environment.settable(diagnostics).cloned().collect();
            builder = builder.add_source(
                Environment::with_prefix(PREFIX)
                    .prefix_separator(SEPARATOR)
                    .separator(SEPARATOR)
                    .source(Some(variables)),
            );
        }
        match builder.build() {
            Ok(config) => config.cache,
            Err(error) => {
                let place = diagnostics.place(Place::in_file(String::new(), 0..0));
                diagnostics.problem(place, error.to_string(), "correct the environment variable");
                Value::new(None, file)
            }
        }
    }
}

/// A tree that was read before, as a source of the `config` crate.
#[derive(Clone, Debug)]
struct Collected(Map<String, Value>);

impl Source for Collected {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.0.clone())
    }
}

/// The places of a key and its value in the file.
struct Spans {
    key: Range<usize>,
    value: Range<usize>,
}

fn from_toml(
    table: &DeTable<'_>,
    path: &str,
    spans: &mut HashMap<String, Spans>,
    diagnostics: &mut Diagnostics,
) -> Map<String, Value> {
    let mut map = Map::new();
    for (key, value) in table {
        if key.get_ref().contains(['.', '[', ']']) {
            // The `config` crate would read it as a path and set another key.
            let place = diagnostics.place(Place::in_file(join(path, key.get_ref()), key.span()));
            diagnostics.problem(
                place,
                "no key has such a name",
                "write sections and keys without quotes: `client.header = …`",
            );
            continue;
        }
        let path = join(path, key.get_ref());
        spans.insert(path.clone(), Spans { key: key.span(), value: value.span() });
        let kind = value_from_toml(value, &path, spans, diagnostics);
        map.insert(key.get_ref().to_string(), Value::new(None, kind));
    }
    map
}

fn value_from_toml(
    value: &Spanned<DeValue<'_>>,
    path: &str,
    spans: &mut HashMap<String, Spans>,
    diagnostics: &mut Diagnostics,
) -> ValueKind {
    match value.get_ref() {
        DeValue::String(text) => ValueKind::String(text.to_string()),
        DeValue::Boolean(truth) => ValueKind::Boolean(*truth),
        DeValue::Float(number) => ValueKind::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => ValueKind::I64(number),
            Err(_) => {
                let place = diagnostics.place(Place::in_file(path.to_owned(), value.span()));
                diagnostics.problem(place, "this number is too large", "write a number of at most 18 digits");
                ValueKind::I64(0)
            }
        },
        DeValue::Datetime(date) => ValueKind::String(date.to_string()),
        DeValue::Table(table) => ValueKind::Table(from_toml(table, path, spans, diagnostics)),
        DeValue::Array(items) => {
            let mut values = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                let path = format!("{path}[{index}]");
                spans.insert(path.clone(), Spans { key: item.span(), value: item.span() });
                values.push(Value::new(None, value_from_toml(item, &path, spans, diagnostics)));
            }
            ValueKind::Array(values)
        }
    }
}

/// Turns the merged values into nodes.
struct Builder<'a> {
    spans: HashMap<String, Spans>,
    diagnostics: &'a mut Diagnostics,
}

impl Builder<'_> {
    fn node(&mut self, value: &Value, path: String) -> Node {
        // Only values of the environment have an origin here. Values of the file are found by their path.
        let from_environment = value.origin().is_some();
        let kind = match &value.kind {
            ValueKind::String(text) if from_environment => return self.variable(text, path),
            ValueKind::String(text) => Kind::Text(text.clone()),
            ValueKind::Boolean(truth) => Kind::Boolean(*truth),
            ValueKind::I64(number) => Kind::Integer(*number),
            ValueKind::Float(number) => Kind::Float(*number),
            ValueKind::Array(items) => Kind::Array(
                items.iter().enumerate().map(|(index, item)| self.node(item, format!("{path}[{index}]"))).collect(),
            ),
            ValueKind::Table(map) => {
                // The map is not ordered, but reports and rules need an order.
                let mut keys: Vec<_> = map.iter().collect();
                keys.sort_by_key(|(key, _)| *key);
                Kind::Table(
                    keys.into_iter().map(|(key, value)| (key.clone(), self.node(value, join(&path, key)))).collect(),
                )
            }
            other => Kind::Text(other.to_string()),
        };
        let place = match self.spans.get(&path) {
            Some(spans) => Place::in_file(path, spans.value.clone()).with_key(spans.key.clone()),
            None if path.is_empty() => Place::in_file(path, 0..0),
            // A table whose keys all come from variables.
            None => Place::in_environment(variable(&path), path),
        };
        Node { place: self.diagnostics.place(place), kind }
    }

    fn variable(&mut self, text: &str, path: String) -> Node {
        let is_free_text = path.ends_with(".body");
        let place = self.diagnostics.place(Place::in_environment(variable(&path), path));
        let plain = plain_value(text);
        let text = match &plain {
            Some(plain) if !is_free_text => {
                let message = "the value of a variable has no quotes, brackets or spaces around it";
                self.diagnostics.problem_with(place, text, message, format!("write `{plain}`"));
                plain
            }
            _ => text,
        };
        let item = |text: &str| Node { place, kind: Kind::Variable { text: text.to_owned(), items: Vec::new() } };
        let items = text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(item).collect();
        Node { place, kind: Kind::Variable { text: text.to_owned(), items } }
    }
}

fn join(path: &str, key: &str) -> String {
    // A quoted key may be any text, but a path is shown in one line.
    let key = escaped(key);
    if path.is_empty() { key.into_owned() } else { format!("{path}.{key}") }
}
