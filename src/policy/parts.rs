//! The parts of a word with a `*` that a decoy must break.
//!
//! A word such as `wp-*.php` or `*admin*` matches a name that contains its parts, and a handler that searches a path
//! for protected names searches for these parts. So a break at any place of the name is not enough:
//! `administ<marker>ratorzone` still contains `admin`.

/// A word with a `*`, in lower case like path variants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wildcard {
    word: Box<str>,
    parts: Box<[Part]>,
}

/// A part of a word that must not stay whole in a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The first character: `v` of `v*`.
    First(char),
    /// Every occurrence of this text of two characters or more: `wp-`, `admin`.
    Each(Box<str>),
    /// The end: `.bak`, `~`.
    Last(Box<str>),
}

/// Maximum length of a text after a dot that counts as an extension (`.webmanifest` has 11 letters).
pub(crate) const MAX_EXTENSION: usize = 12;

impl Wildcard {
    /// The parts; `None` for words such as `*a*`, which match whatever is put around the `a`.
    pub(super) fn of(word: &str) -> Option<Self> {
        let (front, rest) = word.split_once('*')?;
        let (within, end) = rest.rsplit_once('*').unwrap_or(("", rest));
        let is_long = |part: &&str| part.chars().nth(1).is_some();
        let mut parts: Vec<Part> =
            front.chars().next().filter(|_| !is_long(&front)).map(Part::First).into_iter().collect();
        let long = std::iter::once(front).chain(within.split('*')).filter(is_long);
        parts.extend(long.map(|part| Part::Each(part.into())));
        // If another part is broken, an extension stays, since a 404 page may be chosen by it.
        if !end.is_empty() && (parts.is_empty() || !is_extension(end)) {
            parts.push(Part::Last(end.into()));
        }
        (!parts.is_empty()).then(|| Self { word: word.into(), parts: parts.into() })
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }
}

fn is_extension(text: &str) -> bool {
    let extension = text.strip_prefix('.').unwrap_or_default();
    (1..=MAX_EXTENSION).contains(&extension.len()) && extension.chars().all(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_word() {
        let each = |text: &str| Part::Each(text.into());
        let last = |text: &str| Part::Last(text.into());
        for (word, expected) in [
            ("*.bak", Some(vec![last(".bak")])),
            ("*~", Some(vec![last("~")])),
            ("v*", Some(vec![Part::First('v')])),
            ("v*.php", Some(vec![Part::First('v')])),
            ("_*", Some(vec![Part::First('_')])),
            ("wp-*.php", Some(vec![each("wp-")])),
            ("wp-*.webmanifest", Some(vec![each("wp-")])),
            ("wp-*-old", Some(vec![each("wp-"), last("-old")])),
            (".e*", Some(vec![each(".e")])),
            ("*admin*", Some(vec![each("admin")])),
            ("*a*.php", Some(vec![last(".php")])),
            ("a*bc*d*ef*g", Some(vec![Part::First('a'), each("bc"), each("ef"), last("g")])),
            ("*a*", None),
            ("*.*", None),
        ] {
            assert_eq!(Wildcard::of(word).map(|word| word.parts.to_vec()), expected, "{word}");
        }
    }
}
