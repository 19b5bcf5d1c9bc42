//! The rows of a table: the verdict and the addresses of each.

use super::find::find;
use super::layout::{Source, Table, cell_entry, rows};
use crate::feeds::collect::Collector;
use crate::feeds::columns::columns;
use crate::feeds::entry;
use crate::feeds::error::FeedError;
use crate::feeds::verdicts::{Intent, intent, value_intent};

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let Some(table) = find(text)? else {
        let help = "name the column of the addresses in the first line, such as `ip`";
        return Err(FeedError::new("this table does not name a column of addresses", help));
    };
    for (number, row) in rows(text, table.head_line) {
        sink.at_line(number);
        if row.matches('"').count() % 2 == 1 {
            sink.unreadable(row, "a quoted column continues in the next line", "write each row on one line");
            continue;
        }
        let cells: Vec<&str> = columns(row, table.separator).collect();
        match table.verdict(&cells) {
            Intent::Allowed => crate::feeds::server::refuse_exception(row, sink),
            Intent::Unknown => sink.pass_over(),
            Intent::Denied => table.row(row, &cells, sink),
        }
    }
    Ok(())
}

impl Table {
    /// Whether the row is about a denied address. Simulated or disabled decisions are skipped.
    fn verdict(&self, cells: &[&str]) -> Intent {
        let mut verdict = Intent::Denied;
        for (name, cell) in self.names.iter().zip(cells) {
            let value = value_intent(cell);
            let yes = matches!(cell.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "y");
            match name.as_str() {
                "action" | "decision" | "verdict" | "disposition" | "permission" | "policy" | "access"
                    if value == Intent::Allowed && !cell.is_empty() =>
                {
                    return Intent::Allowed;
                }
                "type" | "status" | "list" | "kind" if intent(cell) == Intent::Allowed => return Intent::Allowed,
                "allowed" | "whitelisted" | "is_whitelisted" | "iswhitelisted" | "trusted" | "exempt" if yes => {
                    return Intent::Allowed;
                }
                "simulated" | "disabled" | "expired" if yes => verdict = Intent::Unknown,
                "enabled" | "active" if value == Intent::Allowed && !cell.is_empty() => verdict = Intent::Unknown,
                _ => {}
            }
        }
        verdict
    }

    fn row(&self, row: &str, cells: &[&str], sink: &mut Collector<'_>) {
        let cell = |at: usize| cells.get(at).copied().map(cell_entry).unwrap_or_default();
        match &self.source {
            Source::Columns(places) => {
                let filled: Vec<&str> = places.iter().map(|at| cell(*at)).filter(|cell| !cell.is_empty()).collect();
                if filled.is_empty() {
                    sink.unreadable(
                        row,
                        "this row has no address in its column",
                        "write an address there, or remove the row",
                    );
                }
                filled.into_iter().for_each(|cell| sink.entry(cell));
            }
            Source::Masked { network, mask } => match cell(*mask) {
                "" => sink.entry(cell(*network)),
                mask => sink.entry(&format!("{}/{}", cell(*network), mask.trim_start_matches('/'))),
            },
            Source::Range { first, last, length } => {
                let range = format!("{}-{}", cell(*first), cell(*last));
                let network = length.map(|at| format!("{}/{}", cell(*first), cell(at)));
                match network.filter(|network| network.parse::<ipnet::IpNet>().is_ok()) {
                    Some(network) if !is_same_range(&network, cell(*first), cell(*last)) => {
                        sink.unreadable(
                            row,
                            format!("`{network}` is not the range of this row"),
                            "check which one is right",
                        );
                    }
                    _ => sink.entry(&range),
                }
            }
        }
    }
}

fn is_same_range(network: &str, first: &str, last: &str) -> bool {
    let Ok(network) = network.parse::<ipnet::IpNet>() else { return false };
    (entry::address(first), entry::address(last)) == (Some(network.network()), Some(network.broadcast()))
}

/// `DShield`'s blocks without a line of names: first address, last address, prefix length.
pub(in crate::feeds) fn is_block_row(cells: &[&str]) -> bool {
    matches!(cells, [first, last, length, ..] if is_same_range(&format!("{first}/{length}"), first, last))
}

pub(in crate::feeds) fn blocks(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    for (number, row) in rows(text, 0) {
        sink.at_line(number);
        let cells: Vec<&str> = row.split_whitespace().collect();
        match cells.as_slice() {
            ["Start" | "start", ..] => {}
            cells if is_block_row(cells) => sink.entry(&format!("{}-{}", cells[0], cells[1])),
            _ => sink.unreadable(
                row,
                "not first address, last address and length",
                "write `198.51.100.0 198.51.100.255 24`",
            ),
        }
    }
    Ok(())
}
