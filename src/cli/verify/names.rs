//! Reverse names in a file: recorded with a log, or answers of DNS, which are kept so that no name is looked up twice.
//!
//! A line has four words with blanks or tabs between: an address, the time of the lookup, the reverse name, and the addresses of
//! this name:
//!
//! ```text
//! # address      asked for              name                              leads to
//! 66.249.66.1    2026-11-29T12:00:00Z   crawl-66-249-66-1.googlebot.com   66.249.66.1
//! 192.0.2.7      -                      host-7.example.net                198.51.100.1,198.51.100.2
//! 192.0.2.8      -                      -                                 -
//! 192.0.2.9      -                      ?                                 -
//! ```
//!
//! An address with several names has several lines. The time `-` is the time of the request. The name `-` says that the address
//! has no name, `?` that no server answered. The last word is a list of addresses, `-` (none), `?` (no server answered), or one
//! of the words `back`, `elsewhere`, `too-many` and `not-asked`.
//!
//! An address may have lookups of several times, because addresses change hands. The one nearest to a request counts for it.

use std::collections::HashMap;
#[cfg(feature = "rdns")]
use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};

#[cfg(feature = "rdns")]
use crate::access_log::Timestamp;
use crate::cli::failure::Failure;
use crate::identity::reverse_names::host_name::{HostName, VendorNames};
use crate::identity::reverse_names::outcome::{Forward, MAX_ADDRESSES, Name, Names};
use crate::identity::{LONGEST, ReverseName, distance};
use crate::util::escape::escaped;

/// The time after which an address is looked up again.
#[cfg(feature = "rdns")]
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);
const USAGE: &str = "write `ADDRESS TIME NAME LEADS-TO`, such as `66.249.66.1 - crawl-66-249-66-1.googlebot.com 66.249.66.1`; \
                     TIME is `2026-11-29T12:00:00Z`, or `-` for the time of the request";

/// The names of one address, from one lookup.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) names: Names,
    /// The time of the lookup; `None` if they were recorded with the requests.
    pub(super) asked: Option<SystemTime>,
}

impl Known {
    pub(super) fn outcome(&self, vendor: VendorNames<'_>) -> ReverseName {
        self.names.outcome(vendor)
    }

    /// The names as text.
    pub(super) fn texts(&self) -> Vec<String> {
        let Names::Known(names) = &self.names else { return Vec::new() };
        names.iter().filter_map(|name| Some(name.host.as_ref()?.to_string())).collect()
    }
}

/// The names of all addresses, with the lookups of each address in the order of the file.
#[derive(Debug, Default)]
pub(super) struct KnownNames(HashMap<IpAddr, Vec<Known>>);

impl KnownNames {
    /// The names of the address at the time of a request: from the nearest lookup, or from the last one if the time is unknown. A
    /// lookup without an answer counts only if no other is near enough to contradict a claim.
    pub(super) fn get(&self, address: IpAddr, time: Option<SystemTime>) -> Option<&Known> {
        let far = |known: &Known| match (known.asked, time) {
            (Some(asked), Some(time)) => distance(asked, time),
            _ => Duration::ZERO,
        };
        let rank = |known: &&Known| (far(known) > LONGEST, known.names.is_unanswered(), far(known));
        self.0.get(&address)?.iter().rev().min_by_key(rank)
    }

    /// Adds an answer.
    #[cfg(feature = "rdns")]
    pub(super) fn put(&mut self, address: IpAddr, known: Known) {
        self.0.entry(address).or_default().push(known);
    }

    /// Whether the names are known and need no new lookup.
    #[cfg(feature = "rdns")]
    pub(super) fn has(&self, address: IpAddr, now: SystemTime) -> bool {
        let needs_none = |known: &Known| match known.asked {
            None => true,
            Some(asked) => !known.names.is_unanswered() && now.duration_since(asked).unwrap_or_default() < FRESH,
        };
        self.0.get(&address).is_some_and(|lookups| lookups.iter().any(needs_none))
    }

    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.to_string_lossy();
        let text = std::fs::read_to_string(path).map_err(|error| Failure::unreadable(escaped(&shown), &error))?;
        Self::parse(&text).map_err(|(number, line, why)| {
            Failure::new(format!("{}, line {number}: {why}: {}", escaped(&shown), escaped(&line))).help(USAGE)
        })
    }

    /// The error is the number of the line, the line, and the reason why it is wrong.
    fn parse(text: &str) -> Result<Self, (usize, String, &'static str)> {
        let mut known = Self::default();
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            let content = line.split('#').next().unwrap_or_default().trim();
            // A last line without an end was cut off because the command was ended while it wrote. It is ignored.
            if !content.is_empty()
                && let Err(why) = known.add(content)
                && line.ends_with('\n')
            {
                return Err((number, content.to_owned(), why));
            }
        }
        Ok(known)
    }

    fn add(&mut self, line: &str) -> Result<(), &'static str> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [address, asked, name, leads] = words[..] else { return Err("these are not four words") };
        let address = address.parse::<IpAddr>().map_err(|_| "the first word is not an address")?.to_canonical();
        let asked = match asked {
            "-" => None,
            time => Some(humantime::parse_rfc3339(time).map_err(|_| "the second word is not a time")?),
        };
        let found = match name {
            "?" => Names::Unanswered,
            "-" => Names::Known([].into()),
            // A text that is not a host name belongs to no operator.
            name => {
                let name = Name { host: HostName::parse(name), forward: forward(address, leads)? };
                Names::Known([name].into())
            }
        };
        let lookups = self.0.entry(address).or_default();
        // Lines of one lookup belong together.
        match (lookups.last_mut().filter(|last| last.asked == asked), found) {
            (Some(Known { names: Names::Known(names), .. }), Names::Known(more)) => {
                *names = names.iter().cloned().chain(more).collect();
            }
            (Some(last), names) => last.names = names,
            (None, names) => lookups.push(Known { names, asked }),
        }
        Ok(())
    }
}

/// The addresses of a name, from the last word of a line.
fn forward(address: IpAddr, leads: &str) -> Result<Forward, &'static str> {
    let words = [
        ("-", Forward::Nowhere),
        ("?", Forward::Unanswered),
        ("back", Forward::Back),
        ("elsewhere", Forward::Elsewhere),
        ("too-many", Forward::TooMany),
        ("not-asked", Forward::NotAsked),
    ];
    if let Some((_, forward)) = words.iter().find(|(word, _)| *word == leads) {
        return Ok(*forward);
    }
    let addresses: Result<Vec<IpAddr>, _> = leads.split(',').map(str::parse::<IpAddr>).collect();
    let addresses = addresses.map_err(|_| "the last word is neither a list of addresses nor one of `-`, `?`, `back`, `elsewhere`, `too-many`, `not-asked`")?;
    Ok(if addresses.len() > MAX_ADDRESSES {
        Forward::TooMany
    } else if addresses.iter().any(|found| found.to_canonical() == address) {
        Forward::Back
    } else {
        Forward::Elsewhere
    })
}

/// The lines of an answer. If the disk is full, only the first ones may be written, so the names that speak for the address come first.
#[cfg(feature = "rdns")]
pub(super) fn lines(address: IpAddr, known: &Known) -> String {
    let asked = known.asked.map_or_else(|| "-".to_owned(), |time| time_of(time).to_string());
    let mut text = String::new();
    let mut line = |name: &str, leads: &str| {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{address}\t{asked}\t{name}\t{leads}");
    };
    match &known.names {
        Names::Unanswered => line("?", "-"),
        Names::Known(names) if names.is_empty() => line("-", "-"),
        Names::Known(names) => {
            let mut shown: Vec<((u8, &str), &Name)> =
                names.iter().map(|name| (rank_and_word(name.forward), name)).collect();
            shown.sort_by_key(|((rank, _), _)| *rank);
            // A text that is not a host name belongs to no operator, so its value does not matter.
            let host = |name: &Name| name.host.as_ref().map_or("_", HostName::as_str).to_owned();
            shown.into_iter().for_each(|((_, leads), name)| line(&host(name), leads));
        }
    }
    text
}

/// The place of a name in an answer, and its last word.
#[cfg(feature = "rdns")]
fn rank_and_word(forward: Forward) -> (u8, &'static str) {
    match forward {
        Forward::Back => (0, "back"),
        Forward::Unanswered => (1, "?"),
        Forward::Nowhere => (2, "-"),
        Forward::TooMany => (3, "too-many"),
        Forward::Elsewhere => (4, "elsewhere"),
        Forward::NotAsked => (5, "not-asked"),
    }
}

#[cfg(feature = "rdns")]
fn time_of(time: SystemTime) -> Timestamp {
    let millis = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOGLE: VendorNames<'_> = VendorNames { suffixes: &[".googlebot.com"], masks: &[], related: &[] };

    fn outcome(text: &str, address: &str) -> ReverseName {
        let known = KnownNames::parse(text).expect("names");
        known.get(address.parse().unwrap(), None).map_or(ReverseName::NotAsked, |known| known.outcome(GOOGLE))
    }

    #[test]
    fn recorded_names_have_the_results_of_dns() {
        for (line, expected) in [
            ("66.249.66.1 - crawl-1.googlebot.com 66.249.66.1", ReverseName::Confirmed),
            ("66.249.66.1 - Crawl-1.GoogleBot.com. 192.0.2.1,66.249.66.1 # both", ReverseName::Confirmed),
            ("66.249.66.1 2026-11-29T12:00:00Z crawl-1.googlebot.com back", ReverseName::Confirmed),
            ("66.249.66.1 - crawl-1.googlebot.com 192.0.2.1", ReverseName::Contradicted),
            ("66.249.66.1 - host.example.net 66.249.66.1", ReverseName::Contradicted),
            ("66.249.66.1 - a\u{1b}[2J.googlebot.com 66.249.66.1", ReverseName::Contradicted),
            ("66.249.66.1 - crawl-1.googlebot.com -", ReverseName::Unconfirmed),
            ("66.249.66.1 - crawl-1.googlebot.com ?", ReverseName::Unknown),
            ("66.249.66.1 - - -", ReverseName::Unnamed),
            ("66.249.66.1 - ? -", ReverseName::Unknown),
            (
                "66.249.66.1\t-\tr1.example.net\tnot-asked\n66.249.66.1 - crawl-1.googlebot.com back",
                ReverseName::Confirmed,
            ),
            ("# nothing\n\n66.249.66.2 - - -", ReverseName::NotAsked),
            ("::ffff:66.249.66.1 - crawl-1.googlebot.com back", ReverseName::Confirmed),
            ("66.249.66.1 2026-11-28T12:00:00Z ? -\n66.249.66.1 2026-11-29T12:00:00Z - -", ReverseName::Unnamed),
        ] {
            assert_eq!(outcome(line, "66.249.66.1"), expected, "{line}");
        }
    }

    /// The address was Google's in January, nobody answered in February, and somebody else has it since March.
    #[test]
    fn the_lookup_nearest_to_the_request_counts() {
        let text = "66.249.66.1 2026-01-10T00:00:00Z crawl-1.googlebot.com back\n66.249.66.1 2026-02-10T00:00:00Z ? -\n\
                    66.249.66.1 2026-03-01T00:00:00Z host.example.net not-asked\n";
        let known = KnownNames::parse(text).unwrap();
        let at = |time: &str| {
            let time = humantime::parse_rfc3339(&format!("{time}T00:00:00Z")).unwrap();
            known.get("66.249.66.1".parse().unwrap(), Some(time)).unwrap().outcome(GOOGLE)
        };
        for (time, expected) in [
            ("2025-12-01", ReverseName::Confirmed),
            ("2026-01-11", ReverseName::Confirmed),
            ("2026-02-08", ReverseName::Contradicted),
            ("2026-02-03", ReverseName::Confirmed),
            ("2026-11-01", ReverseName::Contradicted),
        ] {
            assert_eq!(at(time), expected, "{time}");
        }
    }

    #[test]
    fn a_wrong_line_is_reported_with_its_place() {
        for (line, why) in [
            ("66.249.66.1", "these are not four words"),
            ("googlebot - x y", "the first word is not an address"),
            ("192.0.2.1 yesterday x 192.0.2.1", "the second word is not a time"),
            (
                "192.0.2.1 - x there",
                "the last word is neither a list of addresses nor one of `-`, `?`, `back`, `elsewhere`, `too-many`, `not-asked`",
            ),
        ] {
            let error = KnownNames::parse(&format!("# names\n{line}\n")).map(|_| ()).unwrap_err();
            assert_eq!(error, (2, line.to_owned(), why));
        }
    }

    /// A router's name, the bot's name with another address, and the bot's name with this address: no beginning of the answer
    /// contradicts the claim.
    #[cfg(feature = "rdns")]
    #[test]
    fn the_beginning_of_an_answer_accuses_nobody() {
        let text = "66.249.66.1 2026-11-29T12:00:00Z r1.example.net not-asked\n66.249.66.1 2026-11-29T12:00:00Z \
                    crawl-1.googlebot.com elsewhere\n66.249.66.1 2026-11-29T12:00:00Z crawl-2.googlebot.com back\n";
        let known = KnownNames::parse(text).unwrap();
        let (address, lookups) = known.0.iter().next().unwrap();
        let written = lines(*address, &lookups[0]);
        for cut in 1..=written.len() {
            let found = outcome(&written[..cut], "66.249.66.1");
            assert!(matches!(found, ReverseName::Confirmed | ReverseName::NotAsked), "{}: {found:?}", &written[..cut]);
        }
    }

    #[cfg(feature = "rdns")]
    #[test]
    fn written_answers_are_read_back() {
        let text = "66.249.66.1 2026-11-29T12:00:00Z crawl-1.googlebot.com back\n66.249.66.1 2026-11-29T12:00:00Z x.example.net \
                    not-asked\n192.0.2.1 - - -\n192.0.2.2 - ? -\n192.0.2.3 - a.googlebot.com too-many\n192.0.2.4 - \
                    a.googlebot.com elsewhere\n192.0.2.5 - a.googlebot.com ?\n192.0.2.6 - a.googlebot.com -\n";
        let known = KnownNames::parse(text).unwrap();
        for (address, lookups) in &known.0 {
            let again = KnownNames::parse(&lines(*address, &lookups[0])).unwrap();
            assert_eq!(again.get(*address, None).unwrap().names, lookups[0].names);
            assert_eq!(again.get(*address, None).unwrap().asked, lookups[0].asked);
        }
        assert_eq!(known.0.len(), 7);
    }
}
