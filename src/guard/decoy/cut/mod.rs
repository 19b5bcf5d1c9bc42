//! Restores a path that a page truncates, such as `no page at /admi…`.
//!
//! If a page shows only a limited number of characters of a path, it shows fewer characters of the sent path, since
//! markers take their place. For other paths, it would show this number of characters of the sent path. A path that is
//! truncated at the border of a segment stays unchanged, unless an ellipsis follows: a page may show the folder of a
//! path, its name, or its name without the extension.

#[cfg(test)]
mod tests;

use actix_web::http::Uri;
use actix_web::web::Bytes;
use memchr::memmem;

use super::rewrite::Rewritten;
use crate::util::work;

/// The texts after or before a truncated text.
const ELLIPSES: [&[u8]; 5] = ["…".as_bytes(), b"...", b"&hellip;", b"&#8230;", b"\\u2026"];

/// The text in which as many characters of the sent path replace those of the rewritten path; `None` if it truncates no
/// path.
pub(super) fn fill(text: &[u8], rewritten: &Rewritten) -> Option<Bytes> {
    // The guard's rewritten path, and the path as an inner middleware left it.
    let left = rewritten.left.as_ref().map(|(asked, sent)| (asked, sent));
    let mut filled = None::<Bytes>;
    for (asked, sent) in left.into_iter().chain([(&rewritten.asked, &rewritten.sent)]) {
        let cut = Cut { marker: rewritten.marker.as_bytes(), asked, sent };
        let ends = cut.fill_ends(filled.as_deref().unwrap_or(text)).map(Bytes::from);
        filled = ends.or(filled);
        let starts = cut.fill_starts(filled.as_deref().unwrap_or(text)).map(Bytes::from);
        filled = starts.or(filled);
    }
    filled
}

/// The two paths.
struct Cut<'a> {
    marker: &'a [u8],
    asked: &'a Uri,
    sent: &'a Uri,
}

impl Cut<'_> {
    /// Restores paths without their end.
    fn fill_ends(&self, text: &[u8]) -> Option<Vec<u8>> {
        let target = |uri: &Uri| uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        let (path, asked, sent) = (self.asked.path().len(), target(self.asked), target(self.sent));
        let first = memmem::find(asked.as_bytes(), self.marker)?;
        let mut filled = Filled::of(text);
        let whole = self.whole(text);
        // Equal segments (`/admin/admin/admin`) begin a path at each of them. The part of one path is not searched
        // again.
        let mut looked_at = 0;
        for start in memmem::find_iter(text, &asked.as_bytes()[..=first]) {
            if start < looked_at {
                continue;
            }
            let rest = &text[start..];
            // Then only the query may be truncated.
            let is_whole = whole.contains(start) && !(whole.begins(start) && rest.get(path) == Some(&b'?'));
            if is_whole || rest.starts_with(asked.as_bytes()) {
                continue;
            }
            let shown = rest.iter().zip(asked.bytes()).take_while(|(a, b)| **a == *b).count();
            looked_at = start + shown;
            work::count(shown);
            let ellipsis = ELLIPSES.iter().find(|ellipsis| rest[shown..].starts_with(ellipsis));
            let next = rest.get(shown).copied();
            let is_border = is_border_of_a_part(asked.as_bytes(), shown);
            if !self.is_cut(asked.as_bytes(), shown, first, next, is_border, ellipsis.is_some()) {
                continue;
            }
            let longest = if shown < path { self.sent.path().len() } else { sent.len() };
            // A path that is short enough is shown completely, without an ellipsis.
            let dropped = ellipsis.filter(|_| shown >= longest).map_or(0, |ellipsis| ellipsis.len());
            filled.put(start, &sent.as_bytes()[..shown.min(longest)], shown + dropped);
        }
        filled.done()
    }

    /// Restores paths without their beginning.
    fn fill_starts(&self, text: &[u8]) -> Option<Vec<u8>> {
        let (asked, sent) = (self.asked.path().as_bytes(), self.sent.path().as_bytes());
        // The path, read from its end.
        let reversed: Vec<u8> = asked.iter().rev().copied().collect();
        let last = memmem::rfind(asked, self.marker)? + self.marker.len();
        let whole = self.whole(text);
        let mut fills = Vec::new();
        let mut looked_at = text.len();
        for start in memmem::rfind_iter(text, &asked[last - 1..]) {
            let end = start + asked.len() - (last - 1);
            if end > looked_at || whole.contains(start) {
                continue;
            }
            let front = &text[..end];
            let shown = front.iter().rev().zip(&reversed).take_while(|(a, b)| a == b).count();
            looked_at = end - shown;
            work::count(shown);
            let (before, from_end) = (&front[..end - shown], asked.len() - last);
            let ellipsis = ELLIPSES.iter().find(|ellipsis| before.ends_with(ellipsis));
            let end_of = |from: usize, until: usize| &reversed[from.min(reversed.len())..until.min(reversed.len())];
            let is_border = shown == reversed.len()
                || end_of(shown - 1, shown + 1).iter().any(|byte| b"/.\\".contains(byte))
                || end_of(shown - 1, shown + 5).contains(&b'%');
            if !self.is_cut(&reversed, shown, from_end, before.last().copied(), is_border, ellipsis.is_some()) {
                continue;
            }
            let dropped = ellipsis.filter(|_| shown >= sent.len()).map_or(0, |ellipsis| ellipsis.len());
            fills.push((end - shown - dropped, &sent[sent.len() - shown.min(sent.len())..], shown + dropped));
        }
        let mut filled = Filled::of(text);
        fills.into_iter().rev().for_each(|(at, part, instead_of)| filled.put(at, part, instead_of));
        filled.done()
    }

    fn whole(&self, text: &[u8]) -> Whole {
        let path = self.asked.path().as_bytes();
        Whole { starts: memmem::find_iter(text, path).collect(), length: path.len() }
    }

    /// Whether a page that shows `shown` characters of the path, with its first marker at `first`, has truncated the
    /// path.
    fn is_cut(
        &self,
        path: &[u8],
        shown: usize,
        first: usize,
        next: Option<u8>,
        is_border: bool,
        has_ellipsis: bool,
    ) -> bool {
        let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        if is_letter(next.as_ref()) {
            return false;
        }
        if (first..first + self.marker.len()).contains(&shown) {
            // `/z` may be another text.
            return shown - first >= 2 || first >= 3;
        }
        // If the text continues, it may be the decoded path, or another segment with the same beginning.
        let ends = next.is_none_or(|next| next.is_ascii_whitespace() || b"<>\"'`()[]{}|,".contains(&next));
        let is_behind_marker = shown == first + self.marker.len();
        let is_within_word = is_letter(path.get(shown - 1)) && is_letter(path.get(shown)) && !is_behind_marker;
        has_ellipsis || (!is_border && (is_within_word || ends))
    }
}

/// Whether a page may show this number of characters because they are a part of the path: its folder, its name without
/// parameters or without the extension, or the text before an escape, which the page decodes.
fn is_border_of_a_part(path: &[u8], shown: usize) -> bool {
    let rest = &path[shown..];
    let is_extension = rest.starts_with(b".") && !rest[1..].iter().any(|byte| b"./".contains(byte));
    is_extension
        || matches!(path[shown - 1], b'/' | b'%')
        || matches!(rest.first(), None | Some(b'/' | b';' | b'?' | b'#' | b'%' | b'+' | b'&'))
}

/// The places at which a text shows the whole path.
struct Whole {
    starts: Vec<usize>,
    length: usize,
}

impl Whole {
    fn begins(&self, place: usize) -> bool {
        self.starts.binary_search(&place).is_ok()
    }

    fn contains(&self, place: usize) -> bool {
        let before = self.starts.partition_point(|start| *start <= place);
        before.checked_sub(1).is_some_and(|last| place < self.starts[last] + self.length)
    }
}

/// A text whose parts are replaced, from the beginning to the end.
struct Filled<'t> {
    text: &'t [u8],
    filled: Vec<u8>,
    /// The length of the text that is already in `filled`.
    done: usize,
}

impl<'t> Filled<'t> {
    fn of(text: &'t [u8]) -> Self {
        Self { text, filled: Vec::new(), done: 0 }
    }

    fn put(&mut self, at: usize, part: &[u8], instead_of: usize) {
        if at < self.done {
            return;
        }
        self.filled.extend_from_slice(&self.text[self.done..at]);
        self.filled.extend_from_slice(part);
        self.done = at + instead_of;
    }

    fn done(mut self) -> Option<Vec<u8>> {
        if self.done == 0 {
            return None;
        }
        self.filled.extend_from_slice(&self.text[self.done..]);
        Some(self.filled)
    }
}
