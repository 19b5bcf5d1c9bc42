//! Which segments of a path a decoy has to break, so that no layer behind reads a protected path in the rest.
//!
//! A pattern cannot match a path in which its own words do not stand. So the segments are broken that its words match, and all
//! others stay as the client sent them:
//!
//! * `/shop/admin`: the last word, `admin`. What stands above is public; below `/shop` the decoy must be `/shop`'s own 404 page.
//! * `/users/*`: `users`. A bare `*` matches every name, so a broken name would be protected as the sent one is.
//! * `/**/admin/**`, `/shop/**/intern/*`: behind a `**` every segment that is `admin` or `intern`, since any of them may be the match.
//! * `/**/*.bak`: the segments that end in `.bak`, within `bak`.
//! * `/**/.e*`, `/v*`: the name. The pattern then matches still ([`StillCovers::ByName`]), but the name is one that nobody knows; who
//!   refuses dot files refuses it as well.
//! * `/`, `/**`, `/*`: no word, so every segment. The pattern matches still ([`StillCovers::Always`]).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::variants::{PathVariant, Segment};
use super::words::WordSet;
use crate::util::work;

/// What one pattern's match needs of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Needed {
    /// All segments from this place on that one of the words matches. Of `/admin/x/admin` both: who searches the path for
    /// the word takes it wherever it stands.
    From { place: usize, words: Vec<Word> },
    /// The path as a whole: the pattern holds no word.
    Everything,
}

/// A segment of a pattern that is more than a bare `*`, in lower case as variants are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    text: Box<str>,
    /// How a segment is broken that it matches.
    extent: Extent,
}

impl Word {
    fn of(token: &str) -> Option<Self> {
        let has_word = token.contains(|c| c != '*');
        has_word.then(|| Self { text: token.into(), extent: extent(token) })
    }

    fn has_wildcard(&self) -> bool {
        self.extent != Extent::Word
    }
}

/// A word's own letters are what must not be left whole: of `*.bak` the end, of `wp-*.php` the beginning.
fn extent(token: &str) -> Extent {
    let Some((front, end)) = token.rsplit_once('*') else { return Extent::Word };
    let letters_at_end = end.chars().rev().take_while(|c| c.is_alphanumeric()).count();
    let has_word_in_front = front.split(|c: char| !c.is_alphanumeric()).any(|word| word.len() > 1);
    if letters_at_end > 0 && !has_word_in_front { Extent::End(letters_at_end) } else { Extent::Name }
}

impl Needed {
    /// For a pattern in the normal form of path variants, such as `/shop/**/intern`.
    pub(super) fn of(pattern: &str) -> Self {
        let tokens: Vec<&str> = pattern.split('/').filter(|token| !token.is_empty()).collect();
        let place = tokens.iter().position(|token| *token == "**").unwrap_or(tokens.len());
        let words: Vec<Word> = tokens[place..].iter().filter_map(|token| Word::of(token)).collect();
        if !words.is_empty() {
            return Self::From { place, words };
        }
        let last = tokens[..place].iter().enumerate().rev().find_map(|(place, token)| Some((place, Word::of(token)?)));
        last.map_or(Self::Everything, |(place, word)| Self::From { place, words: vec![word] })
    }

    fn words(&self) -> &[Word] {
        match self {
            Self::From { words, .. } => words,
            Self::Everything => &[],
        }
    }
}

/// What a decoy has to break of the path as sent. Segments are counted from 0, and empty ones are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Breaks {
    segments: BTreeMap<usize, Extent>,
    /// Every word from this segment on.
    all_from: Option<usize>,
    still_covers: StillCovers,
}

/// Whether a pattern may cover the path that is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum StillCovers {
    /// No pattern does.
    #[default]
    None,
    /// A word with a `*` matched: `/v*` matches `/v1` with a marker in it as well.
    ByName,
    /// A pattern without any word matched: `/*` covers every name.
    Always,
}

/// How much of a segment is to be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// It is a word of a pattern: one place in it is enough.
    Word,
    /// A word such as `v*` or `*admin*` matches it: each word of its name.
    Name,
    /// A word such as `*.bak` matches it: one place in so many letters at its end.
    End(usize),
    /// It holds several segments for whoever decodes it (`admin%2fusers`).
    EveryWord,
}

impl Breaks {
    /// Every word of the path.
    #[cfg(test)]
    pub(crate) fn everything() -> Self {
        Self { all_from: Some(0), ..Self::default() }
    }

    /// One segment, for a request that is no decoy and gets the same work.
    pub(crate) fn segment(place: usize) -> Self {
        Self { segments: BTreeMap::from([(place, Extent::Word)]), ..Self::default() }
    }

    /// How much of this segment is to be broken; `None` where it stays as it is.
    pub(crate) fn extent(&self, segment: usize) -> Option<Extent> {
        let within_all = self.all_from.is_some_and(|first| segment >= first);
        if within_all { Some(Extent::EveryWord) } else { self.segments.get(&segment).copied() }
    }

    /// The first segment that is broken.
    pub(crate) fn first(&self) -> Option<usize> {
        self.segments.keys().next().copied().into_iter().chain(self.all_from).min()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.all_from.is_none()
    }

    pub(crate) fn still_covers(&self) -> StillCovers {
        self.still_covers
    }

    /// The same, and this segment.
    pub(crate) fn and_segment(mut self, segment: usize) -> Self {
        self.add(segment, Extent::Word);
        self
    }

    /// The same, and every word from this segment on.
    pub(super) fn and_all_from(mut self, segment: usize) -> Self {
        self.add_all_from(segment);
        self
    }

    /// Marks the segment from which this one stems.
    fn mark(&mut self, segment: &Segment<'_>, extent: Extent) {
        if extent != Extent::Word {
            self.still_covers = self.still_covers.max(StillCovers::ByName);
        }
        self.add(segment.source, if segment.is_part { Extent::EveryWord } else { extent });
    }

    fn add(&mut self, segment: usize, extent: Extent) {
        let known = self.segments.entry(segment).or_insert(extent);
        *known = known.and(extent);
    }

    fn add_all_from(&mut self, segment: usize) {
        self.all_from = Some(self.all_from.map_or(segment, |first| first.min(segment)));
    }
}

impl Extent {
    /// As much as both.
    fn and(self, other: Self) -> Self {
        if self == other { self } else { Self::EveryWord }
    }
}

/// What all patterns need that match a path. Each is added once, so that the walk over the path is one walk, however many
/// patterns match.
#[derive(Debug, Default)]
pub(super) struct Needs<'a> {
    /// From which place on a word is needed.
    literals: HashMap<&'a str, usize>,
    wildcards: HashMap<&'a str, (usize, Extent)>,
    everything: bool,
}

impl<'a> Needs<'a> {
    /// Looks for a word that no path holds, so that a path that matches nothing is walked through as others are: a look-up in an empty
    /// table would not even hash.
    pub(super) fn new() -> Self {
        Self { literals: HashMap::from([("/", usize::MAX)]), ..Self::default() }
    }

    pub(super) fn add(&mut self, needed: &'a Needed) {
        match needed {
            Needed::From { place, words } => {
                for word in words {
                    let first = if word.has_wildcard() {
                        &mut self.wildcards.entry(&word.text).or_insert((*place, word.extent)).0
                    } else {
                        self.literals.entry(&word.text).or_insert(*place)
                    };
                    *first = (*first).min(*place);
                }
            }
            Needed::Everything => self.everything = true,
        }
    }

    /// Marks the segments of the path as sent from which the needed ones of this variant stem.
    pub(super) fn mark(&self, variant: &PathVariant, all: &AllWords, breaks: &mut Breaks) {
        if self.everything {
            variant.segments().for_each(|segment| breaks.mark(&segment, Extent::Word));
            breaks.still_covers = StillCovers::Always;
        }
        // All words of the policy are looked for at once, however many they are.
        let matched = (!self.wildcards.is_empty()).then(|| all.wildcards.find_in(variant.as_str()));
        for (place, segment) in variant.segments().enumerate() {
            work::count(segment.text.len());
            let by_literal = self.literals.get(segment.text).filter(|first| **first <= place).map(|_| Extent::Word);
            let matched = matched.as_ref().map_or(&[][..], |matched| &matched[place]);
            let needed = matched.iter().filter_map(|word| self.wildcards.get(all.wildcards.word(*word)));
            let by_wildcard = needed.filter(|(first, _)| *first <= place).map(|(_, extent)| *extent);
            if let Some(extent) = by_literal.into_iter().chain(by_wildcard).reduce(Extent::and) {
                breaks.mark(&segment, extent);
            }
        }
    }
}

/// The words of all patterns that hide anything, for a path that counts as every protected path at once (it holds `..`).
///
/// Whoever resolves such a path selects some of its segments. With every segment broken that is a word of some pattern, no
/// pattern matches what is selected.
#[derive(Clone, Debug, Default)]
pub(super) struct AllWords {
    literals: HashSet<Box<str>>,
    wildcards: WordSet,
    /// Whether some pattern holds no word.
    everything: bool,
    /// The first place of a word in any pattern: where most decoys are broken.
    first_place: usize,
}

impl AllWords {
    pub(super) fn first_place(&self) -> usize {
        self.first_place
    }

    pub(super) fn of<'a>(patterns: impl Iterator<Item = &'a Needed>) -> Self {
        let mut all = Self::default();
        let mut wildcards = BTreeSet::new();
        let mut first_place = None::<usize>;
        for needed in patterns {
            if let Needed::From { place, .. } = needed {
                first_place = Some(first_place.map_or(*place, |first| first.min(*place)));
            }
            all.everything |= *needed == Needed::Everything;
            for word in needed.words() {
                if word.has_wildcard() {
                    wildcards.insert(word.text.clone());
                } else {
                    all.literals.insert(word.text.clone());
                }
            }
        }
        Self { wildcards: WordSet::new(wildcards), first_place: first_place.unwrap_or(0), ..all }
    }

    /// Whether some pattern may cover a path still when markers are in it.
    pub(super) fn may_cover_markers(&self) -> bool {
        self.everything || !self.wildcards.is_empty()
    }

    pub(super) fn mark(&self, variant: &PathVariant, breaks: &mut Breaks) {
        if self.everything {
            breaks.add_all_from(0);
        }
        for (segment, wildcards) in variant.segments().zip(self.wildcards.find_in(variant.as_str())) {
            work::count(segment.text.len());
            let by_wildcard = !wildcards.is_empty();
            if by_wildcard || self.literals.contains(segment.text) {
                breaks.mark(&segment, if by_wildcard { Extent::EveryWord } else { Extent::Word });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{PathSet, PathVariants, Pattern};

    /// The segments of the path that a pattern's match needs.
    fn broken(pattern: &str, path: &str) -> Vec<usize> {
        let pattern = [Pattern::parse(pattern).unwrap_or_else(|error| panic!("{}", error.message))];
        let paths = PathSet::compile([&pattern[..]]).expect("a good pattern");
        let all = AllWords::of(paths.all_needed(|_| true));
        let (mut breaks, mut needs, variants) = (Breaks::default(), Needs::new(), PathVariants::of(path));
        variants.iter().for_each(|variant| paths.add_needs(variant, |_| true, &mut needs));
        variants.iter().for_each(|variant| needs.mark(variant, &all, &mut breaks));
        (0..8).filter(|segment| breaks.extent(*segment).is_some()).collect()
    }

    #[test]
    fn the_words_of_a_pattern_are_needed() {
        for (pattern, path, expected) in [
            ("/admin", "/admin", &[0][..]),
            ("/admin", "/admin/users/x.json", &[0]),
            ("/shop/admin", "/shop/admin/x", &[1]),
            ("/shop/admin", "/shop/admin/shop/admin", &[1, 3]),
            ("/users/*", "/users/7", &[0]),
            ("/users/*/keys", "/users/7/keys", &[2]),
            ("/a/*/*", "/a/b/c", &[0]),
            ("/files/**", "/files/a/b", &[0]),
            ("/shop/v*", "/shop/v1", &[1]),
            ("/**/admin/**", "/x/admin/users", &[1]),
            ("/**/admin/**", "/admin/x/admin/y", &[0, 2]),
            ("/**/admin/*", "/x/admin/users", &[1]),
            ("/shop/**/intern/**", "/shop/intern/x/intern", &[1, 3]),
            ("/shop/**/intern", "/shop/shop/intern", &[2]),
            ("/**/wp-admin/install", "/a/wp-admin/install", &[1, 2]),
            ("/**/*.bak", "/x/old.bak", &[1]),
            ("/**/.git/**", "/.git/config", &[0]),
            ("/**/.e*", "/x/.env", &[1]),
            ("/shop/**/v*/*.csv", "/shop/x/v1/a.csv", &[2, 3]),
            ("/shop/admin", "/shop/./admin", &[2]),
            ("/shop/admin", "/shop/admin/.;/x", &[1]),
            ("/shop/admin", "//shop//%61dmin/", &[1]),
            ("/shop/admin", "/shop/admin%2fx", &[1]),
            ("/shop/admin", "/shop%2fadmin/x", &[0]),
            ("/", "/a/b", &[0, 1]),
            ("/*", "/a", &[0]),
            ("/**/*", "/a/b", &[0, 1]),
        ] {
            assert_eq!(broken(pattern, path), expected, "{pattern} on {path}");
        }
    }
}
