//! Checks the raw model and makes the checked config from it. One pass finds every problem.

mod answers;
#[cfg(feature = "canary")]
mod canary;
#[cfg(not(feature = "canary"))]
mod canary_disabled;
mod claims;
mod client;
mod content;
#[cfg(feature = "discovery")]
mod discovery;
#[cfg(not(feature = "discovery"))]
#[path = "discovery_disabled.rs"]
mod discovery;
#[cfg(any(feature = "feeds", feature = "rdns", all(feature = "discovery", feature = "redis")))]
mod duration;
mod expires;
#[cfg(feature = "feeds")]
mod feeds;
mod formats;
mod headers;
mod hosts;
mod identity;
mod known;
#[cfg(feature = "discovery")]
mod learned;
mod lists;
mod missing;
mod placeholder;
mod prefixes;
mod reach;
#[cfg(all(feature = "discovery", feature = "redis"))]
mod redis;
#[cfg(not(all(feature = "discovery", feature = "redis")))]
#[path = "redis_disabled.rs"]
mod redis;
mod rules;
#[cfg(feature = "feeds")]
mod secret;
mod selection;
mod selector;
#[cfg(feature = "web-bot-auth")]
mod signatures;
#[cfg(not(feature = "web-bot-auth"))]
mod signatures_disabled;
mod unknown;
#[cfg(any(feature = "canary", feature = "feeds", all(feature = "discovery", feature = "redis")))]
mod variable;

#[cfg(not(feature = "feeds"))]
mod feeds_disabled;
mod warnings;
mod written;

use super::diagnostics::Diagnostics;
use super::document::Input;
use super::raw::RawConfig;
use crate::engine::CheckedConfig;

/// Checks everything. The result is valid only if there is no problem.
pub(super) fn check(raw: &RawConfig, input: &Input, diagnostics: &mut Diagnostics) -> CheckedConfig {
    let folder = input.folder();
    let client = client::check(&raw.client, diagnostics);
    let findings = discovery::file(&raw.discovery, folder, diagnostics);
    #[cfg_attr(not(feature = "web-bot-auth"), allow(unused_mut, reason = "agents that sign are scanners, too"))]
    let mut scanners = lists::check(&raw.scanners, &findings, diagnostics);
    #[cfg(feature = "web-bot-auth")]
    let signatures = signatures::check(&raw.identity, &mut scanners.claims, diagnostics);
    let rules = rules::check(&raw.rule, &scanners, diagnostics);
    #[cfg(not(feature = "feeds"))]
    feeds_disabled::refuse(raw, diagnostics);
    #[cfg(not(feature = "web-bot-auth"))]
    signatures_disabled::refuse(&raw.identity, diagnostics);
    #[cfg(not(feature = "canary"))]
    canary_disabled::refuse(raw, diagnostics);
    #[cfg(not(feature = "rdns"))]
    identity::refuse_reverse_names(&raw.identity, diagnostics);
    let share = raw.redis.as_ref().map(|redis| redis::check(redis, input, diagnostics));
    let discovery = discovery::check(&raw.discovery, findings.map(|file| file.value), share, diagnostics);
    #[cfg(all(feature = "discovery", feature = "redis"))]
    if let Some(redis) = raw.redis.as_ref().filter(|_| discovery.mode == crate::engine::discovery::Mode::Off) {
        let help = "write `mode = \"count\"` in `[discovery]`, or remove the section";
        diagnostics.warning(redis.place, "this section has no effect while `[discovery]` is off", help);
    }
    let checked = CheckedConfig {
        mode: raw.mode.unwrap_or_default(),
        default_action: raw.default_action.unwrap_or(crate::policy::Action::Tag),
        client,
        #[cfg(feature = "feeds")]
        feeds: {
            let mut specs = feeds::specs(&raw.scanners.list, &scanners.lists, input, diagnostics);
            specs.extend(feeds::published(&raw.scanners, &scanners, diagnostics));
            #[cfg(feature = "web-bot-auth")]
            specs.extend(signatures::specs(&signatures));
            specs
        },
        #[cfg(feature = "feeds")]
        feed_settings: feeds::settings(&raw.feeds, input, diagnostics),
        #[cfg(feature = "web-bot-auth")]
        signatures,
        #[cfg(feature = "rdns")]
        reverse_names: identity::reverse_names(&raw.identity, diagnostics),
        lists: scanners.lists,
        claims: scanners.claims,
        by_address: scanners.matching.by_address,
        allow: scanners.allow,
        rules,
        block: answers::block(&raw.block, folder, diagnostics),
        decoy: answers::decoy(&raw.decoy, folder, diagnostics),
        #[cfg(feature = "canary")]
        canary: canary::check(raw.canary.as_ref(), &discovery, input, diagnostics),
        discovery,
    };
    if diagnostics.has_no_problem() {
        // Warnings come after all problems are solved, since problems cause many of them.
        warnings::find(raw, &checked, diagnostics);
    }
    checked
}
