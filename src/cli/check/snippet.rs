//! Renders a problem together with its lines of the file.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level as Title, Origin, Renderer, Snippet};

use crate::config::{Excerpt, Problem};
use crate::util::escape::{escaped, is_unsafe};

#[derive(Clone, Copy)]
pub(super) enum Level {
    Error,
    Warning,
}

/// Renders problems of one policy.
pub(super) struct Snippets {
    renderer: Renderer,
}

/// A part of a file to show: name, text, number of the first line, and the bytes to mark.
struct Shown {
    name: String,
    text: String,
    first_line: usize,
    span: Range<usize>,
}

impl Snippets {
    pub(super) fn new(colored: bool) -> Self {
        Self { renderer: if colored { Renderer::styled() } else { Renderer::plain() } }
    }

    /// The problem as lines of a report.
    pub(super) fn render(&mut self, level: Level, problem: &Problem) -> String {
        let level = match level {
            Level::Error => Title::ERROR,
            Level::Warning => Title::WARNING,
        };
        let message = match problem.variable() {
            Some(variable) => format!("environment variable {variable}: {}", problem.message()),
            None => problem.message().to_owned(),
        };
        let title = level.primary_title(escaped(&message).into_owned());
        let help = escaped(problem.help());
        let shown = shown(problem);
        let group = match shown {
            Some(Shown { name, text, first_line, span }) => {
                let annotation = AnnotationKind::Primary.span(span).label(problem.key().to_owned());
                title.element(Snippet::source(text).line_start(first_line).path(name).annotation(annotation))
            }
            None => match problem.file() {
                Some(file) => {
                    let origin = Origin::path(escaped(&file.to_string_lossy()).into_owned());
                    title.element(match problem.line() {
                        Some(line) => origin.line(line),
                        None => origin,
                    })
                }
                None => Group::with_title(title),
            },
        };
        self.renderer.render(&[group.element(Title::HELP.message(help))])
    }
}

/// The excerpt of a problem. It was kept when the file was read: since then, the file may have been replaced by one that
/// the reader refuses.
fn shown(problem: &Problem) -> Option<Shown> {
    let (file, line) = (problem.file()?, problem.line()?);
    let Excerpt { text, mark } = problem.excerpt()?;
    let name = escaped(&file.to_string_lossy()).into_owned();
    Some(Shown { name, text: displayable(text).into_owned(), first_line: line, span: mark.clone() })
}

/// Replaces control characters that a terminal would execute by characters of the same length, so that positions stay valid.
fn displayable(text: &str) -> Cow<'_, str> {
    // The renderer replaces the other control characters by symbols.
    let is_unsafe_non_ascii = |c: char| is_unsafe(c) && !c.is_ascii();
    if !text.contains(is_unsafe_non_ascii) {
        return Cow::Borrowed(text);
    }
    let replacement = |c: char| match c.len_utf8() {
        2 if is_unsafe_non_ascii(c) => '\u{b7}',
        3 if is_unsafe_non_ascii(c) => '\u{fffd}',
        4 if is_unsafe_non_ascii(c) => '\u{1f532}',
        _ => c,
    };
    Cow::Owned(text.chars().map(replacement).collect())
}
