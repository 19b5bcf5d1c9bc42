//! A header for a private mirror, in `[[scanners.list]]`: the file holds its name, an environment variable its value.

use std::sync::Arc;

use http::{HeaderName, HeaderValue};

use super::missing::missing;
use super::variable::{self, Purpose};
use crate::config::diagnostics::Diagnostics;
use crate::config::document::Input;
use crate::config::raw::RawList;
use crate::config::spanned::Spanned;
use crate::feeds::spec::{FeedUrl, SecretHeader};

/// Headers that the HTTP client sets itself, and headers that would change the kind of the answer.
const RESERVED_HEADERS: [&str; 9] = [
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "if-modified-since",
    "if-none-match",
    "range",
    "transfer-encoding",
    "user-agent",
];

/// `header` and `header_env` of a list.
pub(super) fn header(
    list: &Spanned<RawList>,
    url: Option<&FeedUrl>,
    input: &Input,
    diagnostics: &mut Diagnostics,
) -> Option<SecretHeader> {
    let (name, variable) = match (&list.value.header, &list.value.header_env) {
        (None, None) => return None,
        (Some(name), Some(variable)) => (name, variable),
        (Some(_), None) => {
            let help = "name the environment variable that holds the value, such as `header_env = \"PARTNER_TOKEN\"`";
            missing(list.place, "header_env", help, diagnostics);
            return None;
        }
        (None, Some(_)) => {
            missing(list.place, "header", "name the header to send, such as `header = \"authorization\"`", diagnostics);
            return None;
        }
    };
    if url.is_some_and(|url| !url.is_secure()) {
        let help = "write `https:`, or remove the header";
        diagnostics.problem(name.place, "a secret is not sent without TLS", help);
    }
    let name = header_name(name, diagnostics);
    let value = secret(variable, input, diagnostics);
    Some(SecretHeader { name: name?.as_str().into(), value: value? })
}

fn header_name(name: &Spanned<String>, diagnostics: &mut Diagnostics) -> Option<HeaderName> {
    // If the whole header is written here, its secret is in this text.
    let shown = name.value.split([':', ' ']).next().unwrap_or_default();
    let Ok(parsed) = name.value.parse::<HeaderName>() else {
        let help = "write the name alone, such as `authorization`; the value comes from the variable in `header_env`";
        diagnostics.problem_with(name.place, shown, "not the name of a header", help);
        return None;
    };
    if RESERVED_HEADERS.contains(&parsed.as_str()) {
        diagnostics.problem_with(
            name.place,
            shown,
            "the HTTP client sets this header itself",
            "name the header with the secret",
        );
        return None;
    }
    Some(parsed)
}

/// The value of a variable. It is never shown.
fn secret(variable: &Spanned<String>, input: &Input, diagnostics: &mut Diagnostics) -> Option<Arc<str>> {
    let purpose = Purpose { content: "the whole value of the header", example: "PARTNER_TOKEN", hint: String::new() };
    let value = variable::value(variable, &purpose, input, diagnostics)?;
    if HeaderValue::from_str(value).is_err() {
        let help = "look for line breaks and control characters in it";
        diagnostics.problem(variable.place, "the value of this environment variable cannot be sent in a header", help);
        return None;
    }
    Some(value.into())
}
