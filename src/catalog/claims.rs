//! The bots of the catalog that a user agent names.

use std::sync::{Arc, LazyLock};

use super::{Agent, AgentKind, agents};
use crate::agents::{Found, Index, Named};

/// The tokens of the catalog. The number of a bot is its position there.
static INDEX: LazyLock<Arc<Index>> = LazyLock::new(|| Arc::new(Index::new(named())));

/// The bots of the catalog, with their names.
pub(crate) fn named<'a>() -> impl Iterator<Item = Named<'a>> {
    agents().iter().map(|agent| Named {
        tokens: agent.tokens.to_vec(),
        urls: agent.urls,
        not_if: agent.not_if,
        is_tool: agent.kind == AgentKind::Tool,
    })
}

/// The tokens of the catalog, compiled once.
pub(crate) fn tokens() -> Arc<Index> {
    Arc::clone(&INDEX)
}

/// The claims of one request: an iterator over [`Agent`]s, in the order of the header.
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
    found: Found,
    next: usize,
}

impl Iterator for Claims {
    type Item = &'static Agent;

    fn next(&mut self) -> Option<&'static Agent> {
        let number = self.found.iter().nth(self.next)?;
        self.next += 1;
        agents().get(number)
    }
}

/// The bots that a `User-Agent` header names.
///
/// Case is ignored. A product token is a whole word; the longest token counts; `like X` is not a claim, and neither is
/// the URL of a bot's page alone. It allocates nothing, and takes time in proportion to the first 512 bytes of the
/// header, which are the only ones that it reads.
///
/// ```
/// use actix_scanner_guard::catalog;
///
/// let names = |agent: &str| catalog::claims(agent.as_bytes()).map(|agent| agent.id()).collect::<Vec<_>>();
/// assert_eq!(names("TelegramBot (like TwitterBot)"), ["telegram"]);
/// assert_eq!(names("Mozilla/5.0 (Linux; Android 8.0.0; CUBOT_P20) AppleWebKit/537.36"), [""; 0]);
/// ```
pub fn claims(agent: &[u8]) -> Claims {
    Claims { found: INDEX.find(agent), next: 0 }
}
