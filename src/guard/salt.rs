//! Makes a path unguessable.
//!
//! A salt of random letters is put before and into each word of the path, from the first protected segment on:
//! `/api/admin` becomes `/api/<salt>ad<salt>min`. No layer behind can read a protected path in that, whether it goes by
//! whole segments, by beginnings, by endings, or by what it finds after decoding `%2f` and cutting `;parameters`, for
//! none of the words is whole.
//!
//! Should the 404 page show the path, then the salt is in it, and is taken out of the answer again
//! ([`desalt`](super::desalt)). Since the path's own characters stand between the salts, that works whatever escaping
//! the page applies, and what is left is the page for the path as sent.

use std::sync::Arc;

use actix_web::dev::ServiceRequest;

use super::random;
use crate::util::work;

/// 8 characters out of 31, 39 bits, which no answer ever shows: there is nothing to learn them from, and nothing to win,
/// since they come on top of what the client has sent.
const LENGTH: usize = 8;

/// So many words are salted in a path that is too long to salt all.
const SPARSE_WORDS: usize = 32;

/// A text that no client can know.
///
/// For one path it stays the same as long as the process lives. So what an application makes of a path besides showing
/// it is as constant as for every other path: an `ETag` over the page, a hash in it, a cached page that comes faster the
/// second time.
#[derive(Clone, Debug)]
pub(super) struct Salt(Arc<str>);

/// How many of a path's words are salted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Density {
    All,
    /// The first ones, which the router goes by.
    Sparse,
}

impl Salt {
    /// The salt for this request's path. It begins and ends with a letter that its path does not hold, lest it complete what it
    /// is to break: `ad` and `min` around a salt that ends in `d` would still hold `dmin`.
    pub(super) fn of(req: &ServiceRequest) -> Self {
        let texts = [req.path(), req.match_info().as_str()].map(str::to_lowercase);
        let foreign = |letter: &char| texts.iter().all(|text| !text.contains(*letter));
        let edge = ('a'..='z').rev().find(foreign).unwrap_or('z');
        Self(format!("{edge}{}{edge}", random::text_for(&texts, LENGTH)).into())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The path, salted from segment `kept` on. Empty segments are none.
    pub(super) fn path(&self, path: &str, kept: usize, density: Density) -> String {
        let mut salted = String::with_capacity(2 * path.len() + 4 * self.0.len());
        let mut words_left = if density == Density::All { usize::MAX } else { SPARSE_WORDS };
        let mut segments = 0;
        for (at, segment) in path.split('/').enumerate() {
            if at > 0 {
                salted.push('/');
            }
            if !segment.is_empty() && segments >= kept {
                self.segment(segment, &mut words_left, &mut salted);
            } else {
                salted.push_str(segment);
            }
            segments += usize::from(!segment.is_empty());
        }
        if segments <= kept {
            // Nothing was salted: the path ends above, as `/` does.
            salted.push_str(&self.0);
        }
        salted
    }

    fn segment(&self, segment: &str, words_left: &mut usize, salted: &mut String) {
        let mut rest = segment;
        // A segment of signs alone, such as `$`, is broken at its beginning.
        if *words_left > 0 && !Unit::first(rest).is_some_and(|unit| unit.is_word) {
            salted.push_str(&self.0);
        }
        while let Some(unit) = Unit::first(rest) {
            // Behind the last word that is salted, nothing is looked at twice.
            let word = if *words_left > 0 { Unit::word_length(rest) } else { 0 };
            if word == 0 {
                salted.push_str(&rest[..unit.length]);
                rest = &rest[unit.length..];
                continue;
            }
            *words_left -= 1;
            let (front, back) = rest[..word].split_at(Unit::middle(&rest[..word]));
            salted.push_str(&self.0);
            salted.push_str(front);
            if !front.is_empty() {
                salted.push_str(&self.0);
            }
            salted.push_str(back);
            rest = &rest[word..];
        }
    }
}

/// One character of a path, or one escape: `a`, `%61`, `%C3`.
struct Unit {
    length: usize,
    /// A letter or digit, escaped or not, or a byte of a character beyond ASCII.
    is_word: bool,
    /// A byte that continues a character (`%A9` in `%C3%A9`), before which nothing may be inserted.
    continues: bool,
}

impl Unit {
    fn first(text: &str) -> Option<Self> {
        work::count(1);
        let character = text.chars().next()?;
        let escape = text.as_bytes().get(..3).filter(|escape| escape[0] == b'%');
        let value = escape.and_then(|escape| {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            u8::try_from(digit(escape[1])? * 16 + digit(escape[2])?).ok()
        });
        Some(match value {
            Some(byte) => Self {
                length: 3,
                is_word: byte.is_ascii_alphanumeric() || !byte.is_ascii(),
                continues: (0x80..0xC0).contains(&byte),
            },
            None => Self { length: character.len_utf8(), is_word: character.is_alphanumeric(), continues: false },
        })
    }

    /// The length of the word that the text begins with.
    fn word_length(text: &str) -> usize {
        let mut at = 0;
        while let Some(unit) = Self::first(&text[at..]).filter(|unit| unit.is_word) {
            at += unit.length;
        }
        at
    }

    /// Where a word is broken: at the first place from its middle on that splits no character; else it stays whole.
    fn middle(word: &str) -> usize {
        let units = || {
            let mut at = 0;
            std::iter::from_fn(move || {
                let unit = Self::first(&word[at..])?;
                at += unit.length;
                Some((at - unit.length, unit))
            })
        };
        let half = (units().count() / 2).max(1);
        units().skip(half).find(|(_, unit)| !unit.continues).map_or(0, |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn salted(path: &str, kept: usize) -> String {
        Salt("z_z".into()).path(path, kept, Density::All)
    }

    #[test]
    fn every_word_is_broken_and_no_character_is() {
        for (path, kept, expected) in [
            ("/api/admin", 1, "/api/z_zadz_zmin"),
            ("/api/admin", 0, "/z_zaz_zpi/z_zadz_zmin"),
            ("//api//admin/", 1, "//api//z_zadz_zmin/"),
            ("/a%2fadmin", 0, "/z_za%2fz_zadz_zmin"),
            ("/a;b/..%5cadmin", 0, "/z_za;z_zb/z_z..%5cz_zadz_zmin"),
            ("/%61dmin", 0, "/z_z%61dz_zmin"),
            ("/%C3%A9", 0, "/z_z%C3%A9"),
            ("/caf%C3%A9s", 0, "/z_zcafz_z%C3%A9s"),
            ("/%2561", 0, "/z_z%25z_z6z_z1"),
            ("/$", 0, "/z_z$"),
            ("/old.bak", 0, "/z_zoz_zld.z_zbz_zak"),
            ("/", 0, "/z_z"),
            ("/x", 1, "/xz_z"),
        ] {
            assert_eq!(salted(path, kept), expected, "{path} from {kept}");
        }
    }

    proptest! {
        /// What is left without the salt is the path, and whoever decodes it meets the same characters.
        #[test]
        fn nothing_but_the_salt_is_added(path in "(/[a-z0-9.;~$-]{0,4}(%[0-9a-fA-F]{2}|%|%4)?[a-z]{0,3}){0,6}", kept in 0usize..4) {
            let salted = salted(&path, kept);
            prop_assert_eq!(salted.replace("z_z", ""), path.as_str());
            let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().replace("z_z", "");
            if !path.contains("z_z") {
                prop_assert_eq!(decode(&salted), decode(&path));
            }
        }
    }
}
