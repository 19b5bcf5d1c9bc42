//! Tables with a line of column names, whatever their order and what stands between: CSV files of vendors.

use super::collect::Collector;
use super::columns::columns;
use super::entry::{self, is_entry};
use super::error::FeedError;
use super::format::Format;
use super::ranges::is_range;
use super::table_columns;
use super::text::numbered;
use super::verdicts::{Intent, intent, value_intent};

/// Where a table has its addresses.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    separator: char,
    source: Source,
    /// The line of the names; rows come after it.
    head_line: usize,
    names: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Source {
    Columns(Vec<usize>),
    Range { first: usize, last: usize, length: Option<usize> },
    Masked { network: usize, mask: usize },
}

const SEPARATORS: [char; 4] = [';', '\t', '|', ','];

/// Names of a column of addresses. `value` and `source` are others' as well, so the rows decide.
const ADDRESS: &[&str] = &[
    "addr",
    "address",
    "attacker",
    "attacker_ip",
    "cidr",
    "cidr_block",
    "client_ip",
    "dst_ip",
    "dstip",
    "host",
    "indicator",
    "ioc",
    "ioc_value",
    "ip",
    "ip_addr",
    "ip_address",
    "ip_cidr",
    "ip_prefix",
    "ip_range",
    "ipaddr",
    "ipaddress",
    "ipv4",
    "ipv4_address",
    "ipv4_prefix",
    "ipv6",
    "ipv6_address",
    "ipv6_prefix",
    "netblock",
    "network",
    "prefix",
    "range",
    "remote_addr",
    "remote_ip",
    "scanner_ip",
    "source",
    "source_ip",
    "src",
    "src_ip",
    "srcip",
    "subnet",
    "value",
];
const FIRST: &[&str] = &[
    "begin",
    "begin_ip",
    "first",
    "first_ip",
    "from",
    "ip_from",
    "ip_start",
    "network_start",
    "range_start",
    "start",
    "start_address",
    "start_ip",
    "startip",
];
const LAST: &[&str] =
    &["end", "end_address", "end_ip", "endip", "ip_end", "ip_to", "last", "last_ip", "network_end", "range_end", "to"];
const LENGTH: &[&str] = &[
    "bits",
    "length",
    "mask",
    "mask_len",
    "netblock",
    "netmask",
    "prefix_len",
    "prefix_length",
    "prefixlen",
    "subnet_mask",
];

/// Rows that are looked at to learn which columns hold addresses.
const SAMPLE: usize = 50;

/// The format of a table whose first line names its columns.
pub(super) fn named(text: &str) -> Result<Option<Format>, FeedError> {
    let (comment, first) = beginning(text);
    let Some((_, line)) = first else { return Ok(None) };
    if line.to_ascii_lowercase().starts_with("ip,name,sources") {
        return Ok(Some(Format::Sefinek));
    }
    // Rows that begin with an entry tell by themselves what they are.
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

/// The last comment before the first line, which may name the columns, and the first line.
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

/// The table that a text is, by its names or by a column in which every row has an address.
pub(super) fn find(text: &str) -> Result<Option<Table>, FeedError> {
    let (comment, first) = beginning(text);
    let Some((number, line)) = first else { return Ok(None) };
    for (head_line, head) in [first, comment].into_iter().flatten() {
        if let Some(table) = with_names(text, head_line, head)? {
            return Ok(Some(table));
        }
    }
    // Names that nobody knows are no row.
    let has_head = !line.split(SEPARATORS).any(is_entry);
    let head_line = if has_head { number } else { 0 };
    let sample: Vec<(usize, &str)> = rows(text, head_line).take(SAMPLE).collect();
    let table = |(separator, at)| Table { separator, source: Source::Columns(vec![at]), head_line, names: Vec::new() };
    Ok(table_columns::find(&sample)?.filter(|(separator, _)| !has_head || line.contains(*separator)).map(table))
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

/// `CrowdSec` writes `Ip:198.51.100.7` and `Range:198.51.100.0/24`.
fn cell_entry(cell: &str) -> &str {
    let cell = entry::trim(cell);
    let scoped = cell
        .split_once(':')
        .filter(|(scope, _)| scope.eq_ignore_ascii_case("ip") || scope.eq_ignore_ascii_case("range"));
    scoped.map_or(cell, |(_, address)| entry::trim(address))
}

fn rows(text: &str, head_line: usize) -> impl Iterator<Item = (usize, &str)> {
    numbered(text).filter(move |(number, line)| {
        let line = entry::trim(line);
        *number > head_line && !line.is_empty() && !line.starts_with('#')
    })
}

pub(super) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let Some(table) = find(text)? else {
        let help = "name the column of the addresses in the first line, such as `ip`";
        return Err(FeedError::new("this table does not name a column of addresses", help));
    };
    for (number, row) in rows(text, table.head_line) {
        sink.at_line(number);
        if row.matches('"').count() % 2 == 1 {
            sink.unreadable(row, "a quoted column goes on in the next line", "write each row on one line");
            continue;
        }
        let cells: Vec<&str> = columns(row, table.separator).collect();
        match table.verdict(&cells) {
            Intent::LetThrough => super::server::refuse_exception(row, sink),
            Intent::Unknown => sink.pass_over(),
            Intent::ShutOut => table.row(row, &cells, sink),
        }
    }
    Ok(())
}

impl Table {
    /// Whether the row is about an address that is shut out. A decision that is simulated or switched off is passed over.
    fn verdict(&self, cells: &[&str]) -> Intent {
        let mut verdict = Intent::ShutOut;
        for (name, cell) in self.names.iter().zip(cells) {
            let value = value_intent(cell);
            let yes = matches!(cell.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "y");
            match name.as_str() {
                "action" | "decision" | "verdict" | "disposition" | "permission" | "policy" | "access"
                    if value == Intent::LetThrough && !cell.is_empty() =>
                {
                    return Intent::LetThrough;
                }
                "type" | "status" | "list" | "kind" if intent(cell) == Intent::LetThrough => return Intent::LetThrough,
                "allowed" | "whitelisted" | "is_whitelisted" | "iswhitelisted" | "trusted" | "exempt" if yes => {
                    return Intent::LetThrough;
                }
                "simulated" | "disabled" | "expired" if yes => verdict = Intent::Unknown,
                "enabled" | "active" if value == Intent::LetThrough && !cell.is_empty() => verdict = Intent::Unknown,
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
                    Some(network) if !says_the_same(&network, cell(*first), cell(*last)) => {
                        sink.unreadable(
                            row,
                            format!("`{network}` is not the range of this row"),
                            "look which is meant",
                        );
                    }
                    _ => sink.entry(&range),
                }
            }
        }
    }
}

fn says_the_same(network: &str, first: &str, last: &str) -> bool {
    let Ok(network) = network.parse::<ipnet::IpNet>() else { return false };
    (entry::address(first), entry::address(last)) == (Some(network.network()), Some(network.broadcast()))
}

/// `DShield`'s blocks without a line of names: first address, last address, the length of the prefix.
pub(super) fn is_block_row(cells: &[&str]) -> bool {
    matches!(cells, [first, last, length, ..] if says_the_same(&format!("{first}/{length}"), first, last))
}

pub(super) fn blocks(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
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
