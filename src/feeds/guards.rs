//! Refuses lists that are damaged, incomplete or too large.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::error::FeedError;

/// Private and reserved space of IPv4 (RFC 6890). It omits the documentation ranges on purpose: no packet comes from
/// them, so they do no harm in a list, and examples and tests can use them.
const RESERVED_V4: [Ipv4Net; 10] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([224, 0, 0, 0], 3),
];

/// All unicast addresses of IPv6 that are assigned.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0], 3);

/// Tunnels in this space: Teredo and 6to4, whose addresses represent other hosts.
const RESERVED_V6: [Ipv6Net; 2] = [v6([0x2001, 0], 32), v6([0x2002, 0], 16)];

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(std::net::Ipv4Addr::new(a, b, c, d), length)
}

const fn v6([a, b]: [u16; 2], length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(std::net::Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), length)
}

/// Whether a network overlaps with private or reserved space.
pub(crate) fn is_reserved(net: IpNet) -> bool {
    match net {
        IpNet::V4(net) => RESERVED_V4.iter().any(|reserved| reserved.contains(&net) || net.contains(reserved)),
        IpNet::V6(net) => {
            !GLOBAL_V6.contains(&net)
                || RESERVED_V6.iter().any(|reserved| reserved.contains(&net) || net.contains(reserved))
        }
    }
}

pub(super) fn too_many(limit: usize) -> FeedError {
    FeedError::new(
        format!("the list has more than {limit} entries"),
        "check that this is the right list, and select a part of it if the format has parts",
    )
}

/// The numbers of a list's entries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Totals {
    /// Valid entries, with duplicates.
    pub(super) taken: usize,
    /// Valid entries that no scanner can own.
    pub(super) dropped: usize,
    /// Entries that were not selected: a table of the whole Internet may have more invalid rows than a vendor has valid ones.
    pub(super) passed_over: usize,
    pub(super) unreadable: usize,
}

/// Refuses a list if too many entries are unreadable, or if none remains. `first` is the first problem.
pub(super) fn check_whole(totals: Totals, first: Option<&FeedError>, max_bad_share: f64) -> Result<(), FeedError> {
    let Totals { taken, dropped, passed_over, unreadable } = totals;
    let all = taken + dropped + passed_over + unreadable;
    if unreadable as f64 > max_bad_share * all as f64 {
        let message = format!("{unreadable} of {all} entries cannot be read");
        return Err(pointing_at(first, message, "check whether the format of the list has changed".into()));
    }
    if taken == 0 {
        let message = match dropped {
            0 => "the list names no range".to_owned(),
            dropped => format!("nothing is left of the list after {dropped} entries were dropped"),
        };
        return Err(pointing_at(first, message, "fill it, or remove the list".into()));
    }
    Ok(())
}

/// Refuses a fetched list that covers more than half of all addresses of a family: it would match nearly every client,
/// even if each entry has an allowed width. The prefixes are sorted.
pub(super) fn check_cover(prefixes: &[IpNet]) -> Result<(), FeedError> {
    let (mut v4, mut v6) = (0u64, 0u128);
    let mut last: Option<&IpNet> = None;
    for net in prefixes {
        if last.is_some_and(|last| last.contains(net)) {
            continue;
        }
        // The prefixes are at least /8 and /16 long here.
        match net {
            IpNet::V4(net) => v4 += 1 << (32 - net.prefix_len()),
            IpNet::V6(net) => v6 += 1 << (128 - net.prefix_len()),
        }
        last = Some(net);
    }
    if v4 > 1 << 31 || v6 > 1 << (127 - GLOBAL_V6.prefix_len()) {
        let help = "check the server's answer; a list from a file of your own may cover this much";
        return Err(FeedError::new("the list covers more than half of all addresses", help));
    }
    Ok(())
}

/// An error on the whole list, with its first problem as an example.
fn pointing_at(first: Option<&FeedError>, message: String, help: String) -> FeedError {
    match first {
        None => FeedError::new(message, help),
        Some(first) => first.clone().reworded(format!("{message}, the first because {}", first.message()), help),
    }
}

/// Refuses a list that lost more than this share of its entries since the last copy.
///
/// # Errors
///
/// If it did. An empty list cannot lose entries.
///
/// ```
/// use actix_scanner_guard::feeds::check_shrink;
///
/// assert!(check_shrink(100, 50, 0.5).is_ok());
/// let error = check_shrink(100, 49, 0.5).unwrap_err();
/// assert_eq!(error.message(), "the list shrank from 100 to 49 entries, by 51 %; 50 % are allowed");
/// ```
pub fn check_shrink(old_len: usize, new_len: usize, max_shrink: f64) -> Result<(), FeedError> {
    let lost = old_len.saturating_sub(new_len);
    let share = lost as f64 / old_len.max(1) as f64;
    if share <= max_shrink {
        return Ok(());
    }
    let message = format!(
        "the list shrank from {old_len} to {new_len} entries, by {:.0} %; {:.0} % are allowed",
        share * 100.0,
        max_shrink * 100.0
    );
    Err(FeedError::new(message, "if the new list is right, raise `max_shrink` until it is accepted"))
}
