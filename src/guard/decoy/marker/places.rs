//! The places of the markers in a segment: between two of its characters after all escapes are decoded.

use memchr::memmem::{self, Finder};

use crate::guard::decoy::unit::Unit;
use crate::policy::{Extent, MAX_EXTENSION, Part, Wildcard};
use crate::util::work;

/// The numbers of the units before which a marker is put.
pub(super) fn places(units: &[Unit], extent: &Extent) -> Vec<usize> {
    let mut places = match (extent.every_word, extent.name) {
        (true, _) => word_places(units),
        (false, true) => places_in_name(units),
        (false, false) => Vec::new(),
    };
    if extent.words.is_empty() && extent.wildcards.is_empty() {
        return places;
    }
    let text: Vec<u8> = units.iter().map(|unit| unit.value.to_ascii_lowercase()).collect();
    for word in &extent.words {
        add_word(units, &text, word.as_bytes(), &mut places);
    }
    // Layers read these characters differently.
    let is_plain = text.iter().all(|byte| byte.is_ascii() && !byte.is_ascii_control());
    for wildcard in &extent.wildcards {
        let broken = if is_plain { part_places(units, &text, wildcard) } else { None };
        places.extend(broken.unwrap_or_else(|| {
            // A part of one character at the end cannot be divided, so the end is moved: `a%01b` under `*b`.
            let end = wildcard.parts().iter().any(|part| matches!(part, Part::Last(text) if text.len() == 1));
            all_places(units).into_iter().chain(end.then_some(units.len())).collect()
        }));
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// Divides a word wherever it stands as a whole: some layer may end the name behind it, as the one that takes `/x%20HTTP` for `/x`.
fn add_word(units: &[Unit], text: &[u8], word: &[u8], places: &mut Vec<usize>) {
    work::count(text.len());
    let known = places.len();
    let is_border = |unit: Option<&Unit>| unit.is_none_or(|unit| !unit.is_word());
    for start in memmem::find_iter(text, word) {
        let end = start + word.len();
        if is_border(start.checked_sub(1).and_then(|before| units.get(before))) && is_border(units.get(end)) {
            places.extend(places_in_name(&units[start..end]).into_iter().map(|place| start + place));
        }
    }
    if places.len() == known {
        // It is there in other characters: `ｘ`, or `x` before a control character of Latin-1.
        let has_control = std::str::from_utf8(text).map_or(true, |text| text.contains(char::is_control));
        places.extend(if has_control { all_places(units) } else { places_in_name(units) });
    }
}

/// The places in the parts of a name that a word with a `*` matches; `None` if some part is not found in the name.
fn part_places(units: &[Unit], text: &[u8], wildcard: &Wildcard) -> Option<Vec<usize>> {
    let mut places = Vec::new();
    for part in wildcard.parts() {
        work::count(text.len());
        let known = places.len();
        match part {
            Part::First(first) => add_starts(units, text, *first, &mut places),
            Part::Each(part) => add_each(units, text, part.as_bytes(), &mut places),
            Part::Last(part) => add_ends(units, text, part.as_bytes(), &mut places),
        }
        if places.len() == known {
            return None;
        }
    }
    let first = units.iter().position(Unit::is_word);
    places.extend(first.filter(|first| is_needless(&units[*first])));
    Some(places)
}

/// Places before this character at which some layer may begin the name.
fn add_starts(units: &[Unit], text: &[u8], first: char, places: &mut Vec<usize>) {
    let begins = |at: &usize| at.checked_sub(1).is_none_or(|before| !units[before].is_word());
    places.extend((0..text.len()).filter(|at| char::from(text[*at]) == first).filter(begins));
}

/// Splits the part at each of its places. In `aaa` there are two of `aa`, since the second begins within the first.
fn add_each(units: &[Unit], text: &[u8], part: &[u8], places: &mut Vec<usize>) {
    let finder = Finder::new(part);
    let mut from = 0;
    while let Some(found) = finder.find(&text[from..]) {
        work::count(part.len());
        let start = from + found;
        from = middle(units, start, start + part.len());
        places.push(from);
    }
}

/// Splits the part at each place after which some layer may end the name. After a part of one character, a marker is
/// put instead.
fn add_ends(units: &[Unit], text: &[u8], part: &[u8], places: &mut Vec<usize>) {
    for start in memmem::find_iter(text, part) {
        work::count(1);
        let end = start + part.len();
        if units.get(end).is_none_or(|next| !next.is_word()) {
            places.push(if part.len() == 1 { end } else { middle(units, start, end) });
        }
    }
}

/// A place before each character.
fn all_places(units: &[Unit]) -> Vec<usize> {
    (0..units.len()).filter(|place| !units[*place].continues()).collect()
}

/// The place for the only marker of a segment: in the middle of its name.
fn places_in_name(units: &[Unit]) -> Vec<usize> {
    let Some(start) = units.iter().position(Unit::is_word) else {
        // Only signs: between them, or before the only one.
        return if units.is_empty() { Vec::new() } else { vec![units.len() / 2] };
    };
    let middle = middle(units, start, end_of_name(units, start));
    if is_needless(&units[start]) && middle > start { vec![start, middle] } else { vec![middle] }
}

/// Whether a unit is an escaped letter. No client needs such an escape, so a handler could recognize the path by it:
/// `starts_with("/%61")`.
fn is_needless(unit: &Unit) -> bool {
    unit.value.is_ascii() && !unit.is_plain()
}

/// The end of the name that begins here: before parameters (`;v=1`), an alternate stream (`::$DATA`), trailing signs,
/// and the extension.
fn end_of_name(units: &[Unit], start: usize) -> usize {
    let end = end_of_text(units, start);
    let dot = units[start..end].iter().rposition(|unit| unit.value == b'.').map(|dot| start + dot);
    match dot.filter(|dot| (1..=MAX_EXTENSION).contains(&(end - dot - 1))) {
        Some(dot) if units[dot + 1..end].iter().all(Unit::is_word) => end_of_words(units, start, dot),
        _ => end,
    }
}

/// Where a segment's text ends: before a blank, parameters (`;v=1`), an alternate stream (`::$DATA`), and trailing signs.
fn end_of_text(units: &[Unit], start: usize) -> usize {
    let is_cut = |unit: &Unit| matches!(unit.value, b' ' | b';' | b':' | b'?' | b'#') || unit.value.is_ascii_control();
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

/// The place of a `..` among these signs. It is broken as well, since its target may be protected: `/x/..` is `/`.
fn dot_segment(units: &[Unit], start: usize, end: usize) -> Option<usize> {
    let two = |pair: &[Unit]| pair[0].value == b'.' && pair[1].value == b'.';
    units[start..end].windows(2).position(two).map(|dots| start + dots)
}

/// The place nearest to the middle that is between two letters or digits; without such a place, the nearest one that
/// splits no character; and before a single character.
fn middle(units: &[Unit], start: usize, end: usize) -> usize {
    let center = start + (end - start) / 2;
    let nearest = |is_good: &dyn Fn(usize) -> bool| {
        (start + 1..end).filter(|place| is_good(*place)).min_by_key(|place| place.abs_diff(center))
    };
    let whole = |place: usize| !units[place].continues();
    let within_word = |place: usize| whole(place) && units[place].is_word() && units[place - 1].is_word();
    nearest(&within_word).or_else(|| nearest(&whole)).unwrap_or(start)
}
