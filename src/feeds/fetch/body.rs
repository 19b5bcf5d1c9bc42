//! Reads the answer's body within limits, decompresses it, and compares its digest.

use std::io::{self, Read};
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use ureq::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use ureq::http::{HeaderMap, HeaderName, Response};

use super::{FetchError, Validators};
use crate::feeds::digest::{hex, sum};

/// The first bytes of gzip (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A fetched list, decompressed.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    pub(crate) validators: Validators,
    /// The SHA-256 of the published file, as `sha256sum` prints it. It is computed after the transport's compression is
    /// removed, and before the file itself, which may be a `.gz`, is decompressed.
    pub(crate) digest: [u8; 32],
}

/// Maximum size of an answer, compressed and decompressed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    bytes: u64,
    /// The origin of the limit, for the error.
    origin: &'static str,
}

impl Limit {
    pub(super) const KEY_SET: Self = Self { bytes: 64 << 10, origin: "this is the limit for key sets" };

    pub(super) fn of_lists(bytes: u64) -> Self {
        Self { bytes, origin: "`feeds.max_bytes` allows no more" }
    }
}

/// Reads the answer's body. `sha256` is the expected digest. Some servers send a `.gz` file with `Content-Encoding`, so
/// the digest of the bytes on the wire is accepted too.
pub(super) fn read(
    response: Response<ureq::Body>,
    limit: Limit,
    timeout: Duration,
    sha256: Option<[u8; 32]>,
) -> Result<Body, FetchError> {
    let (head, mut body) = response.into_parts();
    check_type(&head.headers)?;
    let packed = is_packed(&head.headers)?;
    if body.content_length().is_some_and(|length| length > limit.bytes) {
        return Err(too_large(limit));
    }
    let wire = bounded(body.as_reader(), limit, |error| FetchError::of(error.into(), timeout))?;
    let mut digest = sum(&wire);
    let mut bytes = wire;
    if packed {
        bytes = unpack(&bytes, limit)?;
        // A file that is published compressed has the digest of its compressed form.
        if sha256 != Some(digest) {
            digest = sum(&bytes);
        }
    }
    if sha256.is_some_and(|sha256| sha256 != digest) {
        return Err(FetchError::new(format!("its SHA-256 differs: {}", hex(&digest))));
    }
    if bytes.starts_with(&GZIP) {
        bytes = unpack(&bytes, limit)?;
    }
    Ok(Body { bytes, validators: Validators::of(&head.headers), digest })
}

/// Refuses an HTML page by its content type, before it is read.
fn check_type(headers: &HeaderMap) -> Result<(), FetchError> {
    let kind = lower(headers, CONTENT_TYPE);
    match kind.split(';').next().unwrap_or_default().trim() {
        "text/html" | "application/xhtml+xml" => {
            Err(FetchError::new("the server answers with an HTML page, not a list"))
        }
        _ => Ok(()),
    }
}

/// Whether the body has a `Content-Encoding`.
fn is_packed(headers: &HeaderMap) -> Result<bool, FetchError> {
    match lower(headers, CONTENT_ENCODING).trim() {
        "" | "identity" => Ok(false),
        "gzip" | "x-gzip" => Ok(true),
        _ => Err(FetchError::new("the server uses a `Content-Encoding` that was not requested")),
    }
}

fn lower(headers: &HeaderMap, name: HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase()
}

fn unpack(bytes: &[u8], limit: Limit) -> Result<Vec<u8>, FetchError> {
    let failed = |error: io::Error| FetchError::new(format!("gzip cannot decompress it: {error}"));
    bounded(MultiGzDecoder::new(bytes), limit, failed)
}

/// Reads to the end, or to the limit.
fn bounded(
    reader: impl Read,
    limit: Limit,
    failed: impl FnOnce(io::Error) -> FetchError,
) -> Result<Vec<u8>, FetchError> {
    let mut bytes = Vec::new();
    reader.take(limit.bytes + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit.bytes { Err(too_large(limit)) } else { Ok(bytes) }
}

fn too_large(limit: Limit) -> FetchError {
    let Limit { bytes, origin } = limit;
    FetchError::new(format!("it is larger than {bytes} bytes; {origin}"))
}
