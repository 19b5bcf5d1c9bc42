//! Signatures of requests: HTTP message signatures (RFC 9421) with the profile of Web Bot Auth
//! (draft-ietf-webbotauth-httpsig-protocol-01). Experimental, as the draft is.
//!
//! [`verify`] is pure. In: the request, the agents with their keys, and the time. Out: an agent, or the reason why
//! there is none. It never fetches anything, and never looks up a key by its name alone.
//!
//! 1. `Signature-Input`, `Signature` and `Signature-Agent` are read as structured fields (`fields.rs`).
//! 2. For each signature with the tag `web-bot-auth`, the parameters and the covered components are checked.
//! 3. `Signature-Agent` names a URL (`agent.rs`, `url.rs`), in the member that the signature covers.
//! 4. The key is the one that *this* URL publishes with this thumbprint (`feeds/key_set.rs`).
//! 5. The signature base is built from the request (`base.rs`, `request.rs`) and verified.
//!
//! Cheap checks come first, so that bytes are verified only for a known key. The first signature that verifies decides;
//! if none does, the reason for the first one counts.
//!
//! A verified signature shows who signed. It does not show that the request was sent to this site first: see
//! `identity.hosts`, and `replay.rs` for signatures that may be used only once.

mod agent;
mod base;
mod fields;
mod reason;
mod replay;
mod request;
mod settings;
#[cfg(test)]
mod tests;
mod url;

use std::sync::Arc;

use http::header::HeaderName;
use ring::signature::{ED25519, UnparsedPublicKey};
use sfv::BareItemFromInput;

use crate::feeds::key_set::AgentKey;
use fields::{Dictionary, Entry, InnerList, Params};
pub(crate) use reason::{Outcome, Reason};
pub(crate) use replay::ReplayCache;
pub(crate) use request::{Received, SignedRequest};
pub use settings::SignatureCounts;
pub(crate) use settings::{Seen, Signatures, Target};
pub(crate) use url::{KeySetUrl, NoUrl};

/// A request with this header is signed, well or badly. Without it, no other header is read.
pub(crate) static SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");
static SIGNATURE: HeaderName = HeaderName::from_static("signature");
static SIGNATURE_AGENT: HeaderName = HeaderName::from_static(agent::NAME);

/// The tag of the Web Bot Auth profile.
const TAG: &str = "web-bot-auth";
/// Maximum lifetime of a signature in seconds.
const MAX_LIFETIME: i64 = 24 * 60 * 60;
/// By how many seconds a signer's clock may be ahead.
const MAX_SKEW: i64 = 30;
/// Maximum number of failed verifications for one request: one signature may be an agent's and one a browser's that
/// sends the agent's requests. Everybody can know a `keyid`, so everybody can cause that work.
const MAX_TRIES: usize = 2;
/// Maximum length of the three headers together.
const MAX_HEADERS: usize = 8 << 10;
/// Maximum length of a nonce; no signer needs a longer one, and longer ones are not kept.
const MAX_NONCE: usize = 256;

/// An agent that the operator lists, with the keys that its URL published last.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Agent {
    pub(crate) id: Arc<str>,
    pub(crate) url: KeySetUrl,
    /// `None` until they have been fetched.
    pub(crate) keys: Option<Arc<[AgentKey]>>,
}

/// A verified signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verified<'k> {
    pub(crate) agent: &'k Agent,
    pub(crate) key: &'k AgentKey,
    pub(crate) nonce: Option<String>,
    pub(crate) expires: i64,
}

/// Checks the signatures of a request with [`SIGNATURE_INPUT`]. `now` is in seconds since 1970.
pub(crate) fn verify<'k>(request: &SignedRequest<'_>, agents: &'k [Agent], now: i64) -> Result<Verified<'k>, Reason> {
    let input = joined(request, &SIGNATURE_INPUT, Reason::InputMalformed)?;
    let values = joined(request, &SIGNATURE, Reason::SignatureMalformed)?;
    let header = match joined(request, &SIGNATURE_AGENT, Reason::AgentMissing) {
        Err(Reason::ComponentValue) => Err(Reason::AgentMalformed),
        other => other,
    };
    if input.len() + values.len() + header.as_ref().map_or(0, String::len) > MAX_HEADERS {
        return Err(Reason::TooLarge);
    }
    let inputs = Dictionary::parse(input.as_bytes()).map_err(|_| Reason::InputMalformed)?;
    let values = Dictionary::parse(values.as_bytes()).map_err(|_| Reason::SignatureMalformed)?;
    if inputs.repeats() || values.repeats() {
        return Err(Reason::Repeated);
    }
    let (mut first, mut tried) = (None, 0);
    for (label, entry) in &inputs.members {
        let Entry::List(covered) = entry else { return Err(Reason::InputMalformed) };
        if covered.params.get("tag").and_then(as_text) != Some(TAG) {
            continue;
        }
        if tried == MAX_TRIES {
            break;
        }
        let header = header.as_deref().map_err(|reason| *reason);
        let one = One { label: label.as_str(), covered, header, value: values.get(label.as_str()) };
        match one.verify(request, agents, now) {
            Ok(verified) => return Ok(verified),
            Err(reason) => {
                first.get_or_insert(reason);
                tried += usize::from(reason == Reason::BadSignature);
            }
        }
    }
    Err(first.unwrap_or(Reason::Tag))
}

/// The value of a header; the error `missing` if there is none.
fn joined(request: &SignedRequest<'_>, name: &HeaderName, missing: Reason) -> Result<String, Reason> {
    let mut text = String::new();
    match base::value(request, name, &mut text) {
        Ok(()) => Ok(text),
        Err(Reason::ComponentMissing) => Err(missing),
        Err(reason) => Err(reason),
    }
}

fn as_text<'p>(value: &'p BareItemFromInput<'_>) -> Option<&'p str> {
    match value {
        BareItemFromInput::String(text) => Some(text.as_str()),
        _ => None,
    }
}

/// One signature of a request.
struct One<'r> {
    label: &'r str,
    covered: &'r InnerList<'r>,
    /// `Signature-Agent`, joined.
    header: Result<&'r str, Reason>,
    value: Option<&'r Entry<'r>>,
}

impl One<'_> {
    fn verify<'k>(&self, request: &SignedRequest<'_>, agents: &'k [Agent], now: i64) -> Result<Verified<'k>, Reason> {
        let parameters = Parameters::of(&self.covered.params)?;
        let signature = match self.value {
            Some(Entry::Item(item)) => match &item.value {
                BareItemFromInput::ByteSequence(bytes) if bytes.len() == 64 => bytes,
                BareItemFromInput::ByteSequence(_) => return Err(Reason::SignatureLength),
                _ => return Err(Reason::SignatureMalformed),
            },
            Some(Entry::List(_)) => return Err(Reason::SignatureMalformed),
            None => return Err(Reason::SignatureMissing),
        };
        parameters.check_time(now)?;
        let names = |wanted: &str| self.covered.items.iter().any(|item| base::name(item) == Ok(wanted));
        if !names("@authority") && !names("@target-uri") {
            return Err(Reason::TargetNotCovered);
        }
        let url = agent::of(self.header?, self.label, self.covered)?;
        // The URL is compared first, and then its keys: one agent's key proves nothing for another agent.
        let agent = agents.iter().find(|agent| agent.url == url).ok_or(Reason::AgentUnknown)?;
        let keys = agent.keys.as_deref().ok_or(Reason::KeysMissing)?;
        let key = keys.iter().find(|key| key.thumbprint() == parameters.key_id).ok_or(Reason::KeyUnknown)?;
        check_validity(key, now)?;
        let base = base::of(request, self.covered)?;
        verify_with(key, base.as_bytes(), signature)?;
        Ok(Verified { agent, key, nonce: parameters.nonce.map(str::to_owned), expires: parameters.expires })
    }
}

fn verify_with(key: &AgentKey, message: &[u8], signature: &[u8]) -> Result<(), Reason> {
    let key = UnparsedPublicKey::new(&ED25519, key.public());
    key.verify(message, signature).map_err(|_| Reason::BadSignature)
}

fn check_validity(key: &AgentKey, now: i64) -> Result<(), Reason> {
    let (from, to) = key.validity();
    if from.is_some_and(|from| now < from) {
        return Err(Reason::KeyNotYetValid);
    }
    if to.is_some_and(|to| now >= to) {
        return Err(Reason::KeyExpired);
    }
    Ok(())
}

/// The parameters of a signature (RFC 9421, section 2.3).
struct Parameters<'p> {
    created: i64,
    expires: i64,
    key_id: &'p str,
    nonce: Option<&'p str>,
}

impl<'p> Parameters<'p> {
    fn of(params: &'p Params<'_>) -> Result<Self, Reason> {
        let text = |name: &str| match params.get(name) {
            Some(value) => as_text(value).map(Some).ok_or(Reason::ParameterType),
            None => Ok(None),
        };
        let time = |name: &str, missing: Reason| match params.get(name) {
            Some(BareItemFromInput::Integer(seconds)) => Ok(i64::from(*seconds)),
            Some(_) => Err(Reason::ParameterType),
            None => Err(missing),
        };
        if text("alg")?.is_some_and(|alg| alg != "ed25519") {
            return Err(Reason::Algorithm);
        }
        Ok(Self {
            created: time("created", Reason::CreatedMissing)?,
            expires: time("expires", Reason::ExpiresMissing)?,
            key_id: text("keyid")?.ok_or(Reason::KeyIdMissing)?,
            nonce: text("nonce")?,
        })
    }

    fn check_time(&self, now: i64) -> Result<(), Reason> {
        if !(0..=MAX_LIFETIME).contains(&(self.expires - self.created)) {
            return Err(Reason::Lifetime);
        }
        if self.created > now + MAX_SKEW {
            return Err(Reason::Future);
        }
        if now >= self.expires {
            return Err(Reason::Expired);
        }
        Ok(())
    }
}
