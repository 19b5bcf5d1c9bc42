//! Finding a vendor by whatever name somebody knows.

use strsim::osa_distance;

use super::{Category, Unlisted, Vendor, unlisted, vendors};

/// A result of [`search`].
///
/// ```
/// use actix_scanner_guard::catalog::{self, Found};
///
/// let found: Vec<Found> = catalog::search("websense");
/// assert_eq!(found[0].id(), "forcepoint-threatseeker");
/// match found[0] {
///     Found::Vendor(vendor) => println!("{}: {} ranges", found[0].name(), vendor.ranges().count()),
///     Found::Unlisted(entry) => println!("{}: {}", found[0].category(), entry.reason()),
///     _ => {}
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Found {
    /// A vendor with ranges.
    Vendor(&'static Vendor),
    /// A vendor without ranges.
    Unlisted(&'static Unlisted),
}

impl Found {
    /// The id.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Found::Vendor(vendor) => vendor.scanner().id(),
            Found::Unlisted(entry) => entry.id(),
        }
    }

    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Found::Vendor(vendor) => vendor.scanner().name(),
            Found::Unlisted(entry) => entry.name(),
        }
    }

    /// Its category.
    #[must_use]
    pub fn category(&self) -> Category {
        match self {
            Found::Vendor(vendor) => vendor.scanner().category(),
            Found::Unlisted(entry) => entry.category(),
        }
    }

    /// Its other names.
    fn aliases(&self) -> Vec<&'static str> {
        match self {
            Found::Vendor(vendor) => vendor.aliases().iter().chain(vendor.user_agents()).copied().collect(),
            Found::Unlisted(entry) => entry.aliases().to_vec(),
        }
    }

    /// Descriptions, in which words are looked for last.
    fn descriptions(&self) -> Vec<&'static str> {
        let mut texts = vec![self.category().as_str()];
        match self {
            Found::Vendor(vendor) => {
                texts.extend([vendor.purpose(), vendor.homepage()]);
                texts.extend(vendor.reverse_dns());
            }
            Found::Unlisted(entry) => texts.extend([entry.reason(), entry.homepage()]),
        }
        texts
    }
}

/// Vendors, with and without ranges, that these words may mean, the likeliest first.
///
/// Every word has to be found: in a name, a former name, a product's name or a user agent, and if no vendor has all of
/// them there, in what the catalog says of the vendor. Case, hyphens and blanks do not count, and a letter or two may be
/// wrong in a longer word. Takes time in proportion to the texts of the catalog, about a millisecond.
///
/// ```
/// use actix_scanner_guard::catalog;
///
/// let first = |words| catalog::search(words).first().map(|found| found.id());
/// assert_eq!(first("Kasperski"), Some("kaspersky"));
/// assert_eq!(first("safe links"), Some("microsoft-safe-links"));
/// assert_eq!(first("qqqqqq"), None);
/// ```
#[must_use]
pub fn search(words: &str) -> Vec<Found> {
    let wanted = words_of(words);
    if wanted.is_empty() {
        return Vec::new();
    }
    let everybody = vendors().map(Found::Vendor).chain(unlisted().iter().map(Found::Unlisted));
    let mut found: Vec<(u32, Found)> = everybody.filter_map(|who| Some((rank(&who, &wanted)?, who))).collect();
    // Descriptions and slips of the pen are asked only where no name fits better.
    let best = found.iter().map(|(rank, _)| *rank).min().unwrap_or_default();
    found.retain(|(rank, _)| *rank < worst_beside(best));
    found.sort_by_key(|(rank, who)| (*rank, matches!(who, Found::Unlisted(_)), who.id()));
    found.into_iter().map(|(_, who)| who).collect()
}

/// Ranks of a match, from the best: the whole name, a word, the beginning of a word, a part, a slip, a description.
const WHOLE: u32 = 0;
const WORD: u32 = 2;
const BEGINNING: u32 = 4;
const PART: u32 = 6;
const SLIP: u32 = 20;
const DESCRIPTION: u32 = 100;
/// Is added where another name than the id and the name matches.
const ALIAS: u32 = 1;

/// The first rank that is not shown beside the best one.
fn worst_beside(best: u32) -> u32 {
    match best {
        ..SLIP => SLIP,
        SLIP..DESCRIPTION => DESCRIPTION,
        _ => u32::MAX,
    }
}

fn rank(who: &Found, wanted: &[String]) -> Option<u32> {
    let joined = wanted.concat();
    let (names, aliases) = ([who.id(), who.name()], who.aliases());
    let by_name = names.iter().filter_map(|name| rank_in(name, wanted, &joined)).min();
    let by_alias = aliases.iter().filter_map(|name| rank_in(name, wanted, &joined)).min();
    // Words from several names together, such as "microsoft safe links".
    let all: Vec<String> = names.iter().chain(&aliases).flat_map(|name| words_of(name)).collect();
    let by_other = by_alias.into_iter().chain(rank_among(&all, wanted)).min().map(|rank| rank + ALIAS);
    let described: Vec<String> = who.descriptions().iter().flat_map(|text| words_of(text)).chain(all).collect();
    let by_description = || wanted.iter().all(|word| described.iter().any(|known| known.starts_with(word.as_str())));
    by_name.into_iter().chain(by_other).min().or_else(|| by_description().then_some(DESCRIPTION))
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

/// Each wanted word among the known ones: the rank of the worst.
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

/// One letter wrong, missing, too many or changed with its neighbour; two in words of eight letters and more.
fn is_slip(word: &str, known: &str) -> bool {
    let allowed = match word.len() {
        ..=3 => return false,
        4..=7 => 1,
        _ => 2,
    };
    word.len().abs_diff(known.len()) <= allowed && osa_distance(word, known) <= allowed
}

/// Runs of letters and digits in lower case.
fn words_of(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}
