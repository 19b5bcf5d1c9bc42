//! Rules of servers and packet filters: denied addresses, and addresses that an earlier rule allows.
//!
//! A parser passes the rules of each scope in an order in which the first match decides. Only denied addresses become
//! entries. Addresses that an earlier rule allows are subtracted exactly. If this is not possible, the rule is refused.

use super::address_set::{AddressSet, Span};
use super::collect::Collector;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Denied,
    Allowed,
    /// Allows some requests of these addresses, for example to one port.
    PartlyAllowed,
}

/// Addresses and their verdict.
#[derive(Clone, Debug)]
pub(super) struct Rule<'a> {
    pub(super) line: usize,
    pub(super) text: &'a str,
    pub(super) verdict: Verdict,
    pub(super) spans: Vec<Span>,
}

/// The rules of a configuration, scope by scope: a chain, a server, a directory.
#[derive(Debug, Default)]
pub(super) struct Scopes<'a> {
    scopes: Vec<Vec<Rule<'a>>>,
}

impl<'a> Scopes<'a> {
    pub(super) fn push(&mut self, rules: Vec<Rule<'a>>) {
        self.scopes.push(rules);
    }

    /// Passes the denied addresses to the collector.
    pub(super) fn finish(self, sink: &mut Collector<'_>) {
        let mut all_denied = AddressSet::default();
        let mut allowed = Vec::new();
        for rules in self.scopes {
            allowed.extend(first_match(rules, &mut all_denied, sink));
        }
        for (rule, spans) in allowed {
            if spans.into_iter().any(|span| all_denied.overlaps(span)) {
                sink.at_line(rule.line);
                sink.exception_with(
                    rule.text,
                    "this allows addresses that another part of the configuration denies",
                    "keep the intended part, and put addresses that never belong to a scanner into `scanners.allow`",
                );
            }
        }
    }
}

/// Keeps the denied addresses of one scope. Returns the allowed ones with their rules.
fn first_match<'a>(
    rules: Vec<Rule<'a>>,
    all_denied: &mut AddressSet,
    sink: &mut Collector<'_>,
) -> Vec<(Rule<'a>, Vec<Span>)> {
    let (mut passed, mut sometimes) = (AddressSet::default(), AddressSet::default());
    let mut denied = AddressSet::default();
    let mut allowed = Vec::new();
    for rule in rules {
        match rule.verdict {
            Verdict::Denied => {
                let spans: Vec<Span> = rule.spans.iter().flat_map(|span| passed.outside(*span)).collect();
                sink.at_line(rule.line);
                // Addresses are denied if all their requests are denied before any is allowed.
                let undecided = spans.iter().flat_map(|span| denied.outside(*span));
                if undecided.into_iter().any(|span| sometimes.overlaps(span)) {
                    sink.exception_with(
                        rule.text,
                        "an earlier rule lets some requests of these addresses through",
                        "move the allowed addresses to `scanners.allow`",
                    );
                    continue;
                }
                spans.iter().for_each(|span| sink.keep(*span, rule.text));
                denied.extend(spans);
            }
            Verdict::Allowed => {
                let spans: Vec<Span> = rule.spans.iter().flat_map(|span| denied.outside(*span)).collect();
                passed.extend(spans.iter().copied());
                // "All other addresses" names none.
                if !rule.spans.iter().any(|span| span.covers_family()) {
                    allowed.push((rule, spans));
                }
            }
            Verdict::PartlyAllowed => {
                let spans: Vec<Span> = rule.spans.iter().flat_map(|span| denied.outside(*span)).collect();
                sometimes.extend(spans.iter().copied());
                allowed.push((rule, spans));
            }
        }
    }
    all_denied.extend(denied.spans());
    allowed
}

/// The meaning that the name of a set, a variable or an action suggests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    Denied,
    Allowed,
    Unknown,
}

/// Words in names of allowed and of denied sets. A word of five letters or more also matches longer words that begin
/// with it: `blocklist`, `whitelisted`.
const ALLOWED_WORDS: &[&str] = &[
    "accept",
    "allow",
    "admin",
    "admins",
    "bypass",
    "company",
    "customer",
    "customers",
    "employee",
    "employees",
    "except",
    "exclude",
    "exempt",
    "friend",
    "friends",
    "good",
    "ignore",
    "ignored",
    "internal",
    "intranet",
    "lan",
    "local",
    "localhost",
    "localnet",
    "member",
    "members",
    "monitor",
    "monitoring",
    "office",
    "offices",
    "ok",
    "permit",
    "proxies",
    "proxy",
    "purge",
    "purgers",
    "safe",
    "skip",
    "staff",
    "trust",
    "vpn",
    "white",
];
const DENIED_WORDS: &[&str] = &[
    "abuse",
    "attack",
    "bad",
    "badbot",
    "badbots",
    "badip",
    "badips",
    "ban",
    "banned",
    "bans",
    "black",
    "block",
    "bogon",
    "bogons",
    "bot",
    "bots",
    "crawl",
    "denied",
    "deny",
    "denylist",
    "drop",
    "dropped",
    "evil",
    "f2b",
    "fail2ban",
    "forbid",
    "hacker",
    "hackers",
    "hostile",
    "intruder",
    "jail",
    "kick",
    "malicious",
    "offender",
    "probe",
    "probes",
    "reject",
    "scan",
    "scanner",
    "scans",
    "scraper",
    "shun",
    "shunned",
    "spam",
    "spammer",
    "threat",
    "unwanted",
];

/// `not_bad` and `bad_or_good` are ambiguous, and count as allowed.
pub(super) fn intent(name: &str) -> Intent {
    let name = name.to_ascii_lowercase();
    let words = || {
        name.split(|c: char| !c.is_ascii_alphanumeric()).map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()))
    };
    let is = |word: &str, known: &&str| word == *known || known.len() >= 5 && word.starts_with(known);
    let contains_any = |known: &[&str]| words().any(|word| known.iter().any(|known| is(word, known)));
    let negated = words().any(|word| matches!(word, "no" | "non" | "not" | "un" | "unblock" | "unblocked" | "unban"));
    match (contains_any(DENIED_WORDS), contains_any(ALLOWED_WORDS)) {
        (false, false) if !negated => Intent::Unknown,
        (true, false) if !negated => Intent::Denied,
        _ => Intent::Allowed,
    }
}

/// The meaning of a network's value: `198.51.100.0/24 1`.
pub(super) fn value_intent(value: &str) -> Intent {
    match value.trim_matches(['"', '\'']).to_ascii_lowercase().as_str() {
        "" | "0" | "off" | "no" | "false" | "none" | "n" | "ok" | "pass" | "dunno" | "-" | "normal" | "relay" => {
            Intent::Allowed
        }
        "1" | "on" | "yes" | "true" | "y" | "403" | "444" | "410" | "429" => Intent::Denied,
        word if word.bytes().all(|byte| byte.is_ascii_digit()) => Intent::Unknown,
        word => intent(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_who_is_meant() {
        for (name, expected) in [
            ("bad_bots", Intent::Denied),
            ("f2b-sshd", Intent::Denied),
            ("office", Intent::Allowed),
            ("allowed_nets", Intent::Allowed),
            ("not_blocked", Intent::Allowed),
            ("bad_or_good", Intent::Allowed),
            ("censys_v4", Intent::Unknown),
        ] {
            assert_eq!(intent(name), expected, "{name}");
        }
        assert_eq!(value_intent("\"\""), Intent::Allowed);
        assert_eq!(value_intent("2"), Intent::Unknown);
        assert_eq!(value_intent("DE"), Intent::Unknown);
    }
}
