//! The requests with which a decoy is tested.

use std::fmt;

/// A request without its path.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    pub(crate) method: &'static str,
    pub(crate) version: Version,
    pub(crate) variant: &'static Variant,
}

/// The version of HTTP of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Http10,
    Http11,
    /// With prior knowledge, since there is no TLS.
    Http2,
}

/// A variation of the request.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    pub(crate) spelling: Spelling,
    /// The text after the path.
    pub(crate) suffix: Suffix,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: Body,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    None,
    Sized(&'static str),
    /// In chunks, if the version supports them.
    Chunked(&'static str),
    /// Longer than most handlers accept.
    Long,
}

/// The text after the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suffix {
    Text(&'static str),
    /// The same text, repeated this number of times.
    Repeated(&'static str, usize),
}

impl fmt::Display for Suffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Repeated(text, times) => (0..*times).try_for_each(|_| f.write_str(text)),
        }
    }
}

/// The spelling of the path in the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    AsItIs,
    /// `/%61dmin`
    Escaped,
    /// `//admin`
    TwoSlashes,
    /// `/./admin`
    DotBefore,
    /// `http://host/admin`, as to a proxy. HTTP/2 has no other form.
    Absolute,
}

/// The length of [`Body::Long`] in bytes.
pub(crate) const LONG: usize = 300 * 1024;

/// All methods of the probes.
pub(crate) const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW"];

const fn variant(name: &'static str, headers: &'static [(&'static str, &'static str)]) -> Variant {
    Variant { name, spelling: Spelling::AsItIs, suffix: Suffix::Text(""), headers, body: Body::None }
}

const fn spelled(name: &'static str, spelling: Spelling) -> Variant {
    Variant { spelling, ..variant(name, &[]) }
}

static VARIANTS: [Variant; 41] = [
    variant("plain", &[]),
    Variant { suffix: Suffix::Text("/"), ..variant("trailing slash", &[]) },
    Variant { suffix: Suffix::Text("?next=%2Fhome&x=1"), ..variant("query", &[]) },
    Variant {
        body: Body::Sized("user=a&password=b"),
        ..variant("body", &[("content-type", "application/x-www-form-urlencoded")])
    },
    Variant {
        body: Body::Chunked("{\"user\":\"a\"}"),
        ..variant("chunked body", &[("content-type", "application/json")])
    },
    Variant { body: Body::Long, ..variant("long body", &[("content-type", "application/octet-stream")]) },
    Variant { body: Body::Sized("0123"), ..variant("awaited body", &[("expect", "100-continue")]) },
    Variant { body: Body::Sized("no gzip"), ..variant("broken body", &[("content-encoding", "gzip")]) },
    Variant { suffix: Suffix::Text("."), ..variant("trailing dot", &[]) },
    Variant { suffix: Suffix::Text(";v=1"), ..variant("parameter", &[]) },
    Variant { suffix: Suffix::Text("/%ff%e2%82x"), ..variant("no utf-8", &[]) },
    Variant { suffix: Suffix::Text("/a/../b"), ..variant("dot segments", &[]) },
    Variant { suffix: Suffix::Text("/."), ..variant("dot segment", &[]) },
    Variant { suffix: Suffix::Text("/.;/x"), ..variant("dot segment with a parameter", &[]) },
    Variant { suffix: Suffix::Text("%2fx"), ..variant("escaped slash", &[]) },
    Variant { suffix: Suffix::Text("/x.json"), ..variant("extension", &[]) },
    Variant { suffix: Suffix::Text("/.env"), ..variant("dot file", &[]) },
    Variant { suffix: Suffix::Text("/.env/"), ..variant("dot folder", &[]) },
    Variant { suffix: Suffix::Repeated("/ab", 1_365), ..variant("4 kB of words", &[]) },
    Variant { suffix: Suffix::Repeated("/$", 2_048), ..variant("4 kB of signs", &[]) },
    Variant { suffix: Suffix::Repeated("/ab", 4_333), ..variant("13 kB of words", &[]) },
    Variant { suffix: Suffix::Repeated("/$", 6_500), ..variant("13 kB of signs", &[]) },
    spelled("single dot before", Spelling::DotBefore),
    spelled("escaped letter", Spelling::Escaped),
    spelled("two slashes", Spelling::TwoSlashes),
    spelled("absolute form", Spelling::Absolute),
    variant("kept alive", &[("connection", "keep-alive")]),
    variant("upgrade", &[("connection", "upgrade"), ("upgrade", "websocket")]),
    variant("if-match", &[("if-match", "\"x\"")]),
    variant("if-unmodified-since", &[("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT")]),
    variant("range", &[("range", "bytes=0-9")]),
    variant("if-none-match", &[("if-none-match", "*")]),
    variant("if-modified-since", &[("if-modified-since", "Thu, 01 Jan 2026 00:00:00 GMT")]),
    variant("accept", &[("accept", "application/json")]),
    variant("accept-encoding", &[("accept-encoding", "gzip, br, zstd")]),
    variant("origin", &[("origin", "https://elsewhere.example")]),
    variant("preflight", &[("origin", "https://elsewhere.example"), ("access-control-request-method", "PUT")]),
    variant("cookie", &[("cookie", "id=1; session=2")]),
    variant("bad credentials", &[("authorization", "Basic YTpi")]),
    variant("bad token", &[("authorization", "Bearer x.y.z")]),
    variant(
        "preflight with headers",
        &[
            ("origin", "https://elsewhere.example"),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "x-a"),
        ],
    ),
];

impl Variant {
    /// HTTP/1.1 is tested with all variants, the other versions only with variants that they treat differently.
    fn fits(&self, method: &str, version: Version) -> bool {
        match (version, self.body) {
            // After the upgrade, the connection uses the new protocol, so it ends by a timeout.
            (Version::Http11, Body::None) if self.name == "upgrade" => method == "GET",
            (Version::Http11, Body::None) if matches!(self.suffix, Suffix::Repeated(..)) => method == "GET",
            // One method is enough, since a server waits a second for the rest of a body before it closes the
            // connection.
            (Version::Http10, Body::Sized(_)) => method == "POST" && self.name == "body",
            (Version::Http11 | Version::Http2, Body::Long) | (Version::Http11, Body::Sized(_) | Body::Chunked(_)) => {
                method == "POST"
            }
            (Version::Http11, Body::None) => true,
            (Version::Http2, Body::Sized(_) | Body::Chunked(_)) => self.name != "awaited body",
            // HTTP/1.0 has no chunks.
            (Version::Http10, Body::Chunked(_) | Body::Long) => false,
            (Version::Http10, Body::None) => ["plain", "accept-encoding", "kept alive"].contains(&self.name),
            (Version::Http2, Body::None) => {
                ["plain", "accept-encoding", "escaped letter", "two slashes", "no utf-8"].contains(&self.name)
            }
        }
    }
}

impl Probe {
    /// The path in the spelling of this probe, without the text after it.
    pub(crate) fn spelled(&self, path: &str) -> String {
        let (parents, last) = path.rsplit_once('/').unwrap_or(("", path));
        match (self.variant.spelling, last.chars().next()) {
            (Spelling::Escaped, Some(first)) if first.is_ascii_alphanumeric() => {
                format!("{parents}/%{:02x}{}", u32::from(first), &last[1..])
            }
            (Spelling::TwoSlashes, _) => format!("{parents}//{last}"),
            (Spelling::DotBefore, _) => format!("{parents}/./{last}"),
            _ => path.to_owned(),
        }
    }

    /// The path in the spelling of this probe, with the text after it up to the query.
    pub(crate) fn spelled_target(&self, path: &str) -> String {
        let whole = format!("{}{}", self.spelled(path), self.variant.suffix);
        whole.split('?').next().unwrap_or_default().to_owned()
    }

    /// The request target.
    pub(crate) fn target(&self, host: &str, path: &str) -> String {
        let path = format!("{}{}", self.spelled(path), self.variant.suffix);
        let absolute = self.version == Version::Http2 || self.variant.spelling == Spelling::Absolute;
        if absolute { format!("http://{host}{path}") } else { path }
    }

    /// Whether the connection stays open for a second request.
    pub(crate) fn is_followed(&self) -> bool {
        match self.version {
            Version::Http10 => self.variant.name == "kept alive",
            Version::Http11 => true,
            Version::Http2 => false,
        }
    }
}

/// The simplest probe.
#[cfg(feature = "cli")]
pub(crate) fn plain(version: Version) -> Probe {
    Probe { method: METHODS[0], version, variant: &VARIANTS[0] }
}

/// Whether probes are sent with this method.
#[cfg(feature = "cli")]
pub(crate) fn has_method(method: &str) -> bool {
    METHODS.contains(&method)
}

/// Every method with its variants, in every version.
pub(crate) fn probes() -> impl Iterator<Item = Probe> {
    [Version::Http10, Version::Http11, Version::Http2].into_iter().flat_map(|version| {
        METHODS.into_iter().flat_map(move |method| {
            let variants = VARIANTS.iter().filter(move |variant| variant.fits(method, version));
            variants.map(move |variant| Probe { method, version, variant })
        })
    })
}

/// The probes with these methods, or with all of them if none is named; without HTTP/2 if the server does not support it.
#[cfg(feature = "cli")]
pub(crate) fn probes_for(methods: &[String], http2: bool) -> impl Iterator<Item = Probe> {
    probes().filter(move |probe| {
        let is_named = methods.is_empty() || methods.iter().any(|method| method == probe.method);
        is_named && (http2 || probe.version != Version::Http2)
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
