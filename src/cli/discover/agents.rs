//! The texts of agents. Records have only their hashes.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::util::mutex::lock;

/// Maximum number of agents whose text is kept, and of bytes of each.
const MAX: usize = 4096;
const MAX_BYTES: usize = 200;
/// The number of agents of which a thread remembers that it has entered them.
const CACHED_AGENTS: usize = 512;

/// The agents of all logs.
#[derive(Default)]
pub(super) struct Agents(Mutex<HashMap<u32, Box<str>>>);

/// The agents that one thread has entered.
pub(super) struct Entered(Box<[u32; CACHED_AGENTS]>);

impl Entered {
    pub(super) fn new() -> Self {
        Self(Box::new([0; CACHED_AGENTS]))
    }
}

impl Agents {
    pub(super) fn enter(&self, entered: &mut Entered, hash: u32, text: &[u8]) {
        let place = &mut entered.0[hash as usize % CACHED_AGENTS];
        if std::mem::replace(place, hash) == hash {
            return;
        }
        let mut texts = lock(&self.0);
        if texts.len() < MAX && !texts.contains_key(&hash) {
            let text = String::from_utf8_lossy(&text[..text.len().min(MAX_BYTES)]);
            texts.insert(hash, text.into());
        }
    }

    pub(super) fn text(&self, hash: u32) -> Option<String> {
        lock(&self.0).get(&hash).map(ToString::to_string)
    }
}
