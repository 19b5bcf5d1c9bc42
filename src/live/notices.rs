//! Warnings that are logged once.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Warnings that are logged once per policy, since they would otherwise be logged for every request.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    /// A nearby peer that is not trusted sends forwarded headers.
    pub(crate) untrusted_proxy: Once,
    /// The header of a trusted proxy names no client.
    pub(crate) undetermined_client: Once,
    /// A trusted proxy sends its header in several lines.
    pub(crate) repeated_header: Once,
    /// Trusted proxies name only each other, or send no header.
    pub(crate) only_proxies: OnlyProxies,
    /// The application's answer to an unknown path is not a 404.
    pub(crate) no_app_decoy: Once,
    /// The marker cannot be removed from the application's 404 page.
    pub(crate) uncleanable_decoy: Once,
    /// Claims are judged and none is verified, so the addresses may not belong to the clients.
    pub(crate) doubtful_addresses: Once,
}

/// A warning that is logged once.
#[derive(Debug, Default)]
pub(crate) struct Once(AtomicBool);

impl Once {
    /// Whether it has been logged.
    pub(crate) fn is_logged(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Returns true for the first caller, which then logs the warning.
    pub(crate) fn should_log(&self) -> bool {
        !self.is_logged() && !self.0.swap(true, Ordering::Relaxed)
    }
}

/// Notices if trusted proxies never name a client that is not one of them.
///
/// One request without a client means little: a monitor in the network connects through the proxy. So requests are
/// counted until the first client is named.
#[derive(Debug, Default)]
pub(crate) struct OnlyProxies {
    requests: AtomicU32,
    settled: Once,
}

impl OnlyProxies {
    /// After this number of requests without any client, the settings are probably wrong.
    const MAX_REQUESTS: u32 = 100;

    /// Whether the warning was logged, or is no longer necessary.
    fn is_settled(&self) -> bool {
        self.settled.is_logged()
    }

    /// A client was named, so the settings fit the proxies.
    pub(crate) fn settle(&self) {
        self.settled.should_log();
    }

    /// Counts a request without a client. Returns true when the warning is due.
    pub(crate) fn should_log(&self) -> bool {
        !self.is_settled()
            && self.requests.fetch_add(1, Ordering::Relaxed) + 1 == Self::MAX_REQUESTS
            && self.settled.should_log()
    }
}
