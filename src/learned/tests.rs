//! The rules with the clock passed in, and the file as others may leave it.

use std::fs;
use std::net::IpAddr;

use super::content::MAX_TAGGED;
use super::entry::{LIFETIME, LONGEST};
use super::*;
use crate::discovery::{Side, Status, Strength};
use crate::scanners::Audience;

const DAY: u64 = 24 * 60 * 60;

fn day(number: u64) -> Time {
    Time::from_seconds(1_790_000_000 + number * DAY)
}

fn by(name: &str) -> Line {
    Line::new(name).unwrap()
}

fn seen(ranges: &[&str], last: Time, echoes: u64) -> Seen {
    Seen {
        ranges: ranges.iter().map(|range| range.parse().unwrap()).collect(),
        side: Side::After,
        status: Status::Proposed,
        strength: Strength::Good,
        first: day(0),
        last,
        evidence: Evidence { echoes, targets: 5, leaders: 3, occasions: 4, addresses: 6, ..Evidence::default() },
    }
}

fn learned() -> Learned {
    let mut learned = Learned::default();
    assert_eq!(learned.enter(&seen(&["150.70.97.0/24", "150.70.172.0/24"], day(1), 20)), EntryChange::New);
    learned
}

const ID: &str = "learned-150-70-97-0";

fn approved() -> Learned {
    let mut learned = learned();
    let entry = learned.entry_mut(ID).unwrap();
    assert_eq!(entry.approve(by("alice"), Approval::default(), day(2)), Ok(day(32)));
    learned
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn state(learned: &Learned, now: Time) -> State {
    learned.entry(ID).unwrap().state(now)
}

#[test]
fn an_approval_is_active_for_thirty_days_and_then_expired() {
    let learned = approved();
    let decision = learned.entry(ID).unwrap().decision.as_ref().unwrap();
    assert_eq!((&*decision.by.to_string(), decision.at, decision.audience), ("alice", day(2), Audience::Shared));
    assert_eq!(state(&learned, day(2)), State::Approved { until: day(32) });
    let last = Time::from_seconds(day(32).seconds() - 1);
    assert_eq!(learned.entry(ID).unwrap().in_use(last).len(), 2);
    assert_eq!(state(&learned, day(32)), State::Expired { at: day(32) });
    assert!(learned.entry(ID).unwrap().in_use(day(32)).is_empty());
}

#[test]
fn evidence_renews_an_approval_while_it_lasts() {
    let mut learned = approved();
    assert_eq!(learned.enter(&seen(&["150.70.97.0/24"], day(20), 25)), EntryChange::Renewed);
    assert_eq!(state(&learned, day(40)), State::Approved { until: day(50) });
    // The same finding again renews nothing.
    assert_eq!(learned.enter(&seen(&["150.70.97.0/24"], day(20), 25)), EntryChange::Known);
    // What comes after the end finds it expired, and a person has to approve it again.
    assert_eq!(learned.enter(&seen(&["150.70.97.0/24"], day(51), 30)), EntryChange::Known);
    assert_eq!(state(&learned, day(51)), State::Expired { at: day(50) });
    assert!(learned.entry_mut(ID).unwrap().extend(by("bob"), DAY, day(51)).is_err());
    assert_eq!(learned.entry_mut(ID).unwrap().approve(by("bob"), Approval::default(), day(52)), Ok(day(82)));
}

#[test]
fn an_approval_covers_what_was_seen_then_and_nothing_that_joins_later() {
    let mut learned = approved();
    learned.enter(&seen(&["150.70.97.0/24", "150.70.200.0/24"], day(5), 25));
    let entry = learned.entry(ID).unwrap();
    assert_eq!(entry.ranges.len(), 3);
    assert_eq!(entry.in_use(day(6)), ["150.70.97.0/24".parse().unwrap(), "150.70.172.0/24".parse().unwrap()]);
}

#[test]
fn a_person_ends_the_range_and_with_the_last_one_the_approval() {
    let mut learned = approved();
    assert_eq!(learned.note_person(address("::ffff:150.70.97.9"), day(3)), [ID]);
    assert!(learned.note_person(address("150.70.97.9"), day(3)).is_empty(), "told once a day");
    assert!(learned.note_person(address("150.71.97.9"), day(3)).is_empty());
    assert_eq!(learned.entry(ID).unwrap().in_use(day(3)), ["150.70.172.0/24".parse().unwrap()]);
    assert!(learned.tagged(day(3)).iter().all(|(range, _)| *range == "150.70.172.0/24".parse().unwrap()));
    learned.note_person(address("150.70.172.1"), day(4));
    assert_eq!(state(&learned, day(4)), State::Ended { at: day(4) });
    assert!(learned.tagged(day(4)).is_empty());
    // Later evidence does not bring it back, and neither does an extension; a person does.
    learned.enter(&seen(&["150.70.97.0/24"], day(6), 90));
    assert_eq!(state(&learned, day(6)), State::Ended { at: day(4) });
    let entry = learned.entry_mut(ID).unwrap();
    assert!(entry.extend(by("bob"), DAY, day(6)).is_err());
    entry.approve(by("bob"), Approval::default(), day(7)).unwrap();
    assert_eq!(entry.in_use(day(8)).len(), 2);
}

#[test]
fn what_was_dismissed_comes_back_by_new_evidence_alone() {
    let dismissed = || {
        let mut learned = learned();
        learned.entry_mut(ID).unwrap().dismiss(by("alice"), Some(by("the payment partner")), day(2));
        learned
    };
    let mut learned = dismissed();
    assert_eq!(learned.enter(&seen(&["150.70.97.0/24"], day(9), 39)), EntryChange::Known);
    assert_eq!(state(&learned, day(9)), State::Dismissed);
    assert!(learned.tagged(day(9)).is_empty());
    assert_eq!(learned.enter(&seen(&["150.70.97.0/24"], day(10), 40)), EntryChange::New, "twice the echoes");
    assert_eq!(state(&learned, day(10)), State::Proposed);
    let canary = Evidence { canary_hits: 1, ..Evidence::default() };
    let better = [
        Seen { strength: Strength::Strong, ..seen(&["150.70.97.0/24"], day(3), 20) },
        Seen { evidence: canary, ..seen(&["150.70.97.4/32"], day(3), 0) },
    ];
    for better in better {
        let mut learned = dismissed();
        assert_eq!(learned.enter(&better), EntryChange::New);
        assert_eq!(state(&learned, day(4)), State::Proposed);
    }
}

#[test]
fn exclusive_needs_a_canary_or_an_owner() {
    let mut learned = learned();
    let entry = learned.entry_mut(ID).unwrap();
    let exclusive = || Approval { exclusive: true, ..Approval::default() };
    assert!(entry.approve(by("alice"), exclusive(), day(2)).is_err());
    assert!(entry.decision.is_none());
    let owned = Approval { owner: Some(by("Trend Micro, whois")), ..exclusive() };
    assert!(entry.approve(by("alice"), owned, day(2)).is_ok());
    entry.decision = None;
    entry.evidence.canary_hits = 1;
    assert!(entry.approve(by("alice"), exclusive(), day(2)).is_ok());
    assert_eq!(entry.decision.as_ref().unwrap().audience, Audience::Exclusive);
}

#[test]
fn a_suspect_is_lifted_and_a_proposal_stays_one() {
    let mut learned = Learned::default();
    let suspect = Seen { status: Status::Suspected, ..seen(&["198.51.100.7/32"], day(1), 4) };
    assert_eq!(learned.enter(&suspect), EntryChange::New);
    assert!(learned.tagged(day(1)).is_empty(), "suspects are not tagged");
    let hit = Evidence { canary_hits: 1, ..Evidence::default() };
    let hit = Seen { evidence: hit, ..seen(&["198.51.100.7/32"], day(2), 0) };
    assert_eq!(learned.enter(&hit), EntryChange::Raised);
    assert_eq!(learned.enter(&suspect), EntryChange::Known);
    assert_eq!(learned.entries[0].status, Status::Proposed);
    assert_eq!(learned.entries[0].evidence.canary_hits, 1);
}

#[test]
fn a_hit_of_a_canary_is_taken_back_when_the_list_leaked() {
    let mut learned = learned();
    learned.enter_canary_hit(address("198.51.100.9"), day(2));
    assert_eq!(learned.entries.len(), 2);
    learned.retract_canary_hit(address("198.51.100.9"));
    assert_eq!(learned.entries.len(), 1, "it had no other evidence");
    learned.enter_canary_hit(address("150.70.97.9"), day(2));
    let entry = learned.entry_mut(ID).unwrap();
    assert_eq!(entry.evidence.canary_hits, 1);
    entry.approve(by("alice"), Approval { exclusive: true, ..Approval::default() }, day(3)).unwrap();
    learned.retract_canary_hit(address("150.70.97.9"));
    let entry = learned.entry(ID).unwrap();
    assert_eq!((entry.state(day(4)), entry.audience()), (State::Approved { until: day(33) }, Audience::Shared));
    // A new hit proves it again, also where the entry of the first one was removed.
    learned.enter_canary_hit(address("150.70.97.9"), day(5));
    learned.enter_canary_hit(address("198.51.100.9"), day(5));
    let proofs: Vec<u64> = learned.entries.iter().map(|entry| entry.evidence.proofs()).collect();
    assert_eq!(proofs, [1, 1]);
}

#[test]
fn a_person_does_not_end_what_only_machines_use() {
    let mut learned = learned();
    let entry = learned.entry_mut(ID).unwrap();
    let approval = Approval { exclusive: true, owner: Some(by("Example, whois")), note: None };
    entry.approve(by("alice"), approval, day(2)).unwrap();
    assert_eq!(entry.doubted_at(day(2)), None);
    learned.note_person(address("150.70.97.9"), day(3));
    learned.note_person(address("150.70.172.9"), day(4));
    let entry = learned.entry(ID).unwrap();
    assert_eq!((entry.state(day(5)), entry.in_use(day(5)).len()), (State::Approved { until: day(32) }, 2));
    assert_eq!(entry.doubted_at(day(5)), Some(day(4)), "a report says it");
    assert!(learned.tagged(day(5)).is_empty(), "the tag by statistics ends");
    // Without a proof it is shared, and ends.
    learned.entry_mut(ID).unwrap().decision.as_mut().unwrap().owner = None;
    assert_eq!(state(&learned, day(5)), State::Ended { at: day(4) });
}

#[test]
fn times_that_lie_ahead_count_for_nothing() {
    let far = Time::from_seconds(u64::MAX);
    let mut learned = learned();
    let entry = learned.entry_mut(ID).unwrap();
    entry.dismiss(by("mallory"), None, far);
    entry.ranges[0].person_seen = Some(far);
    let last = entry.last;
    entry.last = far;
    let seen = learned.clone().without_future(day(5));
    let entry = seen.entry(ID).unwrap();
    assert_eq!((entry.decision.as_ref(), entry.ranges[0].person_seen, entry.last), (None, None, entry.first));
    assert_eq!(seen.tagged(day(5)).len(), 2);
    assert!(seen.tagged(day(31)).is_empty(), "it is not tagged for ever");
    // A decision of a person counts at once, and not from the year 2200 on.
    learned.entry_mut(ID).unwrap().last = last;
    learned.entry_mut(ID).unwrap().approve(by("alice"), Approval::default(), day(5)).unwrap();
    assert_eq!(state(&learned, day(6)), State::Approved { until: day(35) });
    // Clocks of machines differ a little.
    let soon = Time::from_seconds(day(5).seconds() + 120);
    learned.entry_mut(ID).unwrap().dismiss(by("bob"), None, soon);
    assert_eq!(state(&learned.without_future(day(5)), day(5)), State::Dismissed);
}

#[test]
fn an_approval_lasts_a_year_at_most() {
    let mut learned = approved();
    let entry = learned.entry_mut(ID).unwrap();
    assert!(entry.extend(by("bob"), LONGEST + 1, day(3)).unwrap_err().contains("a year"));
    assert_eq!(entry.extend(by("bob"), LONGEST, day(3)), Ok(day(3 + 365)));
    let before = entry.clone();
    assert!(entry.extend(by("carol"), DAY, day(4)).unwrap_err().contains("for longer than that already"));
    assert_eq!(*entry, before);
    let decision = entry.decision.as_ref().unwrap();
    assert_eq!(
        (decision.by.to_string(), decision.extended.as_ref().unwrap().by.to_string()),
        ("alice".to_owned(), "bob".to_owned())
    );
    entry.decision.as_mut().unwrap().expires = Some(Time::from_seconds(u64::MAX));
    assert_eq!(state(&learned, day(4)), State::Approved { until: day(3 + 365) });
}

#[test]
fn a_later_decision_counts_within_the_same_second() {
    let mut learned = learned();
    let entry = learned.entry_mut(ID).unwrap();
    entry.dismiss(by("alice"), None, day(2));
    entry.approve(by("alice"), Approval::default(), day(2)).unwrap();
    assert!(entry.decision.as_ref().unwrap().at > day(2));
}

#[test]
fn the_largest_counts_neither_overflow_nor_hide_anything() {
    let mut learned = learned();
    let entry = learned.entry_mut(ID).unwrap();
    entry.dismiss(by("alice"), None, day(2));
    entry.decision.as_mut().unwrap().echoes = u64::MAX;
    entry.evidence.canary_hits = u64::MAX;
    entry.decision.as_mut().unwrap().canary_hits = u64::MAX;
    assert_eq!(learned.enter(&seen(&["150.70.97.0/24"], day(3), 21)), EntryChange::Known);
    assert_eq!(state(&learned, day(3)), State::Dismissed);
    learned.enter_canary_hit(address("150.70.97.9"), day(3));
}

#[test]
fn nobody_learns_ranges_that_no_public_client_has() {
    let mut learned = Learned::default();
    for range in [
        "127.0.0.1/32",
        "127.0.0.0/24",
        "0.0.0.0/24",
        "10.1.2.0/24",
        "192.168.7.7/32",
        "172.16.0.0/24",
        "100.64.1.0/24",
        "169.254.1.0/24",
        "224.0.0.0/24",
        "255.255.255.255/32",
        "::1/128",
        "::/48",
        "fd00::/48",
        "fe80::1/128",
        "ff02::/48",
        "::ffff:8.8.8.8/128",
    ] {
        assert_eq!(learned.enter(&seen(&[range], day(1), 20)), EntryChange::Known, "{range}");
    }
    learned.enter_canary_hit(address("127.0.0.1"), day(1));
    assert!(learned.entries.is_empty(), "{learned:?}");
    // What stands in the file is not in use.
    let mut learned = approved();
    learned.entry_mut(ID).unwrap().ranges[1].network = "10.1.2.0/24".parse().unwrap();
    learned.entry_mut(ID).unwrap().decision.as_mut().unwrap().ranges[1] = "10.1.2.0/24".parse().unwrap();
    assert_eq!(learned.entry(ID).unwrap().in_use(day(3)), ["150.70.97.0/24".parse().unwrap()]);
    assert_eq!(learned.tagged(day(3)).len(), 1);
}

#[test]
fn an_entry_with_the_id_of_another_list_is_not_approved() {
    for id in ["google-googlebot", "learned-198-51-100-0", "learned"] {
        let mut learned = learned();
        let entry = learned.entry_mut(ID).unwrap();
        entry.id = id.to_owned();
        assert!(entry.approve(by("alice"), Approval::default(), day(2)).unwrap_err().contains("id"), "{id}");
    }
}

#[test]
fn tags_last_thirty_days_and_are_bounded() {
    let learned = learned();
    assert_eq!(learned.tagged(day(30)).len(), 2);
    assert!(learned.tagged(Time::from_seconds(day(1).seconds() + LIFETIME)).is_empty());
    let mut many = Learned::default();
    for number in 0..200 {
        many.enter(&seen(&[&format!("198.18.{number}.0/24")], day(number), 5));
    }
    let tagged = many.tagged(day(200));
    assert!(tagged.len() < MAX_TAGGED, "{}", tagged.len());
    let tagged = many.tagged(day(100));
    assert_eq!(tagged.len(), MAX_TAGGED);
    assert_eq!(tagged[0].0, "198.18.199.0/24".parse().unwrap(), "the latest first");
}

#[test]
fn wide_ranges_are_not_entered_and_the_number_of_entries_is_bounded() {
    let mut learned = Learned::default();
    for wide in ["0.0.0.0/0", "150.70.0.0/16", "2001:db8::/32", "::/0"] {
        assert_eq!(learned.enter(&seen(&[wide], day(1), 20)), EntryChange::Known);
    }
    assert!(learned.entries.is_empty());
    learned.enter(&seen(&["192.0.2.0/24"], day(0), 20));
    learned.entries[0].dismiss(by("alice"), None, day(0));
    for number in 0..1100_u32 {
        let range = format!("198.{}.{}.0/24", 18 + number / 256, number % 256);
        learned.enter(&seen(&[&range], day(1 + u64::from(number)), 20));
    }
    assert_eq!(learned.entries.len(), 1000);
    assert!(learned.entry("learned-192-0-2-0").is_some(), "decisions are kept");
}

fn file() -> (tempfile::TempDir, LearnedFile) {
    let folder = tempfile::tempdir().unwrap();
    let file = LearnedFile::new(folder.path().join("discovered.json"));
    (folder, file)
}

#[test]
fn what_is_written_is_read_and_a_person_can_read_it() {
    let (_folder, file) = file();
    assert_eq!(file.load(), Ok(Learned::default()));
    file.update(|learned| *learned = approved()).unwrap();
    assert_eq!(file.load().unwrap(), approved());
    let text = fs::read_to_string(file.path()).unwrap();
    for part in ["\"schema\": 1", "\"network\": \"150.70.97.0/24\"", "\"by\": \"alice\"", "\"verdict\": \"approved\""] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_file_that_cannot_be_meant_is_refused_with_its_line_and_stays() {
    let (_folder, file) = file();
    file.update(|learned| *learned = approved()).unwrap();
    let good = fs::read_to_string(file.path()).unwrap();
    let escape = "\"by\": \"al\\u001b[2Jice\"";
    let cases: [(&str, &str, &str); 21] = [
        ("\"150.70.97.0/24\"", "\"0.0.0.0/0\"", "covers every address"),
        ("\"150.70.97.0/24\"", "\"150.70.0.0/16\"", "too wide"),
        ("\"150.70.97.0/24\"", "\"::ffff:0:0/96\"", "covers every address"),
        ("\"150.70.97.0/24\"", "\"150.70.97.1/24\"", "host bits"),
        ("\"150.70.97.0/24\"", "\"150.70.97.0/0\"", "too wide"),
        ("\"150.70.97.0/24\"", "\"\\u001b]0;x\\u0007\"", "not an IP address"),
        ("\"150.70.97.0/24\"", "7", "invalid type"),
        ("\"by\": \"alice\"", escape, "invisible character"),
        ("\"by\": \"alice\"", "\"by\": \" \"", "empty"),
        ("\"learned-150-70-97-0\"", "\"../../etc\"", "is no id"),
        ("\"audience\": \"shared\"", "\"audience\": \"exclusive\"", "without a canary hit"),
        ("\"echoes\": 20", "\"echoes\": -1", "invalid value"),
        ("\"echoes\": 20", "\"echoes\": \"20\"", "expected a whole number"),
        ("\"echoes\": 20", "\"echoes\": 18446744073709551615", "is above 1000000000000"),
        ("\"canary_hits\": 0", "\"canary_hits\": 18446744073709551615", "is above 1000000000000"),
        ("\"schema\": 1", "\"schema\": 2", "this version knows 1"),
        ("\"schema\": 1,", "", "no `schema`"),
        ("\"side\": \"after\"", "\"side\": \"after\", \"side\": \"ahead\"", "duplicate field"),
        ("\"side\": \"after\"", "\"sideways\": \"after\"", "unknown field"),
        ("\"verdict\": \"approved\"", "\"verdict\": \"always\"", "unknown variant"),
        ("\"expires\": \"20", "\"expires\": \"99", "not a time"),
    ];
    for (old, new, message) in cases {
        let bad = good.replacen(old, new, 1);
        assert_ne!(bad, good, "{old}");
        fs::write(file.path(), &bad).unwrap();
        let error = file.update(|learned| learned.enter(&seen(&["192.0.2.0/24"], day(3), 9))).unwrap_err();
        assert!(error.to_string().contains(message), "{new}: {error}");
        assert!(!error.to_string().contains(['\u{1b}', '\u{7}']), "{error:?}");
        assert!(!error.help().is_empty());
        let has_line = !new.contains("schema") && !old.contains("schema");
        assert_eq!(error.position().is_some(), has_line, "{error}");
        assert_eq!(fs::read_to_string(file.path()).unwrap(), bad, "it was changed");
    }
}

#[test]
fn a_cut_file_is_never_taken_for_an_empty_one() {
    let (_folder, file) = file();
    file.update(|learned| *learned = approved()).unwrap();
    let good = fs::read(file.path()).unwrap();
    let end = good.len() - 2;
    for length in (0..end).step_by(7) {
        fs::write(file.path(), &good[..length]).unwrap();
        assert!(file.update(|learned| learned.entries.clear()).is_err(), "{length} bytes");
        assert_eq!(fs::read(file.path()).unwrap(), good[..length]);
    }
    for hostile in
        ["[".repeat(100_000), "{\"schema\":1,\"entries\":[[".to_owned(), "\u{0}".repeat(64), "null".to_owned()]
    {
        fs::write(file.path(), hostile).unwrap();
        assert!(file.load().is_err());
    }
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_refused() {
    use std::os::unix::fs::symlink;
    let (folder, file) = file();
    let victim = folder.path().join("victim.json");
    fs::write(&victim, "{\"schema\": 1, \"entries\": []}").unwrap();
    symlink(&victim, file.path()).unwrap();
    let change = |learned: &mut Learned| *learned = approved();
    let error = file.update(change).unwrap_err();
    assert!(error.to_string().contains("symbolic link"), "{error}");
    fs::remove_file(file.path()).unwrap();
    fs::create_dir(file.path()).unwrap();
    assert!(file.update(change).unwrap_err().to_string().contains("not a regular file"));
    fs::remove_dir(file.path()).unwrap();
    let lock = folder.path().join("discovered.json.lock");
    fs::remove_file(&lock).unwrap();
    symlink(&victim, &lock).unwrap();
    assert!(file.update(change).unwrap_err().to_string().contains("symbolic link"));
    fs::remove_file(&lock).unwrap();
    // A link that somebody puts where the new content is written is replaced and not followed.
    symlink(&victim, folder.path().join("discovered.json.new")).unwrap();
    file.update(change).unwrap();
    assert_eq!(file.load().unwrap(), approved());
    assert_eq!(fs::read_to_string(&victim).unwrap(), "{\"schema\": 1, \"entries\": []}");
}

#[cfg(unix)]
#[test]
fn the_file_and_its_lock_stay_with_their_owner() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let (folder, file) = file();
    let lock = folder.path().join("discovered.json.lock");
    file.update(|learned| *learned = approved()).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&lock), 0o600, "another user could hold a lock that he can open");
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o660)).unwrap();
    file.update(|learned| learned.entries.clear()).unwrap();
    assert_eq!((mode(file.path()), mode(&lock)), (0o660, 0o660), "who may write the file may lock it");
    // Only root can give files away.
    if chown(file.path(), Some(65_534), Some(65_534)).is_err() {
        return;
    }
    let owner = |path: &std::path::Path| fs::metadata(path).map(|file| (file.uid(), file.gid())).unwrap();
    file.update(|learned| *learned = approved()).unwrap();
    assert_eq!((owner(file.path()), owner(&lock)), ((65_534, 65_534), (65_534, 65_534)));
    // The first file in a folder of the service is the service's.
    fs::remove_file(file.path()).unwrap();
    chown(folder.path(), Some(65_534), Some(65_534)).unwrap();
    file.update(|learned| *learned = approved()).unwrap();
    assert_eq!(owner(file.path()), (65_534, 65_534));
    // A lock that is another file as well keeps its owner.
    let other = folder.path().join("other");
    fs::write(&other, "").unwrap();
    fs::remove_file(&lock).unwrap();
    fs::hard_link(&other, &lock).unwrap();
    let before = owner(&other);
    file.update(|learned| learned.entries.clear()).unwrap();
    assert_eq!(owner(&other), before);
}

#[test]
fn changes_of_several_threads_are_all_kept() {
    let (_folder, file) = file();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let file = file.clone();
            scope.spawn(move || {
                for number in 0..8 {
                    let range = format!("198.18.{}.0/24", thread * 8 + number);
                    file.update(|learned| learned.enter(&seen(&[&range], day(1), 9))).unwrap();
                }
            });
        }
    });
    assert_eq!(file.load().unwrap().entries.len(), 32);
}
