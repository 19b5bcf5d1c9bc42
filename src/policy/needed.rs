//! The segments of a path that a decoy must break, so that no layer behind the guard reads a protected path in the
//! rest.
//!
//! A pattern cannot match a path that does not contain the pattern's own words. So the segments that its words match
//! are broken, and all others stay as the client sent them:
//!
//! * `/shop/admin`: the last word, `admin`. The segments above are public; below `/shop` the decoy must be `/shop`'s
//!   own 404 page.
//! * `/users/*`, `/users/*a*`: `users`. A bare `*` matches every name, so a broken name would still be protected.
//! * `/**/admin/**`, `/shop/**/intern/*`: after a `**`, every segment that is `admin` or `intern`, since any of them
//!   may be the match.
//! * `/**/*.bak`, `/v*`, `/**/*admin*`: the parts of the word in the segments that it matches (`parts`).
//! * `/`, `/**`, `/*`, `/*a*`: no word, so every segment. The pattern also covers the rewritten path.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::breaks::{Breaks, Match};
use super::parts::Wildcard;
use super::variants::PathVariant;
use super::words::WordSet;
use crate::util::work;

/// The parts of a path that a match of one pattern needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Needed {
    /// All segments from this place on that match one of the words. In `/admin/x/admin` both, since a handler that
    /// searches the path for the word finds it anywhere.
    From { place: usize, words: Vec<Word> },
    /// The whole path: the pattern contains no word.
    Everything,
}

/// A segment of a pattern that is more than a bare `*`, in lower case like variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    text: Box<str>,
    /// The parts to break, if the word contains a `*`.
    wildcard: Option<Arc<Wildcard>>,
}

impl Word {
    /// The word; `None` for `*`, and for words that match a name however it is broken.
    fn of(token: &str) -> Option<Self> {
        let wildcard = if token.contains('*') { Some(Arc::new(Wildcard::of(token)?)) } else { None };
        Some(Self { text: token.into(), wildcard })
    }
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

/// The needs of all patterns that match a path. Each need is added once, so that the path is walked once for any number
/// of matching patterns.
#[derive(Debug, Default)]
pub(super) struct Needs<'a> {
    /// For each word, the place from which on it is needed.
    literals: HashMap<&'a str, usize>,
    wildcards: HashMap<&'a str, (usize, &'a Arc<Wildcard>)>,
    everything: bool,
}

impl<'a> Needs<'a> {
    /// Contains a word that occurs in no path, so that a path without a match takes the same time: a look-up in an
    /// empty table would not even compute a hash.
    pub(super) fn new() -> Self {
        Self { literals: HashMap::from([("/", usize::MAX)]), ..Self::default() }
    }

    pub(super) fn add(&mut self, needed: &'a Needed) {
        match needed {
            Needed::From { place, words } => {
                for word in words {
                    let first = match &word.wildcard {
                        Some(wildcard) => &mut self.wildcards.entry(&word.text).or_insert((*place, wildcard)).0,
                        None => self.literals.entry(&word.text).or_insert(*place),
                    };
                    *first = (*first).min(*place);
                }
            }
            Needed::Everything => self.everything = true,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.everything && self.wildcards.is_empty() && self.literals.len() == 1
    }

    /// Adds a word that no pattern contains, for a path that is not protected.
    pub(super) fn add_name(&mut self, name: &'a str, place: usize) {
        self.literals.insert(name, place);
    }

    /// Marks the segments of the sent path to which the needed segments of this variant refer.
    pub(super) fn mark(&self, variant: &PathVariant, all: &AllWords, breaks: &mut Breaks) {
        if self.everything {
            variant.segments().for_each(|segment| breaks.mark(&segment, Match::Any));
            breaks.set_covered_still();
        }
        // All words of the policy are searched at once, whatever their number.
        let matched = (!self.wildcards.is_empty()).then(|| all.wildcards.find_in(variant.as_str()));
        for (place, segment) in variant.segments().enumerate() {
            work::count(segment.text.len());
            if self.literals.get(segment.text).is_some_and(|first| *first <= place) {
                breaks.mark(&segment, Match::Literal);
            }
            for word in matched.as_ref().map_or(&[][..], |matched| &matched[place]) {
                if let Some((first, wildcard)) = self.wildcards.get(all.wildcards.word(*word))
                    && *first <= place
                {
                    breaks.mark(&segment, Match::Wildcard(wildcard));
                }
            }
        }
    }
}

/// The words of all hiding patterns, for an ambiguous path (with `..`), which counts as every protected path.
///
/// A layer that resolves such a path keeps only some of its segments. If every segment that is a word of some pattern
/// is broken, no pattern matches the remaining path.
#[derive(Clone, Debug, Default)]
pub(super) struct AllWords {
    literals: HashSet<Box<str>>,
    wildcards: WordSet,
    /// The parts of the words with a `*`.
    parts: Vec<Arc<Wildcard>>,
    /// Whether some pattern contains no word.
    everything: bool,
    /// The first place of a word in any pattern, which most decoys break.
    first_place: usize,
}

impl AllWords {
    pub(super) fn first_place(&self) -> usize {
        self.first_place
    }

    pub(super) fn of<'a>(patterns: impl Iterator<Item = &'a Needed>) -> Self {
        let mut all = Self::default();
        let mut wildcards = BTreeMap::new();
        let mut first_place = None::<usize>;
        for needed in patterns {
            if let Needed::From { place, .. } = needed {
                first_place = Some(first_place.map_or(*place, |first| first.min(*place)));
            }
            all.everything |= *needed == Needed::Everything;
            for word in needed.words() {
                match &word.wildcard {
                    Some(wildcard) => drop(wildcards.insert(word.text.clone(), Arc::clone(wildcard))),
                    None => drop(all.literals.insert(word.text.clone())),
                }
            }
        }
        let (texts, parts): (Vec<_>, Vec<_>) = wildcards.into_iter().unzip();
        Self { wildcards: WordSet::new(texts), parts, first_place: first_place.unwrap_or(0), ..all }
    }

    /// Whether some pattern matches names and not a name, so that a route may have them all.
    pub(super) fn has_wildcards(&self) -> bool {
        self.everything || !self.wildcards.is_empty()
    }

    pub(super) fn mark(&self, variant: &PathVariant, breaks: &mut Breaks) {
        if self.everything {
            breaks.add_all_from(0);
        }
        for (segment, wildcards) in variant.segments().zip(self.wildcards.find_in(variant.as_str())) {
            work::count(segment.text.len());
            wildcards.iter().for_each(|word| breaks.mark(&segment, Match::Wildcard(&self.parts[*word])));
            if self.literals.contains(segment.text) {
                breaks.mark(&segment, Match::Literal);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{PathSet, PathVariants, Pattern};

    /// The segments of the path that the match of each of these patterns needs, with a blank between two patterns.
    fn broken(patterns: &str, path: &str) -> Vec<usize> {
        let parse = |text| Pattern::parse(text).unwrap_or_else(|error| panic!("{}", error.message));
        let patterns: Vec<Pattern> = patterns.split(' ').map(parse).collect();
        let paths = PathSet::compile([&patterns[..]]).expect("good patterns");
        let all = AllWords::of(paths.all_needed(|_| true));
        let (mut breaks, mut needs, variants) = (Breaks::default(), Needs::new(), PathVariants::of(path));
        variants.iter().for_each(|variant| paths.add_needs(variant, |_| true, &mut needs));
        variants.iter().for_each(|variant| needs.mark(variant, &all, &mut breaks));
        let extents = breaks.extents();
        (0..8).filter(|segment| extents.of(*segment).is_some()).collect()
    }

    #[test]
    fn the_words_of_a_pattern_are_needed() {
        for (pattern, path, expected) in [
            ("/admin", "/admin", &[0][..]),
            ("/admin", "/admin/users/x.json", &[0]),
            ("/shop/admin", "/shop/admin/x", &[1]),
            ("/shop/admin", "/shop/admin/shop/admin", &[1, 3]),
            ("/admin/admin", "/admin/admin", &[1]),
            ("/v1/v*", "/v1/v2", &[1]),
            ("/users/*", "/users/7", &[0]),
            ("/users/*/keys", "/users/7/keys", &[2]),
            ("/a/*/*", "/a/b/c", &[0]),
            ("/files/**", "/files/a/b", &[0]),
            ("/shop/v*", "/shop/v1", &[1]),
            ("/shop/*a*", "/shop/bab", &[0]),
            ("/shop/**/*a*", "/shop/x/bab", &[0]),
            ("/*a*", "/bab", &[0]),
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
            // A word of two patterns is needed from the first place on that one of them has.
            ("/*/**/admin /**/admin", "/admin/x/admin", &[0, 2]),
            ("/**/admin /*/**/admin", "/admin/x/admin", &[0, 2]),
            ("/*/**/a*n /**/a*n", "/admin/x/admin", &[0, 2]),
            ("/**/a*n /*/**/a*n", "/admin/x/admin", &[0, 2]),
            ("/", "/a/b", &[0, 1]),
            ("/*", "/a", &[0]),
            ("/**/*", "/a/b", &[0, 1]),
        ] {
            assert_eq!(broken(pattern, path), expected, "{pattern} on {path}");
        }
    }
}
