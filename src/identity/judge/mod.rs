//! The judgement of one claim by the bot's lists, the reverse names and the signature.

mod look;
#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use super::{By, Identity, Proofs, Reason, ReverseName, SignatureOutcome};
use crate::catalog::{Agent, ListKind};
use look::Look;

/// A list that is older than this when the request comes contradicts nothing, and neither does a reverse name that was
/// looked up at a time further from the request.
pub(crate) const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The proofs that exist for a claim of one bot, and which failed proof contradicts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Provable {
    pub(crate) list: ListKind,
    pub(crate) has_names: bool,
    pub(crate) signs: bool,
    /// Whether an address outside the complete and fresh list contradicts the claim.
    pub(crate) forged_by_list: bool,
    /// Whether reverse names of others contradict the claim.
    pub(crate) forged_by_name: bool,
}

impl From<&Agent> for Provable {
    fn from(agent: &Agent) -> Self {
        Self {
            list: agent.list_kind,
            has_names: !agent.names.is_empty(),
            signs: agent.signature_agent.is_some(),
            forged_by_list: agent.forged_by_list,
            forged_by_name: agent.forged_by_name,
        }
    }
}

/// Whether a list of the bot contains the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    /// In a range that the operator publishes and that no people use.
    Exclusive,
    /// In a range that others use too, or that a third party attributes to the operator.
    Weak,
    /// In no range of the list.
    No,
}

/// The address's entry in one list of the bot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListLook {
    pub(crate) listed: Listed,
    /// When the list was read; `None` if the operator of the site vouches for the list, whatever its age.
    pub(crate) read: Option<SystemTime>,
    /// Whether the list has ranges that prove anything.
    pub(crate) proves: bool,
}

#[cfg(feature = "cli")]
impl ListLook {
    /// Whether the list contains the address, with or without a proof.
    pub(crate) fn has_address(&self) -> bool {
        self.listed != Listed::No
    }
}

/// The result for one claim, and its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Judgement {
    pub(crate) identity: Identity,
    pub(crate) reason: Reason,
}

impl Judgement {
    const fn new(identity: Identity, reason: Reason) -> Self {
        Self { identity, reason }
    }

    fn claimed(reason: Reason) -> Self {
        Self::new(Identity::Claimed, reason)
    }

    fn unproven(reason: Reason) -> Self {
        Self::new(Identity::Unproven, reason)
    }
}

/// Judges the claim of the bot with this id. `lists` is `None` where the client's address is not known.
pub(crate) fn judge(id: &str, bot: Provable, lists: Option<&[ListLook]>, proofs: &Proofs) -> Judgement {
    if matches!(&proofs.signature, SignatureOutcome::Verified { agent } if **agent == *id) {
        return Judgement::new(Identity::Verified(By::Signature), Reason::Signed);
    }
    let has_list = matches!(bot.list, ListKind::Complete | ListKind::Gaps);
    if !has_list && !bot.has_names && !bot.signs {
        return Judgement::unproven(Reason::NoProof);
    }
    let Some(lists) = lists else { return Judgement::unproven(Reason::AddressUndetermined) };
    let look = Look::at(bot, lists, proofs.time);
    let name = if bot.has_names { proofs.reverse_name } else { ReverseName::NotAsked };
    if look == Look::Proved {
        return Judgement::new(Identity::Verified(By::List), Reason::Listed);
    }
    if name == ReverseName::Confirmed {
        return Judgement::new(Identity::Verified(By::ReverseName), Reason::NameConfirmed);
    }
    match contradicted(bot, look, name, proofs) {
        Some(_) if proofs.doubtful => Judgement::unproven(Reason::AddressesDoubtful),
        Some(judgement) => judgement,
        None => unproved(bot, look, name),
    }
}

/// The judgement of a contradicted claim; `None` if nothing contradicts it.
fn contradicted(bot: Provable, look: Look, name: ReverseName, proofs: &Proofs) -> Option<Judgement> {
    let forged = |reason| Some(Judgement::new(Identity::Forged, reason));
    let is_foreign = name == ReverseName::Contradicted && proofs.name_is_of_the_time(LONGEST);
    if bot.forged_by_name && is_foreign && !look.has_address() {
        return forged(Reason::NameContradicted);
    }
    if look == Look::MissedFresh && bot.forged_by_list {
        // A reverse name that was not answered could have been the proof.
        let answered = name != ReverseName::Unknown;
        return if answered { forged(Reason::NotListed) } else { Some(Judgement::unproven(Reason::NameUnknown)) };
    }
    None
}

/// The judgement of a claim that is neither proved nor contradicted.
fn unproved(bot: Provable, look: Look, name: ReverseName) -> Judgement {
    match (look, name) {
        (Look::Weak, _) => Judgement::claimed(Reason::ListIsNoProof),
        (_, ReverseName::Unknown) => Judgement::unproven(Reason::NameUnknown),
        (_, ReverseName::Unconfirmed) => Judgement::claimed(Reason::NameUnconfirmed),
        (_, ReverseName::Contradicted) => Judgement::claimed(Reason::NameIsNoContradiction),
        (_, ReverseName::Unnamed) => Judgement::claimed(Reason::Unnamed),
        (Look::InYounger | Look::Younger, _) => Judgement::unproven(Reason::ListIsYounger),
        (Look::MissedFresh | Look::MissedUndated, _) => Judgement::claimed(Reason::ListIsNoContradiction),
        (Look::MissedStale, _) => Judgement::claimed(Reason::ListIsStale),
        (Look::MissedGaps, _) => Judgement::claimed(Reason::ListHasGaps),
        (Look::NoList, _) if bot.has_names => Judgement::unproven(Reason::NameNotAsked),
        (Look::NoList, _) if bot.signs => Judgement::unproven(Reason::NotSigned),
        (Look::NoList | Look::Proved, _) => Judgement::unproven(Reason::NoProof),
    }
}
