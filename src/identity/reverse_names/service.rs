//! The service for look-ups: one thread with a queue, apart from the requests.
//!
//! A request [reads](ReverseNames::get) known names and [queues](ReverseNames::ask) an address without them, and never
//! waits: if the bounded queue is full, a later request queues the address.

use std::collections::HashMap;
use std::future::poll_fn;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hickory_resolver::TokioResolver;
use hickory_resolver::net::NetError;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet};

use super::admission::Admission;
use super::cache::{Cache, Cached};
use super::counts::{Counts, LookUps, Report};
use super::look_up::{look_up, resolver};
use super::outcome::Names;
use super::settings::Settings;
use super::vendors::may_be_vendors;
use crate::LOG_TARGET;
use crate::client;
use crate::util::escape::escaped;
use crate::util::mutex::lock;

/// Addresses that wait for the thread. The thread takes them out at once, so the queue is full only under a flood.
const QUEUE: usize = 1024;
/// The system's configuration is read again after this time, for example because a laptop changes its network.
const REREAD: Duration = Duration::from_secs(10 * 60);
/// If the configuration cannot be read, it is tried again after this time. Clients choose how many addresses are
/// queued, and otherwise each would log a line.
const RETRY: Duration = Duration::from_secs(60);

/// The known names of addresses, and the queue of addresses to look up.
#[derive(Debug)]
pub(crate) struct ReverseNames {
    cache: Arc<Cache>,
    queue: mpsc::Sender<IpAddr>,
    counts: Arc<Counts>,
    started: Instant,
}

/// The services of this process: one for all users with the same settings.
static SERVICES: Mutex<Vec<(Settings, Weak<ReverseNames>)>> = Mutex::new(Vec::new());

impl ReverseNames {
    /// The service for these settings, which is started if there is none, and then passes each result to `report`. It
    /// ends with its last user.
    ///
    /// # Errors
    ///
    /// Returns an error if the thread cannot be started.
    pub(crate) fn shared(settings: &Settings, report: Report) -> std::io::Result<Arc<Self>> {
        let mut services = lock(&SERVICES);
        services.retain(|(_, service)| service.upgrade().is_some_and(|service| !service.queue.is_closed()));
        let same = services.iter().find(|(other, _)| other == settings);
        if let Some(service) = same.and_then(|(_, service)| service.upgrade()) {
            return Ok(service);
        }
        let service = Arc::new(Self::start(settings, report)?);
        services.push((settings.clone(), Arc::downgrade(&service)));
        Ok(service)
    }

    fn start(settings: &Settings, report: Report) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let cache = Arc::new(Cache::new(settings.max_addresses as usize));
        let counts = Arc::new(Counts::new(report));
        let started = Instant::now();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let worker = Worker {
            cache: Arc::clone(&cache),
            counts: Arc::clone(&counts),
            settings: settings.clone(),
            started,
            admission: Admission::default(),
            under_way: HashMap::new(),
            resolver: None,
            failed: None,
        };
        let thread = std::thread::Builder::new().name("scanner-guard-names".to_owned());
        thread.spawn(move || {
            // The queue closes with its receiver, so this service is not handed out any more.
            if catch_unwind(AssertUnwindSafe(|| runtime.block_on(worker.run(waiting)))).is_err() {
                log::error!(
                    target: LOG_TARGET,
                    "the thread that looks up reverse names has panicked: no names are looked up until the next reload"
                );
            }
        })?;
        Ok(Self { cache, queue, counts, started })
    }

    /// The known names of this address. Neither waits nor allocates.
    pub(crate) fn get(&self, address: IpAddr) -> Option<Cached> {
        self.cache.get(address, self.started.elapsed())
    }

    /// Puts the address into the queue, if there is room. Addresses of local networks are left out.
    pub(crate) fn ask(&self, address: IpAddr) {
        if !client::is_nearby(address) && self.queue.try_send(address).is_err() {
            self.counts.refused();
        }
    }

    /// The counts of look-ups.
    pub(crate) fn look_ups(&self) -> LookUps {
        self.counts.look_ups(|| self.cache.len() as u64)
    }
}

/// Names, and for how long they are valid.
type Found = (Names, Duration);

/// An event for the thread.
enum Event {
    Queued(IpAddr),
    Done(Id, Found),
    Panicked(Id),
}

/// The next event; `None` if the last user is gone.
fn next(
    context: &mut Context<'_>,
    look_ups: &mut JoinSet<Found>,
    waiting: &mut mpsc::Receiver<IpAddr>,
) -> Poll<Option<Event>> {
    match look_ups.poll_join_next_with_id(context) {
        Poll::Ready(Some(Ok((id, found)))) => return Poll::Ready(Some(Event::Done(id, found))),
        Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Event::Panicked(error.id()))),
        Poll::Ready(None) | Poll::Pending => {}
    }
    waiting.poll_recv(context).map(|address| address.map(Event::Queued))
}

/// The state of the thread.
struct Worker {
    cache: Arc<Cache>,
    counts: Arc<Counts>,
    settings: Settings,
    started: Instant,
    admission: Admission,
    /// The look-ups under way, at most as many as are allowed at once.
    under_way: HashMap<Id, IpAddr>,
    /// The resolver, with the time when it was made.
    resolver: Option<(Duration, TokioResolver)>,
    /// When the system's configuration could last not be read.
    failed: Option<Duration>,
}

impl Worker {
    async fn run(mut self, mut waiting: mpsc::Receiver<IpAddr>) {
        let mut look_ups = JoinSet::new();
        loop {
            match poll_fn(|context| next(context, &mut look_ups, &mut waiting)).await {
                Some(Event::Queued(address)) => self.begin(address, &mut look_ups),
                Some(Event::Done(id, (names, ttl))) => self.finish(id, names, ttl),
                Some(Event::Panicked(id)) => self.finish(id, Names::Unanswered, Duration::ZERO),
                // The last user is gone.
                None => return,
            }
        }
    }

    fn begin(&mut self, address: IpAddr, look_ups: &mut JoinSet<Found>) {
        let now = self.started.elapsed();
        let is_known = self.cache.get(address, now).is_some_and(|cached| !cached.is_due);
        if is_known || self.under_way.values().any(|under_way| *under_way == address) {
            return;
        }
        let limits = self.settings.limits;
        if look_ups.len() >= limits.at_once as usize || !self.admission.admits(address, now.as_secs(), limits) {
            return self.counts.refused();
        }
        let Some(resolver) = self.resolver(now) else { return self.take(address, Names::Unanswered, Duration::ZERO) };
        let limit = self.settings.timeout;
        let task = look_ups.spawn(async move { look_up(&resolver, address, limit, may_be_vendors).await });
        self.under_way.insert(task.id(), address);
    }

    fn finish(&mut self, id: Id, names: Names, ttl: Duration) {
        if let Some(address) = self.under_way.remove(&id) {
            self.take(address, names, ttl);
        }
    }

    fn take(&self, address: IpAddr, names: Names, ttl: Duration) {
        let counted = names.clone();
        self.cache.put(address, names, ttl, self.started.elapsed());
        // Last, so that a look-up that is counted as ended is also in the cache.
        self.counts.of(&counted);
    }

    /// The resolver; `None` if the system has none.
    fn resolver(&mut self, now: Duration) -> Option<TokioResolver> {
        let is_of_use = |made: Duration| !self.settings.servers.is_empty() || now < made + REREAD;
        if let Some((_, resolver)) = self.resolver.as_ref().filter(|(made, _)| is_of_use(*made)) {
            return Some(resolver.clone());
        }
        if self.failed.is_some_and(|failed| now < failed + RETRY) {
            return self.resolver.as_ref().map(|(_, resolver)| resolver.clone());
        }
        match resolver(&self.settings) {
            Ok(resolver) => (self.resolver, self.failed) = (Some((now, resolver)), None),
            Err(error) => {
                self.failed = Some(now);
                no_servers(&error);
            }
        }
        self.resolver.as_ref().map(|(_, resolver)| resolver.clone())
    }
}

fn no_servers(error: &NetError) {
    log::warn!(
        target: LOG_TARGET,
        "the system's DNS servers cannot be read, so no reverse name is looked up: {}; write them into identity.resolver",
        escaped(&error.to_string()),
    );
}
