//! Reads, locks and replaces the file of findings.

use std::fs::OpenOptions;
use std::io::{self, Read};
#[cfg(test)]
use std::path::Path;
use std::path::PathBuf;

use super::access;
use super::check::{check, position};
use super::content::{Learned, SCHEMA};
use super::error::LearnedError;
use super::time::Time;

/// The maximum size of the file, in bytes.
const MAX_BYTES: u64 = 16 << 20;

const CORRECT: &str = "correct the file, or move it away to start with a new one; nothing was written";

/// `discovered.json`.
#[derive(Clone, Debug)]
pub(crate) struct LearnedFile {
    path: PathBuf,
}

impl LearnedFile {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    #[cfg(test)]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its content; empty if there is no file.
    pub(crate) fn load(&self) -> Result<Learned, LearnedError> {
        match self.read() {
            Ok(bytes) => self.parse(&bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Learned::default()),
            Err(error) => Err(self.unreadable(&error)),
        }
    }

    /// Its content without times ahead of the clock, for reading only. Content that is written must come from [`load`](Self::load).
    pub(crate) fn load_as_of(&self, now: Time) -> Result<Learned, LearnedError> {
        Ok(self.load()?.without_future(now))
    }

    /// Whether there is a file.
    #[cfg(feature = "cli")]
    pub(crate) fn exists(&self) -> bool {
        self.path.symlink_metadata().is_ok()
    }

    /// Changes the content. Other processes that change it wait until this change is made. The file is not written if it cannot be
    /// read, or if the content is unchanged.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut Learned) -> T) -> Result<T, LearnedError> {
        let _lock = access::lock(&self.path)?;
        let before = self.load()?;
        let mut learned = before.clone();
        let made = change(&mut learned);
        learned.remove_void();
        if learned != before {
            self.write(&learned).map_err(|error| {
                let help = "check that its folder exists and is writable; nothing was changed";
                LearnedError::new(&self.path, format!("cannot be written: {error}"), help)
            })?;
        }
        Ok(made)
    }

    /// Parses and checks content that the caller has read.
    pub(crate) fn parse(&self, bytes: &[u8]) -> Result<Learned, LearnedError> {
        let wrong = |message: String| LearnedError::new(&self.path, message, CORRECT);
        let begins_as_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()).map(|byte| *byte == b'{');
        if begins_as_json == Some(false) {
            return Err(
                wrong("this is no file of findings, which is JSON and begins with `{`".to_owned()).at(Some((1, 1)))
            );
        }
        if begins_as_json.is_none() {
            return Err(wrong("the file is empty, so it was cut off".to_owned()));
        }
        // Check the version first: another version may have other keys.
        #[derive(serde::Deserialize)]
        struct Version {
            schema: Option<u32>,
        }
        let at = |error: serde_json::Error| {
            let (line, column) = (error.line(), error.column());
            if error.is_eof() {
                return wrong("the file was cut off here".to_owned()).at(Some((line, column)));
            }
            let text = error.to_string();
            let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
            // The names of types mean nothing to a reader of the file.
            let message = message.replace("expected u64", "expected a whole number");
            wrong(crate::util::escape::escaped(&message).into_owned()).at(Some((line, column)))
        };
        match serde_json::from_slice::<Version>(bytes).map_err(at)?.schema {
            Some(SCHEMA) => {}
            Some(other) => {
                let message = format!("its `schema` is {other}, and this version knows {SCHEMA}");
                return Err(LearnedError::new(
                    &self.path,
                    message,
                    "use the version that wrote it; nothing was written",
                ));
            }
            None => {
                return Err(wrong(format!(
                    "it has no `schema`; a file of findings begins with `\"schema\": {SCHEMA}`"
                )));
            }
        }
        let mut learned: Learned = serde_json::from_slice(bytes).map_err(at)?;
        check(&learned).map_err(|(number, message)| {
            let position = learned.entries.get(number).and_then(|entry| position(bytes, &entry.id));
            wrong(message).at(position)
        })?;
        learned.settle();
        Ok(learned)
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        access::open_regular(&self.path, OpenOptions::new().read(true))?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_BYTES {
            let message = format!("it is larger than {} MiB", MAX_BYTES >> 20);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        Ok(bytes)
    }

    fn unreadable(&self, error: &io::Error) -> LearnedError {
        let help = match error.kind() {
            io::ErrorKind::PermissionDenied => {
                "let the user of the service read it, or run this as that user; nothing was written"
            }
            io::ErrorKind::FileTooLarge => {
                "remove entries from it, or move it away to start with a new one; nothing was written"
            }
            io::ErrorKind::ResourceBusy => "try again; nothing was written",
            _ => "name the file itself; nothing was written",
        };
        LearnedError::new(&self.path, format!("cannot be read: {error}"), help)
    }

    fn write(&self, learned: &Learned) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(learned).map_err(io::Error::from)?;
        text.push(b'\n');
        access::replace(&self.path, &text)
    }
}
