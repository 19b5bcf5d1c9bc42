//! The result of a comparison.

use std::fmt;

use super::compare::Difference;

/// The result of [`decoy_parity`](super::decoy_parity).
///
/// ```no_run
/// use actix_scanner_guard::testing::{Parity, decoy_parity};
/// use actix_scanner_guard::{GuardConfig, ScannerGuard};
/// use actix_web::{App, web};
///
/// let config = GuardConfig::from_toml("[[rule]]\npaths = [\"/admin\"]\naction = \"decoy\"")?;
/// // The guard is missing, so every client gets the page.
/// let app = |_: &GuardConfig| App::new().route("/admin", web::get().to(|| async { "secret" }));
/// let parity: Parity = decoy_parity(&config, app, ["/admin"]);
/// assert!(!parity.is_identical());
/// println!("{} of {} differ:\n{parity}", parity.differences().len(), parity.compared());
///
/// let app = move |config: &GuardConfig| app(config).wrap(ScannerGuard::from_config(config));
/// decoy_parity(&config, app, ["/admin"]).assert_identical();
/// # Ok::<(), actix_scanner_guard::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Parity {
    compared: usize,
    differences: Vec<Difference>,
}

impl Parity {
    pub(super) fn new(compared: usize, differences: Vec<Difference>) -> Self {
        Self { compared, differences }
    }

    /// The results of several comparisons.
    pub(super) fn join(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().fold(Self::new(0, Vec::new()), |mut joined, parity| {
            joined.compared += parity.compared;
            joined.differences.extend(parity.differences);
            joined
        })
    }

    /// Nothing was compared for this path, for this reason.
    pub(super) fn not_compared(path: &str, reason: &str) -> Self {
        let lines = vec![('+', reason.to_owned())];
        Self::new(0, vec![Difference { path: path.to_owned(), request: String::new(), lines }])
    }

    /// The number of compared answers.
    #[must_use]
    pub fn compared(&self) -> usize {
        self.compared
    }

    /// All differences between decoys and missing pages.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// Whether there is no difference.
    #[must_use]
    pub fn is_identical(&self) -> bool {
        self.compared > 0 && self.differences.is_empty()
    }

    /// Asserts that there is no difference.
    ///
    /// # Panics
    ///
    /// If there are differences, with all of them, and if nothing was compared.
    pub fn assert_identical(&self) {
        assert!(self.is_identical(), "{self}");
    }
}

impl fmt::Display for Parity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_identical() {
            return write!(f, "{} decoys equal the answers to paths that do not exist", self.compared);
        }
        write!(
            f,
            "{} of {} decoys differ (- a path that does not exist, + the decoy)",
            self.differences.len(),
            self.compared
        )?;
        self.differences.iter().try_for_each(|difference| write!(f, "\n{difference}"))
    }
}
