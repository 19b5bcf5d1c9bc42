//! The kinds of values in a log line, and checks whether a text can be such a value.

use std::net::IpAddr;

use memchr::{memchr, memchr2, memrchr};

use super::entry::Entry;
use super::text::Text;
use super::time;
use crate::client;

/// The kind of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An irrelevant value.
    Skip,
    /// The text between the client and the request, which contains a time.
    Between,
    /// An irrelevant number that marks the end of the value before it.
    Number,
    /// The client's address, with or without a port; or its name, or the list of a forwarded header.
    Client,
    Peer,
    /// The user name by the client's machine (RFC 1413), which is nearly always `-`. It distinguishes these columns
    /// from additional ones at the start: it is never an address.
    Ident,
    /// The first line of the request: method, target, protocol.
    Request,
    Method,
    /// The target as sent.
    Target,
    /// A path that the server has decoded or rewritten. It is used only if the target as sent is not logged.
    Path {
        counts: bool,
    },
    /// The query alone.
    Query,
    Status,
    Bytes,
    Time,
    Referer,
    Agent,
    Host,
    /// The name of the user who is logged in.
    User,
    /// A request header, by its name in lower case, and whether it is the watched one.
    Header {
        name: Box<str>,
        watched: bool,
    },
}

impl Kind {
    /// The kind of a request header.
    pub(super) fn header(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "referer" => Kind::Referer,
            "user-agent" => Kind::Agent,
            "host" => Kind::Host,
            other => Kind::Header { name: other.into(), watched: false },
        }
    }

    /// The kind in words.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Kind::Skip | Kind::Between => "a value",
            Kind::Number => "a number",
            Kind::Client => "the client's address",
            Kind::Peer => "the connection's address",
            Kind::Ident => "an identity, mostly `-`,",
            Kind::Request => "the request line",
            Kind::Method => "a method",
            Kind::Target | Kind::Path { .. } => "a path",
            Kind::Query => "a query",
            Kind::Status => "a status of three digits",
            Kind::Bytes => "a number of bytes",
            Kind::User => "a user",
            Kind::Time => "a time",
            Kind::Referer => "the referer",
            Kind::Agent => "the user agent",
            Kind::Host => "a host",
            Kind::Header { .. } => "a header",
        }
    }

    /// Stores the value in the entry; returns false if the text cannot be such a value. A quoted value may be any text,
    /// so the plain values distinguish a valid line from a damaged one.
    pub(super) fn read<'a>(&self, value: Text<'a>, entry: &mut Entry<'a>) -> bool {
        let raw = value.raw();
        let absent = matches!(raw, b"-" | b"");
        let given = if absent { None } else { Some(value) };
        match self {
            Kind::Skip | Kind::Query | Kind::Path { counts: false } | Kind::Header { watched: false, .. } => {}
            Kind::Number => {
                return !raw.is_empty() && raw.iter().all(|byte| byte.is_ascii_digit() || b".-".contains(byte));
            }
            Kind::Client => match address(raw) {
                None => return no_address(value, entry),
                address => entry.client = address,
            },
            Kind::Between => return between(value, entry),
            Kind::Peer => entry.peer = address(raw),
            Kind::Ident => return absent || (address(raw).is_none() && memchr2(b' ', b'"', raw).is_none()),
            Kind::Request => request(value, entry),
            Kind::Method => entry.method = method(raw),
            Kind::Target | Kind::Path { counts: true } => entry.target = given,
            Kind::Status => {
                entry.status = status(raw);
                return absent || entry.status.is_some();
            }
            Kind::Bytes => {
                entry.bytes = number(raw);
                return absent || entry.bytes.is_some();
            }
            Kind::Time => match time::parse(raw) {
                None => return absent || no_time(value, entry),
                time => entry.time = time,
            },
            Kind::Referer => entry.referer = given,
            Kind::Agent => entry.agent = given,
            Kind::Host => entry.host = given,
            Kind::User => entry.user = given,
            Kind::Header { watched: true, .. } => entry.forwarded.push(given),
        }
        true
    }
}

/// Stores the client's column; returns false if the text cannot be a whole column.
#[cold]
fn no_address<'a>(value: Text<'a>, entry: &mut Entry<'a>) -> bool {
    let raw = value.raw();
    let bare = raw.strip_prefix(b"\"").and_then(|raw| raw.strip_suffix(b"\"")).unwrap_or(raw);
    if let Some(address) = address(bare) {
        entry.client = Some(address);
    } else if is_list(bare) {
        entry.client_list = Some(value.part(bare));
    } else if bare.is_empty() || memchr2(b' ', b'"', bare).is_some() {
        return false;
    } else if entry.client.is_none() {
        entry.unread_client = Some(value.part(bare));
    }
    true
}

/// Whether this is the list of a forwarded header: several elements with at least one address.
pub(super) fn is_list(raw: &[u8]) -> bool {
    let mut elements = raw.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let is_element = |element: &[u8]| !element.is_empty() && memchr2(b' ', b'"', element).is_none();
    memchr(b',', raw).is_some()
        && elements.clone().all(is_element)
        && elements.any(|element| address(element).is_some())
}

/// Searches for a time, with or without brackets.
fn between<'a>(value: Text<'a>, entry: &mut Entry<'a>) -> bool {
    let raw = value.raw().trim_ascii();
    // Then this is the client, and the word before it is a virtual host.
    if raw.split(|byte| *byte == b' ').next().is_some_and(|word| address(word).is_some()) {
        return false;
    }
    let inside = memchr(b'[', raw).and_then(|open| Some(&raw[open + 1..open + memchr(b']', &raw[open..])?]));
    entry.time = inside.and_then(time::parse).or_else(|| {
        let mut at = 0;
        raw.split(|byte| *byte == b' ').find_map(|word| {
            let rest = &raw[at..];
            at += word.len() + 1;
            word.first().filter(|byte| byte.is_ascii_digit())?;
            time::parse(rest).or_else(|| time::parse(word))
        })
    });
    if entry.time.is_none() && raw.iter().any(u8::is_ascii_digit) {
        entry.unread_time = Some(value.part(inside.unwrap_or(raw)));
    }
    true
}

/// A time in an unknown form, such as one with a French month; false if it cannot be a time.
#[cold]
fn no_time<'a>(value: Text<'a>, entry: &mut Entry<'a>) -> bool {
    if entry.time.is_none() {
        entry.unread_time = Some(value);
    }
    value.raw().iter().any(|byte| byte.is_ascii_digit() || !byte.is_ascii())
}

/// `GET /a b HTTP/1.1`: a target with blanks is the text between the first and the last blank. A line without a
/// protocol is HTTP/0.9. An invalid request leaves the fields empty.
fn request<'a>(line: Text<'a>, entry: &mut Entry<'a>) {
    let raw = line.raw();
    (entry.method, entry.target) = (None, None);
    let Some(blank) = memchr(b' ', raw) else { return };
    let Some(method) = method(&raw[..blank]) else { return };
    let rest = &raw[blank + 1..];
    let end = memrchr(b' ', rest).filter(|at| is_protocol(&rest[at + 1..])).unwrap_or(rest.len());
    if end > 0 {
        entry.method = Some(method);
        entry.target = Some(line.part(&rest[..end]));
    }
}

/// `HTTP/1.1`; Hypercorn logs only the version.
fn is_protocol(word: &[u8]) -> bool {
    word.starts_with(b"HTTP/") || matches!(word, b"1.0" | b"1.1" | b"2" | b"3")
}

/// A method is a token (RFC 9110, section 9.1). A TLS handshake or a worm sends no token.
fn method(raw: &[u8]) -> Option<&str> {
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+.^_`|~-".contains(byte);
    let is_valid = !raw.is_empty() && raw != b"-" && raw.iter().all(token);
    if is_valid { std::str::from_utf8(raw).ok() } else { None }
}

/// An address in a log, parsed like the header of a live request.
pub(super) fn address(raw: &[u8]) -> Option<IpAddr> {
    client::read_address(raw)
}

fn status(raw: &[u8]) -> Option<u16> {
    match raw {
        [a, b, c] if raw.iter().all(u8::is_ascii_digit) => {
            Some(u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0'))
        }
        // nginx and Caddy write 0 if nothing was sent, HAProxy -1, IIS and CloudFront 000.
        b"0" | b"-1" => Some(0),
        _ => None,
    }
}

fn number(raw: &[u8]) -> Option<u64> {
    // If HAProxy logs at the response's head, it counts only the bytes so far.
    let raw = raw.strip_prefix(b"+").unwrap_or(raw);
    if !(1..=19).contains(&raw.len()) || !raw.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(raw.iter().fold(0, |sum, byte| sum * 10 + u64::from(byte - b'0')))
}
