//! `[[scanners.list]]`: lists of ranges from files. Parsers are pure: text in, prefixes and problems out.

mod plain;

pub(crate) use plain::parse as parse_plain;

/// The names that `format` may have.
pub(crate) const FORMATS: &[&str] = &["auto", "plain"];
