//! How the catalog is kept: the work behind the command `catalog-update`. No part of the library's interface.
//!
//! 1. `files` reads the data files, one TOML file a vendor.
//! 2. `update` merges what vendors published into them, and says what changed.
//! 3. `check` holds them to their rules.
//! 4. `compile` and `document` make the compiled form and `CATALOG.md` from them.
//!
//! `command` is the command line over it.

mod agent_files;
mod check;
mod command;
mod compile;
mod document;
mod files;
mod layout;
mod overlaps;
mod update;

pub use check::problems;
pub use command::{Args, run};
pub use files::Data;
pub use layout::Layout;
