//! Tokens with every change, all spellings of their form, and the roles of networks.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::form::{candidates, may_hold};
use super::token::{CODES, Form, LENGTH};
use super::*;
use crate::util::crockford::ALPHABET;

const DAY: u64 = 24 * 60 * 60;

fn keys(secret: u8) -> Keys {
    Keys::new(&[secret; 32], "shop.example").unwrap()
}

fn at(day: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(day * DAY)
}

fn canary(class: Class, serial: u32) -> Canary {
    Canary::new(class, at(20_786), serial).unwrap()
}

fn read(keys: &Keys, token: &str) -> Option<Canary> {
    keys.read(&Form::of(token.as_bytes())?)
}

fn any_canary() -> impl Strategy<Value = Canary> {
    let class = prop::sample::select(Class::ALL.to_vec());
    (class, 0_u64..1 << 16, 0_u32..1 << 20)
        .prop_map(|(class, day, serial)| Canary::new(class, at(day), serial).unwrap())
}

proptest! {
    #[test]
    fn a_token_is_read_in_any_case_by_its_own_secret_and_host_alone(canary in any_canary(), cases in any::<u32>()) {
        let token = keys(1).mint(canary);
        prop_assert_eq!(token.len(), LENGTH);
        let mixed: String = token.char_indices().map(|(at, c)| if cases >> at & 1 == 1 { c.to_ascii_uppercase() } else { c }).collect();
        prop_assert_eq!(read(&keys(1), &mixed), Some(canary));
        prop_assert_eq!(&keys(1).mint(canary), &token);
        prop_assert_eq!(read(&keys(2), &token), None);
        prop_assert_eq!(read(&Keys::new(&[1; 32], "other.example").unwrap(), &token), None);
        prop_assert_eq!(read(&Keys::new(&[1; 32], "SHOP.example").unwrap(), &token), Some(canary));
    }

    /// Whether it is a canary, one of the secret before, or a guess: each text of the form costs two codes for each secret. A text of
    /// the form that comes first saves nothing on the second.
    #[test]
    fn what_has_the_form_of_a_token_costs_the_same(
        canary in any_canary(),
        guess in "[0-9a-hjkmnp-tv-z]{20}[02468acegjmpr]",
        which in prop::array::uniform2(0_usize..4),
    ) {
        let settings = Settings {
            keys: vec![keys(1), keys(2)],
            host: "shop.example".to_owned(),
            prefix: "/r/".to_owned(),
            days: 30,
            from: Vec::new(),
            own: Vec::new(),
            files: Vec::new(),
            learned: None,
        };
        let other = Keys::new(&[1; 32], "other.example").unwrap();
        let texts = [keys(1).mint(canary), keys(2).mint(canary), other.mint(canary), guess];
        let [one, two] = which.map(|number| &texts[number]);
        let codes = |path: &str| {
            let before = CODES.get();
            settings.find(path, None);
            CODES.get() - before
        };
        prop_assert_eq!(codes(&format!("/r/{one}")), 4);
        if one != two {
            prop_assert_eq!(codes(&format!("/{one}/{two}")), 8);
        }
    }

    #[test]
    fn guesses_are_refused(guess in "[0-9a-hjkmnp-tv-z]{20}[02468acegjmpr]") {
        prop_assert_eq!(read(&keys(1), &guess), None);
    }

    /// If a variant contains the form of a token, the pass without allocation must find it.
    #[test]
    fn the_walk_sees_every_spelling_that_the_variants_have(
        token in "[0-9a-hjkmnp-tv-zA-HJKMNP-TV-Z]{20}[02468aceg]",
        how in prop::collection::vec(0_u8..7, 21),
        before in "(/|/r/|/a//|/x;y/|/%2e/|/a%20b/|//|/%2f|/\u{e9}/|/a%2fb%5c|/x_|/\\(|/%28|/\u{e9}-|/%-|/\u{1}_)",
        after in "(|/|;x=1|%20|%00|\\.|%3b|%2f|/favicon\\.ico|%|%2|%u00|#x|\\\\|%3f|%09|::\\$DATA|%c0%af|\\.html|~|,|%22|%2c%20|&x=1|-\u{e9}|_\u{1}|%25-)",
    ) {
        let spelled: String = token.bytes().zip(&how).map(|(byte, how)| spell(byte, *how)).collect();
        let path = format!("{before}{spelled}{after}");
        let found = candidates(&path, None);
        prop_assert!(found.is_empty() || may_hold(&path), "{}", path);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn every_change_of_one_character_is_refused(canary in any_canary()) {
        let token = keys(1).mint(canary);
        for at in 0..LENGTH {
            for c in (0x20..0x7F_u8).map(char::from).filter(|c| !c.eq_ignore_ascii_case(&char::from(token.as_bytes()[at]))) {
                let changed = format!("{}{c}{}", &token[..at], &token[at + 1..]);
                prop_assert_eq!(read(&keys(1), &changed), None, "{}", changed);
            }
            prop_assert_eq!(read(&keys(1), &format!("{}{}", &token[..at], &token[at + 1..])), None);
        }
        prop_assert_eq!(read(&keys(1), &format!("{token}0")), None);
    }
}

fn spell(byte: u8, how: u8) -> String {
    let c = char::from(byte);
    match how {
        1 => format!("%{byte:02x}"),
        2 => format!("%25{byte:02X}"),
        3 => format!("%2525{byte:02x}"),
        4 => format!("%u00{byte:02x}"),
        5 => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c).to_string(),
        6 => format!("{c}\u{200b}"),
        _ => c.to_string(),
    }
}

#[test]
fn tokens_are_found_in_every_variant_and_ordinary_paths_are_left_alone() {
    let token = keys(1).mint(canary(Class::Visit, 3));
    let upper = token.to_uppercase();
    let escaped: String = token.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let wide: String = token.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect();
    for path in [
        format!("/r/{token}"),
        format!("/R/{upper}"),
        format!("//r//{token}//"),
        format!("/r/{token}/"),
        format!("/r/{token};jsessionid=1"),
        format!("/r/./{token}"),
        format!("/x/../r/{token}"),
        format!("/r\\{token}"),
        format!("/r%2f{token}"),
        format!("/r/{escaped}"),
        format!("/r/{}", escaped.replace('%', "%25")),
        format!("/r/{token}%00.html"),
        format!("/r/{token}%20"),
        format!("/r/{token}."),
        format!("/r/{token}%3fx"),
        format!("/{token}"),
        format!("/r/{token}/wp-login.php"),
        format!("/r/{token}.html"),
        format!("/r/{token}.PHP.bak"),
        format!("/r/{token}~"),
        format!("/r/{token},"),
        format!("/r/{token}%22%3e"),
        format!("/r/{token}&utm_source=x"),
        format!("/r/{token}:443"),
        format!("/r/({token})"),
        format!("/r/_{token}"),
        format!("/r/{token}/r/{token}"),
        format!("/wp-content/cache-{token}.zip"),
        format!("/r/{wide}"),
    ] {
        assert!(may_hold(&path), "{path}");
        let found: Vec<Canary> = candidates(&path, None).iter().filter_map(|form| keys(1).read(form)).collect();
        assert_eq!(found, [canary(Class::Visit, 3)], "{path}");
    }
    for path in [
        "/",
        "",
        "*",
        "/blog/how-to-find-your-scanners-in-your-own-logs",
        "/статья/как-найти-сканеры-в-журнале",
        "/%D1%81%D1%82%D0%B0%D1%82%D1%8C%D1%8F/x",
        "/assets/app.3f2a9c1d.js",
        "/api/orders/550e8400-e29b-41d4-a716-446655440000",
        "/r/0123456789abcdefghjkn",
        &format!("/r/{token}0"),
        &format!("/r/x{token}"),
        &format!("/r/{token}{token}"),
        &format!("/r/{}", &token[..20]),
        &format!("/r/{}-{}", &token[..10], &token[10..]),
        &format!("/r/{}", "a".repeat(5000)),
        &format!("/r/{}", "%61".repeat(5000)),
        "/r/100%/of-%zz",
    ] {
        assert!(!may_hold(path) || candidates(path, None).is_empty(), "{path}");
    }
}

#[test]
fn the_number_of_candidates_is_bounded() {
    let path: String = (0..500).map(|number| format!("/{number:020}0")).collect();
    assert_eq!(candidates(&path, None).len(), 4);
}

#[test]
fn the_same_work_is_done_for_guesses_and_tokens() {
    // Every candidate is verified with every secret; nothing ends the loop early.
    let settings = Settings {
        keys: vec![keys(2), keys(1)],
        host: String::new(),
        prefix: "/r/".to_owned(),
        days: 30,
        from: Vec::new(),
        files: Vec::new(),
        own: Vec::new(),
        learned: None,
    };
    let current = format!("/r/{}", keys(2).mint(canary(Class::Visit, 1)));
    let old = format!("/r/{}", keys(1).mint(canary(Class::Visit, 2)));
    assert_eq!(settings.find(&current, None), Look::Form(Some(canary(Class::Visit, 1))));
    assert_eq!(settings.find(&old, None), Look::Form(Some(canary(Class::Visit, 2))));
    assert_eq!(settings.find(&format!("/r/{}", keys(3).mint(canary(Class::Visit, 2))), None), Look::Form(None));
    assert_eq!(settings.find("/r/x", None), Look::Nothing);
}

#[test]
fn secrets_are_not_shown_and_short_ones_refused() {
    assert!(Keys::new(&[1; 31], "x").is_none());
    assert_eq!(format!("{:?}", keys(7)), "Keys");
    assert_ne!(keys(1).fingerprint(), keys(2).fingerprint());
    assert!(ALPHABET.iter().all(|byte| !b"ilou".contains(byte)));
}

fn hit_log(from: &[&str], own: &[&str]) -> HitLog {
    let ranges = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    HitLog::new(Parties { own: ranges(own), from: ranges(from), days: 30 }, 100)
}

fn hit(canary: Canary, address: &str, minute: u64) -> Hit {
    let address: IpAddr = address.parse().unwrap();
    Hit { canary, address, time: 20_786 * DAY + 60 * minute, micros: 0, agent: None }
}

fn role(hit_log: &mut HitLog, hit: Hit) -> Role {
    hit_log.note(hit).role
}

const VISITOR: &str = "203.0.113.7";
const SCANNER: &str = "150.70.97.12";

#[test]
fn the_story() {
    let mut hit_log = hit_log(&[], &[]);
    let opened = canary(Class::Visit, 0);
    assert_eq!(role(&mut hit_log, hit(opened, VISITOR, 0)), Role::Visit);
    assert!(hit_log.proofs().is_empty());
    assert_eq!(role(&mut hit_log, hit(opened, "203.0.113.200", 1)), Role::Visit);
    assert_eq!(role(&mut hit_log, hit(opened, "203.0.9.7", 1)), Role::SameSite);
    let noted = hit_log.note(hit(opened, SCANNER, 2));
    assert_eq!(noted, NoteResult { role: Role::Echo, is_new: true, is_void: false });
    assert!(!hit_log.note(hit(opened, SCANNER, 3)).is_new, "logged once");
    let proofs = hit_log.proofs();
    assert_eq!(proofs.len(), 1);
    assert_eq!((proofs[0].range, proofs[0].hits), ("150.70.97.12/32".parse().unwrap(), 2));
    // A second canary requested from a second address proves the network; the same canary does not.
    assert_eq!(role(&mut hit_log, hit(opened, "150.70.97.99", 4)), Role::Echo);
    assert_eq!(hit_log.proofs().len(), 1);
    let second = canary(Class::Visit, 1);
    hit_log.note(hit(second, VISITOR, 5));
    hit_log.note(hit(second, "150.70.97.99", 6));
    assert_eq!(hit_log.proofs()[0].range, "150.70.97.0/24".parse().unwrap());
}

#[test]
fn a_control_voids_its_batch_and_no_other() {
    let mut hit_log = hit_log(&[], &[]);
    for serial in [0, 16] {
        hit_log.note(hit(canary(Class::Visit, serial), VISITOR, 0));
        hit_log.note(hit(canary(Class::Visit, serial), SCANNER, 1));
    }
    assert_eq!(hit_log.proofs()[0].canaries, 2);
    assert_eq!(role(&mut hit_log, hit(canary(Class::Control, 7), "198.51.100.1", 9)), Role::Control);
    assert_eq!(hit_log.proofs()[0].canaries, 1, "serials 0 to 15 are void");
    assert!(hit_log.note(hit(canary(Class::Visit, 0), SCANNER, 10)).is_void);
    assert!(hit_log.is_void(canary(Class::Visit, 15)) && !hit_log.is_void(canary(Class::Visit, 16)));
}

#[test]
fn who_walks_a_list_of_canaries_frames_nobody() {
    // An attacker has the list, and makes a service of 192.0.2.0/24 fetch all of it, also the control.
    let mut framed = hit_log(&["203.0.113.7/32"], &[]);
    for serial in 0..16 {
        assert_eq!(role(&mut framed, hit(canary(Class::Visit, serial), "192.0.2.9", u64::from(serial))), Role::Before);
    }
    for serial in 0..16 {
        framed.note(hit(canary(Class::Visit, serial), VISITOR, 30));
    }
    assert!(framed.proofs().is_empty(), "it asked before the visit");
    let mut walked = hit_log(&[], &[]);
    walked.note(hit(canary(Class::Visit, 1), VISITOR, 0));
    walked.note(hit(canary(Class::Visit, 1), "192.0.2.9", 1));
    assert_eq!(walked.proofs().len(), 1);
    walked.note(hit(canary(Class::Control, 0), "192.0.2.9", 2));
    assert!(walked.proofs().is_empty());
}

/// As the file of findings has it: who asked, and when.
fn stored(address: &str, minute: u64) -> crate::learned::CanaryCaller {
    let mut hit_log = hit_log(&[], &[]);
    hit_log.note(hit(canary(Class::Visit, 0), address, minute));
    hit_log.to_be_stored()[0].1.clone()
}

#[test]
fn whoever_asked_earlier_elsewhere_is_the_visitor() {
    let opened = canary(Class::Visit, 0);
    let mut here = hit_log(&[], &[]);
    assert_eq!(role(&mut here, hit(opened, SCANNER, 2)), Role::Visit);
    assert_eq!(here.to_be_stored().len(), 1);
    here.mark_as_stored(&here.to_be_stored());
    here.take(opened, &[stored(VISITOR, 0), stored(SCANNER, 2)]);
    let roles: Vec<(Role, u64)> =
        here.history(opened).unwrap().callers.iter().map(|caller| (caller.role, caller.hits)).collect();
    assert_eq!(roles, [(Role::Visit, 1), (Role::Echo, 1)]);
    assert_eq!(here.proofs()[0].range, "150.70.97.12/32".parse().unwrap());
    assert!(here.to_be_stored().is_empty() && here.knows(opened, SCANNER.parse().unwrap()));
    here.take(opened, &[stored(VISITOR, 0), stored(SCANNER, 2)]);
    assert_eq!(here.proofs()[0].hits, 1, "nothing counts twice");
}

#[test]
fn the_file_enters_each_hit_once_and_takes_it_back_once() {
    use crate::learned::{Learned, Time};

    let (opened, control) = (canary(Class::Visit, 0), canary(Class::Control, 0));
    let parties = |own: &[&str]| hit_log(&[], own).parties().clone();
    let now = Time::from_seconds(20_786 * DAY + 3600);
    let hits = |learned: &Learned| learned.entries.iter().map(|entry| entry.evidence.proofs()).collect::<Vec<_>>();
    let mut learned = Learned::default();
    learned.note_canary_caller(&opened.to_string(), &stored(VISITOR, 0));
    learned.note_canary_caller(&opened.to_string(), &stored(SCANNER, 2));
    for _ in 0..3 {
        settle(&mut learned, &parties(&[]), now);
        assert_eq!(hits(&learned), [1]);
    }
    let of_other_instance = learned.clone();
    learned.note_canary_caller(&control.to_string(), &stored("192.0.2.9", 9));
    for _ in 0..3 {
        settle(&mut learned, &parties(&[]), now);
        assert!(learned.entries.is_empty());
    }
    // The same where a network turns out to be one's own, and where another canary names it again.
    let mut learned = of_other_instance;
    settle(&mut learned, &parties(&["150.70.0.0/16"]), now);
    assert!(learned.entries.is_empty());
    let another = canary(Class::Visit, 16);
    learned.note_canary_caller(&another.to_string(), &stored(VISITOR, 0));
    learned.note_canary_caller(&another.to_string(), &stored(SCANNER, 2));
    settle(&mut learned, &parties(&[]), now);
    assert_eq!(hits(&learned), [1]);
    // After its time it is forgotten, and what it proved stays.
    settle(&mut learned, &parties(&[]), Time::from_seconds(20_830 * DAY));
    assert!(learned.canaries.is_empty() && hits(&learned) == [1]);
}

#[test]
fn own_networks_late_hits_and_previews_prove_nothing() {
    let mut hit_log = hit_log(&[], &["192.0.2.0/24"]);
    let opened = canary(Class::Visit, 0);
    hit_log.note(hit(opened, VISITOR, 0));
    assert_eq!(role(&mut hit_log, hit(opened, "192.0.2.9", 1)), Role::Own);
    assert_eq!(role(&mut hit_log, hit(canary(Class::Control, 1), "192.0.2.9", 1)), Role::Own);
    let minutes = |days: u64| days * 24 * 60;
    assert_eq!(role(&mut hit_log, hit(opened, SCANNER, minutes(31))), Role::Late);
    assert_eq!(role(&mut hit_log, hit(opened, SCANNER, minutes(30))), Role::Echo);
    let early = Hit { time: 20_784 * DAY, ..hit(opened, SCANNER, 0) };
    assert_eq!(role(&mut hit_log, early), Role::Late, "minted in the future: a clock is wrong");
    let preview = Hit { agent: Some("Slackbot-LinkExpanding 1.0".into()), ..hit(canary(Class::Chat, 0), SCANNER, 1) };
    assert_eq!(role(&mut hit_log, preview), Role::Declared);
    assert_eq!(role(&mut hit_log, hit(canary(Class::Mail, 4711), SCANNER, 1)), Role::Opener);
    // A client that opens it first from his own network is still the visitor.
    let at_home = canary(Class::Visit, 5);
    assert_eq!(role(&mut hit_log, hit(at_home, "192.0.2.9", 1)), Role::Visit);
    assert_eq!(role(&mut hit_log, hit(at_home, SCANNER, 2)), Role::Echo);
}

#[test]
fn the_book_is_bounded() {
    let mut hit_log = hit_log(&[], &[]);
    for serial in 0..5000 {
        hit_log.note(hit(canary(Class::Control, serial * 16), SCANNER, u64::from(serial)));
    }
    assert_eq!((hit_log.histories().count(), hit_log.lost), (100, 4900));
    let opened = canary(Class::Page, 1);
    for number in 0..1000_u32 {
        let address = format!("198.{}.{}.1", number / 256, number % 256);
        let noted = hit_log.note(hit(opened, &address, 6000));
        assert_eq!(noted.is_new, number < 32, "{number}");
    }
}
