//! Formats with percent signs: Apache's `LogFormat`, and the format of actix-web's `Logger`, which resembles it.
//!
//! <https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats>,
//! <https://docs.rs/actix-web/latest/actix_web/middleware/struct.Logger.html>

use super::program::{Part, Program};
use super::text::Escape;
use super::value::Kind;

/// The server of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Apache,
    Actix,
}

impl Dialect {
    /// Detects the server: only actix's `Logger` has `%{…}xi`, `%{…}xo` and `%{r}a`.
    pub(super) fn of(format: &str) -> Self {
        let actix = ["}xi", "}xo", "%{r}a"].iter().any(|mark| format.contains(mark));
        if actix { Dialect::Actix } else { Dialect::Apache }
    }
}

pub(super) fn compile(format: &str, dialect: Dialect) -> Result<Program, String> {
    // actix-web logs text without escaping. It contains no line break, since a request's head cannot contain one.
    let escape = if dialect == Dialect::Apache { Escape::Backslash } else { Escape::None };
    Program::compile(&parts(format, dialect)?, escape)
}

fn parts(format: &str, dialect: Dialect) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = format;
    let beside_real_ip = dialect == Dialect::Actix && format.contains("%{r}a");
    while let Some(percent) = rest.find('%') {
        if percent > 0 {
            parts.push(Part::Literal(rest[..percent].to_owned()));
        }
        let directive = Directive::read(&rest[percent..])?;
        rest = &rest[percent + directive.length..];
        directive.add_to(&mut parts, dialect, beside_real_ip);
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest.to_owned()));
    }
    Ok(parts)
}

/// `%s`, `%>s`, `%400,501{User-Agent}i`, `%{scanner}xo`, `%^FB`.
struct Directive<'a> {
    text: &'a str,
    argument: Option<&'a str>,
    name: &'a str,
    length: usize,
}

impl<'a> Directive<'a> {
    /// Reads the directive at the start of the text.
    fn read(text: &'a str) -> Result<Self, String> {
        let incomplete = || format!("`{text}` is no directive; write `%%` for a percent sign");
        let mut at = 1 + text[1..].find(|c: char| !"!<>,".contains(c) && !c.is_ascii_digit()).ok_or_else(incomplete)?;
        let argument = match text[at..].strip_prefix('{') {
            Some(braced) => {
                let close = braced.find('}').ok_or_else(incomplete)?;
                at += close + 2;
                Some(&braced[..close])
            }
            None => None,
        };
        let letters = match text.as_bytes().get(at..) {
            Some([b'^', b'F', b'B', ..]) => 3,
            Some([b'^', b't', b'i' | b'o', ..]) => 3,
            Some([b'x', b'i' | b'o', ..]) => 2,
            Some([byte, ..]) if byte.is_ascii_alphabetic() || *byte == b'%' => 1,
            _ => return Err(incomplete()),
        };
        Ok(Self { text: &text[..at + letters], argument, name: &text[at..at + letters], length: at + letters })
    }

    fn add_to(&self, parts: &mut Vec<Part>, dialect: Dialect, beside_real_ip: bool) {
        let literal = |text: &str| Part::Literal(text.to_owned());
        let value = |kind| Part::Value { kind, name: self.text.to_owned() };
        match (self.name, self.argument) {
            ("%", _) => parts.push(literal("%")),
            // Apache's default form of a time has brackets.
            ("t", None) if dialect == Dialect::Apache => parts.extend([literal("["), value(Kind::Time), literal("]")]),
            _ => parts.push(value(self.kind(dialect, beside_real_ip))),
        }
    }

    fn kind(&self, dialect: Dialect, beside_real_ip: bool) -> Kind {
        match (self.name, self.argument) {
            // In addition to `%{r}a`, which is the client for actix, `%a` is the connection's address.
            ("a", None) if beside_real_ip => Kind::Peer,
            ("h" | "a", None) => Kind::Client,
            // Apache: the address of the connection, if mod_remoteip has changed the client's address.
            ("h" | "a", Some("c")) if dialect == Dialect::Apache => Kind::Peer,
            ("a", Some("r")) if dialect == Dialect::Actix => Kind::Client,
            ("r", _) => Kind::Request,
            ("m", _) => Kind::Method,
            ("U", _) => Kind::Path { counts: true },
            ("l", _) if dialect == Dialect::Apache => Kind::Ident,
            ("q", _) => Kind::Query,
            ("s", _) => Kind::Status,
            ("b" | "B" | "O", _) => Kind::Bytes,
            ("t", format) if format.is_none_or(is_readable_time) => Kind::Time,
            ("T" | "D" | "p", _) => Kind::Number,
            ("v" | "V", _) => Kind::Host,
            ("u", _) => Kind::User,
            ("i", Some(header)) => Kind::header(header),
            _ => Kind::Skip,
        }
    }
}

/// Whether a time in this form (of strftime, or a unit) can be parsed.
fn is_readable_time(format: &str) -> bool {
    let format = format.strip_prefix("begin:").or_else(|| format.strip_prefix("end:")).unwrap_or(format);
    let whole = ["sec", "msec", "usec", "%s"].contains(&format);
    let dated = ["%d/%b/%Y", "%Y-%m-%d", "%F"].iter().any(|date| format.starts_with(date));
    whole || (dated && ["%H:%M:%S", "%T"].iter().any(|clock| format.contains(clock)))
}
