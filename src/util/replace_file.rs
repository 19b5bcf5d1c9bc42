//! Replaces the text of a file in one step.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Writes the text to a new file at `beside`, and renames this file to `file`. So a reader sees the old or the new
/// text, and on a full disk the old file stays. `prepare` receives the new file before the text is written, to set
/// permissions and owner.
pub(crate) fn replace(
    file: &Path,
    beside: &Path,
    text: &[u8],
    prepare: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<()> {
    let written = (|| {
        let mut new = OpenOptions::new().write(true).create_new(true).open(beside)?;
        prepare(&new)?;
        new.write_all(text)?;
        new.sync_all()?;
        fs::rename(beside, file)
    })();
    if written.is_err() {
        // An incomplete file has no use.
        let _ = fs::remove_file(beside);
    }
    written
}

/// Sets owner and group of the file, if they differ. Only root can change the owner.
#[cfg(unix)]
#[cfg_attr(not(feature = "discovery"), allow(dead_code, reason = "copies of lists have no owner to keep"))]
pub(crate) fn set_owner(file: &File, to: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let own = file.metadata()?;
    let differs = |own: u32, to: u32| (own != to).then_some(to);
    match (differs(own.uid(), to.uid()), differs(own.gid(), to.gid())) {
        (None, None) => Ok(()),
        (user, group) => fchown(file, user, group),
    }
}

#[cfg(not(unix))]
#[cfg_attr(not(feature = "discovery"), allow(dead_code, reason = "copies of lists have no owner to keep"))]
pub(crate) fn set_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}
