//! Several instances on a real server: what they find together is what one finds in the merged log.

use std::io::{BufRead, BufReader, Lines, Read, Write, stdin};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use ipnet::IpNet;

use super::batch::{Batch, MAX_BYTES};
use super::findings::opened;
use super::heartbeat::MAX_INSTANCES;
use super::sharer::LEASE;
use super::signature::Signature;
use super::*;
use crate::discovery::{Recorder, Status};
use crate::learned::{LearnedFile, Seal};
use crate::live::discovery::watch::{TurnOutcome, Watch};
use crate::redis::{Link, ShareKeys, SigningKey};
use site::{START, log};

mod access;
mod authority;
mod site;

/// After this time a test has failed.
const LONGEST: Duration = Duration::from_secs(240);
const BYTES: usize = 8 << 20;
const INSTANCES: usize = 3;
/// Milliseconds that a lease lasts here.
const SHORT_LEASE: u64 = 1_500;
const SKEW: u64 = 20_000;

/// A redis-server that runs as long as the test holds it.
struct Server {
    child: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
    arguments: Vec<String>,
}

impl Server {
    /// `None`, with a line on standard error, where none is installed.
    fn start() -> Option<Self> {
        Self::with(&[])
    }

    fn with(arguments: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let child = spawn(address, &folder, &arguments)?;
        let server = Self { child, address, folder, arguments };
        server.wait();
        Some(server)
    }

    fn wait(&self) {
        let start = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            assert!(start.elapsed() < LONGEST, "redis-server does not listen");
            thread::yield_now();
        }
    }

    /// As after a power cut.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// With the same port and the same files.
    fn restart(&mut self) {
        self.child = spawn(self.address, &self.folder, &self.arguments).unwrap();
        self.wait();
    }

    fn link(&self) -> Link {
        Link::new(settings(self.address).redis().unwrap()).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(address: SocketAddr, folder: &tempfile::TempDir, more: &[String]) -> Option<Child> {
    let port = address.port().to_string();
    let arguments = ["--port", &port, "--bind", "127.0.0.1", "--appendonly", "yes", "--appendfsync", "always"];
    let child = Command::new("redis-server")
        .args(arguments)
        .args(more)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn();
    if child.is_err() {
        // CI installs it, and sets this variable.
        assert!(std::env::var_os("SCANNER_GUARD_TEST_PROGRAMS").is_none(), "redis-server is not installed");
        eprintln!("skipped: redis-server is not installed");
    }
    child.ok()
}

fn settings(address: SocketAddr) -> ShareSettings {
    ShareSettings {
        url: format!("redis://{address}").into(),
        prefix: "scanner-guard:".to_owned(),
        certificates: None,
        connect_timeout: Duration::from_secs(5),
        response_timeout: Duration::from_secs(5),
        memory: 512 << 20,
        keys: ShareKeys { hashes: [7; 16], signing: [7; 32] },
    }
}

/// A clock that is ahead of the server's.
fn skewed_clock() -> u64 {
    system_clock() + SKEW
}

fn sharer(address: SocketAddr, clock: fn() -> u64) -> Sharer {
    let excluded: ExcludedRanges = Arc::new(Arc::default);
    let sharer = Sharer::new(&settings(address), BYTES, excluded, Arc::default(), clock).unwrap();
    // The time of these logs stands still now and then.
    Sharer { lease: SHORT_LEASE, stalled: u64::MAX, ..sharer }
}

/// One instance, driven by the test.
struct Instance {
    sharer: Sharer,
    /// What its clock is ahead by, in milliseconds.
    skew: u64,
}

impl Instance {
    fn new(address: SocketAddr, skewed: bool) -> Self {
        let mut sharer = sharer(address, if skewed { skewed_clock } else { system_clock });
        let skew = if skewed { SKEW } else { 0 };
        lock(&sharer.common.outbox).pass(u64::from(START) * 1000 + skew);
        sharer.turn().unwrap();
        Self { sharer, skew }
    }

    fn push(&self, record: Record) {
        lock(&self.sharer.common.outbox).push(record.at_millis(record.millis() + self.skew));
    }

    fn pass(&self, millis: u64) {
        lock(&self.sharer.common.outbox).pass(millis + self.skew);
    }

    fn waits(&self) -> usize {
        lock(&self.sharer.common.outbox).len()
    }

    /// Sends all that waits.
    fn flush(&mut self) {
        while self.waits() > 0 {
            self.sharer.turn().unwrap();
        }
        self.sharer.turn().unwrap();
    }

    fn status(&self) -> SharingStatus {
        lock(&self.sharer.common.status).clone()
    }
}

/// This many requests of people for the same pages, within 60 seconds.
fn burst(count: usize) -> Vec<Record> {
    let mut recorder = Recorder::new([7; 16]);
    let request = |number: usize| {
        let address = [90, (number % 200) as u8, (number / 200) as u8, 7];
        let target = format!("/public/{}", number % 40);
        recorder.record(&crate::discovery::Request::new(START, address.into(), "GET", target.as_bytes()))
    };
    let base: Vec<Record> = (0..2000).map(request).collect();
    let start = u64::from(START + 3 * 86_400) * 1000;
    (0..count)
        .map(|number| base[number % base.len()].at_millis(start + number as u64 * 60_000 / count as u64))
        .collect()
}

/// Which instance sees a request: a vendor's networks go to another one than people's.
fn instance_of(record: &Record) -> usize {
    let network = record.network_prefix().to_string();
    usize::from(network.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte))) % INSTANCES
}

fn merged(log: Vec<Record>, burst: Vec<Record>) -> Vec<Record> {
    let mut all = [log, burst].concat();
    all.sort_by_key(Record::millis);
    all
}

fn end(records: &[Record]) -> u64 {
    records.last().unwrap().millis() + 120_000
}

/// What one instance finds in all of it.
fn expected(records: &[Record]) -> Vec<IpNet> {
    let (mut watch, excluded, mut turn) = (Watch::new(BYTES, None), RangeTable::default(), TurnOutcome::default());
    for record in records {
        watch.observe(*record, &excluded, &mut turn);
        watch.turn(record.time(), true, &mut turn);
    }
    watch.turn((end(records) / 1000) as u32, true, &mut turn);
    proposed(watch.learned())
}

fn proposed(learned: &Learned) -> Vec<IpNet> {
    let proposed = learned.entries.iter().filter(|entry| entry.status == Status::Proposed);
    IpNet::aggregate(&proposed.flat_map(crate::learned::Entry::networks).collect())
}

/// What all have learned, as the server has it.
fn learned(link: &mut Link) -> Learned {
    let text: Vec<u8> =
        link.run(|link| redis::cmd("GET").arg("scanner-guard:discovery:learned:1").query(link)).unwrap();
    // The first line is the signature.
    let text = text.splitn(2, |byte| *byte == b'\n').nth(1);
    text.map_or_else(Learned::default, |text| LearnedFile::new("learned").parse(text).unwrap())
}

/// Has all take turns until this holds.
fn until(instances: &mut [Instance], what: &str, holds: impl Fn(&[Instance]) -> bool) {
    let start = Instant::now();
    while !holds(instances) {
        assert!(
            start.elapsed() < LONGEST,
            "waited in vain: {what}: {:?}",
            instances.iter().map(Instance::status).collect::<Vec<_>>()
        );
        instances.iter_mut().for_each(|instance| _ = instance.sharer.turn());
    }
}

fn knows(instance: &Instance, expected: &[IpNet]) -> bool {
    proposed(&instance.sharer.learned) == expected
}

#[test]
fn instances_with_skewed_clocks_find_what_one_finds_though_the_server_dies() {
    let Some(mut server) = Server::start() else { return };
    let records = log();
    let expected = expected(&records);
    assert!(!expected.is_empty());
    let mut instances: Vec<Instance> =
        (0..INSTANCES).map(|number| Instance::new(server.address, number == 1)).collect();
    let (early, late) = records.split_at(records.len() / 2);
    early.iter().for_each(|record| instances[instance_of(record)].push(*record));
    instances.iter_mut().for_each(Instance::flush);
    server.kill();
    let watched: u64 = instances.iter().map(|instance| instance.status().merged).sum();
    for instance in &mut instances {
        let error = instance.sharer.turn().unwrap_err();
        instance.sharer.lose_contact(&error);
        let status = instance.status();
        assert!(!status.connected && !status.holds_lease && status.error.is_some());
        assert!(!instance.sharer.common.in_contact.load(Ordering::Relaxed), "local watching goes on");
    }
    late.iter().for_each(|record| instances[instance_of(record)].push(*record));
    server.restart();
    for instance in &mut instances {
        // The last answers may have been lost, so that something is sent twice.
        instance.pass(end(&records));
    }
    until(&mut instances, "all records", |instances| {
        instances.iter().any(|instance| instance.status().merged == records.len() as u64)
    });
    assert!(watched <= records.len() as u64);
    until(&mut instances, "the findings", |instances| instances.iter().all(|instance| knows(instance, &expected)));
    assert_eq!(proposed(&learned(&mut server.link())), expected);
    for instance in &instances {
        let status = instance.status();
        assert_eq!((status.lost, status.lost_in_streams, status.refused_entries), (0, 0, 0), "{status:?}");
    }
    assert_eq!(instances[1].status().correction_millis, -(SKEW as i64));
}

#[test]
fn what_is_sent_twice_counts_once() {
    let Some(server) = Server::start() else { return };
    let mut instance = Instance::new(server.address, false);
    let records = log();
    for record in &records[..100] {
        instance.push(*record);
    }
    let batch = lock(&instance.sharer.common.outbox).batches(0, 1).remove(0);
    let key = instance.sharer.stream();
    let bytes = batch.to_bytes(&Signature::new(&instance.sharer.signing, &key));
    // As if the answer had been lost.
    server.link().run(|link| redis::cmd("XADD").arg(&key).arg("*").arg("b").arg(bytes).query::<()>(link)).unwrap();
    instance.flush();
    let status = instance.status();
    assert_eq!((status.merged, status.repeated), (100, 100), "{status:?}");
}

#[test]
fn what_was_watched_is_kept_when_a_stream_cannot_be_read() {
    let Some(server) = Server::start() else { return };
    let mut instance = Instance::new(server.address, false);
    let records = log();
    let permit = |right: &str| {
        let command =
            |link: &mut redis::Connection| redis::cmd("ACL").arg("SETUSER").arg("default").arg(right).query::<()>(link);
        server.link().run(command).unwrap();
    };
    records[..100].iter().for_each(|record| instance.push(*record));
    instance.flush();
    permit("-xrange");
    records[100..200].iter().for_each(|record| instance.push(*record));
    let error = instance.sharer.turn().unwrap_err();
    instance.sharer.lose_contact(&error);
    assert_eq!(instance.sharer.merged.as_ref().map(|merged| merged.watched), Some(100));
    permit("+xrange");
    instance.flush();
    assert_eq!((instance.status().merged, instance.status().repeated), (200, 0));
}

/// Names of instances and a lease that none of them wrote, and that no time would take away.
#[test]
fn names_and_leases_of_strangers_silence_nobody() {
    let Some(server) = Server::start() else { return };
    let mut instance = Instance::new(server.address, false);
    let mut link = server.link();
    for number in 0..MAX_INSTANCES {
        let (key, name) = ("scanner-guard:discovery:instances", format!("{number:016}"));
        link.run(|link| redis::cmd("ZADD").arg(key).arg(9e17).arg(name).query::<()>(link)).unwrap();
    }
    let lease = ["scanner-guard:discovery:lease", "x"];
    link.run(|link| redis::cmd("SET").arg(&lease).query::<()>(link)).unwrap();
    log()[..100].iter().for_each(|record| instance.push(*record));
    instance.flush();
    let status = instance.status();
    assert_eq!((status.holds_lease, status.instances, status.merged), (true, 1, 100), "{status:?}");
}

#[test]
fn a_partition_costs_nothing_while_it_is_short() {
    let Some(server) = Server::start() else { return };
    let wire = Wire::to(server.address);
    let records = log();
    let expected = expected(&records);
    let mut instances = vec![Instance::new(server.address, false), Instance::new(wire.address, false)];
    instances.iter_mut().for_each(|instance| instance.sharer.lease = 120_000);
    for (number, part) in records.chunks(records.len() / 4 + 1).enumerate() {
        wire.set(number % 2 == 0);
        part.iter().for_each(|record| instances[instance_of(record) % 2].push(*record));
        instances[0].sharer.turn().unwrap();
        assert_eq!(instances[1].sharer.turn().is_ok(), number % 2 == 0);
    }
    wire.set(true);
    instances.iter().for_each(|instance| instance.pass(end(&records)));
    until(&mut instances, "the findings", |instances| instances.iter().all(|instance| knows(instance, &expected)));
    let status = instances[0].status();
    assert_eq!((status.merged, status.lost_in_streams, status.lost), (records.len() as u64, 0, 0), "{status:?}");
}

/// What somebody would write to the server who wants a range to be blocked.
const APPROVED: &str = r#"{"schema":1,"entries":[{"id":"learned-203-0-113-0","ranges":[{"network":"203.0.113.0/24"}],"side":"after","status":"proposed","strength":"weak","first":"2026-02-01T00:00:00Z","last":"2026-02-01T00:00:00Z","evidence":{"echoes":1},"decision":{"verdict":"approved","by":"nobody","at":"2026-02-01T00:00:00Z","ranges":["203.0.113.0/24"],"audience":"exclusive","owner":"x","expires":"2199-01-01T00:00:00Z","echoes":1,"status":"proposed","strength":"weak"}}]}"#;

#[test]
fn poisoned_entries_and_findings_are_refused_and_counted() {
    let Some(server) = Server::start() else { return };
    let records = log();
    let expected = expected(&records);
    let mut instances = [Instance::new(server.address, false), Instance::new(server.address, false)];
    let mut link = server.link();
    let prefix = "scanner-guard:discovery:";
    let stream = instances[1].sharer.stream();
    let long = vec![b'x'; MAX_BYTES + 1];
    // Records of somebody without the secret, and records of the other instance in this one's stream.
    let signed = |key: &SigningKey, stream: &str| {
        let batch = Batch { first: 0, until: records[9].millis(), records: records[..10].to_vec() };
        batch.to_bytes(&Signature::new(key, stream))
    };
    let forged = signed(&[0; 32], &stream);
    let copied = signed(&instances[0].sharer.signing, &instances[0].sharer.stream());
    for fields in [
        vec![("b", &b"short"[..])],
        vec![("b", &long[..])],
        vec![("x", b"\x1b[2J"), ("y", b"")],
        vec![("b", &forged)],
        vec![("b", &copied)],
    ] {
        let mut command = redis::cmd("XADD");
        command.arg(&stream).arg("*");
        fields.iter().for_each(|(name, value)| _ = command.arg(*name).arg(*value));
        link.run(|link| command.query::<()>(link)).unwrap();
    }
    // Instances that are none: a hostile name, and one whose stream is no stream.
    for name in ["\u{1b}[2Jevil", "aaaaaaaaaaaaaaaa"] {
        let score = system_clock();
        let key = format!("{prefix}instances");
        link.run(|link| redis::cmd("ZADD").arg(key).arg(score).arg(name).query::<()>(link)).unwrap();
    }
    let key = format!("{prefix}records:aaaaaaaaaaaaaaaa");
    link.run(|link| redis::cmd("SET").arg(key).arg("x").query::<()>(link)).unwrap();
    for text in [
        r#"{"schema":1,"entries":[{"id":"x","ranges":[{"network":"0.0.0.0/0"}],"side":"after","status":"proposed","strength":"strong","first":"2026-02-01T00:00:00Z","last":"2026-02-01T00:00:00Z","evidence":{}}]}"#,
        "\u{1b}[2J",
        "[[[[",
        APPROVED,
    ] {
        let key = format!("{prefix}learned:1");
        link.run(|link| redis::cmd("SET").arg(key).arg(text).query::<()>(link)).unwrap();
        instances[0].sharer.sync().unwrap();
        assert!(instances[0].sharer.learned.entries.is_empty());
    }
    // An approval that is signed with another secret, and one whose text was changed after it was signed.
    let key = format!("{prefix}learned:1");
    let own = Seal::new(&instances[0].sharer.signing, &key).close(APPROVED.as_bytes());
    let changed = String::from_utf8(own.clone()).unwrap().replace("203.0.113.0/24", "198.51.100.0/24");
    for text in [Seal::new(&[0; 32], &key).close(APPROVED.as_bytes()), changed.into_bytes()] {
        link.run(|link| redis::cmd("SET").arg(&key).arg(text).query::<()>(link)).unwrap();
        instances[0].sharer.sync().unwrap();
        assert!(instances[0].sharer.learned.entries.is_empty());
    }
    assert_eq!(instances[0].status().refused_findings, 6);
    // An instance with the secret is believed.
    assert!(opened(&Seal::new(&instances[0].sharer.signing, &key), &key, &own).is_ok());
    records.iter().for_each(|record| instances[instance_of(record) % 2].push(*record));
    instances.iter().for_each(|instance| instance.pass(end(&records)));
    until(&mut instances, "the findings", |instances| instances.iter().all(|instance| knows(instance, &expected)));
    let status = instances[0].status();
    assert!(status.refused_entries >= 6 && status.merged == records.len() as u64, "{status:?}");
}

#[test]
fn streams_are_trimmed_and_what_was_trimmed_is_counted() {
    let Some(server) = Server::start() else { return };
    let mut instances = [Instance::new(server.address, false), Instance::new(server.address, false)];
    // The holder of the lease does not read.
    instances[1].sharer.memory = 1 << 20;
    let records = burst(200_000);
    for part in records.chunks(8192) {
        part.iter().for_each(|record| instances[1].push(*record));
        while instances[1].waits() > 0 {
            instances[1].sharer.turn().unwrap();
        }
    }
    let key = instances[1].sharer.stream();
    let bytes: u64 = server
        .link()
        .run(|link| redis::cmd("MEMORY").arg("USAGE").arg(&key).arg("SAMPLES").arg(0).query(link))
        .unwrap();
    assert!(bytes < 8 << 20, "{bytes}");
    instances.iter().for_each(|instance| instance.pass(end(&records)));
    until(&mut instances[..1], "all that is left", |instances| {
        let status = instances[0].status();
        status.merged + status.lost_in_streams == 200_000 && status.lost_in_streams > 0
    });
}

#[test]
fn an_outage_loses_records_and_takes_no_memory() {
    let mut outbox = Outbox::default();
    let records = burst(50_000);
    records.iter().for_each(|record| outbox.push(*record));
    assert_eq!((outbox.len(), outbox.lost), (outbox::MAX_WAITING, 50_000 - outbox::MAX_WAITING as u64));
    assert_eq!(outbox.batches(0, 8)[0].first, outbox.lost);
    assert_eq!(outbox.batches(0, 8).len(), 8);
}

#[test]
fn the_key_comes_from_the_secret_and_nothing_shows_either() {
    let one = ShareKeys::of(b"a secret of all instances, of 32 bytes");
    let other = ShareKeys::of(b"another secret of all instances, of 32");
    assert!(one == ShareKeys::of(b"a secret of all instances, of 32 bytes") && one != other);
    assert_ne!(one.hashes[..], one.signing[..16]);
    let settings = ShareSettings { url: "redis://:hush@127.0.0.1".into(), ..settings(([127, 0, 0, 1], 1).into()) };
    assert_eq!(format!("{settings:?}"), "ShareSettings { prefix: \"scanner-guard:\", .. }");
}

/// A wire to the server that can be cut.
struct Wire {
    address: SocketAddr,
    whole: Arc<AtomicU64>,
}

impl Wire {
    fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        // Odd while it is whole; each cut is another number, by which connections from before know that they are cut.
        let whole = Arc::new(AtomicU64::new(1));
        let state = Arc::clone(&whole);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, now) = (client.unwrap(), state.load(Ordering::SeqCst));
                if now % 2 == 1 {
                    let server = TcpStream::connect(server).unwrap();
                    for (from, to) in [(&client, &server), (&server, &client)] {
                        let (from, to, state) =
                            (from.try_clone().unwrap(), to.try_clone().unwrap(), Arc::clone(&state));
                        thread::spawn(move || carry(&from, &to, &state, now));
                    }
                }
            }
        });
        Self { address, whole }
    }

    fn set(&self, whole: bool) {
        if (self.whole.load(Ordering::SeqCst) % 2 == 1) != whole {
            self.whole.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Carries bytes until the wire is cut.
fn carry(mut from: &TcpStream, mut to: &TcpStream, state: &AtomicU64, since: u64) {
    let mut buffer = [0; 65_536];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if state.load(Ordering::SeqCst) != since || to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(std::net::Shutdown::Both);
    let _ = to.shutdown(std::net::Shutdown::Both);
}

const BURST: usize = 1_200_000;

/// One of three processes. Sends its share of the first half, waits for a line, sends its share of the second half, and goes on until
/// it is killed.
#[test]
fn instance_process() {
    let Ok(address) = std::env::var("DISCOVERY_SERVER") else { return };
    let number: usize = std::env::var("DISCOVERY_INSTANCE").unwrap().parse().unwrap();
    let records = merged(log(), burst(BURST));
    let mut instance = Instance::new(address.parse().unwrap(), number == 1);
    // Merging so much takes this build longer than the short lease lasts.
    instance.sharer.lease = LEASE;
    println!("ready {}", instance.sharer.id);
    let (sender, commands) = std::sync::mpsc::channel();
    thread::spawn(move || stdin().lines().try_for_each(|line| sender.send(line.unwrap())));
    // It sends heartbeats while it waits, as it does in a server without requests.
    let command = |instance: &mut Instance| {
        loop {
            instance.sharer.turn().unwrap();
            if let Ok(command) = commands.try_recv() {
                return command;
            }
        }
    };
    assert_eq!(command(&mut instance), "first");
    let middle = records.len() / 2;
    send_share(&mut instance, &records[..middle], &[number]);
    println!("sent");
    // The remaining instances see the requests that the ended one would have seen.
    let numbers: Vec<usize> = command(&mut instance).split(' ').map(|number| number.parse().unwrap()).collect();
    send_share(&mut instance, &records[middle..], &numbers);
    instance.pass(end(&records));
    println!("sent");
    loop {
        instance.sharer.turn().unwrap();
    }
}

fn send_share(instance: &mut Instance, records: &[Record], numbers: &[usize]) {
    for part in records.chunks(8192) {
        part.iter().filter(|record| numbers.contains(&instance_of(record))).for_each(|record| instance.push(*record));
        instance.pass(part.last().unwrap().millis());
        instance.flush();
    }
}

struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    fn start(server: SocketAddr, number: usize) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "live::discovery::share::tests::instance_process", "--nocapture"])
            .env("DISCOVERY_SERVER", server.to_string())
            .env("DISCOVERY_INSTANCE", number.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn send_line(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    fn receive_line(&mut self, begin: &str) -> String {
        self.lines.by_ref().map(Result::unwrap).find(|line| line.starts_with(begin)).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// 20,000 requests a second for a minute, and a log of six days.
#[test]
fn three_processes_find_what_one_finds_though_the_holder_of_the_lease_dies() {
    let Some(server) = Server::start() else { return };
    let expected = expected(&merged(log(), burst(BURST)));
    assert!(!expected.is_empty());
    let mut processes: Vec<Process> = (0..INSTANCES).map(|number| Process::start(server.address, number)).collect();
    // All are known before the first sends anything.
    let ids: Vec<String> =
        processes.iter_mut().map(|process| process.receive_line("ready ")["ready ".len()..].to_owned()).collect();
    processes.iter_mut().for_each(|process| process.send_line("first"));
    processes.iter_mut().for_each(|process| _ = process.receive_line("sent"));
    let lease = |link: &mut redis::Connection| redis::cmd("GET").arg("scanner-guard:discovery:lease").query(link);
    let holder: String = server.link().run(lease).unwrap();
    let holder = ids.iter().position(|id| *id == holder).unwrap();
    processes[holder].child.kill().unwrap();
    let others: Vec<usize> = (0..INSTANCES).filter(|number| *number != holder).collect();
    processes[others[0]].send_line(&format!("{} {holder}", others[0]));
    processes[others[1]].send_line(&others[1].to_string());
    others.iter().for_each(|number| _ = processes[*number].receive_line("sent"));
    let (mut link, start) = (server.link(), Instant::now());
    while proposed(&learned(&mut link)) != expected {
        assert!(start.elapsed() < LONGEST, "{:?} and not {expected:?}", proposed(&learned(&mut link)));
        thread::yield_now();
    }
}
