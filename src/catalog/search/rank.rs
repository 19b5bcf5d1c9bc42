//! Ranks the match between the words of a search and a name.

use strsim::osa_distance;

use super::Found;

/// Ranks of a match, from the best: the whole name, a word, the beginning of a word, a part, a typing error, a
/// description.
const WHOLE: u32 = 0;
const WORD: u32 = 2;
const BEGINNING: u32 = 4;
pub(super) const PART: u32 = 6;
const SLIP: u32 = 20;
const DESCRIPTION: u32 = 100;
/// This is added if another name than the id and the name matches.
const ALIAS: u32 = 1;

/// The first rank that is not shown together with the best one.
pub(super) fn worst_beside(best: u32) -> u32 {
    match best {
        ..SLIP => SLIP,
        SLIP..DESCRIPTION => DESCRIPTION,
        _ => u32::MAX,
    }
}

/// The rank of the words for this entry, a smaller one is better; `None` if they do not match.
pub(super) fn rank(who: &Found, wanted: &[String]) -> Option<u32> {
    let joined = wanted.concat();
    let (names, aliases) = ([who.id(), who.name()], who.aliases());
    let by_name = names.iter().filter_map(|name| rank_in(name, wanted, &joined)).min();
    let by_alias = aliases.iter().filter_map(|name| rank_in(name, wanted, &joined)).min();
    // Words from several names together, such as "microsoft safe links".
    let all: Vec<String> = names.iter().chain(&aliases).flat_map(|name| words_of(name)).collect();
    let by_other = by_alias.into_iter().chain(rank_among(&all, wanted)).min().map(|rank| rank + ALIAS);
    let described: Vec<String> = who.descriptions().iter().flat_map(|text| words_of(text)).chain(all).collect();
    let by_description = || wanted.iter().all(|word| described.iter().any(|known| known.starts_with(word.as_str())));
    let rank = by_name.into_iter().chain(by_other).min().or_else(|| by_description().then_some(DESCRIPTION))?;
    // An entry with ranges or with advice is more useful than the name of a bot.
    let only_a_name = matches!(who, Found::Agent(_) | Found::Proxy(_));
    Some(rank + if only_a_name { ALIAS } else { 0 })
}

/// The similarity of the words and the nearest name of this entry, from 0 to 1, and this name.
#[cfg(feature = "cli")]
pub(super) fn likeness(who: &Found, wanted: &[String]) -> (f64, &'static str) {
    let joined = wanted.concat();
    let names = [who.id(), who.name()].into_iter().chain(who.aliases());
    let likeness = |name| {
        let known = words_of(name).concat();
        let longest = known.len().max(joined.len()).max(1);
        (1.0 - osa_distance(&known, &joined) as f64 / longest as f64, name)
    };
    names.map(likeness).max_by(|one, other| one.0.total_cmp(&other.0)).unwrap_or_default()
}

fn rank_in(name: &str, wanted: &[String], joined: &str) -> Option<u32> {
    let known = words_of(name);
    let whole = known.concat();
    if whole == joined {
        return Some(WHOLE);
    }
    let as_one = match whole.find(joined) {
        Some(0) => Some(BEGINNING),
        Some(_) if joined.len() >= 4 => Some(PART),
        _ if is_slip(joined, &whole) => Some(SLIP),
        _ => None,
    };
    rank_among(&known, wanted).into_iter().chain(as_one).min()
}

/// The worst of the ranks of all wanted words among the known words.
fn rank_among(known: &[String], wanted: &[String]) -> Option<u32> {
    wanted
        .iter()
        .map(|word| known.iter().filter_map(|known| rank_of_word(known, word)).min())
        .try_fold(WORD, |worst, rank| Some(worst.max(rank?)))
}

fn rank_of_word(known: &str, word: &str) -> Option<u32> {
    match known.find(word) {
        Some(0) if known.len() == word.len() => Some(WORD),
        Some(0) => Some(BEGINNING),
        Some(_) if word.len() >= 4 => Some(PART),
        _ if is_slip(word, known) => Some(SLIP),
        _ => None,
    }
}

/// Whether one letter is wrong, missing, additional or swapped with its neighbour; two letters in words of eight
/// letters and more.
fn is_slip(word: &str, known: &str) -> bool {
    let allowed = match word.len() {
        ..=3 => return false,
        4..=7 => 1,
        _ => 2,
    };
    word.len().abs_diff(known.len()) <= allowed && osa_distance(word, known) <= allowed
}

/// Runs of letters and digits in lower case.
pub(super) fn words_of(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}
