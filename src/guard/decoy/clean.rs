//! Removes a marker from bytes, also across the borders of chunks.

use actix_web::web::Bytes;
use bytes::BytesMut;
use memchr::memchr2;

use super::marker::Marker;
use crate::util::work;

/// The bytes without the marker; `None` if they do not contain it.
pub(super) fn without(bytes: &[u8], marker: &Marker) -> Option<Bytes> {
    Cleaner::new(marker).all(bytes)
}

/// This number of letters of a marker in a row is not a coincidence, so they are a part of one.
const LEAST_PART: usize = 4;

/// The number of letters of the marker at the beginning of this text.
fn shown_of(marker: &[u8], text: &[u8]) -> usize {
    marker.iter().zip(text).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
}

/// Removes a marker from a stream of chunks, across their borders.
#[derive(Debug)]
pub(super) struct Cleaner {
    marker: Marker,
    /// The end of the last chunk, if a marker may have begun in it.
    held: BytesMut,
    /// Whether the next character must be a capital, because the first character of the removed marker was one.
    capital: bool,
    /// The number of removed bytes.
    removed: usize,
}

impl Cleaner {
    pub(super) fn new(marker: &Marker) -> Self {
        Self { marker: marker.clone(), held: BytesMut::new(), capital: false, removed: 0 }
    }

    /// The whole text without the marker; `None` if it does not contain it, which usually takes one fast search.
    pub(super) fn all(&mut self, bytes: &[u8]) -> Option<Bytes> {
        let [lower, upper] = self.edge();
        memchr2(lower, upper, bytes)?;
        let mut clean = self.cleaned(bytes);
        clean.extend_from_slice(&self.rest());
        (self.removed > 0).then(|| clean.freeze())
    }

    /// Takes a chunk and returns the part that is complete. Linear in the chunk for any content.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Bytes {
        if self.held.is_empty() {
            return self.cleaned(chunk).freeze();
        }
        let mut joined = self.held.split();
        joined.extend_from_slice(chunk);
        self.cleaned(&joined).freeze()
    }

    /// The held part after the last chunk.
    pub(super) fn rest(&mut self) -> Bytes {
        let held = self.held.split();
        if held.len() < LEAST_PART {
            return held.freeze();
        }
        self.removed += held.len();
        Bytes::new()
    }

    /// The number of removed bytes so far.
    pub(super) fn removed(&self) -> usize {
        self.removed
    }

    /// The first letter of a marker, in both cases.
    fn edge(&self) -> [u8; 2] {
        let edge = self.marker.as_bytes()[0];
        [edge.to_ascii_lowercase(), edge.to_ascii_uppercase()]
    }

    fn cleaned(&mut self, text: &[u8]) -> BytesMut {
        work::count(text.len());
        let [lower, upper] = self.edge();
        let marker = self.marker.clone();
        let marker = marker.as_bytes();
        let mut clean = BytesMut::with_capacity(text.len());
        let mut at = 0;
        while let Some(found) = memchr2(lower, upper, &text[at..]) {
            self.emit(&text[at..at + found], &mut clean);
            at += found;
            let rest = &text[at..];
            if rest.len() >= marker.len() && rest[..marker.len()].eq_ignore_ascii_case(marker) {
                // If a page capitalizes words, the marker has received the capital; in `/ADMIN`, all letters are
                // capitals.
                self.capital = rest[0].is_ascii_uppercase() && rest[marker.len() - 1].is_ascii_lowercase();
                self.removed += marker.len();
                at += marker.len();
            } else if rest.len() < marker.len() && shown_of(marker, rest) == rest.len() {
                // The rest of the marker may be in the next chunk.
                self.held.extend_from_slice(rest);
                return clean;
            } else if shown_of(marker, rest) >= LEAST_PART {
                // The page truncates the path within the marker.
                self.removed += shown_of(marker, rest);
                at += shown_of(marker, rest);
            } else {
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
