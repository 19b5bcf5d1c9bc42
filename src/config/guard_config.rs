//! [`GuardConfig`]: loads, reloads and serves a configuration.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
#[cfg(feature = "discovery")]
use std::time::SystemTime;

use super::environment;
use super::error::{ConfigError, Problem};
use super::source::{ReadConfig, Source};
#[cfg(feature = "watch")]
use super::summary::Summary;
use crate::decision::Decision;
use crate::explain::Explanation;
use crate::facts::RequestFacts;
use crate::live::{Fetching, Live, Reload, Status, Trigger};

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
    pub(super) live: Arc<Live>,
    pub(super) source: Arc<Source>,
}

impl GuardConfig {
    /// Reads a TOML file and the environment.
    ///
    /// A variable such as `SCANNER_GUARD__MODE=observe` or `SCANNER_GUARD__CLIENT__HEADER=forwarded` overrides the key
    /// of the same name. Its value may be a list with commas. Variables cannot set elements of `[[rule]]` and
    /// `[[scanners.list]]`. A variable that looks like one of the guard but sets no key is an error.
    ///
    /// # Errors
    ///
    /// If the configuration has problems. The error contains all of them, each with its file, line, column and key, or
    /// with its variable, and with the text to write instead.
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

    /// Like [`load`](Self::load), with these variables in place of the environment.
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

    /// Reads the text of a TOML file, without the environment. Relative paths in it are relative to the working
    /// directory.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Self::start(Source::text(text), Fetching::Background)
    }

    pub(super) fn start(source: Source, fetching: Fetching) -> Result<Self, ConfigError> {
        let ReadConfig { checked, warnings } = source.read()?;
        #[cfg(feature = "watch")]
        source.keep(Summary::of(&checked));
        let live = Live::start(checked, fetching).map_err(|error| source.cannot_start(error))?;
        source.accept(warnings);
        Ok(Self { live, source: Arc::new(source) })
    }

    /// Reads the TOML file and the files that it names again, and replaces the policy in service.
    ///
    /// Running requests keep the policy that they began with. The environment is not read again. The call blocks until
    /// everything is read and compiled, so `async` code should call it on another thread (`actix_web::web::block`).
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load). After an error, the earlier policy stays in service, and
    /// [`status`](Self::status) and the log contain the problems.
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

    /// Like [`reload`](Self::reload), after files have changed. Unless the files are `settled`, a change that removes
    /// something is not applied; the error names the removed part.
    #[cfg(feature = "watch")]
    pub(super) fn reload_changed(&self, settled: bool) -> Result<(), String> {
        let _turn = self.source.turn();
        let read = self.source.read();
        if let (Ok(new), false) = (&read, settled)
            && let Some(missing) = self.source.missing_in(new)
        {
            return Err(missing);
        }
        // The problems are in the log and in the status.
        let _ = self.apply(read, Trigger::FileChange);
        Ok(())
    }

    /// Puts the new configuration in service. The caller holds the turn.
    fn apply(&self, read: Result<ReadConfig, ConfigError>, trigger: Trigger) -> Result<Reload, ConfigError> {
        let applied = read.and_then(|ReadConfig { checked, warnings }| {
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

    /// The warnings about the configuration in service: settings that are valid but probably not intended, such as a path
    /// that an earlier rule covers. Each has its place and the text to write instead. They are logged once.
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

    /// The status of the policy in service: its generation, the last reload, and counts of decisions.
    ///
    /// No request or reload waits for this call. Its cost grows with the number of scanners and rules.
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

    /// Sets the clock of discovery, for tests. Call this before the first request. Only the first call has an effect.
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

    /// The decision on a request with these facts. The middleware calls this function.
    ///
    /// It has no side effects, and allocates nothing if the request matches no scanner. The cost is the look-ups and the
    /// part of the forwarded header that is read. For a scanner, it also grows with the length of the path.
    #[must_use]
    pub fn decide(&self, facts: &RequestFacts<'_>) -> Decision {
        self.live.load().engine.decide(facts)
    }

    /// Explains the decision on a request with these facts.
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
