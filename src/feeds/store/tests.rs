//! The store without threads: time is an argument, and the test sets the answers of the servers.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::*;
use crate::feeds::cache::{ListCopy, Unusable};
use crate::feeds::content::Content;
use crate::feeds::fetch::tests::server::{FeedServer, Reply, answer, list};
use crate::feeds::fetch::tests::{client, client_of_public_names, gzip, settings};
use crate::feeds::fetch::{Client, Validators};
use crate::feeds::spec::{FeedUrl, Share, Target};
use crate::feeds::{self, Format, ParseOptions, Selection};
use crate::scanners::Audience;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86400);

/// The moment after this time.
fn at(since: Duration) -> Timestamp {
    Timestamp { monotonic: since, wall: UNIX_EPOCH + Duration::from_secs(1_800_000_000) + since }
}

/// A server with changeable answers, a client, and a list that is fetched once a day.
struct TestList {
    server: FeedServer,
    reply: Arc<Mutex<Reply>>,
    client: Client,
}

impl TestList {
    fn new(body: &str) -> Self {
        let reply = Arc::new(Mutex::new(list(body)));
        let current = Arc::clone(&reply);
        let server = FeedServer::start(None, move |_| current.lock().unwrap().clone());
        Self { server, reply, client: client(&settings()) }
    }

    fn spec(&self, id: &str) -> FeedSpec {
        FeedSpec {
            id: id.into(),
            url: FeedUrl::parse(&self.server.url("http", "/list?key=s3cret")).unwrap(),
            options: ParseOptions::fetched().max_entries(100),
            refresh: DAY,
            max_shrink: FeedSpec::DEFAULT_MAX_SHRINK,
            embedded: 0,
            required: false,
            allow_insecure: true,
            allow_private_redirects: false,
            sha256: None,
            header: None,
            audience: Audience::Exclusive,
            target: Target::Group { list: 0, group: 0 },
        }
    }

    fn answers(&self, reply: Reply) {
        *self.reply.lock().unwrap() = reply;
    }

    /// Runs the one job that is due.
    fn step(&self, store: &mut FeedStore, now: Timestamp) -> Finished {
        let jobs = store.due(now);
        let [job] = &jobs[..] else { panic!("{} jobs are due", jobs.len()) };
        store.finish(job.run(&self.client), now)
    }
}

fn open(specs: Vec<FeedSpec>, now: Timestamp) -> FeedStore {
    FeedStore::open(specs, &FeedSettings::default(), now)
}

fn prefixes(store: &FeedStore) -> Vec<String> {
    store.copy(0).iter().flat_map(|copy| copy.iter().map(ToString::to_string)).collect()
}

/// This number of prefixes, from 198.51.100.0 on.
fn many(count: usize) -> String {
    (0..count).map(|n| format!("198.51.100.{n}\n")).collect()
}

fn failure(finished: &Finished) -> &str {
    match finished {
        Finished::Failed(reason) => reason,
        other => panic!("{other:?} is no failure"),
    }
}

/// Redirects to private addresses are a setting of each list.
#[test]
fn a_list_may_allow_private_redirects() {
    let test_list = TestList { client: client_of_public_names(), ..TestList::new("") };
    let port = test_list.server.address.port();
    test_list.answers(answer("302 Found", &[&format!("location: http://127.0.0.1:{port}/list")], b""));
    for (allowed, expected) in [(false, "private address"), (true, "more than 5 redirects")] {
        let url = FeedUrl::parse(&format!("http://public.test:{port}/list")).unwrap();
        let spec = FeedSpec { url, allow_private_redirects: allowed, ..test_list.spec("redirected") };
        let mut store = open(vec![spec], at(Duration::ZERO));
        let finished = test_list.step(&mut store, at(Duration::ZERO));
        assert!(failure(&finished).contains(expected), "{finished:?}");
    }
}

#[test]
fn a_list_comes_stays_and_changes() {
    let test_list = TestList::new(&many(3));
    let mut store = open(vec![test_list.spec("life")], at(HOUR));
    assert_eq!((store.copy(0), store.copy(1), store.next_due()), (None, None, Some(at(HOUR))));
    let [status] = &store.status(at(HOUR))[..] else { panic!() };
    assert_eq!((status.entries, status.age, status.last_attempt), (None, None, None));

    let jobs = store.due(at(HOUR));
    assert_eq!((jobs.len(), store.due(at(HOUR + DAY)).len(), store.next_due()), (1, 0, None), "one job at a time");
    assert_eq!(store.finish(jobs[0].run(&test_list.client), at(HOUR)), Finished::Changed);
    assert_eq!(prefixes(&store), ["198.51.100.0/32", "198.51.100.1/32", "198.51.100.2/32"]);
    let next = store.next_due().unwrap();
    assert!((HOUR + DAY.mul_f64(0.9)..=HOUR + DAY.mul_f64(1.1)).contains(&next.monotonic), "{next:?}");
    assert_eq!(store.due(at(next.monotonic - Duration::from_nanos(1))).len(), 0);

    // The same prefixes in another order are the same list.
    test_list.answers(list("198.51.100.2\n198.51.100.1\n198.51.100.0\n"));
    let before = store.copy(0).unwrap();
    assert_eq!(test_list.step(&mut store, at(2 * DAY)), Finished::Unchanged);
    assert!(Arc::ptr_eq(&before, &store.copy(0).unwrap()));

    test_list.answers(answer("200 OK", &["etag: \"3\""], b"198.51.100.2\n198.51.100.3\n"));
    assert_eq!(test_list.step(&mut store, at(4 * DAY)), Finished::Changed);
    test_list.answers(answer("304 Not Modified", &[], b""));
    assert_eq!(test_list.step(&mut store, at(6 * DAY)), Finished::Unchanged);
    assert!(test_list.server.heads()[3].contains("if-none-match: \"3\""));
    assert_eq!(prefixes(&store), ["198.51.100.2/32", "198.51.100.3/32"]);

    let status = serde_json::to_value(store.status(at(6 * DAY + HOUR))).unwrap();
    let expected = serde_json::json!([{
        "id": "life",
        "url": test_list.server.url("http", "/…"),
        "entries": 2,
        "fetched_at": "2027-01-21T08:00:00Z",
        "age": 3600,
        "from_cache": false,
        "last_attempt": "2027-01-21T08:00:00Z",
        "last_error": null,
        "failures": 0,
        "next_refresh": humantime::format_rfc3339_seconds(store.next_due().unwrap().wall).to_string(),
    }]);
    assert_eq!(status, expected);
}

#[test]
fn a_list_that_went_wrong_is_refused_and_the_last_good_copy_stays() {
    let good = many(10);
    let test_list = TestList::new(&good);
    let mut store = open(vec![test_list.spec("guards")], at(Duration::ZERO));
    assert_eq!(test_list.step(&mut store, at(Duration::ZERO)), Finished::Changed);
    let copy = store.copy(0).unwrap();
    let mut now = 2 * DAY;
    for (reply, reason) in [
        (list("<!DOCTYPE html><title>Sign in</title>"), "this is an HTML or XML page"),
        (list(""), "names no range"),
        (list("# nothing left\n"), "names no range"),
        (list(&many(4)), "shrank from 10 to 4 entries, by 60 %; 50 % are allowed"),
        (list("10.0.0.0/8\n192.168.1.0/24\n"), "nothing is left of the list after 2 entries were dropped"),
        (list("0.0.0.0/0\n8.0.0.0/6\n"), "nothing is left"),
        (list(&many(101)), "more than 100 entries"),
        (list(&format!("{good}surprise\nsurprise\n")), "2 of 12 entries cannot be read"),
        (list("\u{1b}[31mred\n\u{1b}[31mred\n"), "cannot be read"),
        (answer("503 Service Unavailable", &[], b""), "503"),
    ] {
        test_list.answers(reply);
        let finished = test_list.step(&mut store, at(now));
        assert!(failure(&finished).contains(reason), "{finished:?}, not {reason}");
        assert!(!failure(&finished).contains(char::is_control), "{finished:?}");
        assert!(Arc::ptr_eq(&copy, &store.copy(0).unwrap()), "{reason}");
        let status = &store.status(at(now))[0];
        assert_eq!(status.last_error.as_deref(), Some(failure(&finished)));
        assert_eq!((status.entries, status.fetched_at), (Some(10), Some(at(Duration::ZERO).wall)));
        now += 2 * DAY;
    }
    assert_eq!(store.status(at(now))[0].failures, 10);
    test_list.answers(list(&many(5)));
    assert_eq!(test_list.step(&mut store, at(now)), Finished::Changed, "half is allowed");
    let status = &store.status(at(now))[0];
    assert_eq!((status.failures, &status.last_error, status.entries), (0, &None, Some(5)));
}

#[test]
fn the_first_copy_is_held_against_what_the_catalog_has() {
    collect();
    let test_list = TestList::new(&many(4));
    let mut store = open(vec![FeedSpec { embedded: 10, ..test_list.spec("embedded") }], at(Duration::ZERO));
    let finished = test_list.step(&mut store, at(Duration::ZERO));
    assert!(failure(&finished).contains("shrank from 10 to 4 entries"), "{finished:?}");
    // No key of the file sets the limit for a list of the catalog.
    assert!(failure(&finished).contains("a list of your own, with `max_shrink`"), "{finished:?}");
    assert!(store.copy(0).is_none());
    let told = records("list embedded ");
    assert!(told[0].1.contains("; the 10 prefixes of the catalog stay in use; the next attempt"), "{told:?}");
    test_list.answers(list(&many(5)));
    assert_eq!(test_list.step(&mut store, at(DAY)), Finished::Changed);
}

#[test]
fn a_list_with_others_behind_its_ranges_is_no_exclusive_one() {
    let test_list = TestList::new(
        "{\"services\": {\"x\": {\"ipv4\": [\"198.51.100.0/24\"], \"ipv6\": [], \"ip_list_authoritative\": false}}}",
    );
    let selection = Selection::new().service("x");
    let options = ParseOptions::fetched().format(Format::BotIpBlocks).selection(selection);
    let exclusive = FeedSpec { options, ..test_list.spec("advisory") };
    let shared = FeedSpec { audience: Audience::Shared, ..exclusive.clone() };
    let finished = test_list.step(&mut open(vec![exclusive], at(HOUR)), at(HOUR));
    assert!(failure(&finished).contains("write `audience = \"shared\"`"), "{finished:?}");
    assert_eq!(test_list.step(&mut open(vec![shared], at(HOUR)), at(HOUR)), Finished::Changed);
}

#[test]
fn failures_back_off_and_a_server_that_asks_for_rest_gets_it() {
    let test_list = TestList::new("");
    test_list.answers(answer("500 Internal Server Error", &[], b""));
    let mut store = open(vec![test_list.spec("back-off")], at(Duration::ZERO));
    let mut wait = |now| {
        test_list.step(&mut store, now);
        store.next_due().unwrap().monotonic - now.monotonic
    };
    for minutes in [1, 2, 4, 8] {
        let expected = Duration::from_secs(60 * minutes);
        let waited = wait(at(DAY * minutes as u32));
        assert!((expected.mul_f64(0.9)..=expected.mul_f64(1.1)).contains(&waited), "{waited:?}");
    }
    test_list.answers(answer("429 Too Many Requests", &["retry-after: 7200"], b""));
    let waited = wait(at(10 * DAY));
    assert!((2 * HOUR..=2 * HOUR + HOUR / 5).contains(&waited), "{waited:?}");
    // The date refers to the wall clock.
    test_list.answers(answer("503 Service Unavailable", &["retry-after: Wed, 27 Jan 2027 08:00:00 GMT"], b""));
    let waited = wait(at(12 * DAY - 3 * HOUR));
    assert!((3 * HOUR..=3 * HOUR + HOUR / 3).contains(&waited), "{waited:?}");
}

/// Lists are due by the monotonic clock, even if the wall clock changes.
#[test]
fn a_wall_clock_that_jumps_changes_no_schedule() {
    let test_list = TestList::new(&many(3));
    let mut store = open(vec![test_list.spec("jumps")], at(HOUR));
    assert_eq!(test_list.step(&mut store, at(HOUR)), Finished::Changed);
    let year = 400 * DAY;
    let early = at(2 * HOUR);
    assert_eq!(store.due(Timestamp { wall: early.wall + year, ..early }).len(), 0);
    let late = at(2 * DAY);
    assert_eq!(store.due(Timestamp { wall: late.wall - year, ..late }).len(), 1);
}

/// The end of this timeout exceeds every clock, so adding it panics. No configuration file can contain such a timeout.
fn panicking() -> Client {
    client(&FeedSettings { timeout: Duration::MAX, ..settings() })
}

#[test]
fn a_panic_is_a_failed_attempt() {
    collect();
    let test_list = TestList::new(&many(3));
    let mut store = open(vec![test_list.spec("panics")], at(Duration::ZERO));
    assert_eq!(test_list.step(&mut store, at(Duration::ZERO)), Finished::Changed);
    let copy = store.copy(0).unwrap();
    records("panics");

    let test_list = TestList { client: panicking(), ..test_list };
    let finished = test_list.step(&mut store, at(2 * DAY));
    assert!(failure(&finished).starts_with("the attempt ended in a panic"), "{finished:?}");
    assert!(Arc::ptr_eq(&copy, &store.copy(0).unwrap()));
    let status = &store.status(at(2 * DAY))[0];
    assert_eq!((status.failures, status.last_error.as_deref()), (1, Some(failure(&finished))));
    let waited = store.next_due().unwrap().monotonic - 2 * DAY;
    assert!((54..=66).contains(&waited.as_secs()), "{waited:?}");
    let [(log::Level::Warn, told)] = &records("list panics")[..] else { panic!() };
    assert!(told.contains(failure(&finished)) && told.contains("the last good copy with 3 prefixes stays"), "{told}");

    let test_list = TestList { client: client(&settings()), ..test_list };
    assert_eq!(test_list.step(&mut store, at(3 * DAY)), Finished::Unchanged);
    assert_eq!(store.status(at(3 * DAY))[0].failures, 0);
}

#[test]
fn what_must_be_there_is_missed() {
    let test_list = TestList::new("");
    let mut store = open(vec![FeedSpec { required: true, ..test_list.spec("must") }, test_list.spec("may")], at(HOUR));
    let missing = |store: &FeedStore| -> Vec<(String, Option<String>)> {
        store.missing_required().map(|(spec, reason)| (spec.id.to_string(), reason.map(str::to_owned))).collect()
    };
    assert_eq!(missing(&store), [("must".to_owned(), None)]);
    let jobs = store.due(at(HOUR));
    let finished = store.finish(jobs[0].run(&test_list.client), at(HOUR));
    assert_eq!(missing(&store), [("must".to_owned(), Some(failure(&finished).to_owned()))]);
    test_list.answers(list(&many(1)));
    assert_eq!(store.finish(jobs[1].run(&test_list.client), at(HOUR)), Finished::Changed);
    assert_eq!(test_list.step(&mut store, at(2 * HOUR)), Finished::Changed);
    assert_eq!(missing(&store), []);
}

#[test]
fn a_changed_configuration_keeps_what_it_can() {
    let test_list = TestList::new(&many(3));
    let (a, b) = (test_list.spec("a"), test_list.spec("b"));
    let settings = FeedSettings::default();
    let mut store = open(vec![a.clone(), b.clone()], at(Duration::ZERO));
    let jobs = store.due(at(Duration::ZERO));
    assert_eq!(store.finish(jobs[0].run(&test_list.client), at(Duration::ZERO)), Finished::Changed);
    let (copy, next) = (store.copy(0).unwrap(), store.next_due());

    // At another position, and with a running job of another list: both continue.
    let moved = FeedSpec { target: Target::Group { list: 7, group: 0 }, ..a.clone() };
    store.adopt(vec![b.clone(), moved.clone()], &settings, at(HOUR));
    assert!(Arc::ptr_eq(&copy, &store.copy(1).unwrap()));
    assert_eq!(store.next_due(), next);
    assert_eq!(store.finish(jobs[1].run(&test_list.client), at(HOUR)), Finished::Changed);
    assert!(store.copy(0).is_some());

    // With a changed request, the copy stays until there is a new one.
    let more_often = FeedSpec { refresh: HOUR, ..moved.clone() };
    store.adopt(vec![more_often.clone()], &settings, at(2 * HOUR));
    assert!(Arc::ptr_eq(&copy, &store.copy(0).unwrap()));
    let stale = store.due(at(2 * HOUR));
    assert_eq!(stale.len(), 1);

    // With other options or another URL, it is a new list, and the running job of the old one is ignored.
    let selection = Selection::new().service("x");
    for other in [
        FeedSpec { options: more_often.options.clone().selection(selection), ..more_often.clone() },
        FeedSpec { url: FeedUrl::parse(&test_list.server.url("http", "/other")).unwrap(), ..more_often.clone() },
        FeedSpec { audience: Audience::Shared, ..more_often.clone() },
        FeedSpec { sha256: Some([0; 32]), ..more_often.clone() },
    ] {
        store.adopt(vec![other], &settings, at(3 * HOUR));
        assert_eq!((store.copy(0), store.next_due()), (None, Some(at(3 * HOUR))));
        assert_eq!(store.finish(stale[0].run(&test_list.client), at(3 * HOUR)), Finished::Unchanged);
        assert_eq!(store.copy(0), None);
    }

    // New settings retry only a list that failed, since the old settings may be the reason.
    test_list.answers(answer("500 Internal Server Error", &[], b""));
    store.adopt(vec![a], &settings, at(4 * HOUR));
    failure(&test_list.step(&mut store, at(4 * HOUR)));
    assert!(store.next_due().unwrap().monotonic > 4 * HOUR);
    let next = store.next_due();
    store.adopt(vec![store.slots[0].spec.clone()], &settings, at(4 * HOUR));
    assert_eq!(store.next_due(), next);
    let patient = FeedSettings { timeout: HOUR, ..settings };
    store.adopt(vec![store.slots[0].spec.clone()], &patient, at(4 * HOUR));
    assert_eq!(store.next_due(), Some(at(4 * HOUR)));
}

/// A folder for this test that does not exist yet.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("scanner-guard-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

fn caching(folder: &Path) -> FeedSettings {
    FeedSettings { cache_dir: Some(folder.to_owned()), ..FeedSettings::default() }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn a_start_needs_no_network_where_there_is_a_copy() {
    let test_list = TestList::new("");
    test_list.answers(answer("200 OK", &["etag: \"1\""], many(3).as_bytes()));
    let folder = folder("start").join("made").join("on-demand");
    let spec = test_list.spec("cached");
    let start = |spec: &FeedSpec, now| FeedStore::open(vec![spec.clone()], &caching(&folder), now);
    let mut store = start(&spec, at(Duration::ZERO));
    assert_eq!(test_list.step(&mut store, at(Duration::ZERO)), Finished::Changed);
    let [file] = &files(&folder)[..] else { panic!("{:?}", files(&folder)) };
    let text = fs::read_to_string(file).unwrap();
    assert!(!text.contains("s3cret"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(file), mode(&folder)), (0o600, 0o700));
    }

    // A young copy is fetched again after `refresh`; an old copy is used and fetched again at once.
    let store = start(&spec, at(HOUR));
    assert_eq!(prefixes(&store).len(), 3);
    let status = &store.status(at(HOUR))[0];
    assert_eq!((status.from_cache, status.age, status.entries, status.last_attempt), (true, Some(3600), Some(3), None));
    let next = store.next_due().unwrap().monotonic;
    assert!((DAY.mul_f64(0.9)..=DAY.mul_f64(1.1)).contains(&next), "{next:?}");
    let mut store = start(&spec, at(2 * DAY));
    assert_eq!((prefixes(&store).len(), store.next_due()), (3, Some(at(2 * DAY))));

    // The server confirms the copy, so its age starts again.
    test_list.answers(answer("304 Not Modified", &[], b""));
    assert_eq!(test_list.step(&mut store, at(2 * DAY)), Finished::Unchanged);
    assert!(test_list.server.heads()[1].contains("if-none-match: \"1\""));
    assert!(!store.status(at(2 * DAY))[0].from_cache);
    assert!(start(&spec, at(2 * DAY + HOUR)).next_due().unwrap().monotonic > 2 * DAY + HOUR);
    // A failure leaves the file as it is.
    let kept = fs::read(file).unwrap();
    test_list.answers(list(""));
    failure(&test_list.step(&mut store, at(4 * DAY)));
    assert_eq!(fs::read(file).unwrap(), kept);

    // A wrong clock must not make a copy new forever.
    let before = Timestamp { monotonic: HOUR, wall: UNIX_EPOCH };
    assert_eq!(start(&spec, before).next_due(), Some(before));

    // A copy with other options, or of another file, is not used: the list is fetched.
    for other in [
        FeedSpec { options: spec.options.clone().format(Format::Text), ..spec.clone() },
        FeedSpec { sha256: Some([0; 32]), ..spec.clone() },
    ] {
        let store = start(&other, at(HOUR));
        assert_eq!((store.copy(0), store.next_due()), (None, Some(at(HOUR))));
        assert_eq!(files(&folder).len(), 1, "nothing is wrong with the file");
    }
    // Another version of the crate fetches the list again, since it may parse it differently.
    fs::write(file, text.replacen(concat!("\"", env!("CARGO_PKG_VERSION"), "\""), "\"0.0.0\"", 1)).unwrap();
    let mut store = start(&spec, at(2 * DAY));
    assert_eq!(prefixes(&store).len(), 3);
    test_list.answers(list(&many(3)));
    assert_eq!(test_list.step(&mut store, at(2 * DAY)), Finished::Unchanged);
    assert!(!test_list.server.heads().last().unwrap().contains("if-none-match"));
    fs::remove_dir_all(&folder).unwrap();
}

/// A `.gz` file that is published with its digest, and that a server sends with `Content-Encoding`.
#[test]
fn a_copy_with_a_digest_is_found_again_however_it_was_packed() {
    let packed = gzip(many(3).as_bytes());
    let test_list = TestList::new("");
    test_list.answers(answer("200 OK", &["content-encoding: gzip"], &packed));
    let folder = folder("digest");
    for published in [packed, many(3).into_bytes()] {
        let sha256 = Some(feeds::digest::sum(&published));
        let spec = FeedSpec { sha256, ..test_list.spec("packed") };
        let start = || FeedStore::open(vec![spec.clone()], &caching(&folder), at(HOUR));
        assert_eq!(test_list.step(&mut start(), at(HOUR)), Finished::Changed);
        assert_eq!(prefixes(&start()).len(), 3);
        fs::remove_dir_all(&folder).unwrap();
    }
}

/// The cache does not contain a list's remark on its audience, so a copy is valid only for the same audience.
#[test]
fn a_copy_of_a_shared_list_is_none_of_an_exclusive_one() {
    let test_list = TestList::new(
        "{\"services\": {\"x\": {\"ipv4\": [\"198.51.100.0/24\"], \"ipv6\": [], \"ip_list_authoritative\": false}}}",
    );
    let folder = folder("audience");
    let selection = Selection::new().service("x");
    let options = ParseOptions::fetched().format(Format::BotIpBlocks).selection(selection);
    let shared = FeedSpec { options, audience: Audience::Shared, ..test_list.spec("advisory") };
    let start = |spec: &FeedSpec| FeedStore::open(vec![spec.clone()], &caching(&folder), at(HOUR));
    assert_eq!(test_list.step(&mut start(&shared), at(HOUR)), Finished::Changed);
    assert!(start(&shared).copy(0).is_some());
    assert_eq!(start(&FeedSpec { audience: Audience::Exclusive, ..shared }).copy(0), None);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_file_that_is_none_of_ours_is_set_aside() {
    let test_list = TestList::new(&many(3));
    let folder = folder("foreign");
    let spec = test_list.spec("cached");
    let mut store = FeedStore::open(vec![spec.clone()], &caching(&folder), at(Duration::ZERO));
    test_list.step(&mut store, at(Duration::ZERO));
    let file = files(&folder).remove(0);
    let aside = file.with_extension("corrupt");
    let good = fs::read_to_string(&file).unwrap();
    let digest = |text: &str| feeds::digest::hex(&feeds::digest::sum(text.as_bytes()));
    let planted = "0.0.0.0/0\n10.0.0.0/8\n198.51.100.0/24\n";
    let tampered = good.replace(&digest(&many_as_written(3)), &digest(planted)).replace(&many_as_written(3), planted);
    for bad in [
        String::new(),
        "198.51.100.0/24\n".to_owned(),
        good[..good.len() - 5].to_owned(),
        good.replace("198.51.100.1/32", "198.51.100.9/32"),
        good.replace("\"cached\"", "\"other\""),
        good.replacen("{", "{{", 1),
        tampered,
    ] {
        fs::write(&file, &bad).unwrap();
        let mut store = FeedStore::open(vec![spec.clone()], &caching(&folder), at(HOUR));
        assert_eq!((store.copy(0), store.next_due()), (None, Some(at(HOUR))), "{bad}");
        assert_eq!(files(&folder), [aside.as_path()], "{bad}");
        assert_eq!(fs::read_to_string(&aside).unwrap(), bad);
        assert_eq!(test_list.step(&mut store, at(HOUR)), Finished::Changed, "and it goes on");
        assert_eq!(files(&folder), [aside.as_path(), file.as_path()]);
        fs::remove_file(&aside).unwrap();
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// One process writes while others start: they find a valid copy, and do not move it.
#[test]
fn two_processes_share_a_cache() {
    let folder = folder("shared-cache");
    let spec = TestList::new("").spec("cached");
    let copy = |count: usize| ListCopy {
        content: Content::Prefixes(
            feeds::parse(many(count).as_bytes(), &ParseOptions::fetched()).unwrap().into_prefixes().into(),
        ),
        validators: Validators::default(),
        fetched_at: UNIX_EPOCH,
        digest: [0; 32],
    };
    let cache = Cache::new(&folder);
    cache.write(&spec, &copy(1)).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (1..300).for_each(|count| Cache::new(&folder).write(&spec, &copy(count % 9 + 1)).unwrap()));
            scope.spawn(|| {
                // The age of a file that is being written is the age that the file system shows.
                let now = Timestamp { monotonic: HOUR, wall: SystemTime::now() };
                for _ in 0..600 {
                    let store = FeedStore::open(vec![spec.clone()], &caching(&folder), now);
                    assert!(store.copy(0).is_some());
                }
            });
        }
    });
    assert_eq!(files(&folder).len(), 1, "{:?}", files(&folder));
    // Only the examined file is moved aside, not a file that replaced it.
    let file = files(&folder).remove(0);
    fs::write(&file, "damaged").unwrap();
    let Err(Unusable::Foreign(foreign)) = cache.read(&spec) else { panic!("it is damaged") };
    cache.write(&spec, &copy(2)).unwrap();
    assert_eq!(cache.set_aside(&spec, &foreign).unwrap(), None);
    assert!(cache.read(&spec).unwrap().is_some());
    // The same for a file that was rewritten in place.
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, "damaged").unwrap();
    let Err(Unusable::Foreign(foreign)) = cache.read(&spec) else { panic!("it is damaged") };
    fs::write(&file, good).unwrap();
    assert_eq!(cache.set_aside(&spec, &foreign).unwrap(), None);
    assert!(cache.read(&spec).unwrap().is_some());
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_a_killed_process_left_is_removed() {
    let folder = folder("leftovers");
    fs::create_dir_all(&folder).unwrap();
    let ours = "cached-0123456789abcdef.fedcba9876543210.tmp";
    let others = ["notes.tmp", "cached-0123456789abcdef.list", "x.fedcba9876543210.tmp", "cached-0123456789abcdef.tmp"];
    for name in others.iter().chain([&ours]) {
        fs::write(folder.join(name), "").unwrap();
    }
    let cache = Cache::new(&folder);
    cache.remove_leftovers(SystemTime::now());
    assert!(folder.join(ours).exists(), "another process may be writing it");
    cache.remove_leftovers(SystemTime::now() + 2 * HOUR);
    assert!(!folder.join(ours).exists() && others.iter().all(|name| folder.join(name).exists()));
    fs::remove_dir_all(&folder).unwrap();
}

/// The prefixes of [`many`] as written in a file.
fn many_as_written(count: usize) -> String {
    many(count).lines().map(|address| format!("{address}/32\n")).collect()
}

#[cfg(unix)]
#[test]
fn a_link_in_the_cache_is_not_followed() {
    let test_list = TestList::new(&many(3));
    let folder = folder("link");
    let spec = test_list.spec("cached");
    let mut store = FeedStore::open(vec![spec.clone()], &caching(&folder), at(Duration::ZERO));
    test_list.step(&mut store, at(Duration::ZERO));
    let file = files(&folder).remove(0);
    // A valid copy in another place.
    let elsewhere = folder.with_extension("elsewhere");
    fs::rename(&file, &elsewhere).unwrap();
    let before = fs::read(&elsewhere).unwrap();
    let link = || std::os::unix::fs::symlink(&elsewhere, &file).unwrap();

    link();
    let mut store = FeedStore::open(vec![spec], &caching(&folder), at(HOUR));
    assert_eq!(store.copy(0), None);
    assert!(fs::symlink_metadata(file.with_extension("corrupt")).unwrap().is_symlink());
    // A link that is placed there later is replaced, and its target is not changed.
    link();
    test_list.answers(list(&many(2)));
    assert_eq!(test_list.step(&mut store, at(HOUR)), Finished::Changed);
    assert!(fs::symlink_metadata(&file).unwrap().is_file());
    assert_eq!(fs::read(&elsewhere).unwrap(), before);
    fs::remove_dir_all(&folder).unwrap();
    fs::remove_file(&elsewhere).unwrap();
}

/// The records of one list with its own id.
static RECORDS: Mutex<Vec<(log::Level, String)>> = Mutex::new(Vec::new());

struct Collector;

impl log::Log for Collector {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() == crate::LOG_TARGET
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            RECORDS.lock().unwrap().push((record.level(), record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

fn collect() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        log::set_logger(&Collector).unwrap();
        log::set_max_level(log::LevelFilter::Debug);
    });
}

/// Takes the records that contain this text.
fn records(text: &str) -> Vec<(log::Level, String)> {
    RECORDS.lock().unwrap().extract_if(.., |(_, record)| record.contains(text)).collect()
}

#[test]
fn each_change_is_logged_once() {
    collect();
    let test_list = TestList::new(&format!("{}10.0.0.1\n198.51.100.77/24\n", many(3)));
    let mut store = open(vec![test_list.spec("told-once")], at(Duration::ZERO));
    let mut now = Duration::ZERO;
    let mut told = |reply: Option<Reply>| {
        if let Some(reply) = reply {
            test_list.answers(reply);
        }
        now += 2 * DAY;
        test_list.step(&mut store, at(now));
        records("told-once")
    };
    let url = test_list.server.url("http", "/…");
    let [(log::Level::Info, first)] = &told(None)[..] else { panic!() };
    assert_eq!(
        *first,
        format!(
            "list told-once: 4 prefixes from {url}; 1 in private or reserved space left out, \
             1 with host bits, which were masked"
        )
    );
    assert_eq!(told(None), [(log::Level::Debug, "list told-once has not changed".to_owned())]);
    let [(log::Level::Info, changed)] = &told(Some(list("198.51.100.2\n198.51.100.3\n")))[..] else { panic!() };
    assert_eq!(changed, "list told-once changed: 2 prefixes (+1 −3)");

    for (reply, level, reason) in [
        (Some(answer("500 Internal Server Error", &[], b"")), log::Level::Warn, "answers 500"),
        (None, log::Level::Debug, "answers 500"),
        (Some(list("")), log::Level::Warn, "names no range"),
        (None, log::Level::Debug, "names no range"),
    ] {
        let [(found, text)] = &told(reply)[..] else { panic!("{reason}") };
        assert_eq!(*found, level, "{text}");
        assert!(text.starts_with(&format!("list told-once could not be updated from {url}: ")), "{text}");
        assert!(text.contains(reason), "{text}");
        assert!(text.contains("the last good copy with 2 prefixes stays in use; the next attempt is in "), "{text}");
    }
    let told = told(Some(list("198.51.100.2\n198.51.100.3\n")));
    assert_eq!(told[1], (log::Level::Info, "list told-once is fetched again, after 4 failed attempts".to_owned()));
}

#[test]
fn a_cache_that_cannot_be_written_is_told_once_and_is_not_fatal() {
    collect();
    let test_list = TestList::new(&many(3));
    let folder = folder("unwritable");
    fs::write(&folder, "a file, where a folder should be").unwrap();
    let mut store = FeedStore::open(vec![test_list.spec("kept-nowhere")], &caching(&folder), at(Duration::ZERO));
    let name = folder.display().to_string();
    let unreadable = records("list kept-nowhere: its copy in the cache cannot be read: ");
    assert_eq!(unreadable.len(), 1, "and nothing is moved");
    assert_eq!(test_list.step(&mut store, at(Duration::ZERO)), Finished::Changed);
    test_list.step(&mut store, at(2 * DAY));
    let levels: Vec<_> = records(&name).into_iter().map(|(level, _)| level).collect();
    assert_eq!(levels, [log::Level::Warn, log::Level::Debug]);
    // After a repair it is written again, and the next failure is logged again.
    fs::remove_file(&folder).unwrap();
    test_list.step(&mut store, at(4 * DAY));
    assert_eq!(files(&folder).len(), 1);
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "").unwrap();
    test_list.step(&mut store, at(6 * DAY));
    assert_eq!(records(&name)[0].0, log::Level::Warn);
    fs::remove_file(&folder).unwrap();
}

#[cfg(unix)]
#[test]
fn a_cache_that_everybody_can_write_is_told_of() {
    use std::os::unix::fs::PermissionsExt;
    collect();
    let folder = folder("open-to-all");
    fs::create_dir(&folder).unwrap();
    let told = |mode| {
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
        FeedStore::open(vec![], &caching(&folder), at(HOUR));
        records(&folder.display().to_string())
    };
    assert_eq!(told(0o755), []);
    assert_eq!(told(0o777)[0].0, log::Level::Warn);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn shares_are_shares() {
    assert_eq!([f64::NAN, -0.1, 1.1, f64::INFINITY].map(Share::new), [None; 4]);
    assert_eq!(Share::new(-0.0), Share::new(0.0));
    let wall: SystemTime = at(HOUR).wall;
    assert_eq!(at(Duration::ZERO) + HOUR, Timestamp { monotonic: HOUR, wall });
}

/// The keys of an agent: a failed fetch removes no key, but a key set without the key does.
#[cfg(feature = "web-bot-auth")]
#[test]
fn a_key_stays_until_its_key_set_is_without_it() {
    let key = |x: &str| format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
    let one = key("iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w");
    let two = key("gTl3Dqh9F19WoxQOS_SnsyWpqzAhDovc6RNvzv9fBao");
    let set = |keys: &[&String]| {
        list(&format!("{{\"keys\":[{}]}}", keys.iter().map(|key| key.as_str()).collect::<Vec<_>>().join(",")))
    };
    let test_list = TestList::new("");
    let keys = |store: &FeedStore| store.keys(0).map(|keys| keys.len());
    let spec = FeedSpec { target: Target::Agent(0), refresh: HOUR, ..test_list.spec("agent") };
    let mut store = open(vec![spec], at(HOUR));
    assert_eq!(keys(&store), None);
    test_list.answers(set(&[&one, &two]));
    assert_eq!(test_list.step(&mut store, at(HOUR)), Finished::Changed);
    assert_eq!((keys(&store), store.copy(0)), (Some(2), None));

    let mut day = 1;
    let mut next = || {
        day += 1;
        at(day * DAY)
    };
    for (reply, reason) in [
        (answer("503 Busy", &[], b""), "the server answers 503"),
        (answer("404 Not Found", &[], b""), "the server answers 404"),
        (
            answer("302 Found", &["location: /elsewhere"], b""),
            "the server redirects, but a key set must be at its own URL",
        ),
        (list("<html></html>"), "it is a page"),
        (list(&one), "it is a single key"),
        (list(""), "it is no key set"),
        (Reply::Reset, "the server reset the connection"),
    ] {
        test_list.answers(reply);
        assert!(failure(&test_list.step(&mut store, next())).starts_with(reason), "{reason}");
        assert_eq!(keys(&store), Some(2), "{reason}");
    }
    // This applies to any number of removed keys.
    test_list.answers(set(&[&two]));
    assert_eq!(test_list.step(&mut store, next()), Finished::Changed);
    assert_eq!(keys(&store), Some(1));
    test_list.answers(set(&[]));
    assert_eq!(test_list.step(&mut store, next()), Finished::Changed);
    assert_eq!(keys(&store), Some(0));
}

/// A list and an agent may have the same id and the same URL, and have separate copies.
#[cfg(feature = "web-bot-auth")]
#[test]
fn keys_are_cached_beside_lists() {
    let folder = folder("cached-keys");
    let set = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w","exp":9}]}"#;
    let test_list = TestList::new(set);
    let settings = FeedSettings { cache_dir: Some(folder.clone()), ..FeedSettings::default() };
    let spec = FeedSpec { target: Target::Agent(0), ..test_list.spec("same") };
    let mut store = FeedStore::open(vec![spec.clone()], &settings, at(HOUR));
    assert_eq!(test_list.step(&mut store, at(HOUR)), Finished::Changed);
    let again = FeedStore::open(vec![spec, test_list.spec("same")], &settings, at(HOUR));
    assert_eq!((again.keys(0), again.copy(1)), (store.keys(0), None));
    let files: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert!(matches!(&files[..], [file] if file.starts_with("same-") && file.ends_with(".keys")), "{files:?}");
}
