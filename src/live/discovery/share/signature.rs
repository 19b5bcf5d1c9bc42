//! Signs records with a key from the secret of all instances.
//!
//! The server does not have the secret, so somebody who can write there cannot make records. A signature is valid for one stream: a
//! batch that is copied to the stream of another instance is refused. A batch that is written again to its own stream has known
//! numbers, and counts once.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::redis::SigningKey;

/// Makes and checks signatures for one stream.
#[derive(Clone)]
pub(super) struct Signature {
    /// `None` is not expected, since HMAC takes a key of any length. Without it, nothing is signed and everything is refused.
    mac: Option<Hmac<Sha256>>,
}

impl Signature {
    /// The length of a signature, in bytes: 128 bits, which nobody guesses.
    pub(super) const BYTES: usize = 16;

    /// Signatures with this key for the stream with this name.
    pub(super) fn new(key: &SigningKey, stream: &str) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(key).ok();
        Self { mac: mac.map(|mac| mac.chain_update(b"records\0").chain_update(stream).chain_update(b"\0")) }
    }

    /// Appends the signature of these bytes to them.
    pub(super) fn append(&self, bytes: &mut Vec<u8>) {
        let code = self.mac.clone().map(|mac| mac.chain_update(&*bytes).finalize().into_bytes()).unwrap_or_default();
        bytes.extend_from_slice(&code[..Self::BYTES]);
    }

    /// The bytes without their signature, if it is right. The comparison takes constant time.
    pub(super) fn checked<'b>(&self, signed: &'b [u8]) -> Option<&'b [u8]> {
        let (bytes, code) = signed.split_at_checked(signed.len().checked_sub(Self::BYTES)?)?;
        self.mac.clone()?.chain_update(bytes).verify_truncated_left(code).ok().map(|()| bytes)
    }
}

impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signature").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_without_their_own_signature_are_refused() {
        let signature = Signature::new(&[7; 32], "a:records:x");
        let mut signed = b"records".to_vec();
        signature.append(&mut signed);
        assert_eq!(signature.checked(&signed), Some(&b"records"[..]));
        for (key, stream) in [([8; 32], "a:records:x"), ([7; 32], "a:records:y"), ([7; 32], "b:records:x")] {
            assert_eq!(Signature::new(&key, stream).checked(&signed), None, "{stream}");
        }
        for at in 0..signed.len() {
            let mut changed = signed.clone();
            changed[at] ^= 1;
            assert_eq!(signature.checked(&changed), None, "byte {at}");
            assert_eq!(signature.checked(&signed[..at]), None, "cut at {at}");
        }
    }
}
