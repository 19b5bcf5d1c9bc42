//! The reason why a line contains no request.

use std::fmt;

/// The reason why a line contains no request.
///
/// ```
/// use actix_scanner_guard::access_log::{Buffer, LogFormat, LineError};
///
/// let format: LogFormat = "caddy".parse()?;
/// let other = format.read(br#"{"level":"info","msg":"cleaning"}"#, &mut Buffer::new()).map(|_| ());
/// assert_eq!(other, Err(LineError::Other));
/// # Ok::<(), actix_scanner_guard::access_log::LogFormatError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineError {
    /// It does not have the format: it is cut off, overwritten, or in another format.
    Damaged,
    /// It is a valid line of another kind, such as another message of the same program.
    Other,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LineError::Damaged => "the line does not have this format",
            LineError::Other => "the line is a message of another kind",
        })
    }
}

impl std::error::Error for LineError {}
