//! A token of a bot, and the form in which texts are compared.

/// A token, or a part of a URL.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// The text in lower case, from the beginning of a word on.
    pub(super) text: Box<[u8]>,
    /// The signs directly before it: `360` in `360Spider`, `//` in `//exa.ai`.
    pub(super) before: Box<[u8]>,
    /// Whether it counts only at the start of the header.
    pub(super) is_first: bool,
    /// Whether it is a part of a URL that names a product without a token.
    pub(super) is_url: bool,
    pub(super) owner: u16,
}

/// Lower case, and a blank for `+`, as in `Mozilla/5.0+(compatible;+UptimeRobot/2.0)`.
#[inline(always)]
pub(super) fn fold(byte: u8) -> u8 {
    if byte == b'+' { b' ' } else { byte.to_ascii_lowercase() }
}

/// The text in the form in which tokens are compared.
pub(super) fn folded(text: &str) -> Box<[u8]> {
    text.bytes().map(fold).collect()
}
