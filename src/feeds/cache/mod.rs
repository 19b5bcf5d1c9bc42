//! The last good copy of each list on disk, so that a start needs no network.
//!
//! A file contains a line with its type, a line of JSON about the copy, and the prefixes, one a line. It is written
//! under a temporary name and renamed, so it is either complete or absent. A foreign file is renamed. The folder's
//! files can be deleted at any time, and other processes may write there at any time.

mod copy;
mod disk;

use std::fs::{self, Metadata};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::digest::{hex, sum};
use super::spec::FeedSpec;
pub(crate) use copy::ListCopy;
use disk::unusable;
pub(crate) use disk::{Foreign, Unusable};

/// After this time, the process that wrote a temporary file has finished or was killed.
const LONGEST_WRITE: Duration = Duration::from_secs(60 * 60);
/// Maximum length of the id in a file's name, which may have 255 bytes.
const MAX_ID: usize = 64;

/// A folder of copies.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether other users of the machine may write into the folder: they could then change the list of scanners.
    pub(crate) fn is_open_to_all(&self) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::metadata(&self.folder).is_ok_and(|folder| folder.permissions().mode() & 0o002 != 0)
        }
        #[cfg(not(unix))]
        false
    }

    /// The copy of this list; `None` if no copy was read with these options.
    pub(crate) fn read(&self, spec: &FeedSpec) -> Result<Option<ListCopy>, Unusable> {
        let mut seen = None;
        self.read_seen(spec, &mut seen).map_err(|error| match error {
            Unusable::Foreign(foreign) => Unusable::Foreign(Foreign { seen: seen.map(Box::new), ..foreign }),
            unreadable @ Unusable::Io(_) => unreadable,
        })
    }

    fn read_seen(&self, spec: &FeedSpec, seen: &mut Option<Metadata>) -> Result<Option<ListCopy>, Unusable> {
        let path = self.path(spec);
        let Some(text) = disk::read(&path, seen)? else { return Ok(None) };
        ListCopy::parse(&text, spec).map_err(unusable)
    }

    /// Renames this list's file, and returns its new path. `None` if another process has replaced the file meanwhile,
    /// which is fine.
    pub(crate) fn set_aside(&self, spec: &FeedSpec, foreign: &Foreign) -> io::Result<Option<PathBuf>> {
        let path = self.path(spec);
        let is_it = |path: &Path| {
            let is_seen = |now: Metadata| foreign.seen.as_ref().is_none_or(|seen| disk::is_unchanged(seen, &now));
            fs::symlink_metadata(path).is_ok_and(is_seen)
        };
        if !is_it(&path) {
            return Ok(None);
        }
        let aside = path.with_extension("corrupt");
        fs::rename(&path, &aside)?;
        if is_it(&aside) {
            return Ok(Some(aside));
        }
        // The file was replaced after the check. The newer file is valid.
        if fs::hard_link(&aside, &path).is_ok() {
            fs::remove_file(&aside)?;
        }
        Ok(None)
    }

    /// Removes incomplete files of killed processes.
    pub(crate) fn remove_leftovers(&self, now: SystemTime) {
        // An unreadable folder is reported at the next write.
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let is_old = |file: Metadata| {
                let age = file.modified().ok().and_then(|modified| now.duration_since(modified).ok());
                file.is_file() && age.is_some_and(|age| age > LONGEST_WRITE)
            };
            if entry.file_name().to_str().is_some_and(is_temporary) && entry.metadata().is_ok_and(is_old) {
                // Another process may have done so.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Writes the copy of this list completely or not at all.
    pub(crate) fn write(&self, spec: &FeedSpec, copy: &ListCopy) -> io::Result<()> {
        disk::create_folder(&self.folder)?;
        let path = self.path(spec);
        // A random name, so that nobody can place a link there.
        let chance = RandomState::new().hash_one(&path);
        let temporary = path.with_extension(format!("{chance:016x}.tmp"));
        disk::write(&path, &temporary, &copy.text(spec))?;
        disk::sync_folder(&self.folder)
    }

    fn path(&self, spec: &FeedSpec) -> PathBuf {
        let id = spec.id.get(..MAX_ID).unwrap_or(&spec.id);
        let digest = sum(format!("{} {}", spec.id, spec.url.in_full()).as_bytes());
        let ending = if spec.is_key_set() { "keys" } else { "list" };
        self.folder.join(format!("{id}-{}.{ending}", hex(&digest[..8])))
    }
}

/// Whether this is the name of a temporary file: `ID-DIGEST.RANDOM.tmp`.
fn is_temporary(name: &str) -> bool {
    let is_hex = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts = name.strip_suffix(".tmp").and_then(|name| name.rsplit_once('.'));
    let digest = parts.and_then(|(name, _)| name.rsplit_once('-'));
    parts.is_some_and(|(_, chance)| is_hex(chance)) && digest.is_some_and(|(_, digest)| is_hex(digest))
}
