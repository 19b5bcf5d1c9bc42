//! The content of a copy: the prefixes of a list, or the keys of an agent.

use std::sync::Arc;

use ipnet::IpNet;

use super::collect::EntryCounts;
use super::format::Format;
#[cfg(feature = "web-bot-auth")]
use super::key_set::{AgentKey, KeySet, Printed};
use super::options::ParseOptions;
use super::parse;
use super::spec::FeedSpec;
use crate::scanners::Audience;

/// The content of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Sorted, each once.
    Prefixes(Arc<[IpNet]>),
    #[cfg(feature = "web-bot-auth")]
    Keys(Arc<[AgentKey]>),
}

impl Content {
    /// Parses the answer of a server. The error is the reason for a refusal.
    pub(super) fn fetched(bytes: &[u8], spec: &FeedSpec) -> Result<(Self, EntryCounts), String> {
        #[cfg(feature = "web-bot-auth")]
        if spec.is_key_set() {
            let set = KeySet::parse(bytes, Printed::Refused)?;
            set.report_refused(&spec.id);
            return Ok((Self::Keys(set.keys), EntryCounts::default()));
        }
        let listed = parse(bytes, &spec.options).map_err(|error| error.to_string())?;
        if listed.is_advisory() && spec.audience == Audience::Exclusive {
            return Err("the list itself says that people use its ranges too; write `audience = \"shared\"`".to_owned());
        }
        let counts = listed.counts();
        Ok((Self::Prefixes(listed.into_prefixes().into()), counts))
    }

    /// Parses the text of [`to_text`](Self::to_text), as strictly as the answer of a server, since the file may have been
    /// tampered with.
    pub(super) fn cached(text: &str, spec: &FeedSpec) -> Result<Self, String> {
        #[cfg(feature = "web-bot-auth")]
        if spec.is_key_set() {
            return KeySet::parse(text.as_bytes(), Printed::Refused).map(|set| Self::Keys(set.keys));
        }
        let options = ParseOptions::fetched().format(Format::Text).max_entries(spec.options.max_entries);
        let listed = parse(text.as_bytes(), &options).map_err(|error| error.to_string())?;
        match listed.problems().first() {
            Some(problem) => Err(problem.to_string()),
            None => Ok(Self::Prefixes(listed.into_prefixes().into())),
        }
    }

    /// The text in the cache on disk.
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::Prefixes(prefixes) => prefixes.iter().map(|prefix| format!("{prefix}\n")).collect(),
            #[cfg(feature = "web-bot-auth")]
            Self::Keys(keys) => KeySet { keys: Arc::clone(keys), refused: Vec::new() }.to_json(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Prefixes(prefixes) => prefixes.len(),
            #[cfg(feature = "web-bot-auth")]
            Self::Keys(keys) => keys.len(),
        }
    }

    pub(crate) fn prefixes(&self) -> Option<&Arc<[IpNet]>> {
        match self {
            Self::Prefixes(prefixes) => Some(prefixes),
            #[cfg(feature = "web-bot-auth")]
            Self::Keys(_) => None,
        }
    }

    #[cfg(feature = "web-bot-auth")]
    pub(crate) fn keys(&self) -> Option<&Arc<[AgentKey]>> {
        match self {
            Self::Keys(keys) => Some(keys),
            Self::Prefixes(_) => None,
        }
    }

    /// The number of new entries in `other`, and the number of removed ones.
    pub(super) fn difference(&self, other: &Self) -> (usize, usize) {
        let added = match (self, other) {
            // Sorted, and each once.
            (Self::Prefixes(old), Self::Prefixes(new)) => {
                new.iter().filter(|element| old.binary_search(element).is_err()).count()
            }
            #[cfg(feature = "web-bot-auth")]
            (Self::Keys(old), Self::Keys(new)) => new.iter().filter(|key| !old.contains(key)).count(),
            #[cfg(feature = "web-bot-auth")]
            _ => other.len(),
        };
        (added, self.len() + added - other.len())
    }
}
