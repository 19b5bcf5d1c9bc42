//! A group that is held against the gates, and what they look at.

use std::collections::HashMap;

use super::gates::{self, GateOutcome};
use super::group::{Group, agents};
use super::status::{Side, Status};

/// How much it takes to be named, by what a group looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
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
pub(super) struct Needs {
    pub(super) targets: usize,
    pub(super) leaders: usize,
    pub(super) occasions: usize,
    pub(super) direction: f64,
}

impl Profile {
    pub(super) fn needs(self) -> Needs {
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
    pub(super) group: &'a Group<'a>,
    /// Whether the log tells people from programs.
    pub(super) rich: bool,
    /// Whether the log tells of agents.
    tells_agents: bool,
    /// In how many networks with a browser each agent was seen.
    people: &'a HashMap<u32, u32>,
    /// Whether its rank stands out among all groups.
    pub(super) outstanding: bool,
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
        gates::outcomes(self)
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

    pub(super) fn profile(&self) -> Profile {
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
    pub(super) fn is_private(&self) -> bool {
        let figures = &self.group.figures;
        figures.private as f64 >= 0.6 * figures.targets as f64 || figures.companion
    }

    /// Whether others come for its targets, too, and it asks for other things besides.
    pub(super) fn may_read_news(&self) -> bool {
        let figures = &self.group.figures;
        self.group.side == Side::After && 5 * figures.private < figures.targets && figures.share < 0.75
    }

    pub(super) fn is_often(&self) -> bool {
        self.group.figures.occasions >= self.profile().needs().occasions
    }

    pub(super) fn is_spread(&self) -> bool {
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

    pub(super) fn is_fleet(&self) -> bool {
        let (figures, profile) = (&self.group.figures, self.profile());
        if figures.clockwork && profile != Profile::Loads {
            return true;
        }
        let (several, tainted) = (figures.has_several(), self.group.tainted);
        // Several people on one page are an audience; a vendor deals a leader's pages out. Whoever follows one person alone, from
        // where people are, may be that person's family.
        if tainted && self.group.side == Side::After {
            return several && figures.dealt >= 2 && figures.leaders >= 2;
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
