//! Tables without names: the column in which every row has an address.

use crate::feeds::columns::columns;
use crate::feeds::entry::{self, is_entry};
use crate::feeds::error::FeedError;
use crate::feeds::ranges::is_range;

/// The separator and the column. `None` if this is no such table.
pub(super) fn find(rows: &[(usize, &str)]) -> Result<Option<(char, usize)>, FeedError> {
    for separator in [';', '\t', '|', ','] {
        let cells: Vec<Vec<&str>> = rows.iter().map(|(_, row)| columns(row, separator).collect()).collect();
        let width = cells.iter().map(Vec::len).min().unwrap_or(0);
        if width < 2 {
            continue;
        }
        let holding: Vec<usize> = (0..width).filter(|at| cells.iter().all(|row| is_entry(row[*at]))).collect();
        let (line, first) = rows.first().copied().unwrap_or_default();
        let refuse = |message: &str, help: String| Err(FeedError::new(message, help).at_line(line).with_found(first));
        let shown = if separator == '\t' { "\\t".to_owned() } else { separator.to_string() };
        match holding[..] {
            [] => {}
            // Text after an entry and a blank is a remark or a count of a plain list.
            [0] if separator == '\t' => {}
            [at] if (0..width).any(|other| are_lengths(&cells, at, other)) => {
                let help = format!("`awk -F '{shown}' '{{print ${} \"/\" $2}}'` makes prefixes of them", at + 1);
                return refuse("the number beside the address may be the length of a prefix", help);
            }
            [at] => return Ok(Some((separator, at))),
            [first, last, ..] if cells.iter().all(|row| is_range(row[first], row[last])) => {
                let help =
                    format!("`awk -F '{shown}' '{{print ${} \"-\" ${}}}'` makes ranges of them", first + 1, last + 1);
                return refuse("two columns of addresses may be the ends of ranges", help);
            }
            // One line with several entries is a list.
            _ if holding.len() == width => {}
            [at, ..] => {
                let help = format!("keep one, such as by `awk -F '{shown}' '{{print ${}}}'`", at + 1);
                return refuse("this table has several columns of addresses", help);
            }
        }
    }
    Ok(None)
}

/// Whether every number in a column would form a network with the address beside it.
fn are_lengths(cells: &[Vec<&str>], at: usize, other: usize) -> bool {
    let is_network = |row: &Vec<&str>| {
        let length: Option<u8> = row[other].trim().parse().ok();
        let net =
            entry::address(row[at]).zip(length).and_then(|(address, length)| ipnet::IpNet::new(address, length).ok());
        net.is_some_and(|net| net.prefix_len() > 0 && net == net.trunc())
    };
    cells.iter().all(is_network)
}
