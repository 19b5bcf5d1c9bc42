//! The gates that a group must pass to be named, which chance has nothing to do with. A gate is data: a report prints its name,
//! threshold and reason.

use std::collections::HashMap;

use serde::Serialize;

use super::finding::{Side, Status};
use super::group::{Group, agents};

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

/// How much it takes to be named, by what a group looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Profile {
    /// Follows people, and the log tells who people are.
    Rich,
    /// The log has nothing but address, time and target.
    Poor,
    /// Comes before people.
    Ahead,
    /// Comes with its leader's own agent, or the log has no agents: it may be the leader, elsewhere.
    SameAgent,
    /// Loads pages as a browser does.
    Loads,
}

/// What each profile needs.
struct Needs {
    targets: usize,
    leaders: usize,
    occasions: usize,
    direction: f64,
}

impl Profile {
    fn needs(self) -> Needs {
        let (targets, leaders, occasions, direction) = match self {
            Profile::Rich => (3, 2, 3, 1.0),
            Profile::Poor => (5, 1, 3, 1e-3),
            Profile::Ahead => (5, 3, 3, 1e-2),
            Profile::SameAgent => (8, 3, 3, 1e-2),
            Profile::Loads => (15, 5, 3, 1e-3),
        };
        Needs { targets, leaders, occasions, direction }
    }
}

/// A group, and what the gates look at beside its figures.
pub(super) struct Case<'a> {
    group: &'a Group<'a>,
    /// Whether the log tells people from programs.
    rich: bool,
    /// Whether the log tells of agents.
    tells_agents: bool,
    /// In how many networks with a browser each agent was seen.
    people: &'a HashMap<u32, u32>,
    /// Whether its rank stands out among all groups.
    outstanding: bool,
}

type Test = fn(&Case<'_>) -> bool;

const fn gate(name: &'static str, threshold: &'static str, reason: &'static str, may_suspect: bool) -> Gate {
    Gate { name, threshold, reason, may_suspect }
}

/// All gates, in the order in which they are shown.
static GATES: [(Gate, Test); 11] = [
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

impl<'a> Case<'a> {
    pub(super) fn new(
        group: &'a Group<'a>,
        rich: bool,
        tells_agents: bool,
        people: &'a HashMap<u32, u32>,
        outstanding: bool,
    ) -> Self {
        Self { group, rich, tells_agents, people, outstanding }
    }

    /// Which gates it passes.
    pub(super) fn gates(&self) -> Vec<GateOutcome> {
        GATES.iter().map(|(gate, test)| GateOutcome { gate, passed: test(self) }).collect()
    }

    /// Whether it is named, and as what.
    pub(super) fn status(&self, gates: &[GateOutcome]) -> Option<Status> {
        let mut failed = gates.iter().filter(|outcome| !outcome.passed).map(|outcome| outcome.gate);
        let status = match failed.next() {
            None => Status::Proposed,
            Some(gate) if !gate.may_suspect || failed.any(|gate| !gate.may_suspect) => return None,
            // Who loads pages must pass all else.
            Some(_) if self.profile() == Profile::Loads => {
                let others = gates.iter().filter(|outcome| !outcome.passed).count() == 1;
                others.then_some(Status::Suspected)?
            }
            // A canary would tell. One address after one other is most likely a person.
            Some(_) => {
                let figures = &self.group.figures;
                let several = figures.has_several() || figures.leaders >= 2;
                (self.group.side == Side::After && several).then_some(Status::Suspected)?
            }
        };
        Some(if self.group.named { Status::Declared } else { status })
    }

    fn profile(&self) -> Profile {
        let (group, same_agent) = (self.group, self.group.figures.same_agent);
        let loads = group.networks.iter().any(|network| network.is_browser());
        let sounds_like_people = || !self.tells_agents || same_agent >= 0.2 || self.sounds_human();
        if loads || (group.tainted && sounds_like_people()) {
            Profile::Loads
        } else if self.rich && (!self.tells_agents || same_agent >= 0.5) {
            Profile::SameAgent
        } else {
            match group.side {
                Side::Ahead => Profile::Ahead,
                Side::After if self.rich => Profile::Rich,
                Side::After => Profile::Poor,
            }
        }
    }

    /// Whether half of what it asks is asked with agents that people elsewhere have.
    pub(super) fn sounds_human(&self) -> bool {
        let agents = agents(&self.group.networks);
        let all: u64 = agents.iter().map(|(_, count)| count).sum();
        let people = agents.iter().filter(|(agent, _)| self.people.get(agent).is_some_and(|count| *count >= 3));
        2 * people.map(|(_, count)| count).sum::<u64>() >= all
    }

    /// Mail that nobody opens is scanned too; but then what is asked for must be nobody else's business.
    fn is_private(&self) -> bool {
        let figures = &self.group.figures;
        figures.private as f64 >= 0.6 * figures.targets as f64 || figures.companion
    }

    fn is_often(&self) -> bool {
        self.group.figures.occasions >= self.profile().needs().occasions
    }

    fn is_spread(&self) -> bool {
        let (figures, profile) = (&self.group.figures, self.profile());
        let leaders = match profile {
            Profile::SameAgent if self.tells_agents => figures.steady_leaders,
            _ => figures.leaders,
        };
        let often_enough = match profile {
            Profile::Rich | Profile::Poor => true,
            Profile::SameAgent => figures.dealt >= 4,
            Profile::Ahead | Profile::Loads => false,
        };
        leaders >= profile.needs().leaders || (often_enough && self.is_often())
    }

    fn is_fleet(&self) -> bool {
        let (figures, profile) = (&self.group.figures, self.profile());
        if figures.clockwork && profile != Profile::Loads {
            return true;
        }
        let (several, tainted) = (figures.has_several(), self.group.tainted);
        // Several people on one page are an audience; a vendor deals a leader's pages out.
        if tainted && self.group.side == Side::After {
            return several && figures.dealt >= 2;
        }
        let fleet = match profile {
            Profile::SameAgent => figures.dealt >= 2 && (!self.tells_agents || figures.steady_leaders >= 2),
            Profile::Loads | Profile::Rich | Profile::Ahead if self.rich || profile == Profile::Loads => {
                several && (figures.dealt >= 2 || figures.twice >= 2)
            }
            _ => figures.dealt >= 3,
        };
        fleet || (profile == Profile::Rich && self.is_foreign())
    }

    /// Few echoes, but four addresses in three networks that all speak with one voice, which is no browser's that people here
    /// have.
    fn is_foreign(&self) -> bool {
        let figures = &self.group.figures;
        let agents = agents(&self.group.networks);
        let all: u64 = self.group.networks.iter().map(|network| u64::from(network.requests)).sum();
        let Some((agent, count)) = agents.first().copied() else { return false };
        figures.has_several()
            && figures.share >= 0.9
            && figures.addresses >= 4
            && self.group.networks.len() >= 3
            && figures.leaders >= 2
            && agent != 0
            && count as f64 >= 0.9 * all as f64
            && !self.people.contains_key(&agent)
            && figures.usual_lag() <= 900
    }
}
