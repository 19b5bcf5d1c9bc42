//! The targets of probers, for all probers together and for each: the most frequent ones, in fixed memory.

use super::network::NetworkId;

/// A target that does not exist and that probers request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Probe {
    pub(super) target: u64,
    pub(super) count: u64,
    /// The tag of the last request for it.
    pub(super) tag: u64,
}

pub(super) struct Probes {
    /// The targets of all probers. If there is no room for another target, it replaces the rarest one and takes over
    /// its count (Metwally, 2005).
    most: Vec<Probe>,
    /// The targets of each prober, each at one of a few places that network and target determine. If all are taken, the
    /// rarest one there is counted down (Boyer and Moore, 1981), until its place is free.
    of_each: Box<[(NetworkId, Probe)]>,
}

impl Probes {
    const MAX: usize = 128;
    const PLACES: usize = 1 << 11;
    /// The number of places where a prober's target can be.
    const WAYS: usize = 8;

    pub(super) fn new() -> Self {
        let of_each = vec![(NetworkId::default(), Probe::default()); Self::PLACES].into();
        Self { most: Vec::with_capacity(Self::MAX), of_each }
    }

    pub(super) fn add(&mut self, network: NetworkId, target: u64, tag: u64) {
        self.add_of(network, target, tag);
        if let Some(probe) = self.most.iter_mut().find(|probe| probe.target == target) {
            probe.count += 1;
            probe.tag = tag;
        } else if self.most.len() < Self::MAX {
            self.most.push(Probe { target, count: 1, tag });
        } else if let Some(rarest) = self.most.iter_mut().min_by_key(|probe| probe.count) {
            *rarest = Probe { target, count: rarest.count + 1, tag };
        }
    }

    fn add_of(&mut self, network: NetworkId, target: u64, tag: u64) {
        let spread = (target ^ network.bits().wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        let start = (spread >> 32) as usize % (Self::PLACES / Self::WAYS) * Self::WAYS;
        let places = &mut self.of_each[start..start + Self::WAYS];
        let is_own =
            |(known, probe): &(NetworkId, Probe)| *known == network && probe.target == target && probe.count > 0;
        if let Some((_, probe)) = places.iter_mut().find(|place| is_own(place)) {
            (probe.count, probe.tag) = (probe.count + 1, tag);
        } else if let Some((known, probe)) = places.iter_mut().min_by_key(|(_, probe)| probe.count) {
            if probe.count <= 1 {
                (*known, *probe) = (network, Probe { target, count: 1, tag });
            } else {
                probe.count -= 1;
            }
        }
    }

    /// The most frequent targets of all probers, the most frequent first.
    pub(super) fn most(&self, count: usize) -> Vec<Probe> {
        ordered(self.most.clone(), count)
    }

    /// The most frequent targets of this prober, the most frequent first.
    pub(super) fn of(&self, network: NetworkId, count: usize) -> Vec<Probe> {
        let own = self.of_each.iter().filter(|(known, probe)| *known == network && probe.count > 0);
        ordered(own.map(|(_, probe)| *probe).collect(), count)
    }
}

fn ordered(mut probes: Vec<Probe>, count: usize) -> Vec<Probe> {
    // Targets with equal counts are ordered by their last request, which does not depend on the secret as hashes do.
    probes.sort_by(|a, b| b.count.cmp(&a.count).then(b.tag.cmp(&a.tag)));
    probes.truncate(count);
    probes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_prober_has_favourites_of_its_own() {
        let network = |number: u8| NetworkId::of([203, 0, number, 7].into()).0;
        let mut probes = Probes::new();
        for round in 0..50 {
            for number in 0..20 {
                probes.add(network(number), u64::from(number), round);
                // Many targets that are requested once do not displace frequent ones.
                probes.add(network(number), 1000 + round * 20 + u64::from(number), round);
            }
        }
        let kept = (0..20).filter(|number| {
            let first = probes.of(network(*number), 3).first().copied();
            first.is_some_and(|probe| probe.target == u64::from(*number) && probe.count > 10)
        });
        assert!(kept.count() >= 18);
        assert!(probes.of(network(99), 3).is_empty());
        assert_eq!(probes.most(1)[0].count, 50);
    }
}
