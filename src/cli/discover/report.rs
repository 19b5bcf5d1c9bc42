//! The report, as JSON has it.

use ipnet::IpNet;
use serde::Serialize;

use crate::discovery;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    findings: Vec<Finding>,
    judged: usize,
    tells_people: bool,
    requests: u64,
    networks: usize,
}

#[derive(Debug, Serialize)]
struct Finding {
    status: &'static str,
    side: &'static str,
    ranges: Vec<IpNet>,
    echoes: usize,
    trials: u64,
    share: f64,
    opposite: usize,
    targets: usize,
    leaders: usize,
    occasions: usize,
    by_chance: f64,
    by_direction: f64,
    by_late: f64,
    failed: Vec<&'static str>,
}

impl Report {
    pub(super) fn new(report: &discovery::Report) -> Self {
        let findings = report.findings.iter().map(|finding| Finding {
            status: finding.status.as_str(),
            side: finding.side.as_str(),
            ranges: finding.ranges.clone(),
            echoes: finding.echoes,
            trials: finding.trials,
            share: finding.share,
            opposite: finding.opposite,
            targets: finding.targets,
            leaders: finding.leaders,
            occasions: finding.occasions,
            by_chance: finding.by_chance,
            by_direction: finding.by_direction,
            by_late: finding.by_late,
            failed: finding.gates.iter().filter(|gate| !gate.passed).map(|gate| gate.gate.name).collect(),
        });
        Self { findings: findings.collect(), judged: report.judged, tells_people: report.tells_people, requests: report.requests, networks: report.networks }
    }
}
