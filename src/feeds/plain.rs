//! Plain text: one prefix, address or `first-last` range a line; `#` and `;` begin a comment.

use std::net::IpAddr;

use ipnet::{IpNet, IpSubnets, Ipv4Subnets, Ipv6Subnets};

use crate::prefix::{self, PrefixError};

/// So many bad lines are reported one by one; a file with more is no list at all.
const MAX_PROBLEMS: usize = 20;

/// What a list held.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// The prefixes, host bits masked.
    pub(crate) prefixes: Vec<IpNet>,
    /// How many had host bits set. Published lists do; the network is what they mean.
    pub(crate) masked: usize,
    /// What could not be used.
    pub(crate) problems: Vec<LineProblem>,
}

/// One line that could not be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LineProblem {
    /// Counted from 1.
    pub(crate) line: usize,
    /// The text found.
    pub(crate) found: String,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// Reads a plain list.
pub(crate) fn parse(text: &str) -> Listed {
    let text = text.trim_start_matches('\u{feff}');
    let mut listed = Listed::default();
    if text.trim_start().starts_with('<') {
        listed.problems.push(LineProblem {
            line: 1,
            found: text.trim_start().chars().take(20).collect(),
            message: "this is an HTML or XML page, not a list".into(),
            help: "fetch the list again and look at what the server answers".into(),
        });
        return listed;
    }
    for (number, line) in text.lines().enumerate() {
        let entry = line.split(['#', ';']).next().unwrap_or_default();
        // Published lists have carried zero-width spaces.
        let entry = entry.trim_matches(|c: char| c.is_whitespace() || c == '\u{200b}');
        if entry.is_empty() {
            continue;
        }
        if let Err(error) = listed.add(entry) {
            listed.problems.push(LineProblem {
                line: number + 1,
                found: entry.chars().take(60).collect(),
                message: error.to_string(),
                help: error.help(),
            });
            if listed.problems.len() == MAX_PROBLEMS {
                break;
            }
        }
    }
    listed
}

impl Listed {
    fn add(&mut self, entry: &str) -> Result<(), PrefixError> {
        if let Some((first, last)) = entry.split_once('-') {
            let subnets = range(first.trim(), last.trim()).ok_or(PrefixError::Malformed)?;
            for net in subnets {
                self.prefixes.push(prefix::check_width(net)?);
            }
            return Ok(());
        }
        let net = prefix::parse(entry)?;
        self.masked += usize::from(net != net.trunc());
        self.prefixes.push(prefix::check_width(net.trunc())?);
        Ok(())
    }
}

fn range(first: &str, last: &str) -> Option<IpSubnets> {
    let canonical = |text: &str| text.parse::<IpAddr>().ok().map(|address| address.to_canonical());
    match (canonical(first)?, canonical(last)?) {
        (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => Some(IpSubnets::V4(Ipv4Subnets::new(first, last, 0))),
        (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => Some(IpSubnets::V6(Ipv6Subnets::new(first, last, 0))),
        _ => None,
    }
}
