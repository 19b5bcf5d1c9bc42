//! The texts of the pages.

use std::borrow::Cow;

type Text = Cow<'static, str>;

/// The texts of one purpose, on the page with the button.
///
/// ```
/// use actix_scanner_guard::one_time::{Links, MemoryStore, Page};
///
/// let links = Links::new("not as secret as yours should be", MemoryStore::new(1_000))?
///     .page("unsubscribe", Page::new("Unsubscribe", "You will get no more mail from us.", "Unsubscribe"));
/// # let _ = links;
/// # Ok::<(), actix_scanner_guard::one_time::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The heading.
    pub title: Text,
    /// The effect of the click.
    pub text: Text,
    /// The button.
    pub button: Text,
}

impl Page {
    /// Heading, text and button.
    pub fn new(title: impl Into<Text>, text: impl Into<Text>, button: impl Into<Text>) -> Self {
        Self { title: title.into(), text: text.into(), button: button.into() }
    }
}

/// All texts of the pages, for another language or another tone.
///
/// ```
/// use actix_scanner_guard::one_time::{Page, Texts};
///
/// let mut german = Texts::default();
/// german.lang = "de".into();
/// german.page = Page::new("Bestätigen", "Bitte bestätigen Sie, dass Sie das waren.", "Bestätigen");
/// german.used = Page::new("Schon benutzt", "Dieser Link wurde schon benutzt.", "");
/// assert_eq!(german.page.button, "Bestätigen");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Texts {
    /// The language, as in `<html lang>`.
    pub lang: Text,
    /// The texts for purposes without their own [`Page`].
    pub page: Page,
    /// The visitor has just used this link.
    pub done: Page,
    /// Somebody used this link before.
    pub used: Page,
    /// The link does not exist, or it has expired.
    pub not_valid: Page,
    /// Another attempt is running.
    pub busy: Page,
    /// The store cannot be reached.
    pub unavailable: Page,
    /// The handler panicked, or took too long.
    pub failed: Page,
    /// Below the button of a page that submits itself.
    pub submits_itself: Text,
    /// The form was sent without its cookie, or from a page that is too old.
    pub press_again: Text,
    /// The form was sent from another site.
    pub other_site: Text,
    /// Asks for the digits on the page that requested the link.
    pub code: Text,
    /// The way to continue without that page. `{minutes}` is the time until the digits are no longer required.
    pub code_lost: Text,
    /// Asks for the digits on this page.
    pub number: Text,
    /// The digits were wrong.
    pub wrong_digits: Text,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            lang: "en".into(),
            page: Page::new("Please confirm", "Press the button to continue.", "Confirm"),
            done: Page::new("Done", "You have used this link already. There is nothing more to do.", ""),
            used: Page::new(
                "Link already used",
                "This link has been used. If that was not you, ask for a new one.",
                "",
            ),
            not_valid: Page::new(
                "Link not valid",
                "This link has expired, or part of it is missing. Ask for a new one.",
                "",
            ),
            busy: Page::new("One moment", "This link is being used right now. Try again in a moment.", "Try again"),
            unavailable: Page::new(
                "Try again soon",
                "We cannot do this right now. Your link still works: open it again in a minute.",
                "",
            ),
            failed: Page::new(
                "That did not work",
                "Something went wrong on our side. Your link still works.",
                "Try again",
            ),
            submits_itself: "One moment, this page continues by itself.".into(),
            press_again: "Please press the button once more.".into(),
            other_site: "This request came from another site, so nothing was done. Press the button to continue."
                .into(),
            code: "Type the code that you see in the window where you asked for this link".into(),
            code_lost:
                "No such window? Open this link in the browser where you asked for it, or come back in {minutes} min."
                    .into(),
            number: "Type this number, so that we know that you are a person".into(),
            wrong_digits: "The digits were wrong. Please try again.".into(),
        }
    }
}
