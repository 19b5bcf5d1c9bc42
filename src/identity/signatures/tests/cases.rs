//! `tests/data/signatures.toml`: each case has one fault.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::*;
use crate::client::{Check, ClientPolicy, Trust, proxy_table};

const CASES: &str = include_str!("../../../../tests/data/signatures.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    now: i64,
    agents: BTreeMap<String, (String, String)>,
    defaults: Defaults,
    case: Vec<Case>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Defaults {
    method: String,
    secure: bool,
    target: String,
    path: String,
    query: String,
    key: String,
    label: String,
    covered: Vec<(String, String)>,
    params: String,
    headers: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    requirement: String,
    outcome: String,
    reason: Option<String>,
    /// The agent of a verified signature.
    agent: Option<String>,
    method: Option<String>,
    secure: Option<bool>,
    target: Option<String>,
    path: Option<String>,
    query: Option<String>,
    key: Option<String>,
    label: Option<String>,
    covered: Option<Vec<(String, String)>>,
    params: Option<String>,
    headers: Option<Vec<(String, String)>>,
    input: Option<String>,
    signature: Option<String>,
}

/// The order of the group (RFC 8032, 5.1), least byte first.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The same signature with the order added to its scalar, which a careless verifier accepts.
fn unreduced(signature: &[u8]) -> Vec<u8> {
    let mut other = signature.to_vec();
    let mut carry = 0;
    for (byte, order) in other[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    other
}

fn signers() -> BTreeMap<&'static str, Signer> {
    [("a", 1), ("b", 2), ("c", 3)].map(|(name, seed)| (name, Signer::new(seed))).into()
}

impl Case {
    /// The headers that are sent.
    fn headers(&self, defaults: &Defaults, signers: &BTreeMap<&'static str, Signer>) -> Vec<(String, String)> {
        let thumbprints: Vec<_> =
            signers.iter().map(|(name, signer)| (format!("{{{name}}}"), signer.thumbprint())).collect();
        let fill = |text: &str, more: &[(&str, String)]| {
            let text = thumbprints.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
            more.iter().fold(text, |text, (name, value)| text.replace(name, value))
        };
        let covered = self.covered.as_ref().unwrap_or(&defaults.covered);
        let params = fill(self.params.as_ref().unwrap_or(&defaults.params), &[]);
        let label = self.label.as_ref().unwrap_or(&defaults.label);
        let signer = &signers[self.key.as_ref().unwrap_or(&defaults.key).as_str()];
        let (input, signature) = signer.sign(covered, &params);
        let made = [
            ("{input}", format!("{label}={input}")),
            ("{signature}", format!("{label}=:{}:", STANDARD.encode(&signature))),
            ("{unpadded}", STANDARD_NO_PAD.encode(&signature)),
            ("{unreduced}", STANDARD.encode(unreduced(&signature))),
        ];
        let mut headers = self.headers.clone().unwrap_or_else(|| defaults.headers.clone());
        for (name, text) in [
            ("signature-input", self.input.as_deref().unwrap_or("{input}")),
            ("signature", self.signature.as_deref().unwrap_or("{signature}")),
        ] {
            if !text.is_empty() {
                headers.push((name.to_owned(), fill(text, &made)));
            }
        }
        headers
    }
}

/// The guide names each reason, under its outcome.
#[test]
fn the_guide_has_every_reason() {
    let guide = include_str!("../../../../docs/guide/signed_requests.md");
    for reason in Reason::ALL {
        let outcome = if *reason == Reason::AgentUnquoted { "unquoted" } else { reason.outcome().as_str() };
        let row = guide.lines().find(|line| line.starts_with(&format!("| {outcome} |"))).unwrap();
        assert!(row.contains(&format!("`{reason}`")), "{reason} is not in the row of {outcome}");
    }
}

#[test]
fn every_case_has_its_outcome() {
    let table: Table = toml::from_str(CASES).unwrap();
    let signers = signers();
    let keys = |name: &str| signers.get(name).map(Signer::keys);
    let agents: Vec<Agent> = table.agents.iter().map(|(id, (url, key))| agent(id, url, keys(key))).collect();
    let direct =
        ClientPolicy::new(Trust::Proxies(proxy_table([])), HeaderName::from_static("x-forwarded-for"), Check::Either);
    let (mut wrong, mut names, mut reasons) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for case in &table.case {
        assert!(!case.requirement.is_empty() && names.insert(&case.name), "{}", case.name);
        let defaults = table.defaults.clone();
        let headers = case.headers(&defaults, &signers);
        let given = |text: Option<&String>, default: &String| text.unwrap_or(default).clone();
        let (target, query) =
            (given(case.target.as_ref(), &defaults.target), given(case.query.as_ref(), &defaults.query));
        let (method, path) = (given(case.method.as_ref(), &defaults.method), given(case.path.as_ref(), &defaults.path));
        let received = Received {
            peer: Some([203, 0, 113, 7].into()),
            is_secure: case.secure.unwrap_or(defaults.secure),
            authority: Some(target.as_str()).filter(|target| !target.is_empty()),
            headers: &headers,
        };
        let (is_secure, authority) = received.target(&direct, &[]);
        let query = Some(query.as_str()).filter(|query| !query.is_empty());
        let request = SignedRequest { method: &method, is_secure, authority, path: &path, query, headers: &headers };
        let (outcome, detail) = match verify(&request, &agents, table.now) {
            Ok(verified) => (Outcome::Verified, (Some(verified.agent.id.to_string()), None)),
            Err(reason) => {
                reasons.insert(reason.as_str());
                (reason.outcome(), (None, Some(reason.to_string())))
            }
        };
        if (outcome.as_str(), &detail) != (&case.outcome, &(case.agent.clone(), case.reason.clone())) {
            wrong.push(format!("{}: {} {detail:?}", case.name, outcome.as_str()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), table.case.len(), wrong.join("\n"));
    // Reasons that need an age, a size or a cache are tested in the other modules.
    let elsewhere = [
        "too-large",
        "key-not-yet-valid",
        "key-expired",
        "authority-foreign",
        "nonce-missing",
        "replayed",
        "replay-full",
    ];
    let missing: Vec<&str> =
        Reason::ALL.iter().map(|reason| reason.as_str()).filter(|name| !reasons.contains(name)).collect();
    assert_eq!(missing, elsewhere);
}
