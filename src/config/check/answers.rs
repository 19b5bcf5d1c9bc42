//! `[block]` and `[decoy]`

use std::ops::RangeInclusive;
use std::path::Path;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};

use crate::answer::{Answer, Decoy};
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::{DecoySource, RawBlock, RawDecoy};
use crate::config::spanned::Spanned;

const PLAIN: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// What a blocked person reads where the file names no text.
const BLOCKED: &str = "Access denied. If this is a mistake, please quote the reference {reference}.\n";

pub(super) fn block(raw: &RawBlock, folder: &Path, diagnostics: &mut Diagnostics) -> Answer {
    let status = status(raw.status.as_ref(), &[400..=599], StatusCode::FORBIDDEN, diagnostics);
    let body = body(raw.body.as_ref(), raw.body_file.as_ref(), folder, diagnostics)
        .unwrap_or_else(|| Bytes::from_static(BLOCKED.as_bytes()));
    let content_type = content_type(raw.content_type.as_ref(), raw.body_file.as_ref(), diagnostics);
    Answer::with_reference(status, content_type.or_else(|| Some(HeaderValue::from_static(PLAIN))), body)
}

pub(super) fn decoy(raw: &RawDecoy, folder: &Path, diagnostics: &mut Diagnostics) -> Decoy {
    let status = status(raw.status.as_ref(), &[200..=200, 400..=599], StatusCode::NOT_FOUND, diagnostics);
    let text = body(raw.body.as_ref(), raw.body_file.as_ref(), folder, diagnostics);
    let content_type = content_type(raw.content_type.as_ref(), raw.body_file.as_ref(), diagnostics)
        .or_else(|| text.as_ref().map(|_| HeaderValue::from_static(PLAIN)));
    let ask_app = raw.source.unwrap_or_default() == DecoySource::App;
    let accept_any_status = raw.accept_any_status.as_ref().is_some_and(|accept| accept.value);
    if let Some(Spanned { value: true, place }) = raw.accept_any_status
        && !ask_app
    {
        let help = "remove it, or write `source = \"app\"`";
        diagnostics.problem(place, "the static decoy has the status that is written here", help);
    }
    Decoy { ask_app, accept_any_status, fallback: Answer::fixed(status, content_type, text.unwrap_or_default()) }
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
            let help = format!("write a status from 400 to 599, such as {}", default.as_u16());
            diagnostics.problem(*place, "this status cannot be sent here", help);
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

fn content_type(
    raw: Option<&Spanned<String>>,
    file: Option<&Spanned<String>>,
    diagnostics: &mut Diagnostics,
) -> Option<HeaderValue> {
    if let Some(Spanned { value, place }) = raw {
        return match HeaderValue::from_str(value) {
            Ok(value) => Some(value),
            Err(_) => {
                diagnostics.problem(*place, "not a content type", format!("write `{HTML}`"));
                None
            }
        };
    }
    let html = file.is_some_and(|file| [".html", ".htm"].iter().any(|end| file.value.to_lowercase().ends_with(end)));
    html.then(|| HeaderValue::from_static(HTML))
}
