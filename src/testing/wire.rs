//! Sends a probe over a real connection, and records the whole answer.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::matrix::{Body, LONG, Probe, Version};

/// A server that has not answered after this time never answers.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The target of the probes, and the additional headers.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) server: SocketAddr,
    pub(crate) host: String,
    /// For example the header with the client address.
    pub(crate) headers: Vec<(String, String)>,
}

/// Sends the probe for this path and returns the answer as text, line by line. An error on the connection is a part of
/// the answer, since a client would see it too.
pub(crate) async fn send(target: &Target, probe: &Probe, path: &str) -> String {
    let answer = async {
        match probe.version {
            Version::Http10 | Version::Http11 => {
                over_http1(target, probe, path).await.map_err(|error| error.to_string())
            }
            Version::Http2 => over_http2(target, probe, path).await.map_err(|error| error.to_string()),
        }
    };
    match timeout(MAX_WAIT, answer).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => format!("(the connection failed: {error})"),
        Err(_) => format!("(no answer within {} s)", MAX_WAIT.as_secs()),
    }
}

/// The first line of an answer over HTTP/1, shortened.
///
/// # Errors
///
/// If it is no answer over HTTP/1.
#[cfg(feature = "cli")]
pub(crate) fn status_line(answer: &str) -> std::io::Result<String> {
    let line: String = answer.lines().next().unwrap_or_default().chars().take(60).collect();
    if line.starts_with("HTTP/1.") {
        Ok(line)
    } else {
        Err(std::io::Error::other(format!("this is no answer of a web server: {line:?}")))
    }
}

/// If the connection stays open, a second request follows at once. Its answer shows the state of the connection and of
/// an unread body.
async fn over_http1(target: &Target, probe: &Probe, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(target.server).await?;
    let mut request = http1_request(target, probe, path);
    if probe.is_followed() {
        request += &format!("GET /the-second-request HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", target.host);
    }
    // A server may refuse a request before it is complete. Only its answer counts.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).await;
    let mut text = String::from_utf8_lossy(&answer).into_owned();
    if let Err(error) = end {
        text += &format!("(then the connection failed: {})", error.kind());
    }
    Ok(text)
}

fn http1_request(target: &Target, probe: &Probe, path: &str) -> String {
    let version = if probe.version == Version::Http10 { "1.0" } else { "1.1" };
    let uri = probe.target(&target.host, path);
    let mut request = format!("{} {uri} HTTP/{version}\r\nhost: {}\r\n", probe.method, target.host);
    for (name, value) in headers(target, probe) {
        request += &format!("{name}: {value}\r\n");
    }
    match probe.variant.body {
        Body::None => request += "\r\n",
        Body::Sized(body) => request += &format!("content-length: {}\r\n\r\n{body}", body.len()),
        Body::Long => request += &format!("content-length: {LONG}\r\n\r\n{}", "x".repeat(LONG)),
        Body::Chunked(body) => {
            request += &format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        }
    }
    request
}

fn headers<'a>(target: &'a Target, probe: &'a Probe) -> impl Iterator<Item = (&'a str, &'a str)> {
    let always = target.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    always.chain(probe.variant.headers.iter().copied())
}

async fn over_http2(target: &Target, probe: &Probe, path: &str) -> Result<String, Box<dyn std::error::Error>> {
    let stream = TcpStream::connect(target.server).await?;
    let (client, connection) = h2::client::handshake(stream).await?;
    let exchange = http2_exchange(client, target, probe, path);
    // The connection is driven concurrently with the exchange, and dropped after it.
    tokio::select! {
        answer = exchange => answer,
        end = connection => Ok(format!("(the connection ended: {end:?})")),
    }
}

async fn http2_exchange(
    mut client: SendRequest<Bytes>,
    target: &Target,
    probe: &Probe,
    path: &str,
) -> Result<String, Box<dyn std::error::Error>> {
    let uri = probe.target(&target.host, path);
    let mut request = http1::Request::builder().method(probe.method).uri(uri);
    for (name, value) in headers(target, probe) {
        request = request.header(name, value);
    }
    let body = match probe.variant.body {
        Body::None => None,
        Body::Sized(body) => {
            request = request.header("content-length", body.len());
            Some(Bytes::from_static(body.as_bytes()))
        }
        Body::Chunked(body) => Some(Bytes::from_static(body.as_bytes())),
        Body::Long => Some(Bytes::from(vec![b'x'; LONG])),
    };
    let (answer, mut sending) = client.send_request(request.body(())?, body.is_none())?;
    if let Some(body) = body {
        // The data are buffered here, and sent when the server permits it.
        sending.send_data(body, true)?;
    }
    let (head, mut body) = answer.await?.into_parts();
    let mut text = format!("{}\r\n", head.status);
    for (name, value) in &head.headers {
        text += &format!("{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes()));
    }
    text += "\r\n";
    while let Some(chunk) = body.data().await {
        let chunk = chunk?;
        // Otherwise the server sends no more after 64 KiB.
        body.flow_control().release_capacity(chunk.len())?;
        text += &String::from_utf8_lossy(&chunk);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use actix_web::{App, HttpResponse, web};

    use super::super::matrix::probes;
    use super::super::server::{Serving, block_on};
    use super::*;
    use crate::config::GuardConfig;

    /// More than a server may send over HTTP/2 before the client confirms that it has read the data.
    #[test]
    fn a_long_page_comes_whole() {
        const LENGTH: usize = 300_000;
        let app = |_: &GuardConfig| {
            App::new().default_service(web::to(|| async { HttpResponse::NotFound().body("x".repeat(LENGTH)) }))
        };
        let config = GuardConfig::from_toml("client.trusted_proxies = []").unwrap_or_else(|error| panic!("{error}"));
        let server = Serving::start(app, config);
        let target = Target { server: server.address(), host: "a.example".to_owned(), headers: Vec::new() };
        for version in [Version::Http11, Version::Http2] {
            let probe = probes().find(|probe| probe.version == version).expect("a probe of each version");
            let answer = block_on(|| send(&target, &probe, "/"));
            assert!(answer.contains(&"x".repeat(LENGTH)), "{probe}: {answer:.200}");
        }
    }
}
