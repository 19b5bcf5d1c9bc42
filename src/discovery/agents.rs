//! The hashes of agents, and which agents name themselves.

use super::kind::names_itself;
use super::siphash::SipHasher;

/// Remembers the agents that were seen last: most requests have one of a few agents, and to compare one takes a quarter of the
/// time that its hash takes.
#[derive(Clone)]
pub(super) struct Agents {
    key: [u64; 2],
    /// Each at the place that its text says.
    texts: Box<[Text; TEXTS]>,
    /// Hashes of more agents, each at the place that it says. The lowest bit says whether the agent names itself.
    hashes: Box<[u64; HASHES]>,
}

const TEXTS: usize = 64;
const HASHES: usize = 1024;

/// The length of a longest agent whose text is remembered. Those of browsers have some 120 bytes.
const MAX_TEXT: usize = 240;

#[derive(Clone, Copy)]
struct Text {
    bytes: [u8; MAX_TEXT],
    length: usize,
    agent: Agent,
}

/// An agent without its text.
#[derive(Clone, Copy)]
pub(super) struct Agent {
    /// A keyed hash that is never 0.
    pub(super) hash: u32,
    pub(super) names_itself: bool,
}

impl Agents {
    pub(super) fn new(key: [u64; 2]) -> Self {
        let empty = Text { bytes: [0; MAX_TEXT], length: 0, agent: Agent { hash: 0, names_itself: false } };
        Self { key, texts: Box::new([empty; TEXTS]), hashes: Box::new([0; HASHES]) }
    }

    /// The text must not be empty.
    pub(super) fn get(&mut self, agent: &[u8]) -> Agent {
        let place = place(agent);
        let text = &self.texts[place];
        if text.length == agent.len() && text.bytes[..text.length] == *agent {
            return text.agent;
        }
        self.remember(agent, place)
    }

    #[cold]
    fn remember(&mut self, text: &[u8], place: usize) -> Agent {
        let mut hasher = SipHasher::new(self.key);
        hasher.write(text);
        let hash = hasher.finish();
        let seen = &mut self.hashes[(hash >> 1) as usize % HASHES];
        if *seen | 1 != hash | 1 {
            *seen = hash & !1 | u64::from(names_itself(text));
        }
        let agent = Agent { hash: short(hash), names_itself: *seen & 1 == 1 };
        let remembered = &mut self.texts[place];
        if let Some(bytes) = remembered.bytes.get_mut(..text.len()) {
            bytes.copy_from_slice(text);
            (remembered.length, remembered.agent) = (text.len(), agent);
        }
        agent
    }
}

/// The place of a text. A client can choose agents with the same place; each of their requests then takes the time of a hash.
fn place(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks::<8>();
    let rest = rest.iter().fold(text.len() as u64, |word, byte| word << 8 | u64::from(*byte));
    let factors = (1_u64..).map(|number| number.wrapping_mul(SPREAD) | 1);
    let products = words.iter().zip(factors).map(|(word, factor)| u64::from_le_bytes(*word).wrapping_mul(factor));
    let sum = products.fold(rest, u64::wrapping_add);
    ((sum ^ sum >> 32).wrapping_mul(SPREAD) >> (u64::BITS - TEXTS.ilog2())) as usize
}

/// Spreads the bits of a number: 2⁶⁴ divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A hash of half the length that is never 0.
pub(super) fn short(hash: u64) -> u32 {
    ((hash >> 32) as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_the_same_whether_it_is_remembered_or_not() {
        let firefox = |version: u32| {
            format!("Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0")
        };
        let bot = |version: u32| format!("ExampleBot/{version}");
        let long = |version: u32| format!("{}{version}", "x".repeat(MAX_TEXT + version as usize % 3 - 4));
        let texts: Vec<String> =
            (100..1100).flat_map(|version| [firefox(version), bot(version), long(version)]).collect();
        let known = |agents: &mut Agents, text: &String| agents.get(text.as_bytes());
        let mut agents = Agents::new([3, 4]);
        // Twice in a row, and again after others took their places.
        let seen: Vec<[Agent; 2]> =
            texts.iter().map(|text| [known(&mut agents, text), known(&mut agents, text)]).collect();
        let hashes: std::collections::HashSet<u32> = seen.iter().map(|[agent, _]| agent.hash).collect();
        assert_eq!(hashes.len(), texts.len());
        for (text, seen) in texts.iter().zip(seen) {
            let again = [known(&mut agents, text), known(&mut Agents::new([3, 4]), text)];
            for agent in seen.into_iter().chain(again) {
                assert_eq!((agent.hash, agent.names_itself), (seen[0].hash, text.starts_with("ExampleBot")), "{text}");
            }
        }
        assert_ne!(known(&mut Agents::new([5, 6]), &texts[0]).hash, known(&mut agents, &texts[0]).hash, "keyed");
    }

    #[test]
    fn versions_of_a_browser_have_different_places() {
        let places: std::collections::HashSet<usize> = (100..130)
            .map(|version| {
                place(format!("Mozilla/5.0 (Windows NT 10.0) Chrome/{version}.0.0.0 Safari/537.36").as_bytes())
            })
            .collect();
        assert!(places.len() >= 20, "{places:?}");
    }
}
