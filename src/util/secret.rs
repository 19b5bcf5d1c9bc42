//! Whether a secret of the operator can be guessed.

/// Minimum number of bytes of a secret.
pub(crate) const MIN_SECRET: usize = 32;

/// A random secret of 32 hexadecimal digits has more different characters than this.
#[cfg(any(feature = "canary", all(feature = "discovery", feature = "redis")))]
const MIN_DISTINCT: usize = 8;

/// Whether a secret has so few different bytes that it is not random, such as `hushhushhushhush`.
#[cfg(any(feature = "canary", all(feature = "discovery", feature = "redis")))]
pub(crate) fn is_repetitive(secret: &[u8]) -> bool {
    let distinct: std::collections::BTreeSet<&u8> = secret.iter().collect();
    distinct.len() < MIN_DISTINCT
}
