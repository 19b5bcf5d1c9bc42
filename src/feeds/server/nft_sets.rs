//! The named sets of an nftables file.

use std::collections::BTreeMap;

/// An element of a set, and its verdict in a verdict map.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) line: usize,
    pub(super) text: &'a str,
    pub(super) verdict: Option<&'a str>,
    pub(super) jump: Option<&'a str>,
}

/// A set, a map or a definition.
#[derive(Debug, Default)]
pub(super) struct Set<'a> {
    pub(super) line: usize,
    pub(super) elements: Vec<Element<'a>>,
    /// Whether its declared type has no addresses.
    pub(super) other_type: bool,
    pub(super) used: bool,
}

/// By name: definitions with `$`, sets with `@`.
pub(super) type Sets<'a> = BTreeMap<String, Set<'a>>;
