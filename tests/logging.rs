//! Log records: their texts and their number. No client can forge a line.

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
         address={SCANNER} network=150.70.0.0/16 scanner=trend-micro identity=undeclared claims= rule=secret \
         action=block enforced=true method=GET path=/log-secret/one reference={reference} generation=1"
    );
    assert_eq!(found[0], (log::Level::Info, expected));
    let observed = records("/log-hidden/one");
    assert_eq!(observed.len(), 1);
    assert!(observed[0].1.starts_with("would decoy GET /log-hidden/one") && observed[0].1.contains("enforced=false"));
    assert_eq!(records("/log-tagged")[0].0, log::Level::Debug);
    assert!(records("/log-secret/nobody").is_empty());
}

/// Writing a record takes longer than making a decoy, so decoys must not be the only answers with a record.
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

/// The reason of a signature that is not verified is in the record of the decision, and nowhere else.
#[cfg(feature = "web-bot-auth")]
#[actix_web::test]
async fn the_reason_of_a_signature_stands_in_the_line() {
    collect();
    let agent = "[[identity.agent]]\nid = \"agent\"\nurl = \"https://127.0.0.1:1/keys.json\"";
    let config = trusting(&format!("{POLICY}\n{agent}"));
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)));
    for (number, header) in
        ["x-nothing: 1", "signature-input: sig=();tag=\"web-bot-auth\"\nsignature: sig=:AA==:"].iter().enumerate()
    {
        let head = format!("GET /log-signed-{number} HTTP/1.1\nhost: a\nx-forwarded-for: {SCANNER}\n{header}");
        request(server, &head, b"").await;
    }
    let signed = records("/log-signed-1");
    assert!(signed.iter().any(|(_, record)| record.contains(", signature created-missing) by ")), "{signed:?}");
    assert!(records("/log-signed-0").iter().all(|(_, record)| !record.contains(", signature ")));
}

/// Tests a table of policies: each gets three requests with these headers, and must then have this number of warnings
/// with this text.
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

/// The missing proxy is reported once per configuration, and only if there is one.
#[actix_web::test]
async fn a_forgotten_proxy_is_named_once() {
    let cases = [
        ("", "x-nothing: 1", 0),
        ("client.trusted_proxies = [\"loopback\"]", "x-forwarded-for: 203.0.113.7", 0),
        ("client.trusted_hops = 1", "x-forwarded-for: 203.0.113.7", 0),
        ("", "x-forwarded-for: 203.0.113.7", 1),
        ("client.header = \"x-real-ip\"", "x-real-ip: 203.0.113.7", 2),
        ("client.header = \"x-real-ip\"", "forwarded: for=203.0.113.7", 3),
        ("client.check = \"peer\"", "x-forwarded-for: 203.0.113.7", 4),
    ];
    named_once("from untrusted peer 127.0.0.1; if this is your reverse proxy, add it to", &cases).await;
}

/// A trusted proxy that sends no client address is reported once, with the text in its place.
#[actix_web::test]
async fn a_proxy_that_hides_the_client_is_named_once() {
    const TRUSTING: &str = "client.trusted_proxies = [\"loopback\"]";
    let cases = [
        (TRUSTING, "x-forwarded-for: 203.0.113.7", 0),
        (TRUSTING, "x-nothing: 1", 0),
        (TRUSTING, "x-forwarded-for: unknown", 1),
        ("client.trusted_hops = 2", "x-forwarded-for: 203.0.113.7", 2),
        ("client.trusted_proxies = [\"loopback\"]\nclient.header = \"x-real-ip\"", "x-forwarded-for: 203.0.113.7", 3),
        ("client.trusted_hops = 1", "x-nothing: 1", 4),
    ];
    named_once("so the client is undetermined", &cases).await;
    for (warning, header) in [
        ("holds `unix:`, which is no address (`203.0.113.77, unix:`)", "x-forwarded-for: 203.0.113.77, unix:"),
        (
            "holds `_b\u{e9}d`, which is no address (`203.0.113.78`, `_b\u{e9}d`)",
            "x-forwarded-for: 203.0.113.78\nx-forwarded-for: _b\u{e9}d",
        ),
        (r"holds `\u{202e}x\t\\`, which is no address", "x-forwarded-for: \u{202e}x\t\\"),
        (
            "names `254.252.239.103`, a reserved address; with Cloudflare, set Pseudo",
            "x-forwarded-for: 254.252.239.103",
        ),
        ("names `0.0.0.77`, an address that no client of this proxy has", "x-forwarded-for: 203.0.113.7, 0.0.0.77"),
    ] {
        named_once(warning, &[(TRUSTING, header, 1)]).await;
    }
    let repeated = "client.trusted_proxies = [\"loopback\"]\nclient.header = \"true-client-ip\"";
    let header = "true-client-ip: 203.0.113.7\ntrue-client-ip: 203.0.113.8";
    named_once(
        "occurs several times, although it contains one address (`203.0.113.7`, `203.0.113.8`)",
        &[(repeated, header, 1)],
    )
    .await;
}

/// A list in several lines is valid, but on some platforms its last line comes from the client. The warning shows all
/// lines.
#[actix_web::test]
async fn a_header_in_several_lines_is_named_once() {
    let both = "x-forwarded-for: 203.0.113.91, 203.0.113.92\nx-forwarded-for: 203.0.113.93";
    let cases = [
        ("client.trusted_hops = 1", "x-forwarded-for: 203.0.113.91, 203.0.113.92", 0),
        ("client.trusted_hops = 1", both, 1),
        ("client.trusted_proxies = [\"loopback\"]", both, 2),
    ];
    named_once("in several lines (`203.0.113.91, 203.0.113.92`, `203.0.113.93`)", &cases).await;
}

/// Over a Unix socket, no proxy can be trusted by its address.
#[cfg(unix)]
#[actix_web::test]
async fn a_forwarded_header_over_a_unix_socket_is_named_once() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    collect();
    let warnings = || records("(a Unix socket), which client.trusted_proxies cannot name").len();
    let before = warnings();
    for (client, header, expected) in [
        ("trusted_hops = 1", "x-forwarded-for: 203.0.113.7", 0),
        ("trusted_proxies = [\"loopback\"]", "x-nothing: 1", 0),
        ("trusted_proxies = [\"loopback\"]", "x-forwarded-for: 203.0.113.7", 1),
        ("trusted_proxies = []", "forwarded: for=203.0.113.7", 2),
        ("header = \"x-real-ip\"", "x-real-ip: 203.0.113.7", 3),
    ] {
        let config = GuardConfig::from_toml(&format!("client.{client}")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let app = move || App::new().wrap(ScannerGuard::from_config(&config));
        let server = actix_web::HttpServer::new(app).workers(1).disable_signals().bind_uds(&socket).unwrap();
        actix_web::rt::spawn(server.run());
        for _ in 0..3 {
            let mut stream = tokio::net::UnixStream::connect(&socket).await.unwrap();
            let head = format!("GET / HTTP/1.1\r\nhost: a.example\r\n{header}\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.read_to_end(&mut Vec::new()).await.unwrap();
        }
        assert_eq!(warnings() - before, expected, "{client} {header}");
    }
}

/// Proxies that send no client address are reported once, but not after one request contained a client.
#[actix_web::test]
async fn proxies_that_name_no_client_are_named_once() {
    collect();
    let only_proxies = || records("has named only trusted proxies").len();
    let without_header = || records("have sent no client's address in `x-forwarded-for`").len();
    let before = (only_proxies(), without_header());
    let inside = "x-forwarded-for: 172.17.0.1";
    let nothing = "x-nothing: 1";
    let person = "x-forwarded-for: 203.0.113.7";
    let near = "trusted_proxies = [\"loopback\", \"private\"]";
    for (trust, first, others, requests, expected) in [
        (near, inside, inside, 98, (0, 0)),
        (near, person, inside, 120, (0, 0)),
        (near, inside, inside, 99, (1, 0)),
        (near, inside, inside, 220, (2, 0)),
        ("trusted_hops = 1", inside, inside, 120, (2, 0)),
        ("trusted_proxies = [\"loopback\"]", inside, inside, 120, (2, 0)),
        // nginx's `proxy_pass` without further settings.
        (near, nothing, nothing, 98, (2, 0)),
        (near, person, nothing, 120, (2, 0)),
        (near, nothing, nothing, 99, (2, 1)),
        (near, nothing, nothing, 220, (2, 2)),
        (near, inside, nothing, 120, (2, 3)),
        (near, nothing, inside, 120, (3, 3)),
        ("trusted_proxies = []", nothing, nothing, 120, (3, 3)),
    ] {
        let config = GuardConfig::from_toml(&format!("client.{trust}")).unwrap();
        let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)));
        let head = |header: &str| format!("GET / HTTP/1.1\r\nhost: a.example\r\n{header}\r\n\r\n");
        let last = head(&format!("{others}\r\nconnection: close"));
        exchange(server, format!("{}{}{last}", head(first), head(others).repeat(requests - 1)).as_bytes()).await;
        let found = (only_proxies() - before.0, without_header() - before.1);
        assert_eq!(found, expected, "{trust} {first} {requests} {others}");
    }
    assert_eq!(records("has named only trusted proxies")[before.0].0, log::Level::Warn);
}

/// The replacement of the application's answer by the static decoy is reported once.
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

/// The log contains no usable one-time links, in any spelling of their paths.
#[actix_web::test]
async fn no_token_of_a_one_time_link_is_logged() {
    collect();
    let config = trusting("");
    let server = serve!(App::new().wrap(ScannerGuard::from_config(&config)).default_service(web::to(HttpResponse::Ok)));
    for token in
        ["otl-7h3k9m2q5r8t1v4w6x0ylogged", "OTL-7H3K9M2Q5R8T1V4W6X0YLOGGED", "%6ftl-7h3k9m2q5r8t1v4w6x0ylogged."]
    {
        get(server, Some(SCANNER), &format!("/log-mask/{token}")).await;
    }
    let found = records("/log-mask/");
    assert_eq!(found.len(), 3);
    for (_, record) in found {
        assert!(
            record.starts_with("tagged GET /log-mask/otl-*** from ") && record.contains(" path=/log-mask/otl-*** "),
            "{record}"
        );
        assert!(!record.to_lowercase().contains("7h3k9m2q5r8t1v4w6x0ylogged"), "{record}");
    }
}
