//! The judgement of one claim by the bot's lists, the reverse names and the signature.

use std::time::{Duration, SystemTime};

use super::{By, Identity, Proofs, Reason, ReverseName, SignatureOutcome};
use crate::agents::{Agent, ListKind};

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

/// The result of all lists of a bot together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// A list that was read at or before the request contains the address.
    Proved,
    /// Only a list that proves nothing contains it.
    Weak,
    /// A list that was read after the request contains it.
    InYounger,
    /// No list contains it, and one was read after the request.
    Younger,
    /// No list contains it, and the lists are complete and fresh.
    MissedFresh,
    /// No list contains it, and one may be out of date.
    MissedStale,
    /// No list contains it, and the time of the request is unknown.
    MissedUndated,
    /// No list contains it, and the lists have gaps.
    MissedGaps,
    /// The bot has no list.
    NoList,
}

impl Look {
    fn at(bot: Provable, lists: &[ListLook], time: Option<SystemTime>) -> Self {
        let is_younger = |list: &ListLook| matches!((list.read, time), (Some(read), Some(time)) if read > time);
        let has = |listed: Listed| lists.iter().filter(move |list| list.listed == listed);
        if has(Listed::Exclusive).any(|list| !is_younger(list)) {
            return Look::Proved;
        }
        if has(Listed::Weak).any(|list| !is_younger(list)) {
            return Look::Weak;
        }
        if lists.iter().any(|list| list.listed != Listed::No) {
            return Look::InYounger;
        }
        Self::missed(bot, lists, time, is_younger)
    }

    /// The result if no list contains the address.
    fn missed(
        bot: Provable,
        lists: &[ListLook],
        time: Option<SystemTime>,
        is_younger: impl Fn(&ListLook) -> bool,
    ) -> Self {
        let can_be_missed = matches!(bot.list, ListKind::Complete | ListKind::Gaps | ListKind::Shared);
        if !can_be_missed || lists.is_empty() {
            return Look::NoList;
        }
        if lists.iter().any(is_younger) {
            return Look::Younger;
        }
        let Some(time) = time else { return Look::MissedUndated };
        // Ranges that prove nothing do not count for the age of those that do.
        let proving = || lists.iter().filter(|list| list.proves);
        let is_fresh =
            |list: &ListLook| list.read.is_some_and(|read| time.duration_since(read).is_ok_and(|age| age <= LONGEST));
        match bot.list {
            ListKind::Complete if proving().next().is_some() && proving().all(is_fresh) => Look::MissedFresh,
            ListKind::Complete => Look::MissedStale,
            _ => Look::MissedGaps,
        }
    }

    /// Whether any list contains the address, even one that cannot be applied. Such an address contradicts nothing.
    fn has_address(self) -> bool {
        matches!(self, Look::Proved | Look::Weak | Look::InYounger)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn at(day: u32) -> SystemTime {
        SystemTime::UNIX_EPOCH + DAY * (20_000 + day)
    }

    /// Googlebot, `GPTBot`, bingbot, Yandex, Majestic: the proofs for them, and the proofs that contradict them.
    const LIST_OR_NAME: Provable = Provable {
        list: ListKind::Complete,
        has_names: true,
        signs: false,
        forged_by_list: true,
        forged_by_name: true,
    };
    const LIST: Provable = Provable { has_names: false, forged_by_name: false, ..LIST_OR_NAME };
    const GAPS: Provable =
        Provable { list: ListKind::Gaps, has_names: true, signs: false, forged_by_list: false, forged_by_name: false };
    const NAME: Provable = Provable { list: ListKind::Hint, forged_by_name: true, ..GAPS };
    const NOTHING: Provable = Provable { list: ListKind::None, has_names: false, ..GAPS };
    const HINT: Provable = Provable { list: ListKind::Hint, has_names: false, ..GAPS };

    fn look(listed: Listed, read: u32) -> ListLook {
        ListLook { listed, read: Some(at(read)), proves: true }
    }

    fn words(bot: Provable, lists: &[ListLook], name: ReverseName) -> String {
        let proofs = Proofs::new().time(at(100)).reverse_name(name);
        let Judgement { identity, reason } = judge("bot", bot, Some(lists), &proofs);
        format!("{identity} {}", reason.as_str())
    }

    #[cfg(feature = "catalog")]
    fn read(text: &str) -> SystemTime {
        match text {
            "same day" => at(100),
            "a day before" => at(99),
            "30 days before" => at(70),
            "31 days before" => at(69),
            "90 days before" => at(10),
            "a day after" => at(101),
            other => panic!("{other}"),
        }
    }

    #[cfg(feature = "catalog")]
    fn name(text: &str) -> ReverseName {
        use ReverseName::{Confirmed, Contradicted, NotAsked, Unconfirmed, Unknown, Unnamed};
        let all = [Confirmed, Contradicted, NotAsked, Unconfirmed, Unknown, Unnamed];
        all.into_iter().find(|name| name.as_str() == text).unwrap_or_else(|| panic!("{text}"))
    }

    /// The table of the guide's chapter on identity, row by row.
    #[cfg(feature = "catalog")]
    #[test]
    fn every_row_of_the_guide_holds() {
        let rows = include_str!("../../docs/guide/identity.md").lines().filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            (cells.len() == 7 && cells[0] != "bot" && !cells[0].starts_with('-')).then_some(cells)
        });
        let rows: Vec<Vec<&str>> = rows.collect();
        assert!(rows.len() > 50, "{}", rows.len());
        for row in rows {
            let bot = crate::catalog::claims(row[0].as_bytes()).next().unwrap_or_else(|| panic!("{row:?}"));
            let listed = match row[1] {
                "yes" => Listed::Exclusive,
                "weak" => Listed::Weak,
                "no" => Listed::No,
                other => panic!("{other}"),
            };
            let signature = match row[4] {
                "verified" => SignatureOutcome::Verified { agent: bot.id().into() },
                "invalid" => SignatureOutcome::Invalid("expired".into()),
                "absent" => SignatureOutcome::Absent,
                other => panic!("{other}"),
            };
            let list = ListLook { listed, read: Some(read(row[2])), proves: true };
            let proofs = Proofs::new().time(at(100)).reverse_name(name(row[3])).signature(signature);
            let lists = if bot.lists().is_empty() { vec![] } else { vec![list] };
            let Judgement { identity, reason } = judge(bot.id(), bot.into(), Some(&lists), &proofs);
            assert_eq!([identity.as_str(), reason.as_str()], row[5..7], "{row:?}");
        }
    }

    /// All combinations: a proof decides against everything else, and only bots with a contradicting proof are forged.
    #[test]
    fn no_combination_accuses_without_a_reason() {
        use ReverseName::{Confirmed, Contradicted, NotAsked, Unconfirmed, Unknown, Unnamed};
        let bots = [LIST_OR_NAME, LIST, GAPS, NAME, NOTHING, HINT];
        for bot in bots {
            for listed in [Listed::Exclusive, Listed::Weak, Listed::No] {
                for read in [10, 69, 70, 100, 101] {
                    for name in [Confirmed, Contradicted, NotAsked, Unconfirmed, Unknown, Unnamed] {
                        let case = format!("{bot:?} {listed:?} {read} {name:?}");
                        let proofs = Proofs::new().time(at(100)).reverse_name(name);
                        let judged = judge("bot", bot, Some(&[look(listed, read)]), &proofs).identity;
                        let is_fresh = (70..=100).contains(&read);
                        let is_unanswered = bot.has_names && name == Unknown;
                        let by_list = bot.forged_by_list && listed == Listed::No && is_fresh && !is_unanswered;
                        let by_name = bot.forged_by_name && name == Contradicted && listed == Listed::No;
                        assert_eq!(
                            judged == Identity::Forged,
                            (by_list || by_name) && !(bot.has_names && name == Confirmed),
                            "{case}"
                        );
                        if judged.is_verified() {
                            assert!(
                                (listed == Listed::Exclusive && read <= 100) || (bot.has_names && name == Confirmed),
                                "{case}"
                            );
                        }
                        let doubtful = Proofs { doubtful: true, ..proofs };
                        let judged = judge("bot", bot, Some(&[look(listed, read)]), &doubtful).identity;
                        assert_ne!(judged, Identity::Forged, "{case}");
                    }
                }
            }
        }
    }

    #[test]
    fn of_several_lists_one_proves_and_all_contradict() {
        let words = |lists: &[ListLook]| words(LIST, lists, ReverseName::NotAsked);
        assert_eq!(words(&[look(Listed::No, 100), look(Listed::Exclusive, 100)]), "verified listed");
        assert_eq!(words(&[look(Listed::No, 100), look(Listed::No, 99)]), "forged not-listed");
        assert_eq!(words(&[look(Listed::No, 100), look(Listed::No, 10)]), "claimed list-is-stale");
        assert_eq!(words(&[look(Listed::No, 100), look(Listed::No, 101)]), "unproven list-is-younger");
        assert_eq!(words(&[look(Listed::No, 100), look(Listed::Weak, 100)]), "claimed list-is-no-proof");
        // A group of another source does not count for the age of the list.
        let other = ListLook { listed: Listed::No, read: Some(at(1)), proves: false };
        assert_eq!(words(&[look(Listed::No, 100), other]), "forged not-listed");
        assert_eq!(words(&[other]), "claimed list-is-stale");
        assert_eq!(words(&[]), "unproven no-proof");
    }

    #[test]
    fn what_cannot_be_applied_accuses_nobody() {
        let miss = [look(Listed::No, 100)];
        let undated = Proofs::new();
        let judged = judge("bot", LIST, Some(&miss), &undated);
        assert_eq!(judged, Judgement::claimed(Reason::ListIsNoContradiction));
        let judged = judge("bot", LIST, None, &Proofs::new().time(at(100)));
        assert_eq!(judged, Judgement::unproven(Reason::AddressUndetermined));
        // A name that is looked up a year later belongs to the address's present user.
        let late = Proofs::new().time(at(100)).asked_at(at(465)).reverse_name(ReverseName::Contradicted);
        assert_eq!(judge("bot", NAME, Some(&miss), &late), Judgement::claimed(Reason::NameIsNoContradiction));
        // The list still decides.
        assert_eq!(judge("bot", LIST_OR_NAME, Some(&miss), &late).reason, Reason::NotListed);
        let soon = late.asked_at(at(130));
        assert_eq!(judge("bot", NAME, Some(&miss), &soon).identity, Identity::Forged);
    }

    #[test]
    fn a_signature_proves_and_its_fault_outweighs_nothing() {
        let miss = [look(Listed::No, 100)];
        let with = |signature| Proofs::new().time(at(100)).signature(signature);
        let signed = with(SignatureOutcome::Verified { agent: "bot".into() });
        assert_eq!(judge("bot", LIST, Some(&miss), &signed).identity, Identity::Verified(By::Signature));
        assert_eq!(judge("bot", LIST, None, &signed).identity, Identity::Verified(By::Signature));
        assert_eq!(judge("other", LIST, Some(&miss), &signed).identity, Identity::Forged);
        let invalid = with(SignatureOutcome::Invalid("expired".into()));
        let hit = [look(Listed::Exclusive, 100)];
        assert_eq!(judge("bot", LIST, Some(&hit), &invalid).identity, Identity::Verified(By::List));
        let signs = Provable { signs: true, ..NOTHING };
        assert_eq!(judge("bot", signs, Some(&[]), &invalid), Judgement::unproven(Reason::NotSigned));
    }
}
