//! Host names as labels, and the forms of a vendor's names.
//!
//! The owner of an address chooses its names, so names are compared label by label, from the right, and never as text:
//! a label may contain a dot (`evil.googlebot` before `com`), a control character, or anything else.

use std::fmt;

/// The maximum length of a name in the form with dots.
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// Zones in which the vendor also names machines of others: proxies that carry people
/// (`google-proxy-66-249-81-1.google.com`), and machines that any tenant can rent (App Engine). In these zones, a name
/// proves something only if the whole name has the bot's form.
const ZONES_WITH_OTHERS: [&str; 2] = [".google.com", ".gae.googleusercontent.com"];

/// A host name in lower case, without the last dot, of letters, digits, hyphens and underscores.
///
/// A name with other characters cannot be a vendor's, and is no `HostName`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct HostName(Box<str>);

impl HostName {
    /// Reads a name from its labels, without the root's empty one.
    pub(crate) fn from_labels<'a>(labels: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let mut name = String::new();
        for label in labels {
            if label.is_empty() || label.len() > MAX_LABEL || name.len() + label.len() >= MAX_NAME {
                return None;
            }
            if !name.is_empty() {
                name.push('.');
            }
            for byte in label {
                let byte = byte.to_ascii_lowercase();
                if !(byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')) {
                    return None;
                }
                name.push(char::from(byte));
            }
        }
        (!name.is_empty()).then(|| Self(name.into()))
    }

    /// Reads a name with dots.
    #[cfg(any(test, feature = "cli"))]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('.').unwrap_or(text);
        Self::from_labels(text.split('.').map(str::as_bytes))
    }

    #[cfg(any(test, feature = "rdns"))]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name ends with the labels of this suffix, written `.googlebot.com`, and has further labels before
    /// them.
    pub(crate) fn is_below(&self, suffix: &str) -> bool {
        let mut name = self.0.rsplit('.');
        let mut suffix = suffix.trim_matches('.').rsplit('.');
        suffix.all(|label| name.next().is_some_and(|own| own.eq_ignore_ascii_case(label))) && name.next().is_some()
    }

    /// Whether the name has this form: `crawl-*.googlebot.com`, in which `*` stands for one character or more of a label.
    pub(crate) fn has_form(&self, mask: &str) -> bool {
        let mut name = self.0.rsplit('.');
        let mut mask = mask.rsplit('.');
        loop {
            match (mask.next(), name.next()) {
                (None, None) => return true,
                (Some(form), Some(label)) if label_has_form(label.as_bytes(), form.as_bytes()) => {}
                _ => return false,
            }
        }
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `*` first takes as little as possible, and more if the rest needs it. This is linear, since only the last `*` is
/// ever tried again.
fn label_has_form(label: &[u8], form: &[u8]) -> bool {
    let (mut at, mut in_form) = (0, 0);
    let mut star = None;
    while at < label.len() {
        match form.get(in_form) {
            Some(b'*') => {
                in_form += 1;
                at += 1;
                star = Some((at, in_form));
            }
            Some(byte) if byte.eq_ignore_ascii_case(&label[at]) => {
                at += 1;
                in_form += 1;
            }
            _ => {
                let Some((from, after)) = star else { return false };
                (at, in_form) = (from + 1, after);
                star = Some((at, after));
            }
        }
    }
    in_form == form.len()
}

/// The names of a vendor's machines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VendorNames<'a> {
    /// The suffixes, with a leading dot: `.googlebot.com`.
    pub(crate) suffixes: &'a [&'a str],
    pub(crate) masks: &'a [&'a str],
    /// The names of other bots whose addresses this bot also uses: Mediapartners-Google was seen at
    /// `crawl-….googlebot.com`.
    pub(crate) related: &'a [VendorNames<'a>],
}

/// How a name matches a vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It is a name of the vendor's bots.
    Whole,
    /// It is in the vendor's zone, where other machines have names too, and does not have the bot's form.
    ZoneOnly,
    /// It belongs to others.
    Foreign,
}

impl VendorNames<'_> {
    pub(crate) fn fit(&self, name: &HostName) -> Fit {
        let below = |suffix: &&&str| name.is_below(suffix);
        match self.suffixes.iter().find(below) {
            None if self.related.iter().any(|other| other.fit(name) == Fit::Whole) => Fit::Whole,
            None => Fit::Foreign,
            Some(suffix) if !ZONES_WITH_OTHERS.contains(suffix) => Fit::Whole,
            Some(_) if self.masks.iter().any(|mask| name.has_form(mask)) => Fit::Whole,
            Some(_) => Fit::ZoneOnly,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> HostName {
        HostName::parse(text).expect("a name")
    }

    #[test]
    fn suffixes_are_labels_from_the_right() {
        let crawler = name("Crawl-66-249-66-1.GoogleBot.com.");
        assert_eq!(crawler.as_str(), "crawl-66-249-66-1.googlebot.com");
        assert!(crawler.is_below(".googlebot.com") && crawler.is_below(".GOOGLEBOT.COM"));
        assert!(name("geo-crawl-1.geo.googlebot.com").is_below(".googlebot.com"));
        for other in [
            "notgooglebot.com",
            "crawl-1.notgooglebot.com",
            "googlebot.com",
            "googlebot.com.example.org",
            "crawl-1.googlebot.com.example.org",
            "crawl-1-googlebot.com",
            "crawl-1.googlebot.co",
            "crawl-1.googlebot.comm",
            "com",
        ] {
            assert!(!name(other).is_below(".googlebot.com"), "{other}");
        }
    }

    #[test]
    fn only_host_names_are_names() {
        let long = format!("{}.googlebot.com", "a".repeat(64));
        let longer = "a.".repeat(130) + "googlebot.com";
        let odd =
            ["", ".", "..", "a..googlebot.com", "a b.googlebot.com", "é.googlebot.com", "a\u{1b}[2J.googlebot.com"];
        for text in odd.into_iter().chain([long.as_str(), longer.as_str()]) {
            assert_eq!(HostName::parse(text), None, "{text:?}");
        }
        // One label with a dot, which looks like two labels in text.
        let labels: [&[u8]; 2] = [b"crawl-1.googlebot", b"com"];
        assert_eq!(HostName::from_labels(labels.into_iter()), None);
        assert_eq!(name("xn--googlebt-67a.com").as_str(), "xn--googlebt-67a.com");
        assert!(HostName::parse("_dmarc.googlebot.com").is_some());
    }

    #[test]
    fn a_form_is_compared_as_a_whole() {
        for (text, mask) in [
            ("crawl-66-249-66-1.googlebot.com", "crawl-*.googlebot.com"),
            ("msnbot-40-77-185-182.search.msn.com", "msnbot-*.search.msn.com"),
            ("17-58-101-179.applebot.apple.com", "*-*-*-*.applebot.apple.com"),
            ("crawl.192-0-2-1.web.naver.com", "crawl.*-*-*-*.web.naver.com"),
            ("baidumobaider-1-2.crawl.baidu.jp", "BaiduMobaider-*.crawl.baidu.jp"),
            ("a--b-a.example", "a-*-a.example"),
        ] {
            assert!(name(text).has_form(mask), "{text}, {mask}");
        }
        for (text, mask) in [
            ("google-proxy-66-249-81-1.google.com", "rate-limited-proxy-*.google.com"),
            ("rate-limited-proxy-.google.com", "rate-limited-proxy-*.google.com"),
            ("x.rate-limited-proxy-1.google.com", "rate-limited-proxy-*.google.com"),
            ("crawl-1.googlebot.com.example.org", "crawl-*.googlebot.com"),
            ("17-58-101.applebot.apple.com", "*-*-*-*.applebot.apple.com"),
            ("applebot.apple.com", "*-*-*-*.applebot.apple.com"),
        ] {
            assert!(!name(text).has_form(mask), "{text}, {mask}");
        }
    }

    #[test]
    fn a_zone_with_people_asks_for_the_form() {
        let special = VendorNames {
            suffixes: &[".google.com"],
            masks: &["rate-limited-proxy-*.google.com"],
            related: &[VendorNames { suffixes: &[".googlebot.com"], masks: &[], related: &[] }],
        };
        assert_eq!(special.fit(&name("rate-limited-proxy-66-249-90-77.google.com")), Fit::Whole);
        assert_eq!(special.fit(&name("google-proxy-66-249-81-1.google.com")), Fit::ZoneOnly);
        assert_eq!(special.fit(&name("crawl-1.googlebot.com")), Fit::Whole);
        assert_eq!(special.fit(&name("crawl-1.notgooglebot.com")), Fit::Foreign);
        let baidu = VendorNames {
            suffixes: &[".baidu.com", ".baidu.jp"],
            masks: &["baiduspider-*.crawl.baidu.com"],
            related: &[],
        };
        assert_eq!(baidu.fit(&name("other-1.baidu.jp")), Fit::Whole);
    }
}
