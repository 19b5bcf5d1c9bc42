//! Detects markers in a page that cannot be removed: truncated markers, and markers in another form.

use std::sync::Arc;

use memchr::memmem;

use super::marker::{LENGTH, Marker, Place};

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
            let found = order.into_iter().find(|place| fits(&self.places[*place]));
            expected = found.map_or(0, |place| place + 1);
            found.is_some() || self.places.is_empty()
        })
    }

    /// Whether the page ends or begins the path within the marker at this place.
    fn is_cut_at(&self, place: &Place, lower: &[u8]) -> bool {
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
        by_left || (!right.is_empty() && memmem::find_iter(lower, right).any(begins_within)) || self.is_half(lower)
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
    let words = words.filter(|word| !word.is_empty() && ![&b"u"[..], b"x", b"amp", b"25"].contains(word));
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
    let digits = if digits.len() > 2 { digits.trim_start_matches("25").trim_start_matches('0') } else { digits };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Breaks;

    const MARKER: &str = "z8kp3mfq7z";

    /// Traces of `/shop/ad<marker>min/users`.
    fn traces() -> (Traces, String) {
        let marker = Marker::from_text(MARKER);
        let marked = marker.put_into("/shop/admin/users", &Breaks::segment(1));
        (Traces::new(&marker, &marked.places), marked.path)
    }

    #[test]
    fn a_whole_path_leaves_no_trace() {
        let (traces, path) = traces();
        let segment = format!("ad{MARKER}min");
        for page in [
            "",
            "no page here",
            &path,
            &format!("No {path} here, no {path}"),
            &path.to_uppercase(),
            &segment,
            &format!("<b>Ad{MARKER}min</b>, {segment}"),
            &format!("/shop &gt; {segment} &gt; users"),
            // Texts that an application writes without the path.
            "see /shop/admin and /shop/adzuki, or zebra min",
            "a 38 6b 70 33 b",
        ] {
            assert!(!traces.are_in(page.as_bytes()), "{page}");
        }
    }

    #[test]
    fn a_path_that_is_cut_within_a_word_is_seen_wherever_it_is_cut() {
        let (traces, path) = traces();
        let start = path.find(MARKER).unwrap();
        for cut in start + 1..start + MARKER.len() + "min".len() {
            for page in [path[..cut].to_owned(), format!("no {}… here", &path[..cut])] {
                assert!(traces.are_in(page.as_bytes()), "{page}");
            }
        }
        for cut in "/shop/a".len()..start + MARKER.len() {
            let page = format!("no …{} here", &path[cut..]);
            assert!(traces.are_in(page.as_bytes()), "{page}");
        }
    }

    /// `wit` ends like the last letter of a marker before the `it` of `/.git`, but is not a marker.
    #[test]
    fn a_word_that_ends_like_a_marker_is_none() {
        let marker = Marker::from_text("w8kp3mfq7w");
        let marked = marker.put_into("/.git/config/x.html", &Breaks::segment(0));
        let traces = Traces::new(&marker, &marked.places);
        for page in ["segment started with invalid character: ('.')", "a man of wit and humour", ".gw"] {
            assert!(!traces.are_in(page.as_bytes()), "{page}");
        }
        for page in ["no …wit/config", "no …7wit", "no /.gw8… here"] {
            assert!(traces.are_in(page.as_bytes()), "{page}");
        }
    }

    #[test]
    fn a_marker_in_another_form_is_seen() {
        let (traces, path) = traces();
        let each = |write: fn(u8) -> String| path.bytes().map(write).collect::<String>();
        let joined = |write: fn(u8) -> String, sign: &str| path.bytes().map(write).collect::<Vec<_>>().join(sign);
        for page in [
            each(|byte| format!("{byte:02x}")),
            each(|byte| format!("{byte:02X}")),
            each(|byte| format!("%{byte:02X}")),
            each(|byte| format!("%25{byte:02x}")),
            each(|byte| format!("&#{byte};")),
            each(|byte| format!("&#{byte:04};")),
            each(|byte| format!("&#x{byte:X};")),
            each(|byte| format!("&amp;#{byte};")),
            each(|byte| format!("\\u{byte:04x}")),
            each(|byte| format!("\\u{{{byte:x}}}")),
            each(|byte| format!("\\x{byte:02x}")),
            each(|byte| format!("\\{byte:03o}")),
            joined(|byte| byte.to_string(), ", "),
            joined(|byte| format!("{byte:#04x}"), ", "),
            // The tag's name is the marker's first letter.
            joined(|byte| format!("<z>{}</z>", char::from(byte)), ""),
            joined(|byte| char::from(byte).to_string(), " "),
            joined(|byte| char::from(byte).to_string(), "\0"),
            joined(|byte| format!("<i>{}</i>", char::from(byte)), ""),
            joined(|byte| format!("<p>{}</p>", char::from(byte)), ""),
            path.bytes().rev().map(char::from).collect(),
        ] {
            assert!(traces.are_in(page.as_bytes()), "{page}");
        }
        for before in 0..6 {
            let text = format!("{}{path}", "/".repeat(before));
            for encoding in [&BASE64, &BASE32] {
                let page = encoding.encode(text.as_bytes());
                assert!(traces.are_in(page.as_bytes()), "{page}");
            }
        }
    }

    impl Encoding {
        /// The whole text, without padding.
        fn encode(&self, text: &[u8]) -> String {
            let bits: Vec<u8> = text.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
            let index = |bits: &[u8]| bits.iter().fold(0, |index, bit| index << 1 | usize::from(*bit));
            bits.chunks_exact(self.bits).map(|bits| char::from(self.alphabet[index(bits)])).collect()
        }
    }

    #[test]
    fn encodings_are_as_in_the_rfc() {
        // RFC 4648, section 10.
        assert_eq!(BASE64.encode(b"foobar"), "Zm9vYmFy");
        assert_eq!(BASE32.encode(b"fooba"), "mzxw6ytb");
    }
}
