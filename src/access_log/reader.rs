//! Reads the lines of a format: a named one, or one from a server's configuration.

use super::columns::Columns;
use super::directive;
use super::entry::Entry;
use super::json::schema::Schema;
use super::known;
use super::line_error::LineError;
use super::nginx;
use super::percent::{self, Dialect};
use super::program::Program;
use super::text::Escape;

/// Reads the lines of one format, without layers.
#[derive(Clone, Debug)]
pub(super) enum Reader {
    Lines(Program),
    /// Lines of actix-web's `Logger`, after which tracing may write the fields of spans.
    Logged(Program),
    Json(Schema),
    Columns(Columns),
}

/// The named formats. If lines fit several, the first one is chosen: Combined accepts more text at its end.
pub(super) const NAMES: [&str; 19] = [
    "caddy",
    "cloudflare",
    "traefik-json",
    "google",
    "azure",
    "traefik",
    "nginx-main",
    "vhost-combined",
    "combined",
    "common",
    "alb",
    "elb",
    "s3",
    "haproxy",
    "istio",
    "envoy",
    "actix",
    "w3c",
    "loose",
];

impl Reader {
    /// The reader of a named format.
    pub(super) fn named(name: &str) -> Option<Self> {
        let apache = |format| percent::compile(format, Dialect::Apache).ok();
        let nginx = |format, escape| nginx::compile(format, escape).ok();
        match name {
            "caddy" => Some(Self::Json(known::CADDY)),
            "cloudflare" => Some(Self::Json(known::CLOUDFLARE)),
            "traefik-json" => Some(Self::Json(known::TRAEFIK_JSON)),
            "google" => Some(Self::Json(known::GOOGLE)),
            "azure" => Some(Self::Json(known::AZURE)),
            "alb" => nginx(known::ALB, Escape::Backslash).map(|program| Self::Lines(program.open())),
            "elb" => nginx(known::ELB, Escape::Backslash).map(|program| Self::Lines(program.open())),
            "s3" => nginx(known::S3, Escape::Backslash).map(|program| Self::Lines(program.open().lenient())),
            "haproxy" => nginx(known::HAPROXY, Escape::Hash).map(|program| Self::Lines(program.open())),
            "envoy" => nginx(known::ENVOY, Escape::None).map(|program| Self::Lines(program.open())),
            "istio" => nginx(known::ISTIO, Escape::None).map(|program| Self::Lines(program.open())),
            "traefik" => apache(known::TRAEFIK).map(|program| Self::Lines(program.lenient())),
            "nginx-main" => nginx(known::NGINX_MAIN, Escape::Backslash).map(Self::Lines),
            "vhost-combined" => apache(known::VHOST_COMBINED).map(Self::Lines),
            "combined" => apache(known::COMBINED).map(|program| Self::Lines(program.open())),
            "common" => apache(known::COMMON).map(Self::Lines),
            "actix" => percent::compile(known::ACTIX, Dialect::Actix).ok().map(Self::Logged),
            "w3c" => Some(Self::Columns(Columns::default())),
            "loose" => nginx::compile_loose(known::LOOSE).ok().map(|program| Self::Lines(program.open())),
            _ => None,
        }
    }

    /// The reader of a format from a server's configuration. The error names the unusable part.
    pub(super) fn written(text: &str) -> Result<Self, String> {
        if let Some(columns) = Columns::of(text.trim().as_bytes()) {
            return Ok(Self::Columns(columns));
        }
        if let Some(format) = text.strip_prefix("actix:") {
            let written = directive::read(format)?;
            return percent::compile(&written.format, Dialect::Actix).map(Self::Logged);
        }
        let written = directive::read(text)?;
        if written.format.contains('$') {
            let escape = if written.escaped { Escape::Backslash } else { Escape::None };
            return nginx::compile(&written.format, escape).map(Self::Lines);
        }
        if written.format.contains('%') {
            let dialect = Dialect::of(&written.format);
            let program = percent::compile(&written.format, dialect)?;
            return Ok(if dialect == Dialect::Actix { Self::Logged(program) } else { Self::Lines(program) });
        }
        Err(format!("write a name ({}), or the format from the server's configuration", NAMES.join(", ")))
    }

    /// Watches this request header.
    pub(super) fn watch(&mut self, header: &str) {
        match self {
            Self::Lines(program) | Self::Logged(program) => program.watch(header),
            Self::Columns(columns) => *columns = std::mem::take(columns).watching(header),
            Self::Json(_) => {}
        }
    }

    /// Reads a line into an empty entry.
    pub(super) fn read<'a>(&self, line: &'a [u8], header: &str, entry: &mut Entry<'a>) -> Result<(), LineError> {
        match self {
            Self::Lines(program) if program.read(line, entry) => Ok(()),
            Self::Logged(program) if program.read(line, entry) || program.read_before_fields(line, entry) => Ok(()),
            Self::Lines(_) | Self::Logged(_) => Err(LineError::Damaged),
            Self::Json(schema) => schema.read(line, header, entry),
            Self::Columns(columns) => columns.read(line, entry),
        }
    }

    /// Whether an unreadable line begins like a line of this format.
    pub(super) fn begins(&self, line: &[u8]) -> bool {
        match self {
            Self::Lines(program) | Self::Logged(program) => program.begins(line),
            Self::Json(_) => line.starts_with(b"{"),
            Self::Columns(_) => true,
        }
    }

    /// The place where a line differs from the format, and the expected text.
    pub(super) fn difference(&self, line: &[u8]) -> (usize, String) {
        match self {
            Self::Lines(program) | Self::Logged(program) => program.difference(line),
            Self::Json(schema) => schema.difference(line),
            Self::Columns(columns) => columns.difference(line),
        }
    }
}
