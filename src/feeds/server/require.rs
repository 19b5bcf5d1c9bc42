//! Apache's `Require` in `<RequireAll>`, `<RequireAny>` and `<RequireNone>`, as sets of allowed addresses.

use super::{every_address, names_address, not_read, read_source};
use crate::feeds::address_set::{AddressSet, Span};
use crate::feeds::collect::Collector;
use crate::feeds::entry::partial;
use crate::feeds::verdicts::{Rule, Verdict};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    All,
    Any,
    None,
}

#[derive(Clone, Debug)]
enum Node {
    Container(Container, Vec<Node>),
    /// Addresses that are allowed.
    Ip(AddressSet),
    /// Addresses that are not allowed.
    NotIp(AddressSet),
    Granted,
    /// Clients are allowed by a property other than their address.
    Unknown,
}

/// The requirements of a section.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    open: Vec<(Container, Vec<Node>)>,
    /// Every address in it, in the order of the file.
    named: Vec<Rule<'a>>,
    /// The first requirement, for reports on all of them.
    first: Option<(usize, &'a str)>,
}

impl Default for Tree<'_> {
    fn default() -> Self {
        Self { open: vec![(Container::Any, Vec::new())], named: Vec::new(), first: None }
    }
}

impl<'a> Tree<'a> {
    pub(super) fn open(&mut self, container: Container) {
        self.open.push((container, Vec::new()));
    }

    pub(super) fn close(&mut self) {
        if self.open.len() > 1
            && let Some((container, nodes)) = self.open.pop()
        {
            self.add(Node::Container(container, nodes));
        }
    }

    /// `ip …`, `not ip …`, `all granted`, and others.
    pub(super) fn require(&mut self, line: usize, code: &'a str, words: &[&'a str], sink: &mut Collector<'_>) {
        self.first.get_or_insert((line, code));
        let lower: Vec<String> = words.iter().take(2).map(|word| word.to_ascii_lowercase()).collect();
        let node = match lower.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["not", "ip"] => Node::NotIp(self.addresses(line, &words[2..], Verdict::Denied, sink)),
            ["ip", ..] => Node::Ip(self.addresses(line, &words[1..], self.of_ip(), sink)),
            ["all", "granted"] => Node::Granted,
            ["all", "denied"] | ["not", "all"] => return every_address(code, sink),
            ["not", "host" | "forward-dns" | "expr"] | ["host" | "forward-dns" | "expr", ..] => {
                return not_read(code, "a requirement of another kind than `ip`", sink);
            }
            _ if words.iter().any(|word| names_address(word)) => return not_read(code, "this requirement", sink),
            _ => Node::Unknown,
        };
        self.add(node);
    }

    fn add(&mut self, node: Node) {
        if let Some((_, nodes)) = self.open.last_mut() {
            nodes.push(node);
        }
    }

    /// The effect of `Require ip` here: within an odd number of `<RequireNone>` it denies.
    fn of_ip(&self) -> Verdict {
        let negations = self.open.iter().filter(|(container, _)| *container == Container::None).count();
        if negations % 2 == 1 { Verdict::Denied } else { Verdict::Allowed }
    }

    fn addresses(&mut self, line: usize, words: &[&'a str], verdict: Verdict, sink: &mut Collector<'_>) -> AddressSet {
        let mut set = AddressSet::default();
        for word in words {
            let address = partial(word).map_or_else(|| (*word).to_owned(), |net| net.to_string());
            let span = read_source(&address, verdict, sink);
            set.extend(span);
            self.named.push(Rule { line, text: word, verdict, spans: span.into_iter().collect() });
        }
        set
    }

    /// The named addresses that are not allowed. All other addresses must be allowed.
    pub(super) fn rules(&mut self, sink: &mut Collector<'_>) -> Vec<Rule<'a>> {
        while self.open.len() > 1 {
            self.close();
        }
        let Some((line, code)) = self.first else { return Vec::new() };
        let nodes = self.open.pop().map(|(_, nodes)| nodes).unwrap_or_default();
        sink.at_line(line);
        if nodes.iter().any(|node| matches!(node, Node::NotIp(_))) && nodes.len() > 1 && !only_negative(&nodes) {
            let help = "put it into `<RequireAll>` with `Require all granted`";
            sink.exception_with(code, "outside of `<RequireAll>`, `Require not` has no effect", help);
            return Vec::new();
        }
        let denied = allowed_addresses(Container::Any, &nodes).complement();
        let denied_rules = self.named.iter().filter(|rule| rule.verdict == Verdict::Denied);
        let named: AddressSet = denied_rules.clone().flat_map(|rule| rule.spans.iter().copied()).collect();
        if !denied.minus(&named).is_empty() {
            let help = "only addresses in `Require not ip` or `<RequireNone>` are entries";
            let found = self.named.iter().find(|rule| rule.verdict != Verdict::Denied).map_or(code, |rule| rule.text);
            sink.exception_with(found, "these requirements allow some addresses and deny all others", help);
            return Vec::new();
        }
        let cut = |rule: &Rule<'a>| {
            let spans: Vec<Span> = rule.spans.iter().flat_map(|span| denied.within(*span)).collect();
            Rule { spans, ..rule.clone() }
        };
        denied_rules.map(cut).collect()
    }
}

/// A part of a configuration, whose `Require all granted` is elsewhere.
fn only_negative(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| matches!(node, Node::NotIp(_) | Node::Container(Container::None, _)))
}

/// The addresses that are allowed for some requests. Linear time, since a list may have any number of lines.
fn allowed_addresses(container: Container, nodes: &[Node]) -> AddressSet {
    let mut set = AddressSet::default();
    match container {
        Container::Any if !only_negative(nodes) => {
            set.extend(nodes.iter().flat_map(|node| of_node(node).spans().collect::<Vec<_>>()));
        }
        Container::Any | Container::All => {
            let mut left = AddressSet::all();
            for node in nodes {
                match node {
                    Node::NotIp(addresses) => set.extend(addresses.spans()),
                    node => left = left.and(&of_node(node)),
                }
            }
            return left.minus(&set);
        }
        Container::None => {
            // A person who logs in is denied, but not the address.
            for node in nodes.iter().filter(|node| !matches!(node, Node::Unknown)) {
                set.extend(of_node(node).spans());
            }
            return set.complement();
        }
    }
    set
}

fn of_node(node: &Node) -> AddressSet {
    match node {
        Node::Container(container, nodes) => allowed_addresses(*container, nodes),
        Node::Ip(set) => set.clone(),
        Node::NotIp(set) => set.complement(),
        Node::Granted | Node::Unknown => AddressSet::all(),
    }
}
