//! Selects the entries of a JSON document by a JSON path (RFC 9535).

use crate::feeds::error::FeedError;

#[cfg(feature = "json-path")]
mod select {
    use serde_json::Value;
    use serde_json_path::JsonPath;

    use crate::feeds::choice::Choice;
    use crate::feeds::collect::Collector;
    use crate::feeds::entry;
    use crate::feeds::error::FeedError;
    use crate::feeds::options::Selection;

    pub(in crate::feeds) fn compile(path: &str) -> Result<JsonPath, FeedError> {
        JsonPath::parse(path).map_err(|error| {
            let message = format!("not a JSON path: {}, at character {}", error.message(), error.position() + 1);
            FeedError::new(message, "write a path such as `$.ips[*].address`").with_found(path)
        })
    }

    pub(in crate::feeds) fn read(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
        let path = selection.required(Choice::Select)?;
        let compiled = compile(path)?;
        let document: Value = crate::feeds::json::document(text)?;
        let nodes = compiled.query(&document).all();
        if nodes.is_empty() {
            let help = "compare it with the document: `$` is the whole, `[*]` are all items";
            return Err(FeedError::new("the JSON path selects nothing", help).with_found(path));
        }
        for node in nodes {
            match node {
                // One empty value is ignored; it does not end the list.
                Value::Null => {}
                Value::String(text) if entry::trim(text).is_empty() => {}
                Value::String(text) => sink.entry(text),
                other => {
                    let help = "select texts: `$.ips[*]` are the items of an array, `$.ips` is the array";
                    sink.unreadable(&other.to_string(), "the JSON path selects values that are not texts", help);
                }
            }
        }
        Ok(())
    }
}

#[cfg(not(feature = "json-path"))]
mod select {
    use crate::feeds::collect::Collector;
    use crate::feeds::error::FeedError;
    use crate::feeds::options::Selection;

    pub(in crate::feeds) fn compile(path: &str) -> Result<(), FeedError> {
        Err(FeedError::new("this build has no JSON paths", "build it with the feature `json-path`").with_found(path))
    }

    pub(in crate::feeds) fn read(_: &str, selection: &Selection, _: &mut Collector<'_>) -> Result<(), FeedError> {
        compile(selection.select.as_deref().unwrap_or_default())
    }
}

pub(in crate::feeds) use select::read;

/// Whether this is a JSON path.
pub(crate) fn check(path: &str) -> Result<(), FeedError> {
    select::compile(path).map(|_| ())
}
