//! The variants of a request's path: what the layers behind the guard may read in it.
//!
//! A path is protected if *any* layer takes it for a protected one: the router (which decodes most escapes), a handler
//! that decodes once more, a file server that drops empty segments, a backend that cuts `;parameters`, a reverse proxy
//! that builds a URL again. The guard does not guess which layers are there. It matches all variants, for scanners'
//! requests only.
//!
//! Layers may stand in any order, but the number of variants stays small, since most steps never undo each other:
//!
//! 1. `decode`: one text for each round of decoding, as strict and as lenient decoders see it.
//! 2. `fold`: each text in one form of case and Unicode, so that `ADMIN`, `ＡＤＭＩＮ` and `adm%C4%B1n` are equal.
//! 3. `forms`: of each text the path as it is, the path without what layers drop, and one path for each place at which some
//!    layer ends it (`?`, `#`, `;`, NUL, line ends). Combinations are covered because everything is dropped at once, and because a
//!    later step keeps the places at which an earlier one would have cut.
//!
//! `docs/design/path_variants.md` names each step with a layer that takes it.

mod decode;
mod fold;
mod forms;

use crate::util::work;

/// Maximum number of rounds of decoding. No client needs as many.
const MAX_ROUNDS: usize = 8;

/// Stands for each `/` that the client sent as such. A decoded one stays `/`. No decoder yields this sign: an escaped one becomes
/// another control character, which all layers treat alike.
const SENT_SLASH: u8 = 0x1F;

/// All variants of one path.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathVariants {
    paths: Vec<PathVariant>,
    ambiguity: Option<Ambiguity>,
    unstable_from: usize,
    /// How many segments the path as sent has; `None` before it was added.
    sent_segments: Option<usize>,
    /// Whether another spelling has another number of segments, so that they do not stem from those as sent.
    is_misaligned: bool,
}

/// One variant: lower case, one `/` between segments, none at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathVariant {
    path: String,
    /// For each segment the number of the one from which it stems, among those of the path as sent that are not empty.
    sources: Vec<usize>,
}

/// One segment of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment<'v> {
    pub(super) text: &'v str,
    /// The number of the segment as sent from which it stems.
    pub(super) source: usize,
    /// Whether other segments stem from the same one: `admin%2fx` is two for whoever decodes it.
    pub(super) is_part: bool,
}

/// Why a path counts as every protected path at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ambiguity {
    /// It climbs with `..`: where it ends depends on who resolves it, and against what.
    DotDot,
    /// It still changes after eight rounds of decoding.
    Unstable,
    /// The target is longer than a URI can be, so that layers may see different parts of it.
    TooLong,
}

impl Ambiguity {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Ambiguity::DotDot => "it holds a `..` segment",
            Ambiguity::Unstable => "it still changes after eight rounds of decoding",
            Ambiguity::TooLong => "it is longer than a request target can be",
        }
    }
}

impl PathVariant {
    pub(crate) fn as_str(&self) -> &str {
        &self.path
    }

    /// The segments: `admin` and `x` of `/shop/./admin%2fx` stem from segment 2 of the path as sent.
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
    /// `OPTIONS *` names no path; it concerns the site as a whole, so it is read as `/`. A path without its first slash,
    /// which HTTP/2 lets through, gets one from whoever forwards it, as every variant does.
    pub(crate) fn of(path: &str) -> Self {
        let mut variants = Self::default();
        variants.add_levels(if path == "*" { "/" } else { path });
        variants
    }

    /// The variants of a pattern, which is compared with those of paths. It may be written escaped (`/caf%C3%A9`) and with parameters, but nothing
    /// ends it early: `/what%3f` must not protect `/what`.
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

    /// Adds the variants of the path by which the router goes. It is the path as sent after the router's own decoding, unless a
    /// middleware outside has changed it.
    pub(crate) fn add_routed(&mut self, sent: &str, routed: &str) {
        if decode::is_routed(sent, routed) {
            return;
        }
        self.add_levels(routed);
    }

    /// Whether segments of some variant stem from other segments than those with their numbers.
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

    /// Takes the path for any protected one.
    pub(crate) fn mark_too_long(&mut self) {
        self.ambiguity = Some(Ambiguity::TooLong);
    }

    /// Set where the path must be taken for any protected one.
    pub(crate) fn ambiguity(&self) -> Option<Ambiguity> {
        self.ambiguity
    }

    fn add_levels(&mut self, path: &str) {
        let sent = decode::marked(path);
        let segments = count_segments(&sent);
        self.is_misaligned |= *self.sent_segments.get_or_insert(segments) != segments;
        self.add_forms(&sent);
        if sent.is_ascii() && !sent.contains(&b'%') {
            // Most paths, which need no further look.
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

    /// Adds what each round of decoding yields, up to the one that changes nothing.
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

/// What some rounds of decoding have shown.
struct Rounds {
    first: Vec<u8>,
    /// Whether lenient layers see another text: it holds characters that they drop, or that they read as others.
    needs_simplifying: bool,
}
