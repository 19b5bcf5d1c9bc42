//! Detects markers in a page that cannot be removed: truncated markers, and markers in another form.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use memchr::memmem;

use super::marker::{LENGTH, Marker, Place};
use crate::util::work;

/// Number of letters in more than half of a marker.
const HALF: usize = LENGTH / 2 + 1;

/// Number of letters before a marker that are compared.
const CONTEXT: usize = 12;

/// Maximum number of words between two letters that are spelled, as the tags in `<i>z</i><i>8</i>`. A tag may be named as the next letter is.
const MAX_BETWEEN: usize = 7;

/// The parts and forms of a marker that a page may contain in addition to the marker itself.
#[derive(Debug)]
pub(super) struct Traces {
    marker: Marker,
    places: Arc<[Place]>,
}

impl Traces {
    pub(super) fn new(marker: &Marker, places: &Arc<[Place]>) -> Self {
        Self { marker: marker.clone(), places: Arc::clone(places) }
    }

    /// Whether this beginning of a page contains a marker, or ends with the beginning of one.
    pub(super) fn begin_in(marker: &Marker, text: &[u8]) -> bool {
        let lower = text.to_ascii_lowercase();
        let marker = marker.as_bytes();
        let begins_at_end = (1..marker.len()).any(|length| lower.ends_with(&marker[..length]));
        begins_at_end || memmem::find(&lower, marker).is_some()
    }

    /// Whether the page shows the path in a form from which the marker cannot be removed.
    pub(super) fn are_in(&self, page: &[u8]) -> bool {
        let lower = page.to_ascii_lowercase();
        !self.is_whole(&lower)
            || self.places.iter().any(|place| self.is_cut_at(place, &lower))
            || self.is_half(&lower)
            || self.is_encoded(page, &lower)
    }

    /// Whether each marker is between letters that surround a marker in the path. A page that truncates the path shows
    /// fewer of them: `/ad<marker>mi` of `/ad<marker>min`.
    fn is_whole(&self, lower: &[u8]) -> bool {
        let mut expected = 0;
        memmem::find_iter(lower, self.marker.as_bytes()).all(|start| {
            let (before, after) = (&lower[..start], &lower[start + self.marker.as_bytes().len()..]);
            let fits =
                |place: &Place| before.ends_with(place.left.as_bytes()) && after.starts_with(place.right.as_bytes());
            // Usually a page shows them in their order.
            let order = (expected..self.places.len()).chain(0..expected);
            let found = order.into_iter().inspect(|_| work::count(1)).find(|place| fits(&self.places[*place]));
            expected = found.map_or(0, |place| place + 1);
            found.is_some() || self.places.is_empty()
        })
    }

    /// Whether the page ends or begins the path within the marker at this place.
    fn is_cut_at(&self, place: &Place, lower: &[u8]) -> bool {
        work::count(lower.len());
        let marker = self.marker.as_bytes();
        let left = &place.left.as_bytes()[place.left.len().saturating_sub(CONTEXT)..];
        let right = &place.right.as_bytes()[..place.right.len().min(CONTEXT)];
        let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        // A single letter of a marker may belong to a word: `wit` is not a marker that ends in `w` before the `it` of
        // `/.git`.
        let is_part = |shown: usize, context: &[u8], sign: Option<&u8>, sign_in_path: u8| {
            (1..marker.len()).contains(&shown)
                && context.len() + shown > 2
                && (shown > 1 || context.len() == CONTEXT || sign == Some(&sign_in_path))
        };
        let ends_within = |start: usize| {
            let rest = &lower[start + left.len()..];
            let shown = rest.iter().zip(marker).take_while(|(a, b)| a == b).count();
            let sign = start.checked_sub(1).and_then(|at| lower.get(at));
            is_part(shown, left, sign, place.signs[0]) && !is_letter(rest.get(shown))
        };
        let begins_within = |start: usize| {
            let front = &lower[..start];
            let shown = front.iter().rev().zip(marker.iter().rev()).take_while(|(a, b)| a == b).count();
            let before = front.len().checked_sub(shown + 1).and_then(|at| front.get(at));
            is_part(shown, right, lower.get(start + right.len()), place.signs[1]) && !is_letter(before)
        };
        let by_left = !left.is_empty() && memmem::find_iter(lower, left).any(ends_within);
        by_left || (!right.is_empty() && memmem::find_iter(lower, right).any(begins_within))
    }

    /// Whether half of a marker is anywhere in the page, with any text around it.
    fn is_half(&self, lower: &[u8]) -> bool {
        let marker = self.marker.as_bytes();
        let half = marker.len() / 2 + 1;
        let (front, back) = (&marker[..half], &marker[marker.len() - half..]);
        let all = memmem::find_iter(lower, marker).count();
        memmem::find_iter(lower, front).count() > all || memmem::find_iter(lower, back).count() > all
    }

    /// Whether the page contains the marker in another form, letter by letter or as a part of an encoding of the whole
    /// path.
    fn is_encoded(&self, page: &[u8], lower: &[u8]) -> bool {
        let marker = self.marker.as_bytes();
        let contains = |page: &[u8], text: &[u8]| memmem::find(page, text).is_some();
        let hex: String = marker.iter().map(|byte| format!("{byte:02x}")).collect();
        let reversed: Vec<u8> = marker.iter().rev().copied().collect();
        contains(lower, hex.as_bytes())
            || contains(lower, &reversed)
            || BASE64.inner_forms(marker).iter().any(|form| contains(page, form))
            || BASE32.inner_forms(marker).iter().any(|form| contains(lower, form))
            || is_spelled(marker, lower)
    }
}

/// Whether the page spells the marker: `z 8 k`, `%7a%38%6b`, `&#122;&#56;`, `\u007a\u0038`, `[122, 56, 107]`. With any
/// text between the letters, more than half of them in their order is not a coincidence.
fn is_spelled(marker: &[u8], lower: &[u8]) -> bool {
    // For each spelling and each letter of the marker, the number of the last word that may be this letter, after words
    // that may be all letters before it.
    let half = &marker[..HALF];
    let mut ends = [[None::<usize>; HALF]; 4];
    let words = lower.split(|byte| !byte.is_ascii_alphanumeric());
    // Parts of an escape that are not letters: `\u{7a}`, `&amp;#122;`.
    let words = words.filter(|word| !word.is_empty() && ![&b"u"[..], b"x", b"amp"].contains(word));
    for (now, word) in words.enumerate() {
        for (value, ends) in values(word).into_iter().zip(&mut ends) {
            let Some(value) = value else { continue };
            // Backwards, so that one word is not two letters.
            for letter in (0..half.len()).rev().filter(|letter| half[*letter] == value) {
                let before = letter.checked_sub(1).map_or(Some(now), |before| ends[before]);
                if before.is_some_and(|before| now - before <= MAX_BETWEEN + 1) {
                    ends[letter] = Some(now);
                }
            }
            if ends[half.len() - 1].is_some() {
                return true;
            }
        }
    }
    false
}

/// The byte that a word may represent: as a letter, in hexadecimal, decimal and octal digits.
fn values(word: &[u8]) -> [Option<u8>; 4] {
    let letter = if let [letter] = word { Some(*letter) } else { None };
    if word.len() > 8 {
        return [None; 4];
    }
    let text = std::str::from_utf8(word).unwrap_or_default();
    // `\x7a`, `\u007a`, `&#x7a;`, `0x7a`, and `%257a`.
    let digits = text.trim_start_matches('0').trim_start_matches(['x', 'u']);
    let digits = if digits.len() > 2 { digits.trim_start_matches("25") } else { digits };
    let number = |digits: &str, radix| u8::from_str_radix(digits, radix).ok();
    [letter, number(digits, 16), number(text, 10), number(text, 8)]
}

const BASE64: Encoding =
    Encoding { bits: 6, alignments: 3, alphabet: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" };
const BASE32: Encoding = Encoding { bits: 5, alignments: 5, alphabet: b"abcdefghijklmnopqrstuvwxyz234567" };

/// An encoding with this number of bits for one character.
struct Encoding {
    bits: usize,
    /// The number of alignments between bytes and characters.
    alignments: usize,
    alphabet: &'static [u8],
}

impl Encoding {
    /// The characters that depend only on this text, at any place in the encoded text: one form for each alignment.
    fn inner_forms(&self, text: &[u8]) -> Vec<Vec<u8>> {
        (0..self.alignments).map(|before| self.inner_form(text, before)).collect()
    }

    fn inner_form(&self, text: &[u8], bytes_before: usize) -> Vec<u8> {
        let bit = |at: usize| (text[at / 8] >> (7 - at % 8)) & 1;
        // The first bits complete an earlier character.
        let skipped = (self.bits - bytes_before * 8 % self.bits) % self.bits;
        let starts = (skipped..=text.len() * 8 - self.bits).step_by(self.bits);
        let index = |start: usize| (start..start + self.bits).fold(0, |index, at| index << 1 | usize::from(bit(at)));
        starts.map(|start| self.alphabet[index(start)]).collect()
    }
}
