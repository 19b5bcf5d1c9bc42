//! Finds the patterns that cover another pattern, for the checks, without comparing all pairs.

use std::collections::HashMap;

use super::Pattern;
use super::pattern::folded_segments;

/// Patterns with their owners, such as rules, by their text.
///
/// A pattern covers another one only if it has the same path, or a path with which the other one begins. So a look-up
/// for a path of four segments takes five steps, plus the results. A comparison of all pairs of 100,000 patterns would
/// take hours.
#[derive(Debug, Default)]
pub(crate) struct Coverage<'a> {
    groups: HashMap<(String, bool), Group<'a>>,
}

/// Patterns that cover the same paths, represented by one of them, and their owners in ascending order.
#[derive(Debug)]
struct Group<'a> {
    pattern: &'a Pattern,
    owners: Vec<usize>,
}

impl<'a> Coverage<'a> {
    /// Adds a pattern. Owners come in ascending order.
    pub(crate) fn add(&mut self, owner: usize, pattern: &'a Pattern) {
        let key = (folded_segments(pattern).join("/"), pattern.is_exact());
        let group = self.groups.entry(key).or_insert(Group { pattern, owners: Vec::new() });
        if group.owners.last() != Some(&owner) {
            group.owners.push(owner);
        }
    }

    /// All owners of patterns that cover this one, in ascending order, each once.
    pub(crate) fn owners_around(&self, pattern: &Pattern) -> Vec<usize> {
        let mut owners: Vec<usize> = self.around(pattern).flat_map(|group| &group.owners).copied().collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    /// The first owner of a pattern that covers this one and belongs to another owner. Of patterns that cover each
    /// other, the first one covers the others.
    pub(crate) fn first_other_around(&self, owner: usize, pattern: &Pattern) -> Option<usize> {
        let first = |group: &Group<'_>| {
            let mutual = pattern.covers(group.pattern);
            group.owners.iter().copied().find(|other| *other < owner || (!mutual && *other != owner))
        };
        self.around(pattern).filter_map(first).min()
    }

    fn around(&self, pattern: &Pattern) -> impl Iterator<Item = &Group<'a>> {
        let segments = folded_segments(pattern);
        let paths = (0..=segments.len()).map(move |end| segments[..end].join("/"));
        let groups = paths.flat_map(|path| [(path.clone(), false), (path, true)]);
        groups.filter_map(|key| self.groups.get(&key)).filter(|group| group.pattern.covers(pattern))
    }
}
