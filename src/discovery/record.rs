//! A record: one request, reduced to hashes and flags.

use std::fmt;
use std::net::IpAddr;

use super::network::{Host, NetworkId};

/// A request as a server or its log has it.
///
/// ```
/// use actix_scanner_guard::discovery::{Recorder, Request};
///
/// let request = Request {
///     referer: Some(b"https://site.example/"),
///     agent: Some(b"curl/8"),
///     ..Request::new(1_769_860_800, "203.0.113.7".parse()?, "GET", b"/report?id=7")
/// };
/// let record = Recorder::new([1; 16]).record(&request);
/// assert_eq!(record.time(), 1_769_860_800);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Seconds since 1970.
    pub time: u32,
    /// The client's address.
    pub address: IpAddr,
    /// The method as sent.
    pub method: &'a str,
    /// The request target with its query, as sent.
    pub target: &'a [u8],
    /// The status of the response, if it is known.
    pub status: Option<u16>,
    /// The host that the request is for, if it is known.
    pub host: Option<&'a [u8]>,
    /// The `Referer` header, if the request has one.
    pub referer: Option<&'a [u8]>,
    /// False for a log that has no `Referer` at all.
    pub has_referers: bool,
    /// The `User-Agent` header, if the request has one and the log records it.
    pub agent: Option<&'a [u8]>,
    /// Whether the client is logged in.
    pub logged_in: bool,
    /// False for an address that must never be in a finding: the operator's own, a trusted proxy.
    pub may_follow: bool,
    /// Any number with which the caller can find the request again; it is part of the evidence.
    pub tag: u64,
}

impl<'a> Request<'a> {
    /// A request with only these facts.
    #[must_use]
    pub fn new(time: u32, address: IpAddr, method: &'a str, target: &'a [u8]) -> Self {
        Self {
            time,
            address,
            method,
            target,
            status: None,
            host: None,
            referer: None,
            has_referers: true,
            agent: None,
            logged_in: false,
            may_follow: true,
            tag: 0,
        }
    }
}

/// A request in 64 bytes, which hold no text of it: targets and agents are keyed hashes.
///
/// ```
/// use actix_scanner_guard::discovery::{Record, Recorder, Request};
///
/// let request = Request::new(1_769_860_800, "203.0.113.7".parse()?, "GET", b"/report");
/// let record: Record = Recorder::new([1; 16]).record(&request);
/// assert!(std::mem::size_of_val(&record) <= 64);
/// assert_eq!((record.time(), record.address(), record.tag()), (request.time, request.address, 0));
/// let later: Record = record.at(record.time() + 60);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Record {
    /// The bits of the address; IPv4 is in IPv6 form.
    pub(super) address: [u64; 2],
    /// The hash of the path without its query.
    pub(super) path: u64,
    /// The hash of path and query; without a query, the hash of the path.
    pub(super) target: u64,
    /// The hash of the page in the referer; 0 without one.
    pub(super) referer: u64,
    pub(super) tag: u64,
    pub(super) time: u32,
    /// The hash of the agent; 0 if the agent is not known.
    pub(super) agent: u32,
    /// The hash of the referer's host; 0 without one.
    pub(super) referer_host: u32,
    pub(super) flags: u32,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("time", &self.time).field("address", &self.address()).finish_non_exhaustive()
    }
}

/// Flags of a request.
pub(super) mod flag {
    pub(in super::super) const ASSET: u32 = 1;
    pub(in super::super) const AUTOMATIC: u32 = 1 << 1;
    pub(in super::super) const FETCH: u32 = 1 << 2;
    pub(in super::super) const HEAD: u32 = 1 << 3;
    pub(in super::super) const ERROR: u32 = 1 << 4;
    pub(in super::super) const LOGGED_IN: u32 = 1 << 5;
    pub(in super::super) const DECLARED: u32 = 1 << 6;
    pub(in super::super) const HAS_REFERERS: u32 = 1 << 7;
    pub(in super::super) const NO_FOLLOWER: u32 = 1 << 8;
    pub(in super::super) const SERVED: u32 = 1 << 9;
}

impl Record {
    /// Time of the request in seconds since 1970.
    #[must_use]
    pub fn time(&self) -> u32 {
        self.time
    }

    /// The address of the client.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        let bits = u128::from(self.address[0]) << 64 | u128::from(self.address[1]);
        IpAddr::from(bits.to_be_bytes()).to_canonical()
    }

    /// The tag that the caller gave the request.
    #[must_use]
    pub fn tag(&self) -> u64 {
        self.tag
    }

    /// The same request at another time.
    #[must_use]
    pub fn at(self, time: u32) -> Self {
        Self { time, ..self }
    }

    /// The hash of the agent; 0 without one.
    #[cfg(feature = "cli")]
    pub(crate) fn agent_hash(&self) -> u32 {
        self.agent
    }

    /// The network (/24, or /48 of IPv6) of the client.
    pub(crate) fn network_prefix(&self) -> ipnet::IpNet {
        self.network().0.prefix()
    }

    /// Records the status of the response, and whether the application itself answered.
    pub(crate) fn answered(&mut self, status: u16, by_application: bool) {
        self.set(flag::ERROR, is_error(status));
        self.set(flag::SERVED, by_application && matches!(status, 200..=299 | 304));
    }

    /// Records that the address must never be in a finding.
    pub(crate) fn never_follows(&mut self) {
        self.set(flag::NO_FOLLOWER, true);
    }

    fn set(&mut self, flag: u32, is: bool) {
        self.flags = if is { self.flags | flag } else { self.flags & !flag };
    }

    /// The bits of the address after those of an IPv6 network.
    pub(super) fn rest(&self) -> [u8; 10] {
        let mut rest = [0; 10];
        rest[..2].copy_from_slice(&(self.address[0] as u16).to_be_bytes());
        rest[2..].copy_from_slice(&self.address[1].to_be_bytes());
        rest
    }

    pub(super) fn network(&self) -> (NetworkId, Host) {
        NetworkId::of(self.address())
    }

    pub(super) fn is(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    pub(super) fn has_query(&self) -> bool {
        self.target != self.path
    }

    /// The hash that stands for the path with any query.
    pub(super) fn any_query(&self) -> u64 {
        self.path.rotate_left(31).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d
    }
}

/// Whether a page with this status does not exist, or was refused.
pub(super) fn is_error(status: u16) -> bool {
    matches!(status, 400 | 403 | 404 | 405 | 410)
}
