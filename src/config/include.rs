//! `include`: TOML files with more lists, which follow the lists of the policy.
//!
//! Commands such as `discover --accept` write these files, so that no command edits the policy. They contain only
//! `[[scanners.list]]`, so that all rules, answers and proxies are in the policy itself.

use serde::Deserialize;

use super::de;
use super::diagnostics::Diagnostics;
use super::document::{Input, Kind, Node};
use super::raw::{RawConfig, RawList};
use super::spanned::Spanned;
use crate::util::suggest;

/// The keys of an included file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawIncluded {
    scanners: RawIncludedScanners,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawIncludedScanners {
    list: Vec<Spanned<RawList>>,
}

/// Appends the lists of all included files to the lists of the policy. A problem names the included file and its line.
pub(super) fn extend(raw: &mut RawConfig, diagnostics: &mut Diagnostics) {
    let files = raw.include.iter().flat_map(|files| &files.value);
    let lists: Vec<Spanned<RawList>> = files.flat_map(|file| lists(file, diagnostics)).collect();
    raw.scanners.list.extend(lists);
}

fn lists(file: &Spanned<String>, diagnostics: &mut Diagnostics) -> Vec<Spanned<RawList>> {
    let path = diagnostics.folder(file.place).join(&file.value);
    if file.value.is_empty() {
        let help = "write the path of a TOML file, relative to this file, or remove `include`";
        diagnostics.problem(file.place, "the name of the file is missing", help);
        return Vec::new();
    }
    let Some(bytes) = diagnostics.read_included(file.place, &path) else { return Vec::new() };
    let Ok(text) = String::from_utf8(bytes) else {
        let message = format!("{} is not UTF-8", path.display());
        diagnostics.problem(file.place, message, "save it as UTF-8");
        return Vec::new();
    };
    diagnostics.begin_document(path.clone(), text.clone());
    let input = Input { file: Some(path), text, environment: None };
    let mut tree = input.parse(diagnostics);
    refuse_others(&mut tree, "", "scanners", diagnostics);
    if let Some(scanners) = tree.child_mut("scanners") {
        refuse_others(scanners, "scanners.", "list", diagnostics);
    }
    let included: Option<RawIncluded> = de::read(tree, diagnostics);
    diagnostics.end_document();
    included.unwrap_or_default().scanners.list
}

/// Reports and removes all keys of a table except this one.
fn refuse_others(table: &mut Node, above: &str, known: &'static str, diagnostics: &mut Diagnostics) {
    let Kind::Table(entries) = &mut table.kind else { return };
    entries.retain(|(key, node)| {
        if key != known {
            let help = match suggest::nearest(key, [known]) {
                Some(_) => format!("write `{above}{known}`"),
                None => "write it into the policy itself".to_owned(),
            };
            diagnostics.bad_key(node.place, key, "an included file contains only `[[scanners.list]]`", help);
        }
        key == known
    });
}
