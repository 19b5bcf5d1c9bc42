//! A sketch: counts, for any number of targets in fixed memory, in how many five-minute slots each was requested.
//!
//! A filter remembers targets that were counted once, so that the many targets of a single visit fill no counter; a
//! target that is counted again goes into a count-min sketch. Both can only overestimate: a target then looks more
//! popular than it is, and evidence is lost. When they fill up, all counts are halved, and so is the time that they
//! cover.

/// Words of the filter for each cache line of the sketch.
const FILTER_WORDS: usize = 4;
/// Four rows of eight counters in one cache line.
const ROWS: usize = 4;
const COUNTERS: usize = 8;

type Line = [[u16; COUNTERS]; ROWS];

pub(super) struct Sketch {
    lines: Box<[Line]>,
    filter: Box<[u64]>,
    /// The number of targets that were put into the filter, and of counts that were put into the sketch, since the last
    /// halving.
    filtered: usize,
    counted: usize,
    halvings: u32,
}

impl Sketch {
    /// A sketch with this number of cache lines, a power of two.
    pub(super) fn new(lines: usize) -> Self {
        let lines = lines.next_power_of_two();
        Self {
            lines: vec![[[0; COUNTERS]; ROWS]; lines].into(),
            filter: vec![0; lines * FILTER_WORDS].into(),
            filtered: 0,
            counted: 0,
            halvings: 0,
        }
    }

    pub(super) fn bytes(lines: usize) -> usize {
        lines.next_power_of_two() * (size_of::<Line>() + FILTER_WORDS * size_of::<u64>())
    }

    /// Reads what a count needs; what comes of it means nothing.
    pub(super) fn read(&self, hash: u64) -> u64 {
        self.filter[self.place_in_filter(hash).0] ^ u64::from(self.lines[self.line(hash)][0][0])
    }

    /// Counts one slot. Returns true if all counts have to be halved now.
    pub(super) fn add(&mut self, hash: u64) -> bool {
        let (word, bits) = self.place_in_filter(hash);
        if self.filter[word] & bits != bits {
            self.filter[word] |= bits;
            self.filtered += 1;
        } else {
            let least = self.least(hash);
            let place = self.line(hash);
            let line = &mut self.lines[place];
            for (row, counters) in line.iter_mut().enumerate() {
                let counter = &mut counters[column(hash, row)];
                // A larger counter was raised for another target, and is already high enough for this one.
                if *counter == least {
                    *counter = counter.saturating_add(1);
                }
            }
            self.counted += 1;
        }
        self.filtered > self.filter.len() * 64 / 4 || self.counted > self.lines.len() * COUNTERS
    }

    /// The maximum number of slots in which the target was requested.
    pub(super) fn slots(&self, hash: u64) -> u32 {
        let (word, bits) = self.place_in_filter(hash);
        let once = u32::from(self.filter[word] & bits == bits);
        once + u32::from(self.least(hash))
    }

    /// Halves all counts.
    pub(super) fn halve(&mut self) {
        self.filter.fill(0);
        self.lines.iter_mut().flatten().flatten().for_each(|counter| *counter /= 2);
        (self.filtered, self.counted, self.halvings) = (0, 0, self.halvings + 1);
    }

    /// Whether counts were halved, so that one stands for up to three.
    pub(super) fn is_halved(&self) -> bool {
        self.halvings > 0
    }

    fn least(&self, hash: u64) -> u16 {
        let line = &self.lines[self.line(hash)];
        let counters = line.iter().enumerate().map(|(row, counters)| counters[column(hash, row)]);
        counters.min().unwrap_or(0)
    }

    fn line(&self, hash: u64) -> usize {
        hash as usize & (self.lines.len() - 1)
    }

    /// The word and the mask of the filter's three bits for a hash.
    fn place_in_filter(&self, hash: u64) -> (usize, u64) {
        let spread = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let bits = (0..3).fold(0, |bits, number| bits | 1 << (spread >> (6 * number) & 63));
        ((spread >> 32) as usize & (self.filter.len() - 1), bits)
    }
}

/// The counter in this row: the low bits of the hash choose the line, and the high bits the columns.
fn column(hash: u64, row: usize) -> usize {
    (hash >> (52 + 3 * row)) as usize & (COUNTERS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distinct and well distributed numbers, as hashes are.
    fn hash(number: u64) -> u64 {
        let mut hasher = super::super::siphash::SipHasher::new([3, 5]);
        hasher.write(&number.to_le_bytes());
        hasher.finish()
    }

    #[test]
    fn it_never_counts_too_little() {
        let mut sketch = Sketch::new(16);
        for number in 0..200 {
            for _ in 0..number % 5 {
                sketch.add(hash(number));
            }
        }
        for number in 0..200 {
            assert!(u64::from(sketch.slots(hash(number))) >= number % 5, "{number}");
        }
    }

    #[test]
    fn with_room_it_counts_exactly() {
        let mut sketch = Sketch::new(1 << 12);
        for number in 0..1000 {
            (0..number % 7).for_each(|_| _ = sketch.add(hash(number)));
        }
        let wrong = (0..1000).filter(|number| u64::from(sketch.slots(hash(*number))) != number % 7).count();
        assert!(wrong < 10, "{wrong}");
    }

    #[test]
    fn it_asks_to_be_halved_before_it_is_full_of_noise() {
        let mut sketch = Sketch::new(16);
        let mut number = 0;
        while !sketch.add(hash(number)) {
            number += 1;
        }
        let noise = (0..1000).filter(|other| sketch.slots(hash(number + 1 + other)) > 1).count();
        assert!(noise < 200, "{noise}");
        sketch.halve();
        assert!(sketch.is_halved());
        assert!(sketch.slots(hash(0)) <= 1);
    }
}
