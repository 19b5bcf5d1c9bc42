//! CSV and TSV. Only the first columns are used. No known list has line breaks in them, so each line is one row.

use super::collect::Collector;
use super::entry;
use super::error::FeedError;
use super::json::unknown_choice;
use super::lines::numbered;
use super::options::Selection;

/// RFC 8805: prefix, country, region, city, postal code.
pub(super) fn geofeed(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    for (number, row) in rows(text) {
        sink.at_line(number);
        sink.entry(columns(row, ',').next().unwrap_or_default());
    }
    Ok(())
}

/// `IP,Name,Sources`, where the name is the service.
pub(super) fn sefinek(text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut seen = false;
    for (number, row) in rows(text).filter(|(_, row)| !is_heading(row)) {
        let mut columns = columns(row, ',');
        let (address, name) = (columns.next().unwrap_or_default(), columns.next().unwrap_or_default());
        if selection.service.as_deref().is_none_or(|service| service == name) {
            seen = true;
            sink.at_line(number);
            sink.entry(address);
        } else {
            sink.pass_over();
        }
    }
    match &selection.service {
        Some(service) if !seen => {
            let rows = rows(text).filter(|(_, row)| !is_heading(row));
            Err(unknown_choice("service", service, rows.filter_map(|(_, row)| columns(row, ',').nth(1))))
        }
        _ => Ok(()),
    }
}

fn is_heading(row: &str) -> bool {
    row.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("ip,"))
}

/// First address, last address, AS number: a table of the whole Internet. Only rows of the selected AS are read.
pub(super) fn by_asn(
    text: &str,
    separator: char,
    selection: &Selection,
    sink: &mut Collector<'_>,
) -> Result<(), FeedError> {
    let chosen = selection.required_asn()?;
    let (mut seen, mut others) = (false, false);
    for (number, row) in rows(text) {
        sink.at_line(number);
        let mut columns = columns(row, separator);
        let (first, last, asn) = (columns.next(), columns.next(), columns.next());
        let (Some(first), Some(last), Some(Ok(asn))) = (first, last, asn.map(str::parse::<u32>)) else {
            sink.unreadable(row, "not a row of such a table", "write first address, last address and AS number");
            continue;
        };
        if chosen.contains(&asn) {
            seen = true;
            sink.entry(&format!("{first}-{last}"));
        } else {
            others = true;
            sink.pass_over();
        }
    }
    // If no row can be parsed, this is the error.
    if seen || !others {
        return Ok(());
    }
    let numbers: Vec<String> = chosen.iter().map(|asn| format!("AS{asn}")).collect();
    let help = "check the number: the table omits AS numbers that are not announced";
    Err(FeedError::new(format!("no row belongs to {}", numbers.join(" or ")), help))
}

/// The non-empty lines, counted from 1.
fn rows(text: &str) -> impl Iterator<Item = (usize, &str)> {
    numbered(text).filter(|(_, line)| {
        let line = entry::trim(line);
        !line.is_empty() && !line.starts_with('#')
    })
}

/// The columns of a row, without quotes around them. A separator inside quotes is text.
pub(super) fn columns(row: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    row.split(move |c: char| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
    .map(|column| column.trim().trim_matches('"'))
}
