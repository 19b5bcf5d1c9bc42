//! The ranges of the catalog and of a policy that overlap with a network.

use std::io::Write;

use ipnet::IpNet;
use serde::Serialize;

use super::known::{Entry, Known};
use super::{write_entry, write_ids};
use crate::cli::console::{BOLD, Console, GOOD};
use crate::cli::failure::Failure;

/// Maximum number of ranges that are shown as text.
const SHOWN: usize = 20;

/// Everything about one network.
#[derive(Debug, Serialize)]
pub(super) struct NetworkKnowledge {
    pub(super) network: IpNet,
    /// The ranges of the policy's `scanners.allow` that overlap with it.
    pub(super) allowed: Vec<IpNet>,
    /// The ranges that contain it, most specific first, and then the ranges in it, by address.
    pub(super) ranges: Vec<Entry>,
}

impl NetworkKnowledge {
    pub(super) fn of(known: &Known, network: IpNet) -> Self {
        let network = network.trunc();
        let overlaps = |other: IpNet| other.contains(&network) || network.contains(&other);
        let mut ranges = known.overlapping(overlaps);
        ranges.sort_by_key(|entry| match entry.network.contains(&network) {
            true => (0, u8::MAX - entry.network.prefix_len(), entry.network.network()),
            false => (1, 0, entry.network.network()),
        });
        Self { network, allowed: known.allowed_ranges().into_iter().filter(|net| overlaps(*net)).collect(), ranges }
    }
}

/// Writes one line: the network, and the scanners whose ranges overlap with it.
pub(super) fn write_line(knowledge: &NetworkKnowledge, console: &mut Console) -> Result<(), Failure> {
    let NetworkKnowledge { network, ranges, .. } = knowledge;
    if console.is_json() {
        return console.write_json_line(knowledge);
    }
    write!(console, "{network}\t")?;
    if ranges.is_empty() {
        console.write_all(b"-")?;
    }
    write_ids(ranges, console)?;
    Ok(writeln!(console)?)
}

pub(super) fn write_block(knowledge: &NetworkKnowledge, console: &mut Console) -> Result<(), Failure> {
    let NetworkKnowledge { network, allowed, ranges } = knowledge;
    let title = console.paint(BOLD, network);
    if ranges.is_empty() && allowed.is_empty() {
        return Ok(writeln!(console, "{title}: no range of the catalog or of your lists overlaps with it")?);
    }
    writeln!(console, "{title}")?;
    for net in allowed {
        let line = console.paint(GOOD, format!("{net} of scanners.allow overlaps with it"));
        writeln!(console, "  {line}")?;
    }
    for entry in ranges.iter().take(SHOWN) {
        write_entry(entry, allowed.iter().any(|net| net.contains(&entry.network)), console)?;
    }
    if ranges.len() > SHOWN {
        writeln!(console, "  and {} more (all with --json)", ranges.len() - SHOWN)?;
    }
    Ok(())
}
