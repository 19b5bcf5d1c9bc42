//! Servers on loopback, raw requests to them, and tables of cases.

#![cfg_attr(
    not(feature = "catalog"),
    allow(dead_code, unused_imports, unused_macros, reason = "most of the tests need scanners that are known")
)]

#[cfg(feature = "discovery")]
pub(crate) mod bystanders;
pub(crate) mod documents;
#[cfg(feature = "feeds")]
#[allow(dead_code, reason = "the unit tests of the client, in `feeds/fetch`, use all of it")]
#[path = "../../src/feeds/fetch/tests/server.rs"]
pub(crate) mod feed_server;
pub(crate) mod frames;
pub(crate) mod log;
#[cfg(feature = "discovery")]
pub(crate) mod neighbors;
#[cfg(feature = "discovery")]
#[allow(dead_code, reason = "the tests of the command use all of it")]
pub(crate) mod traffic;

use std::net::SocketAddr;

use actix_scanner_guard::GuardConfig;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An address of Trend Micro.
pub(crate) const SCANNER: &str = "150.70.66.183";

/// Serves an application on a free port of loopback, on one worker, as long as the test runs.
macro_rules! serve {
    ($app:expr) => {{
        let server = actix_web::HttpServer::new(move || $app)
            .workers(1)
            .disable_signals()
            .bind_auto_h2c(("127.0.0.1", 0))
            .expect("a free port");
        let address = server.addrs()[0];
        actix_web::rt::spawn(server.run());
        address
    }};
}
pub(crate) use serve;

/// A configuration that trusts loopback's forwarded header, with these additional keys.
pub(crate) fn trusting(toml: &str) -> GuardConfig {
    GuardConfig::from_toml(&format!("client.trusted_proxies = [\"loopback\"]\n{toml}")).unwrap()
}

/// A response as received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Status line and headers, without the date.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends these bytes, closes the sending side, and returns all received bytes.
pub(crate) async fn exchange(server: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server).await.unwrap();
    // A server that refuses a request may close the connection before all bytes are sent.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

/// Sends one request on a new connection. The lines of the head end with `
/// ` here, and `close` is added.
pub(crate) async fn request(server: SocketAddr, head: &str, body: &[u8]) -> Answer {
    let mut bytes = format!("{}\r\nconnection: close\r\n\r\n", head.trim_end().replace('\n', "\r\n")).into_bytes();
    bytes.extend_from_slice(body);
    let answer = exchange(server, &bytes).await;
    let first = parse(&answer).filter(|(answer, _)| answer.status() != 100);
    let last = first.or_else(|| parse(parse(&answer)?.1));
    last.map_or_else(|| panic!("no answer to {head}"), |(answer, _)| answer)
}

/// A GET from this address, or without an address.
pub(crate) async fn get(server: SocketAddr, from: Option<&str>, target: &str) -> Answer {
    send(server, from, "GET", target).await
}

pub(crate) async fn send(server: SocketAddr, from: Option<&str>, method: &str, target: &str) -> Answer {
    let forwarded = from.map(|from| format!("\nx-forwarded-for: {from}")).unwrap_or_default();
    request(server, &format!("{method} {target} HTTP/1.1\nhost: site.example{forwarded}"), b"").await
}

/// Splits the first response off.
pub(crate) fn parse(bytes: &[u8]) -> Option<(Answer, &[u8])> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let lines = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let kept: Vec<&str> = lines.lines().filter(|line| !line.to_lowercase().starts_with("date:")).collect();
    let head = kept.join("\n");
    let rest = &bytes[end + 4..];
    let mut answer = Answer { head, body: Vec::new() };
    let length = answer.header("content-length").and_then(|length| length.parse().ok());
    let default = if answer.status() == 100 { 0 } else { rest.len() };
    let length = length.unwrap_or(default).min(rest.len());
    answer.body = rest[..length].to_vec();
    Some((answer, &rest[length..]))
}

#[derive(serde::Deserialize)]
struct Table<T> {
    case: Vec<T>,
}

/// Reads a table of `[[case]]`s.
pub(crate) fn cases<T: DeserializeOwned>(text: &str) -> Vec<T> {
    toml::from_str::<Table<T>>(text).unwrap().case
}

/// Collects the failures of all cases of a table.
#[derive(Default)]
pub(crate) struct Failures(Vec<String>);

impl Failures {
    pub(crate) fn check(&mut self, good: bool, message: impl FnOnce() -> String) {
        if !good {
            self.0.push(message());
        }
    }
}

impl Drop for Failures {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_empty(), "{} failures:\n{}", self.0.len(), self.0.join("\n"));
        }
    }
}
