//! A progress bar for reading logs, with rate and remaining time. It is shown only on a terminal.

use std::io::{IsTerminal, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const SIZED: &str = "{wide_bar} {bytes} of {total_bytes}, {binary_bytes_per_sec}, {eta} left";
#[cfg(feature = "rdns")]
const COUNTED: &str = "{wide_bar} {pos} of {len} names, {eta} left";
const ENDLESS: &str = "{spinner} {bytes}, {binary_bytes_per_sec}";

pub(in crate::cli) struct Progress(ProgressBar);

impl Progress {
    /// A bar for this number of bytes, if it is known.
    pub(in crate::cli) fn start(size: Option<u64>) -> Self {
        Self::with(size, if size.is_some() { SIZED } else { ENDLESS })
    }

    /// A bar for this number of reverse names that are looked up.
    #[cfg(feature = "rdns")]
    pub(in crate::cli) fn of_names(count: u64) -> Self {
        Self::with(Some(count), COUNTED)
    }

    fn with(size: Option<u64>, template: &str) -> Self {
        let target = if stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(size, target);
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self(bar)
    }

    pub(in crate::cli) fn advance(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    /// Removes the bar before the result is printed.
    pub(in crate::cli) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
