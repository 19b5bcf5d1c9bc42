//! Squid: `acl NAME src …`, and `http_access`, where the first match decides.

use super::source_rules::{Condition, Lists};
use super::{every_address, names_address, not_read};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::lines::numbered;
use crate::feeds::verdicts::Scopes;

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let (mut lists, mut access) = (Lists::default(), Vec::new());
    for (number, line) in numbered(text) {
        sink.at_line(number);
        let code = line.split('#').next().unwrap_or_default().trim();
        let words: Vec<&str> = code.split_whitespace().collect();
        match words.as_slice() {
            ["acl", name, "src", addresses @ ..] => {
                let addresses: Vec<&str> = addresses.iter().copied().filter(|word| *word != "-n").collect();
                if addresses.iter().any(|word| word.starts_with(['"', '\'', '/'])) {
                    not_read(code, "a file of addresses", sink);
                } else if addresses.contains(&"all") {
                    lists.other(name);
                } else {
                    lists.add(name, number, &addresses, sink);
                }
            }
            ["acl", name, kind, rest @ ..] => {
                let of_clients = !kind.starts_with("dst") && *kind != "localip" && *kind != "myip";
                if of_clients && rest.iter().any(|word| names_address(word)) {
                    not_read(code, "an `acl` of this kind", sink);
                }
                lists.other(name);
            }
            ["http_access", verdict @ ("allow" | "deny"), names @ ..] => {
                access.push((number, code, *verdict == "deny", names.to_vec()));
            }
            ["include", ..] => not_read(code, "an included file", sink),
            ["http_port" | "https_port" | "cache_peer" | "dns_nameservers" | "tcp_outgoing_address", ..] => {}
            words if words.iter().any(|word| names_address(word)) => not_read(code, "this line", sink),
            _ => {}
        }
    }
    let mut rules = Vec::new();
    for (number, code, denies, names) in &access {
        let conditions: Vec<Condition<'_>> =
            names.iter().filter(|name| **name != "all").map(|name| condition(name)).collect();
        rules.extend(lists.rules(*number, code, *denies, &conditions, sink));
    }
    // If no rule matches, the opposite of the last rule applies.
    if let Some((number, code, false, names)) = access.last()
        && !names.contains(&"all")
    {
        sink.at_line(*number);
        every_address(code, sink);
    }
    rules.extend(lists.unused(sink));
    let mut scopes = Scopes::default();
    scopes.push(rules);
    scopes.finish(sink);
    Ok(())
}

fn condition(name: &str) -> Condition<'_> {
    match name.strip_prefix('!') {
        Some(name) => Condition::List { name, negated: true },
        None => Condition::List { name, negated: false },
    }
}
