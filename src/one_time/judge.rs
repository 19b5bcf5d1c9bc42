//! Decides about a form. A pure function of the facts, so that a test can list every case.

use super::origin::Sender;
use super::visit::Nonce;

/// The facts about a form.
#[derive(Clone, Copy, Debug)]
pub(super) struct FormFacts {
    pub(super) sender: Sender,
    pub(super) nonce: Nonce,
    /// The policy recognizes a scanner.
    pub(super) tagged: bool,
    /// It has the cookie of the browser that requested the link.
    pub(super) requested_link: bool,
    /// The mail was sent within the early window, in which most scanners come.
    pub(super) early: bool,
    /// The page that requested the link shows a code.
    pub(super) has_code: bool,
    /// The typed digits, compared with the code of that page and with the number of the last page.
    pub(super) typed: Typed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    Nothing,
    TheCode,
    TheNumber,
    OtherDigits,
}

/// The digits that a person has to type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The code of the page that requested the link.
    Code,
    /// A number on this page.
    Number,
}

/// The decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Run the handler.
    Consume,
    /// Show the page again, with this step and this reason.
    ShowAgain { step: Option<Step>, cause: RefusalReason },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefusalReason {
    /// It came from another site.
    OtherSite,
    /// Its nonce does not belong to this cookie, or is too old: a prefetched page, a blocked cookie, or a forgery.
    Nonce,
    TooEarly,
    /// A scanner may have sent it.
    MaybeScanner,
    /// The digits were wrong.
    Digits,
}

/// The browser that requested the link is trusted. Any other browser has to type digits if the policy recognizes a
/// scanner, if the mail was sent a moment ago, or if the request does not name its origin.
pub(super) fn judge(post: &FormFacts) -> Verdict {
    let is_trusted = post.requested_link || !(post.tagged || post.early || post.sender == Sender::Unknown);
    let step = match (is_trusted, post.has_code && post.early) {
        (true, _) => None,
        (false, true) => Some(Step::Code),
        (false, false) => Some(Step::Number),
    };
    let again = |cause| Verdict::ShowAgain { step, cause };
    if post.sender == Sender::OtherSite {
        return again(RefusalReason::OtherSite);
    }
    match post.nonce {
        Nonce::Wrong | Nonce::TooOld => return again(RefusalReason::Nonce),
        Nonce::TooEarly => return again(RefusalReason::TooEarly),
        Nonce::Good => {}
    }
    match (step, post.typed) {
        (None, _) | (Some(_), Typed::TheCode) | (Some(Step::Number), Typed::TheNumber) => Verdict::Consume,
        (Some(_), Typed::Nothing) => again(RefusalReason::MaybeScanner),
        (Some(_), Typed::TheNumber | Typed::OtherDigits) => again(RefusalReason::Digits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every combination is compared with the rules one by one.
    #[test]
    fn nothing_is_consumed_against_a_rule() {
        let mut consumed = 0;
        for sender in [Sender::OwnPage, Sender::OtherSite, Sender::Unknown] {
            for nonce in [Nonce::Good, Nonce::TooEarly, Nonce::TooOld, Nonce::Wrong] {
                for typed in [Typed::Nothing, Typed::TheCode, Typed::TheNumber, Typed::OtherDigits] {
                    for bits in 0..16 {
                        let bit = |number: u32| bits >> number & 1 == 1;
                        let (tagged, requested_link, early, has_code) = (bit(0), bit(1), bit(2), bit(3));
                        let post = FormFacts { sender, nonce, tagged, requested_link, early, has_code, typed };
                        let verdict = judge(&post);
                        if verdict == Verdict::Consume {
                            consumed += 1;
                            assert_eq!(nonce, Nonce::Good, "{post:?}");
                            assert_ne!(sender, Sender::OtherSite, "{post:?}");
                            let known = sender == Sender::OwnPage && !tagged && !early;
                            let typed_it = typed == Typed::TheCode || typed == Typed::TheNumber && !(has_code && early);
                            assert!(requested_link || known || typed_it, "{post:?}");
                        }
                        // A client that is not refused can continue from the page that it receives.
                        if let Verdict::ShowAgain { step, .. } = verdict {
                            let typed = match step {
                                None => Typed::Nothing,
                                Some(Step::Code) => Typed::TheCode,
                                Some(Step::Number) => Typed::TheNumber,
                            };
                            let sender = if sender == Sender::OtherSite { Sender::OwnPage } else { sender };
                            let next = FormFacts { nonce: Nonce::Good, sender, typed, ..post };
                            assert_eq!(judge(&next), Verdict::Consume, "{next:?}");
                        }
                    }
                }
            }
        }
        assert!(consumed > 50);
    }
}
