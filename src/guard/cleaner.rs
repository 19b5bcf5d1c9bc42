//! Takes a salt out of bytes.

use actix_web::web::Bytes;
use bytes::BytesMut;
use memchr::{memchr2, memmem};

use super::salt::Salt;

/// So much of a salt's beginning in a page means that the page cut the path short, in the middle of a salt.
const RESIDUE: usize = 6;

/// The bytes without the salt; `None` where it is not in them.
pub(super) fn without(bytes: &[u8], salt: &Salt) -> Option<Bytes> {
    Cleaner::new(salt).all(bytes)
}

/// Removes a salt from a stream of chunks, across their borders.
#[derive(Debug)]
pub(super) struct Cleaner {
    salt: Salt,
    /// The end of the last chunk, as far as a salt may have begun in it.
    held: BytesMut,
    /// Whether the next character is to be a capital, as the first of the salt before it was.
    capital: bool,
    /// Whether the beginning of a salt was met without its end.
    residue: bool,
}

impl Cleaner {
    pub(super) fn new(salt: &Salt) -> Self {
        Self { salt: salt.clone(), held: BytesMut::new(), capital: false, residue: false }
    }

    /// Whether the beginning of a salt was met without its end.
    pub(super) fn met_residue(&self) -> bool {
        self.residue
    }

    /// All of it without the salt; `None` where it is not in there, which mostly takes one fast search to see.
    pub(super) fn all(&mut self, bytes: &[u8]) -> Option<Bytes> {
        let [lower, upper] = self.edge();
        memchr2(lower, upper, bytes)?;
        let mut clean = self.cleaned(bytes);
        clean.extend_from_slice(&self.rest());
        (clean.len() != bytes.len()).then(|| clean.freeze())
    }

    /// Does the work of [`all`](Self::all) on a page for this path, which holds no salt: it is copied if it shows the
    /// path, as it would be if that held one.
    pub(super) fn rehearse(&mut self, bytes: &[u8], path: &str) -> Option<Bytes> {
        let shows_path = memmem::find(bytes, path.as_bytes()).is_some();
        let clean = if shows_path { Some(self.cleaned(bytes).freeze()) } else { self.all(bytes) };
        clean.filter(|clean| clean.len() != bytes.len())
    }

    /// Takes a chunk and gives what is certain. Linear in the chunk, whatever it holds.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Bytes {
        if self.held.is_empty() {
            return self.cleaned(chunk).freeze();
        }
        let mut joined = self.held.split();
        joined.extend_from_slice(chunk);
        self.cleaned(&joined).freeze()
    }

    /// What was held back when the last chunk has come.
    pub(super) fn rest(&mut self) -> Bytes {
        self.residue |= self.held.len() >= RESIDUE;
        self.held.split().freeze()
    }

    /// The letter with which a salt begins, in both cases.
    fn edge(&self) -> [u8; 2] {
        let edge = self.salt.as_bytes()[0];
        [edge.to_ascii_lowercase(), edge.to_ascii_uppercase()]
    }

    fn cleaned(&mut self, text: &[u8]) -> BytesMut {
        let [lower, upper] = self.edge();
        let salt = self.salt.clone();
        let salt = salt.as_bytes();
        let mut clean = BytesMut::with_capacity(text.len());
        let mut at = 0;
        while let Some(found) = memchr2(lower, upper, &text[at..]) {
            self.emit(&text[at..at + found], &mut clean);
            at += found;
            let rest = &text[at..];
            if rest.len() >= salt.len() && rest[..salt.len()].eq_ignore_ascii_case(salt) {
                // A page that writes words with a capital has given it to the salt; in `/ADMIN` all of it is capitals.
                self.capital = rest[0].is_ascii_uppercase() && rest[salt.len() - 1].is_ascii_lowercase();
                at += salt.len();
            } else if rest.len() < salt.len() && salt[..rest.len()].eq_ignore_ascii_case(rest) {
                // The rest of it may come with the next chunk.
                self.held.extend_from_slice(rest);
                return clean;
            } else {
                self.residue |= rest.len() >= RESIDUE && rest[..RESIDUE].eq_ignore_ascii_case(&salt[..RESIDUE]);
                self.emit(&rest[..1], &mut clean);
                at += 1;
            }
        }
        self.emit(&text[at..], &mut clean);
        clean
    }

    fn emit(&mut self, text: &[u8], clean: &mut BytesMut) {
        let at = clean.len();
        clean.extend_from_slice(text);
        if self.capital
            && let Some(first) = clean.get_mut(at)
        {
            first.make_ascii_uppercase();
            self.capital = false;
        }
    }
}
