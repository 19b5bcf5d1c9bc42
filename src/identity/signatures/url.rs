//! The URL of an agent, at which its keys are published.
//!
//! `Signature-Agent` has had several meanings. Until draft-meunier-webbotauth-httpsig-protocol-02 the value was an
//! origin with the keys at the well-known path; since draft-ietf-webbotauth-httpsig-protocol-01 it is the address of
//! the key set itself. Both name the same document, so an origin is replaced by its well-known address, here and in the
//! TOML file, before identifiers are compared.

use std::fmt;
use std::sync::Arc;

use url::Url;

/// The path at which an origin publishes its keys.
const WELL_KNOWN: &str = "/.well-known/http-message-signatures-directory";
/// Maximum length of a URL; no agent has a longer one.
const MAX_LEN: usize = 1024;

/// A key set's address in its normal form (RFC 3986, sections 6.2.2 and 6.2.3), without a query.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct KeySetUrl(Arc<str>);

/// Why a text is not the address of a key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoUrl {
    /// It is not an absolute URL, or has characters that no URL has.
    Malformed,
    /// It is not `https`.
    NotHttps,
    /// It has a user or a password.
    User,
    /// It has a fragment, which is never sent to a server.
    Fragment,
    /// It has a query, with which there would be several spellings for the same keys.
    Query,
}

impl KeySetUrl {
    /// Reads the value of a `Signature-Agent` member. Its query is dropped (draft, section "Key Distribution and
    /// Discovery"); otherwise an agent could have any number of identifiers for one key set.
    pub(crate) fn of_member(text: &str) -> Result<Self, NoUrl> {
        Self::read(text).map(|(url, _)| url)
    }

    /// Reads the operator's URL, which must have no query.
    pub(crate) fn of_operator(text: &str) -> Result<Self, NoUrl> {
        match Self::read(text)? {
            (_, true) => Err(NoUrl::Query),
            (url, false) => Ok(url),
        }
    }

    fn read(text: &str) -> Result<(Self, bool), NoUrl> {
        // The parser would drop tabs and line breaks, and would read a backslash as a slash.
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'^' | b'`');
        if text.len() > MAX_LEN || !text.bytes().all(is_plain) {
            return Err(NoUrl::Malformed);
        }
        // The parser would also accept `https:example.com` and `https:///example.com`.
        let Some((scheme, rest)) = text.split_once("://") else { return Err(NoUrl::Malformed) };
        if !scheme.eq_ignore_ascii_case("https") {
            return Err(NoUrl::NotHttps);
        }
        if rest.starts_with('/') {
            return Err(NoUrl::Malformed);
        }
        let mut url = Url::parse(text).map_err(|_| NoUrl::Malformed)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NoUrl::User);
        }
        if url.fragment().is_some() {
            return Err(NoUrl::Fragment);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(NoUrl::Malformed);
        }
        let has_query = url.query().is_some();
        url.set_query(None);
        let path = normal_path(url.path());
        url.set_path(if path == "/" { WELL_KNOWN } else { &path });
        Ok((Self(url.as_str().into()), has_query))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Decodes escapes of unreserved characters, and writes the digits of other escapes in upper case.
fn normal_path(path: &str) -> String {
    let mut normal = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        normal.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let taken = match code {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                normal.push(char::from(byte));
                3
            }
            Some(byte) => {
                normal.push_str(&format!("%{byte:02X}"));
                3
            }
            None => {
                normal.push('%');
                1
            }
        };
        rest = &rest[at + taken..];
    }
    normal.push_str(rest);
    normal
}

impl fmt::Display for KeySetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeySetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySetUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIRECTORY: &str = "https://agent.example/.well-known/http-message-signatures-directory";

    #[test]
    fn one_key_set_has_one_identifier() {
        for same in [
            "https://agent.example",
            "https://agent.example/",
            "HTTPS://Agent.Example:443",
            "https://agent.example/?x=1",
            "https://agent.example/.well-known/http-message-signatures-directory",
            "https://agent.example/.well-known/http-message-signatures-directory?x=1",
            "https://agent.example/%2ewell-known/http%2Dmessage-signatures-directory",
            "https://agent.example/a/../.well-known/./http-message-signatures-directory",
        ] {
            assert_eq!(KeySetUrl::of_member(same).map(|url| url.to_string()).as_deref(), Ok(DIRECTORY), "{same}");
        }
    }

    #[test]
    fn other_key_sets_have_others() {
        let mut seen = std::collections::HashSet::new();
        for other in [
            "https://agent.example",
            "https://agent.example:8443",
            "https://www.agent.example",
            "https://agent.example.",
            "https://agent.example/jwks.json",
            "https://agent.example/JWKS.json",
            "https://agent.example/jwks.json/",
            "https://agent.example//",
            "https://agent.example/a%2Fb",
            "https://agent.example/a/b",
            "https://agent.example.evil.example",
        ] {
            assert!(seen.insert(KeySetUrl::of_member(other).unwrap()), "{other}");
        }
        assert_eq!(
            KeySetUrl::of_member("https://a.example/%7e%c3%a9%2f"),
            KeySetUrl::of_member("https://a.example/~%C3%A9%2F")
        );
    }

    #[test]
    fn what_is_no_identifier() {
        use NoUrl::*;
        for (text, why) in [
            ("", Malformed),
            ("agent.example", Malformed),
            ("//agent.example", Malformed),
            ("https:agent.example", Malformed),
            ("https:///agent.example", Malformed),
            ("https://", Malformed),
            ("https:\\\\agent.example", Malformed),
            ("https://agent.example\\@evil.example", Malformed),
            ("https://agent.example/\t", Malformed),
            (" https://agent.example", Malformed),
            ("https://bücher.example", Malformed),
            ("https://a.example:99999/", Malformed),
            ("http://agent.example", NotHttps),
            ("ftp://agent.example", NotHttps),
            ("data:application/json,{}", Malformed),
            ("https://user@agent.example", User),
            ("https://agent.example@evil.example", User),
            ("https://agent.example#x", Fragment),
        ] {
            assert_eq!(KeySetUrl::of_member(text), Err(why), "{text}");
        }
        assert_eq!(KeySetUrl::of_member(&format!("https://a.example/{}", "a".repeat(MAX_LEN))), Err(Malformed));
        assert_eq!(KeySetUrl::of_operator("https://agent.example/?key=secret"), Err(Query));
    }
}
