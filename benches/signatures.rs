//! The cost of signatures: for a request without one, and for requests whose signature is verified or refused.
//!
//! `cargo bench --all-features --bench signatures`. The key set comes from a server on loopback, as in service. The
//! difference between `unsigned, no agent listed` and `unsigned` is the cost of a listed agent for a person's request.
//! `Ed25519 alone` is the library's share of `verified`.

use std::fs;
use std::hint::black_box;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_http::Request;
use actix_scanner_guard::{GuardConfig, ScannerGuard};
use actix_web::dev::Service;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

#[path = "../src/feeds/fetch/tests/server.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod feed_server;
use feed_server::{Authority, FeedServer, list};

struct Agent {
    key: Ed25519KeyPair,
    x: String,
}

impl Agent {
    fn new() -> Self {
        let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a seed");
        let x = URL_SAFE_NO_PAD.encode(key.public_key());
        Self { key, x }
    }

    /// `Signature-Agent`, `Signature-Input`, `Signature`, and the base.
    fn sign(&self, url: &str) -> ([(&'static str, String); 3], String) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x);
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, jwk.as_bytes()));
        let input = format!(
            "(\"@authority\" \"@method\" \"@path\" \"signature-agent\");created={now};keyid=\"{thumbprint}\";alg=\"ed25519\";\
             expires={};nonce=\"e8N7S2MFd/qrd6T2R3tdfAuuANngKI7LFtKYI/vowzk4lAZYadIX6wW25MwG7DCT9RUKAJ0qVkU0mEeLElW1qg==\";\
             tag=\"web-bot-auth\"",
            now + 86_400,
        );
        let base = format!(
            "\"@authority\": shop.example\n\"@method\": GET\n\"@path\": /page\n\"signature-agent\": \"{url}\"\n\
             \"@signature-params\": {input}"
        );
        let signature = STANDARD.encode(self.key.sign(base.as_bytes()));
        let headers = [
            ("signature-agent", format!("\"{url}\"")),
            ("signature-input", format!("sig1={input}")),
            ("signature", format!("sig1=:{signature}:")),
        ];
        (headers, base)
    }
}

/// A policy with an agent whose keys were fetched.
fn config(agent: &Agent) -> (GuardConfig, String) {
    let authority = Authority::new("keys");
    let set = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{}"}}]}}"#, agent.x);
    let server = FeedServer::start(Some(authority.issue("127.0.0.1", 2100)), move |_| list(&set));
    let folder = tempfile::tempdir().expect("a folder");
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(authority.der()));
    fs::write(folder.path().join("authority.pem"), pem).expect("a file");
    let url = server.url("https", "/keys.json");
    let policy = format!("[feeds]\nca_file = \"authority.pem\"\n[[identity.agent]]\nid = \"agent\"\nurl = \"{url}\"\n");
    let file = folder.path().join("policy.toml");
    fs::write(&file, policy).expect("a file");
    let config = GuardConfig::load_with(file, []).expect("a good policy");
    while config.status().agents[0].entries.is_none() {
        std::thread::sleep(Duration::from_millis(10));
    }
    (config, url)
}

fn request(headers: &[(&'static str, String)]) -> Request {
    let request = TestRequest::with_uri("/page").peer_addr(([203, 0, 113, 7], 4711).into());
    let all = [("host", "shop.example"), ("accept", "*/*"), ("user-agent", "Mozilla/5.0"), ("accept-language", "en")];
    let request = all.into_iter().fold(request, TestRequest::insert_header);
    headers.iter().map(|(name, value)| (*name, value.as_str())).fold(request, TestRequest::insert_header).to_request()
}

fn signatures(criterion: &mut Criterion) {
    let agent = Agent::new();
    let runtime = actix_web::rt::Runtime::new().expect("a runtime");
    let (config, url) = config(&agent);
    let without_agent = GuardConfig::from_toml("").expect("a good policy");
    let (good, base) = agent.sign(&url);
    let (unknown, _) = agent.sign("https://unknown.example");
    let mut forged = good.clone();
    forged[1].1 = forged[1].1.replace("e8N7", "E8N7");
    let mut group = criterion.benchmark_group("signatures");
    for (name, config, headers) in [
        ("unsigned, no agent listed", &without_agent, &[][..]),
        ("unsigned", &config, &[]),
        ("verified", &config, &good),
        ("forged", &config, &forged),
        ("of an unknown agent", &config, &unknown),
    ] {
        let guard = ScannerGuard::from_config(config);
        let app = App::new().wrap(guard).route("/page", web::get().to(HttpResponse::Ok));
        let app = runtime.block_on(init_service(app));
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || request(headers),
                |request| runtime.block_on(app.call(request)).is_ok(),
                BatchSize::SmallInput,
            );
        });
    }
    assert_eq!(config.status().signatures.unverified.min(1), 1, "an unknown agent is seen");
    assert!(config.status().signatures.verified > 0, "{:?}", config.status().signatures);
    let key = UnparsedPublicKey::new(&ED25519, agent.key.public_key().as_ref());
    let signature = agent.key.sign(base.as_bytes());
    group.bench_function("Ed25519 alone", |bencher| {
        bencher.iter(|| key.verify(black_box(base.as_bytes()), signature.as_ref()).is_ok());
    });
    group.finish();
}

criterion_group!(benches, signatures);
criterion_main!(benches);
