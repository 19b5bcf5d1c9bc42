//! The policy's decision in the tag of a scanner's request.

use super::ScannerMatch;
use crate::policy::Action;
use crate::scanners::JudgeOn;

impl ScannerMatch {
    /// The id of the rule that decided; `None` for `default_action`.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        self.inner.matched.rule.as_deref()
    }

    /// The action of the policy.
    #[must_use]
    pub fn action(&self) -> Action {
        self.inner.matched.action
    }

    /// Whether the action is carried out; false in observe mode.
    #[must_use]
    pub fn enforced(&self) -> bool {
        self.inner.matched.enforced
    }

    /// Whether the request has a rewritten path, if it is forwarded.
    pub(in crate::guard) fn is_decoyed(&self) -> bool {
        self.enforced() && self.action() == Action::Decoy
    }

    /// Whether the request should be treated as a scanner's: not in observe mode, and not if the action is `allow`.
    ///
    /// It is also false if the range may not be judged on the content that the rule serves (`serves` in the TOML file):
    /// if a mail provider fetches an image, it does so for a person. A handler that treats scanners differently should
    /// use this value.
    #[must_use]
    pub fn is_actionable(&self) -> bool {
        self.is_not_spared() && self.inner.matched.is_judged
    }

    /// The same on a route of links: `serves` of the rule does not matter. A rule for `/mail` may have `serves =
    /// "images"`, but a one-time link below it is still a link.
    #[cfg(feature = "one-time")]
    pub(crate) fn is_actionable_on_links(&self) -> bool {
        self.is_not_spared() && self.inner.matched.is_judged_on_links
    }

    fn is_not_spared(&self) -> bool {
        self.enforced() && self.action() != Action::Allow
    }

    /// Whether the address is in a range that discovery found on this site: `[discovery]` with `mode = "tag"`.
    ///
    /// If no list contains the address, the tag has no other effect: the scanner's id is `discovered`, the request is
    /// not [actionable](Self::is_actionable), [`from_scanner`](crate::guard::from_scanner) is false, and no rule acts
    /// on it. Statistics are not a proof, so a handler should do nothing irreversible with such a request.
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

    /// The requests on which the address may be judged, by its most specific range.
    ///
    /// A handler that serves images can check this before it treats a request as a scanner's:
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
