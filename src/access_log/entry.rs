//! One logged request.

use std::net::IpAddr;

use super::text::Text;
use super::time::Timestamp;

/// One logged request. Fields that the log lacks are `None`.
///
/// Borrowed from the line, without allocation.
///
/// ```
/// use actix_scanner_guard::access_log::{Buffer, Entry, LogFormat};
///
/// let format: LogFormat = "combined".parse()?;
/// let line = br#"203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] "GET http://shop.example/a?b HTTP/1.1" 404 5 "-" "curl/8""#;
/// let mut buffer = Buffer::new();
/// let entry: Entry<'_> = format.read(line, &mut buffer)?;
/// assert_eq!((entry.method, entry.status, entry.bytes), (Some("GET"), Some(404), Some(5)));
/// assert_eq!(entry.path().unwrap().to_str_lossy(), "/a");
/// assert_eq!(entry.authority().unwrap().to_str_lossy(), "shop.example");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Entry<'a> {
    /// When the request arrived or was answered; servers differ.
    pub time: Option<Timestamp>,
    /// The time as written, if its form is unknown, such as `24/févr./2026:13:10:58`.
    pub unread_time: Option<Text<'a>>,
    /// The client as the server saw it, in canonical form: the connection's address, or an address that a module of the
    /// server took from a forwarded header.
    pub client: Option<IpAddr>,
    /// The text in the client's column that is not an address: `unix:`, a host name, a hash.
    pub unread_client: Option<Text<'a>>,
    /// A list of forwarded addresses in the client's column, in the form of `X-Forwarded-For`.
    pub client_list: Option<Text<'a>>,
    /// Whether the client's column contains the forwarded header, and the line has no other address.
    pub(crate) client_is_forwarded: bool,
    /// The connection's address, if the log has it in addition to the client's.
    pub peer: Option<IpAddr>,
    /// The lines of the watched header, see [`LogFormat::watching`](super::LogFormat::watching).
    pub forwarded: Forwarded<'a>,
    /// The method. `None` for an invalid request too, such as a TLS handshake on a plain port.
    pub method: Option<&'a str>,
    /// The request target with its query, as sent.
    pub target: Option<Text<'a>>,
    /// The response's status.
    pub status: Option<u16>,
    /// The size of the response, with or without its head; servers differ.
    pub bytes: Option<u64>,
    /// The `Referer` header.
    pub referer: Option<Text<'a>>,
    /// The `User-Agent` header.
    pub agent: Option<Text<'a>>,
    /// The host of the request.
    pub host: Option<Text<'a>>,
    /// The name of the user who is logged in.
    pub user: Option<Text<'a>>,
}

/// The lines of one request header; only the last four are kept.
///
/// ```
/// use actix_scanner_guard::access_log::{Buffer, LogFormat, Forwarded};
///
/// let format: LogFormat = r#"$remote_addr "$request" "$http_x_forwarded_for""#.parse()?;
/// let mut buffer = Buffer::new();
/// let entry = format.read(br#"10.0.0.2 "GET / HTTP/1.1" "198.51.100.9, 203.0.113.7""#, &mut buffer)?;
/// let forwarded: Forwarded<'_> = entry.forwarded;
/// assert!(forwarded.is_logged());
/// let lines: Vec<_> = forwarded.from_last().map(|line| line.to_str_lossy()).collect();
/// assert_eq!(lines, ["198.51.100.9, 203.0.113.7"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Forwarded<'a> {
    logged: bool,
    lines: [Option<Text<'a>>; Forwarded::MAX_LINES],
}

impl Forwarded<'_> {
    /// Maximum number of kept lines.
    pub(crate) const MAX_LINES: usize = 4;
}

impl<'a> Forwarded<'a> {
    /// Whether the log records this header, even if the request lacked it.
    #[must_use]
    pub fn is_logged(&self) -> bool {
        self.logged
    }

    /// The lines, from the last to the first.
    pub fn from_last(&self) -> impl Iterator<Item = Text<'a>> {
        self.lines.iter().map_while(|line| *line)
    }

    /// Whether the request had this header.
    pub(crate) fn is_present(&self) -> bool {
        self.lines[0].is_some()
    }

    pub(super) fn mark_logged(&mut self) {
        self.logged = true;
    }

    pub(super) fn push(&mut self, line: Option<Text<'a>>) {
        self.logged = true;
        if line.is_some() {
            self.lines.rotate_right(1);
            self.lines[0] = line;
        }
    }
}

impl<'a> Entry<'a> {
    /// How much a text looks like the client's column: 2 for an address, 1 for the usual replacements (a name, `unix:`,
    /// `-`), 0 for anything else.
    pub(super) fn client_quality(&self) -> usize {
        let instead = self.unread_client.map(|text| is_client_placeholder(text.raw()));
        match instead {
            _ if self.client.is_some() || self.peer.is_some() || self.client_list.is_some() => 2,
            None | Some(true) if self.forwarded.is_present() => 2,
            Some(true) => 1,
            _ => 0,
        }
    }

    /// The path of the target without its query, as sent: `/a` of `/a?b` and of `http://host/a?b`.
    #[must_use]
    pub fn path(&self) -> Option<Text<'a>> {
        let target = self.target?;
        let (_, path) = split_target(target);
        Some(target.part(path))
    }

    /// The host in the target itself: in `http://host/a`, and in the target of `CONNECT`.
    #[must_use]
    pub fn authority(&self) -> Option<Text<'a>> {
        let target = self.target?;
        let (authority, _) = split_target(target);
        authority.map(|authority| target.part(authority))
    }
}

/// The usual replacements for an address: `unix:`, `-`, a host name.
fn is_client_placeholder(raw: &[u8]) -> bool {
    let name = raw.iter().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(byte));
    let dotted = raw.iter().rposition(|byte| *byte == b'.').and_then(|dot| raw.get(dot + 1));
    raw.starts_with(b"unix")
        || matches!(raw, b"-" | b"localhost" | b"unknown")
        || (name && dotted.is_some_and(u8::is_ascii_alphabetic))
}

/// Authority and path of a request target (RFC 9112, section 3.2), without query and fragment.
fn split_target(target: Text<'_>) -> (Option<&[u8]>, &[u8]) {
    let hash = if target.has_fragments() { b'#' } else { b'?' };
    let target = target.raw();
    let path_of = |text: &'_ [u8]| memchr::memchr2(b'?', hash, text).unwrap_or(text.len());
    if target.starts_with(b"/") || target.is_empty() || target == b"*" {
        return (None, &target[..path_of(target)]);
    }
    let scheme = target.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
    match target[scheme..].strip_prefix(b"://") {
        Some(rest) => {
            let end = memchr::memchr3(b'/', b'?', hash, rest).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            (Some(authority), &path[..path_of(path)])
        }
        // `CONNECT host:443` has no path; any other text is a path without its first slash.
        None if target[scheme..].starts_with(b":") => (Some(target), b""),
        None => (None, &target[..path_of(target)]),
    }
}
