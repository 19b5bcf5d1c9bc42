//! Parses lists of ranges as vendors publish them: from bytes to prefixes.
//!
//! [`parse`] is pure: no I/O, no clock.
//!
//! 1. Bytes that are not text, and HTML pages, are refused.
//! 2. The format is detected, unless it is named ([`Format`]).
//! 3. The format's parser reads the text once, and emits one entry after the other.
//! 4. Each entry is parsed, its host bits are masked, and entries that no scanner can own are dropped.
//! 5. The guards check the whole list: it must not be empty, unreadable in too many places, or too large.
//!
//! The strictness depends on the source of the list: see [`ParseOptions::own`] and [`ParseOptions::fetched`].
//!
//! ```
//! use actix_scanner_guard::feeds::{self, Format, ParseOptions};
//!
//! let text = br#"{"prefixes": [{"ipv4Prefix": "198.51.100.0/24"}, {"ipv6Prefix": "2001:db8::/32"}]}"#;
//! assert_eq!(feeds::detect(text)?, Format::Google);
//! assert_eq!(feeds::parse(text, &ParseOptions::fetched())?.prefixes().len(), 2);
//! # Ok::<(), feeds::FeedError>(())
//! ```

mod address_set;
#[cfg(feature = "feeds")]
pub(crate) mod cache;
mod choice;
mod collect;
mod columns;
#[cfg(feature = "feeds")]
pub(crate) mod content;
mod detect;
#[cfg(feature = "feeds")]
pub(crate) mod digest;
mod entry;
mod entry_hint;
mod error;
#[cfg(feature = "feeds")]
pub(crate) mod fetch;
mod format;
mod guards;
mod json;
#[cfg(feature = "web-bot-auth")]
pub(crate) mod key_set;
mod lines;
mod named_sets;
mod options;
mod page;
mod ranges;
mod readers;
#[cfg(feature = "feeds")]
pub(crate) mod schedule;
mod server;
#[cfg(feature = "feeds")]
pub(crate) mod spec;
#[cfg(feature = "feeds")]
pub(crate) mod store;
mod table;
mod text;
mod verdicts;

use std::borrow::Cow;

pub use choice::Choice;
use collect::Collector;
pub use collect::{EntryCounts, ParsedList};
pub use error::FeedError;
pub use format::Format;
pub use guards::check_shrink;
pub(crate) use guards::is_reserved;
pub(crate) use json::path::check as check_path;
pub use options::{ParseOptions, Selection};
#[cfg(feature = "feeds")]
pub use store::ListStatus;

/// Parses a list. The time is linear in its size.
///
/// # Errors
///
/// If the list does not have its format, or a guard refuses it as a whole. Invalid entries with [`ParseOptions::own`]
/// are in [`ParsedList::problems`].
///
/// ```
/// use actix_scanner_guard::feeds::{self, ParseOptions};
///
/// let listed = feeds::parse(b"# our office\n198.51.100.0/24\n", &ParseOptions::own())?;
/// assert_eq!(listed.prefixes()[0].to_string(), "198.51.100.0/24");
/// assert!(feeds::parse(b"", &ParseOptions::fetched()).is_err(), "a list without entries is one that went wrong");
/// # Ok::<(), feeds::FeedError>(())
/// ```
pub fn parse(bytes: &[u8], options: &ParseOptions) -> Result<ParsedList, FeedError> {
    let text = decode(bytes)?;
    let text = without_mark(&text);
    page::check_page(text, options.format)?;
    let format = if options.format == Format::Auto { detect::format(text)? } else { options.format };
    let mut sink = Collector::new(text, options);
    readers::read(format, text, &options.selection, &mut sink)?;
    sink.finish()
}

/// Detects the format of a list.
///
/// # Errors
///
/// If no format is detected.
///
/// ```
/// use actix_scanner_guard::feeds::{self, Format};
///
/// assert_eq!(feeds::detect(b"add scanners 198.51.100.0/24\n")?, Format::Ipset);
/// assert_eq!(feeds::detect(b"198.51.100.0/24\n")?, Format::Text);
/// # Ok::<(), feeds::FeedError>(())
/// ```
pub fn detect(bytes: &[u8]) -> Result<Format, FeedError> {
    let text = decode(bytes)?;
    let text = without_mark(&text);
    page::check_page(text, Format::Auto)?;
    detect::format(text)
}

fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, FeedError> {
    page::check_encoding(bytes)?;
    Ok(String::from_utf8_lossy(bytes))
}

/// Removes the byte order mark that Windows writes.
fn without_mark(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
}
