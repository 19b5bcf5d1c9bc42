//! No spelling of a path reaches a backend through an application that rebuilds the URL, whatever layers are between
//! them.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use actix_scanner_guard::{Action, GuardConfig, RequestFacts, ScannerGuard};
use actix_web::dev::{Service, Url as RoutedUrl};
use actix_web::http::Uri;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpRequest, HttpResponse, web};
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use percent_encoding::percent_decode;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use url::Url;

use crate::support::{Failures, SCANNER, request, serve, trusting};

const POLICY: &str = "decoy.source = \"app\"\n[[rule]]\nid = \"it\"\npaths = [\"=/admin\"]\naction = \"decoy\"";

fn is_covered(config: &GuardConfig, path: &str) -> bool {
    config.decide(&RequestFacts::new(path).peer(SCANNER.parse().unwrap())).action() == Action::Decoy
}

/// How a handler makes the URL for the backend.
#[derive(Clone, Copy, Debug)]
enum Proxy {
    /// `reqwest::get(format!("http://backend/{tail}"))`, with the tail that the router decoded.
    FormattedTail,
    /// The same with the path as sent.
    FormattedPath,
    JoinedTail,
    JoinedPath,
    /// `awc`, `hyper`: a URI is sent as it is.
    Uri,
    SetPath,
    SetPathDecoded,
    Segments,
    /// A request line written by hand.
    HandWritten,
}

const PROXIES: [Proxy; 9] = [
    Proxy::FormattedTail,
    Proxy::FormattedPath,
    Proxy::JoinedTail,
    Proxy::JoinedPath,
    Proxy::Uri,
    Proxy::SetPath,
    Proxy::SetPathDecoded,
    Proxy::Segments,
    Proxy::HandWritten,
];

fn decode(text: &str) -> String {
    percent_decode(text.as_bytes()).decode_utf8_lossy().into_owned()
}

impl Proxy {
    /// The path in the request to the backend.
    fn target(self, path: &str, tail: &str) -> Option<String> {
        let mut base = Url::parse("http://backend/").unwrap();
        let of_url = |url: Url| (url.host_str() == Some("backend")).then(|| url.path().to_owned());
        match self {
            Proxy::FormattedTail => of_url(Url::parse(&format!("http://backend/{tail}")).ok()?),
            Proxy::FormattedPath => of_url(Url::parse(&format!("http://backend{path}")).ok()?),
            Proxy::JoinedTail => of_url(base.join(tail).ok()?),
            Proxy::JoinedPath => of_url(base.join(path).ok()?),
            Proxy::Uri => Some(format!("http://backend/{tail}").parse::<Uri>().ok()?.path().to_owned()),
            Proxy::SetPath => {
                base.set_path(tail);
                of_url(base)
            }
            Proxy::SetPathDecoded => {
                base.set_path(&decode(path));
                of_url(base)
            }
            Proxy::Segments => {
                base.path_segments_mut().unwrap().clear().extend(tail.split('/').map(str::trim));
                of_url(base)
            }
            Proxy::HandWritten => {
                let line = format!("GET {} HTTP/1.1", decode(path));
                let target = line.lines().next()?.split(' ').nth(1)?.to_owned();
                Some(target.split(['?', '#']).next()?.to_owned())
            }
        }
    }
}

/// Whether a backend with one page, `/admin`, serves it for this target: some backends decode the path, as most
/// frameworks do.
fn serves(target: &str) -> bool {
    target == "/admin" || decode(target) == "/admin"
}

/// What a layer does to a path.
type Layer = (&'static str, fn(&str) -> String);

fn each_segment(path: &str, change: impl Fn(&str) -> String) -> String {
    path.split('/').map(change).collect::<Vec<_>>().join("/")
}

fn cut(path: &str, signs: &[char]) -> String {
    path.split(signs).next().unwrap_or_default().to_owned()
}

fn latin1(path: &str) -> String {
    let bytes: Vec<u8> = percent_decode(path.as_bytes()).collect();
    bytes.into_iter().map(char::from).collect()
}

fn wide_escapes(path: &str) -> String {
    let mut parts = path.split("%u");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        match digits {
            Some(c) => text = text + &c.to_string() + &part[4..],
            None => text = text + "%u" + part,
        }
    }
    text
}

fn overlong(path: &str) -> String {
    let mut text = path.to_owned();
    for c in (1..128u8).filter(|byte| *byte != b'%') {
        let (two, three) = (
            format!("%{:02x}%{:02x}", 0xC0 | (c >> 6), 0x80 | (c & 0x3F)),
            format!("%e0%{:02x}%{:02x}", 0x80 | (c >> 6), 0x80 | (c & 0x3F)),
        );
        for escape in [&three, &two, &three.to_uppercase(), &two.to_uppercase()] {
            text = text.replace(escape.as_str(), &char::from(c).to_string());
        }
    }
    text
}

const LAYERS: [Layer; 27] = [
    ("decode", decode),
    ("decode a form", |path| decode(&path.replace('+', " "))),
    ("decode as Latin-1", latin1),
    ("decode and drop what is no UTF-8", |path| {
        let bytes: Vec<u8> = percent_decode(path.as_bytes()).collect();
        bytes.utf8_chunks().map(|chunk| chunk.valid()).collect()
    }),
    ("%u", wide_escapes),
    ("overlong UTF-8", overlong),
    ("the router", |path| {
        path.parse::<Uri>().map_or_else(|_| path.to_owned(), |uri| RoutedUrl::new(uri).path().to_owned())
    }),
    ("drop tabs and line ends", |path| path.replace(['\t', '\n', '\r'], "")),
    ("drop control characters", |path| path.replace(|c: char| c.is_control(), "")),
    ("trim", |path| path.trim().to_owned()),
    ("trim C0 and blanks", |path| path.trim_matches(|c| c <= ' ').to_owned()),
    ("trim segments", |path| each_segment(path, |segment| segment.trim().to_owned())),
    ("cut at ?", |path| cut(path, &['?'])),
    ("cut at #", |path| cut(path, &['#'])),
    ("cut at NUL", |path| cut(path, &['\0'])),
    ("cut at line ends", |path| cut(path, &['\r', '\n'])),
    ("cut at ;", |path| cut(path, &[';'])),
    ("drop parameters", |path| each_segment(path, |segment| cut(segment, &[';']))),
    ("backslashes", |path| path.replace('\\', "/")),
    ("merge slashes", |path| {
        path.split('/').filter(|segment| !segment.is_empty()).fold(String::new(), |path, segment| path + "/" + segment)
    }),
    ("drop dot segments", |path| path.split('/').filter(|segment| *segment != ".").collect::<Vec<_>>().join("/")),
    ("Windows: final dots and blanks", |path| {
        each_segment(path, |segment| segment.trim_end_matches(['.', ' ']).to_owned())
    }),
    ("Windows: streams", |path| {
        each_segment(path, |segment| segment.split("::$").next().unwrap_or_default().to_owned())
    }),
    ("lower case", str::to_lowercase),
    ("NFKC", |path| ComposingNormalizerBorrowed::new_nfkc().normalize(path).into_owned()),
    ("NFD", |path| DecomposingNormalizerBorrowed::new_nfd().normalize(path).into_owned()),
    ("zero width", |path| path.replace(['\u{200B}', '\u{200C}', '\u{200D}', '\u{FEFF}', '\u{AD}', '\u{2060}'], "")),
];

/// The layers that turn this path into the protected one, in any order, at most this number of layers.
fn way_to_admin(path: &str, depth: usize) -> Option<Vec<&'static str>> {
    let mut seen = HashSet::from([path.to_owned()]);
    let mut states = vec![(path.to_owned(), Vec::new())];
    for _ in 0..=depth {
        let mut next = Vec::new();
        for (state, way) in states {
            if state == "/admin" || state == "/admin/" {
                return Some(way);
            }
            for (name, layer) in LAYERS {
                let changed = layer(&state);
                if seen.insert(changed.clone()) {
                    let mut way = way.clone();
                    way.push(name);
                    next.push((changed, way));
                }
            }
        }
        states = next;
    }
    None
}

/// One letter of `/admin`, in a spelling that some layer reads as this letter.
fn letter(c: char, plain: u32) -> impl Strategy<Value = String> {
    let upper = c.to_ascii_uppercase();
    let wide = char::from_u32(u32::from(c) + 0xFEE0).filter(|_| c.is_ascii_alphabetic()).unwrap_or(c);
    let code = u32::from(c);
    let escaped =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let spellings = vec![
        (plain, c.to_string()),
        (2, upper.to_string()),
        (4, format!("%{code:02x}")),
        (2, format!("%{code:02X}")),
        (2, format!("%25{code:02x}")),
        (1, format!("%2525{code:02x}")),
        (1, format!("%u{code:04x}")),
        (1, format!("%%3{}{:x}", code / 16, code % 16)),
        (1, format!("%c{}%{:02x}", code >> 6, 0x80 | (code & 0x3F))),
        (1, format!("%e0%{:02x}%{:02x}", 0x80 | (code >> 6), 0x80 | (code & 0x3F))),
        (1, escaped(&wide.to_string())),
        (1, format!("{c}%09")),
        (1, format!("{c}%0D%0a")),
        (1, format!("{c}%2509")),
        (1, format!("{c}%e2%80%8b")),
        (1, format!("{c}%C2%AD")),
        (1, format!("{c}%fe")),
        (1, format!("{c}%01")),
    ];
    proptest::strategy::Union::new_weighted(
        spellings.into_iter().map(|(weight, text)| (weight, Just(text).boxed())).collect(),
    )
}

fn front() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "/",
        "/",
        "/",
        "/",
        "/",
        "/",
        "/",
        "/",
        "/",
        "/",
        "/",
        "//",
        "/./",
        "/%2f",
        "/%09",
        "/%20",
        "/%09%20",
        "/%00",
        "/%01",
        "/%0a",
        "/%85",
        "/%A0",
        "/%c2%a0",
        "/+",
        "/%5c",
        "\\",
        "/;x/",
        "/%e3%80%80",
        "/%2e/",
        "/.;x/",
        "/%20/",
        "/%2520",
        "/%ef%bb%bf",
        "/%c0%af",
        "/%e2%80%8b",
        "/http:",
        "/%2e%2f",
        "/.%5c",
    ])
    .prop_map(str::to_owned)
}

fn end() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "/",
        "%3F",
        "%3fx",
        "%23",
        "%23x/y",
        "%253F",
        "%2523x",
        "%00",
        "%00.png",
        "%00/x",
        "%2500",
        "%0a",
        "%0d%0aX: y",
        "%20",
        "%20%20",
        "+",
        ".",
        "..%20",
        "...",
        "%2e",
        ";",
        ";x=y",
        ";jsessionid=1",
        "%3b",
        "%3Bx",
        "%253b",
        "::$DATA",
        "%3a%3a$DATA",
        "::$INDEX_ALLOCATION",
        ":$i30:$INDEX_ALLOCATION",
        "%85",
        "%A0",
        "%c2%a0",
        "%c2%85",
        "%e3%80%80",
        "%5c",
        "%2f",
        "/.",
        "/%2e",
        "%5c.",
        "%20HTTP/1.1",
        "%3F/x%00",
        "%09%3Fx",
        "%20.",
        ".%20;x",
        "%c0%80",
        "%7f",
        "%1f",
        "%01",
        "%09",
        "%ff",
        "%e2%80%8b",
        "%ef%bb%bf",
        ";%09x%3F",
        "%3F;%00",
        "%u003f",
        "%uff1f",
        "%ef%bc%9f",
        "%23%3F",
        ".;x",
        "%u0000",
        "%EF%BC%8F",
        "%c0%af",
    ])
    .prop_map(str::to_owned)
}

/// With more plain letters, more of these paths reach a page without the guard.
fn spelling(plain: u32) -> impl Strategy<Value = String> {
    let admin = ("admin".chars().map(|c| letter(c, plain)).collect::<Vec<_>>()).prop_map(|letters| letters.concat());
    (front(), admin, end(), end(), any::<prop::sample::Index>(), 0..6u8).prop_map(
        |(front, admin, end, more, at, again)| {
            let mut path = format!("{front}{admin}{end}{more}").replace(' ', "%20");
            // One character is escaped again.
            let at = at.index(path.len());
            if again == 0 && at > 0 && path.is_char_boundary(at) && path.as_bytes()[at].is_ascii_graphic() {
                path = format!("{}%{:02x}{}", &path[..at], path.as_bytes()[at], &path[at + 1..]);
            }
            path
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    /// Up to three layers in any order: if they turn a path into the protected one, the path is covered.
    #[test]
    fn no_order_of_layers_leads_around_a_pattern(path in spelling(20)) {
        let config = GuardConfig::from_toml(POLICY).unwrap();
        if let Some(way) = way_to_admin(&path, 3) {
            prop_assert!(is_covered(&config, &path), "{} becomes /admin by {:?}", path, way);
        }
        for other in ["administrator", "admi", "xadmin", "admin-panel"] {
            prop_assert!(!is_covered(&config, &format!("/{other}")), "{} is not /admin", other);
        }
    }
}

/// The paths of the requests to the backend.
type Seen = Rc<RefCell<Vec<String>>>;

/// Each handler gets each spelling from a person and from a scanner. A spelling with which the person reaches the
/// backend's page must not reach it for the scanner.
#[actix_web::test]
async fn no_proxy_asks_a_backend_for_a_protected_page() {
    let config = trusting(POLICY);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut reached = [0; PROXIES.len()];
    for (number, proxy) in PROXIES.into_iter().enumerate() {
        let asked = Seen::default();
        let seen = asked.clone();
        let handler = move |req: HttpRequest, tail: web::Path<String>| {
            seen.borrow_mut().extend(proxy.target(req.uri().path(), &tail));
            async { HttpResponse::NotFound().finish() }
        };
        let guard = ScannerGuard::from_config(&config);
        let app = init_service(App::new().wrap(guard).service(web::resource("/{tail:.*}").to(handler))).await;
        for _ in 0..600 {
            let path = spelling(300).new_tree(&mut runner).unwrap().current();
            if path.parse::<Uri>().is_err() {
                continue;
            }
            let send = |from: &str| {
                let req =
                    TestRequest::with_uri(&path).peer_addr((from.parse::<std::net::IpAddr>().unwrap(), 4711).into());
                app.call(req.to_request())
            };
            drop(send("203.0.113.7").await);
            if !asked.take().iter().any(|target| serves(target)) {
                continue;
            }
            reached[number] += 1;
            drop(send(SCANNER).await);
            assert!(!asked.take().iter().any(|target| serves(target)), "{path} reaches /admin through {proxy:?}");
        }
    }
    assert!(reached.iter().all(|reached| *reached > 4), "{reached:?} of 600 spellings each reach the page at all");
}

/// The named spellings, over sockets, with a backend of its own.
#[actix_web::test]
async fn a_backend_over_sockets() {
    let backend =
        serve!(App::new().service(web::resource("/admin").to(|| async { HttpResponse::Ok().body("protected") })));
    let mut failures = Failures::default();
    let mut reached = 0;
    for proxy in PROXIES {
        let config = trusting(POLICY);
        let handler = move |req: HttpRequest, tail: web::Path<String>| async move {
            let Some(target) = proxy.target(req.uri().path(), &tail) else { return HttpResponse::NotFound().finish() };
            if target.bytes().any(|byte| byte <= b' ') || !target.starts_with('/') {
                return HttpResponse::NotFound().finish();
            }
            let answer = request(backend, &format!("GET {target} HTTP/1.1\nhost: backend"), b"").await;
            HttpResponse::build(actix_web::http::StatusCode::from_u16(answer.status()).unwrap()).body(answer.text())
        };
        let server = serve!(
            App::new().wrap(ScannerGuard::from_config(&config)).service(web::resource("/{tail:.*}").to(handler))
        );
        for path in [
            "/admin",
            "/admin%3F",
            "/admin%3fx",
            "/admin%23",
            "/ad%09min",
            "/a%0Admin",
            "/%09admin",
            "/%20admin",
            "/admin%20",
            "/%0d%0aadmin",
            "/%00admin",
            "/admin%01",
            "/%2561dmin",
            "/admin%253F",
            "/admin%2523x",
            "/admin%20HTTP/1.1%0d%0aX:%20y",
            "/%5cadmin",
            "/http:admin",
            "/http:/admin",
            "/%61d%09min%3Fx",
            "/admin/%2e",
            "/./admin",
            "/admin/",
        ] {
            let head = |from: &str| format!("GET {path} HTTP/1.1\nhost: site.example\nx-forwarded-for: {from}");
            reached += usize::from(request(server, &head("203.0.113.7"), b"").await.text() == "protected");
            failures.check(request(server, &head(SCANNER), b"").await.text() != "protected", || {
                format!("{path} through {proxy:?}")
            });
        }
    }
    assert!(reached > 60, "{reached}");
}
