//! Records as bytes, for several instances that share them.

use super::record::{Record, flag};

/// All flags of a record.
const FLAGS: u32 = flag::ASSET
    | flag::AUTOMATIC
    | flag::FETCH
    | flag::HEAD
    | flag::ERROR
    | flag::LOGGED_IN
    | flag::DECLARED
    | flag::HAS_REFERERS
    | flag::NO_FOLLOWER
    | flag::SERVED;

impl Record {
    /// The number of bytes that [`to_bytes`](Self::to_bytes) returns.
    pub(crate) const BYTES: usize = 56;

    /// The time in milliseconds since 1970, for a record whose tag is the milliseconds within its second.
    pub(crate) fn millis(&self) -> u64 {
        u64::from(self.time) * 1000 + self.tag.min(999)
    }

    /// The same request at this time in milliseconds.
    pub(crate) fn at_millis(self, millis: u64) -> Self {
        Self { time: u32::try_from(millis / 1000).unwrap_or(u32::MAX), tag: millis % 1000, ..self }
    }

    /// The whole record except for its tag, of which only the milliseconds are kept.
    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let words = [self.address[0], self.address[1], self.path, self.target, self.referer];
        for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        let rest = [self.time, self.agent, self.referer_host, self.flags << 16 | self.tag.min(999) as u32];
        for (place, word) in bytes[40..].chunks_exact_mut(4).zip(rest) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// `None` if the bytes are not those of a record.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::BYTES] = bytes.try_into().ok()?;
        let word = |at: usize| bytes[at..at + 8].iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let half = |at: usize| bytes[at..at + 4].iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
        let last = half(52);
        let record = Self {
            address: [word(0), word(8)],
            path: word(16),
            target: word(24),
            referer: word(32),
            tag: (last & 0xffff).into(),
            time: half(40),
            agent: half(44),
            referer_host: half(48),
            flags: last >> 16,
        };
        (record.flags & !FLAGS == 0 && record.tag < 1000).then_some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::{Recorder, Request};

    #[test]
    fn what_is_written_is_read() {
        for address in ["203.0.113.7", "2001:db8::7"] {
            let mut request = Request::new(1_790_000_000, address.parse().unwrap(), "HEAD", b"/a?b");
            (request.referer, request.agent, request.tag) =
                (Some(b"https://a.example/" as &[u8]), Some(b"x-bot" as &[u8]), 999);
            let mut record = Recorder::new([7; 16]).record(&request);
            record.answered(404, true);
            record.never_follows();
            let read = Record::from_bytes(&record.to_bytes()).unwrap();
            assert_eq!(
                (read.to_bytes(), read.address(), read.millis()),
                (record.to_bytes(), record.address(), record.millis())
            );
            assert_eq!(record.at_millis(5_250).millis(), 5_250);
        }
        assert!(Record::from_bytes(&[0; 55]).is_none() && Record::from_bytes(&[0; 57]).is_none());
        assert!(Record::from_bytes(&[0xff; 56]).is_none() && Record::from_bytes(&[0; 56]).is_some());
    }
}
