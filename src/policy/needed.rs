//! Which segments of a path a decoy has to break, so that no layer behind reads a protected path in the rest.
//!
//! A pattern cannot match a path in which its own words do not stand. So the segments are broken that its words match, and all
//! others stay as the client sent them:
//!
//! * `/shop/admin`: the last word, `admin`. What stands above is public; below `/shop` the decoy must be `/shop`'s own 404 page.
//! * `/users/*`, `/users/*a*`: `users`. A bare `*` matches every name, so a broken name would be protected as the sent one is.
//! * `/**/admin/**`, `/shop/**/intern/*`: behind a `**` every segment that is `admin` or `intern`, since any of them may be the match.
//! * `/**/*.bak`, `/v*`, `/**/*admin*`: the parts of the word in the segments that it matches (`parts`).
//! * `/`, `/**`, `/*`, `/*a*`: no word, so every segment. The pattern covers the path that is left as well.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::breaks::{Breaks, Match};
use super::parts::Wildcard;
use super::variants::PathVariant;
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
    /// Where it has a `*`, the parts to be broken.
    wildcard: Option<Arc<Wildcard>>,
}

impl Word {
    /// `None` for `*`, and for words that match a name however it is broken.
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

/// What all patterns need that match a path. Each is added once, so that the walk over the path is one walk, however many
/// patterns match.
#[derive(Debug, Default)]
pub(super) struct Needs<'a> {
    /// From which place on a word is needed.
    literals: HashMap<&'a str, usize>,
    wildcards: HashMap<&'a str, (usize, &'a Arc<Wildcard>)>,
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

    /// Marks the segments of the path as sent from which the needed ones of this variant stem.
    pub(super) fn mark(&self, variant: &PathVariant, all: &AllWords, breaks: &mut Breaks) {
        if self.everything {
            variant.segments().for_each(|segment| breaks.mark(&segment, Match::Any));
            breaks.set_covered_still();
        }
        // All words of the policy are looked for at once, however many they are.
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

/// The words of all patterns that hide anything, for a path that counts as every protected path at once (it holds `..`).
///
/// Whoever resolves such a path selects some of its segments. With every segment broken that is a word of some pattern, no
/// pattern matches what is selected.
#[derive(Clone, Debug, Default)]
pub(super) struct AllWords {
    literals: HashSet<Box<str>>,
    wildcards: WordSet,
    /// The parts of each of them.
    parts: Vec<Arc<Wildcard>>,
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

    /// The segments of the path that a pattern's match needs.
    fn broken(pattern: &str, path: &str) -> Vec<usize> {
        let pattern = [Pattern::parse(pattern).unwrap_or_else(|error| panic!("{}", error.message))];
        let paths = PathSet::compile([&pattern[..]]).expect("a good pattern");
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
            ("/", "/a/b", &[0, 1]),
            ("/*", "/a", &[0]),
            ("/**/*", "/a/b", &[0, 1]),
        ] {
            assert_eq!(broken(pattern, path), expected, "{pattern} on {path}");
        }
    }
}
