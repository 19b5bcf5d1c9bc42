//! Puts markers into a path, so that nobody can know it.
//!
//! A marker is a text of random letters. One is put into each segment that the policy names ([`Breaks`]), into the middle of its
//! word, behind leading signs and before the extension: `/shop/admin` becomes `/shop/ad<marker>min`, `/.env` becomes `/.e<marker>nv`,
//! `/install.php` becomes `/ins<marker>tall.php`. So the path has the shape of the one that was sent: whoever refuses dot files, picks
//! a page by extension, or counts segments, does the same. All other segments stay as they were sent.

use std::sync::Arc;

use actix_web::dev::ServiceRequest;

use super::unit::{Unit, units};
use crate::policy::{Breaks, Extent};
use crate::util::random;

/// 8 characters out of 31, 39 bits. No answer ever shows them, so there is nothing to learn them from.
const LENGTH: usize = 8;

/// The longest text behind a dot that counts as an extension (`.webmanifest` has 11).
const MAX_EXTENSION: usize = 12;

/// Maximum number of markers whose neighbours are noted, to see where a page cuts the path.
const MAX_PLACES: usize = 64;

/// A text that no client can know.
///
/// For one path it stays the same as long as the process lives. So what an application makes of a path besides showing it
/// is as constant as for every other path: an `ETag` over the page, a hash in it, a cached page that comes faster the second
/// time.
#[derive(Clone, Debug)]
pub(super) struct Marker(Arc<str>);

/// A path with markers in it.
#[derive(Clone, Debug)]
pub(super) struct Marked {
    pub(super) path: String,
    /// Where the markers stand; of many, the first.
    pub(super) places: Arc<[Place]>,
}

/// The letters and digits around a marker, as far as every escaping leaves them as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) left: Box<str>,
    pub(super) right: Box<str>,
    /// The sign before `left`, and the one behind `right`: `/`, where they are the whole segment.
    pub(super) signs: [u8; 2],
}

/// Whether a segment under `.e*` or `v*` keeps its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Intact,
    /// It is broken as well, so that the pattern does not match any more.
    Broken,
}

impl Marker {
    /// The marker for this request's path. It begins and ends with a letter that the path does not hold, so that it never completes
    /// what it is to break: `ad` and `min` around a marker that ends in `d` would still hold `dmin`.
    pub(super) fn of(req: &ServiceRequest) -> Self {
        let texts = [req.path(), req.match_info().as_str()].map(str::to_lowercase);
        let mut used = [false; 256];
        for byte in texts.iter().flat_map(|text| text.bytes()) {
            used[usize::from(byte)] = true;
        }
        let edge = (b'a'..=b'z').rev().find(|letter| !used[usize::from(*letter)]).unwrap_or(b'z');
        let edge = char::from(edge);
        Self(format!("{edge}{}{edge}", random::text_for(&texts, LENGTH)).into())
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

    /// The path with markers where the policy needs them. Linear in the path's length.
    pub(super) fn put_into(&self, path: &str, breaks: &Breaks, shape: Shape) -> Marked {
        let mut marked = Writer { marker: &self.0, path: String::with_capacity(path.len() + 64), places: Vec::new() };
        let mut number = 0;
        let mut broken = false;
        for (at, segment) in path.split('/').enumerate() {
            if at > 0 {
                marked.path.push('/');
            }
            let extent = if segment.is_empty() { None } else { breaks.extent(number) };
            match extent {
                None => marked.path.push_str(segment),
                Some(extent) => broken |= marked.segment(segment, extent, shape),
            }
            number += usize::from(!segment.is_empty());
        }
        if !broken {
            // There is no word in it, as in `/`.
            marked.path.push_str(&self.0);
        }
        Marked { path: marked.path, places: marked.places.into() }
    }
}

struct Writer<'m> {
    marker: &'m str,
    path: String,
    places: Vec<Place>,
}

impl Writer<'_> {
    /// Writes the segment with its markers; false where it got none.
    fn segment(&mut self, segment: &str, extent: Extent, shape: Shape) -> bool {
        let units = units(segment);
        let mut places = match extent {
            Extent::Word => places_in_word(&units),
            Extent::End(letters) => vec![place_at_end(&units, letters)],
            Extent::Name => name_places(&units),
            Extent::EveryWord => word_places(&units),
        };
        if extent == Extent::Name && shape == Shape::Broken && places.first() != Some(&0) {
            places.insert(0, 0);
        }
        let mut written = 0;
        for place in &places {
            let at = units.get(*place).map_or(segment.len(), |unit| unit.start);
            self.path.push_str(&segment[written..at]);
            self.path.push_str(self.marker);
            written = at;
            let around = around(&units, *place);
            if self.places.len() < MAX_PLACES && !self.places.contains(&around) {
                self.places.push(around);
            }
        }
        self.path.push_str(&segment[written..]);
        !places.is_empty()
    }
}

/// The letters and digits on both sides that stand there as they are.
fn around(units: &[Unit], place: usize) -> Place {
    let plain = |unit: &&Unit| unit.is_plain() && unit.value.is_ascii_alphanumeric();
    let text = |units: Vec<&Unit>| units.into_iter().map(|unit| char::from(unit.value)).collect::<String>();
    let mut left: Vec<&Unit> = units[..place].iter().rev().take_while(plain).collect();
    left.reverse();
    let right: Vec<&Unit> = units[place..].iter().take_while(plain).collect();
    let sign = |at: Option<usize>| at.and_then(|at| units.get(at)).map_or(b'/', |unit| unit.value.to_ascii_lowercase());
    let signs = [sign(place.checked_sub(left.len() + 1)), sign(Some(place + right.len()))];
    Place { left: text(left).to_ascii_lowercase().into(), right: text(right).to_ascii_lowercase().into(), signs }
}

/// The place for the one marker of a segment: in the middle of its name.
fn places_in_word(units: &[Unit]) -> Vec<usize> {
    let Some(start) = units.iter().position(Unit::is_word) else {
        // Signs alone: inside of them, or before the only one.
        return if units.is_empty() { Vec::new() } else { vec![units.len() / 2] };
    };
    let middle = middle(units, start, end_of_name(units, start));
    // Nobody escapes a letter without need, so the escape alone shows the path to who looks for it: `starts_with("/%61")`.
    let is_needless = units[start].value.is_ascii() && !units[start].is_plain();
    if is_needless && middle > start { vec![start, middle] } else { vec![middle] }
}

/// A place for each word of the name, which ends before the extension.
fn name_places(units: &[Unit]) -> Vec<usize> {
    let end = units.iter().position(Unit::is_word).map_or(units.len(), |start| end_of_name(units, start));
    word_places(&units[..end])
}

/// The place in so many letters at the end, before parameters and trailing signs.
fn place_at_end(units: &[Unit], letters: usize) -> usize {
    let end = end_of_text(units, 0);
    middle(units, end.saturating_sub(letters), end)
}

/// Where the name ends that begins here: before parameters (`;v=1`), an alternate stream (`::$DATA`), trailing signs, and the extension.
fn end_of_name(units: &[Unit], start: usize) -> usize {
    let end = end_of_text(units, start);
    let dot = units[start..end].iter().rposition(|unit| unit.value == b'.').map(|dot| start + dot);
    match dot.filter(|dot| (1..=MAX_EXTENSION).contains(&(end - dot - 1))) {
        Some(dot) if units[dot + 1..end].iter().all(Unit::is_word) => end_of_words(units, start, dot),
        _ => end,
    }
}

/// Where a segment's text ends: before parameters (`;v=1`), an alternate stream (`::$DATA`), and trailing signs.
fn end_of_text(units: &[Unit], start: usize) -> usize {
    let is_cut = |unit: &Unit| matches!(unit.value, b';' | b':' | b'?' | b'#') || unit.value.is_ascii_control();
    let end = units[start..].iter().position(is_cut).map_or(units.len(), |length| start + length);
    end_of_words(units, start, end)
}

fn end_of_words(units: &[Unit], start: usize, end: usize) -> usize {
    units[start..end].iter().rposition(Unit::is_word).map_or(end, |last| start + last + 1)
}

/// One place for each word.
fn word_places(units: &[Unit]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut at = 0;
    while at < units.len() {
        let is_word = units[at].is_word();
        let length = units[at..].iter().take_while(|unit| unit.is_word() == is_word).count();
        if is_word {
            places.push(middle(units, at, at + length));
        } else if let Some(dots) = dot_segment(units, at, at + length) {
            places.push(dots);
        }
        at += length;
    }
    if places.is_empty() && units.iter().any(|unit| unit.value != b'.') {
        places.push(0);
    }
    places
}

/// The place of a `..` among these signs. It is broken as well, since what it leads back to may be protected: `/x/..` is `/`.
fn dot_segment(units: &[Unit], start: usize, end: usize) -> Option<usize> {
    let two = |pair: &[Unit]| pair[0].value == b'.' && pair[1].value == b'.';
    units[start..end].windows(2).position(two).map(|dots| start + dots)
}

/// The place nearest to the middle that stands between two letters or digits; where there is none, the nearest that splits no
/// character; and before a single character.
fn middle(units: &[Unit], start: usize, end: usize) -> usize {
    let center = start + (end - start) / 2;
    let nearest = |is_good: &dyn Fn(usize) -> bool| {
        (start + 1..end).filter(|place| is_good(*place)).min_by_key(|place| place.abs_diff(center))
    };
    let whole = |place: usize| !units[place].continues();
    let within_word = |place: usize| whole(place) && units[place].is_word() && units[place - 1].is_word();
    nearest(&within_word).or_else(|| nearest(&whole)).unwrap_or(start)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marker() -> Marker {
        Marker("[M]".into())
    }

    #[test]
    fn one_marker_stands_in_the_middle_of_a_name() {
        for (path, segment, expected) in [
            ("/shop/admin", 1, "/shop/ad[M]min"),
            ("/admin/x.json", 0, "/ad[M]min/x.json"),
            ("//shop//admin/", 1, "//shop//ad[M]min/"),
            ("/.env", 0, "/.e[M]nv"),
            ("/.env.local", 0, "/.e[M]nv.local"),
            ("/.git/config", 0, "/.g[M]it/config"),
            ("/old.bak", 0, "/o[M]ld.bak"),
            ("/x.tar.gz", 0, "/x.t[M]ar.gz"),
            ("/wp-login.php", 0, "/wp-l[M]ogin.php"),
            ("/admin-panel", 0, "/admi[M]n-panel"),
            ("/%61dmin", 0, "/[M]%61d[M]min"),
            ("/%2561dmin", 0, "/[M]%2561d[M]min"),
            ("/%25%36%31dmin", 0, "/[M]%25%36%31d[M]min"),
            ("/%u0061dmin", 0, "/[M]%u0061d[M]min"),
            ("/admin;v=1", 0, "/ad[M]min;v=1"),
            ("/admin%3bv=1", 0, "/ad[M]min%3bv=1"),
            ("/admin%3Fx.y", 0, "/ad[M]min%3Fx.y"),
            ("/admin::$DATA", 0, "/ad[M]min::$DATA"),
            ("/admin.", 0, "/ad[M]min."),
            ("/ad%09min", 0, "/a[M]d%09min"),
            ("/%C3%A9t%C3%A9", 0, "/%C3%A9[M]t%C3%A9"),
            ("/%C3%A9", 0, "/[M]%C3%A9"),
            ("/x", 0, "/[M]x"),
            ("/.x", 0, "/.[M]x"),
            ("/ab", 0, "/a[M]b"),
            ("/a-b", 0, "/a[M]-b"),
            ("/$", 0, "/[M]$"),
            ("/$$", 0, "/$[M]$"),
            ("/", 0, "/[M]"),
            ("/x", 7, "/x[M]"),
        ] {
            assert_eq!(marker().put_into(path, &Breaks::segment(segment), Shape::Intact).path, expected, "{path}");
        }
    }

    #[test]
    fn what_a_wildcard_matches_is_broken_where_its_own_letters_are() {
        let put = |pattern: &str, path: &str, shape| {
            let rule = format!("[[rule]]\npaths = [\"{pattern}\"]\naction = \"decoy\"");
            let config = crate::GuardConfig::from_toml(&rule).unwrap_or_else(|error| panic!("{error}"));
            let facts = crate::RequestFacts::new(path).peer([150, 70, 66, 183].into());
            let matched = config.decide(&facts).into_matched().expect("a scanner's request");
            marker().put_into(path, &matched.breaks, shape).path
        };
        for (pattern, path, expected) in [
            ("/**/*.bak", "/x/old.bak", "/x/old.b[M]ak"),
            ("/**/*.bak", "/x/old.bak;v=1.0", "/x/old.b[M]ak;v=1.0"),
            ("/**/*.c", "/x/a.c", "/x/a.[M]c"),
            ("/**/*bak", "/x/oldbak", "/x/oldb[M]ak"),
            ("/**/.e*", "/x/.env", "/x/.e[M]nv"),
            ("/**/.e*", "/x/.env.local", "/x/.e[M]nv.local"),
            ("/**/*admin*", "/my-admin.json", "/m[M]y-ad[M]min.json"),
            ("/wp-*.php", "/wp-login.php", "/w[M]p-lo[M]gin.php"),
            ("/shop/v*", "/shop/v1", "/shop/v[M]1"),
            ("/**/*~", "/x/config~", "/x/con[M]fig~"),
        ] {
            assert_eq!(put(pattern, path, Shape::Intact), expected, "{pattern} on {path}");
        }
        assert_eq!(put("/**/.e*", "/x/.env", Shape::Broken), "/x/[M].e[M]nv");
    }

    #[test]
    fn every_word_is_broken_where_nothing_is_known() {
        for (path, expected) in [
            ("/api/admin", "/a[M]pi/ad[M]min"),
            ("/a%2fadmin", "/[M]a%2fad[M]min"),
            ("/a;b/..%5cadmin", "/[M]a;[M]b/[M]..%5cad[M]min"),
            ("/x/..", "/[M]x/[M].."),
            ("/x/.", "/[M]x/."),
            ("/..", "/[M].."),
            ("/$", "/[M]$"),
            ("/old.bak", "/o[M]ld.b[M]ak"),
            ("/", "/[M]"),
        ] {
            assert_eq!(marker().put_into(path, &Breaks::everything(), Shape::Intact).path, expected, "{path}");
        }
    }

    #[test]
    fn what_surrounds_a_marker_is_what_no_escaping_changes() {
        let marked = marker().put_into("/%61dmin/x", &Breaks::segment(0), Shape::Intact);
        let place = |left: &str, right: &str, signs| Place { left: left.into(), right: right.into(), signs };
        let places = [place("", "", *b"/a"), place("d", "min", *b"a/")];
        assert_eq!(*marked.places, places);
    }

    /// What a decoy for this path would be asked for, where the policy has these patterns.
    fn decoyed(patterns: &str, path: &str) -> Option<String> {
        let rule = format!("[[rule]]\npaths = [{patterns}]\naction = \"decoy\"");
        let config = crate::GuardConfig::from_toml(&rule).unwrap_or_else(|error| panic!("{error}"));
        let facts = crate::RequestFacts::new(path).peer([150, 70, 66, 183].into());
        let decision = config.decide(&facts);
        let is_decoyed = decision.action() == crate::Action::Decoy;
        let breaks = decision.into_matched().filter(|_| is_decoyed)?.breaks;
        Some(Marker("zq1q2q3q4z".into()).put_into(path, &breaks, Shape::Intact).path)
    }

    /// A path without any segment has one to be broken nonetheless.
    #[test]
    fn the_root_under_patterns_without_a_word() {
        for pattern in ["/", "/**", "/**/*", "/*"] {
            for path in ["/", "//", "/."] {
                let decoyed = decoyed(&format!("\"{pattern}\""), path);
                assert!(
                    decoyed.is_none_or(|decoy| decoy != path && decoy.contains("zq1q2q3q4z")),
                    "{pattern} on {path}"
                );
            }
        }
        assert_eq!(decoyed("\"/**\"", "/").as_deref(), Some("/zq1q2q3q4z"));
        assert_eq!(decoyed("\"/*\"", "/").as_deref(), Some("/zq1q2q3q4z"));
    }

    /// All that a handler may make of a path: as sent, decoded once and twice, in lower case.
    fn read(path: &str) -> impl Iterator<Item = String> {
        let decode = |path: &String| percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned();
        std::iter::successors(Some(path.to_owned()), move |path| Some(decode(path)))
            .take(3)
            .map(|path| path.to_lowercase())
    }

    proptest! {
        /// No handler finds the protected word, whether it searches the path, looks at its beginning or end, or cuts it in pieces; and no
        /// rule covers the path that is left.
        #[test]
        fn no_handler_reads_the_protected_word(
            (pattern, word, name) in prop_oneof![
                Just(("/secret", "secret", "secret")),
                Just(("/open/secret", "secret", "secret")),
                Just(("/**/secret/**", "secret", "secret")),
                Just(("/open/**/secret/**", "secret", "secret")),
                Just(("/**/*.secret", ".secret", "b.secret")),
                Just(("/**/secret-*", "secret-", "secret-b")),
                Just(("/**/*-secret", "-secret", "b-secret")),
                Just(("/**/secret.php", "secret.php", "secret.php")),
                Just(("/secret/*", "secret", "secret")),
            ],
            front in "(/|/open|/open/|/\\./|/open/\\.|/x;y|/open/[a-d]{1,3}){0,2}",
            spelling in prop_oneof![Just(0), Just(1), Just(2), Just(3)],
            decoration in "(;v=1|\\.|%20|%00|;|)",
            tail in "(/[a-d.;$]{0,3}|%2f[a-d]|/\\.\\./x|/secret|%5cx){0,2}",
        ) {
            let escape = |text: &str, percent: &str| {
                text.bytes().enumerate().map(|(at, byte)| {
                    if at % 2 == 1 { char::from(byte).to_string() } else { format!("{percent}{byte:02x}") }
                }).collect::<String>()
            };
            let name = match spelling {
                0 => name.to_owned(),
                1 => escape(name, "%"),
                2 => escape(name, "%25"),
                _ => name.to_uppercase(),
            };
            let path = format!("{front}/{name}{decoration}{tail}");
            let Some(rewritten) = decoyed(&format!("\"{pattern}\""), &path) else { return Ok(()) };
            for read in read(&rewritten) {
                for part in read.split(['/', '.', ';', '\\']) {
                    prop_assert!(part != word && !part.starts_with(word), "{part} in {read} of {path} under {pattern}");
                }
                prop_assert!(!read.contains(word) && !read.ends_with(word), "{read} of {path} under {pattern}");
            }
            let again = decoyed(&format!("\"{pattern}\""), &rewritten);
            prop_assert!(again.is_none() || rewritten.contains(".."), "{rewritten} of {path} is covered by {pattern} still");
        }
    }

    proptest! {
        /// What is left without the markers is the path, and whoever decodes it meets the same characters.
        #[test]
        fn nothing_but_the_marker_is_added(
            path in "(/[a-z0-9.;~$-]{0,4}(%[0-9a-fA-F]{2}|%|%4|%25)?[a-z]{0,3}){0,6}",
            segment in 0usize..4,
            everything in any::<bool>(),
        ) {
            let breaks = if everything { Breaks::everything() } else { Breaks::segment(segment) };
            let marked = Marker("zQz".into()).put_into(&path, &breaks, Shape::Intact).path;
            prop_assert_eq!(marked.replace("zQz", ""), path.as_str());
            let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
            let mut texts = (path.clone(), marked);
            for _ in 0..3 {
                texts = (decode(&texts.0), decode(&texts.1));
                prop_assert_eq!(texts.1.replace("zQz", ""), texts.0.replace("zQz", ""));
            }
        }
    }
}
