//! The labels of one address, and which of them a rule may act on.

use ipnet::IpNet;

use super::{Audience, By, Certainty, Identity, JudgeOn, RuleAudience, Serves};

/// A set of groups of ranges, by their numbers in the engine. A selector with a condition selects only some groups of a
/// scanner.
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

/// The ranges that a rule acts on: ranges of its audience, of at least its certainty, that may be judged on the content
/// that the rule serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Reach {
    pub(crate) audience: RuleAudience,
    pub(crate) certainty: Certainty,
    /// `None` if the content does not matter.
    pub(crate) serves: Option<Serves>,
}

impl Reach {
    /// The default of rules that block or decoy, and the reach of `default_action`.
    pub(crate) const FOR_HIDING: Reach =
        Reach { audience: RuleAudience::Exclusive, certainty: Certainty::Observed, serves: Some(Serves::Links) };
    /// The default of rules that allow or tag.
    pub(crate) const FOR_TAGGING: Reach =
        Reach { audience: RuleAudience::Any, certainty: Certainty::Registered, serves: None };

    /// Whether a range of this audience and certainty is within reach, if no other range is around the address.
    pub(crate) fn covers(self, audience: Audience, certainty: Certainty) -> bool {
        self.audience.includes(audience) && certainty >= self.certainty
    }

    fn judges(self, judge_on: JudgeOn) -> bool {
        self.serves.is_none_or(|serves| judge_on.allows(serves))
    }

    /// Whether this includes every range that `other` includes.
    pub(crate) fn is_superset(self, other: Reach) -> bool {
        (self.audience == RuleAudience::Any || self.audience == other.audience)
            && self.certainty <= other.certainty
            && (self.serves.is_none() || self.serves == other.serves)
    }
}

/// The condition of a [`Reach`] that no range around an address meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutOfReach {
    /// People use these addresses too.
    Audience,
    /// Only machines use them, but the certainty is too low.
    Certainty,
    /// A person may request the content that the rule serves.
    JudgeOn,
}

/// The identities that a rule acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Identities {
    /// Bits by the number of an identity: for claims, and for addresses.
    claims: u8,
    addresses: u8,
    /// Whether addresses are included that people use too, if the request makes no claim.
    without_claim: bool,
}

const fn bit(identity: Identity) -> u8 {
    1 << identity.number()
}

impl Identities {
    /// The default: all identities.
    pub(crate) const ALL: Self = Self { claims: u8::MAX, addresses: u8::MAX, without_claim: true };
    /// The default of rules that allow: addresses of the scanner, and verified claims from other addresses.
    pub(crate) const PROVED: Self = Self { claims: bit(Identity::Verified(By::List)), ..Self::ALL };

    /// Only these identities.
    pub(crate) fn only(identities: impl IntoIterator<Item = Identity>) -> Self {
        let bits = identities.into_iter().fold(0, |bits, identity| bits | bit(identity));
        Self { claims: bits, addresses: bits, without_claim: false }
    }

    /// Whether genuine bots are included: a rule for `forged` alone does not act on them.
    pub(crate) fn include_real_bots(self) -> bool {
        let real = bit(Identity::Verified(By::List)) | bit(Identity::Undeclared);
        self.without_claim || (self.claims | self.addresses) & real != 0
    }

    fn include(self, label: &Label) -> bool {
        match label.identity {
            Some(identity) => (if label.by_claim { self.claims } else { self.addresses }) & bit(identity) != 0,
            None => self.without_claim,
        }
    }

    /// Whether this includes every identity that `other` includes.
    pub(crate) fn is_superset(self, other: Self) -> bool {
        let includes = |mine: u8, others: u8| mine & others == others;
        includes(self.claims, other.claims)
            && includes(self.addresses, other.addresses)
            && (self.without_claim || !other.without_claim)
    }

    /// Whether claims without a proof are included.
    pub(crate) fn include_unproved(self) -> bool {
        self.claims & !bit(Identity::Verified(By::List)) & !bit(Identity::Undeclared) & ALL_BITS != 0
    }

    /// Their names, in order.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        let is_among = move |number: &usize| self.claims & (1 << number) != 0;
        (0..Identity::NAMES.len()).filter(is_among).map(|number| Identity::NAMES[number])
    }
}

const ALL_BITS: u8 = (1 << Identity::NAMES.len()) - 1;

/// The labels that a rule acts on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LabelFilter<'a> {
    /// `None` for all scanners in use.
    pub(crate) scanners: Option<&'a GroupSet>,
    pub(crate) identities: Identities,
}

impl LabelFilter<'_> {
    pub(crate) const ALL_SCANNERS: Self = Self { scanners: None, identities: Identities::ALL };

    fn is_scanner(&self, label: &Label) -> bool {
        self.scanners.is_none_or(|set| set.contains(label.group))
    }
}

/// One scanner's range around an address, or a claim of its bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) network: IpNet,
    pub(crate) scanner: usize,
    /// The number of its group, counted through the groups of all scanners.
    pub(crate) group: usize,
    pub(crate) audience: Audience,
    pub(crate) certainty: Certainty,
    pub(crate) judge_on: JudgeOn,
    /// `None` if people use the address too and the request does not claim to be the scanner.
    pub(crate) identity: Option<Identity>,
    /// Whether the user agent names the scanner, and not the address. The network is then the single address.
    pub(crate) by_claim: bool,
}

/// The labels of one address, most specific first.
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

    /// Inserts the claims after the exclusive ranges and before the first shared range.
    pub(crate) fn add_claims(&mut self, claims: impl IntoIterator<Item = Label>) {
        let place = self.0.iter().position(|label| label.audience == Audience::Shared).unwrap_or(self.0.len());
        self.0.splice(place..place, claims);
    }

    /// Sets the identity of each range's scanner, from the claims of its bots.
    pub(crate) fn identify(&mut self, identity_of: impl Fn(&Label) -> Option<Identity>) {
        for label in &mut self.0 {
            label.identity = identity_of(label).or(label.identity);
        }
    }

    /// The labels without unproved claims; `None` if there are no such claims.
    pub(crate) fn without_unproved(&self) -> Option<Labels> {
        let is_proved = |label: &&Label| !label.by_claim || label.identity.is_some_and(Identity::is_verified);
        let proved: Labels = self.0.iter().filter(is_proved).copied().collect();
        (proved.0.len() < self.0.len()).then_some(proved)
    }

    /// Each label as a list of its own.
    pub(crate) fn each(&self) -> impl Iterator<Item = Labels> {
        self.0.iter().map(|label| Labels(vec![*label]))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The labels that a rule selects.
    fn of<'a>(&'a self, asked: LabelFilter<'a>) -> impl Iterator<Item = &'a Label> {
        self.0.iter().filter(move |label| asked.is_scanner(label) && asked.identities.include(label))
    }

    /// Whether one of these scanners may be judged on the content that the rule serves.
    pub(crate) fn may_be_judged(&self, asked: LabelFilter<'_>, serves: Serves) -> bool {
        self.of(asked).any(|label| label.judge_on.allows(serves))
    }

    /// Whether a label belongs to one of these scanners, with any identity.
    pub(crate) fn any_of(&self, scanners: Option<&GroupSet>) -> bool {
        self.of(LabelFilter { scanners, identities: Identities::ALL }).next().is_some()
    }

    /// Whether a label belongs to one of these scanners, with one of these identities.
    pub(crate) fn any_with(&self, asked: LabelFilter<'_>) -> bool {
        self.of(asked).next().is_some()
    }

    /// Whether a rule may act on one of the labels that it selects; if not, the reason.
    ///
    /// The most specific range decides. A rule may act on a machine (/32) that is known to scan, inside a shared
    /// network of a gateway (/16). It may not act on a shared network inside a scanner's range, nor on a range that is
    /// exclusive in one list and shared in another. A claim is judged by its own audience, from any address: no
    /// person's browser names itself `GPTBot`.
    pub(crate) fn check_reach(&self, asked: LabelFilter<'_>, reach: Reach) -> Result<(), OutOfReach> {
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
