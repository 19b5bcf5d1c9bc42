//! A case: a group with everything that the gates test.

use std::collections::HashMap;

use super::gates::{self, GateOutcome};
use super::group::{Group, agents};
use super::status::{Side, Status};

/// A profile: how much evidence a group needs to become a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    /// The group follows people, and the log has assets, so that people can be told from programs.
    Rich,
    /// The log has only address, time and target.
    Poor,
    /// The group requests targets before people do.
    Ahead,
    /// The group has its leader's agent, or the log has no agents: it may be the leader in another network.
    SameAgent,
    /// The group loads pages as a browser does.
    Loads,
}

/// The minimums of a profile.
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

/// A group, with the facts that the gates test beside its figures.
pub(super) struct Case<'a> {
    pub(super) group: &'a Group<'a>,
    /// Whether people can be told from programs in this log.
    pub(super) rich: bool,
    /// Whether the log has agents.
    tells_agents: bool,
    /// For each agent, the number of networks in which a browser with it was seen.
    people: &'a HashMap<u32, u32>,
    /// Whether the group's rank stands out among those of all groups.
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

    /// The outcome of each gate.
    pub(super) fn gates(&self) -> Vec<GateOutcome> {
        gates::outcomes(self)
    }

    /// Whether the group is a finding, and with which status.
    pub(super) fn status(&self, gates: &[GateOutcome]) -> Option<Status> {
        let mut failed = gates.iter().filter(|outcome| !outcome.passed).map(|outcome| outcome.gate);
        let status = match failed.next() {
            None => Status::Proposed,
            Some(gate) if !gate.may_suspect || failed.any(|gate| !gate.may_suspect) => return None,
            // A group that loads pages must pass all other gates.
            Some(_) if self.profile() == Profile::Loads => {
                let others = gates.iter().filter(|outcome| !outcome.passed).count() == 1;
                others.then_some(Status::Suspected)?
            }
            // A canary would decide this. One address that follows one other address is most likely a person.
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

    /// Whether half or more of the group's requests have agents that people in other networks have.
    pub(super) fn sounds_human(&self) -> bool {
        let agents = agents(&self.group.networks);
        let all: u64 = agents.iter().map(|(_, count)| count).sum();
        let people = agents.iter().filter(|(agent, _)| self.people.get(agent).is_some_and(|count| *count >= 3));
        2 * people.map(|(_, count)| count).sum::<u64>() >= all
    }

    /// A mail that nobody opens is scanned too, so missing echoes say nothing; but then its targets must be private.
    pub(super) fn is_private(&self) -> bool {
        let figures = &self.group.figures;
        figures.private as f64 >= 0.6 * figures.targets as f64 || figures.companion
    }

    /// Whether others request its targets too, and it requests other pages besides.
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
        // Several people on one page are an audience, while a vendor spreads a leader's pages over its addresses. A
        // network with people that follows one person only may be that person's family.
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

    /// Few echoes, but four addresses in three networks that all send one agent, and no browser of people in this log
    /// has that agent.
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
