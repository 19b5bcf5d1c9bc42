//! The TOML file and the environment: read, checked, and compiled into the engine that serves.
//!
//! Raw ([`raw`]) becomes checked ([`check`]) becomes compiled ([`Engine`](crate::engine::Engine)); each step has types
//! of its own. Start and reload go the same way, through [`Source::read`] and [`Live`].

mod check;
mod de;
mod diagnostics;
mod document;
mod environment;
mod error;
mod files;
mod include;
#[cfg(feature = "cli")]
pub(crate) mod other_files;
mod place;
mod raw;
mod renamed;
#[cfg(feature = "cli")]
mod schema;
mod secrets;
mod size;
mod source;
mod spanned;
#[cfg(any(feature = "cli", feature = "testing"))]
mod special;
#[cfg(feature = "watch")]
mod stamp;
#[cfg(feature = "watch")]
mod summary;
mod type_help;
#[cfg(feature = "watch")]
mod watch;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
#[cfg(feature = "discovery")]
use std::time::SystemTime;

use crate::decision::Decision;
use crate::explain::Explanation;
use crate::facts::RequestFacts;
use crate::live::{Fetching, Live, Reload, Status, Trigger};
#[cfg(feature = "cli")]
pub(crate) use diagnostics::Diagnostics;
#[cfg(feature = "cli")]
pub(crate) use error::Excerpt;
pub use error::{ConfigError, Problem};
#[cfg(feature = "cli")]
pub(crate) use schema::schema;
use source::{Reading, Source};
#[cfg(feature = "cli")]
pub(crate) use spanned::Spanned;
#[cfg(feature = "watch")]
use summary::Summary;
#[cfg(feature = "watch")]
pub use watch::{WatchError, Watcher};

/// A checked and compiled configuration.
///
/// Cheap to clone: all clones share one engine. Build it once, outside of the closure that `HttpServer::new` calls
/// for each worker, and clone or borrow it inside.
///
/// ```
/// use actix_scanner_guard::{Action, GuardConfig, RequestFacts};
///
/// let config = GuardConfig::from_toml(
///     r#"
///     [scanners]
///     use = ["trend-micro"]
///
///     [[rule]]
///     id = "private"
///     paths = ["/admin", "/**/*.bak"]
///     action = "block"
///     "#,
/// )?;
/// let facts = RequestFacts::new("/site/old.bak").peer("150.70.66.183".parse()?);
/// assert_eq!(config.decide(&facts).action(), Action::Block);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct GuardConfig {
    live: Arc<Live>,
    source: Arc<Source>,
}

impl GuardConfig {
    /// Reads a TOML file, and the environment over it.
    ///
    /// A variable such as `SCANNER_GUARD__MODE=observe` or `SCANNER_GUARD__CLIENT__HEADER=forwarded` takes the place
    /// of the key of the same name; a list is written with commas. Elements of `[[rule]]` and `[[scanners.list]]`
    /// cannot be set that way, and a variable that looks as if it were meant for the guard and sets nothing is an error.
    ///
    /// # Errors
    ///
    /// With all that is wrong, each with its file, line, column and key or its variable, and what to write instead.
    ///
    /// ```no_run
    /// use actix_scanner_guard::{GuardConfig, ScannerGuard};
    /// use actix_web::{App, HttpServer};
    ///
    /// #[actix_web::main]
    /// async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let config = GuardConfig::load("scanner-guard.toml")?;
    ///     let server = HttpServer::new(move || App::new().wrap(ScannerGuard::from_config(&config)));
    ///     server.bind(("127.0.0.1", 8080))?.run().await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        Self::load_with(path, environment::variables())
    }

    /// As [`load`](Self::load), with these variables for the environment.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    ///
    /// ```no_run
    /// use actix_scanner_guard::GuardConfig;
    ///
    /// let observe = [("SCANNER_GUARD__MODE".to_owned(), "observe".to_owned())];
    /// let config = GuardConfig::load_with("scanner-guard.toml", observe)?;
    /// # Ok::<(), actix_scanner_guard::ConfigError>(())
    /// ```
    pub fn load_with(
        path: impl AsRef<Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        Self::start(Source::file(path.as_ref(), environment), Fetching::Background)
    }

    /// Reads the text of a TOML file; the environment is not looked at. Relative paths in it are relative to the
    /// working directory.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Self::start(Source::text(text), Fetching::Background)
    }

    fn start(source: Source, fetching: Fetching) -> Result<Self, ConfigError> {
        let Reading { checked, warnings } = source.read()?;
        #[cfg(feature = "watch")]
        source.keep(Summary::of(&checked));
        let live = Live::start(checked, fetching).map_err(|error| source.cannot_start(error))?;
        source.accept(warnings);
        Ok(Self { live, source: Arc::new(source) })
    }

    /// Reads everything again, the TOML file and the files that it names, and puts it in service as a whole.
    ///
    /// Requests on their way are finished by the policy that they came under. The environment counts as it was at the
    /// start. Blocks for as long as reading and compiling takes, so an `async` caller wants a thread for it
    /// (`actix_web::web::block`).
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load). Nothing has changed then: the policy that was in service is in service, and
    /// [`status`](Self::status) and the log say what is wrong.
    ///
    /// ```
    /// use actix_scanner_guard::{GuardConfig, Reload};
    ///
    /// let config = GuardConfig::from_toml("mode = \"observe\"")?;
    /// assert_eq!(config.reload()?, Reload::Unchanged);
    /// # Ok::<(), actix_scanner_guard::ConfigError>(())
    /// ```
    pub fn reload(&self) -> Result<Reload, ConfigError> {
        let _turn = self.source.turn();
        self.apply(self.source.read(), Trigger::Request)
    }

    /// As [`reload`](Self::reload), after files have changed. The error is something that the configuration in service has
    /// and the files have not: nothing has changed then, unless the files are `settled`.
    #[cfg(feature = "watch")]
    fn reload_changed(&self, settled: bool) -> Result<(), String> {
        let _turn = self.source.turn();
        let reading = self.source.read();
        if let (Ok(reading), false) = (&reading, settled)
            && let Some(missing) = self.source.missing_in(reading)
        {
            return Err(missing);
        }
        // A refusal has been logged, and is in the status.
        let _ = self.apply(reading, Trigger::FileChange);
        Ok(())
    }

    /// Puts what was read in service. The caller holds the turn.
    fn apply(&self, reading: Result<Reading, ConfigError>, trigger: Trigger) -> Result<Reload, ConfigError> {
        let applied = reading.and_then(|Reading { checked, warnings }| {
            #[cfg(feature = "watch")]
            let summary = Summary::of(&checked);
            let applied = self.live.apply(checked, trigger).map_err(|limit| self.source.too_large(limit))?;
            self.source.accept(warnings);
            #[cfg(feature = "watch")]
            self.source.keep(summary);
            Ok(applied)
        });
        if let Err(error) = &applied {
            let problems: Vec<String> = error.problems().iter().map(ToString::to_string).collect();
            self.live.refuse(&problems, trigger);
        }
        applied
    }

    /// What is allowed in the configuration in service and probably not meant, such as a path that an earlier rule
    /// decides: each with its place, and what to write instead. Logged once, when it is read.
    ///
    /// ```
    /// use actix_scanner_guard::GuardConfig;
    ///
    /// let config = GuardConfig::from_toml(
    ///     r#"
    ///     client.trusted_proxies = ["loopback"]
    ///
    ///     [[rule]]
    ///     paths = ["/admin", "/admin/users"]
    ///     action = "decoy"
    ///     "#,
    /// )?;
    /// let warnings = config.warnings();
    /// assert_eq!(warnings[0].key(), "rule[0].paths[1]");
    /// assert_eq!(warnings[0].message(), "`/admin` of this rule covers this path already");
    /// # Ok::<(), actix_scanner_guard::ConfigError>(())
    /// ```
    #[must_use]
    pub fn warnings(&self) -> Vec<Problem> {
        self.source.warnings()
    }

    /// The policy in service: its generation, how reloading goes, and what requests of scanners got.
    ///
    /// Takes no lock that a request or a reload would wait for; the cost grows with the number of scanners and rules.
    ///
    /// ```
    /// use actix_scanner_guard::GuardConfig;
    ///
    /// let config = GuardConfig::from_toml("scanners.use = [\"trend-micro\"]")?;
    /// let status = config.status();
    /// assert_eq!((status.generation, status.scanners, status.rules), (1, 1, 0));
    /// # Ok::<(), actix_scanner_guard::ConfigError>(())
    /// ```
    #[must_use]
    pub fn status(&self) -> Status {
        self.live.status()
    }

    /// Tells discovery the time by this clock in place of the system's, for tests. To be called before the first request; without
    /// effect from the second call on.
    ///
    /// ```
    /// use actix_scanner_guard::GuardConfig;
    /// use std::time::SystemTime;
    ///
    /// let config = GuardConfig::from_toml("discovery.mode = \"count\"")?;
    /// config.set_discovery_clock(|| SystemTime::UNIX_EPOCH);
    /// # Ok::<(), actix_scanner_guard::ConfigError>(())
    /// ```
    #[cfg(feature = "discovery")]
    pub fn set_discovery_clock(&self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) {
        self.live.set_discovery_clock(Box::new(clock));
    }

    /// What a request with these facts gets: the very function that the middleware calls.
    ///
    /// Pure, and free of allocation where no scanner is involved. The cost is that of the look-ups and of the part of
    /// the forwarded header that is read; for a scanner it grows with the length of the path.
    #[must_use]
    pub fn decide(&self, facts: &RequestFacts<'_>) -> Decision {
        self.live.load().engine.decide(facts)
    }

    /// How the decision on a request with these facts comes about.
    ///
    /// ```
    /// use actix_scanner_guard::{GuardConfig, RequestFacts};
    ///
    /// let config = GuardConfig::from_toml("")?;
    /// let explanation = config.explain(&RequestFacts::new("/").peer([150, 70, 66, 183].into()));
    /// println!("{explanation}");
    /// assert!(explanation.to_string().contains("150.70.0.0/16 of trend-micro"));
    /// # Ok::<(), actix_scanner_guard::ConfigError>(())
    /// ```
    #[must_use]
    pub fn explain(&self, facts: &RequestFacts<'_>) -> Explanation {
        Explanation::of(&self.live.load().engine, facts)
    }

    /// The canaries of the configuration in service; `None` if it has no `[canary]`.
    ///
    /// ```
    /// # use actix_scanner_guard::GuardConfig;
    /// assert!(GuardConfig::from_toml("")?.canaries().is_none());
    /// # Ok::<(), actix_scanner_guard::ConfigError>(())
    /// ```
    #[cfg(feature = "canary")]
    #[must_use]
    pub fn canaries(&self) -> Option<crate::canary::Canaries> {
        self.live.load().engine.canary().cloned().map(crate::canary::Canaries::new)
    }

    pub(crate) fn live(&self) -> &Arc<Live> {
        &self.live
    }
}

impl fmt::Debug for GuardConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardConfig").field("live", &self.live).finish_non_exhaustive()
    }
}
