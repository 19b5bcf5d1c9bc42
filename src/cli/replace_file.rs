//! A file that gets another text in one step.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Writes the text to a new file, and renames it to the old one. So a reader sees the old or the new text, and a full disk
/// leaves the old file. Permissions, owner and symbolic links are kept: a service that may read its policy alone can still read what
/// root has changed.
pub(super) fn replace(file: &Path, text: &str) -> io::Result<()> {
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
    let mut beside = file.clone().into_os_string();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = (|| {
        let mut new = fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
        if let Ok(old) = fs::metadata(&file) {
            new.set_permissions(old.permissions())?;
            keep_owner(&new, &old)?;
        }
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        fs::rename(&beside, &file)
    })();
    if written.is_err() {
        // An incomplete file has no use.
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(unix)]
fn keep_owner(new: &fs::File, old: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let now = new.metadata()?;
    let differs = |now: u32, old: u32| (now != old).then_some(old);
    match (differs(now.uid(), old.uid()), differs(now.gid(), old.gid())) {
        (None, None) => Ok(()),
        (user, group) => fchown(new, user, group),
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &fs::File, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}
