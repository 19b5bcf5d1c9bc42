//! Output of answers: standard output for text or JSON, standard error for errors, warnings and notes.

use std::fmt::{self, Display};
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use anstream::AutoStream;
use clap::ColorChoice;
use clap::builder::styling::{AnsiColor, Style};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, PrettyFormatter};

use super::failure::Failure;
use super::json::SafeJson;
use crate::util::escape::{escaped, escaped_lines};

use crate::policy::Action;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default();

/// The colour of an action.
pub(super) fn action_style(action: Action) -> Style {
    match action {
        Action::Allow => GOOD,
        Action::Tag => AnsiColor::Cyan.on_default(),
        Action::Decoy => WARNING,
        Action::Block => BAD,
    }
}

/// Standard output, buffered.
pub(super) struct Console {
    out: BufWriter<Box<dyn Write + Send>>,
    json: bool,
    color: bool,
    error_color: bool,
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("json", &self.json).field("color", &self.color).finish_non_exhaustive()
    }
}

impl Console {
    pub(super) fn new(when: ColorChoice, json: bool) -> Self {
        match when {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        }
        .write_global();
        let colored = |choice| choice != anstream::ColorChoice::Never;
        let color = colored(AutoStream::choice(&io::stdout()));
        // Removing colours that were never added would cost more than everything else in a look-up.
        let out: Box<dyn Write + Send> =
            if color { Box::new(AutoStream::auto(io::stdout())) } else { Box::new(io::stdout()) };
        let error_color = colored(AutoStream::choice(&io::stderr()));
        Self { out: BufWriter::with_capacity(64 << 10, out), json, color, error_color }
    }

    /// Whether the output is JSON.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether the output is coloured.
    pub(super) fn is_colored(&self) -> bool {
        self.color
    }

    /// The text in this style, if the output is coloured.
    pub(super) fn paint<T: Display>(&self, style: Style, text: T) -> Painted<T> {
        Painted { style: if self.color { style } else { Style::new() }, text }
    }

    /// Writes one JSON document.
    pub(super) fn write_json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let mut serializer = Serializer::with_formatter(&mut self.out, SafeJson(PrettyFormatter::new()));
        value.serialize(&mut serializer).map_err(io::Error::from)?;
        writeln!(self.out)?;
        Ok(())
    }

    /// Writes one JSON document on its own line.
    pub(super) fn write_json_line(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let mut serializer = Serializer::with_formatter(&mut self.out, SafeJson(CompactFormatter));
        value.serialize(&mut serializer).map_err(io::Error::from)?;
        writeln!(self.out)?;
        Ok(())
    }

    /// Writes a table. The numbers in `right` are the columns that are aligned to the right.
    pub(super) fn write_table<const N: usize>(
        &mut self,
        header: [&str; N],
        right: &[usize],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> Result<(), Failure> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(header.map(str::to_uppercase));
        table.add_rows(rows.into_iter().map(|row| row.map(|cell| escaped(&cell).into_owned())));
        for column in right {
            if let Some(column) = table.column_mut(*column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for (number, line) in table.lines().enumerate() {
            let line = line.trim_end();
            let line = line.strip_prefix(' ').unwrap_or(line);
            if number == 0 {
                let header = self.paint(BOLD, line);
                writeln!(self.out, "{header}")?;
            } else {
                writeln!(self.out, "{line}")?;
            }
        }
        Ok(())
    }

    /// Flushes the output.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }

    /// Reports the failure and returns the exit code.
    pub(super) fn fail(&mut self, failure: &Failure) -> ExitCode {
        // The answer so far is written first. If that fails, nothing more can be written.
        let _ = self.out.flush();
        let written = match failure {
            Failure::ClosedPipe => Ok(()),
            Failure::Message { message, help } => self.report(AnsiColor::Red, "error", message, help.as_deref()),
            Failure::Policy(error) => {
                self.report(AnsiColor::Red, "error", &error.to_string(), Some("`scanner-guard check` shows the places"))
            }
        };
        // If standard error cannot be written, there is no other way to report the failure.
        let _ = written;
        failure.code()
    }

    /// Writes a note to standard error about an action beside the answer, such as a file that was written.
    pub(super) fn note(&mut self, message: &str) {
        let _ = self.out.flush();
        let _ = self.report(AnsiColor::Green, "note", message, None);
    }

    /// Writes a warning to standard error.
    pub(super) fn warn(&mut self, message: &str, help: Option<&str>) {
        let _ = self.out.flush();
        let _ = self.report(AnsiColor::Yellow, "warning", message, help);
    }

    fn report(&self, color: AnsiColor, title: &str, message: &str, help: Option<&str>) -> io::Result<()> {
        let style = |style: Style| if self.error_color { style } else { Style::new() };
        let title = Painted { style: style(color.on_default().bold()), text: title };
        let mut err = AutoStream::auto(io::stderr()).lock();
        writeln!(err, "{title}: {}", escaped_lines(message))?;
        if let Some(help) = help {
            let title = Painted { style: style(AnsiColor::Cyan.on_default().bold()), text: "help" };
            writeln!(err, "{title}: {}", escaped_lines(help))?;
        }
        Ok(())
    }
}

impl Write for Console {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Text in a style.
#[derive(Debug)]
pub(super) struct Painted<T> {
    style: Style,
    text: T,
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.style, self.text, self.style.render_reset())
    }
}
