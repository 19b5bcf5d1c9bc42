//! A file that gets another text in one step.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Writes the text beside the file, and puts it in the file's place: a reader sees the old text or the new one, and a full disk
/// leaves the old one. Permissions stay, and a symbolic link stays one.
pub(super) fn replace(file: &Path, text: &str) -> io::Result<()> {
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
    let mut beside = file.clone().into_os_string();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = (|| {
        let mut new = fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
        if let Ok(old) = fs::metadata(&file) {
            new.set_permissions(old.permissions())?;
        }
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        fs::rename(&beside, &file)
    })();
    if written.is_err() {
        // What is left of it is of no use.
        let _ = fs::remove_file(&beside);
    }
    written
}
