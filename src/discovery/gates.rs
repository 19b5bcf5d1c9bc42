//! The gates that a group must pass to become a finding. The first one excludes chance, and the others exclude other
//! explanations, such as people or feed readers. A gate is data, so that a report can print its name, threshold and
//! reason.

use serde::Serialize;

use super::case::{Case, Profile};
use super::status::Side;

/// One condition for a finding.
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
    /// The condition, in a few words.
    pub name: &'static str,
    /// The value from which on the condition holds.
    pub threshold: &'static str,
    /// Who is protected by this gate.
    pub reason: &'static str,
    /// Whether a group that fails this gate can still be suspected.
    pub may_suspect: bool,
}

/// A gate and its outcome for a group.
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
    /// Whether the group passed the gate.
    pub passed: bool,
}

type Test = fn(&Case<'_>) -> bool;

const fn gate(name: &'static str, threshold: &'static str, reason: &'static str, may_suspect: bool) -> Gate {
    Gate { name, threshold, reason, may_suspect }
}

/// All gates, in the order in which they are shown.
static GATES: [(Gate, Test); 13] = [
    (
        gate(
            "not by chance",
            "its rank is significant among all networks of the log (Benjamini and Hochberg, 1 %)",
            "in a long log, some network requests any page before another one by chance",
            false,
        ),
        |case| case.outstanding,
    ),
    (
        gate(
            "one direction",
            "the other direction has at most 25 % of the echoes; or 50 %, in a log with assets, if it mostly comes after people, 90 % of its requests are of one of both directions and 90 % of its pages private, with 8 leaders and 8 addresses",
            "of two networks of people who share pages, each comes first about as often",
            false,
        ),
        |case| {
            let figures = &case.group.figures;
            let few = figures.opposite as f64 <= 0.25 * figures.echoes as f64;
            few || case.is_companion() || case.is_on_both_sides()
        },
    ),
    (
        gate(
            "does little else",
            "60 % of its requests are echoes; more than a minute before people on private pages, 25 %",
            "crawlers, feed readers and people also send other requests",
            false,
        ),
        |case| case.is_companion() || case.group.figures.share >= case.needed_share(),
    ),
    (gate("three pages", "3 different targets", "many people may know a single page", false), |case| {
        case.group.figures.targets >= 3
    }),
    (
        gate(
            "people are known",
            "before people, only in logs in which people can be distinguished from programs; or within seconds, or with HEAD and GET",
            "without this, the finding could be the author of the pages",
            false,
        ),
        |case| case.group.side == Side::After || case.is_no_author(),
    ),
    (
        gate(
            "private pages",
            "before people, 60 % of its targets are requested by no other network",
            "a reader of news also comes before others",
            false,
        ),
        |case| case.group.side == Side::After || case.is_private(),
    ),
    (
        gate(
            "loads nothing",
            "none of its networks loads two assets from a page or follows three links, and none has the agents of the people of its site",
            "a browser loads some assets, even if most are in its cache",
            true,
        ),
        |case| case.profile() != Profile::Loads,
    ),
    (
        gate(
            "enough pages",
            "3 targets; 5 before people or in a log without assets; 8 with the leader's own agent; 15 if it loads pages",
            "with the leader's agent, it may be the leader in another network",
            true,
        ),
        |case| case.group.figures.targets >= case.profile().needs().targets,
    ),
    (
        gate(
            "no reader of news",
            "a fifth of its targets are requested by no other network; or 75 % of its requests are echoes, of several leaders, in a log with assets; \
             or it follows 8 leaders from page to page; \
             and after one and the same page, it follows three leaders, to pages of which half are requested by no other network",
            "a client that is notified of news requests them before other readers, and also requests the list of news",
            true,
        ),
        |case| !case.may_read_news(),
    ),
    (
        gate(
            "most of their pages",
            "in a log without agents, it follows 45 % of its leaders' visits; or, four times and in 5 % of its requests, another of its addresses requests a leader's next page within five minutes",
            "a service that previews the links that people share follows single visits, and only its agent would name it",
            false,
        ),
        |case| {
            let follows = case.group.figures.coverage >= 0.45 || case.follows_sessions();
            case.has_agents || case.group.side == Side::Ahead || follows
        },
    ),
    (
        gate(
            "more than one meeting",
            "leaders of 2 sites (3 before people or with the leader's agent, 5 if it loads pages), or 3 occasions: with an agent of its own, or in a log without assets",
            "a single leader on a single occasion may have sent somebody a link",
            true,
        ),
        |case| case.is_spread(),
    ),
    (
        gate(
            "several addresses at once",
            "2 changes of address within half an hour, and a leader's pages divided among addresses, or pages requested twice; \
             or always the same delay; or one agent in four addresses that no visitor has; or HEAD and GET in turn from two addresses; \
             or 8 addresses that follow 8 leaders in 10 meetings (20 if they come later than half an hour), with 80 % of their requests",
            "a person has one address at a time",
            true,
        ),
        |case| case.is_fleet(),
    ),
    (
        gate(
            "certain direction",
            "P(direction) at most 0.001 in a log without assets or if it loads pages, 0.01 before people or with the leader's agent, \
             0.05 before people with HEAD and GET; 3 occasions in a log without assets",
            "if people cannot be distinguished from programs, only the direction shows a follower",
            true,
        ),
        |case| {
            let figures = &case.group.figures;
            (figures.direction <= case.needed_direction() || case.is_companion()) && (case.rich || case.is_often())
        },
    ),
];

impl Gate {
    /// All gates, in the order in which they are tested.
    pub fn all() -> impl Iterator<Item = &'static Gate> {
        GATES.iter().map(|(gate, _)| gate)
    }
}

/// The outcome of each gate for this case.
pub(super) fn outcomes(case: &Case<'_>) -> Vec<GateOutcome> {
    GATES.iter().map(|(gate, test)| GateOutcome { gate, passed: test(case) }).collect()
}
