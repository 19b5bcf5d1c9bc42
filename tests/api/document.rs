//! The parts of rustdoc's JSON that the tests read: the public items and their documentation.

use serde_json::{Map, Value};

/// A public item, by the path that a user writes, without the crate's name.
pub(crate) struct Item<'a> {
    pub(crate) path: String,
    pub(crate) kind: &'a str,
    pub(crate) docs: &'a str,
    /// The public functions of a type: their names and documentation.
    pub(crate) methods: Vec<(&'a str, &'a str)>,
    /// The auto traits that it does not implement for any parameters.
    pub(crate) denied: Vec<&'a str>,
}

pub(crate) struct Document {
    json: Value,
}

impl Document {
    pub(crate) fn new(json: Value) -> Self {
        Self { json }
    }

    /// Every public item with a path, each once.
    pub(crate) fn items(&self) -> Vec<Item<'_>> {
        let (mut items, mut seen) = (Vec::new(), Vec::new());
        self.walk(&self.json["root"], "", &mut seen, &mut items);
        items
    }

    fn item(&self, id: &Value) -> Option<&Map<String, Value>> {
        // Items of other crates are not in the index.
        self.json["index"].get(id.to_string().trim_matches('"'))?.as_object()
    }

    fn walk<'a>(&'a self, id: &Value, path: &str, seen: &mut Vec<Value>, items: &mut Vec<Item<'a>>) {
        let Some(item) = self.item(id) else { return };
        let (kind, inner) = inner(item);
        if kind == "use" {
            return self.walk(&inner["id"], path, seen, items);
        }
        if seen.contains(id) {
            return;
        }
        seen.push(id.clone());
        let name = item["name"].as_str().unwrap_or_default();
        let path = if items.is_empty() { String::new() } else { format!("{path}::{name}") };
        let impls =
            || inner["impls"].as_array().into_iter().flatten().filter_map(|id| Some(self::inner(self.item(id)?).1));
        items.push(Item {
            path: path.trim_start_matches("::").to_owned(),
            kind,
            docs: docs(item),
            methods: impls().filter(|found| found["trait"].is_null()).flat_map(|found| self.functions(found)).collect(),
            denied: impls()
                .filter(|found| found["is_negative"] == true)
                .filter_map(|found| found["trait"]["path"].as_str())
                .collect(),
        });
        for id in inner["items"].as_array().into_iter().flatten().filter(|_| kind == "module") {
            self.walk(id, &path, seen, items);
        }
    }

    fn functions<'a>(&'a self, block: &'a Value) -> impl Iterator<Item = (&'a str, &'a str)> {
        let items = block["items"].as_array().into_iter().flatten().filter_map(|id| self.item(id));
        let functions = items.filter(|item| inner(item).0 == "function" && item["visibility"] == "public");
        functions.map(|item| (item["name"].as_str().unwrap_or_default(), docs(item)))
    }
}

/// The kind of an item, and the data of this kind.
fn inner(item: &Map<String, Value>) -> (&str, &Value) {
    item["inner"]
        .as_object()
        .and_then(|inner| inner.iter().next())
        .map_or(("", &Value::Null), |(kind, inner)| (kind, inner))
}

fn docs(item: &Map<String, Value>) -> &str {
    item["docs"].as_str().unwrap_or_default()
}

/// The code blocks of a documentation that are doctests, each with its attributes.
pub(crate) fn examples(docs: &str) -> Vec<(&str, String)> {
    let (mut examples, mut open) = (Vec::new(), None::<(&str, String)>);
    for line in docs.lines() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => examples.extend(open.take()),
            (Some(said), None) => open = Some((said.trim(), String::new())),
            (None, Some((_, code))) => *code += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    // `toml`, `sh` and `text` are not Rust code.
    let rust = ["", "rust", "no_run", "should_panic", "ignore", "compile_fail"];
    examples.retain(|(said, _)| said.split(',').all(|word| rust.contains(&word.trim())));
    examples
}
