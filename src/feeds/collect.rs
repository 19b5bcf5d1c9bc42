//! Collects the entries of a parser, and makes the list from them.

use ipnet::IpNet;

use super::address_set::Span;
use super::entry::{self, Entry, Reason};
use super::entry_hint;
use super::error::FeedError;
use super::guards::{self, Totals};
use super::options::ParseOptions;
use crate::util::prefix::{self, PrefixError};

/// Maximum number of problems that are kept. The others are only counted.
const MAX_PROBLEMS: usize = 20;

/// The content of a list.
///
/// ```
/// use actix_scanner_guard::feeds::{self, ParseOptions};
///
/// let listed = feeds::parse(b"198.51.100.7/24\n10.0.0.0/8\n", &ParseOptions::fetched())?;
/// assert_eq!(listed.prefixes()[0].to_string(), "198.51.100.0/24");
/// assert_eq!((listed.counts().masked, listed.counts().reserved), (1, 1));
/// assert!(!listed.is_advisory());
/// let kept = listed.into_prefixes();
/// assert_eq!(kept.len(), 1);
///
/// // Each invalid entry of the operator's own list is reported.
/// let own = feeds::parse(b"198.51.100.0/24\nhost.example\n", &ParseOptions::own())?;
/// assert_eq!((own.problems()[0].line(), own.problem_count()), (Some(2), 1));
/// # Ok::<(), feeds::FeedError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedList {
    prefixes: Vec<IpNet>,
    counts: EntryCounts,
    problems: Vec<FeedError>,
    problem_count: usize,
    advisory: bool,
}

/// The number of entries by their treatment.
///
/// ```
/// use actix_scanner_guard::feeds::{self, EntryCounts, ParseOptions};
///
/// let list = b"198.51.100.7/24\n198.51.100.0/24\n10.0.0.0/8\n::ffff:203.0.113.7\n";
/// let counts: EntryCounts = feeds::parse(list, &ParseOptions::fetched())?.counts();
/// assert_eq!((counts.masked, counts.duplicates, counts.reserved, counts.folded), (1, 1, 1, 1));
/// # Ok::<(), feeds::FeedError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryCounts {
    /// Had host bits, which were masked: published lists mean the network.
    pub masked: usize,
    /// Were IPv4-mapped IPv6 addresses, and are IPv4 now.
    pub folded: usize,
    /// Were duplicates.
    pub duplicates: usize,
    /// Lie in private or reserved space, and were dropped.
    pub reserved: usize,
    /// Cover too much of the Internet, and were dropped.
    pub too_wide: usize,
    /// Could not be read.
    pub unreadable: usize,
}

impl ParsedList {
    /// The prefixes, sorted, without duplicates. Two copies of a list with another order have the same prefixes.
    #[must_use]
    pub fn prefixes(&self) -> &[IpNet] {
        &self.prefixes
    }

    /// The prefixes by value.
    #[must_use]
    pub fn into_prefixes(self) -> Vec<IpNet> {
        self.prefixes
    }

    /// The number of its entries by their treatment.
    #[must_use]
    pub fn counts(&self) -> EntryCounts {
        self.counts
    }

    /// The first invalid entries, each with its reason.
    #[must_use]
    pub fn problems(&self) -> &[FeedError] {
        &self.problems
    }

    /// The number of invalid entries, including those beyond [`problems`](Self::problems).
    #[must_use]
    pub fn problem_count(&self) -> usize {
        self.problem_count
    }

    /// Whether the list itself says that people may use its ranges.
    #[must_use]
    pub fn is_advisory(&self) -> bool {
        self.advisory
    }
}

/// Receives a parser's entries one by one.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    text: &'a str,
    options: &'a ParseOptions,
    line: Option<usize>,
    surplus: bool,
    fatal: Option<FeedError>,
    passed_over: usize,
    listed: ParsedList,
}

impl<'a> Collector<'a> {
    pub(super) fn new(text: &'a str, options: &'a ParseOptions) -> Self {
        Self { text, options, line: None, surplus: false, fatal: None, passed_over: 0, listed: ParsedList::default() }
    }

    /// The line of the next entries, counted from 1. Without it, lines are searched when they are needed.
    pub(super) fn at_line(&mut self, line: usize) {
        self.line = Some(line);
    }

    /// Notes that the list itself says that people may use its ranges.
    pub(super) fn advisory(&mut self) {
        self.listed.advisory = true;
    }

    /// An address, a prefix, a range, or a network with its mask.
    pub(super) fn entry(&mut self, text: &str) {
        if let Some(span) = self.span(text) {
            self.keep(span, text);
        }
    }

    /// Parses an entry without keeping it. Returns `None` after noting that it cannot be used.
    pub(super) fn span(&mut self, text: &str) -> Option<Span> {
        let text = entry::trim(text);
        match entry_hint::parse(text) {
            Ok(Entry::Prefix(net)) => self.prefix(net, text),
            Ok(Entry::Range(span)) => self.range(span, text),
            Err(Reason { message, help }) => {
                self.unreadable(text, message, help);
                None
            }
        }
    }

    /// Parses allowed addresses, which may be of any width. An unreadable one would be missing among the exceptions.
    pub(super) fn exempt(&mut self, text: &str) -> Option<Span> {
        match entry_hint::parse(entry::trim(text)) {
            Ok(Entry::Prefix(net)) => Some(prefix::fold_mapped(net).trunc().into()),
            Ok(Entry::Range(span)) => Some(span),
            Err(Reason { message, help }) => {
                self.exception_with(text, message, help);
                None
            }
        }
    }

    /// Keeps addresses that [`span`](Self::span) returned, or a part of them.
    pub(super) fn keep(&mut self, span: Span, text: &str) {
        for net in span.subnets() {
            if self.listed.prefixes.len() == self.options.max_entries {
                self.surplus = true;
                return;
            }
            if !self.is_usable(net, text) {
                return;
            }
            self.listed.prefixes.push(net);
        }
    }

    /// Notes an allowed entry that cannot be subtracted. A fetched list is refused as a whole: without this line it
    /// would contain addresses that its author allows.
    pub(super) fn exception_with(&mut self, found: &str, message: impl Into<String>, help: impl Into<String>) {
        let (message, help) = (message.into(), help.into());
        if !self.options.strict && self.fatal.is_none() {
            let line = self.line.unwrap_or_else(|| self.line_of(found));
            self.fatal = Some(FeedError::new(message.clone(), help.clone()).at_line(line).with_found(found));
        }
        self.unreadable(found, message, help);
    }

    /// A valid entry that the options do not select.
    pub(super) fn pass_over(&mut self) {
        self.passed_over += 1;
    }

    /// An unreadable entry.
    pub(super) fn unreadable(&mut self, found: &str, message: impl Into<String>, help: impl Into<String>) {
        self.listed.counts.unreadable += 1;
        self.problem(found, message.into(), help.into());
    }

    /// Returns the list if the guards accept it.
    pub(super) fn finish(mut self) -> Result<ParsedList, FeedError> {
        if let Some(error) = self.fatal {
            return Err(error);
        }
        if self.surplus {
            return Err(guards::too_many(self.options.max_entries));
        }
        let before = self.listed.prefixes.len();
        self.listed.prefixes.sort_unstable();
        self.listed.prefixes.dedup();
        self.listed.counts.duplicates = before - self.listed.prefixes.len();
        // Every problem of the operator's own file is reported, so the list as a whole is not refused.
        if !(self.options.strict && self.listed.counts.unreadable > 0) {
            let EntryCounts { reserved, too_wide, unreadable, .. } = self.listed.counts;
            let totals =
                Totals { taken: before, dropped: reserved + too_wide, passed_over: self.passed_over, unreadable };
            guards::check_whole(totals, self.listed.problems.first(), self.options.max_bad_share)?;
        }
        if !self.options.strict {
            guards::check_cover(&self.listed.prefixes)?;
        }
        Ok(self.listed)
    }

    fn prefix(&mut self, written: IpNet, text: &str) -> Option<Span> {
        let net = prefix::fold_mapped(written);
        self.listed.counts.folded += usize::from(net != written);
        self.listed.counts.masked += usize::from(net != net.trunc());
        self.is_usable(net.trunc(), text).then(|| net.trunc().into())
    }

    /// Takes a range completely or not at all: a range that reaches into private space or covers too much is a mistake
    /// as a whole.
    fn range(&mut self, span: Span, text: &str) -> Option<Span> {
        span.subnets().all(|net| self.is_usable(net, text)).then_some(span)
    }

    /// Whether a list may contain this network. Notes it if not.
    fn is_usable(&mut self, net: IpNet, text: &str) -> bool {
        if let Err(error) = prefix::check_width(net) {
            self.too_wide(error, text);
            return false;
        }
        if !self.options.strict && guards::is_reserved(net) {
            self.listed.counts.reserved += 1;
            let message = "this is private or reserved space, which no vendor uses";
            self.problem(text, message.into(), "list it in a file of your own if it is meant".into());
            return false;
        }
        true
    }

    fn too_wide(&mut self, error: PrefixError, text: &str) {
        if self.options.strict {
            self.unreadable(text, error.to_string(), error.help());
        } else {
            self.listed.counts.too_wide += 1;
            self.problem(text, error.to_string(), error.help());
        }
    }

    fn problem(&mut self, found: &str, message: String, help: String) {
        self.listed.problem_count += 1;
        if self.listed.problems.len() < MAX_PROBLEMS {
            let line = self.line.unwrap_or_else(|| self.line_of(found));
            self.listed.problems.push(FeedError::new(message, help).at_line(line).with_found(found));
        }
    }

    /// The first line with this text, also if its slashes are escaped.
    fn line_of(&self, found: &str) -> usize {
        let at = self.text.find(found).or_else(|| self.text.find(&found.replace('/', "\\/"))).unwrap_or(0);
        self.text[..at].matches('\n').count() + 1
    }
}
