//! JSON: one small type for each vendor's document.

pub(super) mod ahrefs;
pub(super) mod atlassian;
pub(super) mod aws;
pub(super) mod azure;
pub(super) mod bare;
pub(super) mod bot_ip_blocks;
pub(super) mod datadog;
pub(super) mod flat;
pub(super) mod github;
pub(super) mod google;
pub(super) mod lines;
pub(super) mod misp;
pub(super) mod office365;
pub(super) mod oracle;
pub(super) mod path;
mod suggest;
pub(super) mod zscaler;

use std::borrow::{Borrow, Cow};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Deref;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;

pub(super) use self::suggest::{known_by_name, prefix_keys, select_help};
use super::collect::Collector;
use super::entry;
use super::error::FeedError;
use crate::util::suggest as nearest;

/// A text borrowed from the document, unless it contains escapes such as `\/`. Null is an empty text.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text<'a>(Cow<'a, str>);

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed("")))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

/// An array of texts, or one text in its place, or null.
#[derive(Debug, Default)]
pub(super) struct Texts<'a> {
    texts: Vec<Text<'a>>,
    /// Whether the document has the key, with any value.
    pub(super) is_given: bool,
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Vec<Text<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an array of strings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = items.next_element()? {
            texts.push(text);
        }
        Ok(texts)
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        TextVisitor.visit_borrowed_str(text).map(|text| vec![text])
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        TextVisitor.visit_str(text).map(|text| vec![text])
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Texts<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor).map(|texts| Self { texts, is_given: true })
    }
}

impl<'a> Deref for Texts<'a> {
    type Target = [Text<'a>];

    fn deref(&self) -> &Self::Target {
        &self.texts
    }
}

impl<'t, 'a> IntoIterator for &'t Texts<'a> {
    type Item = &'t Text<'a>;
    type IntoIter = std::slice::Iter<'t, Text<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.texts.iter()
    }
}

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Text<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The keys of an object.
#[derive(Debug)]
pub(super) struct Keys<'a>(pub(super) BTreeSet<Text<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Keys<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = std::collections::BTreeMap::<Text<'a>, IgnoredAny>::deserialize(deserializer)?;
        Ok(Self(entries.into_keys().collect()))
    }
}

/// Parses a whole document.
fn document<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, FeedError> {
    serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => {
            let message = format!("this JSON is not of this format: {}", reason(&error));
            FeedError::new(message, select_help(text)).at_line(error.line())
        }
        _ => not_json(&error),
    })
}

pub(super) fn not_json(error: &serde_json::Error) -> FeedError {
    let message = format!("this is no JSON, or was cut off: {}", reason(error));
    FeedError::new(message, "fetch the list again, or name its format").at_line(error.line())
}

/// The error without its place, which is reported separately.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

/// The error for a name that the list does not contain.
pub(super) fn unknown_choice<'a>(key: &str, value: &str, known: impl IntoIterator<Item = &'a str>) -> FeedError {
    let known: BTreeSet<&str> = known.into_iter().collect();
    let help =
        if known.is_empty() { format!("remove `{key}`: the list has none") } else { nearest::name(value, &known) };
    FeedError::new(format!("the list has no such {key}"), help).with_found(value)
}

fn entries<'a>(texts: impl IntoIterator<Item = &'a Text<'a>>, sink: &mut Collector<'_>) {
    // One empty value is ignored; it does not end the list.
    let filled = texts.into_iter().map(Text::as_str).filter(|text| !entry::trim(text).is_empty());
    filled.for_each(|text| sink.entry(text));
}
