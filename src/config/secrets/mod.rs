//! Hides the secret parts of a file: URLs of lists after the host, and secrets that were written in place of the name of a
//! header or variable.
//!
//! The URL of a private mirror often contains a key, in its path or query. Problems appear in logs and reports, so every
//! text of the file passes through this module before it is shown.

mod find;
mod url;

use std::ops::Range;

use toml::de::DeTable;

#[cfg(any(feature = "canary", feature = "feeds", all(feature = "discovery", feature = "redis")))]
pub(super) use self::find::is_usual_variable;
use self::url::urls_in;
pub(super) use self::url::{is_url_of_list, shown_url, without_paths, without_url};

/// The replacement of a hidden part.
const HIDDEN: &str = "…";

/// The hidden parts of one file.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    /// Sorted and disjoint.
    spans: Vec<Range<usize>>,
}

/// A part of the file without secrets, and the position of a mark in it.
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) mark: Range<usize>,
}

impl Secrets {
    /// Finds the secrets of a file. In a file that is no valid TOML, a URL may have no end, so its line is hidden up to
    /// the end.
    pub(super) fn find(text: &str, table: &DeTable<'_>, is_valid_toml: bool) -> Self {
        let mut spans = Vec::new();
        find::in_table(text, table, false, &mut spans);
        if !is_valid_toml {
            find::in_lines(text, &mut spans);
            spans.extend(urls_in(text, false));
        }
        Self { spans: merged(spans) }
    }

    /// This part of the text without secrets. `mark` is inside of `part`. With `urls`, every URL is treated as the URL
    /// of a list.
    pub(super) fn show(&self, text: &str, part: Range<usize>, mark: Range<usize>, urls: bool) -> Shown {
        let mut hidden: Vec<Range<usize>> = self
            .spans
            .iter()
            .filter(|span| span.start < part.end && part.start < span.end)
            .map(|span| span.start.max(part.start)..span.end.min(part.end))
            .collect();
        if urls {
            hidden
                .extend(urls_in(&text[part.clone()], true).map(|span| span.start + part.start..span.end + part.start));
        }
        let mut shown = Shown { text: String::new(), mark: 0..0 };
        let mut at = part.start;
        for span in merged(hidden) {
            shown.take(text, at..span.start, &mark);
            let before = shown.text.len();
            shown.text.push_str(HIDDEN);
            if span.contains(&mark.start) {
                shown.mark.start = before;
            }
            if span.start < mark.end && mark.end <= span.end {
                shown.mark.end = shown.text.len();
            }
            at = span.end;
        }
        shown.take(text, at..part.end, &mark);
        shown
    }
}

impl Shown {
    /// Appends this part of the text unchanged.
    fn take(&mut self, text: &str, part: Range<usize>, mark: &Range<usize>) {
        let here =
            |place: usize| (part.start..=part.end).contains(&place).then(|| self.text.len() + place - part.start);
        let (start, end) = (here(mark.start), here(mark.end));
        self.mark.start = start.unwrap_or(self.mark.start);
        self.mark.end = end.unwrap_or(self.mark.end);
        self.text.push_str(&text[part]);
    }
}

/// Sorted and disjoint.
fn merged(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.retain(|span| !span.is_empty());
    spans.sort_by_key(|span| (span.start, span.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}
