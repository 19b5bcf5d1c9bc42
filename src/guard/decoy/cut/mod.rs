//! Mends a path that a page cuts short, such as `no page at /admi…`.
//!
//! A page that shows at most so many characters of a path shows fewer of those that were sent, since markers take their place. What
//! it shows of other paths is known: as many characters of the path as sent. Cuts at the border of a segment are left alone, unless
//! an ellipsis follows: a page may show the folder of a path, its name, or its name without the extension.

#[cfg(test)]
mod tests;

use actix_web::http::Uri;
use actix_web::web::Bytes;
use memchr::memmem;

use super::rewrite::Rewritten;
use crate::util::work;

/// Behind or before a text that was cut.
const ELLIPSES: [&[u8]; 5] = ["…".as_bytes(), b"...", b"&hellip;", b"&#8230;", b"\\u2026"];

/// The text with as much of the path as sent as it shows of the rewritten one; `None` where it cuts no path.
pub(super) fn fill(text: &[u8], rewritten: &Rewritten) -> Option<Bytes> {
    // The path as the guard has asked for it, and as middlewares inside have left it.
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
    /// Mends paths of which the end is missing.
    fn fill_ends(&self, text: &[u8]) -> Option<Vec<u8>> {
        let target = |uri: &Uri| uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        let (path, asked, sent) = (self.asked.path().len(), target(self.asked), target(self.sent));
        let first = memmem::find(asked.as_bytes(), self.marker)?;
        let mut filled = Filled::of(text);
        let whole = self.whole(text);
        // Segments that are alike (`/admin/admin/admin`) begin a path at each of them; what belongs to one is not looked at again.
        let mut looked_at = 0;
        for start in memmem::find_iter(text, &asked.as_bytes()[..=first]) {
            if start < looked_at {
                continue;
            }
            let rest = &text[start..];
            // Only the query may be cut then.
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
            // A path that is short enough is shown whole, without an ellipsis.
            let dropped = ellipsis.filter(|_| shown >= longest).map_or(0, |ellipsis| ellipsis.len());
            filled.put(start, &sent.as_bytes()[..shown.min(longest)], shown + dropped);
        }
        filled.done()
    }

    /// Mends paths of which the beginning is missing.
    fn fill_starts(&self, text: &[u8]) -> Option<Vec<u8>> {
        let (asked, sent) = (self.asked.path().as_bytes(), self.sent.path().as_bytes());
        // As a path that is read from its end.
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

    /// Whether a page that shows so much of the path, whose first marker stands there, has cut it.
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
            // `/z` may be something else.
            return shown - first >= 2 || first >= 3;
        }
        // What goes on otherwise may be the path with its escapes decoded, or another segment that begins like this one.
        let ends = next.is_none_or(|next| next.is_ascii_whitespace() || b"<>\"'`()[]{}|,".contains(&next));
        let is_behind_marker = shown == first + self.marker.len();
        let is_within_word = is_letter(path.get(shown - 1)) && is_letter(path.get(shown)) && !is_behind_marker;
        has_ellipsis || (!is_border && (is_within_word || ends))
    }
}

/// Whether a page may show so much of a path because it is a part: its folder, its name without parameters or without the extension, or all
/// that stands before an escape, which it shows decoded.
fn is_border_of_a_part(path: &[u8], shown: usize) -> bool {
    let rest = &path[shown..];
    let is_extension = rest.starts_with(b".") && !rest[1..].iter().any(|byte| b"./".contains(byte));
    is_extension
        || matches!(path[shown - 1], b'/' | b'%')
        || matches!(rest.first(), None | Some(b'/' | b';' | b'?' | b'#' | b'%' | b'+' | b'&'))
}

/// Where a text shows the path as a whole.
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

/// A text of which parts are replaced, from its front to its end.
struct Filled<'t> {
    text: &'t [u8],
    filled: Vec<u8>,
    /// So much of the text is in `filled`.
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
