//! What policy says of a scanner's request.

use super::ScannerMatch;
use crate::policy::Action;
use crate::scanners::JudgeOn;

impl ScannerMatch {
    /// The id of the rule that decided; `None` where `default_action` did.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        self.inner.matched.rule.as_deref()
    }

    /// What policy says.
    #[must_use]
    pub fn action(&self) -> Action {
        self.inner.matched.action
    }

    /// Whether the action is carried out; false in observe mode.
    #[must_use]
    pub fn enforced(&self) -> bool {
        self.inner.matched.enforced
    }

    /// Whether the request goes to a rewritten path, if it goes on at all.
    pub(in crate::guard) fn is_decoyed(&self) -> bool {
        self.enforced() && self.action() == Action::Decoy
    }

    /// Whether policy wants this request treated as a scanner's: not in observe mode, and not where it is allowed.
    ///
    /// It is false, too, where the range may not be judged on what the rule serves (`serves` in the TOML file): a mail
    /// provider that fetches an image fetches it for a person. What a handler does differently for scanners, it should do
    /// where this is true.
    #[must_use]
    pub fn is_actionable(&self) -> bool {
        self.is_not_spared() && self.inner.matched.is_judged
    }

    /// The same on a route of links: `serves` of the rule does not count. A rule for `/mail` may say `serves = "images"`, and
    /// a one-time link below it is a link nevertheless.
    #[cfg(feature = "one-time")]
    pub(crate) fn is_actionable_on_links(&self) -> bool {
        self.is_not_spared() && self.inner.matched.is_judged_on_links
    }

    fn is_not_spared(&self) -> bool {
        self.enforced() && self.action() != Action::Allow
    }

    /// Whether the address is in a range that this site has discovered by what it asks for again: `[discovery]` with
    /// `mode = "tag"`.
    ///
    /// If no list has the address, that is all there is: the scanner's id is `discovered`, the request is not
    /// [actionable](Self::is_actionable), [`from_scanner`](crate::guard::from_scanner) does not count it, and no rule acts on it. A
    /// ranking of statistics is no proof, so a handler that acts on it should do no more than it can take back.
    ///
    /// ```
    /// use actix_scanner_guard::ScannerMatch;
    ///
    /// fn counts_as_click(tag: Option<&ScannerMatch>) -> bool {
    ///     tag.is_none_or(|tag| !tag.is_actionable() && !tag.discovered())
    /// }
    /// # assert!(counts_as_click(None));
    /// ```
    #[must_use]
    pub fn discovered(&self) -> bool {
        self.inner.discovered
    }

    /// On which of its requests the address may be judged, by its most specific range.
    ///
    /// A handler that serves images asks this before it takes a request for a scanner's:
    ///
    /// ```
    /// use actix_scanner_guard::{GuardConfig, ScannerMatch, catalog::JudgeOn};
    ///
    /// fn is_opened_by_a_person(tag: Option<&ScannerMatch>) -> bool {
    ///     tag.is_none_or(|tag| tag.judged_on() == JudgeOn::Links)
    /// }
    /// # let _ = is_opened_by_a_person(None);
    /// ```
    #[must_use]
    pub fn judged_on(&self) -> JudgeOn {
        self.inner.matched.judge_on
    }
}
