//! One request, as a log tells of it.

use std::net::IpAddr;

use super::text::Text;
use super::time::Timestamp;

/// One request, as a log tells of it: what the log's format does not have, or the server did not know, is `None`.
///
/// Borrowed from the line: making one allocates nothing.
///
/// ```
/// use actix_scanner_guard::access_log::{Entry, Format};
///
/// let format: Format = "combined".parse()?;
/// let line = br#"203.0.113.7 - - [31/Jan/2026:12:00:00 +0000] "GET http://shop.example/a?b HTTP/1.1" 404 5 "-" "curl/8""#;
/// let entry: Entry<'_> = format.read(line)?;
/// assert_eq!((entry.method, entry.status, entry.bytes), (Some("GET"), Some(404), Some(5)));
/// assert_eq!(entry.path().unwrap().to_str_lossy(), "/a");
/// assert_eq!(entry.authority().unwrap().to_str_lossy(), "shop.example");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Entry<'a> {
    /// When the request came, or when it was answered; servers differ.
    pub time: Option<Timestamp>,
    /// The client as the server saw it, in canonical form: the connection's address, or what a module of the server
    /// made of a forwarded header.
    pub client: Option<IpAddr>,
    /// The connection's address, where the log has it beside the client's.
    pub peer: Option<IpAddr>,
    /// The lines of the forwarded header that the [format](super::Format) was asked to look out for.
    pub forwarded: Forwarded<'a>,
    /// The method; `None` also where the log has a request that is none, such as a TLS handshake on a plain port.
    pub method: Option<&'a str>,
    /// The request target with its query, as it was sent.
    pub target: Option<Text<'a>>,
    /// The response's status.
    pub status: Option<u16>,
    /// The size of the response, with or without its head; servers differ.
    pub bytes: Option<u64>,
    /// The `Referer` header.
    pub referer: Option<Text<'a>>,
    /// The `User-Agent` header.
    pub agent: Option<Text<'a>>,
    /// The host that the request was for.
    pub host: Option<Text<'a>>,
    /// The name that the client is logged in with.
    pub user: Option<Text<'a>>,
}

/// The lines of one request header. Of more than four, the last four.
///
/// ```
/// use actix_scanner_guard::access_log::{Format, Forwarded};
///
/// let format: Format = r#"$remote_addr "$request" "$http_x_forwarded_for""#.parse()?;
/// let entry = format.read(br#"10.0.0.2 "GET / HTTP/1.1" "198.51.100.9, 203.0.113.7""#)?;
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
    /// So many lines of the header are kept.
    pub(crate) const MAX_LINES: usize = 4;
}

impl<'a> Forwarded<'a> {
    /// Whether the log tells of this header at all, be it that the request had none.
    #[must_use]
    pub fn is_logged(&self) -> bool {
        self.logged
    }

    /// The lines, from the last to the first.
    pub fn from_last(&self) -> impl Iterator<Item = Text<'a>> {
        self.lines.iter().map_while(|line| *line)
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
    /// The path of the target, without its query, as it was sent: `/a` of `/a?b` and of `http://host/a?b`.
    #[must_use]
    pub fn path(&self) -> Option<Text<'a>> {
        let target = self.target?;
        let (_, path) = split_target(target.raw());
        Some(target.part(path))
    }

    /// The host that the target itself names: that of `http://host/a`, and the target of `CONNECT`.
    #[must_use]
    pub fn authority(&self) -> Option<Text<'a>> {
        let target = self.target?;
        let (authority, _) = split_target(target.raw());
        authority.map(|authority| target.part(authority))
    }
}

/// Authority and path of a request target (RFC 9112, section 3.2), whose query and fragment are dropped.
fn split_target(target: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let path_of = |text: &'_ [u8]| memchr::memchr2(b'?', b'#', text).unwrap_or(text.len());
    if target.starts_with(b"/") || target.is_empty() || target == b"*" {
        return (None, &target[..path_of(target)]);
    }
    let scheme = target.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
    match target[scheme..].strip_prefix(b"://") {
        Some(rest) => {
            let end = rest.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            (Some(authority), &path[..path_of(path)])
        }
        // `CONNECT host:443` names no path; anything else is a path without its first slash.
        None if target[scheme..].starts_with(b":") => (Some(target), b""),
        None => (None, &target[..path_of(target)]),
    }
}
