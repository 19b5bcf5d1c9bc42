//! `[[rule]]`: decides the action for a scanner's request.
//!
//! In: the facts about a request ([`PolicyInput`]) and the [`Labels`] of its address and claims. Out: a [`Ruling`], and
//! the segments that a decoy must break ([`Breaks`]). It never reads a header map, and never answers a request.
//!
//! 1. `variants` computes all variants of the path that a layer behind the guard may read.
//! 2. For each variant, the first rule decides whose path, method, host, scanners, identity, audience and certainty
//!    match.
//! 3. The strictest decision of all variants applies. So an `allow` for `/public` opens nothing for
//!    `/public/..%2fadmin`.
//! 4. If no rule matches, `default_action` decides.

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

use crate::scanners::{LabelFilter, Labels, Reach};
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

/// The facts about a request that the policy uses.
#[derive(Debug)]
pub(crate) struct PolicyInput<'a> {
    pub(crate) method: &'a str,
    pub(crate) variants: PathVariants,
    pub(crate) hosts: Vec<HostVariant>,
}

/// The decision of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ruling {
    /// The rule that decided; `None` for `default_action`.
    pub(crate) rule: Option<usize>,
    pub(crate) action: Action,
    /// False in observe mode.
    pub(crate) enforced: bool,
}

impl Ruling {
    /// The order of decisions, from open to hidden.
    fn strictness(&self) -> u8 {
        match (self.action, self.enforced) {
            (Action::Allow, _) => 0,
            (Action::Tag, _) => 1,
            (Action::Decoy | Action::Block, false) => 2,
            (Action::Decoy | Action::Block, true) => 3,
        }
    }

    /// The stricter of two rulings; of equal ones, the ruling of the earlier rule.
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
    /// The words of all hiding patterns.
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

    /// The hosts in all rules, each in a form that a request could have.
    #[cfg(feature = "testing")]
    pub(crate) fn hosts(&self) -> impl Iterator<Item = String> {
        let hosts = self.rules.iter().filter_map(|rule| rule.hosts.as_ref()).flatten();
        hosts.map(|host| host.to_string().replacen('*', "www", 1))
    }

    /// Whether a decoy is enforced by some rule, and not only observed.
    pub(crate) fn has_decoys(&self) -> bool {
        self.has_decoys
    }

    /// Whether some hiding pattern matches names and not a name, such as `/*` or `*.bak`, so that a route may have them all.
    pub(crate) fn matches_many_names(&self) -> bool {
        self.default_action.hides() || self.all_words.has_wildcards()
    }

    /// The number of the segment that most decoys break.
    pub(crate) fn usual_place(&self) -> usize {
        self.all_words.first_place()
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn default_action(&self) -> Action {
        self.default_action
    }

    /// The decision for a request with these labels.
    ///
    /// An unproved claim can only make it stricter, so that it never lifts a block of the address. Of several unproved
    /// claims from an address in no range, the one with the strictest decision counts.
    pub(crate) fn evaluate(&self, input: &PolicyInput<'_>, labels: &Labels) -> Ruling {
        let all = self.evaluate_labels(input, labels);
        match labels.without_unproved() {
            None => all,
            Some(proved) if proved.is_empty() && labels.len() == 1 => all,
            Some(proved) if proved.is_empty() => {
                labels.each().map(|one| self.evaluate_labels(input, &one)).fold(all, Ruling::or_stricter)
            }
            Some(proved) => all.or_stricter(self.evaluate_labels(input, &proved)),
        }
    }

    /// The decision for all these labels together.
    ///
    /// The time grows with the path's length and its variants, not with the number of rules for other paths. For an
    /// ambiguous path, all hiding rules are tried, up to the first one that matches.
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

    /// The parts of the path that a decoy must break: all segments with which any variant matches any rule that hides
    /// something from this request.
    ///
    /// A request from which no rule hides anything takes the same steps, so that it takes the same time: for `/nimda/x`,
    /// all segments `nimda` are returned, as for `/admin/x` all segments `admin`.
    pub(crate) fn breaks(&self, input: &PolicyInput<'_>, labels: &Labels, ruling: Ruling) -> Breaks {
        let hides = |rule: usize| {
            let fits = |host| self.fits(rule, input, host, labels);
            self.rules[rule].action.hides() && input.hosts.iter().any(fits)
        };
        let mut needs = Needs::new();
        if ruling.rule.is_none() && ruling.action.hides() {
            // If no rule decides, it is unknown which parents are public.
            needs.add(&Needed::Everything);
        }
        input.variants.iter().for_each(|variant| self.paths.add_needs(variant, hides, &mut needs));
        if needs.is_empty() && !ruling.action.hides() && input.variants.ambiguity().is_none() {
            // Parameters and escapes do not belong to the name, and the shortest spelling has none.
            let near = input.variants.iter().filter_map(|variant| variant.segment_near(self.usual_place()));
            if let Some((place, segment)) = near.min_by_key(|(_, segment)| segment.text.len()) {
                needs.add_name(segment.text, place);
            }
        }
        let mut breaks = Breaks::default();
        for variant in input.variants.iter() {
            // In every variant, since a word may occur again in a variant that does not match.
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

    /// The strictest of all hiding rules, for any path: the first enforced rule, or else the first observed one. The
    /// search ends there.
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

    /// The decision for one variant of the path, for an explanation.
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

    /// The first of these rules decides. A rule that is only observed must not prevent a later enforced rule from
    /// deciding, since it would then open the path that it observes.
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
        // Requests from shared ranges are only tagged, unless a rule acts on them.
        let action = match self.default_action {
            action if action.hides() && labels.check_reach(LabelFilter::ALL_SCANNERS, Reach::FOR_HIDING).is_err() => {
                Action::Tag
            }
            action => action,
        };
        Ruling { rule: None, action, enforced: self.mode == Mode::Enforce }
    }

    /// The reason why rule number `index` did not decide this request; `None` if it matches one of its variants.
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
