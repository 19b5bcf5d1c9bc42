//! Finds nested prefixes.

use ipnet::IpNet;

/// Calls `each` with every pair of prefixes of which the first one covers the second one; equal prefixes once.
///
/// The prefixes are sorted, and a stack contains those that cover the current one. The time is O(n log n), plus the
/// number of pairs.
pub(super) fn for_each_nested<V: Copy>(prefixes: &mut [(IpNet, V)], mut each: impl FnMut((IpNet, V), (IpNet, V))) {
    prefixes.sort_by_key(|(net, _)| *net);
    let mut open: Vec<(IpNet, V)> = Vec::new();
    for inner in prefixes.iter().copied() {
        while open.pop_if(|outer| !outer.0.contains(&inner.0)).is_some() {}
        open.iter().for_each(|outer| each(*outer, inner));
        open.push(inner);
    }
}
