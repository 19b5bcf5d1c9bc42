//! `catalog-update recall`: the bots of logs that name themselves and are not in the catalog.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use crate::access_log::{Input, LoggedRequest, Scan};
use crate::catalog::{self, AgentKind};
use crate::util::escape::escaped;

/// Maximum number of different agents that each thread keeps.
const MAX_AGENTS: usize = 1 << 16;
/// The number of bytes of a user agent that are kept.
const AGENT_BYTES: usize = 512;
/// Words in the names of bots.
const WORDS: [&[u8]; 9] =
    [b"bot", b"crawl", b"spider", b"slurp", b"fetch", b"archive", b"feed", b"monitor", b"preview"];
/// Bots give an address for complaints; browsers do not.
const ADDRESSES: [&[u8]; 4] = [b"http:", b"https:", b"www.", b"@"];

/// The counts of the user agents.
#[derive(Debug, Default)]
struct Counts {
    requests: u64,
    /// Requests that name a known bot.
    known: u64,
    /// Requests that name an unknown bot, by user agent.
    unknown: HashMap<Box<[u8]>, u64>,
    /// Requests that were not counted because the table was full.
    lost: u64,
}

impl Counts {
    fn count(&mut self, record: &LoggedRequest<'_>) {
        self.requests += 1;
        let Some(agent) = record.entry.agent else { return };
        let agent = agent.bytes();
        let agent = &agent[..agent.len().min(AGENT_BYTES)];
        let mut claims = catalog::claims(agent).peekable();
        if claims.peek().is_some() {
            // Tools and proxies of people are not bots.
            self.known += u64::from(claims.any(|claim| claim.kind() == AgentKind::Bot));
        } else if names_itself(agent) {
            self.add(agent, 1);
        }
    }

    fn add(&mut self, agent: &[u8], requests: u64) {
        if let Some(count) = self.unknown.get_mut(agent) {
            *count += requests;
        } else if self.unknown.len() < MAX_AGENTS {
            self.unknown.insert(agent.into(), requests);
        } else {
            self.lost += requests;
        }
    }

    fn merge(&mut self, other: Self) {
        self.requests += other.requests;
        self.known += other.known;
        self.lost += other.lost;
        other.unknown.into_iter().for_each(|(agent, requests)| self.add(&agent, requests));
    }
}

/// Whether the user agent has the marks of a bot: an address for complaints, or a product (`name/version`) with the
/// name of a bot. `CUBOT_P20` is a phone.
fn names_itself(agent: &[u8]) -> bool {
    let lower = agent.to_ascii_lowercase();
    let has = |text: &[u8], mark: &[u8]| memchr::memmem::find(text, mark).is_some();
    let mut products = lower.split(|byte| byte.is_ascii_whitespace() || b"();,+".contains(byte));
    ADDRESSES.iter().any(|mark| has(&lower, mark))
        || products.any(|product| {
            let name = product.iter().position(|byte| *byte == b'/').map(|slash| &product[..slash]);
            name.is_some_and(|name| WORDS.iter().any(|word| has(name, word)))
        })
}

/// Reads the logs, and shows the agents of `top` unknown bots.
pub(super) fn recall(logs: &[PathBuf], top: usize) -> Result<String, Vec<String>> {
    let inputs: Vec<Input> = logs.iter().map(Input::file).collect();
    let scanned = Scan::new(&inputs).run(Counts::default, Counts::count);
    let unread = scanned.logs.iter().filter(|log| log.counts.requests == 0);
    let unread: Vec<String> =
        unread.map(|log| format!("{}: no line is a request that can be read", escaped(&log.name))).collect();
    if !unread.is_empty() {
        return Err(unread);
    }
    let mut counts = Counts::default();
    scanned.parts.into_iter().for_each(|part| counts.merge(part));
    Ok(describe(counts, top))
}

fn describe(counts: Counts, top: usize) -> String {
    let Counts { requests, known, unknown, lost } = counts;
    let missing = unknown.values().sum::<u64>() + lost;
    let named = known + missing;
    let share = if named == 0 { 100.0 } else { 100.0 * known as f64 / named as f64 };
    let mut text = format!(
        "{requests} requests, {named} name themselves, {known} of them have an entry ({share:.2} %)\n{} agents have none\n",
        unknown.len()
    );
    let mut unknown: Vec<(Box<[u8]>, u64)> = unknown.into_iter().collect();
    unknown.sort_by(|(one, count), (other, more)| more.cmp(count).then_with(|| one.cmp(other)));
    for (agent, count) in unknown.iter().take(top) {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{count:>8}  {}", escaped(&String::from_utf8_lossy(agent)));
    }
    if lost > 0 {
        let _ = writeln!(text, "{lost:>8}  requests of further agents, for which there was no room");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_the_marks_of_a_bot_names_itself() {
        for (agent, expected) in [
            ("UnheardBot/1.0", true),
            ("Mozilla/5.0 (compatible; unheard-crawler/2; x)", true),
            ("Unheard (+http://unheard.example)", true),
            ("unheard 1.0 complaints@unheard.example", true),
            ("Mozilla/5.0 (Linux; Android 8.0.0; CUBOT_P20) AppleWebKit/537.36", false),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0", false),
            ("", false),
        ] {
            assert_eq!(names_itself(agent.as_bytes()), expected, "{agent}");
        }
    }
}
