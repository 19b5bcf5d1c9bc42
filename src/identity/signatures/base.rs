//! The signature base: the text that is signed (RFC 9421, section 2.5).

use http::header::HeaderName;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sfv::BareItemFromInput;

use super::as_text;
use super::fields::{Dictionary, InnerList, Item};
use super::reason::Reason;
use super::request::SignedRequest;
use crate::client::from_last;

/// Maximum length of a base. No signer makes a longer one, and the limit bounds the cost of a request.
const MAX_LEN: usize = 16 << 10;

/// Characters that `@query-param` does not escape (section 2.2.8).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// The base of a signature over these components.
pub(super) fn of(request: &SignedRequest<'_>, covered: &InnerList<'_>) -> Result<String, Reason> {
    let mut base = String::with_capacity(512);
    for (at, item) in covered.items.iter().enumerate() {
        let name = name(item)?;
        if covered.items[..at].iter().any(|other| other.value == item.value && other.params.is_same(&item.params)) {
            return Err(Reason::ComponentRepeated);
        }
        item.write(&mut base);
        base.push_str(": ");
        if name.starts_with('@') {
            derived(request, name, item, &mut base)
        } else {
            field(request, name, item, &mut base)
        }?;
        base.push('\n');
        if base.len() > MAX_LEN {
            return Err(Reason::TooLarge);
        }
    }
    base.push_str("\"@signature-params\": ");
    covered.write(&mut base);
    Ok(base)
}

/// The name of a component.
pub(super) fn name<'i>(item: &'i Item<'_>) -> Result<&'i str, Reason> {
    match &item.value {
        BareItemFromInput::String(name) => Ok(name.as_str()),
        _ => Err(Reason::ComponentName),
    }
}

/// Appends a component that is derived from the request's target and method (section 2.2).
fn derived(request: &SignedRequest<'_>, name: &str, item: &Item<'_>, base: &mut String) -> Result<(), Reason> {
    if name == "@query-param" {
        return query_param(request, item, base);
    }
    let is_known =
        matches!(name, "@method" | "@authority" | "@scheme" | "@target-uri" | "@request-target" | "@path" | "@query");
    if !is_known {
        // `@status` belongs to responses, and `@signature-params` covers itself.
        return Err(Reason::ComponentName);
    }
    if !item.params.all.is_empty() {
        return Err(Reason::ComponentParameter);
    }
    let path = if request.path.is_empty() { "/" } else { request.path };
    let scheme = if request.is_secure { "https" } else { "http" };
    let query = |base: &mut String| {
        if let Some(query) = request.query {
            base.push('?');
            base.push_str(query);
        }
    };
    match name {
        "@method" => base.push_str(request.method),
        "@authority" => base.push_str(request.authority.as_deref().map_err(|reason| *reason)?),
        "@scheme" => base.push_str(scheme),
        "@target-uri" => {
            let authority = request.authority.as_deref().map_err(|reason| *reason)?;
            [scheme, "://", authority, path].iter().for_each(|part| base.push_str(part));
            query(base);
        }
        "@request-target" => {
            base.push_str(path);
            query(base);
        }
        "@path" => base.push_str(path),
        _ => {
            base.push('?');
            base.push_str(request.query.unwrap_or_default());
        }
    }
    Ok(())
}

/// Appends the value of the only query parameter with this name (section 2.2.8).
fn query_param(request: &SignedRequest<'_>, item: &Item<'_>, base: &mut String) -> Result<(), Reason> {
    let [(key, value)] = item.params.all.as_slice() else { return Err(Reason::ComponentParameter) };
    let wanted = as_text(value).filter(|_| key.as_str() == "name").ok_or(Reason::ComponentParameter)?;
    let encoded = |text: &str| {
        let spaced = text.replace('+', " ");
        let plain = percent_decode_str(&spaced).decode_utf8_lossy().into_owned();
        utf8_percent_encode(&plain, QUERY).to_string()
    };
    let pairs = request.query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let mut found = pairs.filter_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (encoded(name) == wanted).then_some(value)
    });
    match (found.next(), found.next()) {
        (Some(value), None) => base.push_str(&encoded(value)),
        (None, _) => return Err(Reason::ComponentMissing),
        // A name that occurs twice must not be covered.
        (Some(_), Some(_)) => return Err(Reason::ComponentRepeated),
    }
    Ok(())
}

/// Appends the value of a field (section 2.1), or of a member of a dictionary field (section 2.1.2).
fn field(request: &SignedRequest<'_>, name: &str, item: &Item<'_>, base: &mut String) -> Result<(), Reason> {
    let name = HeaderName::from_lowercase(name.as_bytes()).map_err(|_| Reason::ComponentName)?;
    match item.params.all.as_slice() {
        [] => value(request, &name, base),
        [(key, member)] if key.as_str() == "key" => {
            let member = as_text(member).ok_or(Reason::ComponentParameter)?;
            let mut line = String::new();
            value(request, &name, &mut line)?;
            let dictionary = Dictionary::parse(line.as_bytes()).map_err(|_| Reason::ComponentValue)?;
            if dictionary.repeats() {
                return Err(Reason::Repeated);
            }
            dictionary.get(member).ok_or(Reason::ComponentMissing)?.write(base);
            Ok(())
        }
        _ => Err(Reason::ComponentParameter),
    }
}

/// Appends all lines of a field, in their order, as one value.
pub(super) fn value(request: &SignedRequest<'_>, name: &HeaderName, out: &mut String) -> Result<(), Reason> {
    let mut lines: Vec<&[u8]> = from_last(request.headers, name).collect();
    lines.reverse();
    if lines.is_empty() {
        return Err(Reason::ComponentMissing);
    }
    for (at, line) in lines.into_iter().enumerate() {
        let line = std::str::from_utf8(line.trim_ascii()).map_err(|_| Reason::ComponentValue)?;
        // With a line break, a value could write lines of the base.
        if line.bytes().any(|byte| !matches!(byte, b'\t' | b' '..=b'~')) {
            return Err(Reason::ComponentValue);
        }
        if out.len() + line.len() > MAX_LEN {
            return Err(Reason::TooLarge);
        }
        out.push_str(if at > 0 { ", " } else { "" });
        out.push_str(line);
    }
    Ok(())
}
