//! `[[rule]]`: what a scanner's request gets.
//!
//! 1. The request's path is taken in all variants in which a layer behind may read it (`variants`).
//! 2. For each variant, the first rule whose path, method, host, scanners, audience and certainty fit decides.
//! 3. Of these decisions the strictest decision applies: whatever a layer may take the request for, it gets at least what that
//!    calls for. An `allow` for `/public` therefore opens nothing to `/public/..%2fadmin`.
//! 4. Where no rule fits, `default_action` decides.

mod action;
mod breaks;
mod coverage;
mod host;
mod needed;
mod parts;
mod pattern;
mod rule;
mod variants;
mod wildcards;
mod words;

use crate::scanners::{Labels, Reach, Wanted};
use crate::util::work;
pub use action::Action;
pub(crate) use action::Mode;
pub(crate) use breaks::{Breaks, Extent};
pub(crate) use coverage::Coverage;
pub(crate) use host::{HostPattern, HostVariant, forwarded_hosts};
use needed::{AllWords, Needed, Needs};
pub(crate) use parts::{MAX_EXTENSION, Part, Wildcard};
pub(crate) use pattern::{PathSet, Pattern};
pub use rule::Mismatch;
pub(crate) use rule::{Rule, covers_method};
pub(crate) use variants::{Ambiguity, PathVariant, PathVariants};

/// What policy knows of a request.
#[derive(Debug)]
pub(crate) struct PolicyInput<'a> {
    pub(crate) method: &'a str,
    pub(crate) variants: PathVariants,
    pub(crate) hosts: Vec<HostVariant>,
}

/// What policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ruling {
    /// The rule that decided; `None` for `default_action`.
    pub(crate) rule: Option<usize>,
    pub(crate) action: Action,
    /// False in observe mode.
    pub(crate) enforced: bool,
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
    /// The words of all patterns that hide anything.
    all_words: AllWords,
    default_action: Action,
    mode: Mode,
    has_decoys: bool,
}

impl Policy {
    pub(crate) fn new(rules: Vec<Rule>, paths: PathSet, default_action: Action, mode: Mode) -> Self {
        let all_words = AllWords::of(paths.all_needed(|rule| rules[rule].action.hides()));
        let decoys = |rule: &Rule| rule.action == Action::Decoy && rule.mode == Mode::Enforce;
        let has_decoys = mode == Mode::Enforce && (default_action == Action::Decoy || rules.iter().any(decoys));
        Self { rules, paths, all_words, default_action, mode, has_decoys }
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub(crate) fn paths(&self) -> &PathSet {
        &self.paths
    }

    /// The hosts that any rule names, each in a form that a request could have.
    #[cfg(feature = "testing")]
    pub(crate) fn hosts(&self) -> impl Iterator<Item = String> {
        let hosts = self.rules.iter().filter_map(|rule| rule.hosts.as_ref()).flatten();
        hosts.map(|host| host.to_string().replacen('*', "www", 1))
    }

    /// Whether anything is decoyed, and not only observed.
    pub(crate) fn has_decoys(&self) -> bool {
        self.has_decoys
    }

    /// Whether some hiding pattern matches names and not a name, such as `/*` or `*.bak`, so that a route may have them all.
    pub(crate) fn matches_many_names(&self) -> bool {
        self.default_action.hides() || self.all_words.has_wildcards()
    }

    /// The number of the segment in which most decoys are broken.
    pub(crate) fn usual_place(&self) -> usize {
        self.all_words.first_place()
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn default_action(&self) -> Action {
        self.default_action
    }

    /// What a request with these labels gets.
    ///
    /// A claim that is not proved can only make it stricter: it must not lead out of a block that the address calls for. Of several
    /// such claims from an address in no range, the one that policy is strictest with counts.
    pub(crate) fn evaluate(&self, input: &PolicyInput<'_>, labels: &Labels) -> Ruling {
        let all = self.evaluate_labels(input, labels);
        match labels.without_unproved() {
            None => all,
            Some(sure) if sure.is_empty() && labels.len() == 1 => all,
            Some(sure) if sure.is_empty() => {
                labels.each().map(|one| self.evaluate_labels(input, &one)).fold(all, Ruling::or_stricter)
            }
            Some(sure) => all.or_stricter(self.evaluate_labels(input, &sure)),
        }
    }

    /// What these labels call for, taken together.
    ///
    /// Time grows with the path's length and its variants, not with the number of rules that do not concern it. An
    /// ambiguous path concerns all rules that hide anything; they are tried up to the first that fits.
    fn evaluate_labels(&self, input: &PolicyInput<'_>, labels: &Labels) -> Ruling {
        let mut rulings = Vec::new();
        for variant in input.variants.iter() {
            let candidates = self.paths.rules_for(variant);
            for host in &input.hosts {
                let fitting = candidates.iter().copied().filter(|rule| self.fits(*rule, input, host, labels));
                rulings.push(self.first_of(fitting).unwrap_or_else(|| self.by_default(labels)));
            }
        }
        if input.variants.ambiguity().is_some() {
            rulings.extend(input.hosts.iter().filter_map(|host| self.first_hiding(input, host, labels)));
        }
        rulings.into_iter().reduce(Ruling::or_stricter).unwrap_or_else(|| self.by_default(labels))
    }

    /// What a decoy has to break of the path: all that any variant needs to meet any rule that hides something from this request.
    ///
    /// A request that no rule hides anything from takes the same walk, so that it takes as long.
    pub(crate) fn breaks(&self, input: &PolicyInput<'_>, labels: &Labels, ruling: Ruling) -> Breaks {
        let hides = |rule: usize| {
            let fits = |host| self.fits(rule, input, host, labels);
            self.rules[rule].action.hides() && input.hosts.iter().any(fits)
        };
        let mut needs = Needs::new();
        if ruling.rule.is_none() && ruling.action.hides() {
            // Where no rule decides, nothing says which parents are public.
            needs.add(&Needed::Everything);
        }
        input.variants.iter().for_each(|variant| self.paths.add_needs(variant, hides, &mut needs));
        let mut breaks = Breaks::default();
        for variant in input.variants.iter() {
            // In every variant, since a word may stand once more in one that does not match.
            needs.mark(variant, &self.all_words, &mut breaks);
            if input.variants.ambiguity().is_some() {
                self.all_words.mark(variant, &mut breaks);
                breaks.mark_before_parents(variant);
            }
        }
        match input.variants.ambiguity() {
            _ if input.variants.is_misaligned() => breaks.and_all_from(0),
            None | Some(Ambiguity::DotDot) => breaks,
            Some(Ambiguity::Unstable) => breaks.and_all_from(input.variants.unstable_from()),
            Some(Ambiguity::TooLong) => breaks.and_all_from(0),
        }
    }

    /// The strictest of all rules that hide anything, whatever their paths: the first that is carried out, or else the
    /// first that is observed. It is looked for up to there and no further.
    fn first_hiding(&self, input: &PolicyInput<'_>, host: &HostVariant, labels: &Labels) -> Option<Ruling> {
        let hiding = (0..self.rules.len()).filter(|rule| self.rules[*rule].action.hides());
        let mut fitting = hiding
            .inspect(|_| work::count(1))
            .filter(|rule| self.fits(*rule, input, host, labels))
            .map(|rule| self.by_rule(rule));
        let first = fitting.next()?;
        if first.enforced || self.mode == Mode::Observe {
            return Some(first);
        }
        fitting.find(|ruling| ruling.enforced).or(Some(first))
    }

    /// What one variant of the path calls for by itself, for an explanation.
    pub(crate) fn evaluate_variant(
        &self,
        variant: &PathVariant,
        host: &HostVariant,
        input: &PolicyInput<'_>,
        labels: &Labels,
    ) -> Ruling {
        let candidates = self.paths.rules_for(variant);
        let fitting = candidates.into_iter().filter(|rule| self.fits(*rule, input, host, labels));
        self.first_of(fitting).unwrap_or_else(|| self.by_default(labels))
    }

    fn fits(&self, rule: usize, input: &PolicyInput<'_>, host: &HostVariant, labels: &Labels) -> bool {
        self.rules[rule].mismatch(input.method, host, labels).is_none()
    }

    /// The first of these rules decides. One that is only observed must not keep an enforced one behind it from doing
    /// its work, since it would then open what it is there to watch.
    fn first_of(&self, rules: impl Iterator<Item = usize>) -> Option<Ruling> {
        let mut observed = None;
        for rule in rules {
            let ruling = self.by_rule(rule);
            if ruling.action.hides() && self.rules[rule].mode == Mode::Observe {
                observed.get_or_insert(ruling);
                continue;
            }
            return Some(match observed {
                Some(observed) if ruling.strictness() <= observed.strictness() => observed,
                _ => ruling,
            });
        }
        observed
    }

    fn by_rule(&self, index: usize) -> Ruling {
        let rule = &self.rules[index];
        let enforced = self.mode == Mode::Enforce && rule.mode == Mode::Enforce;
        Ruling { rule: Some(index), action: rule.action, enforced }
    }

    fn by_default(&self, labels: &Labels) -> Ruling {
        // People who share an address with a scanner are only ever tagged, unless a rule says otherwise by name.
        let action = match self.default_action {
            action if action.hides() && labels.check_reach(Wanted::EVERYBODY, Reach::CAUTIOUS).is_err() => Action::Tag,
            action => action,
        };
        Ruling { rule: None, action, enforced: self.mode == Mode::Enforce }
    }

    /// Why rule number `index` did not decide this request; `None` where it fits one of its variants.
    pub(crate) fn mismatch(&self, index: usize, input: &PolicyInput<'_>, labels: &Labels) -> Option<Mismatch> {
        let rule = &self.rules[index];
        let ambiguous = rule.action.hides() && input.variants.ambiguity().is_some();
        let on_path = |variant| self.paths.rules_for(variant).contains(&index);
        if !ambiguous && !input.variants.iter().any(on_path) {
            return Some(Mismatch::Path);
        }
        let reasons = input.hosts.iter().map(|host| rule.mismatch(input.method, host, labels));
        reasons.min_by_key(Option::is_some).flatten()
    }
}
