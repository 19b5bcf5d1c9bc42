//! `--explain`: shows why a network is a finding or not.

use std::io::Write;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::Serialize;

use super::super::console::{BOLD, Console, GOOD, WARNING};
use super::super::failure::Failure;
use crate::discovery::{Finding, GateOutcome, NetworkReport, Side, Status};

/// The network of an address. The text is an address, or a network of at least /24 (IPv6: /48).
#[derive(Clone, Copy, Debug)]
pub(super) struct NetworkArg(pub(super) IpAddr);

impl FromStr for NetworkArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse() {
            return Ok(Self(address));
        }
        let network: IpNet = text.parse().map_err(|_| "write an address or a network, such as `203.0.113.0/24`")?;
        let least = if network.addr().is_ipv4() { 24 } else { 48 };
        if network.prefix_len() < least {
            return Err(format!("networks are judged as /{least}: write a /{least} or longer, or an address"));
        }
        Ok(Self(network.addr()))
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Explanation {
    network: IpNet,
    known: bool,
    requests: u64,
    pages: u64,
    errors: u64,
    assets: u64,
    trials: u64,
    echoes: u64,
    usable_echoes: usize,
    leads: u64,
    is_human: bool,
    is_browser: bool,
    is_prober: bool,
    names_itself: bool,
    is_incomplete: bool,
    judged: Vec<Judged>,
}

#[derive(Debug, Serialize)]
struct Judged {
    /// `None` if it is not a finding.
    status: Option<Status>,
    side: Side,
    ranges: Vec<IpNet>,
    echoes: usize,
    trials: u64,
    share: f64,
    opposite: usize,
    targets: usize,
    leaders: usize,
    occasions: usize,
    gates: Vec<GateOutcome>,
}

impl Explanation {
    pub(super) fn new(network: IpNet, report: Option<NetworkReport>) -> Self {
        let known = report.is_some();
        let of = |number: fn(&NetworkReport) -> u64| report.as_ref().map_or(0, number);
        let is = |flag: fn(&NetworkReport) -> bool| report.as_ref().is_some_and(flag);
        Self {
            network,
            known,
            requests: of(|report| report.requests),
            pages: of(|report| report.pages),
            errors: of(|report| report.errors),
            assets: of(|report| report.assets),
            trials: of(|report| report.trials),
            echoes: of(|report| report.echoes),
            usable_echoes: report.as_ref().map_or(0, |report| report.usable_echoes),
            leads: of(|report| report.leads),
            is_human: is(|report| report.is_human),
            is_browser: is(|report| report.is_browser),
            is_prober: is(|report| report.is_prober),
            names_itself: is(|report| report.names_itself),
            is_incomplete: is(|report| report.is_incomplete),
            judged: report.into_iter().flat_map(|report| report.judged).map(Judged::new).collect(),
        }
    }

    pub(super) fn write(&self, console: &mut Console) -> Result<(), Failure> {
        let Self { network, requests, pages, errors, assets, trials, echoes, usable_echoes, leads, .. } = self;
        writeln!(console, "{}", console.paint(BOLD, network))?;
        if !self.known {
            writeln!(
                console,
                "  no request came from there, or its requests were forgotten because the tables were full"
            )?;
            return Ok(());
        }
        writeln!(
            console,
            "  {requests} requests: {pages} pages ({errors} with an error status), {assets} assets of pages"
        )?;
        writeln!(
            console,
            "  {trials} requests that could be echoes, {echoes} echoes, of these {usable_echoes} usable (after people, on quiet targets); {leads} echoes of its own requests by others"
        )?;
        for (is, what) in [
            (self.is_human, "people use this network"),
            (self.is_browser, "it loads pages as a browser does"),
            (self.is_prober, "it requests mostly pages that do not exist"),
            (self.names_itself, "its user agent names it as a program"),
            (
                self.is_incomplete,
                "evidence was lost because the tables were full, so it is not judged; give more `--memory`",
            ),
        ] {
            if is {
                writeln!(console, "  {what}")?;
            }
        }
        if self.judged.is_empty() {
            writeln!(console, "  not judged: at least three usable echoes are necessary")?;
        }
        for judged in &self.judged {
            judged.write(console)?;
        }
        Ok(())
    }
}

impl Judged {
    fn new((status, finding): (Option<Status>, Finding)) -> Self {
        Self {
            status,
            side: finding.side,
            ranges: finding.ranges,
            echoes: finding.echoes,
            trials: finding.trials,
            share: finding.share,
            opposite: finding.opposite,
            targets: finding.targets,
            leaders: finding.leaders,
            occasions: finding.occasions,
            gates: finding.gates,
        }
    }

    fn write(&self, console: &mut Console) -> Result<(), Failure> {
        let status = self.status.map_or("not named", Status::as_str);
        let ranges: Vec<String> = self.ranges.iter().map(ToString::to_string).collect();
        let side = self.side.in_words();
        writeln!(console, "\n  {}, {side}: {}", console.paint(BOLD, status), ranges.join(", "))?;
        writeln!(
            console,
            "    {} echoes of {} targets, {} leaders, {} occasions; {:.0} % of {} requests; {} the other way round",
            self.echoes,
            self.targets,
            self.leaders,
            self.occasions,
            self.share * 100.0,
            self.trials,
            self.opposite
        )?;
        for GateOutcome { gate, passed, .. } in &self.gates {
            let (style, word) = if *passed { (GOOD, "passed") } else { (WARNING, "failed") };
            writeln!(console, "    {} {}: {}; {}", console.paint(style, word), gate.name, gate.threshold, gate.reason)?;
        }
        Ok(())
    }
}
