//! The report of `replay`, in the form of its JSON. Text and HTML show the same values.

use std::net::IpAddr;

use serde::Serialize;

use super::super::logs::{Evaluator, LeftOut, ReadLogs, Undecided};
use super::notes;
use super::tally::{Actions, Share, Tally, Unknown, path_of};
use crate::access_log::Scanned;
use crate::identity::Identity;
use crate::policy::{Action, Mode};
use crate::scanners::Category;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) mode: Mode,
    #[serde(flatten)]
    pub(super) read: ReadLogs,
    /// All requests that the policy decided.
    pub(super) requests: u64,
    /// The requests of scanners, by action.
    pub(super) actions: Actions,
    /// Those of them that are only observed: their responses do not change.
    pub(super) observed: Actions,
    pub(super) unknown: Unknown,
    pub(super) scanners: Vec<ScannerRow>,
    pub(super) rules: Vec<RuleRow>,
    /// The requests of scanners by identity.
    pub(super) identities: Vec<IdentityRow>,
    pub(super) paths: TopRows<PathRow>,
    pub(super) addresses: TopRows<AddressRow>,
    pub(super) statuses: Vec<StatusRow>,
    pub(super) over_time: OverTime,
    /// Facts that a reader of the report must know, such as a header that is not logged.
    pub(super) notes: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct ScannerRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) category: Category,
    #[serde(flatten)]
    pub(super) actions: Actions,
}

#[derive(Debug, Serialize)]
pub(super) struct IdentityRow {
    pub(super) identity: &'static str,
    #[serde(flatten)]
    pub(super) actions: Actions,
}

#[derive(Debug, Serialize)]
pub(super) struct RuleRow {
    /// `None` for `default_action`.
    pub(super) id: Option<String>,
    #[serde(flatten)]
    pub(super) actions: Actions,
}

/// The most frequent keys of a set that may not fit into memory.
#[derive(Debug, Serialize)]
pub(super) struct TopRows<T> {
    /// The number by which each count may be too low; 0 if all keys were counted.
    pub(super) max_error: u64,
    pub(super) rows: Vec<T>,
}

#[derive(Debug, Serialize)]
pub(super) struct PathRow {
    pub(super) action: Action,
    pub(super) path: String,
    pub(super) requests: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct AddressRow {
    pub(super) address: IpAddr,
    pub(super) scanner: Option<String>,
    pub(super) requests: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct StatusRow {
    pub(super) status: u16,
    #[serde(flatten)]
    pub(super) share: Share,
}

#[derive(Debug, Serialize)]
pub(super) struct OverTime {
    pub(super) step_seconds: i64,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) start: String,
    #[serde(flatten)]
    pub(super) share: Share,
}

/// Maximum number of steps. The columns of a chart with more steps are too thin.
const MAX_STEPS: usize = 96;

impl Report {
    /// Adds up the counts of all threads. Long lists are cut to `rows`.
    pub(super) fn new(
        evaluator: &Evaluator,
        scanned: Scanned<Tally<'_>>,
        left_out: LeftOut,
        rows: usize,
    ) -> (Self, Undecided) {
        let lines = scanned.counts();
        let mut tally = Tally::new(evaluator);
        scanned.parts.into_iter().for_each(|part| tally.merge(part));
        if tally.is_doubtful() {
            tally.drop_forged();
        }
        let notes = notes::about(evaluator, &tally, &scanned.logs);
        let (step_seconds, steps) = tally.timeline.clone().steps(MAX_STEPS);
        let steps = steps.into_iter().map(|(start, share)| Step { start: start.to_string(), share });
        let undecided = std::mem::take(&mut tally.undecided);
        let report = Self {
            mode: evaluator.engine().policy().mode(),
            read: ReadLogs::new(scanned.logs, lines, left_out, [tally.first, tally.last]),
            requests: tally.all.requests,
            actions: tally.all.actions,
            observed: tally.observed,
            unknown: tally.unknown,
            scanners: scanners(evaluator, &tally.scanners, rows),
            rules: rules(evaluator, &tally.rules),
            identities: identities(&tally),
            paths: paths(&tally, rows),
            addresses: addresses(evaluator, &tally, rows),
            statuses: statuses(&tally.statuses),
            over_time: OverTime { step_seconds, steps: steps.collect() },
            notes,
        };
        (report, undecided)
    }

    /// The requests of scanners.
    pub(super) fn of_scanners(&self) -> u64 {
        self.actions.total()
    }
}

fn scanners(evaluator: &Evaluator, counts: &[Actions], rows: usize) -> Vec<ScannerRow> {
    let seen = counts.iter().enumerate().filter(|(_, actions)| actions.total() > 0);
    let mut seen: Vec<ScannerRow> = seen
        .map(|(number, actions)| {
            let scanner = evaluator.engine().scanners().scanner(number);
            let (id, name) = (scanner.id().to_owned(), scanner.name().to_owned());
            ScannerRow { id, name, category: scanner.category(), actions: *actions }
        })
        .collect();
    seen.sort_by(|a, b| b.actions.total().cmp(&a.actions.total()).then_with(|| a.id.cmp(&b.id)));
    seen.truncate(rows);
    seen
}

/// All rules in their order, including rules that decided nothing: they may be superfluous.
fn rules(evaluator: &Evaluator, counts: &[Actions]) -> Vec<RuleRow> {
    let ids = evaluator.engine().policy().rules().iter().map(|rule| Some(rule.id.to_string()));
    ids.chain([None]).zip(counts).map(|(id, actions)| RuleRow { id, actions: *actions }).collect()
}

fn identities(tally: &Tally<'_>) -> Vec<IdentityRow> {
    let rows = Identity::NAMES.into_iter().zip(tally.identities);
    let rows = rows.map(|(identity, actions)| IdentityRow { identity, actions });
    rows.filter(|row| row.actions.total() > 0).collect()
}

fn paths(tally: &Tally<'_>, rows: usize) -> TopRows<PathRow> {
    let rows = tally.paths.most(rows).into_iter().map(|(key, requests)| {
        let (action, path) = path_of(key);
        PathRow { action, path, requests }
    });
    TopRows { max_error: tally.paths.error(), rows: rows.collect() }
}

fn addresses(evaluator: &Evaluator, tally: &Tally<'_>, rows: usize) -> TopRows<AddressRow> {
    let scanners = evaluator.engine().scanners();
    let scanner = |address| Some(scanners.scanner(scanners.origins_of(address).next()?.1.scanner).id().to_owned());
    let rows = tally.addresses.most(rows).into_iter();
    let rows = rows.map(|(address, requests)| AddressRow { address: *address, scanner: scanner(*address), requests });
    TopRows { max_error: tally.addresses.error(), rows: rows.collect() }
}

fn statuses(counts: &[Share]) -> Vec<StatusRow> {
    let seen = (0..).zip(counts).filter(|(_, share)| share.actions.total() > 0);
    seen.map(|(status, share)| StatusRow { status, share: *share }).collect()
}
