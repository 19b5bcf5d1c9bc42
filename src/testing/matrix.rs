//! The requests that a decoy is tried with.

use std::fmt;

/// What is sent, apart from the path.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    pub(crate) method: &'static str,
    pub(crate) version: Version,
    pub(crate) variant: &'static Variant,
}

/// The version of HTTP that a probe speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Http10,
    Http11,
    /// With prior knowledge, as there is no TLS here.
    Http2,
}

/// What is odd about a request.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    /// Stands behind the path.
    pub(crate) suffix: &'static str,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: Body,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    None,
    Sized(&'static str),
    /// In chunks where the version has them.
    Chunked(&'static str),
}

const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW"];

const fn variant(name: &'static str, headers: &'static [(&'static str, &'static str)]) -> Variant {
    Variant { name, suffix: "", headers, body: Body::None }
}

static VARIANTS: [Variant; 14] = [
    variant("plain", &[]),
    Variant { suffix: "/", ..variant("trailing slash", &[]) },
    Variant { suffix: "?next=%2Fhome&x=1", ..variant("query", &[]) },
    Variant {
        body: Body::Sized("user=a&password=b"),
        ..variant("body", &[("content-type", "application/x-www-form-urlencoded")])
    },
    Variant {
        body: Body::Chunked("{\"user\":\"a\"}"),
        ..variant("chunked body", &[("content-type", "application/json")])
    },
    variant("range", &[("range", "bytes=0-9")]),
    variant("if-none-match", &[("if-none-match", "*")]),
    variant("if-modified-since", &[("if-modified-since", "Thu, 01 Jan 2026 00:00:00 GMT")]),
    variant("accept", &[("accept", "application/json")]),
    variant("accept-encoding", &[("accept-encoding", "gzip, br, zstd")]),
    variant("origin", &[("origin", "https://elsewhere.example")]),
    variant("preflight", &[("origin", "https://elsewhere.example"), ("access-control-request-method", "PUT")]),
    variant("cookie", &[("cookie", "id=1; session=2")]),
    variant("authorization", &[("authorization", "Basic YTpi")]),
];

impl Variant {
    /// HTTP/1.1 is tried with everything; the others with what they treat in a way of their own.
    fn fits(&self, method: &str, version: Version) -> bool {
        match (version, self.body) {
            // One method is enough: a server waits a second for the rest of a body before it closes the connection.
            (Version::Http10 | Version::Http11, Body::Sized(_)) | (Version::Http11, Body::Chunked(_)) => {
                method == "POST"
            }
            (Version::Http11, Body::None) | (Version::Http2, Body::Sized(_) | Body::Chunked(_)) => true,
            // Chunks are an invention of HTTP/1.1.
            (Version::Http10, Body::Chunked(_)) => false,
            (_, Body::None) => ["plain", "accept-encoding"].contains(&self.name),
        }
    }
}

/// Every method with the variants that fit, in every version.
pub(crate) fn probes() -> impl Iterator<Item = Probe> {
    [Version::Http10, Version::Http11, Version::Http2].into_iter().flat_map(|version| {
        METHODS.into_iter().flat_map(move |method| {
            let variants = VARIANTS.iter().filter(move |variant| variant.fits(method, version));
            variants.map(move |variant| Probe { method, version, variant })
        })
    })
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = match self.version {
            Version::Http10 => "HTTP/1.0",
            Version::Http11 => "HTTP/1.1",
            Version::Http2 => "HTTP/2",
        };
        write!(f, "{} ({}, {version})", self.method, self.variant.name)
    }
}
