//! Claims: which bots a request says that it comes from, by its user agent.
//!
//! In: the bytes of a `User-Agent` header. Out: the [`Agent`]s of the catalog whose product tokens stand in it. A claim is
//! no proof: anybody can send any agent. Nothing here decides what a request gets.
//!
//! 1. The header is cut at [`MAX_AGENT`] bytes.
//! 2. One pass looks at the first three letters of each word. For a person's browser it ends here ([`index`]).
//! 3. Otherwise URLs and mail addresses are blanked out, and whole words are compared, the longest first ([`text`]).

mod agent;
mod index;
mod text;

use std::sync::LazyLock;

pub use agent::{Agent, AgentKind, ListKind};
use index::Index;

/// Bytes of the header that are read. Longer ones are cut: every known agent names itself within 400 bytes.
pub(crate) const MAX_AGENT: usize = 512;
/// Maximum number of claims in one header. Further ones are ignored.
const MAX_CLAIMS: usize = 8;

static INDEX: LazyLock<Index> = LazyLock::new(|| Index::new(crate::catalog::agents()));

/// The claims of one request. An iterator over [`Agent`]s, in the order in which they stand in the header.
///
/// ```
/// use actix_scanner_guard::catalog::{self, Claims};
///
/// let mut claims: Claims = catalog::claims(b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)");
/// assert_eq!(claims.next().map(|agent| agent.id()), Some("google-googlebot"));
/// assert!(claims.next().is_none());
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Claims {
    found: [Option<&'static Agent>; MAX_CLAIMS],
    next: usize,
}

impl Claims {
    /// Adds a claim, unless it is there.
    fn add(&mut self, agent: &'static Agent) {
        let is_known = |known: &Option<&'static Agent>| known.is_some_and(|known| std::ptr::eq(known, agent));
        if !self.found.iter().any(is_known)
            && let Some(free) = self.found.iter_mut().find(|place| place.is_none())
        {
            *free = Some(agent);
        }
    }

    /// Removes tools if a bot is among the claims: `SemrushBot/Nutch-1.5` is a bot built with a tool.
    fn without_tools(mut self) -> Self {
        let bot = |agent: &&'static Agent| agent.kind() != AgentKind::Tool;
        if self.found.iter().flatten().any(bot) {
            let kept = self.found.into_iter().flatten().filter(bot);
            let mut found = [None; MAX_CLAIMS];
            found.iter_mut().zip(kept).for_each(|(place, agent)| *place = Some(agent));
            self.found = found;
        }
        self
    }
}

impl Iterator for Claims {
    type Item = &'static Agent;

    fn next(&mut self) -> Option<&'static Agent> {
        let agent = (*self.found.get(self.next)?)?;
        self.next += 1;
        Some(agent)
    }
}

/// The bots that a `User-Agent` header names.
///
/// Case does not count. A product token is a whole word; the longest wins; `like X` is no claim; a URL of a bot's page alone is
/// none either. Allocates nothing, and takes time in proportion to the first 512 bytes of the header.
///
/// ```
/// use actix_scanner_guard::catalog;
///
/// let names = |agent: &str| catalog::claims(agent.as_bytes()).map(|agent| agent.id()).collect::<Vec<_>>();
/// assert_eq!(names("TelegramBot (like TwitterBot)"), ["telegram"]);
/// assert_eq!(names("Mozilla/5.0 (Linux; Android 8.0.0; CUBOT_P20) AppleWebKit/537.36"), [""; 0]);
/// ```
pub fn claims(agent: &[u8]) -> Claims {
    let agent = &agent[..agent.len().min(MAX_AGENT)];
    if INDEX.may_name(agent) { INDEX.claims(agent) } else { Claims::default() }
}
