//! The client address for any header lines, peer and trust.
//!
//! The result is compared with a slow and obvious parser of `X-Forwarded-For`, and with the rules for every grammar: no
//! header of an untrusted peer is read, and no element before the client's hop changes the client address.

#![no_main]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_scanner_guard::{ClientOutcome, GuardConfig, RequestFacts};
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

const HEADERS: [&str; 3] = ["x-forwarded-for", "forwarded", "cf-connecting-ip"];
const LIST: usize = 0;
const FORWARDED: usize = 1;
const SINGLE: usize = 2;

#[derive(Arbitrary, Debug)]
struct Input {
    header: u8,
    /// The number of counted proxies, or trusted ranges.
    hops: Option<u8>,
    peer: Address,
    lines: Vec<Vec<Part>>,
    forged: Vec<Vec<Part>>,
    /// Whether the forged text is on its own lines.
    apart: bool,
}

#[derive(Arbitrary, Clone, Debug)]
enum Address {
    Proxy(u8),
    ProxyV6(u16),
    Mapped(u8),
    Person(u8),
    Any(Ipv4Addr),
    AnyV6(Ipv6Addr),
}

impl Address {
    fn ip(&self) -> IpAddr {
        match *self {
            Address::Proxy(n) => [10, 0, 0, n].into(),
            Address::ProxyV6(n) => Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, n).into(),
            Address::Mapped(n) => Ipv4Addr::new(10, 0, 0, n).to_ipv6_mapped().into(),
            Address::Person(n) => [198, 51, 100, n].into(),
            Address::Any(v4) => v4.into(),
            Address::AnyV6(v6) => v6.into(),
        }
    }
}

/// A piece of a header line.
#[derive(Arbitrary, Clone, Debug)]
enum Part {
    Address(Address),
    Bracketed(Address),
    Port(u16),
    Comma,
    For,
    Quote,
    Backslash,
    Pair,
    Blank,
    Bytes(Vec<u8>),
}

fn bytes(parts: &[Part]) -> Vec<u8> {
    let mut line = Vec::new();
    for part in parts.iter().take(32) {
        match part {
            Part::Address(address) => line.extend_from_slice(address.ip().to_string().as_bytes()),
            Part::Bracketed(address) => line.extend_from_slice(format!("[{}]", address.ip()).as_bytes()),
            Part::Port(port) => line.extend_from_slice(format!(":{port}").as_bytes()),
            Part::Comma => line.extend_from_slice(b", "),
            Part::For => line.extend_from_slice(b"for="),
            Part::Quote => line.push(b'"'),
            Part::Backslash => line.push(b'\\'),
            Part::Pair => line.extend_from_slice(b";proto=https"),
            Part::Blank => line.push(b'\t'),
            Part::Bytes(bytes) => line.extend(bytes.iter().take(16)),
        }
    }
    line
}

fn is_trusted(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.octets()[0] == 10,
        IpAddr::V6(v6) => v6.segments()[0] == 0xfd00,
    }
}

fn is_port(port: &str) -> bool {
    (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

fn zoneless(text: &str) -> Option<Ipv6Addr> {
    match text.split_once('%') {
        Some((_, "")) => None,
        Some((address, _)) => address.parse().ok(),
        None => text.parse().ok(),
    }
}

/// One element of `X-Forwarded-For`, without regard to speed.
fn read(element: &str) -> Option<IpAddr> {
    let address = if let Some(rest) = element.strip_prefix('[') {
        let (inside, behind) = rest.split_once(']')?;
        let good = behind.is_empty() || behind.strip_prefix(':').is_some_and(is_port);
        good.then(|| zoneless(inside)).flatten()?.into()
    } else if let Ok(v4) = element.parse::<Ipv4Addr>() {
        v4.into()
    } else if let Some((v4, port)) = element.split_once(':').filter(|(_, port)| !port.contains(':')) {
        is_port(port).then(|| v4.parse::<Ipv4Addr>().ok()).flatten()?.into()
    } else {
        // Without brackets, the last group is a port only if the text is not an address.
        let without_port = || element.rsplit_once(':').filter(|(_, port)| is_port(port)).and_then(|(v6, _)| zoneless(v6));
        IpAddr::V6(zoneless(element).or_else(without_port)?)
    };
    Some(address.to_canonical())
}

/// The client for a hop of this kind.
fn named(client: IpAddr, locally: bool) -> (Option<IpAddr>, ClientOutcome) {
    let reserved = matches!(client, IpAddr::V4(v4) if v4.octets()[0] == 0 || v4.octets()[0] >= 240);
    if reserved || client.is_loopback() && !locally {
        (None, ClientOutcome::Reserved)
    } else {
        (Some(client), ClientOutcome::Client)
    }
}

/// The client by `X-Forwarded-For`, and how it was found.
fn oracle(peer: IpAddr, hops: Option<usize>, lines: &[Vec<u8>]) -> (Option<IpAddr>, ClientOutcome) {
    let joined = lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>().join(",");
    let elements: Vec<&str> =
        joined.split(',').map(|element| element.trim_matches([' ', '\t'])).filter(|element| !element.is_empty()).rev().collect();
    if let Some(hops) = hops {
        let locally = match hops.checked_sub(2).and_then(|before| elements.get(before)) {
            Some(element) => read(element).map_or(element.starts_with("unix:"), |hop| hop.is_loopback()),
            None => peer.is_loopback(),
        };
        return match elements.get(hops - 1).map(|element| read(element)) {
            None => (None, ClientOutcome::TooFewHops),
            Some(None) => (None, ClientOutcome::Unparseable),
            Some(Some(client)) => named(client, locally),
        };
    }
    if !is_trusted(peer) {
        return (Some(peer), ClientOutcome::Peer);
    }
    for (passed, element) in elements.iter().enumerate() {
        match read(element) {
            _ if passed == 64 => return (None, ClientOutcome::TooManyHops),
            None => return (None, ClientOutcome::Unparseable),
            // No trusted address of this policy is loopback.
            Some(hop) if !is_trusted(hop) => return named(hop, false),
            Some(_) => {}
        }
    }
    match elements.last() {
        Some(leftmost) => (read(leftmost), ClientOutcome::AllTrusted),
        None => (Some(peer), ClientOutcome::NoHeader),
    }
}

fn resolve(config: &GuardConfig, header: &str, peer: IpAddr, lines: &[Vec<u8>]) -> (Option<IpAddr>, ClientOutcome) {
    let lines: Vec<(&str, &[u8])> = lines.iter().map(|line| (header, line.as_slice())).collect();
    let facts = RequestFacts::new("/").peer(peer).headers(&lines);
    let _ = config.decide(&facts);
    let explanation = config.explain(&facts);
    (explanation.client().address(), explanation.client().outcome())
}

fuzz_target!(|input: Input| {
    let kind = usize::from(input.header) % HEADERS.len();
    let header = HEADERS[kind];
    let hops = input.hops.map(|hops| usize::from(hops % 8) + 1).filter(|hops| kind != SINGLE || *hops == 1);
    let trust = match hops {
        Some(hops) => format!("trusted_hops = {hops}"),
        None => "trusted_proxies = [\"10.0.0.0/8\", \"fd00::/16\"]".to_owned(),
    };
    let toml = format!("scanners.use = [\"trend-micro\"]\n[client]\n{trust}\nheader = \"{header}\"\ncheck = \"any-hop\"");
    let config = GuardConfig::from_toml(&toml).expect("a good policy");
    let peer = input.peer.ip().to_canonical();
    let lines: Vec<Vec<u8>> = input.lines.iter().take(8).map(|line| bytes(line)).collect();
    let (client, outcome) = resolve(&config, header, peer, &lines);
    if kind == LIST {
        let (expected, how) = oracle(peer, hops, &lines);
        assert_eq!((client, outcome), (expected, how), "{lines:?}");
    }
    if hops.is_none() && !is_trusted(peer) {
        assert_eq!((client, outcome), (Some(peer), ClientOutcome::Peer));
    }
    assert_eq!(client.is_none(), [ClientOutcome::Unparseable, ClientOutcome::Reserved, ClientOutcome::TooFewHops, ClientOutcome::TooManyHops]
        .contains(&outcome), "{outcome:?}");

    // Text before the header matters only if the walk reached the end of it.
    let ended = [ClientOutcome::AllTrusted, ClientOutcome::NoHeader, ClientOutcome::TooFewHops].contains(&outcome);
    if ended || kind == SINGLE {
        return;
    }
    let mut forged: Vec<Vec<u8>> = input.forged.iter().take(4).map(|line| bytes(line)).collect();
    // An unbalanced quote of a proxy makes an invalid `Forwarded` element; the text before it then belongs to the
    // quote.
    let whole = kind != FORWARDED || outcome == ClientOutcome::Client;
    match lines.split_first() {
        Some((first, rest)) if !input.apart && whole => {
            let mut line = forged.pop().unwrap_or_default();
            line.extend_from_slice(b",");
            line.extend_from_slice(first);
            forged.push(line);
            forged.extend_from_slice(rest);
        }
        _ => forged.extend_from_slice(&lines),
    }
    assert_eq!(resolve(&config, header, peer, &forged), (client, outcome), "{forged:?}");
});
