//! Puts markers into a path, so that it is a path that nobody can know.
//!
//! A marker is a text of random letters. Each segment that the policy names ([`Breaks`]) gets one in the middle of its
//! word, after leading signs and before the extension: `/shop/admin` becomes `/shop/ad<marker>min`, `/.env` becomes
//! `/.e<marker>nv`, `/install.php` becomes `/ins<marker>tall.php`. A segment that `*admin*` or `*.bak` matches is
//! broken within `admin` or `bak`. So the path keeps its shape: a layer that refuses dot files, chooses a page by
//! extension, or counts segments does the same. All other segments stay as sent.

mod places;
#[cfg(test)]
mod tests;

use std::hash::Hash;
use std::sync::Arc;

use actix_web::dev::ServiceRequest;

use super::unit::{Unit, units};
use crate::policy::{Breaks, Extent, Part};
use crate::util::{random, work};
use places::places;

/// 8 characters out of 23, some 35 bits. No answer ever shows them, so there is nothing to learn them from.
pub(super) const LENGTH: usize = 8;

/// Maximum number of attempts for a marker without a part of a pattern. Some policies have patterns for every text,
/// such as `*ab*` for all pairs of letters.
const MAX_ATTEMPTS: usize = 16;

/// Maximum number of markers whose neighbours are noted, to detect where a page truncates the path.
const MAX_PLACES: usize = 64;

/// A text that no client can know.
///
/// It is constant for one path as long as the process lives. So everything that an application derives from the path is
/// as constant as for every other path: an `ETag` over the page, a hash in it, a cached page that comes faster the
/// second time.
#[derive(Clone, Debug)]
pub(super) struct Marker(Arc<str>);

/// A path with markers in it.
#[derive(Clone, Debug)]
pub(super) struct Marked {
    pub(super) path: String,
    /// The places of the markers; only the first ones of many.
    pub(super) places: Arc<[Place]>,
}

/// The letters and digits around a marker, as far as no escaping changes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) left: Box<str>,
    pub(super) right: Box<str>,
    /// The sign before `left`, and the sign after `right`; `/` if they are the whole segment.
    pub(super) signs: [u8; 2],
}

impl Marker {
    /// The marker for the path of this request. It begins and ends with a letter that the path does not contain, so it
    /// never completes the word that it breaks: with a marker that ends in `d`, `ad<marker>min` would still contain
    /// `dmin`.
    /// Nor does it contain a part that must be broken: under `*ab*` no marker contains `ab`.
    pub(super) fn of(req: &ServiceRequest, breaks: &Breaks) -> Self {
        let texts = [req.path(), req.match_info().as_str()].map(str::to_lowercase);
        let mut used = [false; 256];
        for byte in texts.iter().flat_map(|text| text.bytes()) {
            used[usize::from(byte)] = true;
        }
        let edge = (b'a'..=b'z').rev().find(|letter| !used[usize::from(*letter)]).unwrap_or(b'z');
        let edge = char::from(edge);
        let holds = |text: &str| {
            breaks.parts().any(|part| matches!(part, Part::Each(part) | Part::Last(part) if text.contains(&**part)))
        };
        let mut text = letters(&texts);
        for attempt in 0..MAX_ATTEMPTS {
            if !holds(&text) {
                break;
            }
            text = letters(&(&texts, attempt));
        }
        Self(format!("{edge}{text}{edge}").into())
    }

    #[cfg(test)]
    pub(super) fn from_text(text: &str) -> Self {
        Self(text.into())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The path with markers in the places that the policy needs. Linear in the path's length.
    pub(super) fn put_into(&self, path: &str, breaks: &Breaks) -> Marked {
        let mut marked = Writer { marker: &self.0, path: String::with_capacity(path.len() + 64), places: Vec::new() };
        let extents = breaks.extents();
        let mut number = 0;
        let mut broken = false;
        for (at, segment) in path.split('/').enumerate() {
            if at > 0 {
                marked.path.push('/');
            }
            work::count(segment.len());
            let extent = if segment.is_empty() { None } else { extents.of(number) };
            match extent {
                None => marked.path.push_str(segment),
                Some(extent) => broken |= marked.segment(segment, extent),
            }
            number += usize::from(!segment.is_empty());
        }
        if !broken {
            // The path contains no word, as in `/`.
            marked.path.push_str(&self.0);
        }
        Marked { path: marked.path, places: marked.places.into() }
    }
}

/// Letters alone, since a route may take words of letters only (`[a-z]+`).
fn letters(subject: &impl Hash) -> String {
    let letter = |c: char| c.to_digit(10).map_or(c, |digit| char::from_digit(10 + digit, 36).unwrap_or(c));
    random::text_for(subject, LENGTH).chars().map(letter).collect()
}

struct Writer<'m> {
    marker: &'m str,
    path: String,
    places: Vec<Place>,
}

impl Writer<'_> {
    /// Writes the segment with its markers; returns false if it needs none.
    fn segment(&mut self, segment: &str, extent: &Extent) -> bool {
        let units = units(segment);
        let places = places(&units, extent);
        let mut written = 0;
        for (number, place) in places.iter().enumerate() {
            let at = units.get(*place).map_or(segment.len(), |unit| unit.start);
            self.path.push_str(&segment[written..at]);
            self.path.push_str(self.marker);
            written = at;
            if self.places.len() < MAX_PLACES {
                let before = number.checked_sub(1).map_or(0, |before| places[before]);
                let after = places.get(number + 1).copied().unwrap_or(units.len());
                let around = self.around(&units, before, *place, after);
                work::count(around.left.len() + around.right.len() + self.places.len());
                if !self.places.contains(&around) {
                    self.places.push(around);
                }
            }
        }
        self.path.push_str(&segment[written..]);
        !places.is_empty()
    }

    /// The unchanged letters and digits on both sides of a place, up to the markers before and after it.
    fn around(&self, units: &[Unit], before: usize, place: usize, after: usize) -> Place {
        let plain = |unit: &&Unit| unit.is_plain() && unit.value.is_ascii_alphanumeric();
        let text = |units: &[Unit]| -> Box<str> {
            units.iter().map(|unit| char::from(unit.value.to_ascii_lowercase())).collect::<String>().into()
        };
        let edge = self.marker.bytes().next().unwrap_or(b'/');
        let sign = |unit: Option<&Unit>| unit.map_or(b'/', |unit| unit.value.to_ascii_lowercase());
        let start = place - units[before..place].iter().rev().take_while(plain).count();
        let end = place + units[place..after].iter().take_while(plain).count();
        let is_behind_marker = start == before && before > 0;
        let is_before_marker = end == after && after < units.len();
        let first = if is_behind_marker { edge } else { sign(start.checked_sub(1).and_then(|at| units.get(at))) };
        let last = if is_before_marker { edge } else { sign(units.get(end)) };
        Place { left: text(&units[start..place]), right: text(&units[place..end]), signs: [first, last] }
    }
}
