//! The source of a configuration, and the only way from it to a checked config.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use super::diagnostics::Diagnostics;
use super::document::Input;
use super::environment::Variables;
use super::error::{ConfigError, Problem};
use super::files::Files;
use super::raw::RawConfig;
#[cfg(feature = "watch")]
use super::stamp::Stamp;
#[cfg(feature = "watch")]
use super::summary::Summary;
use super::{check, de, include};
use crate::engine::CheckedConfig;
use crate::live::StartError;
use crate::util::mutex::lock;

/// A configuration without problems.
#[derive(Debug)]
pub(super) struct ReadConfig {
    pub(super) checked: CheckedConfig,
    /// Settings that are probably not intended.
    pub(super) warnings: Vec<Problem>,
}

/// The source of a configuration, for the start and for each reload.
#[derive(Debug)]
pub(super) struct Source {
    origin: Origin,
    /// The environment at the start; `None` for a configuration without environment.
    environment: Option<Variables>,
    /// Whether included files may be missing, since the command that reads the policy writes them.
    may_lack_included: bool,
    turn: Mutex<()>,
    /// The warnings of the configuration in service.
    warnings: Mutex<Vec<Problem>>,
    /// The files that the last read depended on.
    #[cfg(feature = "watch")]
    files: Mutex<Vec<(PathBuf, Option<Stamp>)>>,
    /// The summary of the configuration in service.
    #[cfg(feature = "watch")]
    summary: Mutex<Summary>,
}

#[derive(Debug)]
enum Origin {
    File(PathBuf),
    Text(String),
}

impl Source {
    pub(super) fn file(file: &Path, environment: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::new(Origin::File(file.to_owned()), Some(environment.into_iter().collect()))
    }

    pub(super) fn text(text: &str) -> Self {
        Self::new(Origin::Text(text.to_owned()), None)
    }

    /// The same, if included files may be missing.
    #[cfg(feature = "cli")]
    pub(super) fn lacking_included(self) -> Self {
        Self { may_lack_included: true, ..self }
    }

    fn new(origin: Origin, environment: Option<Variables>) -> Self {
        Self {
            origin,
            environment,
            may_lack_included: false,
            turn: Mutex::default(),
            warnings: Mutex::default(),
            #[cfg(feature = "watch")]
            files: Mutex::default(),
            #[cfg(feature = "watch")]
            summary: Mutex::default(),
        }
    }

    /// The caller holds this lock from reading to applying, so that the configuration that was read last stays in service.
    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        lock(&self.turn)
    }

    /// Reads and checks the configuration.
    pub(super) fn read(&self) -> Result<ReadConfig, ConfigError> {
        let mut files = Files::lacking_included(self.may_lack_included);
        let read = self.input(&mut files).and_then(|input| build(&input, &mut files));
        #[cfg(feature = "watch")]
        {
            *lock(&self.files) = files.read;
        }
        read
    }

    /// Keeps the warnings of a configuration that is now in service, and logs the new ones.
    pub(super) fn accept(&self, warnings: Vec<Problem>) {
        let before = self.warnings();
        for warning in warnings.iter().filter(|warning| !before.contains(warning)) {
            log::warn!(target: crate::LOG_TARGET, "{warning}");
        }
        *self.held_warnings() = warnings;
    }

    /// The warnings of the configuration in service.
    pub(super) fn warnings(&self) -> Vec<Problem> {
        self.held_warnings().clone()
    }

    fn held_warnings(&self) -> MutexGuard<'_, Vec<Problem>> {
        lock(&self.warnings)
    }

    /// Keeps the summary of the configuration in service.
    #[cfg(feature = "watch")]
    pub(super) fn keep(&self, summary: Summary) {
        *lock(&self.summary) = summary;
    }

    /// A part of the configuration in service that this one lacks.
    #[cfg(feature = "watch")]
    pub(super) fn missing_in(&self, new: &ReadConfig) -> Option<String> {
        lock(&self.summary).missing_in(&Summary::of(&new.checked))
    }

    /// The files that the last read depended on.
    #[cfg(feature = "watch")]
    pub(super) fn files(&self) -> Vec<(PathBuf, Option<Stamp>)> {
        lock(&self.files).clone()
    }

    fn main_file(&self) -> Option<&Path> {
        match &self.origin {
            Origin::File(file) => Some(file),
            Origin::Text(_) => None,
        }
    }

    fn input(&self, files: &mut Files) -> Result<Input, ConfigError> {
        let text = match &self.origin {
            Origin::Text(text) => text.clone(),
            Origin::File(file) => {
                let bytes = files.read(file).map_err(|error| unreadable(file, &error))?;
                if bytes.is_empty() {
                    // A program that writes a file in place empties it first. An empty file would be a valid policy.
                    let help = "write a policy into it; `scanner-guard init` writes a first one";
                    return Err(general(Some(file), "the file is empty".to_owned(), help));
                }
                String::from_utf8(bytes).map_err(|error| not_utf8(file, &error))?
            }
        };
        Ok(Input { file: self.main_file().map(Path::to_owned), text, environment: self.environment.clone() })
    }

    /// The error for a configuration that exceeds a limit of the compiled engine.
    pub(super) fn too_large(&self, message: String) -> ConfigError {
        general(self.main_file(), message, "use fewer ranges or patterns")
    }

    /// The error for a configuration that cannot be put in service.
    pub(super) fn cannot_start(&self, error: StartError) -> ConfigError {
        match error {
            StartError::TooLarge(limit) => self.too_large(limit),
            #[cfg(feature = "feeds")]
            StartError::Missing(lists) => {
                let help = "check that its URL can be reached, set `cache_dir` in `[feeds]` to keep the last good \
                            copy, or start without the list: `required = false`";
                let problems = lists.into_iter().map(|(id, reason)| {
                    let message = format!(
                        "the list `{id}` is required, but it is not in the cache and could not be fetched: {reason}"
                    );
                    problem(self.main_file(), message, help)
                });
                ConfigError::of(problems.collect())
            }
        }
    }
}

/// Makes the checked config from the text. Adds the files that it reads to `files`.
fn build(input: &Input, files: &mut Files) -> Result<ReadConfig, ConfigError> {
    let mut diagnostics = Diagnostics::new(input.file.clone(), input.text.clone(), std::mem::take(files));
    let tree = input.parse(&mut diagnostics);
    let raw: Option<RawConfig> = de::read(tree, &mut diagnostics);
    let readable = raw.is_some();
    let mut raw = raw.unwrap_or_default();
    include::extend(&mut raw, &mut diagnostics);
    let checked = check::check(&raw, input, &mut diagnostics);
    *files = diagnostics.take_files();
    let warnings = diagnostics.into_result()?;
    if !readable {
        // An unreadable configuration must never start with the defaults, even if no problem was reported.
        let help = "compare it with the chapter \"The TOML file\" of the guide";
        return Err(general(input.file.as_deref(), "the configuration cannot be read".to_owned(), help));
    }
    Ok(ReadConfig { checked, warnings })
}

fn not_utf8(file: &Path, error: &std::string::FromUtf8Error) -> ConfigError {
    let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    general(Some(file), format!("line {line} is not UTF-8"), "save the file as UTF-8")
}

fn unreadable(file: &Path, error: &std::io::Error) -> ConfigError {
    let message = format!("cannot read the configuration: {error}");
    general(Some(file), message, "name a TOML file that exists and is readable")
}

/// A problem with the file as a whole.
fn general(file: Option<&Path>, message: String, help: &str) -> ConfigError {
    ConfigError::of(vec![problem(file, message, help)])
}

fn problem(file: Option<&Path>, message: String, help: &str) -> Problem {
    Problem::of_file(file.map(Path::to_owned), message, help.to_owned())
}
