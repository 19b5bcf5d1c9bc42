//! Identifies visitors: random cookies, and the nonce of a page, which is only valid together with its cookie.

use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};

use super::error::Error;
use super::keys::{self, Keys};

/// The minimum time between a page and its form. No person is faster.
pub(super) const MIN_AGE_MILLIS: u64 = 600;

/// How long a page is valid.
const MAX_AGE_MILLIS: u64 = 24 * 60 * 60 * 1000;

/// The cookie of a visit to one link. Its path is the link's path, so the browser sends it nowhere else.
pub(super) const VISIT: &str = "otl-visit";

/// The cookie of a browser that requested a link.
pub(super) const BROWSER: &str = "otl-browser";

/// The lifetime of that cookie.
pub(super) const BROWSER_SECONDS: u64 = 7 * 24 * 60 * 60;

/// 130 random bits.
const ID_LENGTH: usize = 26;

/// Maximum number of cookies of one name that are read.
const MAX_COOKIES: usize = 8;

/// A new id.
pub(super) fn new_id() -> Result<String, Error> {
    keys::random(ID_LENGTH)
}

fn is_id(text: &str) -> bool {
    text.len() == ID_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The ids in cookies of this name. There may be several, if a cookie of another path has the same name.
pub(super) fn ids<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    let pairs = headers.get_all(COOKIE).filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';'));
    let values = pairs.filter_map(move |pair| pair.trim().strip_prefix(name)?.strip_prefix('='));
    values.filter(|value| is_id(value)).take(MAX_COOKIES)
}

/// The value of a `Set-Cookie` header.
pub(super) fn cookie(name: &str, id: &str, path: &str, seconds: u64, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={id}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")).ok()
}

/// The lifetime of a visit's cookie, equal to the validity of its page.
pub(super) const VISIT_SECONDS: u64 = MAX_AGE_MILLIS / 1000;

/// The nonce of a page that is made at this time.
pub(super) fn nonce(keys: &Keys, link: &str, visit: &str, now: u64) -> String {
    format!("{now:x}.{}", mac(keys, link, visit, now))
}

fn mac(keys: &Keys, link: &str, visit: &str, made: u64) -> String {
    keys.text("nonce", &[link.as_bytes(), visit.as_bytes(), &made.to_be_bytes()])
}

/// The validity of a form's nonce for its cookie and the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nonce {
    Good,
    /// Faster than a person can click.
    TooEarly,
    /// From a page that is a day old.
    TooOld,
    /// For another cookie or another link, or not made by this server.
    Wrong,
}

pub(super) fn check(keys: &Keys, link: &str, visit: &str, nonce: &str, now: u64) -> Nonce {
    let Some((made, text)) = nonce.split_once('.') else { return Nonce::Wrong };
    // Each time has exactly one spelling: `+1a2b` and `001a2b` are invalid.
    let spelled = |time: &u64| format!("{time:x}") == made;
    let Some(made) = u64::from_str_radix(made, 16).ok().filter(spelled) else { return Nonce::Wrong };
    if !keys.verify("nonce", &[link.as_bytes(), visit.as_bytes(), &made.to_be_bytes()], text) {
        return Nonce::Wrong;
    }
    match now.checked_sub(made) {
        Some(age) if age > MAX_AGE_MILLIS => Nonce::TooOld,
        Some(age) if age >= MIN_AGE_MILLIS => Nonce::Good,
        _ => Nonce::TooEarly,
    }
}

/// The key of a visitor in the store.
pub(super) fn holder(keys: &Keys, link: &str, visit: &str) -> String {
    keys.text("holder", &[link.as_bytes(), visit.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    const VISIT_ID: &str = "abcdefghjkmnpqrstvwxyz0123";

    #[test]
    fn a_nonce_counts_for_its_link_its_cookie_and_its_time() {
        let keys = Keys::new(&[7; 32]).unwrap();
        let made = 1_795_910_400_000;
        let text = nonce(&keys, "link", VISIT_ID, made);
        let at = |after: u64| check(&keys, "link", VISIT_ID, &text, made + after);
        assert_eq!([at(0), at(599), at(600), at(86_400_000), at(86_400_001)], {
            [Nonce::TooEarly, Nonce::TooEarly, Nonce::Good, Nonce::Good, Nonce::TooOld]
        });
        assert_eq!(check(&keys, "link", VISIT_ID, &text, made - 5_000), Nonce::TooEarly);
        let now = made + 1_000;
        assert_eq!(check(&keys, "other", VISIT_ID, &text, now), Nonce::Wrong);
        assert_eq!(check(&keys, "link", "0bcdefghjkmnpqrstvwxyz0123", &text, now), Nonce::Wrong);
        let (time, mac) = text.split_once('.').unwrap();
        for forged in [
            "",
            ".",
            "1.",
            &format!("{:x}.{mac}", made - 1),
            &format!("+{time}.{mac}"),
            &format!("00000000{time}.{mac}"),
        ] {
            assert_eq!(check(&keys, "link", VISIT_ID, forged, now), Nonce::Wrong, "{forged}");
        }
    }

    #[test]
    fn cookies_are_found_among_others() {
        let mut headers = HeaderMap::new();
        headers
            .append(COOKIE, HeaderValue::from_static("a=b; otl-visit=short; otl-visit=abcdefghjkmnpqrstvwxyz0123;x"));
        headers.append(COOKIE, HeaderValue::from_static("otl-visitor=abcdefghjkmnpqrstvwxyz0124"));
        headers.append(COOKIE, HeaderValue::from_static("otl-visit=abcdefghjkmnpqrstvwxyz0125"));
        let found: Vec<&str> = ids(&headers, VISIT).collect();
        assert_eq!(found, [VISIT_ID, "abcdefghjkmnpqrstvwxyz0125"]);
    }
}
