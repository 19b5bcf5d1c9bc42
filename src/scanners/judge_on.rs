//! On which of its requests a scanner's address may be judged.

use serde::{Deserialize, Serialize};

/// On which of its requests an address may be judged: `judge_on` of a list, and of ranges in the catalog.
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
    /// Every request is a scanner's.
    #[default]
    Any,
    /// A request for a link is a scanner's; a request for an image may be a person's.
    Links,
    /// A request for an image is a scanner's; a request for a link may be a person's.
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

    /// Whether a request for what a rule serves says that a scanner sent it.
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
    /// Images of a mail, such as a tracking pixel, which a mail provider may fetch for a person who reads.
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
