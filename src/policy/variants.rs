//! The ways in which a request's path may be read by whatever stands behind the guard.
//!
//! A path is protected if *any* layer would take it for a protected one: the router (which decodes most escapes), a
//! handler that decodes once more, a file server that drops empty segments and resolves `..`, a backend that cuts
//! `;parameters`. Instead of guessing which layer is there, the guard matches them all. It does so for scanners'
//! requests only, so a path too many costs nobody anything.

use percent_encoding::percent_decode;

use crate::util::work;

/// After so many rounds of decoding that still change something, nobody means well.
const MAX_ROUNDS: usize = 8;

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

    pub(super) fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        let texts = self.path.split('/').filter(|segment| !segment.is_empty());
        texts.zip(&self.sources).enumerate().map(|(place, (text, source))| {
            let is_same = |place: Option<usize>| place.and_then(|place| self.sources.get(place)) == Some(source);
            Segment { text, source: *source, is_part: is_same(place.checked_sub(1)) || is_same(Some(place + 1)) }
        })
    }
}

impl PathVariants {
    /// Reads the path of a request, as sent and without its query.
    pub(crate) fn of(path: &str) -> Self {
        let mut variants = Self::default();
        variants.add(path);
        variants
    }

    /// Adds the variants of another spelling of the same request, such as the path an outer middleware routes by.
    ///
    /// `OPTIONS *` names no path; it concerns the site as a whole, so it is read as `/`. A path without its first slash,
    /// which HTTP/2 lets through, gets one from whoever forwards it, as every variant does.
    pub(crate) fn add(&mut self, path: &str) {
        let sent = if path == "*" { "/" } else { path };
        // No escape goes across a `/`, so each segment is decoded by itself.
        let mut level: Vec<Vec<u8>> =
            sent.split('/').filter(|segment| !segment.is_empty()).map(|segment| segment.as_bytes().to_vec()).collect();
        self.is_misaligned |= *self.sent_segments.get_or_insert(level.len()) != level.len();
        self.add_level(&level);
        self.add_level(&level.iter().map(|segment| decode_as_router(segment)).collect::<Vec<_>>());
        for _ in 0..MAX_ROUNDS {
            // Most paths, which need no further look.
            if !level.iter().any(|segment| segment.contains(&b'%')) {
                return;
            }
            let decoded: Vec<Vec<u8>> = level.iter().map(|segment| decode(segment)).collect();
            if decoded == level {
                return;
            }
            self.add_level(&decoded);
            level = decoded;
        }
        let first_unstable = level.iter().position(|segment| decode(segment) != *segment);
        if let Some(segment) = first_unstable {
            self.ambiguity = Some(Ambiguity::Unstable);
            self.unstable_from = segment;
        }
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

    fn add_level(&mut self, segments: &[Vec<u8>]) {
        let texts: Vec<String> = segments.iter().map(|segment| lossy(segment)).collect();
        for strip in [Strip::Nothing, Strip::Decoration] {
            let variant = self.normalise(&texts, strip);
            if !self.paths.contains(&variant) {
                self.paths.push(variant);
            }
        }
    }

    fn normalise(&mut self, texts: &[String], strip: Strip) -> PathVariant {
        let mut path = String::with_capacity(texts.iter().map(|text| text.len() + 1).sum());
        let mut sources = Vec::with_capacity(texts.len());
        for (source, text) in texts.iter().enumerate() {
            work::count(text.len() + 1);
            for segment in text.split(strip.separators()) {
                let segment = strip.parameters(segment);
                if segment.trim_end_matches(is_invisible) == ".." {
                    self.ambiguity = Some(Ambiguity::DotDot);
                }
                let segment = strip.trailing(segment);
                if !segment.is_empty() {
                    sources.push(source);
                    path.push('/');
                    path.extend(segment.chars().flat_map(char::to_lowercase));
                }
            }
        }
        if path.is_empty() {
            path.push('/');
        }
        PathVariant { path, sources }
    }
}

/// How much of a segment's decoration is dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strip {
    Nothing,
    /// What some layers drop or take for something else: `;params`, `\` for `/`, trailing dots and blanks, all from
    /// a NUL on, and `.` segments.
    Decoration,
}

impl Strip {
    fn separators(self) -> &'static [char] {
        match self {
            Strip::Nothing => &['/'],
            Strip::Decoration => &['/', '\\'],
        }
    }

    fn parameters(self, segment: &str) -> &str {
        match self {
            Strip::Nothing => segment,
            Strip::Decoration => segment.split([';', '\0']).next().unwrap_or(segment),
        }
    }

    fn trailing(self, segment: &str) -> &str {
        match self {
            Strip::Nothing => segment,
            // Windows opens `admin.` and `admin ` as `admin`; a lone `.` is the folder itself everywhere.
            Strip::Decoration => segment.trim_end_matches(|c| c == '.' || is_invisible(c)),
        }
    }
}

fn is_invisible(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Decodes every escape once, and `%u0061`, which some servers take for `a` (IIS is known for it).
fn decode(path: &[u8]) -> Vec<u8> {
    work::count(path.len());
    let mut narrow = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [byte, tail @ ..] = rest {
        if let Some(wide) = wide_escape(rest) {
            narrow.extend_from_slice(wide.encode_utf8(&mut [0; 4]).as_bytes());
            rest = &rest[6..];
        } else {
            narrow.push(*byte);
            rest = tail;
        }
    }
    percent_decode(&narrow).collect()
}

/// The character for which `%u` and its four digits at the beginning stand.
fn wide_escape(text: &[u8]) -> Option<char> {
    let [b'%', b'u' | b'U', digits @ ..] = text else { return None };
    let mut digits = digits.first_chunk::<4>()?.iter();
    char::from_u32(digits.try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))?)
}

/// Decodes as actix-router does before it matches: every escape but `%25`, `%2B` and `%2F`, once.
fn decode_as_router(path: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [byte, tail @ ..] = rest {
        work::count(1);
        let escaped = percent_decode(&rest[..rest.len().min(3)]).next();
        match escaped {
            Some(value) if *byte == b'%' && value != b'%' && !b"+/".contains(&value) => {
                decoded.push(value);
                rest = &rest[3..];
            }
            _ => {
                decoded.push(*byte);
                rest = tail;
            }
        }
    }
    decoded
}

/// Bytes as text. Overlong UTF-8 (`%c0%af` for `/`) is read as what it stands for, as lenient decoders do; what is
/// no UTF-8 at all becomes U+FFFD, so that it neither hides the rest nor matches anything.
fn lossy(bytes: &[u8]) -> String {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [byte, tail @ ..] = rest {
        work::count(1);
        // An overlong sequence begins with bytes that no valid text holds, so valid characters stay whole.
        let (byte, length) = overlong(rest).unwrap_or((*byte, rest.len() - tail.len()));
        plain.push(byte);
        rest = &rest[length..];
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// An ASCII character written in two, three or four bytes, and how many.
fn overlong(bytes: &[u8]) -> Option<(u8, usize)> {
    Some(match bytes {
        [first @ (0xC0 | 0xC1), last @ 0x80..=0xBF, ..] => (((first & 1) << 6) | (last & 0x3F), 2),
        [0xE0, middle @ (0x80 | 0x81), last @ 0x80..=0xBF, ..] => (((middle & 1) << 6) | (last & 0x3F), 3),
        [0xF0, 0x80, middle @ (0x80 | 0x81), last @ 0x80..=0xBF, ..] => (((middle & 1) << 6) | (last & 0x3F), 4),
        _ => return None,
    })
}
