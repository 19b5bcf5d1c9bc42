//! Replaces the text of a file of the operator in one step.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::util::replace_file;

/// Replaces the text. Permissions, owner and symbolic links are kept: after a change by root, the service can still read a policy
/// that only its own user may read.
pub(super) fn replace(file: &Path, text: &str) -> io::Result<()> {
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
    let mut beside = file.clone().into_os_string();
    beside.push(format!(".{}.new", std::process::id()));
    replace_file::replace(&file, &PathBuf::from(beside), text.as_bytes(), |new| {
        let Ok(old) = fs::metadata(&file) else { return Ok(()) };
        new.set_permissions(old.permissions())?;
        replace_file::set_owner(new, &old)
    })
}
