//! Values that are derived from the application's secret: keys of the store, nonces, codes. Each use has its own label,
//! so that a value for one purpose is not valid for another.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::error::Error;
use crate::util::crockford;
use crate::util::secret::MIN_SECRET;

/// One secret of the application.
#[derive(Clone)]
pub(super) struct Keys(Hmac<Sha256>);

impl Keys {
    pub(super) fn new(secret: &[u8]) -> Result<Self, Error> {
        if secret.len() < MIN_SECRET {
            return Err(Error::short_secret(secret.len()));
        }
        let mac = Hmac::new_from_slice(secret).map_err(|_| Error::short_secret(secret.len()))?;
        Ok(Self(mac))
    }

    /// Each part is preceded by its length, so that two different lists of parts are never the same text.
    fn mac(&self, label: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in std::iter::once(label.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }

    /// 32 hexadecimal digits that only the owner of the secret can compute.
    pub(super) fn text(&self, label: &str, parts: &[&[u8]]) -> String {
        hex(&self.mac(label, parts).finalize().into_bytes()[..16])
    }

    /// Whether `text` equals the result of [`text`](Self::text), in constant time.
    pub(super) fn verify(&self, label: &str, parts: &[&[u8]], text: &str) -> bool {
        let mut bytes = [0; 16];
        text.len() == 32 && unhex(text, &mut bytes) && self.mac(label, parts).verify_truncated_left(&bytes).is_ok()
    }

    /// Four digits.
    pub(super) fn digits(&self, label: &str, parts: &[&[u8]]) -> String {
        let bytes = self.mac(label, parts).finalize().into_bytes();
        let number = bytes[..8].iter().fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        format!("{:04}", number % 10_000)
    }
}

/// `length` random characters of five bits each, from the operating system.
///
/// # Errors
///
/// If the operating system has no random bytes.
pub(super) fn random(length: usize) -> Result<String, Error> {
    crockford::random(length).map_err(Error::randomness)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str, bytes: &mut [u8]) -> bool {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks_exact(2).zip(bytes.iter_mut()).all(|(pair, byte)| match (digit(pair[0]), digit(pair[1])) {
        (Some(high), Some(low)) => {
            *byte = high << 4 | low;
            true
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_parts_are_kept_apart() {
        let keys = Keys::new(&[7; 32]).unwrap();
        let texts = [
            keys.text("a", &[b"bc"]),
            keys.text("ab", &[b"c"]),
            keys.text("a", &[b"b", b"c"]),
            keys.text("a", &[b"bc", b""]),
            Keys::new(&[8; 32]).unwrap().text("a", &[b"bc"]),
        ];
        let distinct: std::collections::HashSet<&String> = texts.iter().collect();
        assert_eq!(distinct.len(), texts.len());
    }

    #[test]
    fn only_the_whole_text_is_verified() {
        let keys = Keys::new(&[7; 32]).unwrap();
        let text = keys.text("a", &[b"b"]);
        assert!(keys.verify("a", &[b"b"], &text));
        assert!(!keys.verify("a", &[b"c"], &text));
        for wrong in ["", "0", &text[..30], &format!("{text}00"), &"g".repeat(32), &"é".repeat(16), &"0".repeat(32)] {
            assert!(!keys.verify("a", &[b"b"], wrong), "{wrong}");
        }
    }

    #[test]
    fn short_secrets_are_refused() {
        assert!(Keys::new(&[7; 31]).is_err() && Keys::new(&[7; 32]).is_ok());
    }
}
