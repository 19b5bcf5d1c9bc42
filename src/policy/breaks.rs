//! The parts of a path that a decoy breaks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::parts::{Part, Wildcard};
use super::variants::{PathVariant, Segment};
use crate::util::work;

/// The parts of the sent path that a decoy must break. Segments are counted from 0, without empty ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Breaks {
    segments: BTreeMap<usize, Extent>,
    /// The first segment from which on every word is broken.
    all_from: Option<usize>,
    /// Whether a pattern without any word matched, such as `/*`, which also covers the rewritten path.
    is_covered_still: bool,
}

/// The part of a segment that must be broken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// One place in its name is enough.
    pub(crate) name: bool,
    /// It is a word of a pattern for a layer that ends the path there: `x` of `x%20HTTP`.
    pub(crate) words: BTreeSet<Box<str>>,
    /// After decoding, it is several segments (`admin%2fusers`), and each word is broken.
    pub(crate) every_word: bool,
    /// Words such as `*.bak` match it, and their parts in it are broken.
    pub(crate) wildcards: BTreeSet<Arc<Wildcard>>,
}

/// For each segment, the parts that must be broken.
pub(crate) struct Extents<'b> {
    segments: &'b BTreeMap<usize, Extent>,
    within_all: Option<(usize, Extent)>,
}

/// The word that matched a segment.
#[derive(Clone, Copy)]
pub(super) enum Match<'a> {
    /// A pattern without any word, or nothing: it is broken for another reason.
    Any,
    Literal,
    Wildcard(&'a Arc<Wildcard>),
}

impl Breaks {
    /// Breaks every word of the path.
    #[cfg(test)]
    pub(crate) fn everything() -> Self {
        Self { all_from: Some(0), ..Self::default() }
    }

    /// One segment, for equalizing the timing of other requests.
    pub(crate) fn segment(place: usize) -> Self {
        Self::default().and_segment(place)
    }

    /// For each segment, the parts that must be broken.
    pub(crate) fn extents(&self) -> Extents<'_> {
        let within_all = self.all_from.map(|first| (first, self.every_word()));
        Extents { segments: &self.segments, within_all }
    }

    /// Every word, and the parts of all words that matched any segment.
    fn every_word(&self) -> Extent {
        let wildcards = self.segments.values().flat_map(|extent| &extent.wildcards).cloned().collect();
        let words = self.segments.values().flat_map(|extent| &extent.words).cloned().collect();
        Extent { name: false, words, every_word: true, wildcards }
    }

    /// The first broken segment.
    pub(crate) fn first(&self) -> Option<usize> {
        self.segments.keys().next().copied().into_iter().chain(self.all_from).min()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.all_from.is_none()
    }

    /// Whether a word with a `*` matched. It does not match what is left, but a route for such names may.
    pub(crate) fn has_wildcards(&self) -> bool {
        self.segments.values().any(|extent| !extent.wildcards.is_empty())
    }

    pub(crate) fn is_covered_still(&self) -> bool {
        self.is_covered_still
    }

    /// The parts that a marker must not contain, since it would complete a part that it breaks.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Part> {
        self.segments.values().flat_map(|extent| &extent.wildcards).flat_map(|wildcard| wildcard.parts())
    }

    /// The same, with this segment.
    pub(crate) fn and_segment(mut self, segment: usize) -> Self {
        self.segments.entry(segment).or_default().name = true;
        self
    }

    /// The same, with every word from this segment on.
    pub(super) fn and_all_from(mut self, segment: usize) -> Self {
        self.add_all_from(segment);
        self
    }

    pub(super) fn add_all_from(&mut self, segment: usize) {
        self.all_from = Some(self.all_from.map_or(segment, |first| first.min(segment)));
    }

    pub(super) fn set_covered_still(&mut self) {
        self.is_covered_still = true;
    }

    /// Breaks what each `..` leads back over, whatever its name: `/admin/..` must not lead elsewhere than `/other/..`.
    pub(super) fn mark_before_parents(&mut self, variant: &PathVariant) {
        let mut before = None::<Segment<'_>>;
        for segment in variant.segments() {
            let is_parent = is_parent(segment.text);
            if let Some(before) = before.filter(|_| is_parent) {
                self.mark(&before, Match::Any);
            }
            before = Some(segment).filter(|_| !is_parent);
        }
    }

    /// Marks the sent segment to which this one refers.
    pub(super) fn mark(&mut self, segment: &Segment<'_>, by: Match<'_>) {
        work::count(segment.text.len());
        let extent = self.segments.entry(segment.source).or_default();
        extent.every_word |= segment.is_part;
        match by {
            Match::Any => extent.name = true,
            Match::Literal => drop(extent.words.insert(segment.text.into())),
            Match::Wildcard(wildcard) => drop(extent.wildcards.insert(Arc::clone(wildcard))),
        }
    }
}

/// Whether a layer may take the segment for the way up. Variants keep what stands behind it.
fn is_parent(segment: &str) -> bool {
    let rest = segment.trim_start_matches(' ').strip_prefix("..");
    rest.is_some_and(|rest| rest.chars().next().is_none_or(|next| !next.is_alphanumeric()))
}

impl Extents<'_> {
    /// The parts to break in this segment; `None` if the segment stays as it is.
    pub(crate) fn of(&self, segment: usize) -> Option<&Extent> {
        let within_all = self.within_all.as_ref().filter(|(first, _)| segment >= *first);
        within_all.map(|(_, extent)| extent).or_else(|| self.segments.get(&segment))
    }
}
