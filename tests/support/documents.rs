//! The documents of the project: README, CONTRIBUTING and everything below `docs/`.

use std::path::{Path, PathBuf};

/// Each document with its path below the project's folder.
pub(crate) fn documents() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![PathBuf::from("README.md"), PathBuf::from("CONTRIBUTING.md")];
    for folder in ["docs/guide", "docs/design"] {
        let entries = std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap());
        files.extend(entries.map(|entry| Path::new(folder).join(entry.file_name())));
    }
    files.sort();
    let texts = files.iter().map(|file| std::fs::read_to_string(root.join(file)).unwrap());
    files.iter().cloned().zip(texts).collect()
}

/// The blocks of TOML in a document that are policies, and not manifests or policy tests.
pub(crate) fn policies(text: &str) -> impl Iterator<Item = &str> {
    let blocks = text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.filter(|block| !block.contains("[dependencies]") && !block.contains("[[test]]"))
}
