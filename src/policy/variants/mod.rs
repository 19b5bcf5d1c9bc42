//! Computes the variants of a request's path that the layers behind the guard may read.
//!
//! A path is protected if *any* layer reads it as a protected one: the router (which decodes most escapes), a handler
//! that decodes once more, a file server that drops empty segments, a backend that drops `;parameters`, a reverse proxy
//! that builds a URL. The guard does not guess which layers exist. It matches all variants, but only for scanners'
//! requests.
//!
//! Layers may have any order, but the number of variants stays small, since most steps never undo each other:
//!
//! 1. `decode`: one text for each round of decoding, for strict and for lenient decoders.
//! 2. `fold`: each text in one form of case and Unicode, so that `ADMIN`, `ＡＤＭＩＮ` and `adm%C4%B1n` are equal.
//! 3. `forms`: of each text the whole path, the path without the parts that layers drop, and one path for each place at
//!    which some layer ends it (`?`, `#`, `;`, NUL, line ends). Combinations are covered because everything is dropped
//!    at once, and because a later step keeps the places at which an earlier one would have ended the path.
//!
//! `docs/design/path_variants.md` lists each step with a layer that does it.

mod decode;
mod fold;
mod forms;

use crate::util::work;

/// Maximum number of rounds of decoding. No client needs this number.
const MAX_ROUNDS: usize = 8;

/// Marks each `/` that the client sent unescaped. A decoded one stays `/`. No decoder produces this sign: an escaped
/// one becomes another control character, which all layers treat in the same way.
const SENT_SLASH: u8 = 0x1F;

/// All variants of one path.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathVariants {
    paths: Vec<PathVariant>,
    ambiguity: Option<Ambiguity>,
    unstable_from: usize,
    /// The number of segments of the sent path; `None` before it was added.
    sent_segments: Option<usize>,
    /// Whether another spelling has another number of segments, so that its segments do not refer to the sent ones.
    is_misaligned: bool,
}

/// One variant: in lower case, with one `/` between segments, and none at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathVariant {
    path: String,
    /// For each segment, the number of the sent segment to which it refers, without empty ones.
    sources: Vec<usize>,
}

/// One segment of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment<'v> {
    pub(super) text: &'v str,
    /// The number of the sent segment to which it refers.
    pub(super) source: usize,
    /// Whether other segments refer to the same one: after decoding, `admin%2fx` is two segments.
    pub(super) is_part: bool,
}

/// The reason why a path counts as every protected path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ambiguity {
    /// It contains `..`, so its target depends on the layer that resolves it, and on the base.
    DotDot,
    /// It still changes after eight rounds of decoding.
    Unstable,
    /// The target is longer than a URI can be, so layers may read different parts of it.
    TooLong,
}

impl Ambiguity {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Ambiguity::DotDot => "it contains a `..` segment",
            Ambiguity::Unstable => "it still changes after eight rounds of decoding",
            Ambiguity::TooLong => "it is longer than a request target can be",
        }
    }
}

impl PathVariant {
    pub(crate) fn as_str(&self) -> &str {
        &self.path
    }

    /// The segment at this place, or the last one, and its place.
    pub(super) fn segment_near(&self, place: usize) -> Option<(usize, Segment<'_>)> {
        let place = place.min(self.sources.len().checked_sub(1)?);
        self.segments().nth(place).map(|segment| (place, segment))
    }

    /// The segments: `admin` and `x` of `/shop/./admin%2fx` refer to segment 2 of the sent path.
    pub(super) fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        let texts = self.path.split('/').filter(|segment| !segment.is_empty());
        texts.zip(&self.sources).enumerate().map(|(place, (text, source))| {
            let is_same = |place: Option<usize>| place.and_then(|place| self.sources.get(place)) == Some(source);
            Segment { text, source: *source, is_part: is_same(place.checked_sub(1)) || is_same(Some(place + 1)) }
        })
    }
}

impl PathVariants {
    /// The variants of a request's path, as sent and without its query.
    ///
    /// `OPTIONS *` has no path; it concerns the whole site, so it is read as `/`. A layer that forwards a path without
    /// its first slash, which HTTP/2 permits, adds the slash, and so does every variant.
    pub(crate) fn of(path: &str) -> Self {
        let mut variants = Self::default();
        variants.add_levels(if path == "*" { "/" } else { path });
        variants
    }

    /// The variants of a pattern, for comparison with those of paths. It may contain escapes (`/caf%C3%A9`) and
    /// parameters, but nothing ends it early: `/what%3f` must not protect `/what`.
    pub(crate) fn of_pattern(path: &str) -> Self {
        let mut variants = Self::default();
        let start = decode::marked(path);
        let mut level = start;
        for _ in 0..=MAX_ROUNDS {
            variants.add_pattern_forms(&level);
            let next = decode::once(&level);
            if next == level {
                return variants;
            }
            level = next;
        }
        variants
    }

    /// Adds the variants of the path that the router matches. It is the sent path after the router's own decoding,
    /// unless an outer middleware has changed it.
    pub(crate) fn add_routed(&mut self, sent: &str, routed: &str) {
        if decode::is_routed(sent, routed) {
            return;
        }
        self.add_levels(routed);
    }

    /// Whether segments of some variant refer to sent segments with other numbers.
    pub(super) fn is_misaligned(&self) -> bool {
        self.is_misaligned
    }

    /// The first segment of the path as sent that still changes after all rounds of decoding.
    pub(super) fn unstable_from(&self) -> usize {
        self.unstable_from
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &PathVariant> {
        self.paths.iter()
    }

    /// Treats the path as every protected path.
    pub(crate) fn mark_too_long(&mut self) {
        self.ambiguity = Some(Ambiguity::TooLong);
    }

    /// The reason why the path counts as every protected path.
    pub(crate) fn ambiguity(&self) -> Option<Ambiguity> {
        self.ambiguity
    }

    fn add_levels(&mut self, path: &str) {
        let sent = decode::marked(path);
        let segments = count_segments(&sent);
        self.is_misaligned |= *self.sent_segments.get_or_insert(segments) != segments;
        self.add_forms(&sent);
        if sent.is_ascii() && !sent.contains(&b'%') {
            // Most paths need no further steps.
            return;
        }
        let routed = decode::as_router(&sent);
        if routed != sent {
            self.add_forms(&routed);
        }
        let strict = self.add_rounds(sent, decode::once);
        if strict.needs_simplifying {
            self.add_rounds(strict.first, |level| fold::simplified(&decode::once(level)));
        }
    }

    /// Adds the results of all rounds of decoding, up to the round that changes nothing.
    fn add_rounds(&mut self, first: Vec<u8>, decode: impl Fn(&[u8]) -> Vec<u8>) -> Rounds {
        let mut needs_simplifying = fold::is_simplifiable(&first);
        let mut level = first.clone();
        for _ in 0..MAX_ROUNDS {
            let next = decode(&level);
            if next == level {
                return Rounds { first, needs_simplifying };
            }
            needs_simplifying |= fold::is_simplifiable(&next);
            self.add_forms(&next);
            level = next;
        }
        let next = decode(&level);
        if let Some(change) = level.iter().zip(&next).position(|(before, after)| before != after) {
            let segment = count_segments(&level[..=change]).saturating_sub(1);
            let known = self.ambiguity == Some(Ambiguity::Unstable);
            self.unstable_from = if known { self.unstable_from.min(segment) } else { segment };
            self.ambiguity = Some(Ambiguity::Unstable);
        }
        Rounds { first, needs_simplifying }
    }

    fn add(&mut self, variant: PathVariant) {
        work::count(variant.path.len());
        if !self.paths.contains(&variant) {
            self.paths.push(variant);
        }
    }
}

fn count_segments(text: &[u8]) -> usize {
    text.split(|byte| *byte == SENT_SLASH).filter(|segment| !segment.is_empty()).count()
}

/// The results of some rounds of decoding.
struct Rounds {
    first: Vec<u8>,
    /// Whether lenient layers read another text: it contains characters that they drop, or that they read as others.
    needs_simplifying: bool,
}
