//! The TOML file and the environment: read, checked, and compiled into the engine that serves.
//!
//! Raw ([`raw`]) becomes checked ([`check`]) becomes compiled ([`Engine`]); each step has types of its own, and the
//! one function that takes all three, [`build`], is the only way to an engine.

mod check;
mod de;
mod document;
mod environment;
mod error;
mod raw;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::decision::Decision;
use crate::engine::Engine;
use crate::explain::Explanation;
use crate::facts::RequestFacts;
use crate::live::Live;
use crate::policy::Mode;
use document::Input;
use error::Findings;
pub use error::{ConfigError, Problem};
use raw::RawConfig;

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
        let file = path.as_ref().to_owned();
        let bytes = std::fs::read(&file).map_err(|error| unreadable(&file, &error))?;
        let text = String::from_utf8(bytes).map_err(|error| not_utf8(&file, &error))?;
        Self::start(&Input { file: Some(file), text, environment: Some(environment.into_iter().collect()) })
    }

    /// Reads the text of a TOML file; the environment is not looked at. Relative paths in it are relative to the
    /// working directory.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Self::start(&Input { file: None, text: text.to_owned(), environment: None })
    }

    fn start(input: &Input) -> Result<Self, ConfigError> {
        let engine = build(input, 1)?;
        announce(&engine);
        Ok(Self { live: Arc::new(Live::new(engine)) })
    }

    /// What a request with these facts gets: the very function that the middleware calls.
    ///
    /// Pure, and free of allocation where no scanner is involved. The cost is that of the look-ups and of the part of
    /// the forwarded header that is read; for a scanner it grows with the length of the path.
    #[must_use]
    pub fn decide(&self, facts: &RequestFacts<'_>) -> Decision {
        self.live.engine.decide(facts)
    }

    /// How the decision on a request with these facts comes about.
    #[must_use]
    pub fn explain(&self, facts: &RequestFacts<'_>) -> Explanation {
        Explanation::of(&self.live.engine, facts)
    }

    /// The same policy, which takes loopback's word for whose address a request comes from.
    #[cfg(feature = "testing")]
    pub(crate) fn trusting_loopback(&self) -> Self {
        Self { live: Arc::new(Live::new(self.live.engine.trusting_loopback())) }
    }

    pub(crate) fn live(&self) -> &Arc<Live> {
        &self.live
    }
}

impl fmt::Debug for GuardConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = &self.live.engine;
        f.debug_struct("GuardConfig")
            .field("mode", &engine.policy().mode())
            .field("scanners", &engine.scanners().scanners().len())
            .field("prefixes", &engine.scanners().len())
            .field("rules", &engine.policy().rules().len())
            .finish_non_exhaustive()
    }
}

/// The one way from text to an engine.
fn build(input: &Input, generation: u64) -> Result<Engine, ConfigError> {
    let mut findings = Findings::new(input.file.clone(), input.text.clone());
    let tree = input.parse(&mut findings);
    let raw: Option<RawConfig> = de::read(tree, &mut findings);
    let readable = raw.is_some();
    let parts = check::check(&raw.unwrap_or_default(), input, &mut findings);
    findings.into_result()?;
    if !readable {
        // What could not be read has been reported, or there would be no telling what is enforced.
        let help = "compare it with the reference in the README".to_owned();
        return Err(general(input.file.clone(), "the configuration cannot be read".to_owned(), help));
    }
    Engine::compile(parts, generation)
        .map_err(|message| general(input.file.clone(), message, "use fewer ranges or patterns".into()))
}

fn not_utf8(file: &Path, error: &std::string::FromUtf8Error) -> ConfigError {
    let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    general(Some(file.to_owned()), format!("line {line} is not UTF-8"), "save the file as UTF-8".into())
}

fn unreadable(file: &Path, error: &std::io::Error) -> ConfigError {
    let message = format!("cannot read the configuration: {error}");
    general(Some(file.to_owned()), message, "name a TOML file that exists and is readable".into())
}

/// A problem with the file as a whole.
fn general(file: Option<PathBuf>, message: String, help: String) -> ConfigError {
    ConfigError::one(Problem { file, position: None, variable: None, key: String::new(), found: None, message, help })
}

fn announce(engine: &Engine) {
    let mode = match engine.policy().mode() {
        Mode::Enforce => "enforcing",
        Mode::Observe => "observing only",
    };
    log::info!(
        target: crate::LOG_TARGET,
        scanners = engine.scanners().scanners().len(),
        prefixes = engine.scanners().len(),
        rules = engine.policy().rules().len();
        "scanner guard {mode}: {} scanners with {} prefixes, {} rules; the client comes from {}",
        engine.scanners().scanners().len(),
        engine.scanners().len(),
        engine.policy().rules().len(),
        engine.client().describe(),
    );
}
