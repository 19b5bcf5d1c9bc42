//! The paths of the files.

use std::path::PathBuf;

/// The paths of the files.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The paths below the folder with `Cargo.toml`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub(super) fn data(&self) -> PathBuf {
        self.root.join("src/catalog/data")
    }

    pub(super) fn ids(&self) -> PathBuf {
        self.data().join("ids.txt")
    }

    pub(super) fn compiled(&self) -> PathBuf {
        self.root.join("src/catalog/generated.rs")
    }

    pub(super) fn document(&self) -> PathBuf {
        self.root.join("CATALOG.md")
    }
}
