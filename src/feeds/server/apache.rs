//! Apache: `Order`, `Allow from` and `Deny from`; `Require` and its containers; `-R` in `RewriteCond`.

use super::require::{Container, Tree};
use super::{every_address, exception, names_address, not_read, read_source, rule_for_all};
use crate::feeds::collect::Collector;
use crate::feeds::entry::partial;
use crate::feeds::error::FeedError;
use crate::feeds::lines::numbered;
use crate::feeds::verdicts::{Rule, Scopes, Verdict};

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut reader = Reader { sections: vec![Section::default()], ..Reader::default() };
    for (line, text) in logical_lines(text) {
        sink.at_line(line);
        reader.line(line, text, sink);
    }
    while let Some(section) = reader.sections.pop() {
        section.close(&mut reader.scopes, sink);
    }
    reader.unused_conditions(sink);
    reader.scopes.finish(sink);
    Ok(())
}

/// Lines without comments. A line that ends in `\` continues in the next one, and is read only if it contains no
/// addresses.
fn logical_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    // Apache has comments on their own lines; published lists also have them after addresses.
    numbered(text)
        .map(|(number, line)| (number, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn without_comment(line: &str) -> &str {
    line.split_once(" #").or_else(|| line.split_once("\t#")).map_or(line, |(code, _)| code).trim_end()
}

#[derive(Default)]
struct Reader<'a> {
    sections: Vec<Section<'a>>,
    scopes: Scopes<'a>,
    conditions: Vec<Condition<'a>>,
}

/// The rule by which a section decides.
#[derive(Default)]
struct Section<'a> {
    name: String,
    order: Order,
    allow: Vec<Rule<'a>>,
    deny: Vec<Rule<'a>>,
    allow_all: bool,
    tree: Tree<'a>,
    any_is_enough: Option<(usize, &'a str)>,
    order_line: Option<(usize, &'a str)>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Order {
    /// `Allow` decides last, and all other addresses are allowed.
    #[default]
    DenyAllow,
    /// `Deny` decides last, and all other addresses are denied.
    AllowDeny,
}

/// A `RewriteCond` with addresses, before its rule is known.
struct Condition<'a> {
    line: usize,
    text: &'a str,
    addresses: Vec<&'a str>,
    or: bool,
}

impl<'a> Reader<'a> {
    fn line(&mut self, number: usize, line: &'a str, sink: &mut Collector<'_>) {
        if let Some(tag) = line.strip_prefix('<') {
            return self.tag(number, line, tag.trim_end_matches('>'), sink);
        }
        let code = without_comment(line);
        if code.ends_with('\\') {
            return not_read(code, "a line that continues in the next", sink);
        }
        let words: Vec<&'a str> = code.split_whitespace().map(|word| word.trim_matches('"')).collect();
        let lower: Vec<String> = words.iter().take(3).map(|word| word.to_ascii_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        let section = self.sections.last_mut();
        match (lower.as_slice(), section) {
            (["order", ..], Some(section)) => section.order(number, code, &words, sink),
            (["deny", "from", ..], Some(section)) => {
                let rules = addresses(number, code, Verdict::Denied, &words[2..], sink);
                section.deny.extend(rules);
            }
            (["allow", "from", ..], Some(section)) => {
                section.allow_all |= words[2..].iter().any(|word| word.eq_ignore_ascii_case("all"));
                section.allow.extend(addresses(number, code, Verdict::Allowed, &words[2..], sink));
            }
            (["satisfy", "any"], Some(section)) => section.any_is_enough = Some((number, code)),
            (["require", ..], Some(section)) => section.tree.require(number, code, &words[1..], sink),
            (["rewritecond", ..], _) => self.condition(number, code, sink),
            (["rewriterule", ..], _) => self.rewrite_rule(code, sink),
            (["include" | "includeoptional" | "use", ..], _) => not_read(code, "an included file", sink),
            (["setenvif" | "setenvifnocase", attribute, ..], _) => {
                if matches!(*attribute, "remote_addr" | "remote_host" | "x-forwarded-for") {
                    not_read(code, "a pattern for addresses", sink);
                }
            }
            // Addresses of the server itself and of its proxies.
            (
                [
                    "listen" | "proxypass" | "proxypassreverse" | "servername" | "redirect" | "redirectmatch"
                    | "header",
                    ..,
                ],
                _,
            ) => {}
            ([directive, ..], _) if directive.starts_with("remoteip") || directive.starts_with("<") => {}
            _ if code.to_ascii_uppercase().contains("REMOTE_ADDR") || code.contains("@ipMatch") => {
                not_read(code, "a condition on the client's address", sink);
            }
            _ if words.iter().any(|word| names_address(word)) => not_read(code, "this directive", sink),
            _ => {}
        }
    }

    fn tag(&mut self, number: usize, line: &'a str, tag: &'a str, sink: &mut Collector<'_>) {
        let name = tag.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        let closes = name.strip_prefix('/');
        let container = |name: &str| match name {
            "requireall" => Some(Container::All),
            "requireany" => Some(Container::Any),
            "requirenone" => Some(Container::None),
            _ => None,
        };
        match (closes, container(closes.unwrap_or(&name))) {
            (None, Some(container)) => self.last(|section| section.tree.open(container)),
            (Some(_), Some(_)) => self.last(|section| section.tree.close()),
            // Conditions on the server, not on the request.
            _ if ["ifmodule", "ifversion", "ifdefine", "iffile", "ifdirective"].contains(&closes.unwrap_or(&name)) => {}
            (None, None) => {
                let upper = tag.to_ascii_uppercase();
                if matches!(name.as_str(), "if" | "elseif" | "else")
                    && (upper.contains("REMOTE_ADDR") || upper.contains("-R "))
                {
                    sink.at_line(number);
                    not_read(line, "a condition on the client's address", sink);
                }
                self.sections.push(Section { name, ..Section::default() });
            }
            (Some(name), None) => {
                if let Some(section) = self.sections.pop_if(|section| section.name == name) {
                    section.close(&mut self.scopes, sink);
                }
            }
        }
    }

    fn last(&mut self, change: impl FnOnce(&mut Section<'a>)) {
        if let Some(section) = self.sections.last_mut() {
            change(section);
        }
    }

    /// `expr "-R '150.70.0.0/16'" [OR]`: the address is in the inner quotes.
    fn condition(&mut self, line: usize, code: &'a str, sink: &mut Collector<'_>) {
        let mut addresses = Vec::new();
        let mut rest = code;
        while let Some((before, after)) = rest.split_once("-R ") {
            let inner = after.trim_start().split(['\'', '"']).find(|part| !part.trim().is_empty());
            if before.trim_end().ends_with('!') {
                return exception(code, sink);
            }
            addresses.extend(inner);
            rest = after;
        }
        if addresses.is_empty() && code.to_ascii_uppercase().contains("REMOTE_ADDR") {
            return sink.exception_with(code, "a pattern is no range", "write `expr \"-R '198.51.100.0/24'\"`");
        }
        if addresses.len() > 1 {
            return not_read(code, "more than one address in a condition", sink);
        }
        let flags = code.rsplit_once('[').map(|(_, flags)| flags.to_ascii_lowercase()).unwrap_or_default();
        self.conditions.push(Condition { line, text: code, addresses, or: flags.contains("or") });
    }

    /// Applies the earlier conditions. All must match, except that one of those with `[OR]` is enough.
    fn rewrite_rule(&mut self, code: &str, sink: &mut Collector<'_>) {
        let conditions = std::mem::take(&mut self.conditions);
        if conditions.iter().all(|condition| condition.addresses.is_empty()) {
            return;
        }
        let flags = code.rsplit_once('[').map(|(_, flags)| flags.trim_end_matches(']').to_ascii_lowercase());
        let is_denying = flags.unwrap_or_default().split(',').map(str::trim).any(|flag| {
            matches!(flag, "f" | "forbidden" | "g" | "gone")
                || flag.starts_with("r=4")
                || flag.starts_with("redirect=4")
        });
        let with_addresses = conditions.iter().filter(|condition| !condition.addresses.is_empty()).count();
        // `A [OR]`, `B [OR]`, `C` before the rule: any of them.
        let alternatives = conditions.iter().rev().skip(1).filter(|condition| condition.or).count();
        let last_has_none = conditions.last().is_some_and(|condition| condition.addresses.is_empty());
        let is_union = with_addresses == 1 || (alternatives + 1 == conditions.len() && !last_has_none);
        let mut rules = Vec::new();
        for condition in conditions.into_iter().filter(|condition| !condition.addresses.is_empty()) {
            sink.at_line(condition.line);
            match (is_denying, is_union) {
                (true, true) => {
                    rules.extend(addresses(
                        condition.line,
                        condition.text,
                        Verdict::Denied,
                        &condition.addresses,
                        sink,
                    ));
                }
                (true, false) => not_read(condition.text, "a condition that holds together with another", sink),
                (false, _) => not_read(condition.text, "a condition of a rule that does not answer 403", sink),
            }
        }
        self.scopes.push(rules);
    }

    fn unused_conditions(&mut self, sink: &mut Collector<'_>) {
        let conditions = std::mem::take(&mut self.conditions);
        for condition in conditions.into_iter().filter(|condition| !condition.addresses.is_empty()) {
            sink.at_line(condition.line);
            not_read(condition.text, "a condition without its `RewriteRule`", sink);
        }
    }
}

/// `150.70.0.0/16`, `150.70.` and `all`. Environment variables contain no addresses.
fn addresses<'a>(
    line: usize,
    code: &'a str,
    verdict: Verdict,
    words: &[&'a str],
    sink: &mut Collector<'_>,
) -> Vec<Rule<'a>> {
    let mut rules = Vec::new();
    for word in words.iter().filter(|word| !word.to_ascii_lowercase().starts_with("env=")) {
        match (word.eq_ignore_ascii_case("all"), verdict) {
            (true, Verdict::Denied) => every_address(code, sink),
            (true, _) => rules.push(rule_for_all(line, code, verdict)),
            (false, _) => {
                let address = partial(word).map_or_else(|| (*word).to_owned(), |net| net.to_string());
                let spans = read_source(&address, verdict, sink).into_iter().collect();
                rules.push(Rule { line, text: word, verdict, spans });
            }
        }
    }
    rules
}

impl<'a> Section<'a> {
    fn order(&mut self, line: usize, code: &'a str, words: &[&str], sink: &mut Collector<'_>) {
        self.order_line = Some((line, code));
        match words[1..].concat().to_ascii_lowercase().as_str() {
            "deny,allow" => self.order = Order::DenyAllow,
            "allow,deny" => self.order = Order::AllowDeny,
            _ => not_read(code, "this order", sink),
        }
    }

    fn close(mut self, scopes: &mut Scopes<'a>, sink: &mut Collector<'_>) {
        let tree = self.tree.rules(sink);
        let denies = !self.deny.is_empty() || !tree.is_empty();
        if let Some((line, code)) = self.any_is_enough.filter(|_| denies) {
            sink.at_line(line);
            let help = "a person who logs in gets past `Deny from`; remove it, or the addresses";
            sink.exception_with(code, "`Satisfy any` lets addresses through that are denied", help);
        }
        // Only `Deny from` lines: a part of a configuration, or a configuration that allows all others.
        let names_access = !self.deny.is_empty() || !self.allow.is_empty();
        if let Some((line, code)) = self.order_line
            && (self.order, self.allow_all, names_access) == (Order::AllowDeny, false, true)
        {
            sink.at_line(line);
            let help = "write `Allow from all` beside the addresses that are denied";
            sink.exception_with(code, "this order denies all addresses that are not allowed", help);
        }
        scopes.push(tree);
        scopes.push(match self.order {
            Order::DenyAllow => self.allow.into_iter().chain(self.deny).collect(),
            Order::AllowDeny => self.deny.into_iter().chain(self.allow).collect(),
        });
    }
}
