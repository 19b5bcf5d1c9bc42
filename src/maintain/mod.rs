//! Maintains the catalog: the work of the command `catalog-update`. Not a part of the library's interface.
//!
//! 1. `files` reads the data files, one TOML file for each vendor.
//! 2. `update` merges the copies of published lists into them, and describes the changes.
//! 3. `check` checks the rules for the data.
//! 4. `compile` and `document` make the compiled form and `CATALOG.md` from them.
//! 5. `recall` shows the bots of access logs that have no entry.
//!
//! `command` is the command line. No part of this uses the network.

mod agent_files;
mod check;
mod command;
mod compile;
mod document;
mod files;
mod layout;
mod overlaps;
mod recall;
mod update;

pub use check::problems;
pub use command::{Args, run};
pub use files::Data;
pub use layout::Layout;
