//! Why a rule acts on none of the ranges that it selects, and which key of the rule is the answer.

use crate::scanners::{Group, Reach};

/// No selected range is in a rule's reach.
pub(super) struct Unreachable {
    pub(super) reason: String,
    pub(super) help: String,
}

impl Unreachable {
    /// `None` where the rule acts on one of these groups, or where there are none.
    ///
    /// Of the two answers the one that concerns no people comes first: for `shodan`, whose ranges are exclusive and only
    /// listed by a community, it is `certainty = "community"`.
    pub(super) fn all_of(groups: &[&Group], reach: Reach) -> Option<Self> {
        if groups.is_empty() || groups.iter().any(|group| reach.covers(group.audience, group.certainty)) {
            return None;
        }
        let wanted = reach.certainty.as_str();
        let for_machines = groups.iter().filter(|group| reach.audience.includes(group.audience));
        if let Some(best) = for_machines.map(|group| group.certainty).max() {
            let best = best.as_str();
            return Some(Self {
                reason: format!("all these ranges are `{best}` at best, and the rule acts on `{wanted}` ones"),
                help: format!("write `certainty = \"{best}\"` to act on them too"),
            });
        }
        let any = "people use all these ranges too, and the rule acts on `exclusive` ones";
        let best = groups.iter().map(|group| group.certainty).max()?;
        if best >= reach.certainty {
            let help = "write `audience = \"any\"` to act on these people as well".to_owned();
            return Some(Self { reason: any.to_owned(), help });
        }
        let best = best.as_str();
        Some(Self {
            reason: format!("{any}; they are `{best}` at best, and the rule acts on `{wanted}` ones"),
            help: format!("write `audience = \"any\"` and `certainty = \"{best}\"` to act on these people as well"),
        })
    }
}
