//! The claims of any bytes as a user agent.
//!
//! Only the first 512 bytes count: text after them makes no difference. A URL, a mail address and `like X` alone make
//! no claim. Case makes no difference, and each bot is named once.

#![no_main]

use std::collections::HashSet;

use actix_scanner_guard::catalog::{self, AgentKind};
use libfuzzer_sys::fuzz_target;

/// Products whose agents name them in a URL only.
const BY_URL: [&str; 8] =
    ["amazon-adbot", "changedetection", "contentking", "exa", "google-page-renderer", "lumar", "odin", "sitebulb"];
/// The number of bytes of a header that are read.
const READ: usize = 512;

fuzz_target!(|agent: &[u8]| {
    let ids = |agent: &[u8]| catalog::claims(agent).map(|bot| bot.id()).collect::<Vec<_>>();
    let found = ids(agent);
    let different: HashSet<&str> = found.iter().copied().collect();
    assert!(found.len() == different.len() && found.len() <= 8, "{found:?}");

    let kinds: Vec<AgentKind> = catalog::claims(agent).map(|bot| bot.kind()).collect();
    let tools = kinds.iter().filter(|kind| **kind == AgentKind::Tool).count();
    assert!(tools == 0 || tools == kinds.len(), "a tool beside a bot is none: {found:?}");

    assert_eq!(ids(&agent.to_ascii_uppercase()), found, "case makes no difference");
    assert_eq!(ids(&agent.to_ascii_lowercase()), found, "case makes no difference");
    if agent.len() > READ {
        let mut other = agent.to_vec();
        other[READ + 1..].fill(b' ');
        assert_eq!(ids(&other), found, "nothing is read behind the limit");
    }
    let mut linked = b"https://example.com/".to_vec();
    linked.extend(agent.iter().filter(|byte| byte.is_ascii_alphanumeric() || b"/.-_".contains(byte)));
    // Except for products that are also recognized by a URL, a URL makes no claim.
    let by_urls = ids(&linked);
    assert!(by_urls.iter().all(|id| BY_URL.contains(id)), "a URL names {by_urls:?}");
});
