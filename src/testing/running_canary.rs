//! Examines the answers of a running server to a canary, for `scanner-guard doctor canary`.

use std::io;
use std::net::SocketAddr;

use super::canary::guesses;
use super::exchange::{Control, compare};
use super::matrix::{self, Probe, Version};
use super::missing::other_letters;
use super::wire::{self, Target};
use super::{Parity, server};

/// The server and the canary.
#[derive(Debug)]
pub(crate) struct RunningCanary {
    pub(crate) server: SocketAddr,
    /// For the `Host` header.
    pub(crate) host: String,
    /// The header with the client address.
    pub(crate) forwarding: (String, String),
    /// The path of a canary of which no hit proves anything.
    pub(crate) path: String,
    /// All methods, if empty.
    pub(crate) methods: Vec<String>,
}

/// The result.
#[derive(Debug)]
pub(crate) struct CanaryExamination {
    /// The requested paths that are no canaries: guesses, and texts that do not have the form of a token.
    pub(crate) others: [String; 4],
    pub(crate) finding: CanaryFinding,
}

#[derive(Debug)]
pub(crate) enum CanaryFinding {
    /// The application answers every path in the folder of canaries otherwise than other unknown paths. With both status lines.
    OwnPage { canary: String, unknown: String },
    Compared {
        parity: Parity,
        /// Whether the server supports HTTP/2 without TLS, so that it was tested.
        http2: bool,
        /// The status line of the answer.
        status: String,
    },
}

impl RunningCanary {
    /// Sends the matrix of probes: for the canary, for guesses and for other unknown paths.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or does not speak HTTP.
    pub(crate) fn examine(&self) -> io::Result<CanaryExamination> {
        let target = Target { server: self.server, host: self.host.clone(), headers: vec![self.forwarding.clone()] };
        let others = self.others();
        let (canary, unknown, http2) = server::block_on(|| async {
            tokio::net::TcpStream::connect(self.server).await?;
            let plain = matrix::plain(Version::Http11);
            let canary = status_line(&wire::send(&target, &plain, &self.path).await);
            if !canary.starts_with("HTTP/1.") {
                return Err(io::Error::other(format!("this is no answer of a web server: {canary:?}")));
            }
            let elsewhere = format!("/{}", other_letters("no-such-page", 5));
            let unknown = status_line(&wire::send(&target, &plain, &elsewhere).await);
            let http2 = wire::send(&target, &matrix::plain(Version::Http2), &others[0]).await;
            Ok((canary, unknown, !http2.starts_with('(')))
        })?;
        if canary != unknown {
            return Ok(CanaryExamination { others, finding: CanaryFinding::OwnPage { canary, unknown } });
        }
        let mut parity = Parity { compared: 0, differences: Vec::new() };
        for pair in others.chunks_exact(2) {
            let probes = matrix::probes().filter(|probe| {
                let wanted = self.methods.is_empty() || self.methods.iter().any(|method| method == probe.method);
                wanted && (http2 || probe.version != Version::Http2)
            });
            let controls = |_: &Probe| [0, 1].map(|at: usize| Control { path: pair[at].clone(), sender: &target });
            let found = compare(&target, &self.path, controls, probes);
            parity.compared += found.compared;
            parity.differences.extend(found.differences);
        }
        Ok(CanaryExamination { others, finding: CanaryFinding::Compared { parity, http2, status: canary } })
    }

    /// Two guesses, and the same texts with a last letter that no token has.
    fn others(&self) -> [String; 4] {
        let [first, second] = guesses(&self.path);
        let unlike = |guess: &str| format!("{}u", &guess[..guess.len().saturating_sub(1)]);
        let unlike = [unlike(&first), unlike(&second)];
        let [third, fourth] = unlike;
        [first, second, third, fourth]
    }
}

fn status_line(answer: &str) -> String {
    answer.lines().next().unwrap_or_default().chars().take(60).collect()
}
