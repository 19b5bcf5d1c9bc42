//! The public keys of an agent that signs its requests, from its key set (RFC 7517).

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use super::digest::sum;
use crate::LOG_TARGET;

/// Maximum number of keys. No agent rotates through more, and so few can be tried one after the other.
const MAX_KEYS: usize = 20;

/// Keys whose private half is printed in a document, each as its `x`. Anybody can sign with them.
const PRINTED: [&str; 6] = [
    // RFC 9421, B.1.4; the key of all vectors of the drafts.
    "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs",
    // RFC 8037, A.1; RFC 8032, 7.1, test 1.
    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    // RFC 8032, 7.1: tests 2, 3, 1024 and SHA(abc).
    "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
    "_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU",
    "J4EX_BRMcjQPZ9DyMW6Dhs7_vyskKMnFH-98WX8dQm4",
    "7Bcrk61eVjv0kyxw4SRQNMNUZ-8u_U1k6_gZaDRn4r8",
];

/// The `y` of all points of small order, without their sign. For such a key, a signature of any message can be made
/// without a private key. `ring` does not refuse them.
const SMALL_ORDER: [[u8; 32]; 7] = {
    const fn field(first: u8, rest: u8, last: u8) -> [u8; 32] {
        let mut bytes = [rest; 32];
        bytes[0] = first;
        bytes[31] = last;
        bytes
    }
    [
        field(0x00, 0x00, 0x00),
        field(0x01, 0x00, 0x00),
        // p - 1, p and p + 1; the last two are other encodings of 0 and 1.
        field(0xec, 0xff, 0x7f),
        field(0xed, 0xff, 0x7f),
        field(0xee, 0xff, 0x7f),
        // The two points of order 8.
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
            0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
            0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ]
};

/// More seconds than this after 1970 is the year 5138. Such a number is in milliseconds, like `nbf` in the example of
/// the reference implementation.
const MILLISECONDS: i64 = 100_000_000_000;

/// One public key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct AgentKey {
    /// The SHA-256 of the key's canonical JWK (RFC 7638), as in `keyid`.
    thumbprint: String,
    public: [u8; 32],
    not_before: Option<i64>,
    not_after: Option<i64>,
}

/// The usable keys of a key set, and the reasons why others are not usable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeySet {
    pub(crate) keys: Arc<[AgentKey]>,
    /// Why the other keys cannot be used, each reason once.
    pub(crate) refused: Vec<&'static str>,
}

/// Whether keys with a printed private half are accepted. Only the vectors of the RFC and the drafts are checked with
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Printed {
    Refused,
    #[cfg(test)]
    Taken,
}

impl KeySet {
    /// Reads a key set. If its form is wrong, the whole set is refused; a key in it that cannot be used is left out.
    pub(crate) fn parse(bytes: &[u8], printed: Printed) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Document {
            keys: Option<Vec<Value>>,
            kty: Option<Value>,
        }
        let document: Document = match serde_json::from_slice(bytes) {
            Ok(document) => document,
            Err(_) if bytes.trim_ascii_start().starts_with(b"<") => return Err("it is a page, no key set".to_owned()),
            Err(error) => return Err(format!("it is no key set: {error}")),
        };
        let keys = match document {
            Document { keys: Some(keys), .. } => keys,
            Document { kty: Some(_), .. } => {
                return Err("it is a single key; a key set has them in `keys` (RFC 7517, section 5)".to_owned());
            }
            Document { .. } => return Err("it is no key set: it has no `keys`".to_owned()),
        };
        if keys.len() > MAX_KEYS {
            return Err(format!("it has {} keys; {MAX_KEYS} are taken at most", keys.len()));
        }
        let mut set = Vec::new();
        let mut refused = Vec::new();
        for key in &keys {
            match AgentKey::of_jwk(key, printed) {
                Ok(key) if set.contains(&key) => {}
                Ok(key) => set.push(key),
                Err(reason) if refused.contains(&reason) => {}
                Err(reason) => refused.push(reason),
            }
        }
        Ok(Self { keys: set.into(), refused })
    }

    /// Logs which keys of an agent's key set cannot be used.
    pub(super) fn report_refused(&self, id: &str) {
        for reason in &self.refused {
            log::warn!(target: LOG_TARGET, agent = id; "agent {id}: a key of its key set is left out: {reason}");
        }
        if self.keys.is_empty() {
            log::warn!(target: LOG_TARGET, agent = id; "agent {id}: its key set has no usable key, so none of its signatures verifies");
        }
    }

    /// The text from which [`parse`](Self::parse) makes the same set again, for the cache on disk.
    pub(crate) fn to_json(&self) -> String {
        let jwk = |key: &AgentKey| {
            let mut jwk = serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(key.public)});
            for (name, time) in [("nbf", key.not_before), ("exp", key.not_after)] {
                if let Some(time) = time {
                    jwk[name] = time.into();
                }
            }
            jwk
        };
        serde_json::json!({"keys": self.keys.iter().map(jwk).collect::<Vec<_>>()}).to_string()
    }
}

impl AgentKey {
    /// Reads one key; the error is the reason why it cannot be used. `kid` is not read, because some agents write
    /// labels of their own.
    fn of_jwk(jwk: &Value, printed: Printed) -> Result<Self, &'static str> {
        let text = |name: &str| jwk.get(name).map(|value| value.as_str().unwrap_or_default());
        if (text("kty"), text("crv")) != (Some("OKP"), Some("Ed25519")) {
            return Err("it is no Ed25519 key");
        }
        if jwk.get("d").is_some() {
            return Err("its private half is published with it");
        }
        if text("alg").is_some_and(|alg| !matches!(alg, "EdDSA" | "Ed25519" | "ed25519")) {
            return Err("its `alg` is none of Ed25519's");
        }
        let is_for_verifying = |ops: &Value| ops.as_array().is_some_and(|ops| ops.iter().any(|op| op == "verify"));
        if text("use").is_some_and(|usage| usage != "sig") || !jwk.get("key_ops").is_none_or(is_for_verifying) {
            return Err("it is not for signatures");
        }
        let x = text("x").unwrap_or_default();
        let public = URL_SAFE_NO_PAD.decode(x).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let public = public.ok_or("its `x` is not 32 bytes in base64url without padding")?;
        if printed == Printed::Refused && PRINTED.contains(&x) {
            return Err("it is a test key, whose private half is printed in an RFC");
        }
        let mut y = public;
        y[31] &= 0x7f;
        if SMALL_ORDER.contains(&y) {
            return Err("it is of small order, so that anybody can sign by it");
        }
        let (not_before, not_after) = (time(jwk, "nbf")?, time(jwk, "exp")?);
        Ok(Self { thumbprint: thumbprint(&public), public, not_before, not_after })
    }

    pub(crate) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The public key.
    pub(crate) fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// The first second at which the key is valid, and the first one after it; `None` without such a limit.
    pub(crate) fn validity(&self) -> (Option<i64>, Option<i64>) {
        (self.not_before, self.not_after)
    }
}

impl fmt::Debug for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentKey({})", self.thumbprint)
    }
}

/// The thumbprint by RFC 7638, with the members of an OKP key (RFC 8037, A.3).
fn thumbprint(public: &[u8; 32]) -> String {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, URL_SAFE_NO_PAD.encode(public));
    URL_SAFE_NO_PAD.encode(sum(canonical.as_bytes()))
}

fn time(jwk: &Value, name: &str) -> Result<Option<i64>, &'static str> {
    let Some(value) = jwk.get(name) else { return Ok(None) };
    let time = value.as_i64().or_else(|| value.as_f64().map(|time| time as i64));
    let time = time.ok_or("its `nbf` or `exp` is no time")?;
    Ok(Some(if time >= MILLISECONDS { time / 1000 } else { time }))
}
