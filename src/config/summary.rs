//! A short summary of a configuration, which shows whether a change removes something.
//!
//! A file that is written slowly in place may be read half-written. Its first half contains no more than the whole:
//! fewer rules, shorter lists, default values. The watcher waits longer before it accepts such a change.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::sync::Arc;

use crate::engine::CheckedConfig;

/// The parts of a configuration.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// Each part by its name, with a hash of its content.
    parts: Vec<(String, u64)>,
    /// The number of entries of each list.
    lists: HashMap<Arc<str>, usize>,
}

impl Summary {
    pub(super) fn of(config: &CheckedConfig) -> Self {
        let rules = config.rules.iter().map(|rule| (format!("the rule `{}`", rule.0.id), hash(rule)));
        let allowed = config.allow.iter().map(|range| (format!("`{range}` in scanners.allow"), hash(range)));
        let sections = [
            ("[client]", hash(&config.client)),
            ("[block]", hash(&config.block)),
            ("[decoy]", hash(&config.decoy)),
            ("[discovery]", hash(&config.discovery)),
            ("mode", hash(&config.mode)),
            ("default_action", hash(&config.default_action)),
            #[cfg(feature = "rdns")]
            ("[identity]", hash(&config.reverse_names)),
        ];
        let sections = sections.map(|(name, hash)| (name.to_owned(), hash));
        #[cfg(feature = "web-bot-auth")]
        let agents = {
            let signatures = &config.signatures;
            let settings = ("[identity]".to_owned(), hash(&(&signatures.hosts, signatures.replay_entries)));
            let agents = signatures.agents.iter().map(|agent| (format!("the agent `{}`", agent.id), hash(agent)));
            agents.chain([settings])
        };
        #[cfg(not(feature = "web-bot-auth"))]
        let agents = std::iter::empty();
        #[cfg(feature = "canary")]
        let sections =
            sections.into_iter().chain(config.canary.as_ref().map(|canary| ("[canary]".to_owned(), hash(canary))));
        let entries = |groups: &[crate::scanners::Group]| groups.iter().map(|group| group.prefixes.len()).sum();
        let lists = config.lists.iter().map(|list| (list.scanner.shared_id(), entries(&list.groups)));
        Self { parts: rules.chain(allowed).chain(sections).chain(agents).collect(), lists: lists.collect() }
    }

    /// A part of this configuration that the next one lacks or has changed.
    pub(super) fn missing_in(&self, next: &Self) -> Option<String> {
        let parts: HashSet<&(String, u64)> = next.parts.iter().collect();
        let part = self.parts.iter().find(|part| !parts.contains(part)).map(|(name, _)| name.clone());
        part.or_else(|| {
            let shorter = |(id, entries): &(&Arc<str>, &usize)| next.lists.get(*id).is_none_or(|now| now < *entries);
            self.lists.iter().find(shorter).map(|(id, _)| format!("entries of the list `{id}`"))
        })
    }
}

fn hash(part: &impl Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(part)
}
