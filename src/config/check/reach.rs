//! Why a rule acts on no range that it selects, and which key of the rule changes that.

use crate::scanners::{Group, Reach};

/// The rule acts on no selected range.
pub(super) struct Unreachable {
    pub(super) reason: String,
    pub(super) help: String,
}

impl Unreachable {
    /// `None` if the rule acts on one of these groups, or if there are no groups.
    ///
    /// If two keys would help, the one that affects no people comes first. For `shodan`, whose ranges are exclusive and
    /// community-listed, it is `certainty = "community"`.
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
