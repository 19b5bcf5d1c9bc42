//! The characters of a path's segment, decoded as often as any layer may decode it.

use crate::util::work;

/// One byte after all escapes are decoded, at any depth of escaping, and its text: `a`, `%61`, `%2561`.
///
/// The border between two units is a border for every layer, whether it decodes never, once or more often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) value: u8,
    pub(super) start: usize,
    end: usize,
}

impl Unit {
    /// A letter or digit, or a byte of a character beyond ASCII.
    pub(super) fn is_word(&self) -> bool {
        work::count(1);
        self.value.is_ascii_alphanumeric() || !self.value.is_ascii()
    }

    /// Whether it is unescaped.
    pub(super) fn is_plain(&self) -> bool {
        work::count(1);
        self.end - self.start == 1
    }

    /// Whether it continues a character in UTF-8, so that nothing may be inserted before it.
    pub(super) fn continues(&self) -> bool {
        work::count(1);
        (0x80..0xC0).contains(&self.value)
    }
}

/// The units of a text. Each byte is read a constant number of times.
pub(super) fn units(text: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::with_capacity(text.len());
    for (start, byte) in text.bytes().enumerate() {
        work::count(1);
        units.push(Unit { value: byte, start, end: start + 1 });
        // The value of an escape may complete another escape: `%2561`.
        while let Some((length, value)) = last_escape(&units) {
            work::count(length);
            let first = units.len() - length;
            units[first].value = value;
            units[first].end = start + 1;
            units.truncate(first + 1);
        }
    }
    units
}

/// The length in units of the escape that ends here, and its value.
fn last_escape(units: &[Unit]) -> Option<(usize, u8)> {
    if let [.., percent, high, low] = units
        && percent.value == b'%'
    {
        return Some((3, u8::try_from(number(&[*high, *low])?).ok()?));
    }
    let [.., percent, u, first, second, third, fourth] = units else { return None };
    let is_wide = percent.value == b'%' && matches!(u.value, b'u' | b'U');
    let value = is_wide.then(|| number(&[*first, *second, *third, *fourth])).flatten()?;
    // A character beyond ASCII is a word with any bytes, and is not divided.
    Some((6, u8::try_from(value).ok().filter(u8::is_ascii).unwrap_or(0xFF)))
}

fn number(digits: &[Unit]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(digit.value).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_to_the_end() {
        let decoded = |text: &str| units(text).iter().map(|unit| char::from(unit.value)).collect::<String>();
        for (text, expected) in [
            ("admin", "admin"),
            ("%61dmin", "admin"),
            ("%2561", "a"),
            ("%25%36%31", "a"),
            ("%2%35%36%31", "a"),
            ("%u0061%U0062", "ab"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz", "%zz"),
            ("%25zz", "%zz"),
        ] {
            assert_eq!(decoded(text), expected, "{text}");
        }
        let places: Vec<usize> = units("x%2561y").iter().map(|unit| unit.start).collect();
        assert_eq!(places, [0, 1, 6]);
    }
}
