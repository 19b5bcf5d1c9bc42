//! Random configurations of servers: the entries are exactly the addresses that the server denies, or the configuration is
//! refused.
//!
//! Each oracle applies the rules of the server's manual to single addresses.

use std::net::{IpAddr, Ipv4Addr};

use actix_scanner_guard::feeds::{self, Format, ParseOptions};
use ipnet::Ipv4Net;
use proptest::prelude::*;

/// Networks within 203.0.113.0/28, so that they cover each other often.
fn network() -> impl Strategy<Value = Ipv4Net> {
    (0u8..16, 28u8..=32)
        .prop_map(|(host, length)| Ipv4Net::new(Ipv4Addr::new(203, 0, 113, host), length).unwrap().trunc())
}

fn networks(most: usize) -> impl Strategy<Value = Vec<Ipv4Net>> {
    prop::collection::vec(network(), 1..=most)
}

fn covers(networks: &[Ipv4Net], address: Ipv4Addr) -> bool {
    networks.iter().any(|net| net.contains(&address))
}

fn words(networks: &[Ipv4Net], separator: &str) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
}

/// Whether the configuration is accepted. An accepted one is compared with the oracle.
fn agrees(format: Format, text: &str, is_shut_out: impl Fn(Ipv4Addr) -> bool) -> Result<bool, TestCaseError> {
    let nobody = (0..16).all(|host| !is_shut_out(Ipv4Addr::new(203, 0, 113, host)));
    let listed = match feeds::parse(text.as_bytes(), &ParseOptions::own().format(format)) {
        Ok(listed) if listed.problems().is_empty() => listed,
        Err(error) if error.message() == "the list names no range" => {
            prop_assert!(nobody, "nobody is read of\n{}", text);
            return Ok(true);
        }
        _ => return Ok(false),
    };
    for host in 0..=255 {
        let address = Ipv4Addr::new(203, 0, 113, host);
        let is_listed = listed.prefixes().iter().any(|net| net.contains(&IpAddr::V4(address)));
        prop_assert_eq!(is_listed, is_shut_out(address), "{} in\n{}\n{:?}", address, text, listed.prefixes());
    }
    Ok(true)
}

/// A rule: its verdict and its sources. A source of several networks is negated as a whole.
#[derive(Clone, Debug)]
struct Rule {
    sources: Vec<Ipv4Net>,
    negated: bool,
    shuts_out: bool,
    quick: bool,
}

fn rule(with_negation: bool) -> impl Strategy<Value = Rule> {
    (networks(2), prop::bool::weighted(if with_negation { 0.15 } else { 0.0 }), any::<bool>(), any::<bool>())
        .prop_map(|(sources, negated, shuts_out, quick)| Rule { sources, negated, shuts_out, quick })
}

fn rules(with_negation: bool) -> impl Strategy<Value = Vec<Rule>> {
    prop::collection::vec(rule(with_negation), 1..7)
}

impl Rule {
    fn matches(&self, address: Ipv4Addr) -> bool {
        covers(&self.sources, address) != self.negated
    }
}

fn first_match(rules: &[Rule], address: Ipv4Addr) -> bool {
    rules.iter().find(|rule| rule.matches(address)).is_some_and(|rule| rule.shuts_out)
}

/// The verdict of the most specific network; of equal networks, the later one.
fn most_specific(networks: &[(Ipv4Net, bool)], address: Ipv4Addr) -> bool {
    let covering = networks.iter().filter(|(net, _)| net.contains(&address));
    covering.max_by_key(|(net, _)| net.prefix_len()).is_some_and(|(_, verdict)| *verdict)
}

#[derive(Clone, Debug)]
enum Node {
    Ip(Vec<Ipv4Net>),
    NotIp(Vec<Ipv4Net>),
    Granted,
    Container(&'static str, Vec<Node>),
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![networks(2).prop_map(Node::Ip), networks(2).prop_map(Node::NotIp), Just(Node::Granted)];
    leaf.prop_recursive(2, 8, 3, |inner| {
        (prop::sample::select(vec!["All", "Any", "None"]), prop::collection::vec(inner, 1..4))
            .prop_map(|(kind, nodes)| Node::Container(kind, nodes))
    })
}

impl Node {
    fn text(&self) -> String {
        match self {
            Node::Ip(nets) => format!("Require ip {}\n", words(nets, " ")),
            Node::NotIp(nets) => format!("Require not ip {}\n", words(nets, " ")),
            Node::Granted => "Require all granted\n".to_owned(),
            Node::Container(kind, nodes) => {
                format!("<Require{kind}>\n{}</Require{kind}>\n", nodes.iter().map(Node::text).collect::<String>())
            }
        }
    }

    fn lets_in(&self, address: Ipv4Addr) -> bool {
        match self {
            Node::Ip(nets) => covers(nets, address),
            Node::NotIp(nets) => !covers(nets, address),
            Node::Granted => true,
            Node::Container("All", nodes) => nodes.iter().all(|node| node.lets_in(address)),
            Node::Container("Any", nodes) => nodes.iter().any(|node| node.lets_in(address)),
            Node::Container(_, nodes) => !nodes.iter().any(|node| node.lets_in(address)),
        }
    }

    /// Apache refuses containers with only negations, and negations without an effect.
    fn is_valid(&self) -> bool {
        let Node::Container(kind, nodes) = self else { return true };
        let negative = |node: &Node| matches!(node, Node::NotIp(_) | Node::Container("None", _));
        nodes.iter().all(Node::is_valid)
            && match *kind {
                "All" => !nodes.iter().all(negative),
                _ => !nodes.iter().any(negative),
            }
    }
}

proptest! {
    #[test]
    fn nginx_access(rules in rules(false)) {
        let verdict = |rule: &Rule| if rule.shuts_out { "deny" } else { "allow" };
        let line = |rule: &Rule| rule.sources.iter().map(|net| format!("{} {net};\n", verdict(rule))).collect::<String>();
        let text: String = rules.iter().map(line).collect();
        prop_assert!(agrees(Format::Nginx, &text, |address| first_match(&rules, address))?, "{}", text);
    }

    #[test]
    fn nginx_geo(networks in prop::collection::vec((network(), any::<bool>()), 1..8), deleted in prop::option::of(any::<prop::sample::Index>())) {
        let mut text = "geo $bad {\n default 0;\n".to_owned();
        text.extend(networks.iter().map(|(net, bad)| format!(" {net} {};\n", u8::from(*bad))));
        let mut left = networks.clone();
        if let Some(deleted) = deleted {
            let deleted = deleted.get(&networks).0;
            text += &format!(" delete {deleted};\n");
            left.retain(|(net, _)| *net != deleted);
        }
        text += "}\n";
        prop_assert!(agrees(Format::Nginx, &text, |address| most_specific(&left, address))?, "{}", text);
    }

    #[test]
    fn apache_order(allow in networks(3), deny in networks(3), deny_allow in any::<bool>(), all in any::<bool>()) {
        let order = if deny_allow { "Order Deny,Allow" } else { "Order Allow,Deny" };
        let everybody = if all && !deny_allow { "Allow from all\n" } else { "" };
        let text = format!("{order}\n{everybody}Allow from {}\nDeny from {}\n", words(&allow, " "), words(&deny, " "));
        let is_shut_out = |address| match deny_allow {
            true => covers(&deny, address) && !covers(&allow, address),
            false => covers(&deny, address) || everybody.is_empty() && !covers(&allow, address),
        };
        let read = agrees(Format::Apache, &text, is_shut_out)?;
        prop_assert_eq!(read, deny_allow || all, "{}", text);
    }

    #[test]
    fn apache_require(nodes in prop::collection::vec(node(), 1..4)) {
        let root = Node::Container("Any", nodes.clone());
        if !root.is_valid() {
            return Ok(());
        }
        let text: String = nodes.iter().map(Node::text).collect();
        agrees(Format::Apache, &text, |address| !root.lets_in(address))?;
    }

    #[test]
    fn apache_require_none_within_all(denied in prop::collection::vec(networks(2), 1..4), none in networks(2)) {
        let mut nodes: Vec<Node> = denied.into_iter().map(Node::NotIp).collect();
        nodes.extend([Node::Granted, Node::Container("None", vec![Node::Ip(none)])]);
        let root = Node::Container("All", nodes);
        prop_assert!(agrees(Format::Apache, &root.text(), |address| !root.lets_in(address))?);
    }

    #[test]
    fn iptables(first in rules(true), second in rules(true), returned in network(), place in 0usize..3) {
        let line = |chain: &str, rule: &Rule| {
            let target = if rule.shuts_out { "DROP" } else { "ACCEPT" };
            let negation = if rule.negated { "! " } else { "" };
            // Several sources cannot be negated: each is a rule of its own.
            rule.sources.iter().take(if rule.negated { 1 } else { 2 }).map(|net| format!("-A {chain} {negation}-s {net} -j {target}\n")).collect::<String>()
        };
        let first: Vec<Rule> = first.into_iter().map(single_if_negated).collect();
        let second: Vec<Rule> = second.into_iter().map(single_if_negated).collect();
        let mut text = String::new();
        for (at, rule) in first.iter().enumerate() {
            if at == place { text += "-A INPUT -j OTHER\n"; }
            text += &line("INPUT", rule);
        }
        let jumps = place < first.len();
        if !jumps { text += "-A INPUT -j OTHER\n"; }
        text += &format!("-A OTHER -s {returned} -j RETURN\n");
        text.extend(second.iter().map(|rule| line("OTHER", rule)));
        let oracle = |address: Ipv4Addr| {
            let (before, after) = first.split_at(place.min(first.len()));
            let decided = |rules: &[Rule]| rules.iter().find(|rule| rule.matches(address)).map(|rule| rule.shuts_out);
            let other = || if returned.contains(&address) { None } else { decided(&second) };
            decided(before).or_else(other).or_else(|| decided(after)).unwrap_or(false)
        };
        agrees(Format::Iptables, &text, oracle)?;
    }

    #[test]
    fn nftables(first in rules(true), bad in networks(3), office in networks(2)) {
        let line = |rule: &Rule| {
            let operator = if rule.negated { "!= " } else { "" };
            format!("  ip saddr {operator}{{ {} }} {}\n", words(&rule.sources, ", "), if rule.shuts_out { "drop" } else { "accept" })
        };
        let text = format!(
            "define office = {{ {} }}\ntable inet f {{\n set bad {{ type ipv4_addr; elements = {{ {} }} }}\n chain input {{\n{}  ip saddr $office accept\n  ip saddr @bad counter drop\n }}\n}}\n",
            words(&office, ", "), words(&bad, ", "), first.iter().map(line).collect::<String>()
        );
        let mut rules = first.clone();
        rules.push(Rule { sources: office, negated: false, shuts_out: false, quick: false });
        rules.push(Rule { sources: bad, negated: false, shuts_out: true, quick: false });
        agrees(Format::Nftables, &text, |address| first_match(&rules, address))?;
    }

    #[test]
    fn ipset_and_varnish_take_the_most_specific(entries in prop::collection::btree_map(network(), any::<bool>(), 1..8)) {
        let entries: Vec<(Ipv4Net, bool)> = entries.into_iter().collect();
        let ipset: String = entries.iter().map(|(net, bad)| format!("add bad {net}{}\n", if *bad { "" } else { " nomatch" })).collect();
        prop_assert!(agrees(Format::Ipset, &ipset, |address| most_specific(&entries, address))?, "{}", ipset);
        let line = |(net, bad): &(Ipv4Net, bool)| format!(" {}\"{}\"/{};\n", if *bad { "" } else { "! " }, net.addr(), net.prefix_len());
        let varnish = format!("vcl 4.1;\nacl bad {{\n{}}}\nsub vcl_recv {{ if (client.ip ~ bad) {{ return (synth(403)); }} }}\n", entries.iter().map(line).collect::<String>());
        prop_assert!(agrees(Format::Varnish, &varnish, |address| most_specific(&entries, address))?, "{}", varnish);
        let line = |(net, bad): &(Ipv4Net, bool)| format!("{}{net}\n", if *bad { "" } else { "!" });
        let plain: String = entries.iter().map(line).collect();
        prop_assert!(agrees(Format::Text, &plain, |address| most_specific(&entries, address))?, "{}", plain);
    }

    #[test]
    fn haproxy_and_squid(lists in prop::collection::vec(networks(3), 3), rules in prop::collection::vec((any::<bool>(), prop::collection::btree_map(0usize..3, any::<bool>(), 1..3)), 1..5)) {
        let names = ["bad", "office", "third"];
        let acl: String = names.iter().zip(&lists).map(|(name, nets)| format!("acl {name} src {}\n", words(nets, " "))).collect();
        let conditions = |conditions: &std::collections::BTreeMap<usize, bool>| {
            conditions.iter().map(|(list, negated)| format!(" {}{}", if *negated { "!" } else { "" }, names[*list])).collect::<String>()
        };
        let matches = |conditions: &std::collections::BTreeMap<usize, bool>, address| {
            conditions.iter().all(|(list, negated)| covers(&lists[*list], address) != *negated)
        };
        let oracle = |address| rules.iter().find(|(_, conditions)| matches(conditions, address)).is_some_and(|(deny, _)| *deny);
        let line = |(deny, with): &(bool, _)| format!("http-request {} if{}\n", if *deny { "deny" } else { "allow" }, conditions(with));
        agrees(Format::Haproxy, &format!("{acl}{}", rules.iter().map(line).collect::<String>()), oracle)?;
        let line = |(deny, with): &(bool, _)| format!("http_access {}{}\n", if *deny { "deny" } else { "allow" }, conditions(with));
        agrees(Format::Squid, &format!("{acl}{}http_access allow all\n", rules.iter().map(line).collect::<String>()), oracle)?;
    }

    #[test]
    fn pf(rules in rules(false)) {
        let line = |rule: &Rule| format!("{} in {}from {{ {} }} to any\n", if rule.shuts_out { "block" } else { "pass" }, if rule.quick { "quick " } else { "" }, words(&rule.sources, ", "));
        let text: String = rules.iter().map(line).collect();
        let oracle = |address| {
            let mut last = false;
            for rule in rules.iter().filter(|rule| rule.matches(address)) {
                last = rule.shuts_out;
                if rule.quick { break; }
            }
            last
        };
        prop_assert!(agrees(Format::Pf, &text, oracle)?, "{}", text);
    }

    #[test]
    fn hosts_deny(lists in prop::collection::vec(networks(3), 1..4)) {
        let masked = |net: &Ipv4Net| format!("{}/{}", net.addr(), net.netmask());
        let list = |nets: &Vec<Ipv4Net>| nets.iter().map(masked).collect::<Vec<_>>().join(", ");
        let text = format!("ALL: {}\n", lists.iter().map(list).collect::<Vec<_>>().join(" EXCEPT "));
        fn is_named(lists: &[Vec<Ipv4Net>], address: Ipv4Addr) -> bool {
            lists.split_first().is_some_and(|(first, rest)| covers(first, address) && !is_named(rest, address))
        }
        prop_assert!(agrees(Format::HostsDeny, &text, |address| is_named(&lists, address))?, "{}", text);
    }

    #[test]
    fn cisco_and_ufw(rules in rules(false), open in any::<bool>()) {
        let verdict = |rule: &Rule| if rule.shuts_out { "deny" } else { "permit" };
        let line = |rule: &Rule| rule.sources.iter().map(|net| format!("access-list 7 {} {} {}\n", verdict(rule), net.addr(), net.hostmask())).collect::<String>();
        let mut text: String = rules.iter().map(line).collect();
        if open { text += "access-list 7 permit any\n"; }
        let oracle = |address| match rules.iter().find(|rule| rule.matches(address)) {
            Some(rule) => rule.shuts_out,
            None => !open && rules.iter().any(|rule| !rule.shuts_out),
        };
        let read = agrees(Format::CiscoAcl, &text, oracle)?;
        prop_assert!(read || !open, "{}", text);
        let line = |rule: &Rule| rule.sources.iter().map(|net| format!("ufw {} from {net}\n", if rule.shuts_out { "deny" } else { "allow" })).collect::<String>();
        let text: String = rules.iter().map(line).collect();
        prop_assert!(agrees(Format::Ufw, &text, |address| first_match(&rules, address))?, "{}", text);
    }
}

fn single_if_negated(rule: Rule) -> Rule {
    let sources = if rule.negated { rule.sources[..1].to_vec() } else { rule.sources };
    Rule { sources, ..rule }
}
