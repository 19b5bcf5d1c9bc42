//! The vectors of RFC 9421 and of the drafts.

use super::*;

/// RFC 9421, B.2: the request that is signed.
const REQUEST: [(&str, &str); 5] = [
    ("Host", "example.com"),
    ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
    ("Content-Type", "application/json"),
    ("Content-Length", "18"),
    (
        "Content-Digest",
        "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
    ),
];

#[test]
fn rfc_9421_b_2_6() {
    let request =
        SignedRequest { method: "POST", query: Some("param=Value&Pet=dog"), ..get("example.com", "/foo", &REQUEST) };
    let input = r#"sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#;
    let inputs = Dictionary::parse(input.as_bytes()).unwrap();
    let Some(Entry::List(covered)) = inputs.get("sig-b26") else { panic!("an inner list") };
    let base = base::of(&request, covered).unwrap();
    let expected = "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\
         \"@method\": POST\n\
         \"@path\": /foo\n\
         \"@authority\": example.com\n\
         \"content-type\": application/json\n\
         \"content-length\": 18\n\
         \"@signature-params\": (\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"";
    assert_eq!(base, expected);
    let signature = STANDARD
        .decode("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==")
        .unwrap();
    let key = &printed_keys()[0];
    assert_eq!(verify_with(key, base.as_bytes(), &signature), Ok(()));
    assert_eq!(verify_with(key, &base.as_bytes()[1..], &signature), Err(Reason::BadSignature));
    // Without our profile: it has neither a tag nor an end.
    let mut headers: Vec<(String, String)> = REQUEST.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    headers.push(("signature-input".to_owned(), input.to_owned()));
    headers.push(("signature".to_owned(), format!("sig-b26=:{}:", STANDARD.encode(&signature))));
    let request = SignedRequest { headers: &headers, ..request };
    assert_eq!(verify(&request, &[], 1618884480), Err(Reason::Tag));
}

#[test]
fn rfc_9421_thumbprint_as_the_drafts_have_it() {
    assert_eq!(printed_keys()[0].thumbprint(), "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U");
    // RFC 8037, A.3.
    let set = br#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let keys = KeySet::parse(set, Printed::Taken).unwrap().keys;
    assert_eq!(keys[0].thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

const AGENT: &str = "https://signature-agent.test";
const CREATED: i64 = 1735689600;

/// Draft, "`EdDSA` Using Curve edwards25519": the string form, which is good for an hour.
fn string_form() -> Vec<(&'static str, &'static str)> {
    vec![
        ("Host", "example.com"),
        ("Signature-Agent", "\"https://signature-agent.test\""),
        (
            "Signature-Input",
            r#"sig2=("@authority" "signature-agent");created=1735689600;keyid="poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U";alg="ed25519";expires=1735693200;nonce="e8N7S2MFd/qrd6T2R3tdfAuuANngKI7LFtKYI/vowzk4lAZYadIX6wW25MwG7DCT9RUKAJ0qVkU0mEeLElW1qg==";tag="web-bot-auth""#,
        ),
        (
            "Signature",
            "sig2=:jdq0SqOwHdyHr9+r5jw3iYZH6aNGKijYp/EstF4RQTQdi5N5YYKrD+mCT1HA1nZDsi6nJKuHxUi/5Syp3rLWBA==:",
        ),
    ]
}

/// The same with a dictionary, good for a hundred years.
fn dictionary_form() -> Vec<(&'static str, &'static str)> {
    vec![
        ("Host", "example.com"),
        ("Signature-Agent", "agent2=\"https://signature-agent.test\""),
        (
            "Signature-Input",
            r#"sig2=("@authority" "signature-agent";key="agent2");created=1735689600;keyid="poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U";alg="ed25519";expires=4889289600;nonce="n9p433xm+NJ3ph3upfBIGmsuwHw387YV7Q/F+6BSpGCVjYCqQw6rznNA8PVVLySrAWsv0hQtFioQb6E1YsauiA==";tag="web-bot-auth""#,
        ),
        (
            "Signature",
            "sig2=:RdNFx5Bj6au3YgAMQL/RzmUlZE8QZLIaXGRpw985hWnwPfMxT228NMk6ehRS1PSl4e8PhbNZACSanGdhEwYCCg==:",
        ),
    ]
}

#[test]
fn the_string_form_of_the_drafts() {
    let (headers, agents) = (string_form(), [agent("test", AGENT, Some(printed_keys()))]);
    let request = get("example.com", "/path/to/resource", &headers);
    assert_eq!(verify(&request, &agents, CREATED).map(|verified| &*verified.agent.id), Ok("test"));
    assert_eq!(verify(&request, &agents, CREATED + 3599).map(|verified| verified.expires), Ok(CREATED + 3600));
    assert_eq!(verify(&request, &agents, CREATED + 3600), Err(Reason::Expired));
    assert_eq!(verify(&get("example.org", "/path/to/resource", &headers), &agents, CREATED), Err(Reason::BadSignature));
}

/// Its bytes verify, but its lifetime of a hundred years is refused. The draft says that it is no configuration to
/// copy.
#[test]
fn the_dictionary_form_of_the_drafts() {
    let (headers, agents) = (dictionary_form(), [agent("test", AGENT, Some(printed_keys()))]);
    let request = get("example.com", "/path/to/resource", &headers);
    assert_eq!(verify(&request, &agents, CREATED), Err(Reason::Lifetime));
    let inputs = Dictionary::parse(headers[2].1.as_bytes()).unwrap();
    let values = Dictionary::parse(headers[3].1.as_bytes()).unwrap();
    let (Some(Entry::List(covered)), Some(Entry::Item(value))) = (inputs.get("sig2"), values.get("sig2")) else {
        panic!("a signature")
    };
    let BareItemFromInput::ByteSequence(signature) = &value.value else { panic!("bytes") };
    let base = base::of(&request, covered).unwrap();
    assert!(base.starts_with(
        "\"@authority\": example.com\n\"signature-agent\";key=\"agent2\": \"https://signature-agent.test\"\n"
    ));
    assert_eq!(verify_with(&printed_keys()[0], base.as_bytes(), signature), Ok(()));
    assert_eq!(agent::of(headers[1].1, "sig2", covered).map(|url| url == agents[0].url), Ok(true));
}

/// The draft's RSA-PSS vectors are refused because of their algorithm.
#[test]
fn the_vectors_by_rsa() {
    let input = string_form()[2].1.replace("ed25519", "rsa-pss-sha512");
    let mut headers: Vec<(&str, &str)> = string_form();
    headers[2].1 = &input;
    let agents = [agent("test", AGENT, Some(printed_keys()))];
    assert_eq!(verify(&get("example.com", "/", &headers), &agents, CREATED), Err(Reason::Algorithm));
}

/// RFC 9421, 2.2 and 2.1, the examples in the text.
#[test]
fn the_components_of_the_rfc() {
    let headers = [
        ("Host", "www.example.com"),
        ("Date", "Tue, 20 Apr 2021 02:07:56 GMT"),
        ("X-OWS-Header", "  Leading and trailing whitespace.   "),
        ("Cache-Control", "max-age=60"),
        ("Cache-Control", "   must-revalidate"),
        ("Example-Dict", " a=1,    b=2;x=1;y=2,   c=(a   b   c), d"),
        ("X-Empty-Header", ""),
    ];
    let request = SignedRequest {
        query: Some(
            "param=value&foo=bar&baz=batman&qux=&var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something",
        ),
        ..get("www.example.com", "/path", &headers)
    };
    for (component, value) in [
        (r#""x-ows-header""#, "Leading and trailing whitespace."),
        (r#""cache-control""#, "max-age=60, must-revalidate"),
        (r#""x-empty-header""#, ""),
        (r#""example-dict";key="a""#, "1"),
        (r#""example-dict";key="d""#, "?1"),
        (r#""example-dict";key="b""#, "2;x=1;y=2"),
        (r#""example-dict";key="c""#, "(a b c)"),
        (r#""@scheme""#, "https"),
        (r#""@path""#, "/path"),
        (r#""@query-param";name="baz""#, "batman"),
        (r#""@query-param";name="qux""#, ""),
        (r#""@query-param";name="var""#, "this%20is%20a%20big%0Amultiline%20value"),
        (r#""@query-param";name="bar""#, "with%20plus%20whitespace"),
        (r#""@query-param";name="fa%C3%A7ade%22%3A%20""#, "something"),
    ] {
        let input = format!("s=({component})");
        let inputs = Dictionary::parse(input.as_bytes()).unwrap();
        let Some(Entry::List(covered)) = inputs.get("s") else { panic!("an inner list") };
        let expected = format!("{component}: {value}\n\"@signature-params\": ({component})");
        assert_eq!(base::of(&request, covered).as_deref(), Ok(expected.as_str()));
    }
    // 2.2.6: an empty path is `/`.
    let inputs = Dictionary::parse(br#"s=("@path" "@target-uri")"#).unwrap();
    let Some(Entry::List(covered)) = inputs.get("s") else { panic!("an inner list") };
    let base = base::of(&get("www.example.com", "", &headers), covered).unwrap();
    assert!(base.starts_with("\"@path\": /\n\"@target-uri\": https://www.example.com/\n"), "{base}");
}
