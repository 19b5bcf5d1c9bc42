//! Examines a running server, for `scanner-guard doctor decoy`.

use std::io;
use std::net::{IpAddr, SocketAddr};

use http::header::HeaderName;

use super::compare::Answers;
use super::exchange::{Control, compare};
use super::matrix::{self, Probe, Version};
use super::missing::other_letters;
use super::wire::{self, Target};
use super::{PERSON, Parity, server};
use crate::client;

/// The server and the requests.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) server: SocketAddr,
    /// For the `Host` header.
    pub(crate) host: String,
    /// The header in which the server's guard expects the client address.
    pub(crate) header: HeaderName,
    pub(crate) scanner: IpAddr,
    pub(crate) path: String,
    /// A path that does not exist. Without it, one is made from `path`.
    pub(crate) missing: Option<String>,
    /// All methods, if empty.
    pub(crate) methods: Vec<String>,
}

/// The result.
#[derive(Debug)]
pub(crate) struct Examination {
    /// The requested paths that do not exist.
    pub(crate) missing: [String; 2],
    pub(crate) finding: Finding,
}

#[derive(Debug)]
pub(crate) enum Finding {
    /// The scanner receives the same answer as other clients, with this status line, and this answer differs from the
    /// answer to missing paths.
    NotDecoyed(String),
    Compared {
        parity: Parity,
        /// Whether the server supports HTTP/2 without TLS, so that it was tested.
        http2: bool,
        /// Whether all clients receive this answer, so that nothing is hidden at this path.
        for_all_clients: bool,
    },
}

impl Running {
    /// Sends the matrix of probes.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or does not speak HTTP.
    pub(crate) fn examine(&self) -> io::Result<Examination> {
        let requester = Requester {
            scanner: self.target(self.scanner),
            person: self.target(PERSON),
            probe: matrix::plain(Version::Http11),
            path: &self.path,
        };
        let (missing, for_all_clients, as_missing, status, http2) = server::block_on(|| async {
            tokio::net::TcpStream::connect(self.server).await?;
            let missing = self.missing(&requester).await;
            let decoy = requester.request(&requester.scanner, &self.path).await;
            let absent = [
                requester.request(&requester.scanner, &missing[0]).await,
                requester.request(&requester.person, &missing[1]).await,
            ];
            wire::status_line(&absent[0])?;
            let for_person = [
                requester.request(&requester.person, &self.path).await,
                requester.request(&requester.person, &self.path).await,
            ];
            let http2 = wire::send(&requester.scanner, &matrix::plain(Version::Http2), &missing[0]).await;
            let for_all_clients = requester.is_same(&decoy, for_person, &[self.path.clone(), self.path.clone()]);
            let as_missing = requester.is_same(&decoy, absent, &missing);
            let status = decoy.lines().next().unwrap_or_default().to_owned();
            Ok::<_, io::Error>((missing, for_all_clients, as_missing, status, !http2.starts_with('(')))
        })?;
        if for_all_clients && !as_missing {
            return Ok(Examination { missing, finding: Finding::NotDecoyed(status) });
        }
        let controls = |probe: &Probe| {
            let [first, second] = missing.clone();
            // Every path with `..` is a decoy, so it can only be requested by an address without a scanner.
            let has_parent_segment = probe.spelled_target(&first).split('/').any(|segment| segment == "..");
            let sender = if has_parent_segment { &requester.person } else { &requester.scanner };
            [Control { path: first, sender }, Control { path: second, sender: &requester.person }]
        };
        let parity = compare(&requester.scanner, &self.path, controls, matrix::probes_for(&self.methods, http2));
        Ok(Examination { missing, finding: Finding::Compared { parity, http2, for_all_clients } })
    }

    fn target(&self, address: IpAddr) -> Target {
        let headers = vec![client::forwarding(&self.header, address)];
        Target { server: self.server, host: self.host.clone(), headers }
    }

    /// Two paths that do not exist. They share as many segments with the path as possible, so that the 404 page of the
    /// same parent is compared. But the protected area must not answer them as well. So people must receive another
    /// page there than at the protected path, and the scanner must receive the same page as people.
    async fn missing(&self, requester: &Requester<'_>) -> [String; 2] {
        if let Some(missing) = &self.missing {
            return [missing.clone(), missing.clone()];
        }
        let candidates = self.candidates();
        for candidate in &candidates {
            if requester.is_missing(candidate).await {
                return candidate.clone();
            }
        }
        candidates.into_iter().next().unwrap_or_default()
    }

    /// Paths with other letters in the last segment, in the last two segments, and so on.
    fn candidates(&self) -> Vec<[String; 2]> {
        let end = self.path.trim_end_matches('/').len();
        let starts = self.path[..end].match_indices('/').map(|(at, _)| at + 1);
        let starts: Vec<usize> = starts.filter(|start| !self.path[*start..end].starts_with('/')).collect();
        if starts.is_empty() {
            return vec![[3, 17].map(|seed| format!("/{}", other_letters("none", seed)))];
        }
        let candidate = |start: usize| {
            [3, 17].map(|seed| format!("{}{}", &self.path[..start], other_letters(&self.path[start..], seed)))
        };
        starts.into_iter().rev().map(candidate).collect()
    }
}

/// The targets for requests as a scanner and as a person, the probe, and the protected path.
struct Requester<'r> {
    scanner: Target,
    person: Target,
    probe: Probe,
    path: &'r str,
}

impl Requester<'_> {
    async fn request(&self, target: &Target, path: &str) -> String {
        wire::send(target, &self.probe, path).await
    }

    /// Whether the answer to the protected path equals two other answers, except for the paths.
    fn is_same(&self, answer: &str, others: [String; 2], paths: &[String; 2]) -> bool {
        let answers = Answers { decoy: answer.to_owned(), missing: others };
        answers.compare(&self.probe, self.path, paths).lines.is_empty()
    }

    /// Whether people receive another page at these paths than at the protected path, and the scanner receives this
    /// page too.
    async fn is_missing(&self, paths: &[String; 2]) -> bool {
        let page = self.request(&self.person, self.path).await;
        let absent = [self.request(&self.person, &paths[0]).await, self.request(&self.person, &paths[1]).await];
        let as_scanner = self.request(&self.scanner, &paths[0]).await;
        let same = Answers { decoy: as_scanner, missing: absent.clone() };
        let same = same.compare(&self.probe, &paths[0], paths).lines.is_empty();
        same && !self.is_same(&page, absent, paths)
    }
}
