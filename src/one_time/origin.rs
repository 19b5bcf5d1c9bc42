//! Checks whether a form was sent from the application's own pages.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use actix_web::http::uri::Authority;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The origin of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// The application's own page.
    OwnPage,
    /// Another site.
    OtherSite,
    /// Unknown: an old browser, or a program.
    Unknown,
}

/// 1. If the application's origin is set, `Origin` must equal it.
/// 2. Otherwise `Sec-Fetch-Site` decides, which the browser computes and pages cannot write. It also decides if a proxy
///    does not forward `Host` (nginx does not by default), and if `Origin` is `null`, as for pages with
///    `Referrer-Policy: no-referrer`.
/// 3. Otherwise `Origin` is compared with the request's host.
pub(super) fn sender(req: &HttpRequest, configured: Option<&str>) -> Sender {
    let headers = req.headers();
    let origin = text(headers, &ORIGIN);
    if let (Some(origin), Some(configured)) = (origin, configured)
        && origin != "null"
    {
        return if origin.eq_ignore_ascii_case(configured) { Sender::OwnPage } else { Sender::OtherSite };
    }
    match text(headers, &SEC_FETCH_SITE) {
        Some("same-origin") => return Sender::OwnPage,
        Some("none") | None => {}
        Some(_) => return Sender::OtherSite,
    }
    match origin {
        None | Some("null") => Sender::Unknown,
        Some(origin) if hosts(req).any(|host| is_of_host(origin, host)) => Sender::OwnPage,
        Some(_) => Sender::OtherSite,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    // An unreadable header differs from a missing one.
    headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"))
}

/// The names of this server in the request. Pages of other sites cannot write any of them.
fn hosts(req: &HttpRequest) -> impl Iterator<Item = &str> {
    let authority = req.uri().authority().map(Authority::as_str);
    let forwarded = text(req.headers(), &X_FORWARDED_HOST).into_iter().flat_map(|hosts| hosts.split(','));
    authority.into_iter().chain(text(req.headers(), &HOST)).chain(forwarded).map(str::trim)
}

fn is_of_host(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return false,
    };
    let host = host.strip_suffix(port).unwrap_or(host);
    !host.is_empty() && authority.eq_ignore_ascii_case(host)
}

/// Whether `text` has the form of `Origin`.
pub(super) fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|host| {
        let usual = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_:[]".contains(&byte);
        !host.is_empty() && host.bytes().all(usual)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn senders() {
        use Sender::{OtherSite, OwnPage, Unknown};
        let own = Some("https://shop.example");
        for (configured, headers, expected) in [
            (None, &[("host", "shop.example")][..], Unknown),
            (None, &[("host", "shop.example"), ("origin", "https://shop.example")], OwnPage),
            (None, &[("host", "shop.example:8080"), ("origin", "http://shop.example:8080")], OwnPage),
            (None, &[("host", "SHOP.example:443"), ("origin", "https://shop.example")], OwnPage),
            (None, &[("host", "[2001:db8::1]:8080"), ("origin", "http://[2001:db8::1]:8080")], OwnPage),
            (None, &[("host", "shop.example:8080"), ("origin", "http://shop.example")], OtherSite),
            (None, &[("host", "shop.example"), ("origin", "https://shop.example.evil.example")], OtherSite),
            (None, &[("host", "shop.example"), ("origin", "https://evil.example")], OtherSite),
            (None, &[("host", "shop.example"), ("origin", "file://shop.example")], OtherSite),
            (None, &[("host", "shop.example"), ("origin", "null")], Unknown),
            (None, &[("host", "shop.example"), ("origin", "null"), ("sec-fetch-site", "same-origin")], OwnPage),
            (None, &[("host", "shop.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")], OtherSite),
            // nginx without `proxy_set_header Host`.
            (
                None,
                &[("host", "127.0.0.1:8080"), ("origin", "https://shop.example"), ("sec-fetch-site", "same-origin")],
                OwnPage,
            ),
            (
                None,
                &[("host", "127.0.0.1"), ("x-forwarded-host", "shop.example"), ("origin", "https://shop.example")],
                OwnPage,
            ),
            (
                None,
                &[("host", "shop.example"), ("origin", "https://www.shop.example"), ("sec-fetch-site", "same-site")],
                OtherSite,
            ),
            (None, &[("host", ""), ("origin", "https://")], OtherSite),
            (own, &[("host", "127.0.0.1"), ("origin", "https://shop.example")], OwnPage),
            (
                own,
                &[("host", "evil.example"), ("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
                OtherSite,
            ),
            (own, &[("host", "shop.example"), ("origin", "http://shop.example")], OtherSite),
            (own, &[("host", "shop.example")], Unknown),
        ] {
            let mut request = TestRequest::post().uri("/confirm/x");
            for header in headers {
                request = request.insert_header(*header);
            }
            assert_eq!(sender(&request.to_http_request(), configured), expected, "{configured:?} {headers:?}");
        }
    }

    #[test]
    fn origins() {
        assert!(["https://shop.example", "http://localhost:8080", "http://[::1]:8080"].into_iter().all(is_origin));
        let wrong =
            ["shop.example", "https://shop.example/", "https://", "https://Shop.example", "https://a b", "null"];
        assert!(!wrong.into_iter().any(is_origin));
    }
}
