//! Configurations of servers and packet filters. Only addresses that they deny are entries.
//!
//! A statement that refers to addresses in an unsupported way is a problem, since it may be an exception.

pub(super) mod apache;
pub(super) mod blocks;
pub(super) mod chains;
pub(super) mod cisco;
pub(super) mod fail2ban;
pub(super) mod foreign;
pub(super) mod haproxy;
pub(super) mod hosts_deny;
pub(super) mod iis;
pub(super) mod ipset;
pub(super) mod iptables;
pub(super) mod juniper;
mod nft_file;
pub(super) mod nft_rule;
mod nft_sets;
pub(super) mod nftables;
pub(super) mod nginx;
pub(super) mod pf;
pub(super) mod require;
pub(super) mod routeros;
pub(super) mod source_rules;
pub(super) mod squid;
pub(super) mod tokens;
pub(super) mod ufw;
pub(super) mod varnish;

use super::address_set::Span;
use super::collect::Collector;
use super::entry::{self, Reason};
use super::entry_hint::exception_reason;
use super::verdicts::{Rule, Verdict};

/// Reports an exception that cannot be subtracted.
fn exception(found: &str, sink: &mut Collector<'_>) {
    let Reason { message, help } = exception_reason();
    sink.exception_with(found, message, help);
}

/// For parsers of other formats.
pub(super) fn refuse_exception(found: &str, sink: &mut Collector<'_>) {
    exception(found, sink);
}

/// Reports `all`, which is never intended in a list of scanners.
fn every_address(found: &str, sink: &mut Collector<'_>) {
    sink.exception_with(found, "this covers every address", "name the networks that are meant");
}

/// Reports an unsupported statement that contains or refers to addresses.
fn not_read(found: &str, what: &str, sink: &mut Collector<'_>) {
    let help = "write its addresses one on each line in a file of their own, and remove it here";
    sink.exception_with(found, format!("{what} is not read"), help);
}

/// Whether a word is an address, a prefix or a range, possibly quoted or negated.
fn names_address(word: &str) -> bool {
    let word = entry::trim(word).trim_start_matches('!').trim_end_matches([';', ')', '}']);
    word.contains(['.', ':']) && entry::is_entry(word)
}

/// A rule for one address. `None` after noting an unreadable one.
fn rule<'a>(line: usize, text: &'a str, verdict: Verdict, address: &str, sink: &mut Collector<'_>) -> Option<Rule<'a>> {
    sink.at_line(line);
    let span = read_source(address, verdict, sink)?;
    Some(Rule { line, text, verdict, spans: vec![span] })
}

/// All addresses, as in `allow all`.
fn rule_for_all(line: usize, text: &str, verdict: Verdict) -> Rule<'_> {
    Rule { line, text, verdict, spans: Span::ALL.to_vec() }
}

/// Allowed addresses may be of any width, private or reserved; entries may not.
fn read_source(address: &str, verdict: Verdict, sink: &mut Collector<'_>) -> Option<Span> {
    match verdict {
        Verdict::Denied => sink.span(address),
        Verdict::Allowed | Verdict::PartlyAllowed => sink.exempt(address),
    }
}
