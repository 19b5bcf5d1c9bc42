//! The `Forwarded` header of RFC 7239: elements, pairs, quoted strings.

use std::net::IpAddr;

use super::address::{self, Port};

/// Maximum length of a `for` value with escapes: three times an address with zone and port.
const MAX_ESCAPED: usize = 128;

/// The start of the rightmost element of `line`, with quotes respected.
///
/// Since the line is read from the right, an unbalanced quote that the client sent cannot swallow the elements of the
/// proxies. `for=198.51.100.7;host="a,for=127.0.0.1"` is one element: the comma is part of a quoted string.
pub(super) fn last_element_start(line: &[u8]) -> usize {
    let mut quoted = false;
    let mut at = line.len();
    while at > 0 {
        at -= 1;
        match line[at] {
            b',' if !quoted => return at + 1,
            b'"' => {
                let backslashes = line[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
                if backslashes % 2 == 0 {
                    quoted = !quoted;
                }
                // Each run of backslashes is counted once, so the time stays linear.
                at -= backslashes;
            }
            _ => {}
        }
    }
    0
}

/// The address of the one `for` parameter in an element such as `for="[2001:db8::1]:4711";proto=https`.
///
/// `None` if the element is malformed, names no client or two, or hides it (`unknown`, `_mdn`).
pub(super) fn client_of(element: &[u8]) -> Option<IpAddr> {
    let mut rest = element;
    let mut client = None;
    while !rest.is_empty() {
        let (pair, tail) = next_pair(rest)?;
        rest = tail;
        let Some((name, value)) = pair else { continue };
        if name.eq_ignore_ascii_case(b"for") {
            if client.is_some() {
                return None;
            }
            client = Some(value.address()?);
        }
    }
    client
}

/// The value of a parameter as written.
enum Value<'a> {
    Token(&'a [u8]),
    Quoted(&'a [u8]),
}

impl Value<'_> {
    fn address(&self) -> Option<IpAddr> {
        match *self {
            Value::Token(text) => address::parse(text, Port::Forwarded),
            Value::Quoted(text) if !text.contains(&b'\\') => address::parse(text, Port::Forwarded),
            Value::Quoted(text) => {
                let mut plain = [0; MAX_ESCAPED];
                let mut length = 0;
                let mut bytes = text.iter();
                while let Some(&byte) = bytes.next() {
                    let byte = if byte == b'\\' { *bytes.next()? } else { byte };
                    *plain.get_mut(length)? = byte;
                    length += 1;
                }
                address::parse(&plain[..length], Port::Forwarded)
            }
        }
    }
}

/// A parameter's name and its value.
type Pair<'a> = (&'a [u8], Value<'a>);

/// Splits `name=value` and a following `;` off the front. The grammar permits an empty pair (`;;`).
fn next_pair(text: &[u8]) -> Option<(Option<Pair<'_>>, &[u8])> {
    let text = text.trim_start_ows();
    if let [b';', rest @ ..] = text {
        return Some((None, rest));
    }
    if text.is_empty() {
        return Some((None, text));
    }
    let equals = text.iter().position(|byte| !is_token(*byte))?;
    if equals == 0 || text[equals] != b'=' {
        return None;
    }
    let (name, text) = (&text[..equals], &text[equals + 1..]);
    let (value, rest) = if let [b'"', quoted @ ..] = text {
        let close = closing_quote(quoted)?;
        (Value::Quoted(&quoted[..close]), &quoted[close + 1..])
    } else {
        // More characters than in a token of RFC 7239, since proxies write `for=[2001:db8::1]:4711` without quotes.
        let end = text.iter().position(|byte| b"; \t\"".contains(byte)).unwrap_or(text.len());
        (Value::Token(&text[..end]), &text[end..])
    };
    match rest.trim_start_ows() {
        [] => Some((Some((name, value)), &[])),
        [b';', rest @ ..] => Some((Some((name, value)), rest)),
        _ => None,
    }
}

fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match text.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// `tchar` of RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Optional white space of HTTP: space and tab, nothing else (RFC 9110, section 5.6.3).
pub(super) trait OptionalWhiteSpace {
    fn trim_start_ows(&self) -> &Self;
    fn trim_ows(&self) -> &Self;
}

impl OptionalWhiteSpace for [u8] {
    fn trim_start_ows(&self) -> &[u8] {
        let start = self.iter().position(|byte| !b" \t".contains(byte)).unwrap_or(self.len());
        &self[start..]
    }

    fn trim_ows(&self) -> &[u8] {
        let text = self.trim_start_ows();
        let end = text.iter().rposition(|byte| !b" \t".contains(byte)).map_or(0, |last| last + 1);
        &text[..end]
    }
}
