//! The network of an address, for which counters are kept, and its site.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// A /24, or a /48 of IPv6: 24 or 48 bits, and one bit for the family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NetworkId(u64);

/// A /16, or a /32 of IPv6. Networks of one site are never leader and follower of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SiteId(u64);

/// An address inside its network: the last byte, or for IPv6 a hash of the last ten bytes.
pub(super) type Host = u32;

const V6: u64 = 1 << 48;

impl NetworkId {
    /// The number of bits of a network.
    pub(super) const BITS: u32 = 49;

    pub(super) fn bits(self) -> u64 {
        self.0
    }

    pub(super) fn from_bits(bits: u64) -> Self {
        Self(bits & ((1 << Self::BITS) - 1))
    }

    /// The network of an address, and the address inside it. IPv4 in IPv6 form counts as IPv4.
    pub(super) fn of(address: IpAddr) -> (Self, Host) {
        match address.to_canonical() {
            IpAddr::V4(v4) => (Self(u64::from(v4.to_bits() >> 8)), v4.to_bits() & 0xff),
            IpAddr::V6(v6) => {
                let bits = v6.to_bits();
                let low = (bits as u64) ^ ((bits >> 64 & 0xffff) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                (Self(V6 | (bits >> 80) as u64), (low.wrapping_mul(0xd6e8_feb8_6659_fd93) >> 32) as u32)
            }
        }
    }

    pub(super) fn is_v6(self) -> bool {
        self.0 & V6 != 0
    }

    pub(super) fn site(self) -> SiteId {
        if self.is_v6() { SiteId(self.0 >> 16 | V6) } else { SiteId(self.0 >> 8) }
    }

    pub(super) fn prefix(self) -> IpNet {
        if self.is_v6() {
            let address = Ipv6Addr::from_bits(u128::from(self.0 & (V6 - 1)) << 80);
            Ipv6Net::new_assert(address, 48).into()
        } else {
            Ipv4Net::new_assert(Ipv4Addr::from_bits((self.0 as u32) << 8), 24).into()
        }
    }

    /// The address with these last bytes of its IPv6 form.
    pub(super) fn with_rest(self, rest: [u8; 10]) -> IpAddr {
        let mut bytes = [0; 16];
        if self.is_v6() {
            bytes[..6].copy_from_slice(&self.0.to_be_bytes()[2..]);
        }
        bytes[6..].copy_from_slice(&rest);
        Ipv6Addr::from(bytes).to_canonical()
    }

    /// The address with this last byte; `None` for IPv6, since the hash cannot be undone.
    pub(super) fn address(self, host: Host) -> Option<IpAddr> {
        (!self.is_v6()).then(|| Ipv4Addr::from_bits((self.0 as u32) << 8 | host & 0xff).into())
    }

    /// The longest prefix that contains both.
    pub(super) fn cover(self, other: Self) -> Option<IpNet> {
        if self.is_v6() != other.is_v6() {
            return None;
        }
        let differ = u64::BITS - (self.0 ^ other.0).leading_zeros();
        let (prefix, length) = (self.prefix(), if self.is_v6() { 48 } else { 24 });
        IpNet::new(prefix.addr(), length - u8::try_from(differ).ok()?).ok().map(|prefix| prefix.trunc())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> (NetworkId, Host) {
        NetworkId::of(address.parse().unwrap())
    }

    #[test]
    fn networks_are_24s_and_48s_and_sites_16s_and_32s() {
        for (address, prefix) in [
            ("203.0.113.7", "203.0.113.0/24"),
            ("::ffff:203.0.113.7", "203.0.113.0/24"),
            ("2001:db8:1:2::3", "2001:db8:1::/48"),
            ("0.0.0.0", "0.0.0.0/24"),
            ("::", "::/48"),
        ] {
            let network = of(address).0;
            assert_eq!(network.prefix().to_string(), prefix);
            assert_eq!(NetworkId::from_bits(network.bits() | 1 << 60), network);
        }
        assert_eq!(of("203.0.113.7").0.site(), of("203.0.1.1").0.site());
        assert_ne!(of("203.0.113.7").0.site(), of("203.1.113.7").0.site());
        assert_eq!(of("2001:db8:1::").0.site(), of("2001:db8:ffff::").0.site());
        assert_ne!(of("2001:db8::").0.site(), of("2001:db9::").0.site());
        assert_ne!(of("0.0.0.0").0.site(), of("::").0.site());
        assert_eq!(of("203.0.113.7").0.address(7).unwrap().to_string(), "203.0.113.7");
        assert_ne!(of("2001:db8::1").1, of("2001:db8::2").1);
        assert_ne!(of("2001:db8:0:1::1").1, of("2001:db8:0:2::1").1);
    }

    #[test]
    fn a_cover_holds_both() {
        for (one, other, cover) in [
            ("198.51.100.1", "198.51.100.9", "198.51.100.0/24"),
            ("150.70.64.1", "150.70.173.1", "150.70.0.0/16"),
            ("2001:db8:1::", "2001:db8:3::", "2001:db8::/46"),
            ("0.0.0.0", "255.0.0.0", "0.0.0.0/0"),
        ] {
            assert_eq!(of(one).0.cover(of(other).0).unwrap().to_string(), cover);
        }
        assert_eq!(of("0.0.0.0").0.cover(of("::").0), None);
    }
}
