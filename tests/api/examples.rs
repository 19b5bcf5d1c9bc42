//! Every public type, trait, function and macro has an example that is run, and each function of a type is in one.

use crate::document::{Document, Item, examples};

/// All missing examples, one on each line.
pub(crate) fn missing(document: &Document) -> Vec<String> {
    document.items().iter().flat_map(missing_of).collect()
}

fn missing_of(item: &Item<'_>) -> Vec<String> {
    let mut missing = Vec::new();
    let all = item.methods.iter().map(|(_, docs)| *docs).chain([item.docs]);
    let code: Vec<(&str, String)> = all.flat_map(examples).collect();
    if let Some((said, _)) = code.iter().find(|(said, _)| said.contains("ignore") || said.contains("compile_fail")) {
        missing.push(format!("{} has an example that is not run: `{said}`", item.path));
    }
    let needs_one = ["struct", "enum", "union", "trait", "function", "macro", "proc_macro"].contains(&item.kind);
    if needs_one && examples(item.docs).is_empty() {
        missing.push(format!("{} {} has no example", item.kind, item.path));
    }
    for (name, _) in &item.methods {
        if !code.iter().any(|(_, code)| calls(code, name)) {
            missing.push(format!("{}::{name} is in no example of its own or of its type", item.path));
        }
    }
    missing
}

/// Whether the function is called or passed on: `.name(`, `::name(` or `::name)`.
fn calls(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        let whole = !after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let is_call = after.starts_with('(') || after.starts_with("::<");
        let called = before.ends_with("::") || (before.ends_with('.') && is_call);
        whole && called
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn function(docs: &str) -> serde_json::Value {
        json!({ "name": "f", "docs": docs, "visibility": "public", "inner": { "function": {} } })
    }

    fn told(struct_docs: &str, method_docs: &str, function_docs: &str) -> Vec<String> {
        let document = json!({ "root": 0, "index": {
            "0": { "name": "it", "docs": "", "inner": { "module": { "items": [1, 4] } } },
            "1": { "name": "S", "docs": struct_docs, "inner": { "struct": { "impls": [2] } } },
            "2": { "name": null, "docs": null, "inner": { "impl": { "trait": null, "items": [3], "is_negative": false } } },
            "3": { "name": "made", "docs": method_docs, "visibility": "public", "inner": { "function": {} } },
            "4": { "name": "f", "docs": null, "inner": { "use": { "id": 5 } } },
            "5": function(function_docs),
        } });
        missing(&Document::new(document))
    }

    #[test]
    fn what_has_no_example_is_found() {
        let good = "```\nlet s = S::made();\n```";
        assert!(told(good, "", "```no_run\nf();\n```").is_empty());
        assert!(told("```\nlet s = S;\n```", good, "```\nf();\n```").is_empty());
        assert_eq!(told(good, "", ""), ["function f has no example"]);
        assert_eq!(told(good, "", "```toml\nf = 1\n```"), ["function f has no example"]);
        assert_eq!(told(good, "", "```ignore\nf();\n```"), ["f has an example that is not run: `ignore`"]);
        assert_eq!(told("", good, good), ["struct S has no example"]);
        let unused = ["S::made is in no example of its own or of its type"];
        assert_eq!(told("```\nlet s = S::made_else().made;\n```", "", good), unused);
        assert_eq!(told("```\nlet s: S = remade();\n```", "", good), unused);
    }
}
