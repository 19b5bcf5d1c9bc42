//! The bots that user agents may name, before and after a change.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::identity::ClaimGroup;

/// A scanner that is recognized by other product tokens than before.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct AgentChange {
    pub(super) scanner: String,
    /// The tokens of the old policy; empty if no user agent named the scanner.
    pub(super) old: Vec<String>,
    pub(super) new: Vec<String>,
}

/// All changes, by scanner.
pub(super) fn changes(old: &[ClaimGroup], new: &[ClaimGroup]) -> Vec<AgentChange> {
    let (old, new) = (tokens(old), tokens(new));
    let scanners: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let change = |scanner: &str| {
        let of = |tokens: &BTreeMap<&str, BTreeSet<&str>>| -> Vec<String> {
            tokens.get(scanner).into_iter().flatten().map(|token| (*token).to_owned()).collect()
        };
        AgentChange { scanner: scanner.to_owned(), old: of(&old), new: of(&new) }
    };
    scanners.into_iter().map(change).filter(|change| change.old != change.new).collect()
}

fn tokens(claims: &[ClaimGroup]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut tokens: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for claim in claims {
        tokens.entry(claim.scanner.id()).or_default().extend(claim.bot.tokens());
    }
    tokens
}

/// User agents that name these bots, each with its scanner: all tokens of the policy's own bots, and one of each bot of
/// the catalog.
pub(super) fn examples<'a>(claims: impl Iterator<Item = &'a ClaimGroup>) -> BTreeSet<(&'a str, String)> {
    let agents = claims.flat_map(|claim| {
        let count = if claim.bot.is_own() { usize::MAX } else { 1 };
        claim.bot.tokens().take(count).map(|token| (claim.scanner.id(), example(token)))
    });
    agents.collect()
}

/// `AcmeProbe/1.0` for `AcmeProbe/` and for `^AcmeProbe`.
fn example(token: &str) -> String {
    format!("{}/1.0", token.trim_start_matches('^').trim_end_matches('/'))
}
