//! Masks tokens of one-time links in logged paths. Every token begins with the same four characters, so that any logger
//! can recognize it.

use std::borrow::Cow;

use percent_encoding::{percent_decode, percent_decode_str};

/// The beginning of every token.
pub(crate) const TOKEN: &str = "otl-";

/// A shorter text is not a token, and useless to an attacker.
const SHORTEST: usize = 6;

/// The path with `otl-***` in place of each segment that may contain a token.
pub(crate) fn mask(path: &str) -> Cow<'_, str> {
    if !path.split('/').any(is_token) {
        return Cow::Borrowed(path);
    }
    let segments: Vec<&str> =
        path.split('/').map(|segment| if is_token(segment) { "otl-***" } else { segment }).collect();
    Cow::Owned(segments.join("/"))
}

/// Whether a segment contains the beginning of a token and more text, after percent-decoding (twice, as some servers
/// do) and in any case. Other text with `otl-` is masked as well, which does no harm.
fn is_token(segment: &str) -> bool {
    let once: Vec<u8> = percent_decode_str(segment).collect();
    let mut twice: Vec<u8> = percent_decode(&once).collect();
    twice.make_ascii_lowercase();
    let at = twice.windows(TOKEN.len()).position(|window| window == TOKEN.as_bytes());
    at.is_some_and(|at| twice.len() >= at + TOKEN.len() + SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_of_a_token_is_left() {
        for path in [
            "/a/otl-secret",
            "/a/OTL-secret",
            "/a/%6ftl-secret",
            "/a/o%74l%2Dsecret/",
            "//otl-secret.,",
            "/%4F%54%4C%2d%73ecret",
            "/a/%256ftl-secret",
            "/a;otl-secret",
            "/a/%20otl-secret",
        ] {
            assert!(!mask(path).to_lowercase().contains("secret"), "{path}: {}", mask(path));
        }
        for path in ["/", "", "/otl", "/otl-", "/hotl-x", "/a/ot-l", "/otl-index"] {
            assert_eq!(mask(path), path);
        }
    }
}
