//! What a value in a log line means, and whether it can be one at all.

use std::net::IpAddr;

use memchr::{memchr, memrchr};

use super::entry::Entry;
use super::text::Text;
use super::time;
use crate::client;

/// What stands at a place of a log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing that is of interest.
    Skip,
    /// A number that is of no interest, but tells where the value before it ends.
    Number,
    /// The client's address, with or without a port; or its name.
    Client,
    Peer,
    /// The first line of the request: method, target, protocol.
    Request,
    Method,
    Target,
    /// The query alone.
    Query,
    Status,
    Bytes,
    Time,
    Referer,
    Agent,
    Host,
    /// The name that the client is logged in with.
    User,
    /// A request header, by its name in lower case, and whether it is the one that the log's reader wants.
    Header {
        name: Box<str>,
        watched: bool,
    },
}

impl Kind {
    /// The place of a request header.
    pub(super) fn header(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "referer" => Kind::Referer,
            "user-agent" => Kind::Agent,
            "host" => Kind::Host,
            other => Kind::Header { name: other.into(), watched: false },
        }
    }

    /// Puts the value where it belongs; false where it cannot be one. What is in quotes may hold anything, so it is
    /// the plain values that tell a sound line from a damaged one.
    pub(super) fn read<'a>(&self, value: Text<'a>, entry: &mut Entry<'a>) -> bool {
        let raw = value.raw();
        let absent = matches!(raw, b"-" | b"");
        let given = if absent { None } else { Some(value) };
        match self {
            Kind::Skip | Kind::Query | Kind::Header { watched: false, .. } => {}
            Kind::Number => {
                return !raw.is_empty() && raw.iter().all(|byte| byte.is_ascii_digit() || b".-".contains(byte));
            }
            Kind::Client => {
                entry.client = address(raw).or(entry.client);
                return !raw.is_empty() && memchr(b' ', raw).is_none();
            }
            Kind::Peer => entry.peer = address(raw),
            Kind::Request => request(value, entry),
            Kind::Method => entry.method = method(raw),
            Kind::Target => entry.target = given,
            Kind::Status => {
                entry.status = status(raw);
                return absent || entry.status.is_some();
            }
            Kind::Bytes => {
                entry.bytes = number(raw);
                return absent || entry.bytes.is_some();
            }
            Kind::Time => {
                let time = time::parse(raw);
                entry.time = time.or(entry.time);
                return absent || time.is_some();
            }
            Kind::Referer => entry.referer = given,
            Kind::Agent => entry.agent = given,
            Kind::Host => entry.host = given,
            Kind::User => entry.user = given,
            Kind::Header { watched: true, .. } => entry.forwarded.push(given),
        }
        true
    }
}

/// `GET /a b HTTP/1.1`, where a target that holds blanks is all between the first and the last. Without a protocol it
/// is HTTP/0.9. What is no request leaves nothing.
fn request<'a>(line: Text<'a>, entry: &mut Entry<'a>) {
    let raw = line.raw();
    (entry.method, entry.target) = (None, None);
    let Some(blank) = memchr(b' ', raw) else { return };
    let Some(method) = method(&raw[..blank]) else { return };
    let rest = &raw[blank + 1..];
    let end = memrchr(b' ', rest).filter(|at| rest[at + 1..].starts_with(b"HTTP/")).unwrap_or(rest.len());
    if end > 0 {
        entry.method = Some(method);
        entry.target = Some(line.part(&rest[..end]));
    }
}

/// A method is a token (RFC 9110, section 9.1); what a TLS handshake or a worm sends instead is not.
fn method(raw: &[u8]) -> Option<&str> {
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+.^_`|~-".contains(byte);
    let sound = !raw.is_empty() && raw != b"-" && raw.iter().all(token);
    if sound { std::str::from_utf8(raw).ok() } else { None }
}

/// An address as servers log it: read as the header of a live request is.
pub(super) fn address(raw: &[u8]) -> Option<IpAddr> {
    client::read_address(raw)
}

fn status(raw: &[u8]) -> Option<u16> {
    match raw {
        [a, b, c] if raw.iter().all(u8::is_ascii_digit) => {
            Some(u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0'))
        }
        // nginx and Caddy write 0 where nothing was sent.
        b"0" => Some(0),
        _ => None,
    }
}

fn number(raw: &[u8]) -> Option<u64> {
    if !(1..=19).contains(&raw.len()) || !raw.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(raw.iter().fold(0, |sum, byte| sum * 10 + u64::from(byte - b'0')))
}
