//! `[canary]`, checked: the keys, the host and the path of tokens.

use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::time::SystemTime;

use ipnet::IpNet;

use super::form;
use super::id::{Canary, Class};
use super::token::Keys;

/// The checked settings of `[canary]`.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The keys of the secret, which mints tokens, and then the keys of the old secret, which only recognizes them.
    pub(crate) keys: Vec<Keys>,
    /// The host for which tokens are valid, and which is shown in URLs. Empty if the policy names none.
    pub(crate) host: String,
    /// The path before a token: `/r/`.
    pub(crate) prefix: String,
    /// The number of days after its day for which a canary is valid.
    pub(crate) days: u16,
    /// The networks from which canaries are opened. If there are none, the first hit is the visit.
    pub(crate) from: Vec<IpNet>,
    /// The operator's own networks, whose hits prove nothing.
    pub(crate) own: Vec<IpNet>,
    /// The files with the secrets, which no command overwrites.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "commands write files"))]
    pub(crate) files: Vec<PathBuf>,
    /// The file of findings, to which hits are added.
    pub(crate) learned: Option<PathBuf>,
}

/// A reload compares settings by this hash. It contains a fingerprint of the keys, not the keys.
impl Hash for Settings {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.keys.iter().for_each(|keys| keys.fingerprint().hash(state));
        (&self.host, &self.prefix, self.days, &self.from, &self.own, &self.learned).hash(state);
    }
}

impl Settings {
    /// The default of `days`.
    pub(crate) const DEFAULT_DAYS: u16 = 30;

    /// The canary in a path. Every text of the form of a token takes the same steps, whether it is a token or not.
    pub(crate) fn find(&self, path: &str, routed: Option<&str>) -> Look {
        if !form::may_hold(path) && !routed.is_some_and(form::may_hold) {
            return Look::Nothing;
        }
        let mut found = None;
        let candidates = form::candidates(path, routed);
        if candidates.is_empty() {
            return Look::Nothing;
        }
        for candidate in candidates {
            for keys in &self.keys {
                found = keys.read(&candidate).or(found);
            }
        }
        Look::Form(found)
    }

    /// The path of a canary.
    pub(crate) fn path(&self, canary: Canary) -> String {
        let token = self.keys.first().map(|keys| keys.mint(canary)).unwrap_or_default();
        format!("{}{token}", self.prefix)
    }

    /// The URL of a canary, or its path if the host is not known.
    pub(crate) fn url(&self, canary: Canary) -> String {
        let path = self.path(canary);
        if self.host.is_empty() { path } else { format!("https://{}{path}", self.host) }
    }
}

/// The result of searching a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// No text has the form of a token.
    Nothing,
    /// A text has the form of a token; with the canary, unless it is a guess.
    Form(Option<Canary>),
}

impl Look {
    /// The canary.
    pub(crate) fn canary(self) -> Option<Canary> {
        match self {
            Look::Nothing => None,
            Look::Form(canary) => canary,
        }
    }
}

/// Mints and recognizes the canaries of a policy.
///
/// ```
/// use actix_scanner_guard::GuardConfig;
/// use actix_scanner_guard::canary::{Canaries, Canary, Class};
/// use std::time::SystemTime;
///
/// # let folder = tempfile::tempdir()?;
/// # let (policy, key) = (folder.path().join("scanner-guard.toml"), folder.path().join("canary.key"));
/// # std::fs::write(&key, "not as secret as yours should be")?;
/// # std::fs::write(&policy, "[canary]\nsecret_file = \"canary.key\"\nhost = \"shop.example\"")?;
/// let config = GuardConfig::load_with(&policy, [])?;
/// let canaries: Canaries = config.canaries().expect("the policy has a section [canary]");
/// let canary = Canary::new(Class::Mail, SystemTime::now(), 7).unwrap();
/// let url = canaries.url(canary);
/// assert!(url.starts_with("https://shop.example/r/"));
/// assert_eq!(canaries.find(&canaries.path(canary)), Some(canary));
/// assert_eq!(canaries.find("/r/0123456789abcdefghjk0"), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Canaries {
    settings: Settings,
}

impl Canaries {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// The path of a canary: the prefix and a token.
    #[must_use]
    pub fn path(&self, canary: Canary) -> String {
        self.settings.path(canary)
    }

    /// The URL of a canary, or its path if the policy names no host.
    #[must_use]
    pub fn url(&self, canary: Canary) -> String {
        self.settings.url(canary)
    }

    /// The canary of the token in this path, in upper or lower case and with any escapes.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<Canary> {
        self.settings.find(path, None).canary()
    }

    /// A link that no person sees and no screen reader reads, to a canary of class `page` of this day. Only programs follow it. Exclude
    /// well-behaved crawlers with [`robots`](Self::robots).
    ///
    /// `None` if the serial is 1,048,576 or more.
    ///
    /// ```
    /// # use actix_scanner_guard::GuardConfig;
    /// # let folder = tempfile::tempdir()?;
    /// # let (policy, key) = (folder.path().join("scanner-guard.toml"), folder.path().join("canary.key"));
    /// # std::fs::write(&key, "not as secret as yours should be")?;
    /// # std::fs::write(&policy, "[canary]\nsecret_file = \"canary.key\"")?;
    /// # let config = GuardConfig::load_with(&policy, [])?;
    /// let canaries = config.canaries().expect("the policy has a section [canary]");
    /// let link = canaries.hidden_link(std::time::SystemTime::now(), 1).unwrap();
    /// assert!(link.starts_with("<a href=\"/r/"));
    /// assert!(link.contains("rel=\"nofollow\"") && link.contains("aria-hidden=\"true\""));
    /// assert_eq!(canaries.robots(), "User-agent: *\nDisallow: /r/\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn hidden_link(&self, minted: SystemTime, serial: u32) -> Option<String> {
        let canary = Canary::new(Class::Page, minted, serial)?;
        Some(super::page::link(&self.settings.path(canary)))
    }

    /// The lines of `robots.txt` that exclude well-behaved crawlers from canaries.
    #[must_use]
    pub fn robots(&self) -> String {
        super::page::robots(&self.settings.prefix)
    }
}
