//! nginx: `allow` and `deny`, where the first match decides, and `geo`, where the most specific network decides.

use super::blocks::{Comments, Item, Words, items};
use super::{every_address, names_address, not_read, rule, rule_for_all};
use crate::feeds::address_set::Span;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;
use crate::feeds::verdicts::{Intent, Rule, Scopes, Verdict, intent, value_intent};

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let mut scopes = Scopes::default();
    // Networks with a value may be in their own file, which a `geo` block includes.
    let mut blocks = vec![Block { is_top: true, ..Block::default() }];
    for item in items(text, Comments::Hash) {
        match item {
            Item::Open(head) => blocks.push(Block::open(&head, sink)),
            Item::Close => {
                if let Some(block) = blocks.pop_if(|block| !block.is_top) {
                    block.close(&mut scopes);
                }
            }
            Item::Statement(words) => {
                if let Some(block) = blocks.last_mut() {
                    block.statement(&words, sink);
                }
            }
        }
    }
    blocks.into_iter().for_each(|block| block.close(&mut scopes));
    scopes.finish(sink);
    Ok(())
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    /// At the top level, with directives and networks with a value.
    #[default]
    Any,
    /// `http`, `server`, `location`.
    Directives,
    Geo,
    /// `upstream`, `map $http_host`: no client addresses.
    Other,
    /// A `map` of the client address.
    AddressMap,
}

#[derive(Debug, Default)]
struct Block<'a> {
    kind: Kind,
    is_top: bool,
    access: Vec<Rule<'a>>,
    geo: Geo<'a>,
}

#[derive(Debug, Default)]
struct Geo<'a> {
    /// Later ranges replace earlier ones of any length.
    ranges: bool,
    networks: Vec<Rule<'a>>,
}

const ADDRESS_VARIABLES: &[&str] = &["remote_addr", "realip", "proxy_protocol_addr", "forwarded_for"];

/// Directives with addresses of the server itself: where it listens, its upstreams, its trusted proxies.
const OWN_ADDRESSES: &[&str] = &[
    "listen",
    "server",
    "server_name",
    "resolver",
    "proxy_pass",
    "proxy_bind",
    "set_real_ip_from",
    "proxy",
    "error_log",
    "access_log",
    "fastcgi_pass",
    "uwsgi_pass",
    "grpc_pass",
    "grpc_bind",
    "fastcgi_bind",
    "proxy_set_header",
    "add_header",
    "return",
    "rewrite",
    "memcached_pass",
    "scgi_pass",
    "proxy_redirect",
];

impl<'a> Block<'a> {
    fn open(head: &Words<'a>, sink: &mut Collector<'_>) -> Self {
        sink.at_line(head.line);
        let of_address = || head.words.iter().any(|word| ADDRESS_VARIABLES.iter().any(|name| word.contains(name)));
        let kind = match head.first() {
            "geo" => {
                let variable = head.words.last().copied().unwrap_or_default();
                if intent(variable) == Intent::Allowed {
                    let help = "write a list of the denied addresses";
                    sink.exception_with(head.text, "this variable contains allowed addresses", help);
                }
                Kind::Geo
            }
            "map" if of_address() => Kind::AddressMap,
            "if" if of_address() => {
                not_read(head.text, "a condition on the client's address", sink);
                Kind::Directives
            }
            "map" | "upstream" | "types" | "split_clients" | "match" => Kind::Other,
            _ => Kind::Directives,
        };
        Self { kind, ..Self::default() }
    }

    fn statement(&mut self, words: &Words<'a>, sink: &mut Collector<'_>) {
        sink.at_line(words.line);
        match (self.kind, words.first()) {
            (Kind::Other, _) => {}
            (_, "include") => not_read(words.text, "an included file", sink),
            (Kind::AddressMap, "default" | "hostnames" | "volatile") => {}
            (Kind::AddressMap, _) => not_read(words.text, "a map of the client's address", sink),
            (Kind::Geo, _) => self.geo.statement(words, sink),
            (_, directive @ ("allow" | "deny")) => self.access(words, directive, sink),
            (_, "satisfy") if words.get(1) == "any" => {
                let help = "a person who logs in gets past `deny`; remove it, or the addresses";
                sink.exception_with(words.text, "`satisfy any` lets addresses through that are denied", help);
            }
            (_, word) if OWN_ADDRESSES.contains(&word) => {}
            (Kind::Any, word) if is_geo_statement(word) => self.geo.statement(words, sink),
            _ if words.words.iter().any(|word| names_address(word)) => not_read(words.text, "this directive", sink),
            _ => {}
        }
    }

    fn access(&mut self, words: &Words<'a>, directive: &str, sink: &mut Collector<'_>) {
        let verdict = if directive == "deny" { Verdict::Denied } else { Verdict::Allowed };
        match (words.get(1), words.words.len()) {
            // A Unix socket has no address.
            ("unix:", 2) => {}
            ("all", 2) if verdict == Verdict::Denied => every_address(words.text, sink),
            ("all", 2) => self.access.push(rule_for_all(words.line, words.text, verdict)),
            (address, 2) => self.access.extend(rule(words.line, address, verdict, address, sink)),
            _ => {
                let help = "write one address, and `;` behind it";
                sink.exception_with(words.text, format!("`{directive}` takes one address"), help);
            }
        }
    }

    fn close(self, scopes: &mut Scopes<'a>) {
        scopes.push(self.access);
        scopes.push(self.geo.by_precedence());
    }
}

/// `198.51.100.0/24 1`, `default 0`, `ranges`, `delete 198.51.100.0/24`.
fn is_geo_statement(word: &str) -> bool {
    matches!(word, "default" | "ranges" | "delete" | "proxy_recursive") || word.contains(['.', ':'])
}

impl<'a> Geo<'a> {
    fn statement(&mut self, words: &Words<'a>, sink: &mut Collector<'_>) {
        let value = words.get(1);
        match (words.first(), words.words.len()) {
            ("ranges", 1) => self.ranges = true,
            ("proxy" | "proxy_recursive", _) => {}
            ("default", 2) if value_intent(value) == Intent::Allowed => {}
            ("default", _) => every_address(words.text, sink),
            ("delete", 2) => self.delete(words, value, sink),
            (address, 2) => match value_intent(value) {
                Intent::Denied => self.networks.extend(rule(words.line, address, Verdict::Denied, address, sink)),
                Intent::Allowed => {
                    self.networks.extend(rule(words.line, address, Verdict::Allowed, address, sink));
                }
                Intent::Unknown => {
                    let help = "write `1` for denied networks, and `0` for the others";
                    let message = format!("the value `{value}` does not say whether the network is denied");
                    sink.exception_with(words.text, message, help);
                }
            },
            _ => {
                let help = "write a network and a value, such as `198.51.100.0/24 1;`";
                sink.exception_with(words.text, "not a network and its value", help);
            }
        }
    }

    /// A deleted network has the value of the network around it.
    fn delete(&mut self, words: &Words<'a>, address: &'a str, sink: &mut Collector<'_>) {
        let Some(deleted) = rule(words.line, words.text, Verdict::Allowed, address, sink) else { return };
        let before = self.networks.len();
        self.networks.retain(|network| self.ranges || network.spans != deleted.spans);
        if self.networks.len() == before {
            self.networks.push(deleted);
        }
    }

    /// Sorts the networks so that the first match decides.
    fn by_precedence(self) -> Vec<Rule<'a>> {
        let mut networks = self.networks;
        networks.reverse();
        if !self.ranges {
            networks.sort_by_key(|network| network.spans.iter().map(width).max());
        }
        networks
    }
}

fn width(span: &Span) -> u128 {
    span.last - span.first
}
