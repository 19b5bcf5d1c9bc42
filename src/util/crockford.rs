//! Crockford's base 32. It has only letters and digits, so that no mail program ends a link early, and ignores case,
//! since some scanners change it. Each character has five bits.

pub(crate) const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The value of a character in either case. `i`, `l`, `o` and `u` have no value, although Crockford reads them as
/// digits. So a token has exactly one spelling, except for case.
#[cfg(feature = "canary")]
pub(crate) const fn value(byte: u8) -> Option<u8> {
    match VALUES[byte as usize] {
        NONE => None,
        value => Some(value),
    }
}

#[cfg(feature = "canary")]
const NONE: u8 = u8::MAX;

#[cfg(feature = "canary")]
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut at = 0;
    while at < ALPHABET.len() {
        values[ALPHABET[at] as usize] = at as u8;
        values[ALPHABET[at].to_ascii_uppercase() as usize] = at as u8;
        at += 1;
    }
    values
};

/// `length` random characters of five bits each, from the operating system.
///
/// # Errors
///
/// If the operating system has no random bytes.
#[cfg(any(feature = "cli", feature = "one-time"))]
pub(crate) fn random(length: usize) -> Result<String, getrandom::Error> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes)?;
    // 32 divides 256, so every character is equally likely.
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}
