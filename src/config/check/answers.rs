//! `[block]` and `[decoy]`

use std::ops::RangeInclusive;
use std::path::Path;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};

use super::content::{self, Content};
use super::placeholder;
use crate::answer::{Answer, Decoy};
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::{DecoySource, RawBlock, RawDecoy};
use crate::config::spanned::Spanned;

/// The default text of a block answer.
const BLOCKED: &str = "Access denied. If this is a mistake, please quote the reference {reference}.\n";

pub(super) fn block(raw: &RawBlock, folder: &Path, diagnostics: &mut Diagnostics) -> Answer {
    let status = status(raw.status.as_ref(), &[400..=599], StatusCode::FORBIDDEN, diagnostics);
    let written = Written::of([&raw.body, &raw.body_file, &raw.content_type], folder, diagnostics);
    if let (Some(body), Some(place)) = (&written.body, written.place()) {
        check_placeholder(body, place, diagnostics);
    }
    let body = written.body.clone().unwrap_or_else(|| Bytes::from_static(BLOCKED.as_bytes()));
    let content_type = written.content_type(&body, diagnostics);
    Answer::with_reference(status, Some(content_type), body)
}

pub(super) fn decoy(raw: &RawDecoy, folder: &Path, diagnostics: &mut Diagnostics) -> Decoy {
    let status = status(raw.status.as_ref(), &[200..=200, 400..=599], StatusCode::NOT_FOUND, diagnostics);
    let written = Written::of([&raw.body, &raw.body_file, &raw.content_type], folder, diagnostics);
    if let (Some(body), Some(place)) = (&written.body, written.place())
        && String::from_utf8_lossy(body).contains("{reference}")
    {
        let message = "a decoy shows no reference code, so `{reference}` is sent unchanged";
        diagnostics.warning(place, message, "remove it: a decoy looks like the page of a path that does not exist");
    }
    let text = written.body.clone();
    let content_type = match (&text, &raw.content_type) {
        (None, None) => None,
        _ => Some(written.content_type(text.as_ref().unwrap_or(&Bytes::new()), diagnostics)),
    };
    let ask_app = raw.source.unwrap_or_default() == DecoySource::App;
    let accept_any_status = raw.accept_any_status.as_ref().is_some_and(|accept| accept.value);
    if let Some(Spanned { value: true, place }) = raw.accept_any_status
        && !ask_app
    {
        let help = "remove it, or write `source = \"app\"`";
        diagnostics.problem(place, "a static decoy always has its own `status`", help);
    }
    Decoy { ask_app, accept_any_status, fallback: Answer::fixed(status, content_type, text.unwrap_or_default()) }
}

/// The keys of a section that describe the answer's body.
struct Written<'a> {
    body: Option<Bytes>,
    text: Option<&'a Spanned<String>>,
    file: Option<&'a Spanned<String>>,
    content_type: Option<&'a Spanned<String>>,
}

impl<'a> Written<'a> {
    /// Reads the keys of a section.
    fn of(
        [text, file, content_type]: [&'a Option<Spanned<String>>; 3],
        folder: &Path,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let (text, file, content_type) = (text.as_ref(), file.as_ref(), content_type.as_ref());
        Self { body: body(text, file, folder, diagnostics), text, file, content_type }
    }

    /// The place where the body is written or named.
    fn place(&self) -> Option<usize> {
        self.text.or(self.file).map(|text| text.place)
    }

    /// The content type as written. If there is none, it follows from the name of the file, or from the body itself.
    fn content_type(&self, body: &[u8], diagnostics: &mut Diagnostics) -> HeaderValue {
        let content = Content::of(body);
        let Some(Spanned { value, place }) = self.content_type else {
            let html =
                |file: &Spanned<String>| [".html", ".htm"].iter().any(|end| file.value.to_lowercase().ends_with(end));
            let is_html = self.file.is_some_and(html);
            return HeaderValue::from_static(if is_html { content::HTML } else { content.default_type() });
        };
        let content_type = match content::parse(value) {
            Ok(content_type) => content_type,
            Err(help) => {
                diagnostics.problem(*place, "not a content type", help);
                return HeaderValue::from_static(content::PLAIN);
            }
        };
        if let Some(meant) = content::misspelled(value) {
            diagnostics.warning(*place, "this content type is unknown", format!("write `{meant}`"));
        } else if !body.is_empty() && !content.fits(value) {
            let message = format!("the body is {}, but it is sent as `{value}`", content.name());
            let help = match (self.place(), content) {
                (None, _) => "write a `body` of this type: the default one is plain text".to_owned(),
                (_, content) => format!("write `{}`, or correct the body", content.default_type()),
            };
            diagnostics.warning(*place, message, help);
        }
        content_type
    }
}

/// Reports texts that were probably meant as the reference code and are sent unchanged.
fn check_placeholder(body: &[u8], place: usize, diagnostics: &mut Diagnostics) {
    let text = String::from_utf8_lossy(body);
    if let Some(written) = placeholder::misspelled(&text) {
        let message = format!("`{written}` is sent unchanged: the reference code is `{{reference}}`");
        diagnostics.warning(place, message, "write `{reference}`");
    }
}

fn status(
    raw: Option<&Spanned<u16>>,
    ranges: &[RangeInclusive<u16>],
    default: StatusCode,
    diagnostics: &mut Diagnostics,
) -> StatusCode {
    let Some(Spanned { value, place }) = raw else { return default };
    match StatusCode::from_u16(*value) {
        Ok(status) if ranges.iter().any(|range| range.contains(value)) => status,
        _ => {
            let allowed =
                if ranges.len() > 1 { "200, or a status from 400 to 599" } else { "a status from 400 to 599" };
            let help = format!("write {allowed}, such as {}", default.as_u16());
            diagnostics.problem(*place, "this status is not allowed here", help);
            default
        }
    }
}

fn body(
    text: Option<&Spanned<String>>,
    file: Option<&Spanned<String>>,
    folder: &Path,
    diagnostics: &mut Diagnostics,
) -> Option<Bytes> {
    if let (Some(_), Some(file)) = (text, file) {
        diagnostics.problem(file.place, "`body` and `body_file` exclude each other", "keep one of them");
    }
    if let Some(text) = text {
        return Some(text.value.clone().into());
    }
    let Spanned { value, place } = file?;
    diagnostics.read(*place, &folder.join(value)).map(Bytes::from)
}
