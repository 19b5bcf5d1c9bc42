use std::sync::Arc;

use super::*;
use crate::guard::decoy::marker::Marker;
use crate::guard::decoy::outside::SharedData;
use crate::policy::Breaks;

const MARKER: &str = "z8kp3mfq7z";

fn rewritten(sent: &str, segment: usize) -> (Rewritten, String) {
    let marker = Marker::from_text(MARKER);
    let (path, query) = sent.split_once('?').map_or((sent, String::new()), |(path, query)| (path, format!("?{query}")));
    let marked = marker.put_into(path, &Breaks::segment(segment));
    let asked = format!("{}{query}", marked.path);
    let places = Arc::clone(&marked.places);
    let (sent, uri) = (sent.parse().unwrap(), asked.parse().unwrap());
    (Rewritten { marker, places, sent, asked: uri, shared: SharedData::default(), routes: None, left: None }, asked)
}

/// The page with the path cleaned, for any truncation.
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
        // Between the lengths of path and target, it is ambiguous which of them is shown.
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

/// Segments with equal beginnings or ends are not mistaken for parts of each other.
#[test]
fn a_path_of_many_markers_is_whole() {
    let marker = Marker::from_text(MARKER);
    for sent in ["/x/y/../y.bak", "/ca/cb/ca/cb.html", "/abc/dbc/xbc"] {
        let marked = marker.put_into(sent, &Breaks::everything());
        let places = Arc::clone(&marked.places);
        let (uri, asked) = (sent.parse().unwrap(), marked.path.parse().unwrap());
        let rewritten = Rewritten {
            marker: marker.clone(),
            places,
            sent: uri,
            asked,
            shared: SharedData::default(),
            routes: None,
            left: None,
        };
        let page = format!("<p>{path}</p> {path:?} {path}", path = marked.path);
        assert_eq!(mended(&page, &rewritten), format!("<p>{sent}</p> {sent:?} {sent}"));
        let crumbs: Vec<&str> = marked.path.split('/').collect();
        assert_eq!(mended(&crumbs.join(" &gt; "), &rewritten), sent.replace('/', " &gt; "));
    }
}

/// A page that decodes the path, like `web::Path`, does not truncate it at the first escape.
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
        let marked = marker.put_into(sent, &Breaks::everything());
        let places = Arc::clone(&marked.places);
        let uri = |path: &str| path.replace('\\', "%5c").parse().unwrap();
        let asked = marked.path.parse().unwrap_or_else(|_| uri(&marked.path));
        let rewritten = Rewritten {
            marker: marker.clone(),
            places,
            sent: sent.parse().unwrap_or_else(|_| uri(sent)),
            asked,
            shared: SharedData::default(),
            routes: None,
            left: None,
        };
        let shown_marked = marker.put_into(shown, &Breaks::everything()).path;
        for page in [format!("<p>{shown_marked}</p>"), format!("tail {}", shown_marked.trim_start_matches('/'))] {
            assert_eq!(mended(&page, &rewritten), page.replace(MARKER, ""), "{sent}");
        }
    }
}

/// If a page truncates each path after some number of characters, without an ellipsis, only the border of a part is
/// ambiguous.
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

/// A path of equal segments, which begins again at each of them, is searched once.
#[test]
fn equal_segments_are_looked_at_once() {
    let sent = format!("{}/'", "/admin".repeat(3_000));
    let marker = Marker::from_text(MARKER);
    let marked = marker.put_into(&sent, &Breaks::everything());
    let (uri, asked) = (sent.parse().unwrap(), marked.path.parse().unwrap());
    let places = Arc::clone(&marked.places);
    assert_eq!(places.len(), 2, "`ad` and `min`, and nothing around the quote");
    let rewritten =
        Rewritten { marker, places, sent: uri, asked, shared: SharedData::default(), routes: None, left: None };
    let page = format!("<p>{}</p>", marked.path.replace('\'', "&#39;"));
    work::take();
    assert!(fill(page.as_bytes(), &rewritten).is_none());
    let work = work::take();
    assert!(work <= 4 * page.len() as u64, "{work} for {} bytes", page.len());
}

/// The same, read from the end of the path.
#[test]
fn equal_segments_are_looked_at_once_from_the_end() {
    let sent = format!("/'{}", "/admin".repeat(3_000));
    let marker = Marker::from_text(MARKER);
    let marked = marker.put_into(&sent, &Breaks::everything());
    let (uri, asked) = (sent.parse().unwrap(), marked.path.parse().unwrap());
    let places = Arc::clone(&marked.places);
    let rewritten =
        Rewritten { marker, places, sent: uri, asked, shared: SharedData::default(), routes: None, left: None };
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
        // Decoded, or in another spelling.
        (asked.replacen("/users", "\\users", 1), "/shop/admin\\users/x.html"),
        (format!("{}, ", &asked[..24]), "/shop/admin/users/x.html, "),
        (asked.repeat(2), "/shop/admin/users/x.html/shop/admin/users/x.html"),
        ("see /shop/adz or /shop/adzuki".to_owned(), "see /shop/adm or /shop/adzuki"),
    ] {
        assert_eq!(mended(&shown, &rewritten), expected);
    }
}

/// A page may show the text before parameters, a blank or another part of a query, as it does for other paths.
#[test]
fn a_part_before_a_sign_is_no_cut() {
    for (sent, shown) in [
        ("/shop/admin;v=1/x", "/shop/admin"),
        ("/shop/admin+x", "/shop/admin"),
        ("/shop/admin&x=1", "/shop/admin"),
        ("/shop/admin%20x", "/shop/admin"),
        ("/shop/admin?x=1", "/shop/admin"),
    ] {
        let (rewritten, asked) = rewritten(sent, 1);
        let shown_marked = &asked[..shown.len() + MARKER.len()];
        assert_eq!(mended(&format!("<p>{shown_marked}</p>"), &rewritten), format!("<p>{shown}</p>"), "{sent}");
    }
}

/// A path that ends within a word is truncated, whatever sign follows.
#[test]
fn a_cut_within_a_word_is_seen_before_any_sign() {
    let sent = "/shop/administration";
    let (rewritten, asked) = rewritten(sent, 1);
    for sign in [".", ":", "!", "-", "_", ";", "…"] {
        for length in "/shop/administ".len() + MARKER.len()..asked.len() {
            let page = format!("no {}{sign} here", &asked[..length]);
            let kept = if sign == "…" && length >= sent.len() { "" } else { sign };
            let expected = format!("no {}{kept} here", &sent[..length.min(sent.len())]);
            assert_eq!(mended(&page, &rewritten), expected, "{length}");
        }
    }
}

/// One letter of a marker after a short text is another text.
#[test]
fn a_short_text_that_goes_on_like_a_marker_is_no_path() {
    let (rewritten, asked) = rewritten("/ab/c", 0);
    assert_eq!(asked, format!("/a{MARKER}b/c"));
    for text in ["see /az, ", "see /az… and", "/az"] {
        assert_eq!(mended(text, &rewritten), text);
    }
}
