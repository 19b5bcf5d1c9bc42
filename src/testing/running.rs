//! A server that runs already, as `scanner-guard doctor decoy` examines it.

use std::io;
use std::net::{IpAddr, SocketAddr};

use http::header::HeaderName;

use super::compare::Answers;
use super::matrix::{self, Version};
use super::wire::{self, Target};
use super::{NOBODY, Parity, compare, other_letters, server};
use crate::client;

/// What is asked, and whom.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) server: SocketAddr,
    /// For the `Host` header.
    pub(crate) host: String,
    /// The header in which the server's guard believes its proxy.
    pub(crate) header: HeaderName,
    pub(crate) scanner: IpAddr,
    pub(crate) path: String,
    /// A path that does not exist; else one is made from `path`.
    pub(crate) missing: Option<String>,
    /// All where it is empty.
    pub(crate) methods: Vec<String>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Examination {
    /// The paths that do not exist, which were asked for beside the protected one.
    pub(crate) missing: [String; 2],
    pub(crate) finding: Finding,
}

#[derive(Debug)]
pub(crate) enum Finding {
    /// The scanner gets what everybody gets, with this status line, and it is not what paths get that do not exist.
    NotDecoyed(String),
    Compared {
        parity: Parity,
        /// Whether the server speaks HTTP/2 without TLS, so that it was tried.
        http2: bool,
        /// Whether everybody gets that answer, so that nothing is hidden at this path.
        for_everybody: bool,
    },
}

impl Running {
    /// Sends the matrix.
    ///
    /// # Errors
    ///
    /// Where the server cannot be reached or does not speak HTTP.
    pub(crate) fn examine(&self) -> io::Result<Examination> {
        let missing = self.missing();
        let (scanner, nobody) = (self.target(self.scanner), self.target(NOBODY));
        let probe = matrix::plain(Version::Http11);
        let ask = async |target: &Target, path: &str| wire::send(target, &probe, path).await;
        let (decoy, everybody, absent, http2) = server::block_on(|| async {
            tokio::net::TcpStream::connect(self.server).await?;
            let absent = [ask(&scanner, &missing[0]).await, ask(&nobody, &missing[1]).await];
            if !absent[0].starts_with("HTTP/1.") {
                let said: String = absent[0].chars().take(60).collect();
                return Err(io::Error::other(format!("this is no answer of a web server: {said:?}")));
            }
            let decoy = ask(&scanner, &self.path).await;
            let everybody = [ask(&nobody, &self.path).await, ask(&nobody, &self.path).await];
            let http2 = wire::send(&scanner, &matrix::plain(Version::Http2), &missing[0]).await;
            Ok((decoy, everybody, absent, !http2.starts_with('(')))
        })?;
        let same = |missing: [String; 2], paths: &[String; 2]| {
            Answers { decoy: decoy.clone(), missing }.differences(&probe, &self.path, paths).is_empty()
        };
        let for_everybody = same(everybody, &[self.path.clone(), self.path.clone()]);
        if for_everybody && !same(absent, &missing) {
            let status = decoy.lines().next().unwrap_or_default().to_owned();
            return Ok(Examination { missing, finding: Finding::NotDecoyed(status) });
        }
        let probes = matrix::probes().filter(|probe| {
            let wanted = self.methods.is_empty() || self.methods.iter().any(|method| method == probe.method);
            wanted && (http2 || probe.version != Version::Http2)
        });
        let parity = compare(&scanner, &nobody, &self.path, &missing, probes);
        Ok(Examination { missing, finding: Finding::Compared { parity, http2, for_everybody } })
    }

    fn target(&self, address: IpAddr) -> Target {
        let headers = vec![client::forwarding(&self.header, address)];
        Target { server: self.server, host: self.host.clone(), headers }
    }

    /// Two paths with other letters in the last segment: what stands above it is public, as far as anybody knows here.
    fn missing(&self) -> [String; 2] {
        if let Some(missing) = &self.missing {
            return [missing.clone(), missing.clone()];
        }
        let end = self.path.trim_end_matches('/').len();
        let start = self.path[..end].rfind('/').map_or(0, |slash| slash + 1);
        let (last, tail) = if end == 0 { ("none", "") } else { (&self.path[start..end], &self.path[end..]) };
        let parents = if end == 0 { "/" } else { &self.path[..start] };
        [3, 17].map(|seed| format!("{parents}{}{tail}", other_letters(last, seed)))
    }
}
