//! Whether a file is still the one that was read.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// By what a changed file is known, apart from its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Where symbolic links lead.
    real: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
    /// The number of the file and the time of its last change of any kind, which no tool sets back.
    identity: (u64, i64, i64),
}

impl Stamp {
    /// `None` where there is no file.
    pub(super) fn of(file: &Path) -> Option<Self> {
        let real = file.canonicalize().ok()?;
        let metadata = std::fs::metadata(&real).ok()?;
        let (length, modified) = (metadata.len(), metadata.modified().ok());
        Some(Self { real, length, modified, identity: identity(&metadata) })
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, i64, i64) {
    (0, 0, 0)
}
