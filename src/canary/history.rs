//! The hits of one canary, by network and role.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use super::id::Canary;
use crate::learned::{CanaryCaller, Moment, Time};

/// One request for a canary.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) canary: Canary,
    pub(crate) address: IpAddr,
    /// Seconds since 1970.
    pub(crate) time: u64,
    /// The microseconds of the second; 0 in logs, whose lines are in order.
    pub(crate) micros: u32,
    pub(crate) agent: Option<Box<str>>,
}

/// The role of a network's hits of one canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    /// The visitor: the network that opened it first, or one of the networks in `from`.
    Visit,
    /// Another network of the same site (/16, or /32 of IPv6) as the visit.
    SameSite,
    /// One of the operator's own networks, or a proxy, which stands for all of its clients.
    Own,
    /// Another network after the visit: the URL was passed on to it.
    Echo,
    /// Another network before the visit: it has the list of canaries.
    Before,
    /// A network that opened a canary that was sent or hidden.
    Opener,
    /// A program that names itself, such as the preview of a chat.
    Declared,
    /// A network that requested a control.
    Control,
    /// A hit after the last valid day, or before the first. The URL may have become known in other ways.
    Late,
}

impl Role {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Role::Visit => "visit",
            Role::SameSite => "same-site",
            Role::Own => "own",
            Role::Echo => "echo",
            Role::Before => "before",
            Role::Opener => "opener",
            Role::Declared => "declared",
            Role::Control => "control",
            Role::Late => "late",
        }
    }
}

/// All hits of one canary from one network, in one role.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Caller {
    /// The /24, or /48 of IPv6.
    pub(crate) network: IpNet,
    /// The address of its first hit.
    pub(crate) address: IpAddr,
    pub(crate) role: Role,
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) hits: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<Box<str>>,
    /// Microseconds after `first`.
    #[serde(skip)]
    pub(super) micros: u32,
    /// Whether it is in the file of findings.
    #[serde(skip)]
    pub(super) is_stored: bool,
}

impl Caller {
    /// Joins the hits of the same network from another source.
    pub(super) fn join(&mut self, other: &Self) {
        let first = (self.first, self.micros, self.address).min((other.first, other.micros, other.address));
        (self.first, self.micros, self.address) = first;
        self.last = self.last.max(other.last);
        self.hits = self.hits.max(other.hits);
        self.is_stored |= other.is_stored;
    }

    /// Its form in the file of findings.
    pub(super) fn stored(&self) -> CanaryCaller {
        CanaryCaller {
            network: self.network,
            address: self.address,
            first: Moment::new(Time::from_seconds(self.first), self.micros),
            last: Time::from_seconds(self.last),
            hits: self.hits,
            entered: false,
            retracted: false,
        }
    }
}

/// The role is a placeholder: the book computes it.
impl From<&CanaryCaller> for Caller {
    fn from(stored: &CanaryCaller) -> Self {
        Self {
            network: stored.network,
            address: stored.address,
            role: Role::Late,
            first: stored.first.second().seconds(),
            micros: stored.first.micros(),
            last: stored.last.seconds(),
            hits: stored.hits,
            agent: None,
            is_stored: true,
        }
    }
}

/// The hits of one canary.
#[derive(Clone, Debug)]
pub(crate) struct HitHistory {
    pub(crate) canary: Canary,
    /// In the order of their first hits.
    pub(crate) callers: Vec<Caller>,
    /// Hits from more networks than [`MAX_NETWORKS`].
    pub(crate) more: u64,
}

impl HitHistory {
    pub(crate) fn visit(&self) -> Option<&Caller> {
        self.callers.iter().find(|caller| caller.role == Role::Visit)
    }

    pub(crate) fn in_role(&self, role: Role) -> impl Iterator<Item = &Caller> {
        self.callers.iter().filter(move |caller| caller.role == role)
    }

    pub(super) fn last(&self) -> u64 {
        self.callers.iter().map(|caller| caller.last).max().unwrap_or_default()
    }
}
