//! JSON log lines.

pub(super) mod cursor;
pub(super) mod schema;
