//! Access lists of Cisco IOS, NX-OS and ASA. The first entry that matches decides, and the implicit last entry denies
//! all.

use std::collections::BTreeMap;

use super::{every_address, names_address, not_read, rule_for_all};
use crate::feeds::address_set::Span;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::lines::numbered;
use crate::feeds::verdicts::{Rule, Scopes, Verdict};

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut lists: BTreeMap<&str, List<'_>> = BTreeMap::new();
    let mut current = ("", Masks::Wildcard);
    for (line, text) in numbered(text).map(|(number, line)| (number, line.trim())) {
        sink.at_line(line);
        let words: Vec<&str> = text.split_whitespace().collect();
        let entry = |words, masks| Entry { line, text, words, masks };
        match words.as_slice() {
            [] | ["remark" | "exit" | "end" | "configure" | "statistics", ..] => {}
            [_, "remark", ..] | ["access-list", _, "remark", ..] => {}
            [first, ..] if first.starts_with(['!', '#']) => {}
            ["no", ..] if words.iter().any(|word| names_address(word)) => {
                not_read(text, "a command that deletes", sink);
            }
            ["ip" | "ipv6" | "ipv4", "access-list", rest @ ..] => {
                let name = rest.last().copied().unwrap_or_default();
                current = (name, Masks::Wildcard);
            }
            ["ip" | "ipv6", "access-group", ..] | ["access-group", ..] => {}
            // The ASA writes netmasks.
            ["access-list", name, "extended" | "standard", rest @ ..] => {
                lists.entry(name).or_default().entry(&entry(rest, Masks::Netmask), sink);
            }
            ["access-list", name, rest @ ..] => {
                lists.entry(name).or_default().entry(&entry(rest, Masks::Wildcard), sink);
            }
            ["permit" | "deny", ..] => {
                lists.entry(current.0).or_default().entry(&entry(&words, current.1), sink);
            }
            [number, "permit" | "deny", ..] if number.parse::<u32>().is_ok() => {
                lists.entry(current.0).or_default().entry(&entry(&words[1..], current.1), sink);
            }
            words if words.iter().any(|word| names_address(word)) => not_read(text, "this line", sink),
            _ => {}
        }
    }
    let mut scopes = Scopes::default();
    lists.into_values().for_each(|list| scopes.push(list.rules(sink)));
    scopes.finish(sink);
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Masks {
    /// `0.0.0.255`
    Wildcard,
    /// `255.255.255.0`
    Netmask,
}

struct Entry<'w, 'a> {
    line: usize,
    text: &'a str,
    words: &'w [&'a str],
    masks: Masks,
}

#[derive(Debug, Default)]
struct List<'a> {
    rules: Vec<Rule<'a>>,
    /// Whether all other addresses are allowed, and the first allowed address.
    permits_all: bool,
    permits: Option<(usize, &'a str)>,
}

/// Words that limit the requests, and are not addresses.
const PROTOCOLS: &[&str] = &["ip", "tcp", "udp", "icmp", "ipv6", "ipv4", "object-group", "icmp6", "esp", "gre"];

impl<'a> List<'a> {
    /// `deny ip 198.51.100.0 0.0.0.255 any log`, `deny host 203.0.113.7`, `permit any`.
    fn entry(&mut self, entry: &Entry<'_, 'a>, sink: &mut Collector<'_>) {
        let Entry { line, text, words, .. } = *entry;
        let Some((&action, mut rest)) = words.split_first() else { return };
        let mut conditional = false;
        if let Some((first, after)) = rest.split_first()
            && PROTOCOLS.contains(first)
        {
            conditional = !matches!(*first, "ip" | "ipv4" | "ipv6");
            rest = after;
        }
        let (source, after) = match rest {
            ["any" | "any4" | "any6", after @ ..] => (None, after),
            ["host", address, after @ ..] => (Some((*address).to_owned()), after),
            [address, mask, after @ ..] if is_mask(mask) => match with_mask(address, mask, entry.masks) {
                Some(prefix) => (Some(prefix), after),
                None => return not_read(text, "this mask", sink),
            },
            [address, after @ ..] if names_address(address) => (Some((*address).to_owned()), after),
            _ => return not_read(text, "an entry of this kind", sink),
        };
        conditional |= !is_everywhere(after);
        let verdict = match (action, conditional) {
            ("deny", _) => Verdict::Denied,
            ("permit", false) => Verdict::Allowed,
            ("permit", true) => Verdict::PartlyAllowed,
            _ => return not_read(text, "an entry of this kind", sink),
        };
        match (source, verdict) {
            (None, Verdict::Denied) if !conditional => every_address(text, sink),
            (None, Verdict::Allowed) => {
                self.permits_all = true;
                self.rules.push(rule_for_all(line, text, verdict));
            }
            // An open or a closed port.
            (None, _) => self.permits_all |= verdict == Verdict::PartlyAllowed,
            (Some(source), _) => {
                if verdict != Verdict::Denied {
                    self.permits.get_or_insert((line, text));
                }
                let spans: Vec<Span> = super::read_source(&source, verdict, sink).into_iter().collect();
                self.rules.push(Rule { line, text, verdict, spans });
            }
        }
    }

    fn rules(self, sink: &mut Collector<'_>) -> Vec<Rule<'a>> {
        if let Some((line, text)) = self.permits.filter(|_| !self.permits_all) {
            sink.at_line(line);
            let help = "write a list that ends in `permit ip any any`: only the addresses after `deny` are entries";
            sink.exception_with(text, "this list allows some addresses and denies all others", help);
        }
        self.rules
    }
}

/// Whether the destination is `any`, without further conditions.
fn is_everywhere(words: &[&str]) -> bool {
    words.iter().all(|word| matches!(*word, "any" | "any4" | "any6" | "log" | "log-input"))
}

fn is_mask(word: &str) -> bool {
    word.parse::<std::net::Ipv4Addr>().is_ok()
}

fn with_mask(address: &str, mask: &str, masks: Masks) -> Option<String> {
    let mask = u32::from(mask.parse::<std::net::Ipv4Addr>().ok()?);
    let netmask = if masks == Masks::Netmask { mask } else { !mask };
    let length = netmask.leading_ones();
    // `0.0.255.0` selects scattered addresses, which form no range.
    (netmask.count_ones() == length).then(|| format!("{address}/{length}"))
}
