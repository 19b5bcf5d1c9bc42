//! A case: a group with everything that the gates test.

use std::collections::HashMap;

use super::gates::{self, GateOutcome};
use super::group::{Group, agents, requests};
use super::status::{Side, Status};

/// A profile: how much evidence a group needs to become a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    /// The group follows people, and the log has assets, so that people can be distinguished from programs.
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
            Profile::Poor => (5, 2, 3, 1e-3),
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
    /// Whether people can be distinguished from programs in this log.
    pub(super) rich: bool,
    /// Whether the log has agents.
    pub(super) has_agents: bool,
    /// For each agent, the number of networks in which a browser with it was seen.
    pub(super) people: &'a HashMap<u32, u32>,
    /// Whether the group's rank stands out among those of all groups.
    pub(super) outstanding: bool,
}

impl<'a> Case<'a> {
    pub(super) fn new(
        group: &'a Group<'a>,
        rich: bool,
        has_agents: bool,
        people: &'a HashMap<u32, u32>,
        outstanding: bool,
    ) -> Self {
        Self { group, rich, has_agents, people, outstanding }
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
                let suspected = self.group.side == Side::After && several && !self.is_of_people();
                suspected.then_some(Status::Suspected)?
            }
        };
        Some(if self.group.named { Status::Declared } else { status })
    }

    pub(super) fn profile(&self) -> Profile {
        let (group, same_agent) = (self.group, self.group.figures.same_agent);
        let loads = group.networks.iter().any(|network| network.is_browser());
        let sounds_like_people = || !self.has_agents || same_agent >= 0.2 || self.has_human_agents();
        // No leader asks with `HEAD` first.
        let may_be_leader = if self.has_agents { same_agent >= 0.5 } else { !group.figures.is_program };
        if loads || (group.tainted && sounds_like_people()) {
            Profile::Loads
        } else if self.rich && may_be_leader {
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
    pub(super) fn has_human_agents(&self) -> bool {
        let agents = agents(&self.group.networks);
        let all: u64 = agents.iter().map(|(_, count)| count).sum();
        let people = agents.iter().filter(|(agent, _)| self.people.get(agent).is_some_and(|count| *count >= 3));
        2 * people.map(|(_, count)| count).sum::<u64>() >= all
    }

    /// Whether it accompanies people, on either side: a proxy that looks at a page before or while it loads. People who
    /// wait for the same news come within half a minute too, but with browsers.
    pub(super) fn is_companion(&self) -> bool {
        let figures = &self.group.figures;
        figures.companion || (figures.near && self.foreign_agents() >= 0.9)
    }

    /// The share of the group's requests whose agents no browser of people in this log has.
    fn foreign_agents(&self) -> f64 {
        let agents = agents(&self.group.networks);
        let all = requests(&self.group.networks);
        let foreign = agents.iter().filter(|(agent, _)| !self.people.contains_key(agent));
        foreign.map(|(_, count)| count).sum::<u64>() as f64 / all.max(1) as f64
    }

    /// A mail that nobody opens is scanned too, so missing echoes say nothing; but then its targets must be private.
    pub(super) fn is_private(&self) -> bool {
        let figures = &self.group.figures;
        figures.mostly_private() || self.is_companion()
    }

    /// Whether others request its targets too, and it requests other pages besides. In a log in which people cannot be
    /// distinguished from programs, the former is enough: two crawlers that walk one list, one a minute behind the
    /// other, request nothing else. So it is if all its pages are of one leader: that one is their author. A client that
    /// requests the same page each time before it follows one or two leaders, or to pages that others mostly request too,
    /// reads there what they have published. Whoever follows many leaders from page to page reads no news.
    pub(super) fn may_read_news(&self) -> bool {
        let figures = &self.group.figures;
        let is_told = figures.has_list && (figures.leaders <= 2 || 2 * figures.private < figures.targets);
        let is_public = 5 * figures.private < figures.targets;
        let follows_many_sessions = figures.leaders >= 8 && self.follows_sessions();
        let reads_more = || match self.profile() {
            // Crawlers request many pages of one leader in one meeting; people open a few. Of a busy client, too few
            // meetings are known; it is then only suspected.
            Profile::Poor => !follows_many_sessions || figures.trials > 5.0 * figures.meetings as f64,
            _ => figures.leaders <= 1 || figures.share < 0.75 && !follows_many_sessions,
        };
        self.group.side == Side::After && (is_told || is_public && reads_more())
    }

    /// Whether it follows leaders from page to page: again and again, one of its addresses requests a page of a leader, and
    /// another address requests the leader's next page within five minutes. Links are seldom shared or published so fast;
    /// but one person may send several links at once.
    pub(super) fn follows_sessions(&self) -> bool {
        let figures = &self.group.figures;
        figures.leaders >= 3 && figures.session_changes >= 4 && figures.session_changes as f64 >= 0.05 * figures.trials
    }

    /// The largest rank by direction with which it is clear who comes first.
    pub(super) fn needed_direction(&self) -> f64 {
        match self.profile() {
            Profile::Ahead if self.group.figures.is_program => 0.05,
            profile => profile.needs().direction,
        }
    }

    pub(super) fn is_often(&self) -> bool {
        self.group.figures.occasions >= self.profile().needs().occasions
    }

    pub(super) fn is_spread(&self) -> bool {
        let (figures, profile) = (&self.group.figures, self.profile());
        let leaders = match profile {
            Profile::SameAgent if self.has_agents => figures.steady_leaders,
            _ => figures.leaders,
        };
        let often_enough = match profile {
            // A follower of one leader may be a colleague if others here have its browser too.
            Profile::Rich => figures.leaders >= 2 || !self.has_agents || !self.has_human_agents(),
            // Two programs of one customer look like a leader and a follower if one writes what the other reads.
            Profile::Poor => self.has_agents || figures.leader_networks >= 2,
            Profile::SameAgent => figures.session_changes >= 4,
            Profile::Ahead | Profile::Loads => false,
        };
        leaders >= profile.needs().leaders || (often_enough && self.is_often())
    }

    /// Whether it mostly comes after, and sometimes before, the visitors of many private pages, and hardly sends other requests:
    /// a mail filter that looks at a link when the mail comes or when its reader opens it.
    pub(super) fn is_on_both_sides(&self) -> bool {
        let figures = &self.group.figures;
        let both = (figures.echoes + figures.opposite) as f64 / figures.echoes as f64;
        self.profile() == Profile::Rich
            && 2 * figures.opposite <= figures.echoes
            && both * figures.share >= 0.9
            && 10 * figures.private >= 9 * figures.targets
            && figures.has_many()
    }

    /// The least share of echoes in all its requests. A mail that nobody opens is scanned too; but who is followed within
    /// seconds is no mail filter.
    pub(super) fn needed_share(&self) -> f64 {
        let is_filter = self.group.side == Side::Ahead && self.is_private() && self.group.figures.median_lag() > 60;
        if is_filter { 0.25 } else { 0.6 }
    }

    /// Whether it cannot be the author of the pages who comes ahead of their readers: it comes within seconds, whoever
    /// reads, or is a program.
    pub(super) fn is_no_author(&self) -> bool {
        self.rich || self.is_companion() || self.group.figures.is_program
    }

    /// Whether people explain what is left: each follower has a leader of its own, as the two stacks of one phone; or
    /// one or two people reload their pages from other exits of their networks; or a single address has loaded an asset
    /// as a browser does, has the agent of a browser, or has followed few visits that others could not have followed.
    fn is_of_people(&self) -> bool {
        let (group, figures) = (self.group, &self.group.figures);
        let reloads = self.has_agents && figures.same_agent >= 0.9 && figures.leaders < 3;
        let human =
            || group.networks.iter().any(|network| network.is_human()) || self.has_agents && self.has_human_agents();
        let little = figures.targets < 5 || 5 * figures.private < figures.targets;
        let single = figures.addresses == 1 && (human() || little);
        figures.is_paired || reloads || single
    }
}
