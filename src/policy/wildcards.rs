//! Matches all patterns with wildcards at once, in time that grows with the path and the policy, and not with their
//! product.
//!
//! A regular expression for each pattern would read each character of a path once for every pattern: a policy may have
//! 1,000 patterns, and a scanner may send 64 kB. So the words of all patterns are searched once in each segment, and
//! only patterns whose words were all found are compared with the path.

use std::collections::HashMap;

use super::words::WordSet;
use crate::util::work;

/// The patterns with their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct WildcardSet {
    /// The number of each word without a `*`.
    literals: HashMap<Box<str>, usize>,
    /// The words with a `*`.
    wildcards: WordSet,
    /// For each of these, its number among all words.
    wildcard_numbers: Vec<usize>,
    /// For each word, the places of the patterns that contain it.
    users: Vec<Vec<usize>>,
    patterns: Vec<WildcardPattern>,
    /// The places of patterns without a word, such as `/*`.
    wordless: Vec<usize>,
}

#[derive(Clone, Debug)]
struct WildcardPattern {
    tokens: Box<[Token]>,
    /// The number of different words in it.
    words: usize,
    number: usize,
}

/// The text between two slashes of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// `**`
    Deep,
    /// `*`
    Any,
    Word(usize),
}

impl WildcardSet {
    /// Compiles patterns in the normal form of path variants, such as `/shop/**/intern`, each with its number.
    pub(super) fn new(patterns: &[(String, usize)]) -> Self {
        let mut set = Self::default();
        let mut words = HashMap::new();
        for (text, number) in patterns {
            let tokens = text.split('/').filter(|token| !token.is_empty()).map(|token| match token {
                "**" => Token::Deep,
                _ if token.bytes().all(|byte| byte == b'*') => Token::Any,
                _ => {
                    let next = words.len();
                    Token::Word(*words.entry(token).or_insert(next))
                }
            });
            let tokens: Box<[Token]> = tokens.collect();
            set.users.resize_with(words.len(), Vec::new);
            let place = set.patterns.len();
            let mut used: Vec<usize> = tokens.iter().filter_map(Token::word).collect();
            used.sort_unstable();
            used.dedup();
            used.iter().for_each(|word| set.users[*word].push(place));
            if used.is_empty() {
                set.wordless.push(place);
            }
            set.patterns.push(WildcardPattern { tokens, words: used.len(), number: *number });
        }
        let mut wildcards = Vec::new();
        for (text, word) in words {
            if text.contains('*') {
                wildcards.push(text.into());
                set.wildcard_numbers.push(word);
            } else {
                set.literals.insert(text.into(), word);
            }
        }
        set.wildcards = WordSet::new(wildcards);
        set
    }

    /// The numbers of the patterns that cover this path.
    pub(super) fn matches(&self, path: &str) -> Vec<usize> {
        if self.patterns.is_empty() {
            return Vec::new();
        }
        let found = self.find_words(path);
        let mut met: HashMap<usize, usize> = HashMap::new();
        for word in found.places.keys() {
            work::count(self.users[*word].len());
            self.users[*word].iter().for_each(|pattern| *met.entry(*pattern).or_default() += 1);
        }
        let complete = met.into_iter().filter(|(pattern, met)| self.patterns[*pattern].words == *met);
        let candidates = complete.map(|(pattern, _)| pattern).chain(self.wordless.iter().copied());
        // For `/*`, the site itself is an empty segment.
        let empty = (found.segments == 0).then(|| Found { segments: 1, ..Found::default() });
        let covers = |pattern: &&WildcardPattern| {
            pattern.covers(&found) || empty.as_ref().is_some_and(|empty| pattern.covers(empty))
        };
        let covering = candidates.map(|place| &self.patterns[place]).filter(covers);
        covering.map(|pattern| pattern.number).collect()
    }

    fn find_words(&self, path: &str) -> Found {
        let mut found = Found::default();
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        for (place, (segment, wildcards)) in segments.zip(self.wildcards.find_in(path)).enumerate() {
            work::count(segment.len());
            let wildcards = wildcards.into_iter().map(|word| self.wildcard_numbers[word]);
            for word in self.literals.get(segment).copied().into_iter().chain(wildcards) {
                work::count(1);
                found.places.entry(word).or_default().push(place);
            }
            found.segments = place + 1;
        }
        found
    }
}

/// The places of the words of all patterns in a path.
#[derive(Debug, Default)]
struct Found {
    /// For each word, the numbers of its segments, in order.
    places: HashMap<usize, Vec<usize>>,
    segments: usize,
}

impl Found {
    fn of(&self, word: usize) -> &[usize] {
        self.places.get(&word).map_or(&[], Vec::as_slice)
    }

    /// Whether these tokens, without `**`, match the segments from here on.
    fn has_at(&self, block: &[Token], start: usize) -> bool {
        work::count(block.len());
        let fits = |(offset, token): (usize, &Token)| match token {
            Token::Word(word) => self.of(*word).binary_search(&(start + offset)).is_ok(),
            Token::Any | Token::Deep => true,
        };
        start + block.len() <= self.segments && block.iter().enumerate().all(fits)
    }

    /// The first place from here on at which these tokens match. It tries the places of the rarest word.
    fn find(&self, block: &[Token], from: usize) -> Option<usize> {
        let words = block.iter().enumerate().filter_map(|(offset, token)| Some((offset, self.of(token.word()?))));
        let Some((offset, places)) = words.min_by_key(|(_, places)| places.len()) else {
            return (from + block.len() <= self.segments).then_some(from);
        };
        let first = places.partition_point(|place| *place < from + offset);
        places[first..].iter().map(|place| place - offset).find(|start| self.has_at(block, *start))
    }
}

impl Token {
    fn word(&self) -> Option<usize> {
        if let Self::Word(word) = self { Some(*word) } else { None }
    }
}

impl WildcardPattern {
    /// Whether the whole path matches. Each block between two `**` is placed at its first match, since this leaves the
    /// most room for the following blocks.
    fn covers(&self, found: &Found) -> bool {
        let mut blocks = self.tokens.split(|token| *token == Token::Deep);
        let first = blocks.next().unwrap_or(&[]);
        let Some(last) = blocks.next_back() else {
            return first.len() == found.segments && found.has_at(first, 0);
        };
        if !found.has_at(first, 0) {
            return false;
        }
        let mut end = first.len();
        for block in blocks {
            let Some(start) = found.find(block, end) else { return false };
            end = start + block.len();
        }
        end + last.len() <= found.segments && found.has_at(last, found.segments - last.len())
    }
}

#[cfg(test)]
mod tests {
    use globset::GlobBuilder;
    use proptest::prelude::*;

    use super::*;

    /// Matches like regular expressions: the slow, obvious way.
    fn by_glob(pattern: &str, path: &str) -> bool {
        let matches = |pattern: &str| {
            let glob = GlobBuilder::new(pattern).literal_separator(true).build().unwrap();
            glob.compile_matcher().is_match(path)
        };
        // A `/**` at the end also covers the folder itself.
        let mut pattern = pattern;
        while let Some(folder) = pattern.strip_suffix("/**") {
            if matches(pattern) {
                return true;
            }
            pattern = if folder.is_empty() { "/" } else { folder };
        }
        matches(pattern)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn patterns_match_as_regular_expressions_do(
            patterns in prop::collection::vec("(/(\\*\\*|\\*|a|b|ab|a\\*|\\*b|a\\*b)){1,5}", 1..6),
            path in "(/[ab]{1,3}){0,6}",
        ) {
            let path = if path.is_empty() { "/".to_owned() } else { path };
            let numbered: Vec<(String, usize)> = patterns.iter().cloned().zip(0..).collect();
            let mut found = WildcardSet::new(&numbered).matches(&path);
            found.sort_unstable();
            let expected: Vec<usize> =
                numbered.iter().filter(|(pattern, _)| by_glob(pattern, &path)).map(|(_, number)| *number).collect();
            prop_assert_eq!(found, expected, "{:?} on {}", patterns, path);
        }
    }
}
