//! How a list is to be read.

use std::hash::{Hash, Hasher};

use super::error::FeedError;
use super::format::{Choice, Format};

/// Apple's list of relays has 290,000 entries; no vendor's list of scanners comes near.
const MAX_FETCHED: usize = 1_000_000;

/// A list from elsewhere may have this share of lines that cannot be read: a stray heading, not a changed format.
const MAX_BAD_SHARE: f64 = 0.05;

/// Which part of a list is meant; what a format asks for, [`Format::required`] says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Selection {
    /// A service, such as `ROUTE53_HEALTHCHECKS`.
    pub service: Option<String>,
    /// A tag, such as `ActionGroup`.
    pub tag: Option<String>,
    /// A key, such as `hooks`.
    pub key: Option<String>,
    /// AS numbers.
    pub asn: Vec<u32>,
    /// `egress` or `ingress`.
    pub direction: Option<String>,
    /// A product, such as `email`.
    pub product: Option<String>,
    /// A JSON path (RFC 9535), such as `$.ips[*].address`. Needs the feature `json-path`.
    pub select: Option<String>,
}

impl Selection {
    /// A single option.
    pub(crate) fn only(choice: Choice, value: &str) -> Self {
        let mut selection = Self::default();
        let text = match choice {
            Choice::Service => &mut selection.service,
            Choice::Tag => &mut selection.tag,
            Choice::Key => &mut selection.key,
            Choice::Direction => &mut selection.direction,
            Choice::Product => &mut selection.product,
            Choice::Select => &mut selection.select,
            Choice::Asn => {
                selection.asn.extend(value.parse::<u32>());
                return selection;
            }
        };
        *text = Some(value.to_owned());
        selection
    }

    /// The text of an option that the format asks for.
    pub(super) fn required(&self, choice: Choice) -> Result<&str, FeedError> {
        let text = match choice {
            Choice::Service => &self.service,
            Choice::Tag => &self.tag,
            Choice::Key => &self.key,
            Choice::Direction => &self.direction,
            Choice::Product => &self.product,
            Choice::Select => &self.select,
            Choice::Asn => &None,
        };
        text.as_deref().ok_or_else(|| missing(choice))
    }

    /// The AS numbers, of which there must be one.
    pub(super) fn required_asn(&self) -> Result<&[u32], FeedError> {
        if self.asn.is_empty() { Err(missing(Choice::Asn)) } else { Ok(&self.asn) }
    }
}

fn missing(choice: Choice) -> FeedError {
    let message = format!("`{}` is missing: a list of this format holds more than one vendor's ranges", choice.name());
    FeedError::new(message, format!("name the part that is meant, such as `{}`", choice.example()))
}

/// How a list is to be read, and how much of it is believed.
///
/// ```
/// use actix_scanner_guard::feeds::{Format, ParseOptions, Selection};
///
/// let service = Some("ROUTE53_HEALTHCHECKS".to_owned());
/// let options = ParseOptions::fetched()
///     .format(Format::Aws)
///     .selection(Selection { service, ..Selection::default() })
///     .max_entries(10_000);
/// # let _ = options;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ParseOptions {
    pub(super) format: Format,
    pub(super) selection: Selection,
    pub(super) strict: bool,
    pub(super) max_entries: usize,
    pub(super) max_bad_share: f64,
}

/// The share is a number: see [`ParseOptions::max_bad_share`].
impl Eq for ParseOptions {}

impl Hash for ParseOptions {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { format, selection, strict, max_entries, max_bad_share } = self;
        // The sum turns -0 into 0, which it equals.
        (format, selection, strict, max_entries, (max_bad_share + 0.0).to_bits()).hash(state);
    }
}

impl ParseOptions {
    /// For the operator's own file: every entry that cannot be used is a problem, and private addresses may be named.
    #[must_use]
    pub fn own() -> Self {
        Self {
            format: Format::Auto,
            selection: Selection::default(),
            strict: true,
            max_entries: crate::ranges::RangeTable::<()>::MAX_LEN,
            max_bad_share: 0.0,
        }
    }

    /// For a list from elsewhere: what no scanner can own is dropped, and a list that went wrong is refused.
    #[must_use]
    pub fn fetched() -> Self {
        Self { strict: false, max_entries: MAX_FETCHED, max_bad_share: MAX_BAD_SHARE, ..Self::own() }
    }

    /// Whether the format is left open.
    pub(crate) fn is_auto(&self) -> bool {
        self.format == Format::Auto
    }

    /// Reads it as this format; the default is [`Format::Auto`].
    #[must_use]
    pub fn format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    /// Takes this part of it.
    #[must_use]
    pub fn selection(self, selection: Selection) -> Self {
        Self { selection, ..self }
    }

    /// Refuses a list with more prefixes.
    #[must_use]
    pub fn max_entries(self, max_entries: usize) -> Self {
        Self { max_entries, ..self }
    }

    /// Refuses a list from elsewhere of which a larger share cannot be read. Of no effect on the operator's own. What is
    /// no number counts as 0.
    #[must_use]
    pub fn max_bad_share(self, max_bad_share: f64) -> Self {
        Self { max_bad_share: max_bad_share.max(0.0), ..self }
    }
}
