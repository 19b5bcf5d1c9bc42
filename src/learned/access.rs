//! Locks the file, and replaces it in one step. The file and its lock keep their owner, so that the service can still write them
//! after a command of root.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::LearnedError;
use crate::util::replace_file;

/// The maximum time to wait for another process that changes the file.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Keeps other processes from changing the file. Another file is locked, because the file itself is replaced.
pub(super) fn lock(path: &Path) -> Result<File, LearnedError> {
    let beside = beside(path, ".lock");
    let failed = |error: io::Error| {
        let help = match error.kind() {
            io::ErrorKind::PermissionDenied => "run this as the user of the service; nothing was written",
            _ => "check that its folder exists and is writable; nothing was written",
        };
        LearnedError::new(&beside, format!("cannot be locked: {error}"), help)
    };
    let file = open_lock(path, &beside).map_err(failed)?;
    let end = Instant::now() + MAX_WAIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < end => std::thread::sleep(Duration::from_millis(20)),
            Err(TryLockError::WouldBlock) => {
                let help = "try again; nothing was written";
                return Err(LearnedError::new(path, "another process is changing it", help));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
}

/// Opens the lock. Only users who may write the file can open it: locking needs no permission to write, so any other user could
/// hold the lock.
fn open_lock(path: &Path, lock: &Path) -> io::Result<File> {
    let open = || open_regular(lock, OpenOptions::new().read(true).write(true));
    let file = match open() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut new = OpenOptions::new();
            new.write(true).create_new(true);
            owner::owner_only(&mut new);
            match new.open(lock) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => open()?,
                opened => opened?,
            }
        }
        opened => opened?,
    };
    owner::of_lock(path, &file);
    Ok(file)
}

/// Writes a new file beside it, and renames the new file to its name.
pub(super) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let new = beside(path, ".new");
    // The holder of the lock owns this name; a file of this name was left by a crash.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    replace_file::replace(path, &new, text, |file| owner::of_file(path, file))?;
    owner::sync_folder(path);
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Opens a file that is neither a symbolic link nor a pipe or device. So another user cannot make this process read or change
/// another file.
pub(super) fn open_regular(path: &Path, options: &OpenOptions) -> io::Result<File> {
    let named = fs::symlink_metadata(path)?;
    if named.is_symlink() {
        return Err(io::Error::other("it is a symbolic link"));
    }
    // Check before opening: opening a pipe waits for its writer.
    if !named.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let file = options.open(path)?;
    if !owner::is_same(&named, &file.metadata()?) {
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, "it was replaced while it was opened"));
    }
    Ok(file)
}

#[cfg(unix)]
mod owner {
    use std::fs::{self, File, Metadata, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    use crate::util::replace_file::set_owner;

    pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
        (one.dev(), one.ino()) == (other.dev(), other.ino())
    }

    pub(super) fn owner_only(options: &mut OpenOptions) {
        options.mode(0o600);
    }

    /// Gives the new file the permissions and the owner of the old one; without an old one, the owner of the folder.
    pub(super) fn of_file(path: &Path, file: &File) -> io::Result<()> {
        let own = file.metadata()?;
        match fs::metadata(path) {
            Ok(old) => {
                give(&own, file, &old).map_err(|error| {
                    let text = format!("its owner cannot be kept, so run this as the user of the service: {error}");
                    io::Error::new(error.kind(), text)
                })?;
                file.set_permissions(old.permissions())
            }
            Err(_) => {
                // Only root can change the owner. The file of any other user already belongs to that user.
                let _ = folder(path).is_some_and(|folder| give(&own, file, &folder).is_ok());
                Ok(())
            }
        }
    }

    /// Gives the lock the owner of the file, and opens it for the users who may write the file. A user who may not do this ignores
    /// the error: the owner did it before.
    pub(super) fn of_lock(path: &Path, lock: &File) {
        // A lock with a second name (a hard link) may be a file of somebody else, which must keep its owner.
        let Some(own) = lock.metadata().ok().filter(|own| own.nlink() == 1) else { return };
        let file = fs::metadata(path).ok();
        let Some(owner) = file.clone().or_else(|| folder(path)) else { return };
        let writers = file.map_or(0, |file| file.mode() & 0o020);
        let mode = 0o600 | writers | writers << 1;
        if own.mode() & 0o777 != mode {
            let _ = lock.set_permissions(Permissions::from_mode(mode));
        }
        let _ = give(&own, lock, &owner);
    }

    /// Writes the new name to the disk before the change is reported as made, if the system can do this.
    pub(super) fn sync_folder(path: &Path) {
        let _ = File::open(parent(path)).and_then(|folder| folder.sync_all());
    }

    fn parent(path: &Path) -> &Path {
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    fn folder(path: &Path) -> Option<Metadata> {
        fs::metadata(parent(path)).ok()
    }

    /// Changes owner and group if they differ. If only the group cannot be changed, this is no error: the owner can still write
    /// the file.
    fn give(own: &Metadata, file: &File, to: &Metadata) -> io::Result<()> {
        let given = set_owner(file, to);
        if own.uid() == to.uid() { Ok(()) } else { given }
    }
}

#[cfg(not(unix))]
mod owner {
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::path::Path;

    pub(super) fn is_same(_: &Metadata, other: &Metadata) -> bool {
        other.is_file()
    }

    pub(super) fn owner_only(_: &mut OpenOptions) {}

    pub(super) fn of_file(path: &Path, file: &File) -> io::Result<()> {
        match std::fs::metadata(path) {
            Ok(old) => file.set_permissions(old.permissions()),
            Err(_) => Ok(()),
        }
    }

    pub(super) fn of_lock(_: &Path, _: &File) {}

    pub(super) fn sync_folder(_: &Path) {}
}
