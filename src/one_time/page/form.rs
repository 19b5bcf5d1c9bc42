//! The form of a page.

use std::fmt::Write;

use super::Texts;
use super::template::Escaped;

/// How long a page that submits itself waits.
const WAIT_MILLIS: u64 = crate::one_time::visit::MIN_AGE_MILLIS + 200;

/// The inputs of the form.
pub(in crate::one_time) struct Form<'a> {
    /// Bound to the visitor's cookie.
    pub(in crate::one_time) nonce: &'a str,
    pub(in crate::one_time) button: &'a str,
    /// The problem of the last attempt.
    pub(in crate::one_time) notice: Option<&'a str>,
    pub(in crate::one_time) digits: Option<Digits<'a>>,
    /// The application requires no click from the browser that requested the link.
    pub(in crate::one_time) submits_itself: bool,
}

/// Four digits that a person types.
pub(in crate::one_time) struct Digits<'a> {
    pub(in crate::one_time) label: &'a str,
    /// The number on this page; `None` if the page that requested the link shows a code.
    pub(in crate::one_time) shown: Option<&'a str>,
    /// The way to continue without them, below the button.
    pub(in crate::one_time) lost: Option<&'a str>,
}

impl Form<'_> {
    /// Without `action`, so that it is sent to the page's own URL, even if a proxy changes paths.
    pub(super) fn html(&self, texts: &Texts, script_nonce: &str) -> String {
        let mut html = String::from("<form method=\"post\" autocomplete=\"off\">\n");
        if let Some(notice) = self.notice {
            let _ = writeln!(html, "<p class=\"notice\" role=\"alert\">{}</p>", Escaped(notice));
        }
        if let Some(digits) = &self.digits {
            if let Some(shown) = digits.shown {
                let _ = writeln!(html, "<p class=\"number\">{}</p>", Escaped(shown));
            }
            let _ = writeln!(
                html,
                "<label for=\"code\">{}</label>\n<input id=\"code\" name=\"code\" inputmode=\"numeric\" \
                 autocomplete=\"off\" maxlength=\"16\" required>",
                Escaped(digits.label)
            );
        }
        let _ = writeln!(html, "<input type=\"hidden\" name=\"nonce\" value=\"{}\">", Escaped(self.nonce));
        let _ = writeln!(html, "<button type=\"submit\">{}</button>\n</form>", Escaped(self.button));
        if let Some(lost) = self.digits.as_ref().and_then(|digits| digits.lost) {
            let _ = writeln!(html, "<p>{}</p>", Escaped(lost));
        }
        if self.submits_itself {
            let _ = writeln!(
                html,
                "<p>{}</p>\n<script nonce=\"{script_nonce}\">setTimeout(function(){{if(!document.prerendering&&\
                 document.visibilityState===\"visible\")document.forms[0].submit()}},{WAIT_MILLIS})</script>",
                Escaped(&texts.submits_itself)
            );
        }
        html
    }
}
