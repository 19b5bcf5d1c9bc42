//! The requests on which a scanner's address may be judged.

use serde::{Deserialize, Serialize};

/// The requests on which an address may be judged: `judge_on` of a list, and of ranges in the catalog.
///
/// A mail provider's network that fetches a *link* scans mail, because the provider sends people's clicks to their own
/// browsers. The same network that fetches an *image* is the provider's image proxy: a person reads the mail.
///
/// ```
/// use actix_scanner_guard::catalog::{self, JudgeOn};
///
/// let relays = catalog::find("microsoft-eop").unwrap();
/// assert!(relays.ranges().all(|range| range.judge_on() == JudgeOn::Links));
/// assert_eq!(JudgeOn::Links.as_str(), "links");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum JudgeOn {
    /// Every request comes from a scanner.
    #[default]
    Any,
    /// A request for a link comes from a scanner; a request for an image may come from a person.
    Links,
    /// A request for an image comes from a scanner; a request for a link may come from a person.
    Images,
}

impl JudgeOn {
    /// The name in the TOML file and in the data files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            JudgeOn::Any => "any",
            JudgeOn::Links => "links",
            JudgeOn::Images => "images",
        }
    }

    /// Whether a request for this content comes from a scanner.
    pub(crate) fn allows(self, serves: Serves) -> bool {
        matches!(
            (self, serves),
            (JudgeOn::Any, _) | (JudgeOn::Links, Serves::Links) | (JudgeOn::Images, Serves::Images)
        )
    }
}

/// The content that the paths of a rule serve: `serves` of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Serves {
    /// Pages and links, which a person opens in a browser.
    #[default]
    Links,
    /// Images of a mail, such as a tracking pixel, which a mail provider may fetch for a reader.
    Images,
}

impl Serves {
    /// The name in the TOML file.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Serves::Links => "links",
            Serves::Images => "images",
        }
    }
}
