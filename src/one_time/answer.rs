//! A handler's answer in its stored form, for a repetition.

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, SET_COOKIE};

/// Longer answers, and streams, are not stored. A repeated request for them gets the page "done".
const MAX_BODY: usize = 64 * 1024;

/// Returns the response, and its stored form: status, headers, an empty line, and the body.
pub(super) fn keep(response: HttpResponse) -> (HttpResponse, Vec<u8>) {
    let (head, body) = response.into_parts();
    let (body, bytes) = match body.try_into_bytes() {
        Ok(bytes) => (BoxBody::new(bytes.clone()), Some(bytes).filter(|bytes| bytes.len() <= MAX_BODY)),
        Err(body) => (body, None),
    };
    let mut kept =
        format!("{} {}\n", head.status().as_u16(), if bytes.is_some() { "whole" } else { "head" }).into_bytes();
    for (name, value) in head.headers() {
        kept.extend_from_slice(name.as_str().as_bytes());
        kept.push(b':');
        kept.extend_from_slice(value.as_bytes());
        kept.push(b'\n');
    }
    kept.push(b'\n');
    kept.extend_from_slice(&bytes.unwrap_or_default());
    (head.set_body(body), kept)
}

/// The stored part of an answer.
pub(super) enum StoredAnswer {
    Whole(HttpResponse),
    /// The body was too long. These are its `Set-Cookie` headers, without which a login would be lost.
    Cookies(Vec<HeaderValue>),
}

/// Parses the text that [`keep`] wrote; `None` for any other text.
pub(super) fn read(kept: &[u8]) -> Option<StoredAnswer> {
    let mut rest = kept;
    let (status, form) = std::str::from_utf8(line(&mut rest)?).ok()?.split_once(' ')?;
    let status = StatusCode::from_u16(status.parse().ok()?).ok()?;
    let mut response = HttpResponse::build(status);
    let mut cookies = Vec::new();
    loop {
        let header = line(&mut rest)?;
        if header.is_empty() {
            break;
        }
        let at = header.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&header[..at]).ok()?;
        let value = HeaderValue::from_bytes(&header[at + 1..]).ok()?;
        if name == SET_COOKIE {
            cookies.push(value.clone());
        }
        response.append_header((name, value));
    }
    match form {
        "whole" => Some(StoredAnswer::Whole(response.body(rest.to_vec()))),
        _ => Some(StoredAnswer::Cookies(cookies)),
    }
}

fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let line = &rest[..end];
    *rest = &rest[end + 1..];
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_back_as_it_was() {
        let response = HttpResponse::SeeOther()
            .append_header(("location", "/in:side"))
            .append_header(("set-cookie", "a=1"))
            .append_header(("set-cookie", "b=2"))
            .body("body\n\nof it");
        let (_, kept) = keep(response);
        let Some(StoredAnswer::Whole(response)) = read(&kept) else { panic!("not whole") };
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers().get_all("set-cookie").count(), 2);
        assert_eq!(response.headers().get("location").unwrap(), "/in:side");
        assert_eq!(response.into_body().try_into_bytes().unwrap(), "body\n\nof it".as_bytes());
    }

    #[test]
    fn of_a_long_answer_the_cookies_are_kept() {
        let response = HttpResponse::Ok().append_header(("set-cookie", "a=1")).body(vec![0; MAX_BODY + 1]);
        let (_, kept) = keep(response);
        assert!(kept.len() < 1_000);
        assert!(matches!(read(&kept), Some(StoredAnswer::Cookies(cookies)) if cookies == ["a=1"]));
    }

    #[test]
    fn anything_else_is_nothing() {
        for kept in [
            &b""[..],
            b"200",
            b"200 whole",
            b"200 whole\nx",
            b"200 whole\nx\n\n",
            b"99 whole\n\n",
            b"x whole\n\n",
            b"200 whole\n\xff: \n\n",
        ] {
            assert!(read(kept).is_none());
        }
    }
}
