//! An application with one-time links, on a free port of loopback.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_scanner_guard::one_time::{self, Confirmed, Issue, Issued, Links, MemoryStore, Store};
use actix_scanner_guard::{GuardConfig, ScannerGuard};
use actix_web::{App, HttpResponse, HttpServer, web};

pub(crate) const SECRET: &str = "a secret for tests, of 32 bytes.";
pub(crate) const HOST: &str = "shop.example";

/// Time as a number of milliseconds, which starts on a day of 2026.
#[derive(Clone)]
pub(crate) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(1_795_910_400_000)))
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.0.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub(crate) fn read(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static + use<> {
        let clock = Arc::clone(&self.0);
        move || UNIX_EPOCH + Duration::from_millis(clock.load(Ordering::SeqCst))
    }
}

/// The runs of the handler for each subject.
#[derive(Clone, Default)]
pub(crate) struct Calls(Arc<Mutex<HashMap<String, Vec<String>>>>);

impl Calls {
    pub(crate) fn note(&self, confirmed: &Confirmed) {
        let mut calls = self.0.lock().unwrap();
        calls.entry(confirmed.subject().to_owned()).or_default().push(confirmed.idempotency_key().to_owned());
    }

    pub(crate) fn of(&self, subject: &str) -> usize {
        self.keys(subject).len()
    }

    /// The idempotency keys of the handler's runs.
    pub(crate) fn keys(&self, subject: &str) -> Vec<String> {
        self.0.lock().unwrap().get(subject).cloned().unwrap_or_default()
    }
}

/// Redirects and logs a person in, as magic links do.
pub(crate) async fn confirm(confirmed: Confirmed, calls: web::Data<Calls>) -> HttpResponse {
    calls.note(&confirmed);
    HttpResponse::Ok()
        .insert_header(("set-cookie", format!("session={}; Path=/", confirmed.idempotency_key())))
        .body(format!("{} done", confirmed.subject()))
}

pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    pub(crate) links: web::Data<Links>,
    pub(crate) clock: Clock,
    pub(crate) calls: Calls,
}

/// Trusts loopback as a proxy, so that tests can choose the address of a request.
pub(crate) fn policy() -> GuardConfig {
    GuardConfig::from_toml("client.trusted_proxies = [\"loopback\"]").unwrap()
}

impl Site {
    /// With a store in memory.
    pub(crate) fn start() -> Self {
        let clock = Clock::new();
        Self::with(MemoryStore::new(100_000).clock(clock.read()), clock)
    }

    pub(crate) fn with(store: impl Store, clock: Clock) -> Self {
        Self::of(Links::new(SECRET, store).unwrap().clock(clock.read()), clock)
    }

    pub(crate) fn of(links: Links, clock: Clock) -> Self {
        Self::serving(links, clock, |config| {
            config.service(one_time::scope("/confirm", confirm));
        })
    }

    pub(crate) fn serving(
        links: Links,
        clock: Clock,
        services: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        Self::under(policy(), links, clock, services)
    }

    pub(crate) fn under(
        config: GuardConfig,
        links: Links,
        clock: Clock,
        services: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        let (links, calls) = (web::Data::new(links), Calls::default());
        let (shared, data) = (links.clone(), web::Data::new(calls.clone()));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(data.clone())
                .wrap(ScannerGuard::from_config(&config))
                .configure(services.clone())
        })
        .workers(2)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
        let address = server.addrs()[0];
        actix_web::rt::spawn(server.run());
        Self { address, links, clock, calls }
    }

    /// A link with a lifetime of a week.
    pub(crate) fn issue(&self, subject: &str) -> Issue<'_> {
        self.links.issue("magic-link", subject, Duration::from_secs(7 * 24 * 60 * 60))
    }

    /// A link whose mail was sent before the early window.
    pub(crate) async fn old_link(&self, subject: &str) -> Issued {
        let issued = self.issue(subject).await.unwrap();
        self.clock.pass(Duration::from_secs(600));
        issued
    }
}
