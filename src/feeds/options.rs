//! The options for parsing a list.

use std::hash::{Hash, Hasher};

use super::choice::Choice;
use super::error::FeedError;
use super::format::Format;

/// Maximum number of prefixes. Apple's list of relays has 290,000; no vendor's list of scanners is nearly as long.
const MAX_FETCHED: usize = 1_000_000;

/// The share of unreadable lines that a fetched list may have: a stray heading is not a changed format.
const MAX_BAD_SHARE: f64 = 0.05;

/// Selects a part of a list. [`Format::required`] names the option that a format requires.
///
/// ```
/// use actix_scanner_guard::feeds::{Format, ParseOptions, Selection, parse};
///
/// let table = b"198.51.100.0\t198.51.100.255\t64496\n203.0.113.0\t203.0.113.255\t64511\n";
/// let options = ParseOptions::fetched().format(Format::IpToAsn).selection(Selection::new().asn([64496]));
/// assert_eq!(parse(table, &options)?.prefixes(), ["198.51.100.0/24".parse()?]);
///
/// // One key for each format that needs it.
/// let aws = Selection::new().service("ROUTE53_HEALTHCHECKS");
/// let azure = Selection::new().tag("ActionGroup");
/// let github = Selection::new().key("hooks");
/// let atlassian = Selection::new().direction("egress").product("email");
/// let any_json = Selection::new().select("$.ips[*].address");
/// # let _ = (aws, azure, github, atlassian, any_json);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Selection {
    pub(super) service: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) key: Option<String>,
    pub(super) asn: Vec<u32>,
    pub(super) direction: Option<String>,
    pub(super) product: Option<String>,
    pub(super) select: Option<String>,
}

impl Selection {
    /// The whole list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A service, such as `ROUTE53_HEALTHCHECKS`.
    #[must_use]
    pub fn service(self, name: impl Into<String>) -> Self {
        Self { service: Some(name.into()), ..self }
    }

    /// A tag, such as `ActionGroup`.
    #[must_use]
    pub fn tag(self, tag: impl Into<String>) -> Self {
        Self { tag: Some(tag.into()), ..self }
    }

    /// A key, such as `hooks`.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    /// AS numbers, in addition to earlier ones.
    #[must_use]
    pub fn asn(mut self, numbers: impl IntoIterator<Item = u32>) -> Self {
        self.asn.extend(numbers);
        self
    }

    /// `egress` or `ingress`.
    #[must_use]
    pub fn direction(self, direction: impl Into<String>) -> Self {
        Self { direction: Some(direction.into()), ..self }
    }

    /// A product, such as `email`.
    #[must_use]
    pub fn product(self, product: impl Into<String>) -> Self {
        Self { product: Some(product.into()), ..self }
    }

    /// A JSON path (RFC 9535), such as `$.ips[*].address`. Needs the feature `json-path`.
    #[must_use]
    pub fn select(self, path: impl Into<String>) -> Self {
        Self { select: Some(path.into()), ..self }
    }

    /// Adds an option, with its value as in the TOML file.
    pub(crate) fn with(self, choice: Choice, value: &str) -> Self {
        match choice {
            Choice::Service => self.service(value),
            Choice::Tag => self.tag(value),
            Choice::Key => self.key(value),
            Choice::Direction => self.direction(value),
            Choice::Product => self.product(value),
            Choice::Select => self.select(value),
            Choice::Asn => self.asn(value.parse::<u32>()),
        }
    }

    /// The text of a required option.
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

    /// The AS numbers. At least one is required.
    pub(super) fn required_asn(&self) -> Result<&[u32], FeedError> {
        if self.asn.is_empty() { Err(missing(Choice::Asn)) } else { Ok(&self.asn) }
    }
}

fn missing(choice: Choice) -> FeedError {
    let message = format!("`{}` is missing: a list of this format holds more than one vendor's ranges", choice.name());
    FeedError::new(message, format!("name the part that is meant, such as `{}`", choice.example()))
}

/// The options for parsing a list, and its limits.
///
/// ```
/// use actix_scanner_guard::feeds::{Format, ParseOptions, Selection, parse};
///
/// let options = ParseOptions::fetched()
///     .format(Format::Aws)
///     .selection(Selection::new().service("ROUTE53_HEALTHCHECKS"))
///     .max_entries(1_000)
///     .max_bad_share(0.01);
/// let list = br#"{"prefixes": [
///     {"ip_prefix": "198.51.100.0/24", "service": "ROUTE53_HEALTHCHECKS"},
///     {"ip_prefix": "203.0.113.0/24", "service": "EC2"}
/// ]}"#;
/// assert_eq!(parse(list, &options)?.prefixes(), ["198.51.100.0/24".parse()?]);
///
/// // A list of your own may contain entries that a fetched list must not contain.
/// assert_eq!(parse(b"10.1.2.3", &ParseOptions::own())?.prefixes(), ["10.1.2.3/32".parse()?]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ParseOptions {
    pub(super) format: Format,
    pub(super) selection: Selection,
    pub(super) strict: bool,
    pub(super) max_entries: usize,
    pub(super) max_bad_share: f64,
}

/// The share is never NaN: see [`ParseOptions::max_bad_share`].
impl Eq for ParseOptions {}

impl Hash for ParseOptions {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { format, selection, strict, max_entries, max_bad_share } = self;
        // Adding 0 turns -0 into 0, which are equal.
        (format, selection, strict, max_entries, (max_bad_share + 0.0).to_bits()).hash(state);
    }
}

impl ParseOptions {
    /// For the operator's own file: every invalid entry is a problem, and private addresses are allowed.
    #[must_use]
    pub fn own() -> Self {
        Self {
            format: Format::Auto,
            selection: Selection::new(),
            strict: true,
            max_entries: crate::ranges::RangeTable::<()>::MAX_LEN,
            max_bad_share: 0.0,
        }
    }

    /// For a fetched list: entries that no scanner can own are dropped, and a damaged list is refused.
    #[must_use]
    pub fn fetched() -> Self {
        Self { strict: false, max_entries: MAX_FETCHED, max_bad_share: MAX_BAD_SHARE, ..Self::own() }
    }

    /// Whether the format is detected.
    pub(crate) fn is_auto(&self) -> bool {
        self.format == Format::Auto
    }

    /// Parses this format; the default is [`Format::Auto`].
    #[must_use]
    pub fn format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    /// Selects this part.
    #[must_use]
    pub fn selection(self, selection: Selection) -> Self {
        Self { selection, ..self }
    }

    /// Refuses a list with more prefixes.
    #[must_use]
    pub fn max_entries(self, max_entries: usize) -> Self {
        Self { max_entries, ..self }
    }

    /// Refuses a fetched list with a larger share of unreadable lines. Without effect on the operator's own file. NaN
    /// counts as 0.
    #[must_use]
    pub fn max_bad_share(self, max_bad_share: f64) -> Self {
        Self { max_bad_share: max_bad_share.max(0.0), ..self }
    }
}
