//! Merges a vendor's published list into its data file.

use std::fmt;
use std::path::PathBuf;

use ipnet::IpNet;
use toml_edit::{Array, DocumentMut, Formatted, TableLike, Value};

use super::files::{Data, FileError, GroupFile, text};
use super::overlaps::for_each_nested;
use crate::catalog::Audience;
use crate::feeds::{self, Format, ParseOptions, Selection};

/// The id in `sources.toml` for lists that the vendor itself publishes.
pub(super) const SOURCE: &str = "vendor";

/// A list that lost a larger share since its last copy is refused.
const MAX_SHRINK: f64 = 0.25;

/// A copy of a vendor's feed.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) id: String,
    /// The number of the feed, from 1; optional if there is only one.
    pub(super) feed: Option<usize>,
    /// The format, if it differs from the format in the data file.
    pub(super) format: Option<Format>,
    pub(super) file: PathBuf,
}

/// The conditions for the merge.
#[derive(Debug)]
pub(super) struct Terms<'a> {
    pub(super) date: &'a str,
    pub(super) allow_shrink: bool,
}

/// The new text of a data file, and its changes.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) id: String,
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) added: Vec<IpNet>,
    pub(super) removed: Vec<IpNet>,
}

/// A refused copy.
#[derive(Debug)]
pub(super) struct Refused {
    file: PathBuf,
    reason: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: refused: {}", self.file.display(), self.reason)
    }
}

/// Replaces the ranges that the data file has from this feed by the copy. `earlier` contains the files that other
/// copies have already changed.
pub(super) fn merge(data: &Data, earlier: &[Merged], fetched: &Fetched, terms: &Terms<'_>) -> Result<Merged, Refused> {
    let refused = |reason: String| Refused { file: fetched.file.clone(), reason };
    let (path, groups) = data
        .holders()
        .find_map(|(id, path, groups)| (id == fetched.id).then_some((path, groups)))
        .ok_or_else(|| refused(format!("`{}` is no vendor and no proxy set", fetched.id)))?;
    let number = group_of(groups, fetched.feed).map_err(refused)?;
    let group = &groups[number];
    let prefixes = read(fetched, group).map_err(refused)?;
    if group.audience() == Audience::Exclusive {
        becomes_exclusive(data, group, &prefixes).map_or(Ok(()), |problem| Err(refused(problem)))?;
    }
    if !terms.allow_shrink {
        feeds::check_shrink(group.prefixes.len(), prefixes.len(), MAX_SHRINK).map_err(|error| {
            refused(format!("{}; find the reason, and use `--allow-shrink` if the list is right", error.message()))
        })?;
    }
    let current = earlier.iter().rev().find(|merged| merged.path == path).map(|merged| Ok(merged.text.clone()));
    let current = current.unwrap_or_else(|| text(path)).map_err(|error| refused(error.to_string()))?;
    let document = current.parse::<DocumentMut>().map_err(|error| refused(FileError::new(path, error).to_string()))?;
    let edited =
        edit(document, number, group, &prefixes, terms.date).ok_or_else(|| refused("no `[[ranges]]`".into()))?;
    let before: Vec<IpNet> = groups.iter().flat_map(GroupFile::nets).collect();
    let kept = |net: &IpNet| edited.after.contains(net);
    Ok(Merged {
        id: fetched.id.clone(),
        path: path.to_owned(),
        added: prefixes.iter().copied().filter(|net| !before.contains(net)).collect(),
        removed: before.into_iter().filter(|net| !kept(net)).collect(),
        text: edited.text,
    })
}

/// A prefix that people use and that the copy would make exclusive. No feed shows that people no longer use it.
fn becomes_exclusive(data: &Data, group: &GroupFile, prefixes: &[IpNet]) -> Option<String> {
    let before: Vec<IpNet> = group.nets().collect();
    let mut nets: Vec<(IpNet, Option<&str>)> =
        prefixes.iter().filter(|net| !before.contains(net)).map(|net| (*net, None)).collect();
    for (id, _, groups) in data.holders() {
        let shared = groups.iter().filter(|group| group.audience() == Audience::Shared);
        nets.extend(shared.flat_map(GroupFile::nets).map(|net| (net, Some(id))));
    }
    let mut problem = None;
    for_each_nested(&mut nets, |(outer, one), (inner, other)| {
        let new = if one.is_none() { outer } else { inner };
        if let (None, Some(id)) | (Some(id), None) = (one, other) {
            problem.get_or_insert_with(|| {
                format!(
                    "{new} touches a shared range of `{id}`, and an update makes no shared range exclusive; find out who \
                     uses it, and change the data file by hand"
                )
            });
        }
    });
    problem
}

/// The group of this feed.
fn group_of(groups: &[GroupFile], feed: Option<usize>) -> Result<usize, String> {
    let fed: Vec<usize> = (0..groups.len()).filter(|number| groups[*number].feed.is_some()).collect();
    match (feed, fed.as_slice()) {
        (_, []) => Err("the data file names no feed".into()),
        (None, [only]) => Ok(*only),
        (None, several) => {
            Err(format!("the data file names {} feeds; give the number of one of them, from 1", several.len()))
        }
        (Some(feed), fed) => {
            let chosen = feed.checked_sub(1).and_then(|at| fed.get(at));
            chosen.copied().ok_or_else(|| format!("the data file names {} feeds, and no number {feed}", fed.len()))
        }
    }
}

/// The prefixes of a copy, each once, and none inside another one.
fn read(fetched: &Fetched, group: &GroupFile) -> Result<Vec<IpNet>, String> {
    let bytes = std::fs::read(&fetched.file).map_err(|error| error.to_string())?;
    let feed = group.feed.as_ref().ok_or("the data file names no feed")?;
    let (own, choice) = feed.choice()?;
    let selection = choice.map(|(choice, value)| Selection::new().with(choice, value)).unwrap_or_default();
    let options = ParseOptions::fetched().format(fetched.format.unwrap_or(own)).selection(selection);
    let listed = feeds::parse(&bytes, &options).map_err(|error| error.to_string())?;
    let counts = listed.counts();
    if counts.too_wide + counts.reserved > 0 {
        let example = listed.problems().first().map(ToString::to_string).unwrap_or_default();
        return Err(format!(
            "{} entries are too wide, private or reserved: {example}",
            counts.too_wide + counts.reserved
        ));
    }
    if listed.is_advisory() && group.audience() == Audience::Exclusive {
        return Err("the list itself says that people use its ranges too, and they are exclusive here".into());
    }
    let mut sorted: Vec<(IpNet, ())> = listed.into_prefixes().into_iter().map(|net| (net, ())).collect();
    let mut inner = Vec::new();
    for_each_nested(&mut sorted, |_, (net, ())| inner.push(net));
    Ok(sorted.into_iter().map(|(net, ())| net).filter(|net| !inner.contains(net)).collect())
}

struct Edited {
    text: String,
    /// All prefixes of the vendor now.
    after: Vec<IpNet>,
}

/// The data file with the new prefixes. Comments and the order of the keys stay.
fn edit(mut document: DocumentMut, number: usize, group: &GroupFile, prefixes: &[IpNet], date: &str) -> Option<Edited> {
    let ranges = document.get_mut("ranges")?.as_array_of_tables_mut()?;
    let url = group.feed.as_ref().map(|feed| feed.url.as_str()).unwrap_or_default();
    let mut after = prefixes.to_vec();
    let mut empty = Vec::new();
    for (at, table) in ranges.iter_mut().enumerate() {
        if at == number {
            set(table, "source", url.into());
            set(table, "from", Value::Array([SOURCE].into_iter().collect()));
            set(table, "date", date.into());
            set(table, "prefixes", lines(prefixes));
            continue;
        }
        // A prefix that the vendor itself publishes is removed from the groups of other sources.
        let own = group_nets(table);
        let rest: Vec<IpNet> =
            own.iter().copied().filter(|net| !prefixes.iter().any(|new| new.contains(net))).collect();
        if rest.is_empty() {
            empty.push(at);
        } else if rest.len() < own.len() {
            set(table, "prefixes", lines(&rest));
        }
        after.extend(rest);
    }
    for at in empty.into_iter().rev() {
        ranges.remove(at);
    }
    Some(Edited { text: document.to_string(), after })
}

fn group_nets(table: &dyn TableLike) -> Vec<IpNet> {
    let array = table.get("prefixes").and_then(|item| item.as_array());
    let texts = array.into_iter().flatten().filter_map(Value::as_str);
    texts.filter_map(|text| text.parse().ok()).collect()
}

/// Sets a value in the place of the key.
fn set(table: &mut dyn TableLike, key: &str, mut value: Value) {
    if let Some(old) = table.get(key).and_then(|item| item.as_value()) {
        *value.decor_mut() = old.decor().clone();
    }
    table.insert(key, value.into());
}

/// One prefix a line.
fn lines(prefixes: &[IpNet]) -> Value {
    let mut array = Array::new();
    for prefix in prefixes {
        let text = Value::String(Formatted::new(prefix.to_string()));
        array.push_formatted(text.decorated("\n    ", ""));
    }
    array.set_trailing("\n");
    array.set_trailing_comma(true);
    Value::Array(array)
}

/// The changes of a vendor, a line each, with the other holders of each prefix.
pub(super) fn describe(merged: &Merged, before: &[(IpNet, String)], after: &[(IpNet, String)]) -> String {
    let others = |known: &[(IpNet, String)], net: IpNet| -> Vec<String> {
        known.iter().filter(|(other, id)| *other == net && *id != merged.id).map(|(_, id)| id.clone()).collect()
    };
    let mut text = format!("{}: {} added, {} removed\n", merged.id, merged.added.len(), merged.removed.len());
    for (sign, nets, came, went) in
        [('+', &merged.added, "moved from", "also of"), ('-', &merged.removed, "", "still of")]
    {
        for net in nets {
            let (had, have) = (others(before, *net), others(after, *net));
            let mut notes: Vec<String> =
                have.iter().filter(|id| had.contains(id)).map(|id| format!("{went} {id}")).collect();
            if sign == '+' {
                notes.extend(had.iter().filter(|id| !have.contains(id)).map(|id| format!("{came} {id}")));
            } else {
                notes.extend(have.iter().filter(|id| !had.contains(id)).map(|id| format!("moved to {id}")));
            }
            let notes = if notes.is_empty() { String::new() } else { format!("  ({})", notes.join(", ")) };
            text.push_str(&format!("  {sign} {net}{notes}\n"));
        }
    }
    text
}
