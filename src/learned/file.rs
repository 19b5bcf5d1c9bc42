//! The file: read, locked, and replaced in one step.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::content::{Learned, MAX_ENTRIES, MAX_RANGES, SCHEMA};
use super::decision::Verdict;
use super::error::LearnedError;
use crate::scanners::Audience;

/// The largest file that is read.
const MAX_BYTES: u64 = 16 << 20;

/// How long to wait for another process that changes the file.
const PATIENCE: Duration = Duration::from_secs(5);

const MEND: &str = "mend it, or move it away to begin anew; nothing was written";

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

    /// What is in it; nothing where there is no file.
    pub(crate) fn load(&self) -> Result<Learned, LearnedError> {
        match self.read() {
            Ok(bytes) => self.parse(&bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Learned::default()),
            Err(error) => Err(self.unreadable(&error)),
        }
    }

    /// Changes what is in it. Others who change it wait meanwhile. A file that cannot be understood stays as it is, and so does one that the
    /// change leaves as it was.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut Learned) -> T) -> Result<T, LearnedError> {
        let _lock = self.lock()?;
        let before = self.load()?;
        let mut learned = before.clone();
        let made = change(&mut learned);
        if learned != before {
            self.write(&learned).map_err(|error| {
                LearnedError::new(
                    &self.path,
                    format!("cannot be written: {error}"),
                    "see to its folder; nothing was changed",
                )
            })?;
        }
        Ok(made)
    }

    /// Checks a content that was read by somebody else.
    pub(crate) fn parse(&self, bytes: &[u8]) -> Result<Learned, LearnedError> {
        let wrong = |message: String| LearnedError::new(&self.path, message, MEND);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(wrong("the file is empty, so it was cut off".to_owned()));
        }
        // The version first: another one may have other keys.
        #[derive(serde::Deserialize)]
        struct Version {
            schema: Option<u32>,
        }
        let at = |error: serde_json::Error| {
            let (line, column) = (error.line(), error.column());
            let text = error.to_string();
            let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
            wrong(crate::util::escape::escaped(message).into_owned()).at(Some((line, column)))
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
                    "it has no `schema`, so it is no file of findings; that says `\"schema\": {SCHEMA}`"
                )));
            }
        }
        let learned: Learned = serde_json::from_slice(bytes).map_err(at)?;
        check(&learned).map_err(|(number, message)| {
            let position = learned.entries.get(number).and_then(|entry| position(bytes, &entry.id));
            wrong(message).at(position)
        })?;
        Ok(learned)
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        open_regular(&self.path, OpenOptions::new().read(true))?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(io::Error::other(format!("it is larger than {} MiB", MAX_BYTES >> 20)));
        }
        Ok(bytes)
    }

    fn unreadable(&self, error: &io::Error) -> LearnedError {
        LearnedError::new(&self.path, format!("cannot be read: {error}"), "name the file itself; nothing was written")
    }

    /// Keeps others from changing the file. It is another file that is locked, since this one is replaced.
    fn lock(&self) -> Result<File, LearnedError> {
        let path = beside(&self.path, ".lock");
        let failed = |error: io::Error| {
            LearnedError::new(&path, format!("cannot be locked: {error}"), "see to its folder; nothing was written")
        };
        let file = match open_regular(&path, OpenOptions::new().read(true).write(true)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match OpenOptions::new().write(true).create_new(true).open(&path) {
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        open_regular(&path, OpenOptions::new().read(true).write(true))
                    }
                    opened => opened,
                }
            }
            opened => opened,
        };
        let file = file.map_err(failed)?;
        let end = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if Instant::now() < end => std::thread::sleep(Duration::from_millis(20)),
                Err(TryLockError::WouldBlock) => {
                    let help = "try again; nothing was written";
                    return Err(LearnedError::new(&self.path, "another process is changing it", help));
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }

    /// Writes a file beside it, and puts that in its place.
    fn write(&self, learned: &Learned) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(learned).map_err(io::Error::from)?;
        text.push(b'\n');
        let new = beside(&self.path, ".new");
        // Whoever holds the lock owns this name; what is there was left by a crash.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let written = (|| {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&new)?;
            if let Ok(old) = fs::metadata(&self.path) {
                file.set_permissions(old.permissions())?;
            }
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&new, &self.path)
        })();
        if written.is_err() {
            // What is left of it is of no use.
            let _ = fs::remove_file(&new);
        }
        written
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Opens a file that is neither a symbolic link nor a pipe or device, so that nobody can have another file read or changed.
fn open_regular(path: &Path, options: &OpenOptions) -> io::Result<File> {
    let named = fs::symlink_metadata(path)?;
    if named.is_symlink() {
        return Err(io::Error::other("it is a symbolic link"));
    }
    // Looked at before it is opened, since opening a pipe waits for its writer.
    if !named.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let file = options.open(path)?;
    if !is_same(&named, &file.metadata()?) {
        return Err(io::Error::other("it was replaced while it was opened"));
    }
    Ok(file)
}

#[cfg(unix)]
fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(_: &fs::Metadata, other: &fs::Metadata) -> bool {
    other.is_file()
}

/// What a single value cannot show. The error has the number of the entry.
fn check(learned: &Learned) -> Result<(), (usize, String)> {
    if learned.entries.len() > MAX_ENTRIES {
        return Err((MAX_ENTRIES, format!("there are more than {MAX_ENTRIES} entries")));
    }
    let mut ids = std::collections::HashSet::new();
    for (number, entry) in learned.entries.iter().enumerate() {
        let id = &entry.id;
        let wrong = |message: String| Err((number, message));
        if !ids.insert(id) {
            return wrong(format!("two entries have the id `{id}`"));
        }
        if entry.ranges.is_empty() || entry.ranges.len() > MAX_RANGES {
            return wrong(format!(
                "the entry `{id}` has {} ranges, and 1 to {MAX_RANGES} are allowed",
                entry.ranges.len()
            ));
        }
        let Some(decision) = &entry.decision else { continue };
        let is_proved = entry.evidence.canary_hits > 0 || decision.owner.is_some();
        if decision.audience == Audience::Exclusive && !is_proved {
            return wrong(format!(
                "the entry `{id}` is `exclusive` without a hit of a canary and without an `owner`; write `\"audience\": \"shared\"`"
            ));
        }
        let foreign = decision.ranges.iter().find(|range| !entry.networks().any(|known| known.contains(*range)));
        if let Some(range) = foreign {
            return wrong(format!("the decision of the entry `{id}` covers {range}, which is none of its ranges"));
        }
        if decision.verdict == Verdict::Approved && decision.ranges.is_empty() {
            return wrong(format!("the approval of the entry `{id}` covers no range"));
        }
    }
    Ok(())
}

/// Line and column of an entry's id.
fn position(bytes: &[u8], id: &str) -> Option<(usize, usize)> {
    let quoted = format!("\"{id}\"");
    let at = bytes.windows(quoted.len()).rposition(|window| window == quoted.as_bytes())?;
    let before = &bytes[..at];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    Some((before.iter().filter(|byte| **byte == b'\n').count() + 1, at - line_start + 1))
}
