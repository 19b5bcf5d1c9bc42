//! Crockford's base 32: letters and digits alone, so that no mail program ends a link early, and one case, since some scanners
//! change it. Five bits make one character.

pub(crate) const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The value of a character in either case. `i`, `l`, `o` and `u` are none, also where Crockford reads them as digits: a token has one
/// spelling beside its case.
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
/// If the operating system has no randomness to give.
#[cfg(any(feature = "cli", feature = "one-time"))]
pub(crate) fn random(length: usize) -> Result<String, getrandom::Error> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes)?;
    // 32 divides 256, so every character is equally likely.
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}
