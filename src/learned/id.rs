//! Ids of entries. An id contains the address of a range of its entry: `learned-150-70-97-0`, `learned-2001-db8-7`. So no entry can
//! have the id of another list, such as `google-googlebot`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::discovery::Side;

const PREFIX: &str = "learned-";

/// The end of the id of a range that requests pages before people, so that it differs from the id of the same range after people.
const AHEAD: &str = "ahead";

/// The id of a range. Two ranges without a common address never have the same id.
pub(super) fn of(range: IpNet, side: Side) -> String {
    let address = match range.addr() {
        IpAddr::V4(v4) => v4.octets().map(|part| part.to_string()).join("-"),
        IpAddr::V6(v6) => {
            let groups = usize::from(range.prefix_len()).div_ceil(16).max(1);
            let groups: Vec<String> = v6.segments()[..groups].iter().map(|group| format!("{group:x}")).collect();
            groups.join("-")
        }
    };
    let end = if side == Side::Ahead { format!("-{AHEAD}") } else { String::new() };
    format!("{PREFIX}{address}{end}")
}

/// Whether the id contains an address of one of the ranges. A word or a number may follow the address.
pub(super) fn matches(id: &str, ranges: &(impl Iterator<Item = IpNet> + Clone)) -> bool {
    addresses(id).any(|address| ranges.clone().any(|range| range.contains(&address)))
}

/// The addresses that an id may contain: `learned-2001-db8-1` is `2001:db8:1::`, or `2001:db8::` with a number.
fn addresses(id: &str) -> impl Iterator<Item = IpAddr> {
    let parts: Vec<&str> = id.strip_prefix(PREFIX).map(|rest| rest.split('-').collect()).unwrap_or_default();
    let with_end = parts.len().saturating_sub(1);
    [parts.len(), with_end].into_iter().filter_map(move |length| address(&parts[..length]))
}

/// The first address that an id may contain.
pub(super) fn address_of(id: &str) -> Option<IpAddr> {
    addresses(id).next()
}

fn address(parts: &[&str]) -> Option<IpAddr> {
    let v4: Option<Vec<u8>> = parts.iter().map(|part| part.parse().ok()).collect();
    if let Some([a, b, c, d]) = v4.as_deref() {
        return Some(Ipv4Addr::new(*a, *b, *c, *d).into());
    }
    let group = |part: &&str| (part.len() <= 4).then(|| u16::from_str_radix(part, 16).ok()).flatten();
    let v6: Vec<u16> = parts.iter().map(group).collect::<Option<_>>()?;
    let mut groups = [0; 8];
    groups.get_mut(..v6.len())?.copy_from_slice(&v6);
    (!v6.is_empty()).then(|| Ipv6Addr::from(groups).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_a_range_of_its_entry() {
        for (range, id) in [
            ("150.70.97.0/24", "learned-150-70-97-0"),
            ("150.70.97.9/32", "learned-150-70-97-9"),
            ("2001:db8:7::/48", "learned-2001-db8-7"),
            ("2001:db8::/48", "learned-2001-db8-0"),
            ("2001:db8::1/128", "learned-2001-db8-0-0-0-0-0-1"),
        ] {
            let range: IpNet = range.parse().unwrap();
            assert_eq!(of(range, Side::After), id);
            assert_eq!(address_of(id), Some(range.addr()));
            for id in [id.to_owned(), format!("{id}-2"), of(range, Side::Ahead)] {
                assert!(matches(&id, &[range].into_iter()), "{id}");
                assert!(!matches(&id, &["192.0.2.0/24".parse().unwrap()].into_iter()), "{id}");
            }
        }
        for other in ["google-googlebot", "learned-", "learned-a-b-c-d-e-f-a-b-c", "150-70-97-0", "learned-150-70", ""]
        {
            assert!(!matches(other, &["150.70.97.0/24".parse().unwrap()].into_iter()), "{other}");
        }
    }
}
