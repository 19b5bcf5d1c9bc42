//! The folders in which a file of the configuration can change.

use std::path::{Path, PathBuf};

/// Maximum number of symbolic links that are followed from one file.
const MAX_LINKS: usize = 16;

/// The folders in which a change can alter this file's content: its own folder, and the folders of all links on the way
/// to it.
pub(super) fn folders(file: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    let mut file = file.to_owned();
    for _ in 0..MAX_LINKS {
        let folder = match file.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let target = std::fs::read_link(&file);
        if let Ok(real) = file.canonicalize()
            && let Some(real) = real.parent()
        {
            folders.push(real.to_owned());
        }
        folders.push(folder.clone());
        let Ok(target) = target else { break };
        file = folder.join(target);
    }
    folders
}
