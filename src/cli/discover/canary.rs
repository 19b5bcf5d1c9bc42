//! Hits of canaries in the logs that `discover` reads. A suspected network with such a hit is proposed.

use std::net::IpAddr;
use std::sync::Mutex;

use ipnet::IpNet;

use crate::access_log::{Entry, Text};
use crate::canary::{Hit, HitLog, Parties, Proof, Settings};
use crate::config::GuardConfig;
use crate::discovery::{Report, Status};
use crate::util::mutex::lock;

/// Maximum number of hits that are kept.
const MAX_HITS: usize = 100_000;

/// The canaries of a policy, and their hits so far.
#[derive(Default)]
pub(super) struct Canaries {
    settings: Option<Settings>,
    own: Vec<IpNet>,
    hits: Mutex<Vec<Hit>>,
}

impl Canaries {
    pub(super) fn of(policy: Option<&GuardConfig>, own: &[IpNet]) -> Self {
        let settings = policy.and_then(|config| config.live().load().engine.canary().cloned());
        Self { settings, own: own.to_vec(), hits: Mutex::default() }
    }

    /// Keeps the request if it is for a canary.
    pub(super) fn look(&self, entry: &Entry<'_>, address: IpAddr, seconds: i64) {
        let Some(settings) = &self.settings else { return };
        let Some(path) = entry.path().map(Text::to_str_lossy) else { return };
        let Some(canary) = settings.find(&path, None).canary() else { return };
        let agent = entry.agent.map(|agent| agent.to_str_lossy().chars().take(200).collect::<String>().into());
        let hit = Hit { canary, address, time: u64::try_from(seconds).unwrap_or_default(), micros: 0, agent };
        let mut hits = lock(&self.hits);
        if hits.len() < MAX_HITS {
            hits.push(hit);
        }
    }

    /// Proposes each suspected network that requested a visited canary. Returns the notes about it.
    pub(super) fn lift(&self, report: &mut Report) -> Vec<String> {
        let notes = self.proofs().iter().map(|proof| lift(proof, report)).collect();
        report.findings.sort_by_key(|finding| finding.status);
        notes
    }

    fn proofs(&self) -> Vec<Proof> {
        let Some(settings) = &self.settings else { return Vec::new() };
        let mut hits = lock(&self.hits).clone();
        hits.sort_by_key(|hit| hit.time);
        let parties = Parties { own: self.own.clone(), from: Vec::new(), days: settings.days };
        let mut hit_log = HitLog::new(parties, MAX_HITS);
        hits.into_iter().for_each(|hit| _ = hit_log.note(hit));
        hit_log.proofs()
    }
}

fn lift(proof: &Proof, report: &mut Report) -> String {
    let range = proof.range;
    let meets = |other: &IpNet| other.contains(&range) || range.contains(other);
    let mut met: Vec<_> = report.findings.iter_mut().filter(|finding| finding.ranges.iter().any(meets)).collect();
    let is_known = !met.is_empty();
    let what = match met.iter_mut().find(|finding| finding.status == Status::Suspected) {
        Some(finding) => {
            finding.status = Status::Proposed;
            "it is proposed by that"
        }
        None if is_known => "URLs are passed on to it",
        None => "it is in no finding, since it requested little else",
    };
    format!("{range} requested a canary that another network had visited: {what}; see `scanner-guard canary report`")
}
