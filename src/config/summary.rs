//! What a configuration consists of, in short, so that a change can be seen to take something away.
//!
//! A file that is written slowly, in place, is read by halves. Its first half has no more than the whole: fewer rules, shorter
//! lists, default values. The watcher waits longer before it believes such a change.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::sync::Arc;

use crate::engine::CheckedConfig;

/// The parts of a configuration.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// Each part by its name, with a hash of all that it says.
    parts: Vec<(String, u64)>,
    /// How many entries each list has.
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
        let entries = |groups: &[crate::scanners::Group]| groups.iter().map(|group| group.prefixes.len()).sum();
        let lists = config.lists.iter().map(|list| (list.scanner.shared_id(), entries(&list.groups)));
        Self { parts: rules.chain(allowed).chain(sections).chain(agents).collect(), lists: lists.collect() }
    }

    /// Something that this configuration has, and the next one has not, or in another form.
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
