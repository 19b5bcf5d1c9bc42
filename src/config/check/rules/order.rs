//! Compares a rule with the earlier rules: the first rule that matches decides.

use crate::policy::{Coverage, Mode, Pattern, Rule, covers_method};

/// The first earlier rule that covers every request of this rule.
pub(super) fn shadowing<'a>(
    rule: &Rule,
    patterns: &[Pattern],
    earlier: &'a [Option<Rule>],
    paths: &Coverage<'_>,
) -> Option<&'a Rule> {
    let (first, rest) = patterns.split_first()?;
    let mut owners = paths.owners_around(first);
    owners.retain(|owner| earlier[*owner].as_ref().is_some_and(|earlier| decides_for(earlier, rule)));
    for pattern in rest {
        if owners.is_empty() {
            return None;
        }
        let around = paths.owners_around(pattern);
        owners.retain(|owner| around.binary_search(owner).is_ok());
    }
    earlier[*owners.first()?].as_ref()
}

/// Whether `earlier` decides, on its paths, for every request that matches `later` apart from the path.
pub(in crate::config::check) fn decides_for(earlier: &Rule, later: &Rule) -> bool {
    let methods = match (&earlier.methods, &later.methods) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => narrow.iter().all(|method| covers_method(wide, method)),
    };
    let hosts = match (&earlier.hosts, &later.hosts) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => narrow.iter().all(|host| wide.contains(host)),
    };
    let scanners = match (&earlier.scanners, &later.scanners) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => wide.is_superset(narrow),
    };
    let reach = earlier.reach.is_superset(later.reach) && earlier.identities.is_superset(later.identities);
    let observed = earlier.mode == Mode::Observe && later.mode == Mode::Enforce;
    methods && hosts && scanners && reach && !observed
}
