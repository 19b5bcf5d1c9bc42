//! The layout of a table: its separator, and its columns with addresses.

use crate::feeds::entry;
use crate::feeds::lines::numbered;

/// The columns with addresses.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::feeds) struct Table {
    pub(super) separator: char,
    pub(super) source: Source,
    /// The line of the names. Rows follow it.
    pub(super) head_line: usize,
    pub(super) names: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Source {
    Columns(Vec<usize>),
    Range { first: usize, last: usize, length: Option<usize> },
    Masked { network: usize, mask: usize },
}

/// `CrowdSec` writes `Ip:198.51.100.7` and `Range:198.51.100.0/24`.
pub(super) fn cell_entry(cell: &str) -> &str {
    let cell = entry::trim(cell);
    let scoped = cell
        .split_once(':')
        .filter(|(scope, _)| scope.eq_ignore_ascii_case("ip") || scope.eq_ignore_ascii_case("range"));
    scoped.map_or(cell, |(_, address)| entry::trim(address))
}

pub(super) fn rows(text: &str, head_line: usize) -> impl Iterator<Item = (usize, &str)> {
    numbered(text).filter(move |(number, line)| {
        let line = entry::trim(line);
        *number > head_line && !line.is_empty() && !line.starts_with('#')
    })
}
