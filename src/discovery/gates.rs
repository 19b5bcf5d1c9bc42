//! The gates that a group must pass to be named, which chance has nothing to do with. A gate is data: a report prints its name,
//! threshold and reason.

use serde::Serialize;

use super::case::{Case, Profile};
use super::status::Side;

/// One condition on which somebody is named.
///
/// ```
/// use actix_scanner_guard::discovery::Gate;
///
/// let gate = Gate::all().find(|gate| gate.name == "loads nothing").unwrap();
/// println!("{} ({}): {}", gate.name, gate.threshold, gate.reason);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Gate {
    /// What has to be so, in a few words.
    pub name: &'static str,
    /// From which value on it is so.
    pub threshold: &'static str,
    /// Whom it keeps from being named.
    pub reason: &'static str,
    /// Whether who fails it may still be suspected.
    pub may_suspect: bool,
}

/// A gate, and whether a group passed it.
///
/// ```
/// use actix_scanner_guard::discovery::{GateOutcome, Sizes, Watcher};
///
/// let failed = |gates: &[GateOutcome]| gates.iter().filter(|gate| !gate.passed).count();
/// let report = Watcher::new(Sizes::LIVE).findings(0);
/// assert!(report.findings.iter().all(|finding| failed(&finding.gates) <= 5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GateOutcome {
    /// The gate.
    #[serde(flatten)]
    pub gate: &'static Gate,
    /// Whether it was passed.
    pub passed: bool,
}

type Test = fn(&Case<'_>) -> bool;

const fn gate(name: &'static str, threshold: &'static str, reason: &'static str, may_suspect: bool) -> Gate {
    Gate { name, threshold, reason, may_suspect }
}

/// All gates, in the order in which they are shown.
static GATES: [(Gate, Test); 12] = [
    (
        gate(
            "not by chance",
            "its rank stands out among all networks of the log (Benjamini and Hochberg, 1 %)",
            "somebody comes before somebody else on any page, if one waits long enough",
            false,
        ),
        |case| case.outstanding,
    ),
    (
        gate(
            "one direction",
            "the other direction has at most 25 % of the echoes",
            "people who share pages come first about as often as second",
            false,
        ),
        |case| {
            let figures = &case.group.figures;
            figures.companion || figures.opposite as f64 <= 0.25 * figures.echoes as f64
        },
    ),
    (
        gate(
            "does little else",
            "60 % of its requests are echoes; ahead of people on private pages, 25 %",
            "crawlers, feed readers and people do other things as well",
            false,
        ),
        |case| {
            let share = if case.group.side == Side::Ahead && case.is_private() { 0.25 } else { 0.6 };
            case.group.figures.companion || case.group.figures.share >= share
        },
    ),
    (gate("three pages", "3 different targets", "one page can be everybody's", false), |case| {
        case.group.figures.targets >= 3
    }),
    (
        gate(
            "people are known",
            "ahead of people only in logs that tell people from programs",
            "it would name whoever publishes",
            false,
        ),
        |case| case.group.side == Side::After || case.rich,
    ),
    (
        gate(
            "private pages",
            "ahead of people, 60 % of its targets are nobody else's",
            "a reader of news comes before others too",
            false,
        ),
        |case| case.group.side == Side::After || case.is_private(),
    ),
    (
        gate(
            "loads nothing",
            "no network of it loads two assets from a page or follows three links, and none sounds like the people of its site",
            "a browser loads assets at some time, even with a warm cache",
            true,
        ),
        |case| case.profile() != Profile::Loads,
    ),
    (
        gate(
            "enough pages",
            "3 targets; 5 ahead of people or where the log tells little; 8 with the leader's own agent",
            "with the leader's agent it may be the leader himself, on another network",
            true,
        ),
        |case| case.group.figures.targets >= case.profile().needs().targets,
    ),
    (
        gate(
            "no reader of news",
            "a fifth of its targets are nobody else's, or 75 % of its requests are echoes",
            "a client that is notified of news requests them before other readers, and also requests the list of news",
            true,
        ),
        |case| !case.may_read_news(),
    ),
    (
        gate(
            "more than one meeting",
            "leaders of 2 sites (3 ahead of people or with the leader's agent), or 3 occasions",
            "one leader on one occasion may be somebody who was sent a link",
            true,
        ),
        |case| case.is_spread(),
    ),
    (
        gate(
            "several addresses at once",
            "2 changes of address within half an hour, and a leader's pages dealt out among addresses, or pages asked for twice; \
             or always the same delay; or one agent in four addresses that nobody here has",
            "a person has one address at a time",
            true,
        ),
        |case| case.is_fleet(),
    ),
    (
        gate(
            "certain direction",
            "P(direction) at most 0.001 where the log tells little, 0.01 ahead of people or with the leader's agent; \
             3 occasions where the log tells little",
            "where nothing tells people from programs, the direction has to",
            true,
        ),
        |case| {
            let (figures, needs) = (&case.group.figures, case.profile().needs());
            (figures.direction <= needs.direction || figures.companion) && (case.rich || case.is_often())
        },
    ),
];

impl Gate {
    /// All gates, in the order in which they are looked at.
    pub fn all() -> impl Iterator<Item = &'static Gate> {
        GATES.iter().map(|(gate, _)| gate)
    }
}

/// Which gates this case passes.
pub(super) fn outcomes(case: &Case<'_>) -> Vec<GateOutcome> {
    GATES.iter().map(|(gate, test)| GateOutcome { gate, passed: test(case) }).collect()
}
