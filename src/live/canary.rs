//! Receives hits of canaries in a bounded queue. One thread keeps the book of them.
//!
//! Every request for a text of the form of a token is noted, whether it is a canary or a guess, so that the time of an answer reveals
//! nothing. The thread drops guesses. It starts with the first note, and ends with the configuration.
//!
//! With a file of findings, visits and later hits survive a restart, and instances that share findings know each other's hits.

mod parties;

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::LOG_TARGET;
use crate::canary::{
    Canary, CanaryCount, CanaryProof, CanaryStatus, Class, Hit, HitLog, NoteResult, Role, Settings, settle,
};
use crate::engine::Engine;
use crate::learned::{LearnedError, LearnedFile, Time};
use crate::util::escape::escaped;
use crate::util::mutex::lock;
pub(crate) use parties::parties;
#[cfg(feature = "cli")]
pub(crate) use parties::proxies;

/// Maximum number of notes that wait for the thread.
const QUEUE: usize = 1 << 10;

/// Maximum number of canaries in the book.
const MAX_CANARIES: usize = 1 << 10;

/// The time between two readings of the file, to which other instances may have written.
const SETTLE_EVERY: Duration = Duration::from_secs(60);

/// A request for a text of the form of a token.
#[derive(Debug)]
pub(crate) struct TokenRequest {
    /// `None` for a guess.
    pub(crate) canary: Option<Canary>,
    /// `None` if the client is undetermined. The address of a proxy would stand for all of its clients.
    pub(crate) address: Option<IpAddr>,
    pub(crate) agent: Option<Box<str>>,
}

type QueuedRequest = (TokenRequest, SystemTime);

/// The end of the queue for requests.
pub(crate) struct Tap {
    /// The inner value is `None` if the thread could not be started, which was logged.
    sender: OnceLock<Option<SyncSender<QueuedRequest>>>,
    shared: Arc<Shared>,
}

/// The state that the thread shares with requests for the status.
struct Shared {
    hit_log: Mutex<HitLog>,
    counts: Mutex<Vec<CanaryCount>>,
    /// The numbers of notes that were dropped because the queue was full, and of notes in the queue.
    dropped: AtomicU64,
    waiting: AtomicU64,
    /// The file of findings.
    learned: Mutex<Option<LearnedFile>>,
}

impl Tap {
    pub(super) fn new(engine: &Engine) -> Self {
        let hit_log = Mutex::new(HitLog::new(parties(engine), MAX_CANARIES));
        let learned = Mutex::new(learned(engine.canary()));
        let shared = Shared {
            hit_log,
            counts: Mutex::default(),
            dropped: AtomicU64::new(0),
            waiting: AtomicU64::new(0),
            learned,
        };
        shared.read();
        Self { sender: OnceLock::new(), shared: Arc::new(shared) }
    }

    /// Sets another configuration. Noted hits stay.
    pub(super) fn configure(&self, engine: &Engine) {
        lock(&self.shared.hit_log).set_parties(parties(engine));
        *lock(&self.shared.learned) = learned(engine.canary());
        self.shared.read();
    }

    /// Puts a note into the queue. Never waits.
    pub(crate) fn note(&self, looked: TokenRequest) {
        let sender = self.sender.get_or_init(|| start(&self.shared));
        let Some(sender) = sender else { return };
        self.shared.waiting.fetch_add(1, Ordering::AcqRel);
        if sender.try_send((looked, SystemTime::now())).is_err() {
            self.shared.waiting.fetch_sub(1, Ordering::AcqRel);
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The status. Does not wait for the thread, since a handler of an application may call it.
    pub(super) fn status(&self) -> CanaryStatus {
        // This is read before the book: a note that does not wait any more is in the book.
        let waiting = self.shared.waiting.load(Ordering::Acquire);
        let time = |seconds: u64| UNIX_EPOCH + Duration::from_secs(seconds);
        let hit_log = lock(&self.shared.hit_log);
        let proofs = hit_log.proofs().into_iter().map(|proof| CanaryProof {
            range: proof.range,
            canaries: proof.canaries,
            hits: proof.hits,
            first: time(proof.first),
            last: time(proof.last),
        });
        CanaryStatus {
            hits: lock(&self.shared.counts).clone(),
            proofs: proofs.collect(),
            waiting,
            dropped: self.shared.dropped.load(Ordering::Relaxed),
            forgotten: hit_log.lost,
        }
    }
}

fn learned(settings: Option<&Settings>) -> Option<LearnedFile> {
    settings.and_then(|settings| settings.learned.as_ref()).map(LearnedFile::new)
}

fn start(shared: &Arc<Shared>) -> Option<SyncSender<QueuedRequest>> {
    let (sender, receiver) = sync_channel(QUEUE);
    let shared = Arc::clone(shared);
    let thread = std::thread::Builder::new().name("scanner-guard-canary".to_owned());
    match thread.spawn(move || run(&receiver, &shared)) {
        Ok(_) => Some(sender),
        Err(error) => {
            log::error!(target: LOG_TARGET, "hits of canaries are not recorded, because the thread for them cannot be started: {error}");
            None
        }
    }
}

fn run(receiver: &Receiver<QueuedRequest>, shared: &Shared) {
    let mut settled = Instant::now();
    loop {
        match receiver.recv_timeout(SETTLE_EVERY) {
            Ok((looked, time)) => {
                // Other notes are guesses, or have no address.
                if let TokenRequest { canary: Some(canary), address: Some(address), agent } = looked {
                    let since_1970 = time.duration_since(UNIX_EPOCH).unwrap_or_default();
                    let (time, micros) = (since_1970.as_secs(), since_1970.subsec_micros());
                    shared.guarded(|| shared.note(Hit { canary, address, time, micros, agent }));
                }
                shared.waiting.fetch_sub(1, Ordering::AcqRel);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if settled.elapsed() >= SETTLE_EVERY {
            shared.guarded(|| shared.settle());
            settled = Instant::now();
        }
    }
}

impl Shared {
    /// Runs the work. A panic, for example in a logger, costs one note.
    fn guarded(&self, work: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn note(&self, hit: Hit) {
        let Hit { canary, address, time, agent, .. } = hit.clone();
        if canary.is_stored() && !lock(&self.hit_log).knows(canary, address) {
            // The first network here may not be the first one on another instance.
            self.read();
        }
        let (noted, visitor) = {
            let mut hit_log = lock(&self.hit_log);
            let noted = hit_log.note(hit);
            let visitor =
                hit_log.history(canary).and_then(|history| history.visit()).map(|visit| visit.network.to_string());
            (noted, visitor)
        };
        self.count(canary.class(), noted.role);
        if noted.is_new
            && canary.is_stored()
            && let Err(error) = self.keep(Time::from_seconds(time))
        {
            log::error!(target: LOG_TARGET, "cannot save a hit of a canary: {error}");
        }
        if noted.is_new {
            report(canary, address, agent.as_deref(), noted, visitor.as_deref());
        }
    }

    fn file(&self) -> Option<LearnedFile> {
        lock(&self.learned).clone()
    }

    /// Adds the hits in the file to the book. Discovery and a reload report problems of the file.
    fn read(&self) {
        // The lock of the book is not held while the file is read: the status needs it.
        if let Some(Ok(learned)) = self.file().map(|file| file.load()) {
            lock(&self.hit_log).take_all(&learned);
        }
    }

    /// Writes the callers to the file, with the entries that follow from them.
    fn keep(&self, now: Time) -> Result<(), LearnedError> {
        let Some(file) = self.file() else { return Ok(()) };
        let (parties, callers) = {
            let hit_log = lock(&self.hit_log);
            (hit_log.parties().clone(), hit_log.to_be_stored())
        };
        file.update(|learned| {
            callers.iter().for_each(|(canary, caller)| learned.note_canary_caller(&canary.to_string(), caller));
            settle(learned, &parties, now);
        })?;
        lock(&self.hit_log).mark_as_stored(&callers);
        Ok(())
    }

    /// Adds the hits that other instances have written to the file, updates the entries that follow, and writes hits that could not be
    /// written before.
    fn settle(&self) {
        let Some(Ok(before)) = self.file().map(|file| file.load()) else { return };
        let (parties, is_stored) = {
            let mut hit_log = lock(&self.hit_log);
            hit_log.take_all(&before);
            (hit_log.parties().clone(), hit_log.to_be_stored().is_empty())
        };
        let (mut after, now) = (before.clone(), Time::of(SystemTime::now()));
        settle(&mut after, &parties, now);
        if after != before || !is_stored {
            // The next hit logs a problem of the file, and the next attempt is soon.
            let _ = self.keep(now);
        }
    }

    fn count(&self, class: Class, role: Role) {
        #[cfg(feature = "metrics")]
        super::metrics::canary(class, role);
        let mut counts = lock(&self.counts);
        match counts.iter_mut().find(|count| (count.class, count.role) == (class, role.as_str())) {
            Some(count) => count.hits += 1,
            None => counts.push(CanaryCount { class, role: role.as_str(), hits: 1 }),
        }
    }
}

/// Logs one record for each network, canary and role. No record contains the token.
fn report(canary: Canary, address: IpAddr, agent: Option<&str>, noted: NoteResult, visitor: Option<&str>) {
    let visitor = visitor.unwrap_or("an unknown network");
    let (level, what) = match noted.role {
        Role::Visit => (log::Level::Info, "this is the visit; wait for requests from other networks".to_owned()),
        Role::SameSite => {
            (log::Level::Info, format!("its network belongs to the same site as the visit from {visitor}"))
        }
        Role::Own => (log::Level::Info, "it is one of your own networks, or a proxy".to_owned()),
        Role::Echo if noted.is_void => (
            log::Level::Warn,
            "a control of its batch was requested, so this hit proves nothing: mint new canaries".to_owned(),
        ),
        Role::Echo => (
            log::Level::Warn,
            format!("it was visited from {visitor}: somebody between that network and this server passes URLs on"),
        ),
        Role::Before => (log::Level::Warn, "it was not visited yet, so others know the list of canaries".to_owned()),
        Role::Opener => (log::Level::Info, "it was sent or hidden, and this network opened it".to_owned()),
        Role::Declared => (log::Level::Info, "it names itself as a program, as previews do".to_owned()),
        Role::Control => (
            log::Level::Warn,
            "this is a control, which nobody opens: others know the list, and its batch proves nothing".to_owned(),
        ),
        Role::Late if canary == Canary::TEST => (
            log::Level::Info,
            "it is the canary with which a server is tested: this server recognizes its canaries".to_owned(),
        ),
        Role::Late => {
            (log::Level::Info, "it has expired, or its day has not come, so this hit proves nothing".to_owned())
        }
    };
    log::log!(
        target: LOG_TARGET,
        level,
        class = canary.class().as_str(), day = canary.date().as_str(), serial = canary.serial(),
        address:% = address, role = noted.role.as_str(), agent:% = escaped(agent.unwrap_or("-"));
        "canary {canary} was requested by {address}: {what}",
    );
}
