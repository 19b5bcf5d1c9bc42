//! Makes a problem for a place: with its position, and with texts that contain no secret.

use super::Diagnostics;
#[cfg(feature = "cli")]
use crate::config::error::Excerpt;
use crate::config::error::Problem;
use crate::config::place::{Document, Origin, Place, position};
use crate::config::secrets;
use crate::util::escape::escaped;

impl Diagnostics {
    /// The text at this place, without secrets.
    pub(super) fn found(&self, place: usize) -> Option<String> {
        match &self.places[place].origin {
            Origin::File { value, .. } => {
                let Document { text, secrets, .. } = self.document(place);
                text.get(value.clone())?;
                let shown = secrets.show(text, value.clone(), value.clone(), false);
                Some(abridge(&shown.text)).filter(|text| !text.is_empty())
            }
            Origin::Variable(_) => None,
        }
    }

    /// A problem or warning at this place.
    pub(super) fn made(&self, place: usize, found: Option<String>, message: String, help: String) -> Problem {
        let Place { path, origin, .. } = &self.places[place];
        let document = self.document(place);
        let (span, variable) = match origin {
            Origin::File { value, .. } => (Some(value.clone()), None),
            Origin::Variable(name) => (None, Some(name.clone())),
        };
        let position = span.as_ref().map(|span| position(&document.text, span.start));
        let file = if variable.is_none() { document.file.clone() } else { None };
        // Texts of rules, answers and proxies may contain URLs, but never the URL of a list.
        let is_of_list = !["rule", "block", "decoy", "client", "test["].iter().any(|section| path.starts_with(section));
        let public = |text: String| if is_of_list { secrets::without_paths(&text) } else { text };
        Problem {
            position,
            #[cfg(feature = "cli")]
            excerpt: span.as_ref().and_then(|span| document.excerpt(span, is_of_list)),
            span,
            variable,
            key: secrets::without_url(path).into_owned(),
            found: found.map(public),
            ..Problem::of_file(file, public(message), public(help))
        }
    }
}

/// The first line of a text, without quotes, and shortened.
pub(super) fn abridge(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let line = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line);
    match line.char_indices().nth(80) {
        Some((end, _)) => escaped(&line[..end]).into_owned() + "…",
        None => escaped(line).into_owned(),
    }
}

/// Maximum length of a line of a list that is shown, in bytes.
#[cfg(feature = "cli")]
const MAX_LINE: usize = 4096;

/// A line of a list, counted from 1, with the found text marked.
#[cfg(feature = "cli")]
pub(super) fn excerpt_of_list(text: &[u8], line: usize, found: Option<&str>) -> Option<Excerpt> {
    let line = text.split(|byte| *byte == b'\n').nth(line.checked_sub(1)?)?;
    let text = String::from_utf8_lossy(&line[..line.len().min(MAX_LINE)]);
    let text = text.trim_end();
    let mark = found.and_then(|found| text.find(found).map(|start| start..start + found.len()));
    Some(Excerpt { text: text.to_owned(), mark: mark.unwrap_or(0..text.len()) })
}
