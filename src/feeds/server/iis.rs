//! IIS: `<ipSecurity>` in `web.config`.

use super::{every_address, not_read, rule};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::verdicts::{Rule, Scopes, Verdict};

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut scopes = Scopes::default();
    let mut rules: Vec<Rule<'_>> = Vec::new();
    let (mut inside, mut in_comment) = (false, false);
    for (line, tag) in tags(text) {
        sink.at_line(line);
        if tag.starts_with("!--") || in_comment {
            in_comment = !tag.ends_with("--");
            continue;
        }
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        match name {
            "ipSecurity" => {
                inside = !tag.ends_with('/');
                if attribute(tag, "allowUnlisted") == Some("false") {
                    every_address(tag, sink);
                }
            }
            "add" if inside => rules.extend(entry(line, tag, sink)),
            "remove" if inside => not_read(tag, "a rule that is removed", sink),
            _ if tag.starts_with("/ipSecurity") => {
                inside = false;
                scopes.push(in_any_order(std::mem::take(&mut rules), sink));
            }
            _ => {}
        }
    }
    scopes.push(in_any_order(rules, sink));
    scopes.finish(sink);
    Ok(())
}

/// The text between `<` and `>`, with its first line.
fn tags(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let (mut line, mut rest) = (1, text);
    std::iter::from_fn(move || {
        let start = rest.find('<')?;
        line += rest[..start].matches('\n').count();
        let tag = &rest[start + 1..];
        let length = match tag.starts_with("!--") {
            true => tag.find("-->").map_or(tag.len(), |end| end + 2),
            false => tag.find('>').unwrap_or(tag.len()),
        };
        let here = line;
        line += tag[..length].matches('\n').count();
        rest = tag.get(length + 1..).unwrap_or_default();
        Some((here, &tag[..length]))
    })
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = tag.split_once(&format!("{name}="))?;
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    after[1..].split_once(quote).map(|(value, _)| value)
}

/// `<add ipAddress="198.51.100.0" subnetMask="255.255.255.0" allowed="false" />`
fn entry<'a>(line: usize, tag: &'a str, sink: &mut Collector<'_>) -> Option<Rule<'a>> {
    let Some(address) = attribute(tag, "ipAddress") else {
        not_read(tag, "a rule for a host name", sink);
        return None;
    };
    let verdict = if attribute(tag, "allowed") == Some("true") { Verdict::Allowed } else { Verdict::Denied };
    match attribute(tag, "subnetMask") {
        None => rule(line, address, verdict, address, sink),
        Some(mask) => {
            let text = format!("{address}/{mask}");
            rule(line, address, verdict, &text, sink)
        }
    }
}

/// The version and the parent files determine which of two rules decides, so no rule may cover another.
fn in_any_order<'a>(rules: Vec<Rule<'a>>, sink: &mut Collector<'_>) -> Vec<Rule<'a>> {
    let is_denied = |rule: &Rule<'a>| rule.verdict == Verdict::Denied;
    let denied_addresses: crate::feeds::address_set::AddressSet =
        rules.iter().filter(|rule| is_denied(rule)).flat_map(|rule| rule.spans.iter().copied()).collect();
    for rule in rules.iter().filter(|rule| !is_denied(rule)) {
        if rule.spans.iter().any(|span| denied_addresses.overlaps(*span)) {
            sink.at_line(rule.line);
            super::exception(rule.text, sink);
        }
    }
    rules
}
