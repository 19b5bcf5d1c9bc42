//! Exports the figures of a status through the `metrics` facade, with names in the form of Prometheus.
//!
//! Labels are the ids of scanners, rules and lists, so the policy limits their number. No text of a client becomes a label.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

use crate::decision::Matched;
use crate::engine::Engine;

const REQUESTS: &str = "scanner_guard_requests_total";
const RULE_REQUESTS: &str = "scanner_guard_rule_requests_total";
const IDENTITY_REQUESTS: &str = "scanner_guard_identity_requests_total";
#[cfg(feature = "web-bot-auth")]
const SIGNATURES: &str = "scanner_guard_signatures_total";
const RELOADS: &str = "scanner_guard_reloads_total";
const GENERATION: &str = "scanner_guard_policy_generation";
const LOADED: &str = "scanner_guard_policy_loaded_timestamp_seconds";
const CURRENT: &str = "scanner_guard_policy_current";
const PREFIXES: &str = "scanner_guard_policy_prefixes";
#[cfg(feature = "canary")]
const CANARY_HITS: &str = "scanner_guard_canary_hits_total";
#[cfg(feature = "rdns")]
const LOOKUPS: &str = "scanner_guard_reverse_name_lookups_total";
const LIST_ENTRIES: &str = "scanner_guard_list_entries";
const LIST_FAILURES: &str = "scanner_guard_list_failures";
const LIST_FETCHED: &str = "scanner_guard_list_fetched_timestamp_seconds";

/// Records that the first policy is in service. An exporter that is installed later does not get the descriptions.
pub(super) fn started(engine: &Engine) {
    describe_counter!(REQUESTS, "Requests of scanners, by the scanner of the most specific range and by action");
    describe_counter!(RULE_REQUESTS, "Requests of scanners, by the rule that decided");
    describe_counter!(IDENTITY_REQUESTS, "Requests of scanners, by scanner and identity");
    #[cfg(feature = "web-bot-auth")]
    describe_counter!(SIGNATURES, "Signed requests, by outcome and by the reason why the signature proves nothing");
    describe_counter!(RELOADS, "Changes of the configuration, by result");
    describe_gauge!(GENERATION, "The generation of the policy in service");
    describe_gauge!(LOADED, Unit::Seconds, "Unix time at which the policy in service was loaded");
    describe_gauge!(CURRENT, "1 if the policy in service matches the files; 0 if a change was refused");
    describe_gauge!(PREFIXES, "Prefixes of all scanners in use");
    #[cfg(feature = "rdns")]
    describe_counter!(LOOKUPS, "Look-ups of reverse names, by result");
    describe_gauge!(LIST_ENTRIES, "Prefixes in the copy of a fetched list");
    describe_gauge!(LIST_FAILURES, "Failed attempts to fetch a list since the last successful one");
    describe_gauge!(
        LIST_FETCHED,
        Unit::Seconds,
        "Unix time at which the server last sent a list, or confirmed its copy"
    );
    #[cfg(feature = "canary")]
    describe_counter!(CANARY_HITS, "Requests for canaries, by class of the canary and role of the client");
    in_service(engine);
    gauge!(CURRENT).set(1.0);
}

/// Counts one request of a scanner.
pub(super) fn request(matched: &Matched, scanner: &Arc<str>) {
    let enforced = if matched.enforced { "true" } else { "false" };
    let action = matched.action.as_str();
    counter!(REQUESTS, "scanner" => Arc::clone(scanner), "action" => action, "enforced" => enforced).increment(1);
    if let Some(identity) = matched.identity {
        let identity = identity.as_str();
        counter!(IDENTITY_REQUESTS, "scanner" => Arc::clone(scanner), "identity" => identity).increment(1);
    }
    let rule = matched.rule.clone().unwrap_or_else(|| "default_action".into());
    counter!(RULE_REQUESTS, "rule" => rule, "action" => action, "enforced" => enforced).increment(1);
}

/// Counts a signed request. Outcomes and reasons are a fixed set without any text of the request.
#[cfg(feature = "web-bot-auth")]
pub(super) fn signed(outcome: &'static str, reason: &'static str) {
    counter!(SIGNATURES, "outcome" => outcome, "reason" => reason).increment(1);
}

/// Counts a hit of a canary. Classes and roles are a fixed set.
#[cfg(feature = "canary")]
pub(super) fn canary(class: crate::canary::Class, role: crate::canary::Role) {
    counter!(CANARY_HITS, "class" => class.as_str(), "role" => role.as_str()).increment(1);
}

/// Records that another policy is in service.
pub(super) fn changed(engine: &Engine) {
    counter!(RELOADS, "result" => "changed").increment(1);
    in_service(engine);
}

#[allow(clippy::cast_precision_loss, reason = "generations and prefixes stay far below 2^52")]
fn in_service(engine: &Engine) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    gauge!(GENERATION).set(engine.generation() as f64);
    gauge!(LOADED).set(now.as_secs_f64().floor());
    gauge!(PREFIXES).set(engine.scanners().len() as f64);
}

/// Records that the policy in service matches the files.
pub(super) fn current() {
    gauge!(CURRENT).set(1.0);
}

/// Counts a look-up of a reverse name, or an address that was refused because of a limit.
#[cfg(feature = "rdns")]
pub(super) fn looked_up(result: &'static str) {
    counter!(LOOKUPS, "result" => result).increment(1);
}

/// Sets the figures of fetched lists.
#[cfg(feature = "feeds")]
#[allow(clippy::cast_precision_loss, reason = "a list has far fewer entries than 2^52")]
pub(super) fn lists(lists: &[crate::feeds::ListStatus]) {
    for list in lists {
        gauge!(LIST_ENTRIES, "list" => Arc::clone(&list.id)).set(list.entries.unwrap_or_default() as f64);
        gauge!(LIST_FAILURES, "list" => Arc::clone(&list.id)).set(f64::from(list.failures));
        if let Some(then) = list.fetched_at.and_then(|then| then.duration_since(UNIX_EPOCH).ok()) {
            gauge!(LIST_FETCHED, "list" => Arc::clone(&list.id)).set(then.as_secs_f64().floor());
        }
    }
}

/// Counts a refused change.
pub(super) fn refused() {
    counter!(RELOADS, "result" => "refused").increment(1);
    gauge!(CURRENT).set(0.0);
}
