//! The client with a server that makes every mistake.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::feeds::digest::sum;

pub(crate) mod server;

use server::{Authority, FeedServer, Proxy as LoopbackProxy, Reply, answer, list};

const LIST: &str = "198.51.100.0/24\n";
const MAX_BYTES: u64 = 64 << 10;

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn settings() -> FeedSettings {
    FeedSettings { timeout: Duration::from_secs(30), max_bytes: MAX_BYTES, ..FeedSettings::default() }
}

pub(crate) fn client(settings: &FeedSettings) -> Client {
    // The machine that runs the tests may have a proxy, which cannot reach its loopback.
    Client::through(None, settings)
}

/// The result of fetching a list without TLS.
fn fetch(client: &Client, url: &str) -> Result<Fetched, FetchError> {
    ask(client, url, |request| request)
}

fn ask<'a>(
    client: &Client,
    url: &str,
    change: impl FnOnce(Request<'_>) -> Request<'_> + 'a,
) -> Result<Fetched, FetchError> {
    let url = FeedUrl::parse(url).unwrap();
    let validators = Validators::default();
    let request = Request {
        url: &url,
        allow_insecure: false,
        allow_private: false,
        header: None,
        validators: &validators,
        sha256: None,
        key_set: false,
    };
    client.fetch(&change(request))
}

fn list_of(fetched: Result<Fetched, FetchError>) -> Body {
    match fetched.unwrap() {
        Fetched::List(body) => body,
        Fetched::NotModified => panic!("a list was expected"),
    }
}

#[test]
fn every_failure_is_an_error_that_says_what_it_is() {
    let cases: Vec<(&str, Reply, &str)> = vec![
        ("/reset", Reply::Reset, "the server reset the connection"),
        ("/silent", Reply::Send(vec![]), "the server ended the connection too early"),
        ("/noise", Reply::Send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec()), "the answer is not HTTP"),
        (
            "/truncated",
            Reply::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n198.51.100.0/24\n".to_vec()),
            "the server ended the connection too early",
        ),
        (
            "/truncated-chunks",
            Reply::Send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\n198.51.100.0/24\n\r\n".to_vec()),
            "the server ended the connection too early",
        ),
        ("/html", answer("200 OK", &["content-type: Text/HTML; charset=utf-8"], b"<html>"), "an HTML page"),
        ("/brotli", answer("200 OK", &["content-encoding: br"], b"\x0b"), "not requested"),
        ("/404", answer("404 Not Found", &[], b""), "the server answers 404 Not Found"),
        ("/500", answer("500 Internal Server Error", &[], b"x"), "the server answers 500 Internal Server Error"),
        ("/204", answer("204 No Content", &[], b""), "the server answers 204 No Content"),
        ("/304", answer("304 Not Modified", &[], b""), "the server answers 304"),
        ("/loop", answer("302 Found", &["location: /loop"], b""), "more than 5 redirects"),
        ("/nowhere", answer("302 Found", &[], b""), "redirects without a `Location`"),
        ("/file", answer("302 Found", &["location: file:///etc/passwd"], b""), "a URL that is not of a web server"),
        ("/gigantic", answer("200 OK", &[], &vec![b'1'; 65537]), "larger than 65536 bytes"),
        (
            "/endless",
            Reply::Endless(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec(), LIST.into()),
            "larger than 65536 bytes",
        ),
        (
            "/endless-head",
            Reply::Endless(b"HTTP/1.1 200 OK\r\nx-y: ".to_vec(), b"zzzzzzzz".to_vec()),
            "head of the answer",
        ),
        ("/bomb", answer("200 OK", &["content-encoding: gzip"], &gzip(&vec![0; 4 << 20])), "larger than 65536 bytes"),
        ("/bomb.gz", answer("200 OK", &[], &gzip(&vec![0; 4 << 20])), "larger than 65536 bytes"),
        (
            "/broken-gzip",
            answer("200 OK", &["content-encoding: gzip"], &gzip(LIST.as_bytes())[..20]),
            "gzip cannot decompress it",
        ),
        ("/not-gzip", answer("200 OK", &["content-encoding: gzip"], LIST.as_bytes()), "gzip cannot decompress it"),
    ];
    let table = cases.clone();
    let server = FeedServer::start(None, move |head| {
        let asked = head.split(['?', ' ']).nth(1).unwrap_or_default();
        table.iter().find(|(path, ..)| *path == asked).unwrap().1.clone()
    });
    let client = client(&settings());
    for (path, _, expected) in cases {
        let error = fetch(&client, &server.url("http", &format!("{path}?key=s3cret"))).unwrap_err().to_string();
        assert!(error.contains(expected), "{path}: {error}");
        assert!(!error.contains("s3cret") && !error.contains('\n'), "{path}: {error}");
    }
    // The first request, and one after each of five redirections.
    assert_eq!(server.heads().iter().filter(|head| head.starts_with("get /loop")).count(), 6);
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for() {
    let stalls = [
        b"".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-le".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n198".to_vec(),
    ];
    for bytes in stalls {
        let server = FeedServer::start(None, move |_| Reply::Stall(bytes.clone()));
        let client = client(&FeedSettings { timeout: Duration::from_millis(200), ..settings() });
        let error = fetch(&client, &server.url("http", "/")).unwrap_err();
        assert_eq!(error.to_string(), "it took longer than 200ms");
    }
    // The same during a handshake.
    let server = FeedServer::start(None, |_| Reply::Reset);
    let client = client(&FeedSettings { timeout: Duration::from_millis(200), ..settings() });
    let error = fetch(&client, &server.url("https", "/")).unwrap_err();
    assert_eq!(error.to_string(), "it took longer than 200ms");
}

#[test]
fn nobody_listens() {
    let address = FeedServer::start(None, |_| Reply::Reset).address;
    let error = fetch(&client(&settings()), &format!("http://{address}/")).unwrap_err();
    assert_eq!(error.to_string(), "the server refuses the connection");
}

#[test]
fn a_list_comes_with_its_validators_and_its_digest() {
    let packed = gzip(LIST.as_bytes());
    let twice = gzip(&packed);
    let (file, transport, both) = (packed.clone(), packed.clone(), twice);
    let server = FeedServer::start(None, move |head| {
        let headers = ["etag: \"7\"", "last-modified: Sun, 06 Nov 1994 08:49:37 GMT"];
        let encoded = [headers[0], "content-encoding: gzip"];
        match head.split(' ').nth(1) {
            Some("/plain") => answer("200 OK", &headers, LIST.as_bytes()),
            Some("/file.gz") => answer("200 OK", &headers, &file),
            Some("/transport") => answer("200 OK", &encoded, &transport),
            Some("/both.gz") => answer("200 OK", &encoded, &both),
            Some("/chunks") => Reply::Send(
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n198.51.1\r\n8\r\n00.0/24\n\r\n0\r\n\r\n"
                    .to_vec(),
            ),
            _ => answer("301 Moved Permanently", &["location: plain"], b"moved"),
        }
    });
    let client = client(&settings());
    let of_file = sum(&packed);
    let of_list = sum(LIST.as_bytes());
    for (path, digest, modified) in [
        ("/plain", of_list, true),
        ("/file.gz", of_file, true),
        ("/transport", of_list, false),
        ("/both.gz", of_file, false),
        ("/moved", of_list, true),
    ] {
        let body = list_of(fetch(&client, &server.url("http", path)));
        assert_eq!(body.bytes, LIST.as_bytes(), "{path}");
        assert_eq!(body.digest, digest, "{path}");
        assert_eq!(body.validators.etag.as_deref(), Some("\"7\""), "{path}");
        assert_eq!(body.validators.last_modified.is_some(), modified, "{path}");
    }
    let body = list_of(fetch(&client, &server.url("http", "/chunks")));
    assert_eq!((body.bytes.as_slice(), &body.validators), (LIST.as_bytes(), &Validators::default()));
    let head = &server.heads()[0];
    assert!(
        head.contains(concat!("\r\nuser-agent: actix-scanner-guard/", env!("CARGO_PKG_VERSION"), "\r\n")),
        "{head}"
    );
    assert!(head.contains("\r\naccept-encoding: gzip\r\n"), "{head}");

    for (path, digest, good) in [
        ("/plain", of_list, true),
        ("/file.gz", of_file, true),
        ("/file.gz", of_list, false),
        ("/transport", of_list, true),
        // A server that treats its compressed file as a compressed answer.
        ("/transport", of_file, true),
        ("/plain", [0; 32], false),
    ] {
        let fetched =
            ask(&client, &server.url("http", path), move |request| Request { sha256: Some(digest), ..request });
        match fetched {
            Ok(_) => assert!(good, "{path}"),
            Err(error) => {
                assert!(!good, "{path}: {error}");
                assert!(error.to_string().starts_with("its SHA-256 differs: "), "{error}");
            }
        }
    }
}

#[test]
fn a_copy_that_is_at_hand_is_asked_about() {
    let server = FeedServer::start(None, |head| match head.to_lowercase() {
        head if head.contains("if-none-match: \"7\"\r\n") => answer("304 Not Modified", &["etag: \"7\""], b""),
        head if head.contains("if-modified-since: sun, 06 nov 1994 08:49:37 gmt\r\n") => {
            Reply::Send(b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec())
        }
        _ => list(LIST),
    });
    let client = client(&settings());
    let modified = Some("Sun, 06 Nov 1994 08:49:37 GMT".into());
    for (validators, not_modified) in [
        (Validators { etag: Some("\"7\"".into()), last_modified: modified.clone() }, true),
        (Validators { etag: None, last_modified: modified }, true),
        (Validators { etag: Some("\"6\"".into()), last_modified: None }, false),
    ] {
        let url = FeedUrl::parse(&server.url("http", "/")).unwrap();
        let request = Request {
            url: &url,
            allow_insecure: true,
            allow_private: false,
            header: None,
            validators: &validators,
            sha256: None,
            key_set: false,
        };
        let fetched = client.fetch(&request).unwrap();
        assert_eq!(matches!(fetched, Fetched::NotModified), not_modified, "{validators:?}");
    }
}

#[test]
fn a_server_says_when_to_come_again() {
    for (header, wait) in [
        ("retry-after: 120", Some(RetryAfter::In(Duration::from_secs(120)))),
        (
            "retry-after: Thu, 01 Jan 1970 00:02:00 GMT",
            Some(RetryAfter::At(std::time::UNIX_EPOCH + Duration::from_secs(120))),
        ),
        ("retry-after: soon", None),
        ("x-y: z", None),
    ] {
        let server = FeedServer::start(None, move |_| answer("429 Too Many Requests", &[header], b""));
        let error = fetch(&client(&settings()), &server.url("http", "/")).unwrap_err();
        assert_eq!(error.retry_after(), wait, "{header}");
        assert_eq!(error.to_string(), "the server answers 429 Too Many Requests");
        let now = std::time::UNIX_EPOCH;
        assert!(wait.is_none_or(|wait| wait.wait(now) == Duration::from_secs(120)));
    }
}

#[test]
fn tls_is_verified() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let trusting = client(&FeedSettings { authorities: vec![ours.der()].into(), ..settings() });
    let plain = client(&settings());
    for (client, tls, expected) in [
        (&trusting, ours.issue("127.0.0.1", 2100), None),
        (&trusting, theirs.issue("127.0.0.1", 2100), Some("TLS failed: invalid peer certificate: UnknownIssuer; an")),
        (&plain, ours.issue("127.0.0.1", 2100), Some("TLS failed: invalid peer certificate: UnknownIssuer; an")),
        (&trusting, ours.issue("127.0.0.1", 2020), Some("TLS failed: invalid peer certificate: certificate expired")),
        (
            &trusting,
            ours.issue("127.0.0.2", 2100),
            Some("TLS failed: invalid peer certificate: certificate not valid for"),
        ),
    ] {
        let server = FeedServer::start(Some(tls), |_| list(LIST));
        let fetched = fetch(client, &server.url("https", "/"));
        match expected {
            None => assert_eq!(list_of(fetched).bytes, LIST.as_bytes()),
            Some(expected) => {
                let error = fetched.unwrap_err().to_string();
                assert!(error.starts_with(expected), "{error}");
                assert_eq!(server.heads(), Vec::<String>::new(), "nothing is asked of a server that is not known");
            }
        }
    }
    // A server without TLS returns no list.
    let server = FeedServer::start(None, |_| list(LIST));
    let address = format!("https://{}/", server.address);
    // The server waits for the end of a line, which a handshake never contains.
    let hasty = client(&FeedSettings { timeout: Duration::from_millis(200), ..settings() });
    assert!(fetch(&hasty, &address).is_err());
}

#[test]
fn a_secret_goes_to_the_origin_of_the_list_alone() {
    let authority = Authority::new("ours");
    let tls = || Some(authority.issue("127.0.0.1", 2100));
    let plain = FeedServer::start(None, |_| list(LIST));
    let other = FeedServer::start(tls(), |_| list(LIST));
    let (to_plain, to_other) = (plain.url("http", "/"), other.url("https", "/"));
    let server = FeedServer::start(tls(), move |head| match head.split(' ').nth(1) {
        Some("/same") => answer("307 Temporary Redirect", &["location: /list"], b""),
        Some("/other") => answer("308 Permanent Redirect", &[&format!("location: {to_other}")], b""),
        Some("/plain") => answer("303 See Other", &[&format!("location: {to_plain}?key=s3cret")], b""),
        _ => list(LIST),
    });
    let client = client(&FeedSettings { authorities: vec![authority.der()].into(), ..settings() });
    let header = SecretHeader { name: "x-key".into(), value: "Bearer s3cret".into() };
    let validators = Validators::default();
    let ask = |path: &str, allow_insecure| {
        let url = FeedUrl::parse(&server.url("https", path)).unwrap();
        let request = Request {
            url: &url,
            allow_insecure,
            allow_private: false,
            header: Some(&header),
            validators: &validators,
            sha256: None,
            key_set: false,
        };
        assert!(!format!("{request:?}").contains("s3cret"));
        client.fetch(&request)
    };
    let secret = "\r\nx-key: bearer s3cret\r\n";
    list_of(ask("/same", false));
    assert_eq!(server.heads().iter().filter(|head| head.contains(secret)).count(), 2);
    list_of(ask("/other", false));
    assert_eq!(other.heads().len(), 1);
    assert!(!other.heads()[0].contains("s3cret"), "{:?}", other.heads());
    let error = ask("/plain", false).unwrap_err().to_string();
    assert!(error.ends_with(&format!("redirects to {}…, which is without TLS", plain.url("http", "/"))), "{error}");
    assert_eq!(plain.heads(), Vec::<String>::new());
    list_of(ask("/plain", true));
    assert!(!plain.heads()[0].contains("bearer"), "{:?}", plain.heads());
}

/// If this variable is set in the environment, the test only fetches.
const CHILD: &str = "SCANNER_GUARD_TEST_FETCHES";

#[test]
fn the_proxy_of_the_environment_is_used() {
    if let Ok(url) = std::env::var(CHILD) {
        let body = list_of(fetch(&Client::new(&settings()), &url));
        assert_eq!(body.bytes, LIST.as_bytes());
        return;
    }
    let server = FeedServer::start(None, |_| list(LIST));
    let proxy = LoopbackProxy::to(server.address);
    // Only the proxy can resolve this name.
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "feeds::fetch::tests::the_proxy_of_the_environment_is_used"])
        .env(CHILD, "http://list.invalid/x")
        .env("ALL_PROXY", format!("http://{}", proxy.address))
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    assert!(proxy.asked()[0].starts_with("CONNECT list.invalid:80 "), "{:?}", proxy.asked());
    assert!(server.heads()[0].starts_with("get /x http/1.1"), "{:?}", server.heads());
}

/// Resolves each name to its addresses.
#[derive(Debug)]
struct Named(Vec<(&'static str, IpAddr)>);

impl Resolver for Named {
    fn resolve(
        &self,
        uri: &ureq::http::Uri,
        _: &ureq::config::Config,
        _: ureq::unversioned::transport::NextTimeout,
    ) -> Result<ureq::unversioned::resolver::ResolvedSocketAddrs, ureq::Error> {
        let mut found = self.empty();
        let named = self.0.iter().filter(|(name, _)| uri.host() == Some(*name));
        named.for_each(|(_, address)| found.push((*address, uri.port_u16().unwrap()).into()));
        if found.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(found) }
    }
}

/// Connects to loopback, for any resolved address, and notes these addresses.
#[derive(Debug)]
struct LoopbackResolver(CheckedResolver<Named>, Arc<Mutex<Vec<IpAddr>>>);

impl Resolver for LoopbackResolver {
    fn resolve(
        &self,
        uri: &ureq::http::Uri,
        config: &ureq::config::Config,
        timeout: ureq::unversioned::transport::NextTimeout,
    ) -> Result<ureq::unversioned::resolver::ResolvedSocketAddrs, ureq::Error> {
        let mut found = self.0.resolve(uri, config, timeout)?;
        *self.1.lock().unwrap() = found.iter().map(SocketAddr::ip).collect();
        found.iter_mut().for_each(|address| address.set_ip([127, 0, 0, 1].into()));
        Ok(found)
    }
}

/// A client for which `public.test` has a public address.
pub(crate) fn client_of_public_names() -> Client {
    let names = vec![("public.test", IpAddr::from([9, 9, 9, 9])), ("127.0.0.1", IpAddr::from([127, 0, 0, 1]))];
    let places = Places::default();
    let resolver = LoopbackResolver(CheckedResolver { inner: Named(names), places: places.clone() }, Arc::default());
    Client::with_resolver(None, &settings(), resolver, places)
}

#[test]
fn a_server_of_the_internet_does_not_redirect_into_the_own_network() {
    let server = FeedServer::start(None, |head| {
        let path = head.split([' ', '?']).nth(1).unwrap_or_default().to_owned();
        match path.strip_prefix("/to/") {
            Some(way) => {
                let (host, more) =
                    way.split_once('/').map_or((way, "list".to_owned()), |(host, more)| (host, format!("to/{more}")));
                let port = head.split("host: ").nth(1).and_then(|host| host.split(':').nth(1)).unwrap();
                let port: String = port.chars().take_while(char::is_ascii_digit).collect();
                answer("302 Found", &[&format!("location: http://{host}:{port}/{more}")], b"")
            }
            None => list(LIST),
        }
    });
    let port: u16 = server.url("http", "/").rsplit(':').next().unwrap().trim_end_matches('/').parse().unwrap();
    let names = [
        ("public.test", [9, 9, 9, 9]),
        ("other.test", [9, 9, 9, 10]),
        ("inner.test", [10, 0, 0, 1]),
        ("mixed.test", [9, 9, 9, 11]),
        ("mixed.test", [10, 0, 0, 3]),
        ("127.0.0.1", [127, 0, 0, 1]),
        ("10.0.0.2", [10, 0, 0, 2]),
    ];
    let connected = Arc::<Mutex<Vec<IpAddr>>>::default();
    let client = |proxy: Option<Proxy>| {
        let names = names.iter().map(|(name, address)| (*name, IpAddr::from(*address))).collect();
        let places = Places::default();
        let resolver = CheckedResolver { inner: Named(names), places: places.clone() };
        let resolver = LoopbackResolver(resolver, Arc::clone(&connected));
        Client::with_resolver(proxy, &settings(), resolver, places)
    };
    let direct = client(None);
    for (from, to, allowed, refused) in [
        ("public.test", "other.test", false, false),
        ("public.test", "inner.test", false, true),
        ("public.test", "127.0.0.1", false, true),
        ("public.test", "10.0.0.2", false, true),
        ("public.test", "inner.test", true, false),
        ("public.test", "127.0.0.1", true, false),
        // A list on a private server may redirect to other private addresses.
        ("inner.test", "10.0.0.2", false, false),
        ("10.0.0.2", "inner.test", false, false),
        // The next fetch begins anew, after a private list and after a refused redirect to this host.
        ("public.test", "inner.test", false, true),
        ("inner.test", "127.0.0.1", false, false),
        ("public.test", "127.0.0.1", false, true),
        // Of a name with public and private addresses, only the public ones are connected to.
        ("public.test", "mixed.test", false, false),
        ("mixed.test", "inner.test", false, true),
        // Two redirects.
        ("public.test", "other.test/inner.test", false, true),
        ("public.test", "other.test/other.test", false, false),
    ] {
        let url = format!("http://{from}:{port}/to/{to}?key=s3cret");
        let fetched = ask(&direct, &url, |request| Request { allow_private: allowed, ..request });
        match fetched {
            Ok(_) => {
                assert!(!refused, "{from} {to}");
                let connected = connected.lock().unwrap();
                let is_private = |address: &IpAddr| !address.to_string().starts_with("9.");
                assert!(allowed || from != "public.test" || !connected.iter().any(is_private), "{from} {connected:?}");
            }
            Err(error) => {
                let error = error.to_string();
                assert!(refused && error.contains("private address; `allow_private_redirects"), "{from} {to}: {error}");
                assert!(!error.contains("s3cret"), "{error}");
            }
        }
    }
    // A proxy resolves names itself, so only an address in the URL is refused.
    let proxy = LoopbackProxy::to(server.address);
    let proxied = client(Some(Proxy::new(&format!("http://{}", proxy.address)).unwrap()));
    let error = fetch(&proxied, &format!("http://public.test:{port}/to/10.0.0.2")).unwrap_err().to_string();
    assert!(error.contains("private address"), "{error}");
}
