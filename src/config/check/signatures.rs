//! `[[identity.agent]]`, `identity.hosts` and `identity.replay_entries`.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use super::hosts;
use super::lists::is_kebab_case;
use super::missing::missing;
use crate::catalog;
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::{RawAgent, RawIdentity};
use crate::config::spanned::Spanned;
use crate::feeds::ParseOptions;
use crate::feeds::spec::{FeedSpec, FeedUrl, Target};
use crate::identity::signatures::{Agent, KeySetUrl, NoUrl, Signatures};
use crate::identity::{ClaimGroup, NamedBot};
use crate::policy::HostPattern;
use crate::scanners::{Audience, Category, Scanner};

/// Refresh interval of key sets: a removed key verifies for at most this time.
const REFRESH: Duration = Duration::from_secs(60 * 60);
/// A nonce takes 500 bytes at most.
const REPLAY_ENTRIES: RangeInclusive<u32> = 1..=1_000_000;
/// Maximum number of agents; far fewer exist.
const MAX_AGENTS: usize = 256;

/// The agents whose signatures are verified.
pub(super) fn check(raw: &RawIdentity, claims: &mut Vec<ClaimGroup>, diagnostics: &mut Diagnostics) -> Signatures {
    let agents = agents(&raw.agent, diagnostics);
    agents.iter().for_each(|agent| join(agent, claims));
    let hosts = raw.hosts.as_ref().map(|hosts| hosts_of(hosts, diagnostics));
    let replay_entries = raw.replay_entries.as_ref().map_or(0, |Spanned { value, place }| {
        if !REPLAY_ENTRIES.contains(value) {
            let help = format!("write a number from 1 to {}, or remove the key", REPLAY_ENTRIES.end());
            diagnostics.problem(*place, "this number is out of range", help);
        }
        *value
    });
    unused(raw, diagnostics);
    if let (Some(first), None) = (raw.agent.first(), &raw.hosts) {
        let message =
            "a signature that was made for another site verifies here if it is sent with that site's host name";
        let help = "write `hosts = [\"shop.example\"]` into `[identity]`, with all names of your site";
        diagnostics.warning(first.place, message, help);
    }
    Signatures {
        agents,
        hosts: hosts.unwrap_or_default(),
        replay_entries: usize::try_from(replay_entries).unwrap_or(0),
    }
}

fn agents(raw: &[Spanned<RawAgent>], diagnostics: &mut Diagnostics) -> Vec<Agent> {
    if let Some(last) = raw.get(MAX_AGENTS) {
        diagnostics.problem(last.place, format!("there are more than {MAX_AGENTS} agents"), "remove some");
    }
    let (mut ids, mut urls) = (HashSet::new(), HashSet::new());
    let agent = |agent: &Spanned<RawAgent>| {
        let id = id(agent, &mut ids, diagnostics);
        let url = url(agent, &mut urls, diagnostics);
        Some(Agent { id: id?, url: url?, keys: None })
    };
    raw.iter().filter_map(agent).collect()
}

fn id(agent: &Spanned<RawAgent>, seen: &mut HashSet<Arc<str>>, diagnostics: &mut Diagnostics) -> Option<Arc<str>> {
    let Some(Spanned { value: id, place }) = &agent.value.id else {
        missing(agent.place, "id", "give the agent a name, such as `id = \"chatgpt\"`", diagnostics);
        return None;
    };
    if !is_kebab_case(id) {
        let help = "write a name such as `chatgpt`";
        diagnostics.problem_with(*place, id, "an id is made of lower-case letters, digits and hyphens", help);
        return None;
    }
    let id: Arc<str> = id.as_str().into();
    if !seen.insert(Arc::clone(&id)) {
        diagnostics.problem_with(*place, &id, "an earlier agent has this id", "give each agent an id of its own");
        return None;
    }
    Some(id)
}

fn url(agent: &Spanned<RawAgent>, seen: &mut HashSet<KeySetUrl>, diagnostics: &mut Diagnostics) -> Option<KeySetUrl> {
    let Some(url) = &agent.value.url else {
        let help = "write the value of `Signature-Agent` in its requests, such as `url = \"https://chatgpt.com\"`";
        missing(agent.place, "url", help, diagnostics);
        return None;
    };
    let Spanned { value, place } = url;
    let (message, help) = match KeySetUrl::of_operator(value) {
        Ok(url) if !seen.insert(url.clone()) => {
            ("an earlier agent has the same key set", "remove one of them; an origin means its well-known URL")
        }
        // A valid URL of an agent may still be one that the HTTP client refuses.
        Ok(key_set) => return super::feeds::url(url, false, diagnostics).map(|_| key_set),
        Err(NoUrl::NotHttps) => ("keys that are fetched without TLS can be changed in transit", "write `https://`"),
        Err(NoUrl::User) => {
            ("a key set is public, so its URL has no user", "remove the text before the `@` and the `@`")
        }
        Err(NoUrl::Fragment) => ("a server never receives the text after `#`", "remove it and the `#`"),
        Err(NoUrl::Query) => ("the URL of an agent has no query", "remove the `?` and the text after it"),
        Err(NoUrl::Malformed) => (
            "not the URL of an agent's keys",
            "write an origin, such as `https://chatgpt.com`, or the URL of a key set",
        ),
    };
    diagnostics.problem_with(*place, value, message, help);
    None
}

fn hosts_of(hosts: &Spanned<Vec<Spanned<String>>>, diagnostics: &mut Diagnostics) -> Vec<HostPattern> {
    if hosts.value.is_empty() {
        diagnostics.problem(
            hosts.place,
            "this list is empty, so no signature is valid",
            "name a host, or remove the key",
        );
    }
    hosts::patterns(hosts, diagnostics)
}

/// Warns of keys that have an effect only with an agent.
fn unused(raw: &RawIdentity, diagnostics: &mut Diagnostics) {
    let places = [raw.hosts.as_ref().map(|at| at.place), raw.replay_entries.as_ref().map(|at| at.place)];
    if let (true, Some(place)) = (raw.agent.is_empty(), places.into_iter().flatten().next()) {
        let help = "add an `[[identity.agent]]`, or remove the key";
        diagnostics.warning(place, "without an `[[identity.agent]]`, this key has no effect", help);
    }
}

/// Makes a scanner of an agent, so that rules can name it. An agent in the file is always in use. An agent with the id of
/// a bot in use is the same scanner.
fn join(agent: &Agent, claims: &mut Vec<ClaimGroup>) {
    let is_agent = |claim: &ClaimGroup| match claim.bot {
        NamedBot::Known(number) => catalog::agents().get(number).is_some_and(|bot| bot.id() == &*agent.id),
        NamedBot::Own(_) => claim.scanner.id() == &*agent.id,
    };
    if !claims.iter().any(is_agent) {
        let known = catalog::find(&agent.id).map(|vendor| vendor.scanner().clone());
        let scanner = known.unwrap_or_else(|| Scanner::new(&agent.id, Category::AiFetcher));
        claims.push(ClaimGroup { scanner, audience: Audience::Exclusive, bot: NamedBot::Own(Arc::default()) });
    }
}

/// The key sets to fetch.
pub(super) fn specs(signatures: &Signatures) -> Vec<FeedSpec> {
    let spec = |(at, agent): (usize, &Agent)| {
        Some(FeedSpec {
            id: Arc::clone(&agent.id),
            url: FeedUrl::parse(agent.url.as_str())?,
            options: ParseOptions::fetched(),
            refresh: REFRESH,
            max_shrink: FeedSpec::DEFAULT_MAX_SHRINK,
            embedded: 0,
            required: false,
            allow_insecure: false,
            allow_private_redirects: false,
            sha256: None,
            header: None,
            audience: Audience::default(),
            target: Target::Agent(at),
        })
    };
    signatures.agents.iter().enumerate().filter_map(spec).collect()
}

#[cfg(all(test, feature = "catalog"))]
mod tests {
    use crate::config::source::Source;

    /// The ids of the scanners that are recognized by a claim or a signature.
    fn claimants(toml: &str) -> Vec<String> {
        let checked = Source::text(toml).read().unwrap_or_else(|error| panic!("{error}")).checked;
        checked.claims.iter().map(|claim| claim.scanner.id().to_owned()).collect()
    }

    #[test]
    fn an_agent_that_is_listed_is_a_scanner_in_use() {
        let agent = |id: &str| format!("[[identity.agent]]\nid = \"{id}\"\nurl = \"https://agent.example\"\n");
        let rule = |id: &str| format!("[[rule]]\npaths = [\"/\"]\nscanners = [\"{id}\"]\naction = \"allow\"\n");
        for used in ["", "scanners.use = []\n", "scanners.use = [\"all\"]\n"] {
            let toml = format!("{used}{}{}", agent("chatgpt"), rule("chatgpt"));
            assert_eq!(claimants(&toml).iter().filter(|id| *id == "chatgpt").count(), 1, "{toml}");
        }
        // With the id of a bot or a list, it is the same scanner.
        let list = "[[scanners.list]]\nid = \"acme\"\ncategory = \"uptime-monitor\"\nagents = [\"AcmeProbe/\"]\n";
        assert_eq!(claimants(&format!("scanners.use = []\n{list}{}", agent("acme"))), ["acme"]);
        let all = "scanners.use = [\"all\"]\n";
        assert_eq!(claimants(&format!("{all}{}", agent("openai-chatgpt-agent"))).len(), claimants(all).len());
    }
}
