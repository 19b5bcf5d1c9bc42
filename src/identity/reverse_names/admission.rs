//! Admission of look-ups: at once, and in a second for each network. Pure; the caller passes the time.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;

/// The limits of look-ups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Limits {
    /// Maximum number of look-ups at the same time.
    pub(crate) at_once: u32,
    /// Maximum number of look-ups for the addresses of one network in a second.
    pub(crate) per_network: u32,
    /// Maximum number of look-ups in a second, for all networks.
    pub(crate) per_second: u32,
}

/// Counts the look-ups of the current second.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    second: u64,
    all: u32,
    networks: HashMap<IpNet, u32>,
}

impl Admission {
    /// Whether this address may be looked up in this second. Counts the look-up if so.
    pub(crate) fn admits(&mut self, address: IpAddr, second: u64, limits: Limits) -> bool {
        if self.second != second {
            self.second = second;
            self.all = 0;
            // A new map has at most `per_second` entries, so that an attack leaves no memory in use.
            self.networks = HashMap::new();
        }
        if self.all >= limits.per_second {
            return false;
        }
        let count = self.networks.entry(network(address)).or_insert(0);
        if *count >= limits.per_network {
            return false;
        }
        *count += 1;
        self.all += 1;
        true
    }
}

/// The network in which one holder may have every address.
fn network(address: IpAddr) -> IpNet {
    let length = if address.is_ipv4() { 24 } else { 48 };
    IpNet::new(address, length).map_or_else(|_| address.into(), |network| network.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { at_once: 8, per_network: 2, per_second: 5 };

    fn admitted(admission: &mut Admission, addresses: &[&str], second: u64) -> Vec<bool> {
        addresses.iter().map(|text| admission.admits(text.parse().unwrap(), second, LIMITS)).collect()
    }

    #[test]
    fn a_network_and_a_second_have_a_limit() {
        let mut admission = Admission::default();
        let one_network = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "198.51.100.1"];
        assert_eq!(admitted(&mut admission, &one_network, 7), [true, true, false, true]);
        let six = ["2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:3::1"];
        assert_eq!(admitted(&mut admission, &six, 7), [true, true, false]);
        assert_eq!(admitted(&mut admission, &["203.0.113.1"], 7), [false], "five in all");
        assert_eq!(admitted(&mut admission, &["203.0.113.1", "192.0.2.3"], 8), [true, true]);
    }
}
