//! The design of the pages: HTML with placeholders.

use std::fmt;

use super::View;
use crate::one_time::error::Error;

const DEFAULT: &str = include_str!("default.html");

/// The parts of an HTML page around its placeholders.
#[derive(Debug)]
pub(in crate::one_time) struct Template {
    parts: Vec<Part>,
    /// Whether it comes from the application, which may use pictures, fonts and styles of its own server.
    pub(super) is_own: bool,
}

#[derive(Debug)]
enum Part {
    Html(String),
    Lang,
    Title,
    Text,
    Form,
    Nonce,
}

impl Default for Template {
    fn default() -> Self {
        let parts = parse(DEFAULT).unwrap_or_else(|_| vec![Part::Form]);
        Self { parts, is_own: false }
    }
}

impl Template {
    pub(in crate::one_time) fn new(html: &str) -> Result<Self, Error> {
        let parts = parse(html)?;
        if !parts.iter().any(|part| matches!(part, Part::Form)) {
            return Err(Error::no_form());
        }
        Ok(Self { parts, is_own: true })
    }

    pub(super) fn render(&self, lang: &str, view: &View<'_>, form: &str) -> String {
        let mut page = String::with_capacity(4096);
        for part in &self.parts {
            match part {
                Part::Html(html) => page.push_str(html),
                Part::Lang => page.push_str(&Escaped(lang).to_string()),
                Part::Title => page.push_str(&Escaped(view.title).to_string()),
                Part::Text => page.push_str(&Escaped(view.text).to_string()),
                Part::Form => page.push_str(form),
                Part::Nonce => page.push_str(view.nonce),
            }
        }
        page
    }
}

fn parse(html: &str) -> Result<Vec<Part>, Error> {
    let mut parts = Vec::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        parts.push(Part::Html(before.to_owned()));
        parts.push(match name.trim() {
            "lang" => Part::Lang,
            "title" => Part::Title,
            "text" => Part::Text,
            "form" => Part::Form,
            "nonce" => Part::Nonce,
            other => return Err(Error::placeholder(other)),
        });
        rest = after;
    }
    parts.push(Part::Html(rest.to_owned()));
    Ok(parts)
}

/// Text for HTML, between tags or in a quoted attribute.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            f.write_str(&rest[..at])?;
            f.write_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            })?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_can_be_parsed() {
        let parts = parse(DEFAULT).unwrap();
        assert!(parts.iter().any(|part| matches!(part, Part::Form)));
        assert!(parts.iter().any(|part| matches!(part, Part::Nonce)));
    }

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(Escaped("<b a='\"'>&é").to_string(), "&lt;b a=&#39;&quot;&#39;&gt;&amp;é");
    }
}
