//! Writes files in addition to the answer of a subcommand.

use std::fs;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::util::escape::escaped;

/// Refuses to overwrite an input. Checked before any input is read.
pub(super) fn check<'a>(file: &Path, option: &str, inputs: impl IntoIterator<Item = &'a Path>) -> Result<(), Failure> {
    let Some(input) = inputs.into_iter().find(|input| is_same(file, input)) else { return Ok(()) };
    let message = format!(
        "{option} names {}, which is read as {}, and would be overwritten",
        escaped(&file.to_string_lossy()),
        escaped(&input.to_string_lossy()),
    );
    Err(Failure::new(message).help("name another file to write to"))
}

/// Whether both names lead to the same file, even through links.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    let same_path = || Some(fs::canonicalize(one).ok()? == fs::canonicalize(other).ok()?);
    same_path().unwrap_or(false) || is_same_inode(one, other)
}

#[cfg(unix)]
fn is_same_inode(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    // A terminal or a null device may be input and output.
    let inode =
        |path: &Path| fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|file| (file.dev(), file.ino()));
    inode(one).is_some_and(|inode_of_one| Some(inode_of_one) == inode(other))
}

#[cfg(not(unix))]
fn is_same_inode(_: &Path, _: &Path) -> bool {
    false
}

/// Writes a page or a report.
pub(super) fn write(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(|error| Failure::unwritable(escaped(&file.to_string_lossy()), &error))
}

/// The paths of inputs, for [`check`].
pub(super) fn paths<'a>(policy: Option<&'a Path>, others: &'a [PathBuf]) -> impl Iterator<Item = &'a Path> {
    policy.into_iter().chain(others.iter().map(PathBuf::as_path))
}
