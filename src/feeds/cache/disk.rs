//! Reads and writes single files of the cache. Links are never followed, and every file and folder is for its owner only.

use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use crate::util::replace_file;

/// Maximum size of a file: a million prefixes take at most 44 bytes each.
const MAX_BYTES: u64 = 64 << 20;
/// Maximum number of attempts to open a file that another process replaces meanwhile.
const ATTEMPTS: usize = 8;

/// The reason why a file cannot be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// It is damaged or foreign.
    Foreign(Foreign),
    /// It may be valid, but cannot be read.
    Io(io::Error),
}

/// An unusable file: the reason in words, and its identity.
#[derive(Debug)]
pub(crate) struct Foreign {
    pub(crate) reason: String,
    pub(super) seen: Option<Box<Metadata>>,
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        // Files of this crate are UTF-8.
        if error.kind() == io::ErrorKind::InvalidData { unusable("it is no text") } else { Self::Io(error) }
    }
}

pub(super) fn unusable(reason: impl Into<String>) -> Unusable {
    Unusable::Foreign(Foreign { reason: reason.into(), seen: None })
}

/// The text of a file; `None` if there is no file. Links are not followed.
pub(super) fn read(path: &Path, seen: &mut Option<Metadata>) -> Result<Option<String>, Unusable> {
    let Some(file) = open(path, seen)? else { return Ok(None) };
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(unusable("it is too large"));
    }
    Ok(Some(text))
}

/// Opens a regular file. If another process replaces it meanwhile, the new file is equally valid.
fn open(path: &Path, seen: &mut Option<Metadata>) -> Result<Option<File>, Unusable> {
    for _ in 0..ATTEMPTS {
        let found = match fs::symlink_metadata(path) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let is_file = found.is_file();
        let found = seen.insert(found);
        if !is_file {
            return Err(unusable("it is no regular file"));
        }
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            file => file?,
        };
        if is_same(found, &file.metadata()?) {
            return Ok(Some(file));
        }
    }
    Err(Unusable::Io(io::Error::other("it was replaced during every attempt to open it")))
}

/// Whether the opened file is the checked one, and no link replaced it in between.
fn is_same(seen: &Metadata, opened: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        (seen.dev(), seen.ino()) == (opened.dev(), opened.ino())
    }
    #[cfg(not(unix))]
    {
        seen.len() == opened.len()
    }
}

/// Whether a file is still the one that was checked, and unchanged. The number alone does not prove it: file systems
/// reuse the number of a deleted file.
pub(super) fn is_unchanged(seen: &Metadata, now: &Metadata) -> bool {
    is_same(seen, now) && seen.len() == now.len() && seen.modified().ok() == now.modified().ok()
}

/// With access for the owner only, if it has to be created.
pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes a file for the owner only, completely or not at all, through a new file at `beside`.
pub(super) fn write(path: &Path, beside: &Path, text: &str) -> io::Result<()> {
    replace_file::replace(path, beside, text.as_bytes(), owner_only)
}

#[cfg(unix)]
fn owner_only(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn owner_only(_: &File) -> io::Result<()> {
    Ok(())
}

/// A new name is on the disk only after its folder is synced.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
