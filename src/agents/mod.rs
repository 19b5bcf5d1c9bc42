//! Claims: the bots that a request names in its user agent.
//!
//! In: the product tokens of bots, and the bytes of a `User-Agent` header. Out: the numbers of the bots whose tokens the
//! header contains. A claim is not a proof: anybody can send any user agent. This module decides nothing about a request.
//!
//! 1. The header is cut at [`MAX_AGENT`] bytes.
//! 2. One pass finds the beginnings of words ([`words`]), and looks up the first letters of each. No token begins like
//!    the words of a person's browser ([`buckets`]).
//! 3. At each place of a token, the longest first, the rules are applied: whole words, no URL, no mail address, no
//!    `like X` ([`text`]).

mod buckets;
mod index;
#[cfg(all(test, feature = "catalog"))]
mod oracle;
mod text;
mod token;
mod words;

pub(crate) use index::{Found, Index, Named, significant};

/// The number of bytes of the header that are read. Every known user agent contains its name within 400 bytes.
pub(crate) const MAX_AGENT: usize = 512;
/// Maximum number of claims in one header. Further ones are ignored.
const MAX_CLAIMS: usize = 8;
