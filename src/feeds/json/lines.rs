//! A JSON object on each line. Spamhaus writes one `cidr` in each, and metadata in the last; `CrowdSec` writes several
//! `ranges`, and comments between the lines.

use serde::Deserialize;

use super::{Text, Texts};
use crate::feeds::collect::Collector;
use crate::feeds::entry;
use crate::feeds::error::FeedError;
use crate::feeds::lines::numbered;

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    cidr: Option<Text<'a>>,
    #[serde(borrow, default)]
    ranges: Texts<'a>,
}

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    for (number, line) in numbered(text) {
        let line = entry::trim(line);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        sink.at_line(number);
        match serde_json::from_str::<Line<'_>>(line) {
            Ok(Line { cidr, ranges }) => super::entries(cidr.iter().chain(&ranges), sink),
            Err(error) => {
                sink.unreadable(
                    line,
                    format!("no JSON object: {}", super::reason(&error)),
                    "write one object on each line",
                );
            }
        }
    }
    Ok(())
}
