//! Tables with a line of column names, in any order and with any separator: CSV files of vendors.
//!
//! In: the text of a table. Out: its entries. A table without a unique column of addresses is refused.

mod columns_by_name;
mod find;
mod layout;
mod rows;
mod unnamed;

pub(super) use find::{find, named};
pub(super) use rows::{blocks, is_block_row, read};
