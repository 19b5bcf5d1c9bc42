//! What is said once.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Warnings that are given once per policy, since each would come with every request.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    /// A nearby peer that is not trusted sends forwarded headers.
    pub(crate) forgotten_proxy: Once,
    /// A trusted proxy's word cannot be read, or is not there.
    pub(crate) unknown_client: Once,
    /// A trusted proxy sends its header in several lines.
    pub(crate) repeated_header: Once,
    /// Trusted proxies name none but each other, or send no header.
    pub(crate) only_proxies: OnlyProxies,
    /// The application's answer to an unknown path is no 404.
    pub(crate) no_app_decoy: Once,
    /// The application's 404 page cannot be made a decoy.
    pub(crate) spoilt_decoy: Once,
}

/// Something that is said once.
#[derive(Debug, Default)]
pub(crate) struct Once(AtomicBool);

impl Once {
    /// Whether it has been said.
    pub(crate) fn said(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// True for the first caller, who is to say it.
    pub(crate) fn say(&self) -> bool {
        !self.said() && !self.0.swap(true, Ordering::Relaxed)
    }
}

/// Whether trusted proxies ever name anybody else than trusted proxies.
///
/// One request of which they do not is nothing to speak of: a monitor inside of the network asks through the proxy. So the
/// first ones are counted until a client is named.
#[derive(Debug, Default)]
pub(crate) struct OnlyProxies {
    requests: AtomicU32,
    settled: Once,
}

impl OnlyProxies {
    /// So many requests without any client are none by chance.
    const SUSPICIOUS: u32 = 100;

    /// Whether it has been said, or is no longer to be said.
    pub(crate) fn settled(&self) -> bool {
        self.settled.said()
    }

    /// A client was named, so the settings fit the proxies.
    pub(crate) fn settle(&self) {
        self.settled.say();
    }

    /// Counts a request that proxies alone have sent. True for the one at which it is to be said.
    pub(crate) fn say(&self) -> bool {
        !self.settled() && self.requests.fetch_add(1, Ordering::Relaxed) + 1 == Self::SUSPICIOUS && self.settled.say()
    }
}
