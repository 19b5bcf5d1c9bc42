//! What to do about a form. A pure function of what is known, so that every case can be tabled.

use super::origin::Sender;
use super::visit::Nonce;

/// What is known when a form comes in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Post {
    pub(super) sender: Sender,
    pub(super) nonce: Nonce,
    /// Policy takes the request for a scanner's.
    pub(super) tagged: bool,
    /// It carries the cookie of the browser that asked for the link.
    pub(super) asked_for_it: bool,
    /// The mail was sent a moment ago, when scanners come.
    pub(super) early: bool,
    /// The window in which the link was asked for shows a code.
    pub(super) has_code: bool,
    /// What was typed, held against the code of that window, and against the number of the last page.
    pub(super) typed: Typed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    Nothing,
    TheCode,
    TheNumber,
    SomethingElse,
}

/// What a person is asked to type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The code of the window in which the link was asked for.
    Code,
    /// A number that the page shows.
    Number,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Run the handler.
    Consume,
    /// Show the page again, with this step and for this reason.
    Again { step: Option<Step>, why: Why },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It came from another site.
    OtherSite,
    /// Its nonce is none of this cookie's, or too old: a prefetched page, a cookie that was not kept, a forgery.
    Nonce,
    TooEarly,
    /// It may be a scanner's.
    NotBelieved,
    /// The digits were wrong.
    Digits,
}

/// The browser that asked for the link is believed. Everybody else has to type something if policy takes them for a scanner, if
/// the mail was only just sent, or if the request does not say where it comes from.
pub(super) fn judge(post: &Post) -> Verdict {
    let believed = post.asked_for_it || !(post.tagged || post.early || post.sender == Sender::Unknown);
    let step = match (believed, post.has_code && post.early) {
        (true, _) => None,
        (false, true) => Some(Step::Code),
        (false, false) => Some(Step::Number),
    };
    let again = |why| Verdict::Again { step, why };
    if post.sender == Sender::OtherSite {
        return again(Why::OtherSite);
    }
    match post.nonce {
        Nonce::Wrong | Nonce::TooOld => return again(Why::Nonce),
        Nonce::TooEarly => return again(Why::TooEarly),
        Nonce::Good => {}
    }
    match (step, post.typed) {
        (None, _) | (Some(_), Typed::TheCode) | (Some(Step::Number), Typed::TheNumber) => Verdict::Consume,
        (Some(_), Typed::Nothing) => again(Why::NotBelieved),
        (Some(_), Typed::TheNumber | Typed::SomethingElse) => again(Why::Digits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every combination, held against the rules one by one.
    #[test]
    fn nothing_is_consumed_against_a_rule() {
        let mut consumed = 0;
        for sender in [Sender::OwnPage, Sender::OtherSite, Sender::Unknown] {
            for nonce in [Nonce::Good, Nonce::TooEarly, Nonce::TooOld, Nonce::Wrong] {
                for typed in [Typed::Nothing, Typed::TheCode, Typed::TheNumber, Typed::SomethingElse] {
                    for bits in 0..16 {
                        let bit = |number: u32| bits >> number & 1 == 1;
                        let (tagged, asked_for_it, early, has_code) = (bit(0), bit(1), bit(2), bit(3));
                        let post = Post { sender, nonce, tagged, asked_for_it, early, has_code, typed };
                        let verdict = judge(&post);
                        if verdict == Verdict::Consume {
                            consumed += 1;
                            assert_eq!(nonce, Nonce::Good, "{post:?}");
                            assert_ne!(sender, Sender::OtherSite, "{post:?}");
                            let known = sender == Sender::OwnPage && !tagged && !early;
                            let typed_it = typed == Typed::TheCode || typed == Typed::TheNumber && !(has_code && early);
                            assert!(asked_for_it || known || typed_it, "{post:?}");
                        }
                        // Whoever is not refused outright can go on from the page that comes back.
                        if let Verdict::Again { step, .. } = verdict {
                            let typed = match step {
                                None => Typed::Nothing,
                                Some(Step::Code) => Typed::TheCode,
                                Some(Step::Number) => Typed::TheNumber,
                            };
                            let sender = if sender == Sender::OtherSite { Sender::OwnPage } else { sender };
                            let next = Post { nonce: Nonce::Good, sender, typed, ..post };
                            assert_eq!(judge(&next), Verdict::Consume, "{next:?}");
                        }
                    }
                }
            }
        }
        assert!(consumed > 50);
    }
}
