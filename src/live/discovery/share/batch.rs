//! Encodes records of one instance as an entry of its stream.

use super::signature::Signature;
use crate::discovery::Record;

/// The first bytes of an entry, which name its format.
const MARK: [u8; 4] = *b"SGD2";
const HEAD: usize = 24;
/// Maximum number of records of an entry.
pub(super) const MAX_RECORDS: usize = 512;
/// Maximum size of an entry, in bytes.
pub(super) const MAX_BYTES: usize = HEAD + MAX_RECORDS * Record::BYTES + Signature::BYTES;

/// Some records of an instance, sorted by time.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    /// The number of its first record among all records of the instance. A gap between two batches means that records were lost; a
    /// repeated number means that a record was sent twice.
    pub(super) first: u64,
    /// No later record has an earlier time than this, in milliseconds since 1970.
    pub(super) until: u64,
    pub(super) records: Vec<Record>,
}

impl Batch {
    /// The number of the record after its last one.
    pub(super) fn next(&self) -> u64 {
        self.first.saturating_add(self.records.len() as u64)
    }

    pub(super) fn to_bytes(&self, signature: &Signature) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + self.records.len() * Record::BYTES + Signature::BYTES);
        bytes.extend(MARK);
        bytes.extend((self.records.len() as u32).to_le_bytes());
        bytes.extend(self.first.to_le_bytes());
        bytes.extend(self.until.to_le_bytes());
        for record in &self.records {
            bytes.extend(record.to_bytes());
        }
        signature.append(&mut bytes);
        bytes
    }

    /// `None` for bytes that no instance sends, such as another format or records out of order.
    pub(super) fn from_bytes(bytes: &[u8], signature: &Signature) -> Option<Self> {
        let bytes = signature.checked(bytes)?;
        let (head, rest) = bytes.split_at_checked(HEAD)?;
        let word = |at: usize| head[at..at + 8].iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let count = head[4..8].iter().rev().fold(0, |word, byte| word << 8 | usize::from(*byte));
        if head[..4] != MARK || count > MAX_RECORDS || rest.len() != count * Record::BYTES {
            return None;
        }
        let records: Vec<Record> = rest.chunks_exact(Record::BYTES).map(Record::from_bytes).collect::<Option<_>>()?;
        let until = word(16);
        let in_order =
            records.is_sorted_by_key(Record::millis) && records.last().is_none_or(|last| last.millis() <= until);
        in_order.then_some(Self { first: word(8), until, records })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::{Recorder, Request};

    fn record(time: u32) -> Record {
        Recorder::new([7; 16]).record(&Request::new(time, [203, 0, 113, 7].into(), "GET", b"/"))
    }

    /// The bytes, with the signature that they would have.
    fn signed(bytes: &[u8], signature: &Signature) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        signature.append(&mut bytes);
        bytes
    }

    #[test]
    fn what_no_instance_sends_is_refused() {
        let signature = Signature::new(&[7; 32], "records:x");
        let batch = Batch { first: 7, until: 9_500, records: vec![record(1), record(9)] };
        let good = batch.to_bytes(&signature);
        let read = Batch::from_bytes(&good, &signature).unwrap();
        assert_eq!((read.first, read.until, read.next(), read.to_bytes(&signature)), (7, 9_500, 9, good.clone()));
        for length in 0..good.len() {
            assert!(Batch::from_bytes(&good[..length], &signature).is_none(), "{length}");
        }
        assert!(Batch::from_bytes(&good, &Signature::new(&[7; 32], "records:y")).is_none());
        // A broken instance may sign wrong content.
        let content = &good[..good.len() - Signature::BYTES];
        let with = |at: usize, byte: u8| {
            let mut bytes = content.to_vec();
            bytes[at] = byte;
            signed(&bytes, &signature)
        };
        // Another format, more records than there are, flags that do not exist, a time after the end.
        for bad in [with(0, b'X'), with(4, 3), with(7, 255), with(content.len() - 1, 255), with(17, 0)] {
            assert!(Batch::from_bytes(&bad, &signature).is_none());
        }
        for length in 0..content.len() {
            assert!(Batch::from_bytes(&signed(&content[..length], &signature), &signature).is_none(), "{length}");
        }
        let back = Batch { records: vec![record(9), record(1)], ..batch };
        assert!(Batch::from_bytes(&back.to_bytes(&signature), &signature).is_none());
        assert!(Batch::from_bytes(&signed(&[content, &[0]].concat(), &signature), &signature).is_none());
    }
}
