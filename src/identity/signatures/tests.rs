//! The table of cases, the vectors of the RFC and the drafts, and another implementation.

mod cases;
mod key_sets;
mod other;
mod replay;
mod targets;
mod vectors;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::*;
use crate::client::HeaderLines;
use crate::feeds::key_set::{KeySet, Printed};

/// A signer that shares no code with the code under test: its base consists of the given texts.
struct Signer(Ed25519KeyPair);

impl Signer {
    fn new(seed: u8) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }

    fn jwk(&self) -> serde_json::Value {
        serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(self.0.public_key())})
    }

    fn keys(&self) -> Arc<[AgentKey]> {
        let set = serde_json::json!({"keys": [self.jwk()]}).to_string();
        KeySet::parse(set.as_bytes(), Printed::Refused).unwrap().keys
    }

    fn thumbprint(&self) -> String {
        self.keys()[0].thumbprint().to_owned()
    }

    /// `Signature-Input` without its label, and the signature.
    fn sign(&self, covered: &[(String, String)], params: &str) -> (String, Vec<u8>) {
        let names: Vec<&str> = covered.iter().map(|(name, _)| name.as_str()).collect();
        let input = format!("({}){params}", names.join(" "));
        let lines: String = covered.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        let base = format!("{lines}\"@signature-params\": {input}");
        (input, self.0.sign(base.as_bytes()).as_ref().to_vec())
    }
}

fn agent(id: &str, url: &str, keys: Option<Arc<[AgentKey]>>) -> Agent {
    Agent { id: id.into(), url: KeySetUrl::of_operator(url).unwrap(), keys }
}

/// The printed key of RFC 9421, B.1.4, which is accepted only here.
fn printed_keys() -> Arc<[AgentKey]> {
    let set = br#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"test-key-ed25519","x":"JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}]}"#;
    KeySet::parse(set, Printed::Taken).unwrap().keys
}

/// A request to `https://HOST PATH`.
fn get<'a>(host: &str, path: &'a str, headers: &'a dyn HeaderLines) -> SignedRequest<'a> {
    SignedRequest { method: "GET", is_secure: true, authority: Ok(host.to_owned()), path, query: None, headers }
}
