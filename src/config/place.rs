//! Places of keys and values: in the policy, in an included file, or in a variable.

use std::ops::Range;
use std::path::PathBuf;

#[cfg(feature = "cli")]
use super::error::Excerpt;
#[cfg(feature = "cli")]
use super::secrets;
use super::secrets::Secrets;

/// The place of a node.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) path: String,
    /// The number of the document; the policy is the first.
    pub(super) document: usize,
    pub(super) origin: Origin,
}

#[derive(Clone, Debug)]
pub(super) enum Origin {
    File { key: Range<usize>, value: Range<usize> },
    Variable(String),
}

impl Place {
    pub(super) fn in_file(path: String, value: Range<usize>) -> Self {
        Self { path, document: 0, origin: Origin::File { key: value.clone(), value } }
    }

    pub(super) fn in_environment(variable: String, path: String) -> Self {
        Self { path, document: 0, origin: Origin::Variable(variable) }
    }

    pub(super) fn with_key(mut self, at: Range<usize>) -> Self {
        if let Origin::File { key, .. } = &mut self.origin {
            *key = at;
        }
        self
    }
}

/// A TOML text: the policy, or a file that it includes.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) file: Option<PathBuf>,
    pub(super) text: String,
    pub(super) secrets: Secrets,
}

impl Document {
    /// The line in which a part of the file begins.
    #[cfg(feature = "cli")]
    pub(super) fn excerpt(&self, span: &Range<usize>, urls: bool) -> Option<Excerpt> {
        let before = self.text.get(..span.start)?;
        let bom = if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let start = before.rfind('\n').map_or(bom, |end| end + 1);
        let end = self.text[span.start..].find(['\r', '\n']).map_or(self.text.len(), |length| span.start + length);
        // Only the first line of a value on several lines is shown.
        let mark = span.start.max(start)..span.end.clamp(start, end);
        let secrets::Shown { text, mark } = self.secrets.show(&self.text, start..end, mark, urls);
        Some(Excerpt { text, mark })
    }
}

/// Line and column of a byte, both counted from 1, the column in characters.
pub(super) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let before = before.trim_start_matches('\u{feff}');
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
