//! Signatures of another implementation: the crate `web-bot-auth`, the reference implementation in Rust.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use indexmap::IndexMap;
use web_bot_auth::components::{
    CoveredComponent, DerivedComponent, HTTPField, HTTPFieldParameters, HTTPFieldParametersSet,
};
use web_bot_auth::keyring::Algorithm;
use web_bot_auth::message_signatures::{MessageSigner, UnsignedMessage};

use super::*;

/// The number of requests that are signed.
const REQUESTS: u64 = 10_000;

/// Numbers without a pattern (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn text(&mut self, letters: &str, longest: usize) -> String {
        let letters = letters.as_bytes();
        let len = 1 + self.below(longest);
        (0..len).map(|_| char::from(letters[self.below(letters.len())])).collect()
    }
}

/// A request as the client sends it.
#[derive(Clone, Debug)]
struct Sent {
    method: String,
    host: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, String)>,
}

/// The components that the signer covers, and the message that it signs.
struct Message {
    covered: IndexMap<CoveredComponent, String>,
    made: Option<(String, String)>,
}

impl UnsignedMessage for Message {
    fn fetch_components_to_cover(&self) -> IndexMap<CoveredComponent, String> {
        self.covered.clone()
    }

    fn register_header_contents(&mut self, input: String, signature: String) {
        self.made = Some((input, signature));
    }
}

fn field(name: &str, key: Option<&str>) -> CoveredComponent {
    let key = key.map(|key| HTTPFieldParameters::Key(key.to_owned()));
    CoveredComponent::HTTP(HTTPField {
        name: name.to_owned(),
        parameters: HTTPFieldParametersSet(key.into_iter().collect()),
    })
}

const HOSTS: &str = "abcdefghijklmnopqrstuvwxyz0123456789-";
const PATHS: &str = "abcXYZ019-._~!$&'()*+,;=:@/";
const VALUES: &str = "abcXYZ019-._~!$&'()*+,;=:@/?\"\\<>[]{} ";

impl Sent {
    /// A random request, and its components in random order.
    fn random(chance: &mut Chance, agent: &str) -> (Self, IndexMap<CoveredComponent, String>) {
        let host = format!("{}.example", chance.text(HOSTS, 20));
        let path = format!("/{}", chance.text(PATHS, 40));
        let query = (chance.below(2) == 0).then(|| chance.text(PATHS, 40));
        let method = ["GET", "POST", "HEAD", "PUT", "PATCH"][chance.below(5)].to_owned();
        let value = chance.text(VALUES, 60).trim().to_owned();
        let label = chance.text("abcdefghijklmnopqrstuvwxyz", 8);
        let is_string = chance.below(2) == 0;
        let header = if is_string { format!("\"{agent}\"") } else { format!("{label}=\"{agent}\"") };
        let question = query.as_ref().map_or_else(String::new, |query| format!("?{query}"));
        let derived = |component| CoveredComponent::Derived(component);
        let mut all = vec![
            (derived(DerivedComponent::Method { req: false }), method.clone()),
            (derived(DerivedComponent::Path { req: false }), path.clone()),
            (derived(DerivedComponent::Scheme { req: false }), "https".to_owned()),
            (derived(DerivedComponent::Query { req: false }), format!("?{}", query.as_deref().unwrap_or_default())),
            (derived(DerivedComponent::RequestTarget { req: false }), format!("{path}{question}")),
            (field("x-value", None), value.clone()),
        ];
        for at in (1..all.len()).rev() {
            all.swap(at, chance.below(at + 1));
        }
        all.truncate(chance.below(all.len() + 1));
        let target = if chance.below(3) == 0 {
            (derived(DerivedComponent::TargetUri { req: false }), format!("https://{host}{path}{question}"))
        } else {
            (derived(DerivedComponent::Authority { req: false }), host.clone())
        };
        all.insert(chance.below(all.len() + 1), target);
        let key = (!is_string).then_some(label.as_str());
        all.insert(chance.below(all.len() + 1), (field("signature-agent", key), format!("\"{agent}\"")));
        let headers =
            vec![("X-Value".to_owned(), value), ("Signature-Agent".to_owned(), header), ("label".to_owned(), label)];
        (Self { method, host, path, query, headers }, all.into_iter().collect())
    }

    /// Writes the two headers of the signature.
    fn sign(&mut self, signer: &MessageSigner, seed: [u8; 32], covered: IndexMap<CoveredComponent, String>) {
        let mut message = Message { covered, made: None };
        signer
            .generate_signature_headers_content(&mut message, Duration::from_secs(3600), Algorithm::Ed25519, &seed)
            .unwrap();
        let (input, signature) = message.made.unwrap();
        let (_, label) = self.headers.pop().unwrap();
        self.headers.push(("Signature-Input".to_owned(), format!("{label}={input}")));
        self.headers.push(("Signature".to_owned(), format!("{label}={signature}")));
    }

    fn request(&self) -> SignedRequest<'_> {
        SignedRequest {
            method: &self.method,
            is_secure: true,
            authority: Ok(self.host.clone()),
            path: &self.path,
            query: self.query.as_deref(),
            headers: &self.headers,
        }
    }

    /// Flips one bit of a covered component, or of the signature.
    fn flipped(&self, chance: &mut Chance) -> Self {
        let mut other = self.clone();
        let [_, (_, agent), (_, input), (_, signature)] = other.headers.as_mut_slice() else { panic!("four headers") };
        match chance.below(4) {
            0 => flip(&mut other.host, chance),
            1 => flip(agent, chance),
            2 => flip(input, chance),
            _ => {
                let (label, encoded) = signature.split_once("=:").unwrap();
                let mut bytes = STANDARD.decode(encoded.strip_suffix(':').unwrap()).unwrap();
                let at = chance.below(bytes.len());
                bytes[at] ^= 1 << chance.below(8);
                *signature = format!("{label}=:{}:", STANDARD.encode(bytes));
            }
        }
        other
    }
}

/// Flips one of the seven bits of a character.
fn flip(text: &mut String, chance: &mut Chance) {
    let mut bytes = std::mem::take(text).into_bytes();
    let at = chance.below(bytes.len());
    bytes[at] ^= 1 << chance.below(7);
    *text = String::from_utf8(bytes).unwrap();
}

#[test]
fn what_another_implementation_signs_verifies_and_with_one_bit_flipped_does_not() {
    const THREADS: u64 = 4;
    std::thread::scope(|scope| {
        (0..THREADS).for_each(|seed| _ = scope.spawn(move || sign_and_verify(Chance(seed), REQUESTS / THREADS)));
    });
}

fn sign_and_verify(mut chance: Chance, requests: u64) {
    let signers: Vec<Signer> = (1..=8).map(Signer::new).collect();
    let url = |at: usize| match at % 2 {
        0 => format!("https://agent{at}.example"),
        _ => format!("https://keys.example/{at}.json"),
    };
    let agent = |(at, signer): (usize, &Signer)| agent(&format!("agent-{at}"), &url(at), Some(signer.keys()));
    let agents: Vec<Agent> = signers.iter().enumerate().map(agent).collect();
    for turn in 0..requests {
        let at = chance.below(signers.len());
        let (mut sent, covered) = Sent::random(&mut chance, &url(at));
        let nonce = chance.text(VALUES, 40);
        let signer = MessageSigner { keyid: signers[at].thumbprint(), nonce, tag: TAG.to_owned() };
        sent.sign(&signer, [u8::try_from(at).unwrap() + 1; 32], covered);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap();
        let id = verify(&sent.request(), &agents, now).map(|verified| verified.agent.id.to_string());
        assert_eq!(id, Ok(format!("agent-{at}")), "request {turn}: {sent:?}");
        let other = sent.flipped(&mut chance);
        assert!(verify(&other.request(), &agents, now).is_err(), "request {turn}: {sent:?} {other:?}");
    }
}
