//! The judgement of claims by all combinations of proofs.

use super::*;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn at(day: u32) -> SystemTime {
    SystemTime::UNIX_EPOCH + DAY * (20_000 + day)
}

/// Googlebot, `GPTBot`, bingbot, Yandex, Majestic: the proofs for them, and the proofs that contradict them.
const LIST_OR_NAME: Provable =
    Provable { list: ListKind::Complete, has_names: true, signs: false, forged_by_list: true, forged_by_name: true };
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
    let rows = include_str!("../../../docs/guide/identity.md").lines().filter_map(|line| {
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
    let late = Proofs::new().time(at(100)).looked_up_at(at(465)).reverse_name(ReverseName::Contradicted);
    assert_eq!(judge("bot", NAME, Some(&miss), &late), Judgement::claimed(Reason::NameIsNoContradiction));
    // The list still decides.
    assert_eq!(judge("bot", LIST_OR_NAME, Some(&miss), &late).reason, Reason::NotListed);
    let soon = late.looked_up_at(at(130));
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
