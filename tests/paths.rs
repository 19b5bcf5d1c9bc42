//! The paths that a pattern covers; no request gets around the pattern to a protected handler.

use std::path::{Path, PathBuf};

use actix_scanner_guard::{Action, GuardConfig, RequestFacts, ScannerGuard};
use actix_web::dev::ResourceDef;
use actix_web::http::Uri;
use actix_web::middleware::{Condition, NormalizePath, TrailingSlash};
use actix_web::{App, HttpResponse, web};
use proptest::prelude::*;
use serde::Deserialize;

use crate::support::{Answer, Failures, SCANNER, cases, request, serve, trusting};

#[derive(Clone, Deserialize)]
struct Case {
    pattern: String,
    route: String,
    registered: String,
    #[serde(default = "get")]
    method: String,
    target: String,
    #[serde(default)]
    repeat: Option<(String, usize)>,
    #[serde(default)]
    append: Option<(String, usize)>,
    reaches: String,
    covered: bool,
}

fn get() -> String {
    "GET".into()
}

impl Case {
    fn target(&self) -> String {
        let many = |repeat: &Option<(String, usize)>| {
            repeat.as_ref().map(|(unit, times)| unit.repeat(*times)).unwrap_or_default()
        };
        format!("{}{}{}", many(&self.repeat), self.target, many(&self.append))
    }
}

fn table() -> Vec<Case> {
    let cases = cases(include_str!("data/protected_paths.toml"));
    assert_eq!(cases.len(), 133);
    cases
}

fn decoying(pattern: &str) -> String {
    format!("decoy.source = \"static\"\n[[rule]]\nid = \"it\"\npaths = [{pattern:?}]\naction = \"decoy\"")
}

fn is_covered(config: &GuardConfig, method: &str, path: &str) -> bool {
    let facts = RequestFacts::new(path).method(method).peer(SCANNER.parse().unwrap());
    config.decide(&facts).action() == Action::Decoy
}

#[test]
fn the_table_over_the_api() {
    let mut failures = Failures::default();
    for case in table() {
        let config = GuardConfig::from_toml(&decoying(&case.pattern)).unwrap();
        let uri: Uri = case.target().parse().unwrap();
        let covered = is_covered(&config, &case.method, uri.path());
        failures.check(covered == case.covered, || {
            format!("{} {:?}: covered is {covered}", case.pattern, uri.path().chars().take(80).collect::<String>())
        });
    }
}

async fn protected() -> HttpResponse {
    HttpResponse::Ok().body("protected")
}

/// Serves more than the protected path; a call counts only if it would have served that path.
async fn by_name(name: web::Path<String>) -> HttpResponse {
    if *name == "secret" { protected().await } else { HttpResponse::NotFound().finish() }
}

/// Like [`by_name`], for a handler that takes every path and resolves dot segments itself.
async fn by_tail(tail: web::Path<String>) -> HttpResponse {
    let mut resolved = Vec::new();
    for segment in tail.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                resolved.pop();
            }
            segment => resolved.push(segment),
        }
    }
    if resolved.join("/") == "admin/users" { protected().await } else { HttpResponse::NotFound().finish() }
}

/// The application of a case.
fn register(case: &Case, files: &Path, app: &mut web::ServiceConfig) {
    match case.route.as_str() {
        "exact" | "dynamic" => app.service(web::resource(&case.registered).to(protected)),
        "scope" => app.service(web::scope(&case.registered).default_service(web::to(protected))),
        "nested" => {
            let keys = web::resource("/keys").to(protected);
            app.service(web::scope("/api").service(web::scope("/v1").service(keys)))
        }
        "name" => app.service(web::resource("/files/{name}").to(by_name)),
        "tail" => app.service(web::resource("/{tail:.*}").to(by_tail)),
        "files" => app.service(actix_files::Files::new("/static", files)),
        other => panic!("no such route: {other}"),
    };
}

/// A folder with a file in a protected folder.
fn files() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("files");
    std::fs::create_dir_all(folder.join("private")).unwrap();
    std::fs::write(folder.join("private/secret.txt"), "protected").unwrap();
    std::fs::write(folder.join("public.txt"), "public").unwrap();
    folder
}

/// Each request that reaches the protected handler on a server without the guard is kept from it with the guard.
#[actix_web::test]
async fn the_table_over_sockets() {
    let mut failures = Failures::default();
    let mut reached = 0;
    for case in table() {
        let mut answers = Vec::new();
        for guarded in [false, true] {
            let line =
                format!("{} {} HTTP/1.1\nhost: site.example\nx-forwarded-for: {SCANNER}", case.method, case.target());
            let (case, config, files) = (case.clone(), trusting(&decoying(&case.pattern)), files());
            let normalized = case.reaches == "normalized";
            let slashes = if case.registered.ends_with('/') { TrailingSlash::MergeOnly } else { TrailingSlash::Trim };
            let server = serve!(
                App::new()
                    .wrap(Condition::new(normalized, NormalizePath::new(slashes)))
                    .wrap(Condition::new(guarded, ScannerGuard::from_config(&config)))
                    .configure(|app| register(&case, &files, app))
            );
            answers.push(request(server, &line, b"").await);
        }
        let [plain, guarded]: [Answer; 2] = answers.try_into().unwrap();
        let reaches = plain.text() == "protected";
        reached += usize::from(reaches);
        let what = format!("{} as {} by {:.80}", case.registered, case.route, case.target());
        failures.check(reaches == (case.reaches != "no"), || format!("{what}: the table says {}", case.reaches));
        failures.check(guarded.text() != "protected" || !case.covered, || format!("{what}: came through"));
        failures.check(guarded.status() == 404 || !case.covered, || format!("{what}: {}", guarded.head));
    }
    assert!(reached > 50, "only {reached} cases reach a handler, so the test shows little");
}

#[test]
fn patterns() {
    let mut failures = Failures::default();
    for (pattern, covered, not) in [
        ("/", &["/", "/x", "/x/y", "*"][..], &[][..]),
        ("=/", &["/", "//", "/."], &["/x"]),
        ("/a", &["/a", "/a/", "/a/b", "/A/B", "//a", "/a;x/b", "/%61"], &["/", "/ab", "/b/a", "/%2561b"]),
        ("=/a/b", &["/a/b", "/a/b/", "/a%2fb", "/a\\b"], &["/a", "/a/b/c", "/a/bc"]),
        ("/a/*", &["/a/x", "/a/x/", "/a/..."], &["/a", "/a/x/y", "/b/x"]),
        ("/a/*/c", &["/a/b/c", "/a/b;d/c"], &["/a/c", "/a/b/b/c", "/a/b/c/d"]),
        ("/a/**", &["/a", "/a/x", "/a/x/y"], &["/ab", "/"]),
        ("/**", &["/", "/a", "/a/b"], &[]),
        (
            "/**/*.bak",
            &["/x.bak", "/a/x.bak", "/a/b/x.BAK", "/x.bak%00.png", "/x.bak.", "/x.bak;v"],
            &["/x.bak/y", "/bak"],
        ),
        ("/a/**/z", &["/a/z", "/a/b/z", "/a/b/c/z"], &["/a", "/z", "/a/zz"]),
        ("/admin*", &["/admin", "/administrator"], &["/admin/x", "/xadmin"]),
        ("/what%7Bis%7D[this]!", &["/what{is}[this]!", "/what%7Bis%7D%5Bthis%5D!/x"], &["/whati[this]!", "/whatis"]),
        ("/caf\u{e9}", &["/caf%C3%A9", "/CAF%c3%89/x"], &["/cafe"]),
        ("/caf%C3%A9", &["/caf%C3%A9", "/%63af%c3%a9"], &["/cafe"]),
        ("/a+b", &["/a+b", "/a%2Bb", "/a%2bb/c"], &["/a%20b", "/ab"]),
        ("/a%2fb", &["/a%2fb", "/a%2Fb", "/a/b", "/%61%2fb"], &["/ab"]),
        ("//a//b/", &["/a/b", "/a//b"], &["/a"]),
    ] {
        let config = GuardConfig::from_toml(&decoying(pattern)).unwrap();
        for path in covered {
            failures.check(is_covered(&config, "GET", path), || format!("{pattern} must cover {path}"));
        }
        for path in not {
            failures.check(!is_covered(&config, "GET", path), || format!("{pattern} must not cover {path}"));
        }
    }
}

#[test]
fn an_ambiguous_path_counts_as_protected() {
    let config = GuardConfig::from_toml(&decoying("/admin")).unwrap();
    let mut nested = "%61".to_owned();
    for _ in 0..9 {
        nested = nested.replace('%', "%25");
    }
    let unstable = format!("/public/{nested}");
    for path in [
        "/public/../x",
        "/x/%2e%2e/y",
        "/x/..;a=b/y",
        "/x/%252e%252e",
        "/x\\..\\y",
        "/x/..%00/y",
        "/x/.. /y",
        "/x/..%20./y",
        "/x/%20../y",
        &unstable,
    ] {
        assert!(is_covered(&config, "GET", path), "{path}");
    }
    for path in ["/public/...", "/public/..x", "/public/a..b", "/public/%25"] {
        assert!(!is_covered(&config, "GET", path), "{path}");
    }
}

/// Parts of paths that somebody might read as `/admin/keys`.
fn piece() -> impl Strategy<Value = String> {
    let odd = [
        "/", "//", "%2f", "%252F", "%5c", ".", "..", "%2e", ";x", "%00", "%", "%%", "%25", "%61", "%6", "\u{e9}", "+",
        "*",
    ];
    let word = ["a", "ad", "admin", "ADMIN", "keys", "dmin", "min", "x", "%61dmin", "%%36%31dmin", "adm%69n", "ke%79s"];
    prop_oneof![
        3 => prop::sample::select(word.to_vec()).prop_map(str::to_owned),
        3 => Just("/".to_owned()),
        1 => prop::sample::select(odd.to_vec()).prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Every path that actix-web's own router routes to a handler at a protected path is covered, in any spelling.
    #[test]
    fn no_path_reaches_a_route_that_a_pattern_covers(pieces in prop::collection::vec(piece(), 0..8)) {
        let path = format!("/{}", pieces.concat());
        let Ok(uri) = path.parse::<Uri>() else { return Ok(()) };
        for (route, prefix, pattern) in [
            ("/admin", false, "=/admin"),
            ("/admin", true, "/admin"),
            ("/admin/keys", false, "/admin/keys"),
            ("/admin/{id}/keys", false, "/admin/*/keys"),
            ("/admin/{tail:.*}", false, "/admin/**"),
        ] {
            let resource = if prefix { ResourceDef::prefix(route) } else { ResourceDef::new(route) };
            let merged = uri.path().split('/').filter(|segment| !segment.is_empty()).fold(String::new(), |path, segment| path + "/" + segment);
            for taken in [uri.path().to_owned(), merged] {
                let Ok(uri) = taken.parse::<Uri>() else { continue };
                let mut routed = actix_web::dev::Path::new(actix_web::dev::Url::new(uri.clone()));
                if resource.capture_match_info(&mut routed) {
                    let config = GuardConfig::from_toml(&decoying(pattern)).unwrap();
                    prop_assert!(is_covered(&config, "GET", uri.path()), "{} reaches {}", uri.path(), route);
                }
            }
        }
    }
}

/// Spellings of `/admin` that known servers and frameworks accept, and second names that they serve, which are not
/// promised.
#[test]
fn spellings_of_other_servers() {
    let config = GuardConfig::from_toml(&decoying("=/admin")).unwrap();
    let mut failures = Failures::default();
    for path in [
        // IIS, Windows.
        "/%u0061dmin",
        "/%u002fadmin",
        "/%25u002fadmin",
        "/%u2215admin",
        "/admin::$DATA",
        "/admin:$i30:$INDEX_ALLOCATION",
        "/admin.",
        "/admin%20",
        "/admin%20.%20",
        "/%5cadmin",
        "/\\admin",
        "/ADMIN",
        "/%c0%afadmin",
        "/%c1%a1dmin",
        "/%e0%81%a1dmin",
        "/%C2%A5admin",
        "/%E2%82%A9admin",
        "/%EF%BF%A5admin",
        "/%EF%BD%81dmin",
        "/%EF%BC%8Fadmin",
        "/%EF%BC%BCadmin",
        // Letters, slashes and blanks of Unicode that some layer reads as those of ASCII, and those that it drops.
        "/adm%C4%B0n",
        "/adm%C4%B1n",
        "/%E2%81%84admin",
        "/%E2%A7%B8admin",
        "/%E2%A7%B5admin",
        "/ad%C2%ADmin",
        "/admin%E1%9A%80",
        "/admin%C2%85",
        // ASP.NET sessions without cookies.
        "/(S(x))/admin",
        "/(X(1)S(cp53yq30mtagv555unhr0t45))/admin",
        "/(A(x)F(y))/admin/",
        "/%28S(x%29)/admin",
        // Tomcat, Jetty, Spring.
        "/admin;jsessionid=1",
        "/;/admin",
        "/;x=1/admin",
        "/admin;",
        "/admin%3b",
        "/..;/admin",
        "/x/..;/admin",
        "/admin%0a",
        "/admin%0d",
        "/%2e/admin",
        "/x/%2e%2e/admin",
        "/x/%252e%252e/admin",
        "/x/%u002e%u002e/admin",
        "/%E2%80%A5/admin",
        "/x%2f..%2fadmin",
        "/x/..%5cadmin",
        // nginx, Apache, Express, Werkzeug.
        "//admin",
        "/admin/",
        "/admin//",
        "/./admin",
        "/admin/.",
        "/admin%00",
        "/admin%00.png",
        "/admin%23x",
        "/admin%3fx",
        "/admin;x/y",
        "/admin%09/y",
        "/admin%0a/y",
        "/admin%0d/y",
        "/admin%01/y",
        "//localhost/admin",
        "http:admin",
        "admin",
        "/http://backend:8080/admin",
    ] {
        failures.check(is_covered(&config, "GET", path), || format!("{path} is not covered"));
    }
    for path in [
        "/admin.json",
        "/admin.html",
        "/index.php/admin",
        "/_next/data/x/admin.json",
        "/ADMIN~1",
        "/static../admin",
        "/%D0%B0dmin",
        "/+AGE-dmin",
        "/\\x61dmin",
        "/&#97;dmin",
        "//other.example/admin",
        "/(x)/admin",
        "/(S(x)/admin",
        "/(SS(x))/admin",
    ] {
        failures.check(!is_covered(&config, "GET", path), || format!("{path} is covered; mend docs/design/threats.md"));
    }
}

/// In a path of several segments, each may be spelled in another way.
#[test]
fn spellings_of_several_segments() {
    let config = GuardConfig::from_toml(&decoying("=/my shop/admin")).unwrap();
    let mut failures = Failures::default();
    for path in [
        "/my%20shop/admin",
        // Decoders of forms.
        "/my+shop/admin",
        // A layer that ends each segment at a control character.
        "/my%20shop%01x/admin",
        "/my%20shop%01x/admin%01x",
        "/my%20shop%00.png/admin%09x",
        // Decoders that drop what is not UTF-8, and writers that keep the low byte of a character: `į` is `/`.
        "/my%20shop/ad%FFmin",
        "/my%20shop%C4%AFadmin",
    ] {
        failures.check(is_covered(&config, "GET", path), || format!("{path} is not covered"));
    }
}
