//! Why a line yields no request.

use std::fmt;

/// Why a line yields no request.
///
/// ```
/// use actix_scanner_guard::access_log::{Buffer, Format, Unreadable};
///
/// let format: Format = "caddy".parse()?;
/// let other = format.read(br#"{"level":"info","msg":"cleaning"}"#, &mut Buffer::new()).map(|_| ());
/// assert_eq!(other, Err(Unreadable::Other));
/// # Ok::<(), actix_scanner_guard::access_log::FormatError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreadable {
    /// It does not have the format: it is cut short, overwritten, or of another format.
    Damaged,
    /// It is a sound line of something else, such as another message of the same program.
    Other,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unreadable::Damaged => "the line does not have this format",
            Unreadable::Other => "the line is a message of another kind",
        })
    }
}

impl std::error::Error for Unreadable {}
