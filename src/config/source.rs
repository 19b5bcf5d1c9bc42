//! Where a configuration comes from, and the one way from there to what an engine is compiled from.

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

/// What came of a reading in which nothing was found wrong.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) checked: CheckedConfig,
    /// What is probably not meant.
    pub(super) warnings: Vec<Problem>,
}

/// Where a configuration is read from, as often as it is.
#[derive(Debug)]
pub(super) struct Source {
    origin: Origin,
    /// The environment as it was at the start; `None` where it is not to be read.
    environment: Option<Variables>,
    turn: Mutex<()>,
    /// Those of the configuration in service.
    warnings: Mutex<Vec<Problem>>,
    /// The files that the last reading depended on.
    #[cfg(feature = "watch")]
    files: Mutex<Vec<(PathBuf, Option<Stamp>)>>,
    /// That of the configuration in service.
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

    fn new(origin: Origin, environment: Option<Variables>) -> Self {
        Self {
            origin,
            environment,
            turn: Mutex::default(),
            warnings: Mutex::default(),
            #[cfg(feature = "watch")]
            files: Mutex::default(),
            #[cfg(feature = "watch")]
            summary: Mutex::default(),
        }
    }

    /// To be held from reading to applying, so that what was read last is what is in service in the end.
    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        lock(&self.turn)
    }

    /// Reads and checks all of it.
    pub(super) fn read(&self) -> Result<Reading, ConfigError> {
        let mut files = Files::default();
        let reading = self.input(&mut files).and_then(|input| build(&input, &mut files));
        #[cfg(feature = "watch")]
        {
            *lock(&self.files) = files.read;
        }
        reading
    }

    /// What was read is in service: keeps its warnings, and logs those that are news.
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

    /// Notes what is in service.
    #[cfg(feature = "watch")]
    pub(super) fn keep(&self, summary: Summary) {
        *lock(&self.summary) = summary;
    }

    /// Something that the configuration in service has, and this reading has not.
    #[cfg(feature = "watch")]
    pub(super) fn missing_in(&self, reading: &Reading) -> Option<String> {
        lock(&self.summary).missing_in(&Summary::of(&reading.checked))
    }

    /// The files that the last reading depended on.
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
                    // Whoever writes a file in place empties it first, and no policy would be a policy of its own.
                    let help = "write the policy into it; `mode = \"enforce\"` is the shortest";
                    return Err(general(Some(file), "the file is empty".to_owned(), help));
                }
                String::from_utf8(bytes).map_err(|error| not_utf8(file, &error))?
            }
        };
        Ok(Input { file: self.main_file().map(Path::to_owned), text, environment: self.environment.clone() })
    }

    /// A limit was passed when it was compiled.
    pub(super) fn too_large(&self, message: String) -> ConfigError {
        general(self.main_file(), message, "use fewer ranges or patterns")
    }

    /// What was read cannot be put in service.
    pub(super) fn cannot_start(&self, error: StartError) -> ConfigError {
        match error {
            StartError::TooLarge(limit) => self.too_large(limit),
            #[cfg(feature = "feeds")]
            StartError::Missing(lists) => {
                let help = "see to it that its address can be reached, give `[feeds]` a `cache_dir` that keeps the \
                            last good copy, or start without the list: `required = false`";
                let problems = lists.into_iter().map(|(id, reason)| {
                    let message = format!("the list `{id}` is required, and neither cached nor fetched: {reason}");
                    problem(self.main_file(), message, help)
                });
                ConfigError::of(problems.collect())
            }
        }
    }
}

/// The one way from text to what an engine is compiled from. The files that it read go to `files`.
fn build(input: &Input, files: &mut Files) -> Result<Reading, ConfigError> {
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
        // What could not be read has been reported, or there would be no telling what is enforced.
        let help = "compare it with the chapter \"The TOML file\" of the guide";
        return Err(general(input.file.as_deref(), "the configuration cannot be read".to_owned(), help));
    }
    Ok(Reading { checked, warnings })
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
