//! HTTP/2 frames made by hand (RFC 9113, RFC 7541), for requests that no client library sends.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RESET: u8 = 3;
pub(crate) const GO_AWAY: u8 = 7;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// The header field that was added to the table last, repeated in one byte.
pub(crate) const AGAIN: u8 = 0x80 | 62;

/// The beginning of a connection: its preface, and settings that change nothing.
pub(crate) const START: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// Adds a header field to a block, for later use in the table or not.
pub(crate) fn field(block: &mut Vec<u8>, keep: bool, name: &str, value: &str) {
    block.push(if keep { 0x40 } else { 0 });
    for text in [name, value] {
        let mut length = text.len();
        if length < 127 {
            block.push(u8::try_from(length).unwrap());
        } else {
            block.push(127);
            length -= 127;
            while length >= 128 {
                block.push(u8::try_from(length % 128).unwrap() | 128);
                length /= 128;
            }
            block.push(u8::try_from(length).unwrap());
        }
        block.extend_from_slice(text.as_bytes());
    }
}

/// The header block of a GET for this path, forwarded from this address.
pub(crate) fn get_block(path: &str, from: &str) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "a.example"),
        (":path", path),
        ("x-forwarded-for", from),
    ] {
        field(&mut block, false, name, value);
    }
    block
}

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    bytes.extend_from_slice(&[kind, flags]);
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// A request without a body, its block in pieces of this size.
pub(crate) fn headers(stream: u32, block: &[u8], size: usize) -> Vec<u8> {
    let last = block.chunks(size).count() - 1;
    let pieces = block.chunks(size).enumerate().map(|(number, piece)| {
        let (kind, flags) = if number == 0 { (HEADERS, END_STREAM) } else { (CONTINUATION, 0) };
        frame(kind, if number == last { flags | END_HEADERS } else { flags }, stream, piece)
    });
    pieces.collect::<Vec<_>>().concat()
}

/// A connection with this one request, in frames of the usual size.
pub(crate) fn alone(block: &[u8]) -> Vec<u8> {
    [START, &headers(1, block, 16_000)].concat()
}

/// The end of an exchange over HTTP/2.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// An answer with this body.
    Answered(String),
    /// The server refused the stream, or closed the connection.
    Refused,
}

/// Sends these bytes, and reads until this stream or the connection ends.
pub(crate) async fn exchange(server: SocketAddr, bytes: &[u8], stream: u32) -> End {
    let (mut reader, mut writer) = TcpStream::connect(server).await.unwrap().into_split();
    let bytes = bytes.to_vec();
    // A server may close the connection before all bytes are sent.
    let sending = actix_web::rt::spawn(async move {
        let _ = writer.write_all(&bytes).await;
        writer
    });
    let mut body = Vec::new();
    let end = loop {
        let mut head = [0; 9];
        if reader.read_exact(&mut head).await.is_err() {
            break End::Refused;
        }
        let mut payload = vec![0; usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2])];
        if reader.read_exact(&mut payload).await.is_err() {
            break End::Refused;
        }
        let this = u32::from_be_bytes([head[5], head[6], head[7], head[8]]) == stream;
        match head[3] {
            GO_AWAY => break End::Refused,
            RESET if this => break End::Refused,
            DATA if this => body.extend(payload),
            _ => {}
        }
        if this && matches!(head[3], DATA | HEADERS) && head[4] & END_STREAM != 0 {
            break End::Answered(String::from_utf8_lossy(&body).into_owned());
        }
    };
    sending.abort();
    end
}
