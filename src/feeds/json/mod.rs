//! JSON: a small type for each vendor's document.

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
pub(super) mod zscaler;

use std::borrow::{Borrow, Cow};
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::error::Category;

use super::collect::Collector;
use super::error::FeedError;
use crate::util::suggest;

/// A text that is borrowed from the document, unless it has escapes such as `\/`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

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

/// The keys of an object, whatever their values.
#[derive(Debug)]
pub(super) struct Keys<'a>(pub(super) BTreeSet<Text<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Keys<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = std::collections::BTreeMap::<Text<'a>, IgnoredAny>::deserialize(deserializer)?;
        Ok(Self(entries.into_keys().collect()))
    }
}

/// Reads a whole document.
fn document<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, FeedError> {
    serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => {
            let message = format!("this JSON is not of this format: {}", reason(&error));
            FeedError::new(message, "look at the document, and name its format").at_line(error.line())
        }
        _ => not_json(&error),
    })
}

pub(super) fn not_json(error: &serde_json::Error) -> FeedError {
    let message = format!("this is no JSON, or was cut off: {}", reason(error));
    FeedError::new(message, "fetch the list again, or name its format").at_line(error.line())
}

/// What went wrong, without the place, which is told apart.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

/// Nothing in the list has this name.
pub(super) fn unknown_choice<'a>(key: &str, value: &str, known: impl IntoIterator<Item = &'a str>) -> FeedError {
    let known: BTreeSet<&str> = known.into_iter().collect();
    let help =
        if known.is_empty() { format!("remove `{key}`: the list has none") } else { suggest::name(value, &known) };
    FeedError::new(format!("the list has no such {key}"), help).with_found(value)
}

fn entries<'a>(texts: impl IntoIterator<Item = &'a Text<'a>>, sink: &mut Collector<'_>) {
    texts.into_iter().for_each(|text| sink.entry(text.as_str()));
}
