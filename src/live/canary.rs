//! Hits of canaries: a bounded queue, and one thread that keeps the book of them.
//!
//! A request for anything of the form of a token leaves a note, be it a canary or a guess, so that the time of an answer tells nothing. The
//! thread throws guesses away. It starts with the first note, and ends with the configuration.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::LOG_TARGET;
use crate::canary::{Book, Canary, CanaryCount, CanaryProof, CanaryStatus, Class, Hit, Noted, Parties, Role, Settings};
use crate::learned::{LearnedFile, Time};
use crate::util::escape::escaped;
use crate::util::mutex::lock;

/// Maximum number of notes that wait for the thread.
const QUEUE: usize = 1 << 10;

/// Maximum number of canaries that are remembered.
const MAX_CANARIES: usize = 1 << 10;

/// How long a status waits for the thread.
const PATIENCE: Duration = Duration::from_secs(1);

/// A request for something of the form of a token.
#[derive(Debug)]
pub(crate) struct Looked {
    /// `None` for a guess.
    pub(crate) canary: Option<Canary>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) agent: Option<Box<str>>,
}

enum Message {
    Looked(Looked, SystemTime),
    /// Somebody waits until all that came before is in the book.
    Flush(SyncSender<()>),
}

/// Where requests leave their notes.
pub(crate) struct Tap {
    /// `None` within if no thread could be started, which was logged.
    sender: OnceLock<Option<SyncSender<Message>>>,
    shared: Arc<Shared>,
}

/// What the thread shares with who asks for the status.
struct Shared {
    book: Mutex<Book>,
    counts: Mutex<Vec<CanaryCount>>,
    /// Notes for which the queue had no room.
    dropped: AtomicU64,
    /// The file of findings.
    learned: Mutex<Option<LearnedFile>>,
}

impl Tap {
    pub(super) fn new(settings: Option<&Settings>) -> Self {
        let book = Mutex::new(Book::new(parties(settings), MAX_CANARIES));
        let learned = Mutex::new(learned(settings));
        let shared = Shared { book, counts: Mutex::default(), dropped: AtomicU64::new(0), learned };
        Self { sender: OnceLock::new(), shared: Arc::new(shared) }
    }

    /// Another configuration is in service. What was noted stays.
    pub(super) fn configure(&self, settings: Option<&Settings>) {
        lock(&self.shared.book).set_parties(parties(settings));
        *lock(&self.shared.learned) = learned(settings);
    }

    /// Leaves a note. Never waits.
    pub(crate) fn note(&self, looked: Looked) {
        let sender = self.sender.get_or_init(|| start(&self.shared));
        let Some(sender) = sender else { return };
        if sender.try_send(Message::Looked(looked, SystemTime::now())).is_err() {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How it stands, with all that was noted before.
    pub(super) fn status(&self) -> CanaryStatus {
        if let Some(Some(sender)) = self.sender.get() {
            let (done, wait) = sync_channel(1);
            // Where the thread is busy or gone, the status is what it was.
            let _ = sender.try_send(Message::Flush(done)).is_ok() && wait.recv_timeout(PATIENCE).is_ok();
        }
        let time = |seconds: u64| UNIX_EPOCH + Duration::from_secs(seconds);
        let book = lock(&self.shared.book);
        let proofs = book.proofs().into_iter().map(|proof| CanaryProof {
            range: proof.range,
            canaries: proof.canaries,
            hits: proof.hits,
            first: time(proof.first),
            last: time(proof.last),
        });
        CanaryStatus {
            hits: lock(&self.shared.counts).clone(),
            proofs: proofs.collect(),
            dropped: self.shared.dropped.load(Ordering::Relaxed),
            forgotten: book.lost,
        }
    }
}

fn parties(settings: Option<&Settings>) -> Parties {
    match settings {
        Some(settings) => Parties { own: settings.own.clone(), from: Vec::new(), days: settings.days },
        None => Parties { days: Settings::DEFAULT_DAYS, ..Parties::default() },
    }
}

fn learned(settings: Option<&Settings>) -> Option<LearnedFile> {
    settings.and_then(|settings| settings.learned.as_ref()).map(LearnedFile::new)
}

fn start(shared: &Arc<Shared>) -> Option<SyncSender<Message>> {
    let (sender, receiver) = sync_channel(QUEUE);
    let shared = Arc::clone(shared);
    let thread = std::thread::Builder::new().name("scanner-guard-canary".to_owned());
    match thread.spawn(move || run(&receiver, &shared)) {
        Ok(_) => Some(sender),
        Err(error) => {
            log::error!(target: LOG_TARGET, "hits of canaries are not noted, since no thread can be started: {error}");
            None
        }
    }
}

fn run(receiver: &Receiver<Message>, shared: &Shared) {
    for message in receiver {
        match message {
            Message::Looked(Looked { canary: Some(canary), address: Some(address), agent }, time) => {
                let time = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
                shared.note(Hit { canary, address, time, agent });
            }
            // A guess, or a connection without an address.
            Message::Looked(..) => {}
            Message::Flush(done) => {
                // Who asked may have stopped waiting.
                let _ = done.send(());
            }
        }
    }
}

impl Shared {
    fn note(&self, hit: Hit) {
        let Hit { canary, address, time, agent } = hit.clone();
        let (noted, visitor) = {
            let mut book = lock(&self.book);
            let noted = book.note(hit);
            let visitor = book.trail(canary).and_then(|trail| trail.visit()).map(|visit| visit.network.to_string());
            (noted, visitor)
        };
        self.count(canary.class(), noted.role);
        self.learn(canary, address, time, noted);
        if noted.is_new {
            report(canary, address, agent.as_deref(), noted, visitor.as_deref());
        }
    }

    /// Enters what is news into the file of findings.
    fn learn(&self, canary: Canary, address: IpAddr, time: u64, noted: Noted) {
        let is_proof = noted.role == Role::Echo && noted.is_new && !noted.is_void;
        if !is_proof && !noted.voids {
            return;
        }
        let Some(file) = lock(&self.learned).clone() else { return };
        let retracted = if noted.voids { lock(&self.book).told_in_batch(canary) } else { Vec::new() };
        let written = file.update(|learned| {
            retracted.iter().for_each(|address| learned.retract_canary_hit(*address));
            if is_proof {
                learned.enter_canary_hit(address, Time::from_seconds(time));
            }
        });
        if let Err(error) = written {
            log::error!(target: LOG_TARGET, "a hit of a canary is not entered: {error}");
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

/// One record for each network, canary and role. The token itself is in none.
fn report(canary: Canary, address: IpAddr, agent: Option<&str>, noted: Noted, visitor: Option<&str>) {
    let visitor = visitor.unwrap_or("an unknown network");
    let (level, what) = match noted.role {
        Role::Visit => (log::Level::Info, "this is the visit; now wait whether somebody else asks for it".to_owned()),
        Role::SameSite => {
            (log::Level::Info, format!("its network belongs to the same site as the visit from {visitor}"))
        }
        Role::Own => (log::Level::Info, "it is one of your own networks".to_owned()),
        Role::Echo if noted.is_void => (
            log::Level::Warn,
            "a control of its batch was asked for, so that this proves nothing: mint new canaries".to_owned(),
        ),
        Role::Echo => {
            (log::Level::Warn, format!("it was visited from {visitor}: somebody between there and here passes URLs on"))
        }
        Role::Before => (log::Level::Warn, "it was not visited yet: somebody knows the list of canaries".to_owned()),
        Role::Opener => (log::Level::Info, "it was sent or hidden, and this network opened it".to_owned()),
        Role::Declared => (log::Level::Info, "it names itself as a program, as previews do".to_owned()),
        Role::Control => (
            log::Level::Warn,
            "nobody was to open it: somebody knows the list, and its batch proves nothing".to_owned(),
        ),
        Role::Late => (log::Level::Info, "its time is over, so that this proves nothing".to_owned()),
    };
    log::log!(
        target: LOG_TARGET,
        level,
        class = canary.class().as_str(), day = canary.date().as_str(), serial = canary.serial(),
        address:% = address, role = noted.role.as_str(), agent:% = escaped(agent.unwrap_or("-"));
        "canary {canary} was asked for by {address}: {what}",
    );
}
