//! A format as it stands in a server's configuration, so that the line can be pasted as it is.

use std::borrow::Cow;

/// A format without the directive around it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written<'a> {
    pub(super) format: Cow<'a, str>,
    /// False for nginx's `escape=none`.
    pub(super) escaped: bool,
}

/// A format's own line breaks cannot be read back: a record would lie on several lines.
const LINE_BREAK: &str = "it has a line break in it, so that each request would be logged on several lines; log a request on \
                          one line, and write the format without line breaks (between two strings of nginx's \
                          `log_format` they do not count)";

/// Takes the format out of `log_format NAME 'FORMAT' 'MORE';` (nginx) or `LogFormat "FORMAT" NAME` (Apache). What is
/// neither is the format itself.
///
/// `\t` stands for a tab, as it does in both.
pub(super) fn read(text: &str) -> Result<Written<'_>, String> {
    let written = without_directive(text.trim())?;
    if written.format.contains(['\n', '\r']) { Err(LINE_BREAK.to_owned()) } else { Ok(written) }
}

fn without_directive(text: &str) -> Result<Written<'_>, String> {
    let (keyword, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if keyword == "log_format" {
        let quote = rest.find(['\'', '"']).ok_or("the format stands in quotes in `log_format NAME 'FORMAT';`")?;
        let escaped = !rest[..quote].contains("escape=none");
        return Ok(Written { format: joined(&rest[quote..])?.into(), escaped });
    }
    if keyword.eq_ignore_ascii_case("LogFormat") {
        let (format, _) =
            quoted(rest.trim_start()).ok_or("the format stands in quotes in `LogFormat \"FORMAT\" NAME`")?;
        return Ok(Written { format: format.into(), escaped: true });
    }
    // Strings of nginx without the directive.
    if text.starts_with('\'') {
        return Ok(Written { format: joined(text)?.into(), escaped: true });
    }
    // What was copied from between the quotes still has its backslashes.
    let format = if text.contains('\\') { unescaped(text).into() } else { text.into() };
    Ok(Written { format, escaped: true })
}

/// nginx joins strings that stand one behind the other.
fn joined(text: &str) -> Result<String, String> {
    let mut format = String::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() && !rest.starts_with(';') {
        let (part, after) = quoted(rest).ok_or_else(|| format!("a string of the format is not closed: {rest}"))?;
        format.push_str(&part);
        rest = after.trim_start();
    }
    Ok(format)
}

/// The string in quotes at the start of the text, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut chars = text.char_indices();
    let (_, quote) = chars.next().filter(|(_, c)| matches!(c, '\'' | '"'))?;
    let mut string = String::new();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Some((string, &text[at + 1..])),
            '\\' => push_escape(chars.next()?.1, &mut string),
            c => string.push(c),
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c) => push_escape(c, &mut plain),
                None => plain.push('\\'),
            },
            c => plain.push(c),
        }
    }
    plain
}

/// What stands for a character behind a backslash, in nginx's strings and in Apache's `LogFormat`.
fn push_escape(c: char, string: &mut String) {
    match c {
        '\'' | '"' | '\\' => string.push(c),
        't' => string.push('\t'),
        'n' => string.push('\n'),
        'r' => string.push('\r'),
        // A line of Apache's configuration goes on behind a backslash.
        '\n' => {}
        other => string.extend(['\\', other]),
    }
}
