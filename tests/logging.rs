//! What is logged, how often, and that no client can forge a line.

use actix_scanner_guard::{GuardConfig, ScannerGuard};
use actix_web::{App, HttpResponse, web};

use crate::support::log::{collect, records};
use crate::support::{SCANNER, exchange, get, request, serve, trusting};

const POLICY: &str = r#"
    [[rule]]
    id = "secret"
    paths = ["/log-secret"]
    action = "block"
    [[rule]]
    id = "hidden"
    paths = ["/log-hidden"]
    mode = "observe"
    action = "decoy"
"#;

#[actix_web::test]
async fn one_record_for_each_request_that_is_kept_out() {
    collect();
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(HttpResponse::Ok)));
    let blocked = get(server, Some(SCANNER), "/log-secret/one").await;
    let reference = blocked.text().rsplit(' ').next().unwrap().trim_end_matches(".\n").to_owned();
    get(server, Some(SCANNER), "/log-hidden/one").await;
    get(server, Some(SCANNER), "/log-tagged").await;
    get(server, Some("203.0.113.7"), "/log-secret/nobody").await;

    let found = records("/log-secret/one");
    assert_eq!(found.len(), 1);
    let expected = format!(
        "blocked GET /log-secret/one from {SCANNER} (trend-micro, 150.70.0.0/16) by secret, reference {reference} | \
         address={SCANNER} network=150.70.0.0/16 scanner=trend-micro rule=secret action=block enforced=true method=GET \
         path=/log-secret/one reference={reference} generation=1"
    );
    assert_eq!(found[0], (log::Level::Info, expected));
    let observed = records("/log-hidden/one");
    assert_eq!(observed.len(), 1);
    assert!(observed[0].1.starts_with("would decoy GET /log-hidden/one") && observed[0].1.contains("enforced=false"));
    assert_eq!(records("/log-tagged")[0].0, log::Level::Debug);
    assert!(records("/log-secret/nobody").is_empty());
}

/// A line takes longer to write than a decoy to make, so a decoy must not be the only answer that has one.
#[actix_web::test]
async fn all_records_are_equally_loud_where_there_are_decoys() {
    collect();
    let rule = |mode: &str| format!("mode = \"{mode}\"\n[[rule]]\npaths = [\"/log-loud\"]\naction = \"decoy\"");
    for (toml, level) in [
        (rule("enforce"), log::Level::Info),
        (rule("observe"), log::Level::Debug),
        (
            format!("decoy.source = \"static\"\n{}", rule("enforce").replacen("mode = \"enforce\"\n", "", 1)),
            log::Level::Debug,
        ),
    ] {
        let config = GuardConfig::from_toml(&format!("{toml}\n[client]\ntrusted_proxies = [\"loopback\"]")).unwrap();
        let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)));
        let path = format!("/log-other-{}", records("/log-other-").len());
        get(server, Some(SCANNER), &path).await;
        assert_eq!(records(&path)[0].0, level, "{toml}");
    }
}

#[actix_web::test]
async fn a_client_cannot_forge_a_line() {
    collect();
    let config = trusting(POLICY);
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)));
    let long = "x".repeat(5000);
    for path in ["/log-secret/%0d%0aforged", "/log-secret/\"quoted\"", &format!("/log-secret/{long}")] {
        request(server, &format!("GET {path} HTTP/1.1\nhost: a\nx-forwarded-for: {SCANNER}"), b"").await;
    }
    request(server, &format!("BREW /log-secret/tea HTTP/1.1\nhost: a\nx-forwarded-for: {SCANNER}"), b"").await;
    let found = records("/log-secret/");
    assert!(found.iter().any(|(_, record)| record.contains("BREW /log-secret/tea")));
    assert!(found.iter().any(|(_, record)| record.contains("%0d%0aforged")));
    assert!(found.iter().any(|(_, record)| record.contains(r#"\"quoted\""#)));
    assert!(found.iter().any(|(_, record)| record.contains("… (5012 bytes)")));
    for (_, record) in found {
        assert!(record.len() < 1200 && record.chars().all(|c| c == '…' || (' '..='~').contains(&c)), "{record}");
    }
}

/// Holds a table of policies, headers that each is asked with three times, and how many warnings with this text there
/// are by then.
async fn named_once(warning: &str, cases: &[(&str, &str, usize)]) {
    collect();
    let warnings = || records(warning).len();
    let before = warnings();
    for (toml, header, expected) in cases {
        let config = GuardConfig::from_toml(toml).unwrap();
        let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)));
        for _ in 0..3 {
            request(server, &format!("GET / HTTP/1.1\nhost: a.example\n{header}"), b"").await;
        }
        assert_eq!(warnings() - before, *expected, "{toml} {header}");
    }
}

/// The forgotten proxy is named once per configuration, and only where there is one.
#[actix_web::test]
async fn a_forgotten_proxy_is_named_once() {
    let cases = [
        ("", "x-nothing: 1", 0),
        ("client.trusted_proxies = [\"loopback\"]", "x-forwarded-for: 203.0.113.7", 0),
        ("client.trusted_hops = 1", "x-forwarded-for: 203.0.113.7", 0),
        ("", "x-forwarded-for: 203.0.113.7", 1),
        ("client.header = \"x-real-ip\"", "x-real-ip: 203.0.113.7", 2),
        ("client.header = \"x-real-ip\"", "forwarded: for=203.0.113.7", 3),
    ];
    named_once("is no trusted proxy", &cases).await;
}

/// A trusted proxy whose word cannot be had is named once.
#[actix_web::test]
async fn a_proxy_that_hides_the_client_is_named_once() {
    let cases = [
        ("client.trusted_proxies = [\"loopback\"]", "x-forwarded-for: 203.0.113.7", 0),
        ("client.trusted_proxies = [\"loopback\"]", "x-nothing: 1", 0),
        ("client.trusted_proxies = [\"loopback\"]", "x-forwarded-for: unknown", 1),
        ("client.trusted_hops = 2", "x-forwarded-for: 203.0.113.7", 2),
        ("client.trusted_proxies = [\"loopback\"]\nclient.header = \"x-real-ip\"", "x-forwarded-for: 203.0.113.7", 3),
    ];
    named_once("so nobody knows the client", &cases).await;
}

/// Proxies that do not see their clients are named once, and not where one request has named a client.
#[actix_web::test]
async fn proxies_that_name_only_each_other_are_named_once() {
    collect();
    let warnings = || records("has named none but trusted proxies").len();
    let before = warnings();
    let inside = "x-forwarded-for: 172.17.0.1";
    for (trust, first, others, requests, expected) in [
        ("trusted_proxies = [\"loopback\", \"private\"]", inside, inside, 98, 0),
        // From a proxy itself, say to see whether the application is well.
        ("trusted_proxies = [\"loopback\", \"private\"]", inside, "x-nothing: 1", 120, 0),
        ("trusted_proxies = [\"loopback\", \"private\"]", "x-forwarded-for: 203.0.113.7", inside, 120, 0),
        ("trusted_proxies = [\"loopback\", \"private\"]", inside, inside, 99, 1),
        ("trusted_proxies = [\"loopback\", \"private\"]", inside, inside, 220, 2),
        ("trusted_hops = 1", inside, inside, 120, 2),
        ("trusted_proxies = [\"loopback\"]", inside, inside, 120, 2),
    ] {
        let config = GuardConfig::from_toml(&format!("client.{trust}")).unwrap();
        let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)));
        let head = |header: &str| format!("GET / HTTP/1.1\r\nhost: a.example\r\n{header}\r\n\r\n");
        let last = head(&format!("{others}\r\nconnection: close"));
        exchange(server, format!("{}{}{last}", head(first), head(others).repeat(requests - 1)).as_bytes()).await;
        assert_eq!(warnings() - before, expected, "{trust} {first} {requests} {others}");
    }
    assert_eq!(records("has named none but trusted proxies")[before].0, log::Level::Warn);
}

/// That the static decoy stands in for the application's is said once.
#[actix_web::test]
async fn an_application_without_a_404_is_named_once() {
    collect();
    let config = trusting("[[rule]]\npaths = [\"/log-decoy\"]\naction = \"decoy\"");
    let server =
        serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(HttpResponse::ImATeapot)));
    for _ in 0..3 {
        assert_eq!(get(server, Some(SCANNER), "/log-decoy").await.status(), 404);
    }
    let found = records("answers an unknown path with 418");
    assert_eq!((found.len(), found[0].0), (1, log::Level::Warn));
}

#[test]
fn the_start_is_summed_up() {
    collect();
    GuardConfig::from_toml("mode = \"observe\"\nclient.header = \"x-start-up\"\nclient.trusted_hops = 1").unwrap();
    let found = records("`x-start-up`, element 1 from the right");
    assert_eq!(found.len(), 1);
    assert!(found[0].1.starts_with("scanner guard observing only: "), "{}", found[0].1);
}
