//! Writes log lines about the policy in service, with target `scanner_guard`.

#[cfg(feature = "metrics")]
use super::metrics;
use crate::LOG_TARGET;
use crate::engine::Engine;
#[cfg(feature = "feeds")]
use crate::feeds::ListStatus;
use crate::policy::Mode;

pub(super) fn started(engine: &Engine) {
    #[cfg(feature = "metrics")]
    metrics::started(engine);
    in_service(engine, "scanner guard");
}

pub(super) fn changed(engine: &Engine) {
    #[cfg(feature = "metrics")]
    metrics::changed(engine);
    in_service(engine, "policy changed; scanner guard");
}

fn in_service(engine: &Engine, news: &str) {
    let mode = match engine.policy().mode() {
        Mode::Enforce => "enforcing",
        Mode::Observe => "observing only",
    };
    let (scanners, prefixes) = (engine.scanners().scanners().len(), engine.scanners().len());
    let rules = engine.policy().rules().len();
    let generation = engine.generation();
    log::info!(
        target: LOG_TARGET,
        scanners, prefixes, rules, generation;
        "{news} {mode}: {scanners} scanners with {prefixes} prefixes, {rules} rules, generation {generation}; \
         the client comes from {}",
        engine.client().describe(),
    );
}

/// A broken file was restored to the configuration in service.
pub(super) fn recovered(generation: u64) {
    log::info!(target: LOG_TARGET, generation; "the configuration has no problems any more and is unchanged: generation {generation}");
}

/// A requested reload changed nothing.
pub(super) fn unchanged(generation: u64) {
    log::info!(
        target: LOG_TARGET,
        generation;
        "the configuration was read again and is unchanged; the policy of generation {generation} stays in service",
    );
}

/// The thread that fetches lists cannot be started.
#[cfg(feature = "feeds")]
pub(super) fn no_thread(error: &std::io::Error) {
    log::error!(target: LOG_TARGET, "lists are not fetched, because the thread for it cannot be started: {error}");
}

/// The thread that looks up names cannot be started.
#[cfg(feature = "rdns")]
pub(super) fn no_names(error: &std::io::Error) {
    log::error!(target: LOG_TARGET, "reverse names are not looked up, because the thread for it cannot be started: {error}");
}

/// With a fetched list, all lists together pass a limit.
#[cfg(feature = "feeds")]
pub(super) fn too_large(generation: u64, limit: &str) {
    log::error!(
        target: LOG_TARGET,
        generation;
        "a fetched list cannot be put in service: {limit}; the policy of generation {generation} stays",
    );
}

/// Sets the metrics of fetched lists.
#[cfg(feature = "feeds")]
pub(super) fn lists(_lists: &[ListStatus]) {
    #[cfg(feature = "metrics")]
    metrics::lists(_lists);
}

/// A change was refused. Each problem has its own record.
pub(super) fn refused(generation: u64, problems: &[String]) {
    #[cfg(feature = "metrics")]
    metrics::refused();
    log::error!(
        target: LOG_TARGET,
        generation, problems = problems.len();
        "a changed configuration was refused; the policy of generation {generation} stays in service",
    );
    for problem in problems {
        log::error!(target: LOG_TARGET, generation; "{problem}");
    }
}

/// A requested reload was refused for problems that were logged already.
pub(super) fn still_refused(generation: u64, problems: usize) {
    let are = if problems == 1 { "1 problem, which is" } else { &format!("{problems} problems, which are") };
    log::error!(
        target: LOG_TARGET,
        generation, problems;
        "the configuration was read again and is still refused for {are} logged already; the policy of generation \
         {generation} stays in service",
    );
}
