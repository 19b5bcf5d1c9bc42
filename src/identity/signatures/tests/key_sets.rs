//! `tests/data/key_sets.toml`, and cases that do not fit into a table.

use serde::Deserialize;

use super::*;

const CASES: &str = include_str!("../../../../tests/data/key_sets.toml");

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    requirement: String,
    body: String,
    keys: Option<usize>,
    #[serde(default)]
    left_out: Vec<String>,
    refused: Option<String>,
}

fn x(seed: u8) -> String {
    URL_SAFE_NO_PAD.encode(Signer::new(seed).0.public_key())
}

fn parse(body: &str) -> Result<KeySet, String> {
    KeySet::parse(body.as_bytes(), Printed::Refused)
}

#[test]
fn every_case_has_its_outcome() {
    let table: Table = toml::from_str(CASES).unwrap();
    for case in table.case {
        assert!(!case.requirement.is_empty());
        let body = case.body.replace("{a}", &x(1)).replace("{b}", &x(2));
        match (parse(&body), case.refused) {
            (Ok(set), None) => {
                assert_eq!(
                    (Some(set.keys.len()), &set.refused),
                    (case.keys, &case.left_out.iter().map(String::as_str).collect()),
                    "{}",
                    case.name
                );
                let again = parse(&set.to_json()).unwrap();
                assert_eq!(again.keys, set.keys, "{}: the cache on disk has the same keys", case.name);
            }
            (Err(error), Some(refused)) => assert!(error.starts_with(&refused), "{}: {error}", case.name),
            (other, _) => panic!("{}: {other:?}", case.name),
        }
    }
}

#[test]
fn twenty_keys_are_taken_and_ten_thousand_refused() {
    let set = |count: usize| {
        let jwk =
            |at: usize| serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": x(u8::try_from(at % 250).unwrap())});
        serde_json::json!({"keys": (0..count).map(jwk).collect::<Vec<_>>()}).to_string()
    };
    assert_eq!(parse(&set(20)).map(|set| set.keys.len()), Ok(20));
    assert_eq!(parse(&set(21)), Err("it has 21 keys; 20 are taken at most".to_owned()));
    let many = format!("{{\"keys\":[{}{{}}]}}", "{},".repeat(9_999));
    assert_eq!(parse(&many), Err("it has 10000 keys; 20 are taken at most".to_owned()));
}

#[test]
fn a_key_is_good_from_nbf_to_exp() {
    for (times, now, outcome) in [
        (r#""nbf":1000,"exp":2000"#, 999, Err(Reason::KeyNotYetValid)),
        (r#""nbf":1000,"exp":2000"#, 1000, Ok(())),
        (r#""nbf":1000,"exp":2000"#, 1999, Ok(())),
        (r#""nbf":1000,"exp":2000"#, 2000, Err(Reason::KeyExpired)),
        (r#""nbf":1e3,"exp":2000.5"#, 1500, Ok(())),
        // In milliseconds, as in the reference implementation's example.
        (r#""nbf":1743465600000"#, 1743465599, Err(Reason::KeyNotYetValid)),
        (r#""nbf":1743465600000"#, 1743465600, Ok(())),
        (r#""exp":1743465600000"#, 1743465600, Err(Reason::KeyExpired)),
    ] {
        let set = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{}",{times}}}]}}"#, x(1));
        let set = parse(&set).unwrap();
        assert_eq!(check_validity(&set.keys[0], now), outcome, "{times} {now}");
        assert_eq!(parse(&set.to_json()).unwrap().keys, set.keys);
    }
}

/// A key that is not valid yet, or no longer, verifies nothing.
#[test]
fn verification_asks_for_the_keys_time() {
    let signer = Signer::new(1);
    let covered = [("\"@authority\"", "shop.example"), ("\"signature-agent\"", "\"https://agent.example\"")];
    let covered = covered.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let params = format!(";created=1000;expires=2000;keyid=\"{}\";tag=\"web-bot-auth\"", signer.thumbprint());
    let (input, signature) = signer.sign(&covered, &params);
    let headers = [
        ("signature-agent", "\"https://agent.example\"".to_owned()),
        ("signature-input", format!("sig1={input}")),
        ("signature", format!("sig1=:{}:", STANDARD.encode(signature))),
    ];
    let request = get("shop.example", "/", &headers);
    for (times, now, outcome) in [
        (r#""nbf":1500"#, 1499, Err(Reason::KeyNotYetValid)),
        (r#""nbf":1500"#, 1500, Ok(())),
        (r#""exp":1500"#, 1499, Ok(())),
        (r#""exp":1500"#, 1500, Err(Reason::KeyExpired)),
    ] {
        let set = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{}",{times}}}]}}"#, x(1));
        let agents = [agent("agent", "https://agent.example", Some(parse(&set).unwrap().keys))];
        assert_eq!(verify(&request, &agents, now).map(drop), outcome, "{times} {now}");
    }
}

/// Headers that are longer than any signer's are not parsed, and the length of a base is limited.
#[test]
fn what_is_too_large_is_not_read() {
    let agents = [agent("agent", "https://agent.example", Some(Signer::new(1).keys()))];
    let long = format!("sig1=(){}", " ".repeat(9000) + "x");
    let headers = [("signature-input", long.as_str()), ("signature", "sig1=:AAAA:")];
    assert_eq!(verify(&get("shop.example", "/", &headers), &agents, 1000), Err(Reason::TooLarge));
    let cookie = "c".repeat(20_000);
    let headers = [("cookie", cookie.as_str())];
    let inputs = Dictionary::parse(br#"s=("cookie")"#).unwrap();
    let Some(Entry::List(covered)) = inputs.get("s") else { panic!("an inner list") };
    assert_eq!(base::of(&get("shop.example", "/", &headers), covered), Err(Reason::TooLarge));
}

/// `Debug` of a value with a key shows the key's thumbprint.
#[test]
fn keys_show_as_their_thumbprint() {
    let signer = Signer::new(1);
    assert_eq!(format!("{:?}", signer.keys()[0]), format!("AgentKey({})", signer.thumbprint()));
}
