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
            let canary = wire::status_line(&wire::send(&target, &plain, &self.path).await)?;
            let elsewhere = format!("/{}", other_letters("no-such-page", 5));
            let unknown = wire::status_line(&wire::send(&target, &plain, &elsewhere).await)?;
            let http2 = wire::send(&target, &matrix::plain(Version::Http2), &others[0]).await;
            Ok::<_, io::Error>((canary, unknown, !http2.starts_with('(')))
        })?;
        if canary != unknown {
            return Ok(CanaryExamination { others, finding: CanaryFinding::OwnPage { canary, unknown } });
        }
        let parity = Parity::join(others.chunks_exact(2).map(|pair| {
            let controls = |_: &Probe| [0, 1].map(|at: usize| Control { path: pair[at].clone(), sender: &target });
            compare(&target, &self.path, controls, matrix::probes_for(&self.methods, http2))
        }));
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
