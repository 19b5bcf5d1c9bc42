//! Writes JSON without characters that a terminal executes or hides.
//!
//! JSON permits U+009B, U+202E or U+200B unescaped in a string. Here they are written as `\u009b`, which every JSON
//! parser reads as the same character and no terminal executes.

use std::io::{self, Write};

use serde_json::ser::{CharEscape, Formatter};

use crate::util::escape::is_unsafe;

/// Adds these escapes to another formatter.
#[derive(Debug)]
pub(super) struct SafeJson<F>(pub(super) F);

macro_rules! forward {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {
        $(fn $name<W: ?Sized + Write>(&mut self, writer: &mut W $(, $argument: $type)*) -> io::Result<()> {
            self.0.$name(writer $(, $argument)*)
        })*
    };
}

impl<F: Formatter> Formatter for SafeJson<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_unsafe) {
            let (before, after) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            let mut chars = after.chars();
            let escaped = chars.next().unwrap_or_default();
            for unit in escaped.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    forward! {
        write_char_escape(escape: CharEscape);
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::Serializer;
    use serde_json::ser::{CompactFormatter, PrettyFormatter};

    use super::*;

    #[test]
    fn strings_stay_the_same_without_characters_that_a_terminal_executes() {
        let text = "a\u{7f}\u{85}\u{9b}\u{61c}\u{200b}\u{202e}\u{2060}\u{fffe}\u{e0041}\"\\\n é😀";
        let value = serde_json::json!({ text: [text, 1, null, { "b": [] }] });
        let mut compact = Vec::new();
        value.serialize(&mut Serializer::with_formatter(&mut compact, SafeJson(CompactFormatter))).unwrap();
        let mut pretty = Vec::new();
        value.serialize(&mut Serializer::with_formatter(&mut pretty, SafeJson(PrettyFormatter::new()))).unwrap();
        for written in [&compact, &pretty] {
            let written = std::str::from_utf8(written).unwrap();
            assert!(!written.contains(|c| is_unsafe(c) && c != '\n'), "{written:?}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(written).unwrap(), value);
        }
        assert_eq!(
            String::from_utf8(pretty).unwrap().lines().count(),
            serde_json::to_string_pretty(&value).unwrap().lines().count()
        );
    }
}
