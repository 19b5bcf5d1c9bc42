//! `scanner-guard doctor`, against servers on loopback.

use std::net::SocketAddr;

use actix_scanner_guard::{GuardConfig, ScannerGuard};
use actix_web::{App, HttpResponse, web};
use snapbox::cmd::{Command, cargo_bin};

use crate::support::{SCANNER, serve, trusting};

/// The exit code, standard output and standard error.
async fn doctor(arguments: &[&str]) -> (i32, String, String) {
    ask(&["doctor", "decoy"], arguments).await
}

async fn ask(question: &[&str], arguments: &[&str]) -> (i32, String, String) {
    let arguments: Vec<String> = question.iter().chain(arguments).map(|text| (*text).to_owned()).collect();
    let run = move || {
        let output = Command::new(cargo_bin!("scanner-guard")).args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    web::block(run).await.unwrap()
}

/// A server whose guard trusts the header of the proxy on loopback, and its URL.
fn serve(config: GuardConfig) -> String {
    let server: SocketAddr = serve!(
        App::new()
            .wrap(ScannerGuard::from_config(&config))
            .route("/admin", web::get().to(|| async { "secret" }))
            .default_service(web::to(|| async { HttpResponse::NotFound().body("nothing here") }))
    );
    format!("http://{server}")
}

const RULE: &str = "[[rule]]\npaths = [\"/admin\"]\naction = \"decoy\"";

#[actix_web::test]
async fn a_decoy_that_nobody_can_tell() {
    let url = serve(trusting(RULE));
    let asked = ["--url", &url, "--path", "/admin", "--as", SCANNER, "--methods", "GET,HEAD,OPTIONS"];
    let (code, told, warned) = doctor(&asked).await;
    assert_eq!((code, warned.as_str()), (0, ""), "{told}");
    assert!(told.starts_with("no difference: /admin as 150.70.66.183 gets the answer of a missing page"), "{told}");

    let (code, told, _) = doctor(&[&asked[..], &["--json"]].concat()).await;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!((code, &told["verdict"], &told["http2"]), (0, &"equal".into(), &true.into()), "{told}");
    assert!(told["compared"].as_u64().unwrap() > 70 && told["differences"].as_array().unwrap().is_empty(), "{told}");
    assert_ne!(told["missing"][0], told["missing"][1]);
}

#[actix_web::test]
async fn a_decoy_that_can_be_told() {
    let url = serve(trusting(&format!("decoy.source = \"static\"\ndecoy.body = \"gone\\u001b\"\n{RULE}")));
    let asked = ["--url", &url, "--path", "/admin", "--as", SCANNER, "--methods", "GET"];
    let (code, told, _) = doctor(&asked).await;
    assert_eq!(code, 1, "{told}");
    assert!(told.starts_with("different: /admin as 150.70.66.183"), "{told}");
    for line in
        ["\nGET (plain, HTTP/1.1)\n", "    - nothing here\n", "    + gone\\u{1b}\n", "    - content-length: 12\n"]
    {
        assert!(told.contains(line), "{line:?} in {told}");
    }
    let (code, told, _) = doctor(&[&asked[..], &["--json"]].concat()).await;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let first = &told["differences"][0];
    assert_eq!((code, &first["request"]), (1, &"GET (plain, HTTP/1.0)".into()), "{first}");
    assert!(first["missing"].as_array().unwrap().contains(&"nothing here".into()), "{first}");
}

/// A protected area that answers every path in it: a decoy from this area would equal the area's answer to a
/// neighbouring path.
#[actix_web::test]
async fn the_paths_to_compare_with_are_outside_of_a_protected_area() {
    let area = "[[rule]]\npaths = [\"/**/admin/**\"]\naction = \"decoy\"";
    let config = trusting(area);
    // A guard that forwards everything represents a guard that sends the decoy into the area.
    for (broken, verdict, code) in [(false, "equal", 0), (true, "no-decoy", 1)] {
        let config = if broken { trusting("default_action = \"tag\"") } else { config.clone() };
        let server: SocketAddr = serve!(
            App::new()
                .wrap(ScannerGuard::from_config(&config))
                .service(web::scope("/x/admin").default_service(web::to(|| async { "secret" })))
                .default_service(web::to(|| async { HttpResponse::NotFound().body("nothing here") }))
        );
        let url = format!("http://{server}");
        let asked = ["--url", &url, "--path", "/x/admin/users", "--as", SCANNER, "--methods", "GET", "--json"];
        let (found, told, _) = doctor(&asked).await;
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!((found, told["verdict"].as_str().unwrap()), (code, verdict), "{told}");
        let missing = told["missing"][0].as_str().unwrap();
        assert!(missing.starts_with("/x/") && !missing.contains("admin"), "{missing}");
    }
}

/// The order of headers differs between the workers of a server.
#[actix_web::test]
async fn the_order_of_headers_is_no_difference_with_several_workers() {
    let config = trusting(RULE);
    let server = actix_web::HttpServer::new(move || {
        App::new()
            .wrap(ScannerGuard::from_config(&config))
            .route("/admin", web::get().to(|| async { "secret" }))
            .default_service(web::to(|| async {
                let headers = (0..8).map(|number| (format!("x-header-{number}"), "1"));
                let mut page = HttpResponse::NotFound();
                for header in headers {
                    page.insert_header(header);
                }
                page.body("nothing here")
            }))
    });
    let server = server.workers(2).disable_signals().bind_auto_h2c(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    let asked = ["--url", &url, "--path", "/admin", "--as", SCANNER, "--methods", "GET,HEAD"];
    let (code, told, _) = doctor(&asked).await;
    assert_eq!(code, 0, "{told}");
}

/// The most frequent mistake: the server does not trust the header, or does not use this scanner.
#[actix_web::test]
async fn a_server_that_sees_no_scanner() {
    let untrusting = GuardConfig::from_toml(RULE).unwrap();
    let by_another_header = trusting(&format!("client.header = \"x-real-ip\"\n{RULE}"));
    for (config, scanner, header) in [
        (untrusting, SCANNER, "x-forwarded-for"),
        (by_another_header.clone(), SCANNER, "x-forwarded-for"),
        (by_another_header.clone(), "203.0.113.9", "x-real-ip"),
    ] {
        let url = serve(config);
        let (code, told, warned) =
            doctor(&["--url", &url, "--path", "/admin", "--as", scanner, "--header", header]).await;
        assert_eq!(code, 1, "{told}");
        assert!(
            told.starts_with("no decoy: /admin is not hidden from ") && told.contains("with HTTP/1.1 200 OK"),
            "{told}"
        );
        assert!(warned.contains("does not trust this machine's"), "{warned}");
    }
    let url = serve(by_another_header);
    let asked = ["--url", &url, "--path", "/admin", "--as", SCANNER, "--header", "x-real-ip", "--methods", "GET"];
    assert_eq!(doctor(&asked).await.0, 0);
}

#[actix_web::test]
async fn a_page_that_is_not_there_for_anybody() {
    let url = serve(trusting("[[rule]]\npaths = [\"/amdin\"]\naction = \"decoy\""));
    let (code, told, warned) = doctor(&["--url", &url, "--path", "/amdin", "--as", SCANNER, "--methods", "GET"]).await;
    assert_eq!(code, 1);
    assert!(told.starts_with("nothing tested: all clients get the answer of a missing page for /amdin"), "{told}");
    assert!(warned.contains("name a page that exists"), "{warned}");
}

#[actix_web::test]
async fn questions_that_cannot_be_asked() {
    let url = serve(trusting(RULE));
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for (url, path, more, expected) in [
        (nobody.as_str(), "/admin", None, "cannot reach "),
        ("https://127.0.0.1:1", "/admin", None, "if a proxy ends TLS, name the server behind it"),
        ("http://127.0.0.1:1/site", "/admin", None, "without a path"),
        (&url, "admin", None, "`admin` is no path"),
        (&url, "/a b", None, "`/a b` is no path"),
        (&url, "/admin", Some("--methods=get"), "unknown method `get`"),
        (&url, "/admin", Some("--missing=x"), "`x` is no path"),
    ] {
        let mut asked = vec!["--url", url, "--path", path, "--as", SCANNER];
        asked.extend(more);
        let (code, told, warned) = doctor(&asked).await;
        assert_eq!((code, told.as_str()), (2, ""), "{asked:?}");
        assert!(warned.contains(expected), "{asked:?}: {warned}");
    }
}

/// A policy with canaries and a file of findings, in a folder of its own.
fn canaries() -> (tempfile::TempDir, GuardConfig) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("canary.key"), "not as secret as yours should be").unwrap();
    let policy = "client.trusted_proxies = [\"loopback\"]\ndiscovery.file = \"discovered.json\"\n\
                  [canary]\nsecret_file = \"canary.key\"\nhost = \"shop.example\"";
    std::fs::write(folder.path().join("policy.toml"), policy).unwrap();
    let config = GuardConfig::load_with(folder.path().join("policy.toml"), []).unwrap();
    (folder, config)
}

/// Asks `doctor canary` with the policy of this folder.
async fn canary(folder: &tempfile::TempDir, server: SocketAddr, more: &[&str]) -> (i32, String, String) {
    let (url, policy) = (format!("http://{server}"), folder.path().join("policy.toml"));
    let asked = ["--url", &url, "--config", policy.to_str().unwrap(), "--methods", "GET,POST"];
    ask(&["doctor", "canary"], &[&asked, more].concat()).await
}

#[actix_web::test]
async fn a_canary_gets_the_page_of_unknown_paths_and_no_experiment_is_affected() {
    use actix_scanner_guard::canary::{Canary, Class};

    let (folder, config) = canaries();
    let app = config.clone();
    let server: SocketAddr = serve!(
        App::new()
            .wrap(ScannerGuard::from_config(&app))
            .default_service(web::to(|| async { HttpResponse::NotFound().body("nothing here") }))
    );
    let visited = Canary::new(Class::Visit, std::time::SystemTime::now(), 0).unwrap();
    let visited = config.canaries().unwrap().path(visited);
    crate::support::get(server, Some("203.0.113.9"), &visited).await;
    while config.status().canary.unwrap().waiting > 0 {}
    let file = || std::fs::read(folder.path().join("discovered.json")).unwrap();
    let before = file();

    let (code, told, warned) = canary(&folder, server, &[]).await;
    assert_eq!(code, 0, "{told}{warned}");
    assert!(told.starts_with("no difference: the canary /r/") && told.contains("HTTP/1.1 404 Not Found"), "{told}");
    assert!(warned.contains("its log has a line about the canary `page 1970-01-01 0`"), "{warned}");
    let (code, told, _) = canary(&folder, server, &["--json"]).await;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!((code, &told["verdict"]), (0, &"equal".into()), "{told}");
    assert!(told["compared"].as_u64().unwrap() > 100, "{told}");

    while config.status().canary.unwrap().waiting > 0 {}
    let status = config.status().canary.unwrap();
    let counted: Vec<_> = status.hits.iter().map(|count| (count.class, count.role)).collect();
    assert_eq!(counted, [(Class::Visit, "visit"), (Class::Page, "late")], "the server recognized the canary");
    assert!(status.proofs.is_empty() && file() == before, "{status:?}");
}

#[actix_web::test]
async fn an_application_that_knows_canaries_is_found() {
    let (folder, config) = canaries();
    let path = config.canaries().unwrap().path(
        actix_scanner_guard::canary::Canary::new(
            actix_scanner_guard::canary::Class::Page,
            std::time::SystemTime::UNIX_EPOCH,
            0,
        )
        .unwrap(),
    );
    let server: SocketAddr = serve!({
        let path = path.clone();
        App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(
            move |request: actix_web::HttpRequest| {
                let is_canary = request.path() == path;
                async move { HttpResponse::NotFound().body(if is_canary { "gone" } else { "nothing here" }) }
            },
        ))
    });
    let (code, told, _) = canary(&folder, server, &[]).await;
    assert_eq!(code, 1, "{told}");
    assert!(told.starts_with("different: the canary /r/") && told.contains("    + gone\n"), "{told}");
}

#[actix_web::test]
async fn a_page_in_the_folder_of_canaries_is_found() {
    let (folder, config) = canaries();
    let server: SocketAddr = serve!(
        App::new()
            .wrap(ScannerGuard::from_config(&config))
            .route("/r/{id}", web::get().to(|| async { "a referral" }))
            .default_service(web::to(|| async { HttpResponse::NotFound().body("nothing here") }))
    );
    let (code, told, warned) = canary(&folder, server, &[]).await;
    assert_eq!(code, 1, "{told}");
    assert!(
        told.starts_with("another page: /r/") && told.contains("200 OK") && told.contains("404 Not Found"),
        "{told}"
    );
    assert!(warned.contains("choose another `prefix` in `[canary]`"), "{warned}");
    let (_, told, _) = canary(&folder, server, &["--json"]).await;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&told).unwrap()["verdict"], "other-page");
}

#[actix_web::test]
async fn a_policy_without_canaries_has_none_to_test() {
    let (folder, _) = canaries();
    std::fs::write(folder.path().join("policy.toml"), "mode = \"observe\"\n").unwrap();
    let (code, _, warned) = canary(&folder, "127.0.0.1:1".parse().unwrap(), &[]).await;
    assert_eq!(code, 2);
    assert!(warned.contains("no section `[canary]`") && warned.contains("canary secret --output"), "{warned}");
}
