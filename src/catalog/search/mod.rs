//! Finds an entry of the catalog by any of its names.
//!
//! In: words, a user agent or a host name. Out: entries, the likeliest first. It reads only the catalog.

mod rank;

use super::{Agent, Category, ProxySet, Unlisted, Vendor, agents, claims, find, proxies, unlisted, vendors};
#[cfg(feature = "cli")]
use rank::likeness;
use rank::{rank, words_of, worst_beside};

/// A result of [`search`].
///
/// ```
/// use actix_scanner_guard::catalog::{self, Found};
///
/// let found: Vec<Found> = catalog::search("websense");
/// assert_eq!(found[0].id(), "forcepoint-threatseeker");
/// match found[0] {
///     Found::Vendor(vendor) => println!("{}: {} ranges", found[0].name(), vendor.ranges().count()),
///     Found::Unlisted(entry) => println!("{:?}: {}", found[0].category(), entry.reason()),
///     Found::Agent(agent) => println!("names itself {:?}", agent.tokens()),
///     Found::Proxy(proxy) => println!("for `trusted_proxies`: {}", proxy.id()),
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
    /// A product that is recognized only by its user agent.
    Agent(&'static Agent),
    /// An operator of proxies.
    Proxy(&'static ProxySet),
}

impl Found {
    /// The id.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Found::Vendor(vendor) => vendor.scanner().id(),
            Found::Unlisted(entry) => entry.id(),
            Found::Agent(agent) => agent.id(),
            Found::Proxy(proxy) => proxy.id(),
        }
    }

    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Found::Vendor(vendor) => vendor.scanner().name(),
            Found::Unlisted(entry) => entry.name(),
            Found::Agent(agent) => agent.name(),
            Found::Proxy(proxy) => proxy.name(),
        }
    }

    /// Its category; `None` for tools, for proxies, and for programs with which people read.
    #[must_use]
    pub fn category(&self) -> Option<Category> {
        match self {
            Found::Vendor(vendor) => Some(vendor.scanner().category()),
            Found::Unlisted(entry) => Some(entry.category()),
            Found::Agent(agent) => agent.category(),
            Found::Proxy(_) => None,
        }
    }

    fn every_entry() -> impl Iterator<Item = Found> {
        let named = agents().iter().filter(|agent| find(agent.id()).is_none()).map(Found::Agent);
        let listed = vendors().map(Found::Vendor).chain(unlisted().iter().map(Found::Unlisted));
        listed.chain(named).chain(proxies().iter().map(Found::Proxy))
    }

    /// The entry of a bot: its vendor, if it has one.
    fn of_agent(agent: &'static Agent) -> Self {
        find(agent.id()).map_or(Found::Agent(agent), Found::Vendor)
    }

    /// Its other names.
    fn aliases(&self) -> Vec<&'static str> {
        match self {
            Found::Vendor(vendor) => vendor.aliases().iter().chain(vendor.user_agents()).copied().collect(),
            Found::Unlisted(entry) => entry.aliases().to_vec(),
            Found::Agent(agent) => agent.tokens().iter().copied().chain([agent.operator()]).collect(),
            Found::Proxy(_) => Vec::new(),
        }
    }

    /// Its descriptions, which are searched last.
    fn descriptions(&self) -> Vec<&'static str> {
        let mut texts: Vec<&str> = self.category().map(Category::as_str).into_iter().collect();
        match self {
            Found::Vendor(vendor) => {
                texts.extend([vendor.purpose(), vendor.homepage()]);
                texts.extend(vendor.reverse_dns());
            }
            Found::Unlisted(entry) => texts.extend([entry.reason(), entry.homepage()]),
            Found::Agent(agent) => texts.extend(agent.reverse_names()),
            Found::Proxy(proxy) => texts.extend([proxy.note(), proxy.homepage()]),
        }
        texts
    }

    /// The suffixes of its reverse names.
    fn reverse_names(&self) -> &'static [&'static str] {
        match self {
            Found::Vendor(vendor) => vendor.reverse_dns(),
            Found::Agent(agent) => agent.reverse_names(),
            Found::Unlisted(_) | Found::Proxy(_) => &[],
        }
    }
}

/// Entries of the catalog that these words may mean, the likeliest first.
///
/// Every word must be found in a name, a former name, a product's name or a user agent. If no entry has all words
/// there, descriptions are searched too. Case, hyphens and blanks are ignored, and one or two letters of a longer word
/// may be wrong. A whole user agent and the reverse name of an address are also accepted. The time is proportional to
/// the texts of the catalog: some milliseconds.
///
/// ```
/// use actix_scanner_guard::catalog;
///
/// let first = |words| catalog::search(words).first().map(|found| found.id());
/// assert_eq!(first("Kasperski"), Some("kaspersky"));
/// assert_eq!(first("safe links"), Some("microsoft-safe-links"));
/// assert_eq!(first("Mozilla/5.0 (compatible; MJ12bot/v1.4.8; http://mj12bot.com/)"), Some("majestic"));
/// assert_eq!(first("msnbot-40-77-167-1.search.msn.com"), Some("microsoft-bingbot"));
/// assert_eq!(first("qqqqqq"), None);
/// ```
#[must_use]
pub fn search(words: &str) -> Vec<Found> {
    let wanted = words_of(words);
    if wanted.is_empty() {
        return Vec::new();
    }
    if words.contains('/') {
        let named: Vec<Found> = claims(words.as_bytes()).map(Found::of_agent).collect();
        if !named.is_empty() {
            return named;
        }
    }
    let mut found: Vec<(u32, Found)> =
        Found::every_entry().filter_map(|who| Some((rank(&who, &wanted)?, who))).collect();
    if found.is_empty() {
        return by_reverse_name(words.trim());
    }
    // Descriptions and typing errors count only if no name matches better.
    let best = found.iter().map(|(rank, _)| *rank).min().unwrap_or_default();
    found.retain(|(rank, _)| *rank < worst_beside(best));
    let kind = |who: &Found| match who {
        Found::Vendor(_) => 0,
        Found::Unlisted(_) => 1,
        Found::Agent(_) | Found::Proxy(_) => 2,
    };
    found.sort_by_key(|(rank, who)| (*rank, kind(who), who.id()));
    found.into_iter().map(|(_, who)| who).collect()
}

/// The entries with a suffix of this host name as reverse name.
fn by_reverse_name(host: &str) -> Vec<Found> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_below = |end: &&str| end.starts_with('.') && host.ends_with(*end);
    Found::every_entry().filter(|who| who.reverse_names().iter().any(is_below)).collect()
}

/// The names that are most similar to these words, if [`search`] finds nothing; the likeliest first. For `mcafee web
/// proxy`, they include the name that `mcafee` finds.
#[cfg(feature = "cli")]
pub(crate) fn nearest(words: &str) -> Vec<&'static str> {
    /// The share of a name's letters that must be right.
    const ALIKE: f64 = 0.6;
    /// Shorter words occur in too many names.
    const LONG: usize = 4;
    let wanted = words_of(words);
    let long = wanted.iter().filter(|word| wanted.len() > 1 && word.len() >= LONG);
    let by_word = long.flat_map(|word| best_by_name(word)).map(|who| who.name());
    let mut alike: Vec<(f64, &str)> = Found::every_entry().map(|who| likeness(&who, &wanted)).collect();
    alike.retain(|(likeness, _)| *likeness >= ALIKE);
    alike.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    let mut names: Vec<&str> = Vec::new();
    for name in by_word.chain(alike.into_iter().map(|(_, name)| name)) {
        if names.len() < 3 && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The entries that have this word in a name, if there are only a few.
#[cfg(feature = "cli")]
fn best_by_name(word: &str) -> Vec<Found> {
    let wanted = [word.to_owned()];
    let is_word = |who: &Found| rank(who, &wanted).is_some_and(|rank| rank < rank::PART);
    let found: Vec<Found> = Found::every_entry().filter(is_word).collect();
    if found.len() <= 3 { found } else { Vec::new() }
}
