//! Signed requests over real sockets, with key sets from the test's own TLS server.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use actix_scanner_guard::feeds::ListStatus;
use actix_scanner_guard::{GuardConfig, Reload, ScannerGuard, ScannerMatch};
use actix_web::{App, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair};

use crate::support::feed_server::{Authority, FeedServer, Reply, answer};
use crate::support::log::wait_until;
use crate::support::{SCANNER, request, serve};

/// An agent that signs with this key.
struct Signer(Ed25519KeyPair);

impl Signer {
    fn new(seed: u8) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }

    fn x(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.public_key())
    }

    fn thumbprint(&self) -> String {
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x());
        URL_SAFE_NO_PAD.encode(digest(&SHA256, jwk.as_bytes()))
    }

    fn key_set(&self) -> String {
        format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{}"}}]}}"#, self.x())
    }

    /// The three headers of a request to this host.
    fn headers(&self, host: &str, agent: &str) -> Vec<(&'static str, String)> {
        self.headers_at(host, agent, SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs())
    }

    fn headers_at(&self, host: &str, agent: &str, now: u64) -> Vec<(&'static str, String)> {
        let input = format!(
            "(\"@authority\" \"signature-agent\";key=\"sig1\");created={now};expires={};keyid=\"{}\";nonce=\"{}\";tag=\"web-bot-auth\"",
            now + 600,
            self.thumbprint(),
            nonce(),
        );
        let base = format!(
            "\"@authority\": {host}\n\"signature-agent\";key=\"sig1\": \"{agent}\"\n\"@signature-params\": {input}"
        );
        let signature = STANDARD.encode(self.0.sign(base.as_bytes()));
        vec![
            ("signature-agent", format!("sig1=\"{agent}\"")),
            ("signature-input", format!("sig1={input}")),
            ("signature", format!("sig1=:{signature}:")),
        ]
    }
}

/// A different nonce each time.
fn nonce() -> String {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string()
}

/// A server of key sets, and the certificate of its authority.
struct Directory {
    server: FeedServer,
    replies: Arc<Mutex<Vec<(&'static str, Reply)>>>,
    folder: tempfile::TempDir,
}

impl Directory {
    fn start(replies: Vec<(&'static str, Reply)>) -> Self {
        let authority = Authority::new("keys");
        let replies = Arc::new(Mutex::new(replies));
        let served = Arc::clone(&replies);
        let server = FeedServer::start(Some(authority.issue("127.0.0.1", 2100)), move |head| {
            let path = head.split(' ').nth(1).unwrap_or_default();
            let replies = served.lock().unwrap();
            replies
                .iter()
                .find(|(known, _)| *known == path)
                .map_or_else(|| answer("404 Not Found", &[], b""), |(_, reply)| reply.clone())
        });
        let folder = tempfile::tempdir().unwrap();
        let pem =
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(authority.der()));
        fs::write(folder.path().join("authority.pem"), pem).unwrap();
        Self { server, replies, folder }
    }

    fn answers(&self, path: &'static str, reply: Reply) {
        *self.replies.lock().unwrap() = vec![(path, reply)];
    }

    fn url(&self, path: &str) -> String {
        self.server.url("https", path)
    }

    /// A policy with these agents, in a file.
    fn policy(&self, agents: &[(&str, &str)], more: &str) -> PathBuf {
        let agents: String = agents
            .iter()
            .map(|(id, path)| format!("[[identity.agent]]\nid = \"{id}\"\nurl = \"{}\"\n", self.url(path)))
            .collect();
        let file = self.folder.path().join("policy.toml");
        let text = format!(
            "[client]\ntrusted_proxies = [\"loopback\"]\n[feeds]\nca_file = \"authority.pem\"\ncache_dir = \"cache\"\n{agents}{more}"
        );
        fs::write(&file, text).unwrap();
        file
    }

    /// The policy in service, after the key sets of all agents have been requested.
    fn load(&self, file: &Path) -> GuardConfig {
        let config = GuardConfig::load_with(file, []).unwrap();
        wait_until("the key sets", || {
            let status = config.status();
            let fetched = status.agents.iter().filter(|agent| agent.entries.is_some() && !agent.from_cache).count();
            let is_done = |agent: &ListStatus| agent.entries.is_some() || agent.last_error.is_some();
            // Each fetched key set is put in service with a new generation of the policy.
            status.agents.iter().all(is_done) && status.generation > fetched as u64
        });
        config
    }
}

fn key_set(body: &str) -> Reply {
    answer("200 OK", &["content-type: application/http-message-signatures-directory+json"], body.as_bytes())
}

/// A site that answers with the signature's outcome in the tag.
macro_rules! site {
    ($config:expr) => {{
        let config = $config.clone();
        serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(
            |tag: Option<web::ReqData<ScannerMatch>>| async move {
                let tag = tag.map(web::ReqData::into_inner);
                HttpResponse::Ok().body(tag.map_or("nobody".to_owned(), |tag| tag.signature().as_str().to_owned()))
            }
        )))
    }};
}

/// The site's answer to a scanner's request with these headers, through a proxy.
async fn ask(site: SocketAddr, host: &str, headers: &[(&str, String)]) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("\n{name}: {value}")).collect();
    let head = format!("GET /page?x=1 HTTP/1.1\nhost: {host}\nx-forwarded-for: {SCANNER}{headers}");
    request(site, &head, b"").await.text()
}

#[actix_web::test]
async fn a_signed_request_is_told_from_a_forged_one() {
    let (one, two) = (Signer::new(1), Signer::new(2));
    let directory =
        Directory::start(vec![("/one.json", key_set(&one.key_set())), ("/two.json", key_set(&two.key_set()))]);
    let config = directory.load(&directory.policy(&[("one", "/one.json"), ("two", "/two.json")], ""));
    let site = site!(config);
    let (url, other) = (directory.url("/one.json"), directory.url("/two.json"));
    assert_eq!(ask(site, "shop.example", &[]).await, "absent");
    assert_eq!(ask(site, "shop.example", &one.headers("shop.example", &url)).await, "verified");
    assert_eq!(ask(site, "shop.example", &two.headers("shop.example", &other)).await, "verified");
    // A signature for another site; then a key that another URL publishes, with either name.
    assert_eq!(ask(site, "shop.example", &one.headers("evil.example", &url)).await, "bad-signature");
    assert_eq!(ask(site, "shop.example", &two.headers("shop.example", &url)).await, "key-unknown");
    let mut misbound = one.headers("shop.example", &url);
    misbound[0].1 = format!("sig1=\"{other}\"");
    assert_eq!(ask(site, "shop.example", &misbound).await, "key-unknown");
    // A URL that only a request names is never fetched.
    for path in ["/three.json", "/", "/.well-known/http-message-signatures-directory"] {
        let headers = one.headers("shop.example", &directory.url(path));
        assert_eq!(ask(site, "shop.example", &headers).await, "agent-unknown");
    }
    assert_eq!(directory.server.heads().len(), 2, "{:?}", directory.server.heads());
    let counts = config.status().signatures;
    assert_eq!((counts.verified, counts.invalid, counts.unverified, counts.unquoted), (2, 1, 5, 0));
    let mut unquoted = one.headers("shop.example", &url);
    unquoted[0].1.clone_from(&url);
    assert_eq!(ask(site, "shop.example", &unquoted).await, "signature-agent-unquoted");
    assert_eq!(config.status().signatures.unquoted, 1);
}

#[actix_web::test]
async fn behind_a_trusted_proxy_the_forwarded_host_is_the_one_that_was_signed_for() {
    let signer = Signer::new(3);
    let directory = Directory::start(vec![("/keys.json", key_set(&signer.key_set()))]);
    let agents = [("agent", "/keys.json")];
    let url = directory.url("/keys.json");
    let forwarded = |host: &str, signed: &str| {
        let mut headers = signer.headers(signed, &url);
        headers.push(("x-forwarded-host", host.to_owned()));
        headers.push(("x-forwarded-proto", "https".to_owned()));
        headers
    };
    let config = directory.load(&directory.policy(&agents, ""));
    let site = site!(config);
    assert_eq!(ask(site, "127.0.0.1:8080", &forwarded("shop.example", "shop.example")).await, "verified");
    assert_eq!(ask(site, "shop.example:443", &forwarded("shop.example", "shop.example")).await, "verified");
    // A signature for the client's own site, which the proxy passes on with the host that the client wrote.
    assert_eq!(ask(site, "shop.example", &forwarded("evil.example", "evil.example")).await, "bad-signature");

    let config = directory.load(&directory.policy(&agents, "[identity]\nhosts = [\"shop.example\"]\n"));
    let site = site!(config);
    assert_eq!(ask(site, "upstream.internal.example", &forwarded("shop.example", "shop.example")).await, "verified");
    for host in ["evil.example", "127.0.0.1:8080"] {
        assert_eq!(ask(site, host, &forwarded("evil.example", "evil.example")).await, "authority-foreign");
    }
}

#[actix_web::test]
async fn over_http_2() {
    let signer = Signer::new(4);
    let directory = Directory::start(vec![("/keys.json", key_set(&signer.key_set()))]);
    let config = directory.load(&directory.policy(&[("agent", "/keys.json")], ""));
    let site = site!(config);
    let stream = tokio::net::TcpStream::connect(site).await.unwrap();
    let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
    actix_web::rt::spawn(connection);
    for (signed, expected) in [("shop.example", "verified"), ("evil.example", "bad-signature")] {
        let mut request = http1::Request::get("https://shop.example/page").header("x-forwarded-for", SCANNER);
        for (name, value) in signer.headers(signed, &directory.url("/keys.json")) {
            request = request.header(name, value);
        }
        let (answer, _) = client.send_request(request.body(()).unwrap(), true).unwrap();
        let text = answer.await.unwrap().body_mut().data().await.unwrap().unwrap();
        assert_eq!(text, expected);
    }
}

/// Keys outlive a reload, a restart, and a failure of their server. They do not outlive their agent.
#[actix_web::test]
async fn keys_stay_until_they_are_taken_back() {
    let signer = Signer::new(5);
    let directory = Directory::start(vec![("/keys.json", key_set(&signer.key_set()))]);
    let (agents, url) = ([("agent", "/keys.json")], directory.url("/keys.json"));
    let config = directory.load(&directory.policy(&agents, ""));
    let site = site!(config);
    let signed = || signer.headers("shop.example", &url);
    assert_eq!(ask(site, "shop.example", &signed()).await, "verified");

    directory.answers("/keys.json", answer("503 Busy", &[], b""));
    directory.policy(&agents, "[[rule]]\nid = \"more\"\npaths = [\"/more\"]\naction = \"tag\"\n");
    assert!(matches!(config.reload().unwrap(), Reload::Changed { .. }));
    assert_eq!(ask(site, "shop.example", &signed()).await, "verified");
    assert_eq!(directory.server.heads().len(), 1, "nothing about the agent has changed");

    // A new process, which takes the keys from the cache on disk.
    let restarted = directory.load(&directory.policy(&agents, ""));
    assert!(restarted.status().agents[0].from_cache);
    assert_eq!(ask(site!(restarted), "shop.example", &signed()).await, "verified");

    directory.policy(&[], "");
    assert!(matches!(config.reload().unwrap(), Reload::Changed { .. }));
    assert_eq!(ask(site, "shop.example", &signed()).await, "not-checked");
}

#[actix_web::test]
async fn what_is_no_key_set_gives_no_keys() {
    let signer = Signer::new(6);
    let set = signer.key_set();
    let padded = format!("{}{set}", " ".repeat(64 << 10));
    let moved = answer("301 Moved Permanently", &["location: /good.json"], b"");
    let bare = &set["{\"keys\":[".len()..set.len() - 2];
    let many = format!("{{\"keys\":[{}{bare}]}}", format!("{bare},").repeat(699));
    let page = answer("200 OK", &["content-type: text/html"], b"<html>");
    let cases = [
        ("/moved.json", moved, "the server redirects, but a key set must be at its own URL"),
        ("/page.json", page, "the server answers with an HTML page, not a list"),
        ("/bare.json", key_set(bare), "it is a single key; a key set has them in `keys` (RFC 7517, section 5)"),
        ("/large.json", key_set(&padded), "it is larger than 65536 bytes; this is the limit for key sets"),
        ("/many.json", key_set(&many), "it has 700 keys; 20 are taken at most"),
        ("/gone.json", answer("410 Gone", &[], b""), "the server answers 410 Gone"),
    ];
    let mut replies: Vec<_> = cases.iter().map(|(path, reply, _)| (*path, reply.clone())).collect();
    replies.push(("/good.json", key_set(&set)));
    let directory = Directory::start(replies);
    let agents: Vec<(String, &str)> =
        cases.iter().map(|(path, ..)| (path[1..path.len() - 5].to_owned(), *path)).collect();
    let agents: Vec<(&str, &str)> = agents.iter().map(|(id, path)| (id.as_str(), *path)).collect();
    let config = directory.load(&directory.policy(&agents, ""));
    let site = site!(config);
    for (status, (path, _, error)) in config.status().agents.iter().zip(&cases) {
        assert_eq!(status.entries, None, "{path}");
        assert!(status.last_error.as_deref().unwrap().starts_with(error), "{path}: {:?}", status.last_error);
        let headers = signer.headers("shop.example", &directory.url(path));
        assert_eq!(ask(site, "shop.example", &headers).await, "keys-missing", "{path}");
    }
    assert!(config.status().lists.is_empty());
}

/// The key of RFC 9421, B.1.4, whose private half is public.
#[actix_web::test]
async fn the_printed_test_key_signs_for_nobody() {
    let printed: [u8; 32] =
        URL_SAFE_NO_PAD.decode("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU").unwrap().try_into().unwrap();
    let signer = Signer(Ed25519KeyPair::from_seed_unchecked(&printed).unwrap());
    assert_eq!(signer.thumbprint(), "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U");
    let directory = Directory::start(vec![("/keys.json", key_set(&signer.key_set()))]);
    let config = directory.load(&directory.policy(&[("agent", "/keys.json")], ""));
    assert_eq!(config.status().agents[0].entries, Some(0));
    let headers = signer.headers("shop.example", &directory.url("/keys.json"));
    assert_eq!(ask(site!(config), "shop.example", &headers).await, "key-unknown");
}

#[actix_web::test]
async fn a_signature_may_be_good_once() {
    let signer = Signer::new(7);
    let directory = Directory::start(vec![("/keys.json", key_set(&signer.key_set()))]);
    let (agents, url) = ([("agent", "/keys.json")], directory.url("/keys.json"));
    let config = directory.load(&directory.policy(&agents, "[identity]\nreplay_entries = 3\n"));
    let site = site!(config);
    let first = signer.headers("shop.example", &url);
    assert_eq!(ask(site, "shop.example", &first).await, "verified");
    assert_eq!(ask(site, "shop.example", &first).await, "replayed");
    assert_eq!(ask(site, "shop.example", &signer.headers("shop.example", &url)).await, "verified");
    // A used nonce stays used when the policy changes.
    directory.policy(&agents, "[identity]\nreplay_entries = 4\n");
    assert!(matches!(config.reload().unwrap(), Reload::Changed { .. }));
    assert_eq!(ask(site, "shop.example", &first).await, "replayed");
}

#[test]
fn what_cannot_be_meant_is_said() {
    let agent = |id: &str, url: &str| format!("[[identity.agent]]\nid = \"{id}\"\nurl = \"{url}\"\n");
    let good = agent("one", "https://agent.example");
    let url = |url: &str| agent("one", url);
    for (toml, key, help) in [
        (url("http://agent.example"), "identity.agent[0].url", "write `https://`"),
        (url("agent.example"), "identity.agent[0].url", "write an origin, such as `https://chatgpt.com`"),
        (url("https:/agent.example"), "identity.agent[0].url", "write an origin"),
        (url("https://me@agent.example"), "identity.agent[0].url", "remove the text before the `@`"),
        (url("https://agent.example/keys?v=1"), "identity.agent[0].url", "remove the `?`"),
        (url("https://agent.example/#keys"), "identity.agent[0].url", "remove it"),
        (agent("One", "https://agent.example"), "identity.agent[0].id", "write a name such as `chatgpt`"),
        ("[[identity.agent]]\nurl = \"https://agent.example\"".to_owned(), "identity.agent[0]", "`id = \"chatgpt\"`"),
        ("[[identity.agent]]\nid = \"one\"".to_owned(), "identity.agent[0]", "`url = \"https://chatgpt.com\"`"),
        (
            "[[identity.agent]]\nid = \"one\"\nurll = \"https://agent.example\"".to_owned(),
            "identity.agent[0].urll",
            "`url`",
        ),
        (format!("{good}{}", agent("one", "https://other.example")), "identity.agent[1].id", "an id of its own"),
        (
            format!("{good}{}", agent("two", "HTTPS://Agent.Example:443/")),
            "identity.agent[1].url",
            "remove one of them",
        ),
        (
            format!("{good}{}", agent("two", "https://agent.example/.well-known/http-message-signatures-directory")),
            "identity.agent[1].url",
            "an origin means its well-known URL",
        ),
        (format!("identity.hosts = []\n{good}"), "identity.hosts", "name a host"),
        (format!("identity.hosts = [\"https://shop.example/\"]\n{good}"), "identity.hosts[0]", "shop.example"),
        (format!("identity.replay_entries = 0\n{good}"), "identity.replay_entries", "from 1 to 1000000"),
    ] {
        let error = GuardConfig::from_toml(&toml).expect_err(&toml);
        let found: Vec<_> = error.problems().iter().map(|problem| (problem.key(), problem.help())).collect();
        assert!(found.iter().any(|(at, text)| *at == key && text.contains(help)), "{toml}\n{error}");
        assert!(error.problems().iter().all(|problem| problem.line().is_some()), "{error}");
    }
    // Nothing listens on this port, so nothing is fetched.
    let agent = agent("one", "https://127.0.0.1:1/keys.json");
    for (toml, key, help) in [
        (agent.clone(), "identity.agent[0]", "write `hosts = [\"shop.example\"]` into `[identity]`"),
        ("identity.hosts = [\"shop.example\"]".to_owned(), "identity.hosts", "add an `[[identity.agent]]`"),
        ("identity.replay_entries = 9".to_owned(), "identity.replay_entries", "add an `[[identity.agent]]`"),
    ] {
        let config = GuardConfig::from_toml(&format!("client.trusted_proxies = []\n{toml}")).unwrap();
        let warnings = config.warnings();
        let found: Vec<_> = warnings.iter().map(|warning| (warning.key(), warning.help())).collect();
        assert!(
            matches!(found[..], [(at, text)] if at == key && text.contains(help)),
            "{toml}\n{:?}",
            config.warnings()
        );
    }
    let toml = format!("client.trusted_proxies = []\nidentity.hosts = [\"shop.example\"]\n{agent}");
    assert!(GuardConfig::from_toml(&toml).unwrap().warnings().is_empty());
}

/// The status of a signed request if everybody else is blocked.
async fn status(site: SocketAddr, host: &str, headers: &[(&str, String)]) -> u16 {
    let headers: String = headers.iter().map(|(name, value)| format!("\n{name}: {value}")).collect();
    request(site, &format!("GET /page HTTP/1.1\nhost: {host}\nx-forwarded-for: {SCANNER}{headers}"), b"").await.status()
}

/// A policy that blocks this scanner, and exempts the agent `agent`.
const EXEMPT: &str = r#"
[identity]
hosts = ["shop.example"]
[[rule]]
id = "signed"
paths = ["/"]
scanners = ["agent"]
identity = ["verified"]
action = "allow"
[[rule]]
id = "all"
paths = ["/"]
action = "block"
"#;

/// Each case tries to be exempt as a listed agent without one of its keys.
#[actix_web::test]
async fn nobody_is_exempt_without_a_key() {
    let (agent, other, mallory) = (Signer::new(8), Signer::new(9), Signer::new(10));
    let directory = Directory::start(vec![
        ("/agent.json", key_set(&agent.key_set())),
        ("/other.json", key_set(&other.key_set())),
        ("/mallory.json", key_set(&mallory.key_set())),
    ]);
    let config = directory.load(&directory.policy(&[("agent", "/agent.json"), ("other", "/other.json")], EXEMPT));
    let site = site!(config);
    let (url, others, own) =
        (directory.url("/agent.json"), directory.url("/other.json"), directory.url("/mallory.json"));
    assert_eq!(status(site, "shop.example", &agent.headers("shop.example", &url)).await, 200, "the agent itself");
    assert_eq!(status(site, "shop.example", &[]).await, 403, "nobody");

    let good = || agent.headers("shop.example", &url);
    let edited = |at: usize, from: &str, to: &str| {
        let mut headers = good();
        assert!(headers[at].1.contains(from));
        headers[at].1 = headers[at].1.replace(from, to);
        headers
    };
    let mallorys = || mallory.headers("shop.example", &url);
    let zeros = format!("sig1=:{}==:", "A".repeat(86));
    let (thumbprint, stolen) = (agent.thumbprint(), mallory.thumbprint());
    let mut keyid = mallorys();
    keyid[1].1 = keyid[1].1.replace(&stolen, &thumbprint);
    let mut zero = good();
    zero[2].1 = zeros;
    let mut two_members = mallory.headers("shop.example", &own);
    two_members[0].1 = format!("sig1=\"{own}\", sig2=\"{url}\"");
    let mut first_line = good();
    first_line.insert(1, ("signature-input", "sig1=(\"@authority\");tag=\"web-bot-auth\"".to_owned()));
    let mut added_host = agent.headers("evil.example", &url);
    added_host.push(("x-forwarded-host", "evil.example".to_owned()));
    let mut agents_url = other.headers("shop.example", &others);
    agents_url[0].1 = format!("sig1=\"{url}\"");
    let mut unsigned = good();
    unsigned.pop();
    let long_ago = agent.headers_at("shop.example", &url, 1_700_000_000);
    for (attempt, host, headers) in [
        ("a name", "shop.example", vec![("user-agent", "agent/1.0 ChatGPT-Agent Googlebot".to_owned())]),
        ("Signature-Agent alone", "shop.example", vec![good().swap_remove(0)]),
        ("no signature", "shop.example", unsigned),
        ("a signature of zeros", "shop.example", zero),
        ("another key under the agent's URL", "shop.example", mallorys()),
        ("another key under the agent's keyid", "shop.example", keyid),
        ("a key set of one's own on the agent's host", "shop.example", mallory.headers("shop.example", &own)),
        ("two members, of which one is the agent's", "shop.example", two_members),
        ("another listed agent", "shop.example", other.headers("shop.example", &others)),
        ("another listed agent, with the agent's URL", "shop.example", agents_url),
        ("a signature for another site", "shop.example", agent.headers("evil.example", &url)),
        ("a signature for another site, and its name", "evil.example", agent.headers("evil.example", &url)),
        ("the same, behind a proxy that renames nothing", "shop.example", added_host.clone()),
        ("the same, behind a proxy that renames", "10.0.0.1:8080", added_host),
        ("no host at all", "", good()),
        ("an old signature", "shop.example", long_ago),
        ("a longer life", "shop.example", edited(1, ";expires=1", ";expires=2")),
        ("no end", "shop.example", edited(1, ";expires=", ";expired=")),
        ("no key", "shop.example", edited(1, ";keyid=", ";kid=")),
        ("another tag", "shop.example", edited(1, "web-bot-auth", "web-bot")),
        ("no algorithm", "shop.example", edited(1, ";tag=", ";alg=\"none\";tag=")),
        ("less covered", "shop.example", edited(1, "\"@authority\" ", "")),
        ("another nonce", "shop.example", edited(1, ";nonce=\"", ";nonce=\"0")),
        ("another label", "shop.example", edited(2, "sig1=", "sig2=")),
        ("the label twice", "shop.example", first_line),
    ] {
        assert_eq!(status(site, host, &headers).await, 403, "{attempt}");
    }
    assert_eq!(config.status().signatures.verified, 2, "the agent, and the other one under its own name");
    // From an address of no scanner, the agent is recognized, too, and so is a pretender.
    let direct = GuardConfig::load_with(directory.policy(&[("agent", "/agent.json")], EXEMPT), []).unwrap();
    assert!(direct.status().agents[0].from_cache);
}

/// A signature opens nothing: a request that is blocked for the agent itself stays blocked.
#[actix_web::test]
async fn a_signature_exempts_and_opens_nothing() {
    let agent = Signer::new(11);
    let directory = Directory::start(vec![("/agent.json", key_set(&agent.key_set()))]);
    let url = directory.url("/agent.json");
    let rules = "[[rule]]\nid = \"all\"\npaths = [\"/\"]\naction = \"block\"\n";
    let config = directory.load(&directory.policy(&[("agent", "/agent.json")], rules));
    assert_eq!(status(site!(config), "shop.example", &agent.headers("shop.example", &url)).await, 403);
    // A handler that requires a password requires it from everybody.
    let config = directory.load(&directory.policy(&[("agent", "/agent.json")], EXEMPT));
    let closed = config.clone();
    let site = serve!(
        App::new().wrap(ScannerGuard::from_config(&closed)).default_service(web::to(HttpResponse::Unauthorized))
    );
    assert_eq!(status(site, "shop.example", &agent.headers("shop.example", &url)).await, 401);
}
