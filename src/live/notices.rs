//! What is said once.

use std::sync::atomic::{AtomicBool, Ordering};

/// Warnings that are given once per policy, since each would come with every request.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    /// A nearby peer that is not trusted sends forwarded headers.
    pub(crate) forgotten_proxy: Once,
    /// A trusted proxy's word cannot be read, or is not there.
    pub(crate) unknown_client: Once,
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
