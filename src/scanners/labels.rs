//! The ranges around one address, and which of them a rule may act on.

use ipnet::IpNet;

use super::{Audience, Certainty, JudgeOn, RuleAudience, Serves};
use crate::identity::{By, Identity};

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

/// Which identities a rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Identities {
    /// Bits by the number of an identity: of claims, and of addresses.
    claims: u8,
    addresses: u8,
    /// Whether an address counts that people use too, of a request that claims nothing.
    nameless: bool,
}

const fn bit(identity: Identity) -> u8 {
    1 << identity.number()
}

impl Identities {
    /// The default: everybody.
    pub(crate) const ALL: Self = Self { claims: u8::MAX, addresses: u8::MAX, nameless: true };
    /// The default of rules that allow: whoever has the address, and of those who only claim it, whoever proves it.
    pub(crate) const PROVED: Self = Self { claims: bit(Identity::Verified(By::List)), ..Self::ALL };

    /// These alone.
    pub(crate) fn only(identities: impl IntoIterator<Item = Identity>) -> Self {
        let bits = identities.into_iter().fold(0, |bits, identity| bits | bit(identity));
        Self { claims: bits, addresses: bits, nameless: false }
    }

    /// Whether requests count that come from where they say: a rule for `forged` alone meets no real bot.
    pub(crate) fn include_real_bots(self) -> bool {
        let real = bit(Identity::Verified(By::List)) | bit(Identity::Undeclared);
        self.nameless || (self.claims | self.addresses) & real != 0
    }

    fn include(self, label: &Label) -> bool {
        match label.identity {
            Some(identity) => (if label.by_claim { self.claims } else { self.addresses }) & bit(identity) != 0,
            None => self.nameless,
        }
    }

    /// Whether these are all that `other` are.
    pub(crate) fn is_superset(self, other: Self) -> bool {
        let includes = |mine: u8, others: u8| mine & others == others;
        includes(self.claims, other.claims)
            && includes(self.addresses, other.addresses)
            && (self.nameless || !other.nameless)
    }

    /// Whether a claim that is not proved is among them.
    pub(crate) fn believe_claims(self) -> bool {
        self.claims & !bit(Identity::Verified(By::List)) & !bit(Identity::Undeclared) & ALL_BITS != 0
    }

    /// Their names, in order.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        let is_among = move |number: &usize| self.claims & (1 << number) != 0;
        (0..Identity::NAMES.len()).filter(is_among).map(|number| Identity::NAMES[number])
    }
}

const ALL_BITS: u8 = (1 << Identity::NAMES.len()) - 1;

/// Which labels a rule asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// `None` for all in use.
    pub(crate) scanners: Option<&'a GroupSet>,
    pub(crate) identities: Identities,
}

impl Wanted<'_> {
    pub(crate) const EVERYBODY: Self = Self { scanners: None, identities: Identities::ALL };

    fn is_scanner(&self, label: &Label) -> bool {
        self.scanners.is_none_or(|set| set.contains(label.group))
    }
}

/// One scanner's range around an address, or a claim of its bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) network: IpNet,
    pub(crate) scanner: usize,
    /// The number of its group among those of all scanners.
    pub(crate) group: usize,
    pub(crate) audience: Audience,
    pub(crate) certainty: Certainty,
    pub(crate) judge_on: JudgeOn,
    /// `None` where people use the address too, and nobody claims to be the scanner.
    pub(crate) identity: Option<Identity>,
    /// Whether the agent says it, and not the address. The network is the address alone then.
    pub(crate) by_claim: bool,
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

    /// Adds the claims after the ranges that machines alone use, and before the first that people use too.
    pub(crate) fn add_claims(&mut self, claims: impl IntoIterator<Item = Label>) {
        let place = self.0.iter().position(|label| label.audience == Audience::Shared).unwrap_or(self.0.len());
        self.0.splice(place..place, claims);
    }

    /// Says what a range's scanner is known to be, by the claims of its bots.
    pub(crate) fn identify(&mut self, identity_of: impl Fn(&Label) -> Option<Identity>) {
        for label in &mut self.0 {
            label.identity = identity_of(label).or(label.identity);
        }
    }

    /// The labels without claims that are not proved; `None` if there are no such claims.
    pub(crate) fn without_unproved(&self) -> Option<Labels> {
        let is_sure = |label: &&Label| !label.by_claim || label.identity.is_some_and(Identity::is_verified);
        let sure: Labels = self.0.iter().filter(is_sure).copied().collect();
        (sure.0.len() < self.0.len()).then_some(sure)
    }

    /// Each label by itself.
    pub(crate) fn each(&self) -> impl Iterator<Item = Labels> {
        self.0.iter().map(|label| Labels(vec![*label]))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The labels that a rule asks for.
    fn of<'a>(&'a self, asked: Wanted<'a>) -> impl Iterator<Item = &'a Label> {
        self.0.iter().filter(move |label| asked.is_scanner(label) && asked.identities.include(label))
    }

    /// Whether any of these scanners may be judged on what a rule serves.
    pub(crate) fn may_be_judged(&self, asked: Wanted<'_>, serves: Serves) -> bool {
        self.of(asked).any(|label| label.judge_on.allows(serves))
    }

    /// Whether the request is one of these scanners', whatever its identity.
    pub(crate) fn any_of(&self, scanners: Option<&GroupSet>) -> bool {
        self.of(Wanted { scanners, identities: Identities::ALL }).next().is_some()
    }

    /// Whether the request is one of these scanners', with such an identity.
    pub(crate) fn any_with(&self, asked: Wanted<'_>) -> bool {
        self.of(asked).next().is_some()
    }

    /// Whether a rule that asks for some of these labels may act on one; if not, why.
    ///
    /// The most specific range says what an address is. A machine (/32) that is known to scan may be acted upon
    /// though the gateway's network around it (/16) carries people; a people's network inside a scanner's may not,
    /// and neither may a range that one list calls exclusive and another shared. A claim is judged by its own audience, from
    /// whatever address it comes: no person's browser calls itself `GPTBot`.
    pub(crate) fn check_reach(&self, asked: Wanted<'_>, reach: Reach) -> Result<(), OutOfReach> {
        let ranges = self.0.iter().filter(|label| !label.by_claim);
        let shared = ranges.filter(|label| label.audience == Audience::Shared);
        let shared_length = shared.map(|label| label.network.prefix_len()).max();
        let for_machines = |label: &Label| match label.by_claim {
            true => label.audience == Audience::Exclusive,
            false => shared_length.is_none_or(|length| label.network.prefix_len() > length),
        };
        let mut nearest = OutOfReach::Audience;
        for label in self.of(asked) {
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
