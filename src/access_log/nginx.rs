//! nginx's `log_format`: text with variables.
//!
//! <https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format>

use super::program::{Part, Program};
use super::text::Escape;
use super::value::Kind;

/// Compiles the text of a `log_format`.
pub(super) fn compile(format: &str, escape: Escape) -> Result<Program, String> {
    Program::compile(&parts(format)?, escape)
}

/// Compiles the common form of all descendants of the Common Log Format.
pub(super) fn compile_loose(format: &str) -> Result<Program, String> {
    let mut parts = parts(format)?;
    for part in &mut parts {
        if let Part::Value { kind, name } = part
            && name == "$between"
        {
            *kind = Kind::Between;
        }
    }
    Program::compile(&parts, Escape::Backslash)
}

fn parts(format: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = format;
    while let Some(dollar) = rest.find('$') {
        if dollar > 0 {
            parts.push(Part::Literal(rest[..dollar].to_owned()));
        }
        let (name, after) = variable(&rest[dollar + 1..])
            .ok_or_else(|| format!("`{}` is no variable; write `$name` or `${{name}}`", first_word(&rest[dollar..])))?;
        parts.push(Part::Value { kind: kind(name, format), name: format!("${name}") });
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest.to_owned()));
    }
    Ok(parts)
}

/// A variable's name, and the rest.
fn variable(text: &str) -> Option<(&str, &str)> {
    if let Some(braced) = text.strip_prefix('{') {
        return braced.split_once('}').filter(|(name, _)| !name.is_empty());
    }
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    (length > 0).then(|| text.split_at(length))
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or(text)
}

fn kind(name: &str, format: &str) -> Kind {
    match name {
        // Behind a load balancer with the PROXY protocol, this is the address that the client connected to.
        "proxy_protocol_addr" => Kind::Client,
        "remote_addr" if format.contains("proxy_protocol_addr") => Kind::Peer,
        "remote_addr" => Kind::Client,
        "realip_remote_addr" => Kind::Peer,
        "request" => Kind::Request,
        "request_method" => Kind::Method,
        "request_uri" => Kind::Target,
        "uri" | "document_uri" => Kind::Path { counts: true },
        "args" | "query_string" | "is_args" => Kind::Query,
        "status" => Kind::Status,
        "body_bytes_sent" | "bytes_sent" => Kind::Bytes,
        "time_local" | "time_iso8601" | "msec" => Kind::Time,
        "host" => Kind::Host,
        "remote_user" => Kind::User,
        name => match name.strip_prefix("http_") {
            Some(header) => Kind::header(&header.replace('_', "-")),
            None => Kind::Skip,
        },
    }
}
