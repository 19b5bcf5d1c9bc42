//! `iptables-save`, or its commands: the sources (`-s`) of rules that drop. Destinations send no requests.

use std::collections::BTreeMap;

use super::chains::{ChainRule, Chains, Sources, Target};
use super::{names_address, not_read};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::lines::numbered;
use crate::feeds::verdicts::Scopes;

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut tables: BTreeMap<&str, Chains<'_>> = BTreeMap::new();
    let mut table = "filter";
    for (line, text) in numbered(text).map(|(number, line)| (number, line.trim())) {
        sink.at_line(line);
        // `--source=198.51.100.0/24` is `--source 198.51.100.0/24`.
        let words: Vec<&str> = text.split([' ', '\t', '=']).filter(|word| !word.is_empty()).collect();
        let Some((&first, _)) = words.split_first() else { continue };
        if let Some(name) = first.strip_prefix('*') {
            table = name;
        } else if let Some(name) = first.strip_prefix(':') {
            policy(line, text, name, words.get(1).copied(), tables.entry(table).or_default());
        } else if first == "COMMIT" || first.starts_with('#') {
        } else if is_command(first) || first.starts_with('-') {
            let start = words.iter().position(|word| word.starts_with('-')).unwrap_or(0);
            command(&Command { line, text, words: &words[start..] }, table, &mut tables, sink);
        } else {
            sink.exception_with(text, "not a line of `iptables-save`", "write `-A INPUT -s 198.51.100.0/24 -j DROP`");
        }
    }
    let mut scopes = Scopes::default();
    // Packets pass through the tables one by one. A dropped packet reaches no other table.
    for (_, chains) in tables.into_iter().filter(|(name, _)| *name != "nat") {
        chains.finish(&mut scopes, sink);
    }
    scopes.finish(sink);
    Ok(())
}

fn is_command(word: &str) -> bool {
    matches!(
        word.rsplit('/').next(),
        Some(
            "iptables"
                | "ip6tables"
                | "iptables-legacy"
                | "ip6tables-legacy"
                | "iptables-nft"
                | "ip6tables-nft"
                | "sudo"
        )
    )
}

/// `:INPUT DROP [0:0]` and `-P INPUT DROP`.
fn policy<'a>(line: usize, text: &'a str, chain: &'a str, policy: Option<&str>, chains: &mut Chains<'a>) {
    let denies = policy.is_some_and(|policy| matches!(policy, "DROP" | "REJECT"));
    chains.chain(chain).denies = denies.then_some((line, text));
}

struct Command<'w, 'a> {
    line: usize,
    text: &'a str,
    words: &'w [&'a str],
}

fn command<'a>(
    command: &Command<'_, 'a>,
    table: &'a str,
    tables: &mut BTreeMap<&'a str, Chains<'a>>,
    sink: &mut Collector<'_>,
) {
    let Command { line, text, mut words } = *command;
    let mut table = table;
    // `iptables -t raw -A PREROUTING …`, possibly after options such as `-w`.
    while let [option, rest @ ..] = words {
        match (*option, rest) {
            ("-t" | "--table", [name, after @ ..]) => (table, words) = (name, after),
            ("-w" | "--wait" | "-n" | "-v" | "-4" | "-6", _) => words = rest,
            _ => break,
        }
    }
    let chains = tables.entry(table).or_default();
    match *words {
        ["-A" | "--append", chain, ref rest @ ..] => {
            if let Some(rule) = rule(line, text, rest, sink) {
                chains.chain(chain).rules.push(rule);
            }
        }
        ["-I" | "--insert", chain, ref rest @ ..] => {
            let (at, rest) = match rest {
                [number, rest @ ..] if number.parse::<usize>().is_ok() => (number.parse().unwrap_or(1), rest),
                rest => (1, rest),
            };
            if let Some(rule) = rule(line, text, rest, sink) {
                let rules = &mut chains.chain(chain).rules;
                rules.insert((at - 1.min(at)).min(rules.len()), rule);
            }
        }
        ["-P" | "--policy", chain, verdict] => policy(line, text, chain, Some(verdict), chains),
        ["-N" | "--new-chain", chain] => {
            chains.chain(chain);
        }
        ["-F" | "-X" | "-Z" | "-N" | "--flush" | "--delete-chain" | "--zero" | "-L" | "-S", ..] => {}
        _ if words.iter().any(|word| names_address(word)) => not_read(text, "this command", sink),
        _ => {}
    }
}

/// `None` after noting a rule that cannot be read.
fn rule<'a>(line: usize, text: &'a str, words: &[&'a str], sink: &mut Collector<'_>) -> Option<ChainRule<'a>> {
    let mut rule = ChainRule { line, text, sources: None, conditional: false, target: Target::Nothing };
    let (mut sources, mut negated): (Option<&str>, bool) = (None, false);
    let mut at = 0;
    while let Some(&word) = words.get(at) {
        let value = words.get(at + 1).copied().unwrap_or_default();
        let is_negated = at > 0 && words[at - 1] == "!" || value == "!";
        at += 1;
        match word {
            "-s" | "--source" | "--src" | "--src-range" => {
                if sources.is_some() {
                    not_read(text, "a rule with two sources", sink);
                    return None;
                }
                // Old versions write `-s ! 198.51.100.0/24`.
                let skipped = usize::from(value == "!");
                sources = Some(words.get(at + skipped).copied().unwrap_or_default());
                negated = is_negated;
                at += 1 + skipped;
            }
            "-j" | "--jump" | "-g" | "--goto" => {
                rule.target = target(value);
                if word.starts_with("-g") || word == "--goto" {
                    not_read(text, "`--goto`", sink);
                    return None;
                }
                // The following words are the target's options.
                break;
            }
            "--match-set" | "--src-cc" | "--source-country" => {
                not_read(text, "a set that is not in this file", sink);
                return None;
            }
            "-m" | "--match" if matches!(value, "comment" | "iprange") => at += 1,
            "--comment" => at = skip_quoted(words, at),
            "-p" | "--protocol" if value == "all" => at += 1,
            "-c" | "--set-counters" => at += 2,
            "!" => {}
            _ => rule.conditional = true,
        }
    }
    rule.sources = match sources {
        None => None,
        // A common spelling of "any".
        Some("0.0.0.0/0" | "::/0" | "0/0" | "any") if !negated => None,
        Some(sources) => Some(read_sources(sources, negated, &rule, sink)?),
    };
    Some(rule)
}

/// A comment of several words is quoted.
fn skip_quoted(words: &[&str], at: usize) -> usize {
    let opens = words.get(at).is_some_and(|word| word.starts_with('"') && !(word.len() > 1 && word.ends_with('"')));
    let end = words.iter().skip(at + 1).position(|word| word.ends_with('"')).filter(|_| opens);
    end.map_or(at + 1, |more| at + more + 2)
}

fn target(name: &str) -> Target<'_> {
    match name {
        "DROP" | "REJECT" | "TARPIT" | "STEAL" | "DELUDE" | "CHAOS" => Target::Denied,
        "ACCEPT" => Target::Allowed,
        "RETURN" => Target::Return,
        "LOG" | "NFLOG" | "ULOG" | "MARK" | "CONNMARK" | "TRACE" | "CLASSIFY" | "TCPMSS" | "SET" | "NOTRACK" | "CT"
        | "DSCP" | "TOS" | "TTL" | "AUDIT" | "CHECKSUM" | "" => Target::Nothing,
        chain => Target::Jump(chain),
    }
}

fn read_sources<'a>(
    sources: &'a str,
    negated: bool,
    rule: &ChainRule<'a>,
    sink: &mut Collector<'_>,
) -> Option<Sources<'a>> {
    let denies = matches!(rule.target, Target::Denied | Target::Jump(_));
    if negated && denies {
        super::exception(rule.text, sink);
        return None;
    }
    let mut read = Vec::new();
    for source in sources.split(',') {
        let span = if denies { sink.span(source) } else { sink.exempt(source) };
        read.push((source, span?));
    }
    Some(match negated {
        true => Sources::AllBut(read.into_iter().map(|(_, span)| span).collect()),
        false => Sources::These(read),
    })
}
