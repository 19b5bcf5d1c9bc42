//! Tokens: minted without storage, verified by a message authentication code.
//!
//! A canary is 40 bits: class, day and serial. A token is the first 64 bits of HMAC-SHA-256(k₁, host ‖ 0 ‖ canary),
//! followed by the canary itself with a mask, which is the first 40 bits of HMAC-SHA-256(k₂, those 64 bits). Both keys
//! are derived from one secret by HKDF. The mask hides that two tokens belong to one batch. In base 32 these are 21
//! characters; the last one has one unused bit, which is 0.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::id::Canary;
use crate::util::crockford;
use crate::util::secret::MIN_SECRET;

/// The length of a token.
pub(crate) const LENGTH: usize = 21;

const MAC: usize = 8;
const ID: usize = 5;

#[cfg(test)]
thread_local! {
    /// The number of message authentication codes that this thread has computed to read tokens.
    pub(super) static CODES: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// The keys of one secret for one host.
#[derive(Clone)]
pub(crate) struct Keys {
    /// HMAC under k₁, after the host was hashed.
    mac: Hmac<Sha256>,
    mask: Hmac<Sha256>,
}

impl Keys {
    /// `None` if the secret is too short.
    pub(crate) fn new(secret: &[u8], host: &str) -> Option<Self> {
        if secret.len() < MIN_SECRET {
            return None;
        }
        let secret = keyed(&keyed(b"scanner-guard canary 1")?.chain_update(secret).finalize().into_bytes())?;
        let derived =
            |label: &[u8]| keyed(&secret.clone().chain_update(label).chain_update([1]).finalize().into_bytes());
        let host = host.to_ascii_lowercase();
        Some(Self { mac: derived(b"mac")?.chain_update(host.as_bytes()).chain_update([0]), mask: derived(b"mask")? })
    }

    /// The token of this canary.
    pub(crate) fn mint(&self, canary: Canary) -> String {
        let mut id = canary.to_bytes();
        let mac = self.mac.clone().chain_update(id).finalize().into_bytes();
        let mac: &[u8; MAC] = mac.first_chunk().unwrap_or(&[0; MAC]);
        self.mask(mac, &mut id);
        let number = mac.iter().chain(&id).fold(0_u128, |number, byte| number << 8 | u128::from(*byte)) << 1;
        let value = |place: usize| (number >> (5 * place) & 31) as usize;
        (0..LENGTH).rev().map(|place| char::from(crockford::ALPHABET[value(place)])).collect()
    }

    /// The canary of a token. `None` if this secret never minted the token for this host. Every text of the form takes the same steps.
    pub(crate) fn read(&self, token: &Form) -> Option<Canary> {
        let bytes = token.0.to_be_bytes();
        let [.., a, b, c, d, e] = bytes;
        let mut mac = [0; MAC];
        mac.copy_from_slice(&bytes[16 - MAC - ID..16 - ID]);
        let mut id = [a, b, c, d, e];
        self.mask(&mac, &mut id);
        #[cfg(test)]
        CODES.set(CODES.get() + 1);
        // The comparison takes the same time wherever they differ.
        let is_ours = self.mac.clone().chain_update(id).verify_truncated_left(&mac).is_ok();
        Canary::from_bytes(id).filter(|_| is_ours)
    }

    fn mask(&self, mac: &[u8; MAC], id: &mut [u8; ID]) {
        #[cfg(test)]
        CODES.set(CODES.get() + 1);
        let mask = self.mask.clone().chain_update(mac).finalize().into_bytes();
        id.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }

    /// A number that identifies the keys and does not reveal them.
    pub(crate) fn fingerprint(&self) -> [u8; 8] {
        let code = self.mask.clone().chain_update(b"fingerprint").finalize().into_bytes();
        *code.first_chunk().unwrap_or(&[0; 8])
    }
}

/// HMAC takes a key of any length.
fn keyed(key: &[u8]) -> Option<Hmac<Sha256>> {
    Hmac::new_from_slice(key).ok()
}

/// Shows no secret.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

/// A text that has the form of a token, as the 104 bits that it encodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Form(u128);

impl Form {
    /// `None` for a text of another form.
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        if text.len() != LENGTH {
            return None;
        }
        let number =
            text.iter().try_fold(0_u128, |number, byte| Some(number << 5 | u128::from(crockford::value(*byte)?)))?;
        (number & 1 == 0).then_some(Self(number >> 1))
    }
}
