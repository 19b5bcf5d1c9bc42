//! Detects the columns with addresses, by their names or by their content.

use super::columns_by_name::{ADDRESS, FIRST, LAST, LENGTH};
use super::layout::{Source, Table, cell_entry, rows};
use super::unnamed;
use crate::feeds::columns::columns;
use crate::feeds::entry::{self, is_entry};
use crate::feeds::error::FeedError;
use crate::feeds::format::Format;
use crate::feeds::lines::numbered;
use crate::feeds::ranges::is_range;

const SEPARATORS: [char; 4] = [';', '\t', '|', ','];

/// Number of rows that are examined to find the columns with addresses.
const SAMPLE: usize = 50;

/// The format of a table whose first line contains column names.
pub(in crate::feeds) fn named(text: &str) -> Result<Option<Format>, FeedError> {
    let (comment, first) = beginning(text);
    let Some((_, line)) = first else { return Ok(None) };
    if line.to_ascii_lowercase().starts_with("ip,name,sources") {
        return Ok(Some(Format::Sefinek));
    }
    // The first row begins with an entry, so the rows themselves show the format.
    let comment = comment.filter(|_| !line.split(SEPARATORS).next().is_some_and(is_entry));
    for (head_line, head) in [first, comment].into_iter().flatten() {
        if with_names(text, head_line, head)?.is_some() {
            return Ok(Some(Format::Csv));
        }
    }
    Ok(None)
}

/// A line and its number.
type Numbered<'a> = (usize, &'a str);

/// The last comment before the first line, which may contain the names, and the first line.
fn beginning(text: &str) -> (Option<Numbered<'_>>, Option<Numbered<'_>>) {
    let mut comment = None;
    for (number, line) in numbered(text) {
        let line = entry::trim(line);
        match line.strip_prefix(['#', ';']) {
            Some(rest) => comment = Some((number, rest)),
            None if line.is_empty() => {}
            None => return (comment, Some((number, line))),
        }
    }
    (comment, None)
}

/// Detects the table by its names, or by a column in which every row has an address.
pub(in crate::feeds) fn find(text: &str) -> Result<Option<Table>, FeedError> {
    let (comment, first) = beginning(text);
    let Some((number, line)) = first else { return Ok(None) };
    for (head_line, head) in [first, comment].into_iter().flatten() {
        if let Some(table) = with_names(text, head_line, head)? {
            return Ok(Some(table));
        }
    }
    // A line of unknown names is not a row.
    let has_head = !line.split(SEPARATORS).any(is_entry);
    let head_line = if has_head { number } else { 0 };
    let sample: Vec<(usize, &str)> = rows(text, head_line).take(SAMPLE).collect();
    let table = |(separator, at)| Table { separator, source: Source::Columns(vec![at]), head_line, names: Vec::new() };
    Ok(unnamed::find(&sample)?.filter(|(separator, _)| !has_head || line.contains(*separator)).map(table))
}

fn with_names(text: &str, head_line: usize, head: &str) -> Result<Option<Table>, FeedError> {
    if head.split(SEPARATORS).any(is_entry) {
        return Ok(None);
    }
    let most = SEPARATORS.into_iter().max_by_key(|separator| columns(head, *separator).count()).unwrap_or(',');
    let names: Vec<String> = columns(head, most).map(plain_name).collect();
    let is_known = |known: &[&str], name: &String| known.contains(&name.as_str());
    let place = |known: &[&str]| names.iter().position(|name| is_known(known, name));
    let named: Vec<usize> = (0..names.len()).filter(|at| is_known(ADDRESS, &names[*at])).collect();
    let rows: Vec<Vec<&str>> =
        rows(text, head_line).take(SAMPLE).map(|(_, row)| columns(row, most).collect()).collect();
    let has_entries = |at: &usize| rows.iter().any(|row| row.get(*at).is_some_and(|cell| is_entry(cell_entry(cell))));
    let table = |source| Ok(Some(Table { separator: most, source, head_line, names: names.clone() }));
    let is_start = |first: usize, last: usize| {
        let both = |row: &&Vec<&str>| row.len() > first.max(last);
        rows.iter().filter(both).any(|row| is_range(row[first], row[last]))
    };
    if let (Some(first), Some(last)) = (place(FIRST), place(LAST))
        && is_start(first, last)
    {
        return table(Source::Range { first, last, length: place(LENGTH).filter(|at| *at != first && *at != last) });
    }
    let holding: Vec<usize> = named.into_iter().filter(has_entries).collect();
    match holding.as_slice() {
        [] => Ok(None),
        [network] => match place(LENGTH).filter(|at| {
            at != network && !rows.iter().any(|row| row.get(*network).is_some_and(|cell| cell.contains('/')))
        }) {
            Some(mask) => table(Source::Masked { network: *network, mask }),
            None => table(Source::Columns(vec![*network])),
        },
        // One column for each family.
        several if several.iter().all(|at| names[*at].contains("ipv4") || names[*at].contains("ipv6")) => {
            table(Source::Columns(several.to_vec()))
        }
        several => {
            let listed: Vec<String> = several.iter().map(|at| format!("`{}`", names[*at])).collect();
            let shown = if most == '\t' { "\\t".to_owned() } else { most.to_string() };
            let help = format!("keep one, such as by `awk -F '{shown}' '{{print ${}}}'`", several[0] + 1);
            let message = format!("this table has several columns of addresses: {}", listed.join(", "));
            Err(FeedError::new(message, help).at_line(head_line).with_found(head))
        }
    }
}

/// `Source IP` is `source_ip`.
fn plain_name(name: &str) -> String {
    let name = entry::trim(name).to_ascii_lowercase();
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    name.trim_matches('_').to_owned()
}
