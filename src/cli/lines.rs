//! Reads lines of untrusted input. Memory is limited to the maximum length of an access log line.

use std::io::{self, BufRead};

use crate::access_log::MAX_LINE;

/// Whether a line was read completely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Whole,
    /// The line is longer than [`MAX_LINE`]. Only its beginning was kept.
    TooLong,
}

/// Reads the next line into the buffer, without its end; `None` at the end of the input. Memory is limited, even for
/// long lines.
pub(super) fn next_line(mut input: impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<Line>> {
    line.clear();
    // A line of maximum length, with its end `\r\n`.
    let most = MAX_LINE as u64 + 2;
    if io::Read::take(&mut input, most).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    let ended = line.pop_if(|byte| *byte == b'\n').is_some();
    line.pop_if(|byte| *byte == b'\r');
    if line.len() <= MAX_LINE {
        return Ok(Some(Line::Whole));
    }
    if !ended {
        input.skip_until(b'\n')?;
    }
    line.truncate(MAX_LINE);
    Ok(Some(Line::TooLong))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_up_to_its_end_or_the_limit() {
        for end in ["\n", "\r\n", ""] {
            for (length, expected) in [
                (0, Line::Whole),
                (1, Line::Whole),
                (MAX_LINE, Line::Whole),
                (MAX_LINE + 1, Line::TooLong),
                (MAX_LINE + 2, Line::TooLong),
                (MAX_LINE + 3, Line::TooLong),
                (5 * MAX_LINE, Line::TooLong),
            ] {
                let text = format!("before\n{}{end}", "x".repeat(length));
                let (mut input, mut line) = (text.as_bytes(), Vec::new());
                assert_eq!(next_line(&mut input, &mut line).unwrap(), Some(Line::Whole));
                assert_eq!(line, b"before");
                let found = next_line(&mut input, &mut line).unwrap();
                if length + end.len() > 0 {
                    assert_eq!((found, line.len()), (Some(expected), length.min(MAX_LINE)), "{length} {end:?}");
                }
                assert_eq!(next_line(&mut input, &mut line).unwrap(), None, "{length} {end:?}");
            }
        }
    }

    /// An input without any end of a line needs no more memory than a long line.
    #[test]
    fn an_endless_line_takes_no_more_memory_than_a_long_one() {
        let endless = io::BufReader::new(io::Read::take(io::repeat(b'x'), 64 << 20));
        let mut line = Vec::new();
        assert_eq!(next_line(endless, &mut line).unwrap(), Some(Line::TooLong));
        assert!(line.capacity() <= 4 * MAX_LINE, "{}", line.capacity());
    }
}
