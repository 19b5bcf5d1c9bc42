//! The ranges around one address, and which of them a rule may act on.

use ipnet::IpNet;

use super::{Audience, Certainty, JudgeOn, RuleAudience, Serves};

/// A set of groups of ranges, by their number in the engine: a rule may mean a scanner's surest ranges alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GroupSet(Box<[bool]>);

impl GroupSet {
    pub(crate) fn new(members: impl IntoIterator<Item = bool>) -> Self {
        Self(members.into_iter().collect())
    }

    pub(crate) fn contains(&self, group: usize) -> bool {
        self.0.get(group).copied().unwrap_or(false)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().filter(|(_, member)| **member).map(|(group, _)| group)
    }

    pub(crate) fn is_superset(&self, other: &GroupSet) -> bool {
        other.iter().all(|group| self.contains(group))
    }
}

/// Which ranges a rule acts on: those of its audience, at least as sure as it asks for, and to be judged on what it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Reach {
    pub(crate) audience: RuleAudience,
    pub(crate) certainty: Certainty,
    /// `None` where it does not matter what is served.
    pub(crate) serves: Option<Serves>,
}

impl Reach {
    /// The default of rules that block or decoy, and the reach of `default_action`.
    pub(crate) const CAUTIOUS: Reach =
        Reach { audience: RuleAudience::Exclusive, certainty: Certainty::Observed, serves: Some(Serves::Links) };
    /// The default of rules that allow or tag.
    pub(crate) const EVERYTHING: Reach =
        Reach { audience: RuleAudience::Any, certainty: Certainty::Registered, serves: None };

    /// Whether a range of this audience and certainty is reached, if no other range is around the address.
    pub(crate) fn covers(self, audience: Audience, certainty: Certainty) -> bool {
        self.audience.includes(audience) && certainty >= self.certainty
    }

    fn judges(self, judge_on: JudgeOn) -> bool {
        self.serves.is_none_or(|serves| judge_on.allows(serves))
    }

    /// Whether this reaches all that `other` reaches.
    pub(crate) fn is_superset(self, other: Reach) -> bool {
        (self.audience == RuleAudience::Any || self.audience == other.audience)
            && self.certainty <= other.certainty
            && (self.serves.is_none() || self.serves == other.serves)
    }
}

/// Which condition of a [`Reach`] no range around an address meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutOfReach {
    /// People use these addresses too.
    Audience,
    /// Only machines use them, and it is not sure enough that they scan.
    Certainty,
    /// A request for what the rule serves may be a person's.
    JudgeOn,
}

/// One scanner's range around an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) network: IpNet,
    pub(crate) scanner: usize,
    /// The number of its group among those of all scanners.
    pub(crate) group: usize,
    pub(crate) audience: Audience,
    pub(crate) certainty: Certainty,
    pub(crate) judge_on: JudgeOn,
}

/// All scanners' ranges around one address, most specific first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels(Vec<Label>);

impl FromIterator<Label> for Labels {
    fn from_iter<I: IntoIterator<Item = Label>>(labels: I) -> Self {
        Self(labels.into_iter().collect())
    }
}

impl Labels {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Label> {
        self.0.iter()
    }

    /// The labels of these scanners; of all where none are named.
    fn of<'a>(&'a self, scanners: Option<&'a GroupSet>) -> impl Iterator<Item = &'a Label> {
        self.0.iter().filter(move |label| scanners.is_none_or(|set| set.contains(label.group)))
    }

    /// Whether any of these scanners may be judged on what a rule serves.
    pub(crate) fn may_be_judged(&self, scanners: Option<&GroupSet>, serves: Serves) -> bool {
        self.of(scanners).any(|label| label.judge_on.allows(serves))
    }

    /// Whether the address belongs to one of these scanners.
    pub(crate) fn any_of(&self, scanners: Option<&GroupSet>) -> bool {
        self.of(scanners).next().is_some()
    }

    /// Whether a rule for these scanners, of which the address has one, may act on it; if not, why.
    ///
    /// The most specific range says what an address is. A machine (/32) that is known to scan may be acted upon
    /// though the gateway's network around it (/16) carries people; a people's network inside a scanner's may not,
    /// and neither may a range that one list calls exclusive and another shared.
    pub(crate) fn check_reach(&self, scanners: Option<&GroupSet>, reach: Reach) -> Result<(), OutOfReach> {
        let shared = self.0.iter().filter(|label| label.audience == Audience::Shared);
        let shared_length = shared.map(|label| label.network.prefix_len()).max();
        let for_machines = |label: &Label| shared_length.is_none_or(|length| label.network.prefix_len() > length);
        let mut nearest = OutOfReach::Audience;
        for label in self.of(scanners) {
            if reach.audience == RuleAudience::Exclusive && !for_machines(label) {
                continue;
            }
            if label.certainty >= reach.certainty && reach.judges(label.judge_on) {
                return Ok(());
            }
            nearest = if label.certainty < reach.certainty { OutOfReach::Certainty } else { OutOfReach::JudgeOn };
        }
        Err(nearest)
    }
}
