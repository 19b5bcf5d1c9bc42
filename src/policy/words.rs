//! Searches a path for all words with a `*` inside of a segment (`*.bak`, `wp-*.php`, `*admin*`) at once.
//!
//! Each word is looked up by the longer of its beginning and its end, and a word without either (`*admin*`) by its
//! longest part. So a segment is compared only with words that may match it.

use std::collections::HashMap;

use memchr::memmem;

use crate::util::work;

/// Words, numbered in their given order.
#[derive(Clone, Debug, Default)]
pub(super) struct WordSet {
    words: Vec<Box<str>>,
    fronts: Index,
    ends: Index,
    /// Words that begin and end with a `*`.
    within: Vec<usize>,
}

/// Words by a text of one of a few lengths.
#[derive(Clone, Debug, Default)]
struct Index {
    words: HashMap<Box<[u8]>, Vec<usize>>,
    lengths: Vec<usize>,
}

impl Index {
    fn add(&mut self, key: &str, word: usize) {
        self.words.entry(key.as_bytes().into()).or_default().push(word);
        if let Err(place) = self.lengths.binary_search(&key.len()) {
            self.lengths.insert(place, key.len());
        }
    }
}

impl WordSet {
    pub(super) fn new(words: impl IntoIterator<Item = Box<str>>) -> Self {
        let mut set = Self::default();
        for (number, word) in words.into_iter().enumerate() {
            let (front, end) = (front(&word), end(&word));
            match (front.len(), end.len()) {
                (0, 0) => set.within.push(number),
                (a, b) if a >= b => set.fronts.add(front, number),
                _ => set.ends.add(end, number),
            }
            set.words.push(word);
        }
        set
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub(super) fn word(&self, number: usize) -> &str {
        &self.words[number]
    }

    /// For each non-empty segment of the path, the words that match it.
    pub(super) fn find_in(&self, path: &str) -> Vec<Vec<usize>> {
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        if self.is_empty() {
            return segments.map(|_| Vec::new()).collect();
        }
        let mut found: Vec<Vec<usize>> = segments.map(|segment| self.by_border(segment)).collect();
        self.add_within(path, &mut found);
        found
    }

    fn by_border(&self, segment: &str) -> Vec<usize> {
        let bytes = segment.as_bytes();
        let fits = |length: &&usize| **length <= bytes.len();
        let fronts =
            self.fronts.lengths.iter().take_while(fits).filter_map(|length| self.fronts.words.get(&bytes[..*length]));
        let by_end = |length: &usize| self.ends.words.get(&bytes[bytes.len() - length..]);
        let ends = self.ends.lengths.iter().take_while(fits).filter_map(by_end);
        let candidates = fronts.chain(ends).flatten().copied().inspect(|_| work::count(1));
        candidates.filter(|word| matches(&self.words[*word], segment)).collect()
    }

    /// Adds the words that begin and end with a `*`. The whole path is searched for each of them, which is fast.
    fn add_within(&self, path: &str, found: &mut [Vec<usize>]) {
        if self.within.is_empty() {
            return;
        }
        let mut starts = Vec::with_capacity(found.len());
        let mut at = 0;
        for segment in path.split('/') {
            if !segment.is_empty() {
                starts.push((at, segment));
            }
            at += segment.len() + 1;
        }
        for word in &self.within {
            let part = self.words[*word].split('*').max_by_key(|part| part.len()).unwrap_or_default();
            let mut last = None;
            for place in memmem::find_iter(path.as_bytes(), part.as_bytes()) {
                work::count(1);
                let number = starts.partition_point(|(start, _)| *start <= place).checked_sub(1);
                let Some(number) = number.filter(|number| Some(*number) != last) else { continue };
                last = Some(number);
                if matches(&self.words[*word], starts[number].1) {
                    found[number].push(*word);
                }
            }
        }
    }
}

fn front(word: &str) -> &str {
    word.split('*').next().unwrap_or_default()
}

fn end(word: &str) -> &str {
    word.rsplit('*').next().unwrap_or_default()
}

/// Whether a word with `*` matches this whole text. It returns only to the last `*`, so a text of n bytes takes at most
/// n steps for each byte of the word.
fn matches(word: &str, text: &str) -> bool {
    if !text.starts_with(front(word)) || !text.ends_with(end(word)) {
        return false;
    }
    let (word, text) = (word.as_bytes(), text.as_bytes());
    let (mut w, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        work::count(1);
        match word.get(w) {
            Some(b'*') => {
                star = Some((w, t));
                w += 1;
            }
            Some(byte) if *byte == text[t] => {
                w += 1;
                t += 1;
            }
            _ => {
                let Some((after, matched)) = star else { return false };
                star = Some((after, matched + 1));
                w = after + 1;
                t = matched + 1;
            }
        }
    }
    word[w..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wildcards_match_as_in_patterns() {
        for (word, text) in [("*.bak", "old.bak"), ("v*", "v"), ("*a*b*", "xxabyyb"), ("a*c", "abc"), ("*ab", "aab")] {
            assert!(matches(word, text), "{word} {text}");
        }
        for (word, text) in
            [("*.bak", "bak"), ("v*", "w"), ("a*c", "ab"), ("*ab", "aba"), ("*ab*c", "xab"), ("a*a", "a")]
        {
            assert!(!matches(word, text), "{word} {text}");
        }
    }

    proptest! {
        /// The search for all words at once finds the same as a comparison with each word.
        #[test]
        fn words_are_found_where_each_matches(
            words in prop::collection::vec("[abc]{0,2}\\*[abc]{0,2}(\\*[abc]{0,2})?", 1..8),
            path in "(//?[abcé]{0,4}){0,6}",
        ) {
            let words: Vec<Box<str>> = words.into_iter().filter(|word| word.contains(|c| c != '*')).map(Into::into).collect();
            let set = WordSet::new(words.clone());
            let expected: Vec<Vec<usize>> = path
                .split('/')
                .filter(|segment| !segment.is_empty())
                .map(|segment| (0..words.len()).filter(|word| matches(&words[*word], segment)).collect())
                .collect();
            let mut found = set.find_in(&path);
            found.iter_mut().for_each(|words| words.sort_unstable());
            prop_assert_eq!(found, expected);
        }
    }
}
