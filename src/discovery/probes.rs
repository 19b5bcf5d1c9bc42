//! What probers ask for: the most frequent targets, in fixed memory.

/// A target that is not there and that probers ask for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    pub(super) target: u64,
    pub(super) count: u64,
    /// What the last request for it was tagged with.
    pub(super) tag: u64,
}

/// Counts of targets. When there is no room for another one, the rarest is replaced, and its count goes on (Metwally, 2005).
pub(super) struct Probes(Vec<Probe>);

impl Probes {
    const MAX: usize = 128;

    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(Self::MAX))
    }

    pub(super) fn add(&mut self, target: u64, tag: u64) {
        if let Some(probe) = self.0.iter_mut().find(|probe| probe.target == target) {
            probe.count += 1;
            probe.tag = tag;
        } else if self.0.len() < Self::MAX {
            self.0.push(Probe { target, count: 1, tag });
        } else if let Some(rarest) = self.0.iter_mut().min_by_key(|probe| probe.count) {
            *rarest = Probe { target, count: rarest.count + 1, tag };
        }
    }

    /// The most frequent ones first.
    pub(super) fn most(&self, count: usize) -> Vec<Probe> {
        let mut probes = self.0.clone();
        // Of equals the one that was asked for last, which does not depend on the secret as hashes do.
        probes.sort_by(|a, b| b.count.cmp(&a.count).then(b.tag.cmp(&a.tag)));
        probes.truncate(count);
        probes
    }
}
