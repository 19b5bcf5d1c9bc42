//! Detects whether a file is still the version that was read.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The properties that identify the version of a file, apart from its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// The target of symbolic links.
    real: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
    /// The inode number of the file and the time of its last change of any kind, which no tool can set back.
    identity: (u64, i64, i64),
}

impl Stamp {
    /// `None` if there is no file.
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
