//! Mends a path that a page cuts short, such as `no page at /admi…`.
//!
//! A page that shows at most so many characters of a path shows fewer of those that were sent, since markers take their place. What
//! it shows of other paths is known: as many characters of the path as sent. Cuts at the border of a segment are left alone, unless
//! an ellipsis follows: a page may show the folder of a path, its name, or its name without the extension.

use actix_web::web::Bytes;
use memchr::memmem;

use super::rewrite::Rewritten;
use crate::util::work;

/// Behind or before a text that was cut.
const ELLIPSES: [&[u8]; 5] = ["…".as_bytes(), b"...", b"&hellip;", b"&#8230;", b"\\u2026"];

/// The text with as much of the path as sent as it shows of the rewritten one; `None` where it cuts no path.
pub(super) fn fill(text: &[u8], rewritten: &Rewritten) -> Option<Bytes> {
    let cut = Cut { marker: rewritten.marker.as_bytes(), asked: &rewritten.asked, sent: &rewritten.sent };
    let ends = cut.fill_ends(text);
    let starts = cut.fill_starts(ends.as_deref().unwrap_or(text));
    starts.or(ends).map(Bytes::from)
}

/// The two paths.
struct Cut<'a> {
    marker: &'a [u8],
    asked: &'a actix_web::http::Uri,
    sent: &'a actix_web::http::Uri,
}

impl Cut<'_> {
    /// Mends paths of which the end is missing.
    fn fill_ends(&self, text: &[u8]) -> Option<Vec<u8>> {
        let target = |uri: &actix_web::http::Uri| uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::guard::decoy::marker::{Marker, Shape};
    use crate::guard::decoy::outside::SharedData;
    use crate::policy::Breaks;

    const MARKER: &str = "z8kp3mfq7z";

    fn rewritten(sent: &str, segment: usize) -> (Rewritten, String) {
        let marker = Marker::from_text(MARKER);
        let (path, query) =
            sent.split_once('?').map_or((sent, String::new()), |(path, query)| (path, format!("?{query}")));
        let marked = marker.put_into(path, &Breaks::segment(segment), Shape::Intact);
        let asked = format!("{}{query}", marked.path);
        let places = Arc::clone(&marked.places);
        let (sent, uri) = (sent.parse().unwrap(), asked.parse().unwrap());
        (Rewritten { marker, places, sent, asked: uri, shared: SharedData::default() }, asked)
    }

    /// The page with the path cleaned, however it is cut.
    fn mended(page: &str, rewritten: &Rewritten) -> String {
        let filled =
            fill(page.as_bytes(), rewritten).map_or(page.to_owned(), |text| String::from_utf8(text.to_vec()).unwrap());
        filled.replace(MARKER, "")
    }

    #[test]
    fn a_path_is_as_long_as_any_other_wherever_it_is_cut() {
        let sent = "/shop/admin/users/all/of/them.html?sorted=yes";
        let (rewritten, asked) = rewritten(sent, 1);
        let path = sent.split('?').next().unwrap();
        for length in 1..sent.len() + 4 {
            let cut = |text: &str| {
                if text.len() > length { format!("<p>No {text:.length$}…</p>") } else { format!("<p>No {text}</p>") }
            };
            let (marked, _) = asked.split_once('?').unwrap();
            assert_eq!(mended(&cut(marked), &rewritten), cut(path), "{length} of the path");
            // Between the lengths of path and target it cannot be told which of them is shown.
            if !(path.len()..=path.len() + MARKER.len()).contains(&length) {
                assert_eq!(mended(&cut(&asked), &rewritten), cut(sent), "{length} of the target");
            }
            let cut = |text: &str| match text.len().checked_sub(length) {
                Some(start) if start > 0 => format!("<p>No ...{}</p>", &text[start..]),
                _ => format!("<p>No {text}</p>"),
            };
            assert_eq!(mended(&cut(marked), &rewritten), cut(path), "{length} from the end");
        }
    }

    /// Segments that begin or end alike are not taken for parts of each other.
    #[test]
    fn a_path_of_many_markers_is_whole() {
        let marker = Marker::from_text(MARKER);
        for sent in ["/x/y/../y.bak", "/ca/cb/ca/cb.html", "/abc/dbc/xbc"] {
            let marked = marker.put_into(sent, &Breaks::everything(), Shape::Intact);
            let places = Arc::clone(&marked.places);
            let (uri, asked) = (sent.parse().unwrap(), marked.path.parse().unwrap());
            let rewritten =
                Rewritten { marker: marker.clone(), places, sent: uri, asked, shared: SharedData::default() };
            let page = format!("<p>{path}</p> {path:?} {path}", path = marked.path);
            assert_eq!(mended(&page, &rewritten), format!("<p>{sent}</p> {sent:?} {sent}"));
            let crumbs: Vec<&str> = marked.path.split('/').collect();
            assert_eq!(mended(&crumbs.join(" &gt; "), &rewritten), sent.replace('/', " &gt; "));
        }
    }

    /// A page that decodes the path, as `web::Path` does, has not cut it where the first escape stood.
    #[test]
    fn a_decoded_path_is_not_cut() {
        let marker = Marker::from_text(MARKER);
        for (sent, shown) in [
            ("/x/admin%2fx", "/x/admin/x"),
            ("/x/admin%5cx", "/x/admin\\x"),
            ("/x/admin\\x", "/x/admin/x"),
            ("/x/admin%252fx", "/x/admin%2fx"),
            ("/a/../open", "a/../open"),
        ] {
            let marked = marker.put_into(sent, &Breaks::everything(), Shape::Intact);
            let places = Arc::clone(&marked.places);
            let uri = |path: &str| path.replace('\\', "%5c").parse().unwrap();
            let asked = marked.path.parse().unwrap_or_else(|_| uri(&marked.path));
            let rewritten = Rewritten {
                marker: marker.clone(),
                places,
                sent: sent.parse().unwrap_or_else(|_| uri(sent)),
                asked,
                shared: SharedData::default(),
            };
            let shown_marked = marker.put_into(shown, &Breaks::everything(), Shape::Intact).path;
            for page in [format!("<p>{shown_marked}</p>"), format!("tail {}", shown_marked.trim_start_matches('/'))] {
                assert_eq!(mended(&page, &rewritten), page.replace(MARKER, ""), "{sent}");
            }
        }
    }

    /// Where a page cuts each path after so many characters, without an ellipsis, only the border of a part is ambiguous.
    #[test]
    fn a_cut_at_a_sign_is_seen() {
        let sent = "/my-admin_panel::$DATA/a.b.c-d";
        let (rewritten, asked) = rewritten(sent, 0);
        for length in 2..asked.len() {
            let cut = |text: &str| format!("<p>{text:.length$}</p>");
            // `/my-admin_panel::$DATA` and `…/`, and the name without its extension.
            let part = [22, 23, 26].map(|border| border + MARKER.len());
            if !part.contains(&length) {
                assert_eq!(mended(&cut(&asked), &rewritten), cut(sent), "{length}");
            }
        }
    }

    /// A path of equal segments, which begins anew at each of them, is looked at once.
    #[test]
    fn equal_segments_are_looked_at_once() {
        let sent = format!("{}/'", "/admin".repeat(3_000));
        let marker = Marker::from_text(MARKER);
        let marked = marker.put_into(&sent, &Breaks::everything(), Shape::Intact);
        let (uri, asked) = (sent.parse().unwrap(), marked.path.parse().unwrap());
        let places = Arc::clone(&marked.places);
        assert_eq!(places.len(), 2, "`ad` and `min`, and nothing around the quote");
        let rewritten = Rewritten { marker, places, sent: uri, asked, shared: SharedData::default() };
        let page = format!("<p>{}</p>", marked.path.replace('\'', "&#39;"));
        work::take();
        assert!(fill(page.as_bytes(), &rewritten).is_none());
        let work = work::take();
        assert!(work <= 4 * page.len() as u64, "{work} for {} bytes", page.len());
    }

    #[test]
    fn without_an_ellipsis_a_border_is_no_cut() {
        let (rewritten, asked) = rewritten("/shop/admin/users/x.html", 1);
        for (shown, expected) in [
            (format!("<p>{asked}</p>"), "<p>/shop/admin/users/x.html</p>"),
            (asked[..asked.find("/users").unwrap()].to_owned(), "/shop/admin"),
            (asked.trim_end_matches(".html").to_owned(), "/shop/admin/users/x"),
            (asked.trim_start_matches("/shop").to_owned(), "/admin/users/x.html"),
            (asked.trim_start_matches("/shop/").to_owned(), "admin/users/x.html"),
            (format!("{}, ", &asked[..22]), "/shop/admin/, "),
            // Decoded, or written otherwise.
            (asked.replacen("/users", "\\users", 1), "/shop/admin\\users/x.html"),
            (format!("{}, ", &asked[..24]), "/shop/admin/users/x.html, "),
            (asked.repeat(2), "/shop/admin/users/x.html/shop/admin/users/x.html"),
            ("see /shop/adz or /shop/adzuki".to_owned(), "see /shop/adm or /shop/adzuki"),
        ] {
            assert_eq!(mended(&shown, &rewritten), expected);
        }
    }
}
