//! The error for a table that cannot be built.

use std::error::Error;
use std::fmt;

/// The error of [`RangeTable::try_from_iter`](super::RangeTable::try_from_iter).
///
/// ```
/// use ipnet::IpNet;
/// use actix_scanner_guard::ranges::{BuildError, RangeTable};
///
/// let net: IpNet = "192.0.2.0/24".parse()?;
/// let too_many = std::iter::repeat((net, ()));
/// let error: BuildError = RangeTable::try_from_iter(too_many).unwrap_err();
/// assert!(error.to_string().contains("4194304"));
/// # Ok::<(), ipnet::AddrParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError {
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    TooMany { limit: usize },
}

impl BuildError {
    pub(super) fn too_many(limit: usize) -> Self {
        Self { kind: Kind::TooMany { limit } }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::TooMany { limit } => write!(
                f,
                "more than {limit} prefixes: a range table holds {limit} at most; split the input into several tables"
            ),
        }
    }
}

impl Error for BuildError {}
