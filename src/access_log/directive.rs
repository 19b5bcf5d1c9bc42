//! Extracts a format from a line of a server's configuration, so that users can paste the whole line.

use std::borrow::Cow;

/// A format without its directive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written<'a> {
    pub(super) format: Cow<'a, str>,
    /// False for nginx's `escape=none`.
    pub(super) escaped: bool,
}

/// A format with line breaks cannot be read back: one record would span several lines.
const LINE_BREAK: &str = "it contains a line break, so each request would be logged on several lines; write the format without \
                          line breaks (line breaks between two strings of nginx's `log_format` are allowed)";

/// Extracts the format from `log_format NAME 'FORMAT' 'MORE';` (nginx) or `LogFormat "FORMAT" NAME` (Apache). Any other
/// text is the format itself.
///
/// `\t` means a tab, as in both servers.
pub(super) fn read(text: &str) -> Result<Written<'_>, String> {
    let written = without_directive(text.trim())?;
    if written.format.contains(['\n', '\r']) { Err(LINE_BREAK.to_owned()) } else { Ok(written) }
}

fn without_directive(text: &str) -> Result<Written<'_>, String> {
    let (keyword, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if keyword == "log_format" {
        let quote = rest.find(['\'', '"']).ok_or("the format is quoted in `log_format NAME 'FORMAT';`")?;
        let escaped = !rest[..quote].contains("escape=none");
        return Ok(Written { format: joined(&rest[quote..])?.into(), escaped });
    }
    if keyword.eq_ignore_ascii_case("LogFormat") {
        let (format, _) = quoted(rest.trim_start()).ok_or("the format is quoted in `LogFormat \"FORMAT\" NAME`")?;
        return Ok(Written { format: format.into(), escaped: true });
    }
    // Strings of nginx without the directive.
    if text.starts_with('\'') {
        return Ok(Written { format: joined(text)?.into(), escaped: true });
    }
    // A text copied from between the quotes still contains backslashes.
    let format = if text.contains('\\') { unescaped(text).into() } else { text.into() };
    Ok(Written { format, escaped: true })
}

/// nginx concatenates adjacent strings.
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

/// The quoted string at the start of the text, and the rest.
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

/// Escapes in nginx's strings and in Apache's `LogFormat`.
fn push_escape(c: char, string: &mut String) {
    match c {
        '\'' | '"' | '\\' => string.push(c),
        't' => string.push('\t'),
        'n' => string.push('\n'),
        'r' => string.push('\r'),
        // A backslash at the end of a line continues Apache's directive.
        '\n' => {}
        other => string.extend(['\\', other]),
    }
}
