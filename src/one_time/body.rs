//! The fields of a form.

use std::borrow::Cow;

use percent_encoding::percent_decode;

/// Maximum length of this module's forms.
pub(super) const MAX_BODY: usize = 16 * 1024;

/// The relevant fields of a form.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) nonce: Option<String>,
    pub(super) code: Option<String>,
}

/// Parses `application/x-www-form-urlencoded`. Of repeated fields, the first one counts.
pub(super) fn fields(body: &[u8]) -> Fields {
    let mut fields = Fields::default();
    for pair in body.split(|byte| *byte == b'&') {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = (&pair[..at], pair.get(at + 1..).unwrap_or_default());
        let field = match name {
            b"nonce" => &mut fields.nonce,
            b"code" => &mut fields.code,
            _ => continue,
        };
        field.get_or_insert_with(|| decoded(value));
    }
    fields
}

fn decoded(value: &[u8]) -> String {
    let value: Cow<'_, [u8]> = match value.contains(&b'+') {
        true => value.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect::<Vec<u8>>().into(),
        false => value.into(),
    };
    percent_decode(&value).decode_utf8_lossy().into_owned()
}

/// The digits that a person typed, without any text between them.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter_map(|c| if c.is_ascii_digit() { Some(c) } else { full_width_digit(c) }).take(16).collect()
}

/// Chinese and Japanese keyboards write full-width digits.
fn full_width_digit(c: char) -> Option<char> {
    let value = u32::from(c).checked_sub(u32::from('０')).filter(|value| *value < 10)?;
    char::from_digit(value, 10)
}

/// Whether this is the request that a mail program sends for "unsubscribe" (RFC 8058): one field, in either encoding of
/// forms.
pub(super) fn is_one_click(content_type: &str, body: &[u8]) -> bool {
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    if kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return boundary(parameters).is_some_and(|boundary| is_one_click_part(boundary, body));
    }
    body.trim_ascii() == b"List-Unsubscribe=One-Click"
}

fn boundary(parameters: &str) -> Option<&str> {
    let values = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let (_, value) = values.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?;
    Some(value.trim().trim_matches('"')).filter(|value| !value.is_empty())
}

/// Exactly one part: its head names the field, its content is the value.
fn is_one_click_part(boundary: &str, body: &[u8]) -> bool {
    let Ok(body) = std::str::from_utf8(body) else { return false };
    let limit = format!("--{boundary}");
    let Some((_, rest)) = body.split_once(&limit) else { return false };
    let Some((part, end)) = rest.split_once(&limit) else { return false };
    let Some((head, value)) = part.split_once("\r\n\r\n").or_else(|| part.split_once("\n\n")) else { return false };
    let names_it = head.lines().any(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("content-disposition:")
            && line.split(';').any(|parameter| {
                parameter.trim().strip_prefix("name=").is_some_and(|name| name.trim_matches('"') == "list-unsubscribe")
            })
    });
    names_it && value.trim() == "One-Click" && end.trim() == "--"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read() {
        let some = |text: &str| Some(text.to_owned());
        for (body, nonce, code) in [
            ("", None, None),
            ("nonce=a.b&code=12+34", some("a.b"), some("12 34")),
            ("code=%31%32&x=y&nonce=1&nonce=2", some("1"), some("12")),
            ("nonce", some(""), None),
            ("code=%ff%&=&&nonce=", some(""), some("\u{fffd}%")),
        ] {
            assert_eq!(fields(body.as_bytes()), Fields { nonce, code }, "{body}");
        }
        assert_eq!(digits(" 12-3４x"), "1234");
    }

    #[test]
    fn one_click_is_the_whole_body() {
        let form = "application/x-www-form-urlencoded";
        let part = |name: &str, value: &str| {
            format!("--b1\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let good = part("List-Unsubscribe", "One-Click");
        for (content_type, body, expected) in [
            (form, "List-Unsubscribe=One-Click".to_owned(), true),
            ("application/x-www-form-urlencoded; charset=utf-8", "List-Unsubscribe=One-Click\r\n".to_owned(), true),
            ("", "List-Unsubscribe=One-Click".to_owned(), true),
            (form, "List-Unsubscribe=One-Click&nonce=1".to_owned(), false),
            (form, "List-Unsubscribe=one".to_owned(), false),
            (form, String::new(), false),
            ("multipart/form-data; boundary=b1", format!("{good}--b1--\r\n"), true),
            ("Multipart/Form-Data; charset=x; boundary=\"b1\"", format!("{good}--b1--"), true),
            ("multipart/form-data; boundary=b1", format!("{good}{}--b1--", part("x", "y")), false),
            ("multipart/form-data; boundary=b1", format!("{}--b1--", part("x", "One-Click")), false),
            ("multipart/form-data; boundary=b1", good.clone(), false),
            ("multipart/form-data; boundary=b2", format!("{good}--b1--"), false),
            ("multipart/form-data", format!("{good}--b1--"), false),
            ("multipart/form-data; boundary=b1", "List-Unsubscribe=One-Click".to_owned(), false),
        ] {
            assert_eq!(is_one_click(content_type, body.as_bytes()), expected, "{content_type}: {body}");
        }
    }
}
