//! `include`: files with lists of their own, which stand behind those of the policy.
//!
//! Commands write such files (`discover --accept`), so that none has to write into the policy that a person keeps. They hold
//! `[[scanners.list]]` and nothing else: a rule, an answer or a proxy that somebody looks for stands in the policy.

use serde::Deserialize;

use super::de;
use super::diagnostics::Diagnostics;
use super::document::{Input, Kind, Node};
use super::raw::{RawConfig, RawList};
use super::spanned::Spanned;
use crate::util::suggest;

/// What an included file may hold.
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

/// Adds the lists of all included files to the policy's. What is wrong with them is reported with its own file and line.
pub(super) fn extend(raw: &mut RawConfig, diagnostics: &mut Diagnostics) {
    let files = raw.include.iter().flat_map(|files| &files.value);
    let lists: Vec<Spanned<RawList>> = files.flat_map(|file| lists(file, diagnostics)).collect();
    raw.scanners.list.extend(lists);
}

fn lists(file: &Spanned<String>, diagnostics: &mut Diagnostics) -> Vec<Spanned<RawList>> {
    let path = diagnostics.folder(file.place).join(&file.value);
    if file.value.is_empty() {
        let help = "write the path of a TOML file, relative to this one, or leave `include` out";
        diagnostics.problem(file.place, "this names no file", help);
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

/// Reports all keys of a table but this one, and takes them out.
fn refuse_others(table: &mut Node, above: &str, known: &'static str, diagnostics: &mut Diagnostics) {
    let Kind::Table(entries) = &mut table.kind else { return };
    entries.retain(|(key, node)| {
        if key != known {
            let help = match suggest::nearest(key, [known]) {
                Some(_) => format!("write `{above}{known}`"),
                None => "write it into the policy itself".to_owned(),
            };
            diagnostics.bad_key(node.place, key, "an included file holds `[[scanners.list]]` and nothing else", help);
        }
        key == known
    });
}
