//! The lists that vendors and proxy operators publish.

use crate::feeds::{Choice, Format, ParseOptions, Selection};

/// A URL at which a vendor publishes its ranges.
///
/// ```
/// use actix_scanner_guard::catalog::{self, Feed};
/// use actix_scanner_guard::feeds::{self, Format};
///
/// let feed: &Feed = catalog::find("google-googlebot").unwrap().feeds().next().unwrap();
/// println!("fetch {}, in {}", feed.url(), feed.format());
/// assert_eq!(feed.format(), Format::Google);
/// let fetched = br#"{"prefixes": [{"ipv4Prefix": "66.249.64.0/27"}]}"#;
/// assert_eq!(feeds::parse(fetched, &feed.options())?.prefixes().len(), 1);
/// # Ok::<(), feeds::FeedError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Feed {
    pub(super) url: &'static str,
    pub(super) format: Format,
    pub(super) choice: Option<(Choice, &'static str)>,
}

impl Feed {
    /// The URL.
    #[must_use]
    pub fn url(&self) -> &'static str {
        self.url
    }

    /// The format of the list.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The options to parse the list, with the part that contains the ranges.
    #[must_use]
    pub fn options(&self) -> ParseOptions {
        let selection = self.choice.map(|(choice, value)| Selection::new().with(choice, value)).unwrap_or_default();
        ParseOptions::fetched().format(self.format).selection(selection)
    }
}
