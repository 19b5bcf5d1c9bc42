//! Floods over HTTP/2, each with a limited number of requests. The server must limit its own cost. No flood gets past
//! the guard, and the guard serves the next request.

use std::net::SocketAddr;

use actix_scanner_guard::ScannerGuard;
use actix_web::{App, HttpResponse, web};

use crate::support::frames::{
    AGAIN, CONTINUATION, END_STREAM, End, HEADERS, RESET, START, alone, exchange, field, frame, get_block, headers,
};
use crate::support::{SCANNER, get, serve, trusting};

const PERSON: &str = "203.0.113.7";

const POLICY: &str = r#"
    block.body = "refused"
    [[rule]]
    paths = ["/login"]
    action = "block"
"#;

macro_rules! site {
    () => {{
        let config = trusting(POLICY);
        serve!(
            App::new()
                .wrap(ScannerGuard::from_config(&config))
                .default_service(web::to(async || HttpResponse::Ok().body("served")))
        )
    }};
}

fn answered(body: &str) -> End {
    End::Answered(body.to_owned())
}

/// Asserts that the policy decides the next request, on a new connection.
async fn still_serves(server: SocketAddr, after: &str) {
    for (from, body) in [(SCANNER, "refused"), (PERSON, "served")] {
        let end = exchange(server, &alone(&get_block("/login", from)), 1).await;
        assert_eq!(end, answered(body), "{from} after {after}");
        assert_eq!(get(server, Some(from), "/login").await.text(), body, "{from} after {after}, HTTP/1.1");
    }
}

/// Within the server's limits the guard sees the whole request; beyond them, the application does not answer.
#[actix_web::test]
async fn many_and_large_header_fields() {
    let server = site!();
    let request = |from: &str, count: usize, size: usize| {
        let mut block = get_block("/login", from);
        let value = "v".repeat(size);
        (0..count).for_each(|n| field(&mut block, false, &format!("x-{n}"), &value));
        alone(&block)
    };
    for (count, size) in [(5_000, 10), (100, 60_000), (3, 3_000_000)] {
        for (from, body) in [(SCANNER, "refused"), (PERSON, "served")] {
            let end = exchange(server, &request(from, count, size), 1).await;
            assert_eq!(end, answered(body), "{count} fields of {size} bytes from {from}");
        }
    }
    // More than 16 MiB, or more names than the map of the `http` crate can hold: that map panics, and the connection
    // ends.
    for (count, size) in [(3, 9_000_000), (40_000, 1)] {
        let end = exchange(server, &request(SCANNER, count, size), 1).await;
        assert!(matches!(end, End::Refused) || end == answered(""), "{count} fields of {size} bytes: {end:?}");
        still_serves(server, &format!("{count} fields of {size} bytes")).await;
    }
}

/// Each byte on the wire repeats a header line. Only the first line has content; it names the client.
#[actix_web::test]
async fn a_header_line_repeated_in_one_byte_each() {
    let server = site!();
    let flood = |from: &str, name: &str, count: usize| {
        let mut block = get_block("/login", from);
        field(&mut block, true, name, "");
        block.resize(block.len() + count, AGAIN);
        alone(&block)
    };
    for (from, body) in [(SCANNER, "refused"), (PERSON, "served")] {
        for name in ["x-forwarded-for", "host", "x-forwarded-host", "cookie"] {
            assert_eq!(exchange(server, &flood(from, name, 10_000), 1).await, answered(body), "{name} from {from}");
        }
        // Beyond 16 MiB, where each line takes 32 bytes besides its text, the server itself answers.
        assert_eq!(exchange(server, &flood(from, "x-forwarded-for", 400_000), 1).await, answered(""), "from {from}");
    }
    still_serves(server, "repeated lines").await;
}

/// A header block in very many pieces is one request, or none.
#[actix_web::test]
async fn a_header_block_in_thousands_of_pieces() {
    let server = site!();
    for (from, body) in [(SCANNER, "refused"), (PERSON, "served")] {
        let bytes = [START, &headers(1, &get_block("/login", from), 1)].concat();
        assert_eq!(exchange(server, &bytes, 1).await, answered(body), "a byte in each piece");
    }
    let endless = |piece: &[u8]| {
        let mut bytes = [START, &frame(HEADERS, END_STREAM, 1, &get_block("/login", SCANNER))].concat();
        let piece = frame(CONTINUATION, 0, 1, piece);
        (0..20_000).for_each(|_| bytes.extend_from_slice(&piece));
        bytes
    };
    let mut line = Vec::new();
    field(&mut line, false, "x-forwarded-for", PERSON);
    for piece in [&[], line.as_slice()] {
        assert_eq!(exchange(server, &endless(piece), 1).await, End::Refused, "pieces of {} bytes", piece.len());
        still_serves(server, "pieces without an end").await;
    }
}

/// Requests that are reset at once, a thousand on each connection.
#[actix_web::test]
async fn requests_taken_back_at_once() {
    let server = site!();
    for from in [SCANNER, PERSON] {
        let block = get_block("/login", from);
        let mut bytes = START.to_vec();
        for stream in (1..2_000).step_by(2) {
            bytes.extend(headers(stream, &block, 16_000));
            bytes.extend(frame(RESET, 0, stream, &8_u32.to_be_bytes()));
        }
        // One request stays. The policy answers it, unless the server closes the connection because of the resets.
        bytes.extend(headers(2_001, &block, 16_000));
        let end = exchange(server, &bytes, 2_001).await;
        let body = if from == SCANNER { "refused" } else { "served" };
        assert!([answered(body), End::Refused].contains(&end), "{from}: {end:?}");
        still_serves(server, "requests taken back").await;
    }
}
