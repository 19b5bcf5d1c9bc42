//! `[[rule]]`: what a scanner's request gets.
//!
//! 1. The request's path is read in all the ways in which a layer behind may read it (`readings`).
//! 2. For each reading, the first rule whose path, method, host, scanners and confidence fit decides.
//! 3. Of these decisions the strictest stands: whatever a layer may take the request for, it gets at least what that
//!    calls for. An `allow` for `/public` therefore opens nothing to `/public/..%2fadmin`.
//! 4. Where no rule fits, `default_action` decides.

mod action;
mod host;
mod pattern;
mod readings;
mod rule;

pub use action::{Action, Audience, Confidence, Mode};
pub(crate) use host::{HostPattern, HostReading};
pub(crate) use pattern::{Kept, PathSet, Pattern};
pub(crate) use readings::{Doubt, Reading, Readings};
pub use rule::Mismatch;
pub(crate) use rule::{Label, Labels, Rule, ScannerSet, covers_method};

/// What policy knows of a request.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) readings: Readings,
    pub(crate) hosts: Vec<HostReading>,
}

/// What policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ruling {
    /// The rule that decided; `None` for `default_action`.
    pub(crate) rule: Option<usize>,
    pub(crate) action: Action,
    /// False in observe mode.
    pub(crate) enforced: bool,
    /// What a decoy path may keep of the request's path.
    pub(crate) kept: Kept,
}

impl Ruling {
    /// How much is kept from the scanner.
    fn strictness(&self) -> u8 {
        match (self.action, self.enforced) {
            (Action::Allow, _) => 0,
            (Action::Tag, _) => 1,
            (Action::Decoy | Action::Block, false) => 2,
            (Action::Decoy | Action::Block, true) => 3,
        }
    }

    /// The stricter of two rulings; of equals, the one of the earlier rule.
    pub(crate) fn or_stricter(self, other: Ruling) -> Ruling {
        let rank = |ruling: &Ruling| (ruling.strictness(), std::cmp::Reverse(ruling.rule.unwrap_or(usize::MAX)));
        if rank(&other) > rank(&self) { other } else { self }
    }
}

/// The compiled rules.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    rules: Vec<Rule>,
    paths: PathSet,
    default_action: Action,
    mode: Mode,
}

impl Policy {
    pub(crate) fn new(rules: Vec<Rule>, paths: PathSet, default_action: Action, mode: Mode) -> Self {
        Self { rules, paths, default_action, mode }
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// What a request from the address with these labels gets.
    pub(crate) fn rule_on(&self, asked: &Asked<'_>, labels: &Labels) -> Ruling {
        let rulings = asked.hosts.iter().flat_map(|host| {
            let read = asked.readings.iter().map(move |reading| self.first_match(asked, reading, host, labels));
            let doubt = asked.readings.doubt().and_then(|_| self.first_hiding(asked, host, labels));
            read.chain(doubt)
        });
        rulings.reduce(Ruling::or_stricter).unwrap_or_else(|| self.by_default(labels))
    }

    /// The first rule for this reading of the path.
    fn first_match(&self, asked: &Asked<'_>, reading: &Reading, host: &HostReading, labels: &Labels) -> Ruling {
        let candidates = self.paths.rules_for(reading);
        let fits = |rule: usize| self.rules[rule].mismatch(asked.method, host, labels).is_none();
        match candidates.into_iter().find(|(rule, _)| fits(*rule)) {
            Some((rule, kept)) => self.by_rule(rule, kept),
            None => self.by_default(labels),
        }
    }

    /// The first rule that hides anything from this request, whatever its paths.
    fn first_hiding(&self, asked: &Asked<'_>, host: &HostReading, labels: &Labels) -> Option<Ruling> {
        let fits = |rule: &Rule| rule.action.hides() && rule.mismatch(asked.method, host, labels).is_none();
        self.rules.iter().position(fits).map(|rule| self.by_rule(rule, Kept::NONE))
    }

    fn by_rule(&self, index: usize, kept: Kept) -> Ruling {
        let rule = &self.rules[index];
        let enforced = self.mode == Mode::Enforce && rule.mode == Mode::Enforce;
        Ruling { rule: Some(index), action: rule.action, enforced, kept }
    }

    fn by_default(&self, labels: &Labels) -> Ruling {
        // People who share an address with a scanner are only ever tagged, unless a rule says otherwise by name.
        let action = match self.default_action {
            action if action.hides() && !labels.allow_acting(None, Confidence::Exclusive) => Action::Tag,
            action => action,
        };
        Ruling { rule: None, action, enforced: self.mode == Mode::Enforce, kept: Kept::NONE }
    }

    /// Why rule number `index` did not decide this request; `None` where it fits one of its readings.
    pub(crate) fn mismatch(&self, index: usize, asked: &Asked<'_>, labels: &Labels) -> Option<Mismatch> {
        let rule = &self.rules[index];
        let doubtful = rule.action.hides() && asked.readings.doubt().is_some();
        let on_path = |reading| self.paths.rules_for(reading).iter().any(|(owner, _)| *owner == index);
        if !doubtful && !asked.readings.iter().any(on_path) {
            return Some(Mismatch::Path);
        }
        let reasons = asked.hosts.iter().map(|host| rule.mismatch(asked.method, host, labels));
        reasons.min_by_key(Option::is_some).flatten()
    }
}
