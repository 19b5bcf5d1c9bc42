//! `content_type` of an answer: checks the written value, and supplies the default.

use http::HeaderValue;

use crate::util::suggest;

pub(super) const PLAIN: &str = "text/plain; charset=utf-8";
pub(super) const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const XML: &str = "application/xml";

/// Common short names and misspellings, each with the content type that is meant.
const SHORT: [(&str, &str); 12] = [
    ("html", HTML),
    ("htm", HTML),
    ("xhtml", "application/xhtml+xml"),
    ("json", JSON),
    ("xml", XML),
    ("text", PLAIN),
    ("txt", PLAIN),
    ("plain", PLAIN),
    ("utf-8", PLAIN),
    ("problem+json", "application/problem+json"),
    ("markdown", "text/markdown; charset=utf-8"),
    ("css", "text/css"),
];

/// Usual content types, for the suggestion after a misspelling.
const KNOWN: [&str; 9] = [
    "text/plain",
    "text/html",
    "text/markdown",
    "text/css",
    "application/json",
    "application/problem+json",
    "application/xml",
    "application/xhtml+xml",
    "application/octet-stream",
];

/// Reads a content type. The error is the suggested value.
pub(super) fn parse(text: &str) -> Result<HeaderValue, String> {
    let lower = text.trim().to_lowercase();
    let name = lower.trim_start_matches('.').trim_matches(['"', '\'']);
    let short = SHORT.iter().find(|(short, _)| *short == name).map(|(_, full)| *full);
    let usual = || format!("write `{}`", short.unwrap_or(HTML));
    let (kind, parameters) = text.split_once(';').map_or((text, None), |(kind, rest)| (kind, Some(rest)));
    if text.trim() != text {
        return Err(format!("write `{}`", text.trim()));
    }
    let token = |text: &str| !text.is_empty() && text.bytes().all(is_token);
    let is_type = kind.trim_end().split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub));
    if !is_type || kind.contains('*') {
        return Err(usual());
    }
    let is_parameter = |text: &str| {
        let (name, value) = text.trim().split_once('=').unwrap_or_default();
        let quoted = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
        token(name) && (token(value) || quoted)
    };
    if parameters.is_some_and(|parameters| !parameters.split(';').all(is_parameter)) {
        return Err(format!("write `{}; charset=utf-8`", kind.trim_end()));
    }
    HeaderValue::from_str(text).map_err(|_| usual())
}

/// The content type that is nearest to a misspelled one.
pub(super) fn misspelled(text: &str) -> Option<&'static str> {
    let kind = text.split(';').next().unwrap_or_default().trim().to_lowercase();
    if KNOWN.contains(&kind.as_str()) {
        return None;
    }
    KNOWN.into_iter().find(|known| suggest::distance(&kind, known) <= 2)
}

/// The kind of a body, recognized by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Html,
    Json,
    Xml,
    Text,
}

impl Content {
    pub(super) fn of(body: &[u8]) -> Self {
        let Ok(text) = std::str::from_utf8(body) else { return Self::Text };
        let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let lower: String = start.chars().take(16).collect::<String>().to_lowercase();
        if lower.starts_with("<?xml") {
            return if text.to_lowercase().contains("<html") { Self::Html } else { Self::Xml };
        }
        let mut tag = lower.chars();
        if tag.next() == Some('<') && tag.next().is_some_and(|c| c == '!' || c.is_ascii_alphabetic()) {
            return Self::Html;
        }
        if start.starts_with(['{', '[']) && is_json(text) {
            return Self::Json;
        }
        Self::Text
    }

    /// The content type of this kind, if the file names none.
    pub(super) fn default_type(self) -> &'static str {
        match self {
            Self::Html => HTML,
            Self::Json => JSON,
            Self::Xml => XML,
            Self::Text => PLAIN,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Html => "HTML",
            Self::Json => "JSON",
            Self::Xml => "XML",
            Self::Text => "plain text",
        }
    }

    /// Whether a browser shows this kind of body correctly under this content type.
    pub(super) fn fits(self, content_type: &str) -> bool {
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
        match self {
            Self::Html => !matches!(kind.as_str(), "text/plain") && !kind.ends_with("json"),
            Self::Xml => kind != "text/plain" && !kind.ends_with("json"),
            Self::Json => !matches!(kind.as_str(), "text/plain" | "text/html") && !kind.ends_with("xml"),
            Self::Text => !kind.ends_with("json") && !kind.ends_with("xml"),
        }
    }
}

/// Whether the text is a JSON object or list. The reference code may be in quotes or in the place of a number.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(&text.replace("{reference}", "0")).is_ok()
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte)
}
