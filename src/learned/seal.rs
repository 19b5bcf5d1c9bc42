//! Signs the shared findings on the server, because they contain approvals.
//!
//! The server does not have the secret of the instances. So a text that somebody else writes there, or that comes from a site
//! with another secret or another prefix, is refused. An old text that is written again changes nothing, because a merge adds
//! only new values.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The length of a signature in hexadecimal digits.
const DIGITS: usize = 64;

/// Signs texts, and checks their signatures.
pub(crate) struct Seal<'a> {
    key: &'a [u8],
    place: &'a str,
}

impl<'a> Seal<'a> {
    /// A seal with a key that all instances have. A text that is signed for one place is refused at another one.
    pub(crate) fn new(key: &'a [u8], place: &'a str) -> Self {
        Self { key, place }
    }

    /// A line with the signature, followed by the text.
    pub(crate) fn close(&self, text: &[u8]) -> Vec<u8> {
        let digits = self.mac(text).map(|mac| mac.finalize().into_bytes()).unwrap_or_default();
        let mut sealed: Vec<u8> = digits.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect();
        sealed.push(b'\n');
        sealed.extend_from_slice(text);
        sealed
    }

    /// The text, if its signature is right. The comparison takes constant time.
    pub(crate) fn open<'t>(&self, sealed: &'t [u8]) -> Option<&'t [u8]> {
        let (digits, rest) = sealed.split_at_checked(DIGITS)?;
        let text = rest.strip_prefix(b"\n")?;
        let digits = std::str::from_utf8(digits).ok()?;
        let bytes: Option<Vec<u8>> =
            (0..DIGITS).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect();
        self.mac(text)?.verify_slice(&bytes?).ok().map(|()| text)
    }

    fn mac(&self, text: &[u8]) -> Option<Hmac<Sha256>> {
        // HMAC takes a key of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key).ok()?;
        mac.update(b"actix-scanner-guard learned 1\0");
        mac.update(self.place.as_bytes());
        mac.update(b"\0");
        mac.update(text);
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_with_its_own_signature_is_opened() {
        let (seal, text) = (Seal::new(&[7; 16], "a:learned"), &b"{\"schema\": 1}"[..]);
        let sealed = seal.close(text);
        assert_eq!(seal.open(&sealed), Some(text));
        assert_eq!(Seal::new(&[8; 16], "a:learned").open(&sealed), None, "another secret");
        assert_eq!(Seal::new(&[7; 16], "b:learned").open(&sealed), None, "another prefix");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(seal.open(&changed), None, "byte {at}");
            assert_eq!(seal.open(&sealed[..at]), None, "cut at {at}");
        }
        for other in [text, b"", &[b'\n'; 65], "\u{e9}".repeat(40).as_bytes()] {
            assert_eq!(seal.open(other), None);
        }
    }
}
