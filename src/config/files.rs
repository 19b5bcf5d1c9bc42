//! Reads the files that the configuration names.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
#[cfg(feature = "watch")]
use std::path::PathBuf;

#[cfg(feature = "watch")]
use super::stamp::Stamp;

/// Maximum size of a file, in bytes: 4 million prefixes, one a line, take a quarter of it.
const MAX_BYTES: u64 = 256 << 20;

/// The files of a configuration, including those that could not be read: a change of any of them may change the
/// configuration. Each stamp was taken just before reading, so that a later change is noticed.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Whether included files may be missing, since the command that reads the policy writes them.
    pub(super) may_lack_included: bool,
    #[cfg(feature = "watch")]
    pub(super) read: Vec<(PathBuf, Option<Stamp>)>,
}

impl Files {
    /// No files yet.
    pub(super) fn lacking_included(may_lack_included: bool) -> Self {
        Self {
            may_lack_included,
            #[cfg(feature = "watch")]
            read: Vec::new(),
        }
    }

    /// Notes a file that other code reads.
    #[cfg(feature = "discovery")]
    pub(super) fn note(&mut self, _path: &Path) {
        #[cfg(feature = "watch")]
        self.read.push((_path.to_owned(), Stamp::of(_path)));
    }

    /// Reads a whole file.
    pub(super) fn read(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        #[cfg(feature = "watch")]
        self.read.push((path.to_owned(), Stamp::of(path)));
        read(path)
    }
}

/// Reads a whole file. Only regular files are accepted: a pipe without a writer would block the start or the reload
/// forever.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Checked before opening, since opening a pipe waits for its writer.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("it is larger than {} MiB", MAX_BYTES >> 20)));
    }
    Ok(bytes)
}
