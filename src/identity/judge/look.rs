//! The results of all lists of a bot for one address, as one result.

use std::time::SystemTime;

use super::{LONGEST, ListLook, Listed, Provable};
use crate::catalog::ListKind;

/// The result of all lists of a bot together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A list that was read at or before the request contains the address.
    Proved,
    /// Only a list that proves nothing contains it.
    Weak,
    /// A list that was read after the request contains it.
    InYounger,
    /// No list contains it, and one was read after the request.
    Younger,
    /// No list contains it, and the lists are complete and fresh.
    MissedFresh,
    /// No list contains it, and one may be out of date.
    MissedStale,
    /// No list contains it, and the time of the request is unknown.
    MissedUndated,
    /// No list contains it, and the lists have gaps.
    MissedGaps,
    /// The bot has no list.
    NoList,
}

impl Look {
    pub(super) fn at(bot: Provable, lists: &[ListLook], time: Option<SystemTime>) -> Self {
        let is_younger = |list: &ListLook| matches!((list.read, time), (Some(read), Some(time)) if read > time);
        let has = |listed: Listed| lists.iter().filter(move |list| list.listed == listed);
        if has(Listed::Exclusive).any(|list| !is_younger(list)) {
            return Look::Proved;
        }
        if has(Listed::Weak).any(|list| !is_younger(list)) {
            return Look::Weak;
        }
        if lists.iter().any(|list| list.listed != Listed::No) {
            return Look::InYounger;
        }
        Self::missed(bot, lists, time, is_younger)
    }

    /// The result if no list contains the address.
    fn missed(
        bot: Provable,
        lists: &[ListLook],
        time: Option<SystemTime>,
        is_younger: impl Fn(&ListLook) -> bool,
    ) -> Self {
        let can_be_missed = matches!(bot.list, ListKind::Complete | ListKind::Gaps | ListKind::Shared);
        if !can_be_missed || lists.is_empty() {
            return Look::NoList;
        }
        if lists.iter().any(is_younger) {
            return Look::Younger;
        }
        let Some(time) = time else { return Look::MissedUndated };
        // Ranges that prove nothing do not count for the age of those that do.
        let proving = || lists.iter().filter(|list| list.proves);
        let is_fresh =
            |list: &ListLook| list.read.is_some_and(|read| time.duration_since(read).is_ok_and(|age| age <= LONGEST));
        match bot.list {
            ListKind::Complete if proving().next().is_some() && proving().all(is_fresh) => Look::MissedFresh,
            ListKind::Complete => Look::MissedStale,
            _ => Look::MissedGaps,
        }
    }

    /// Whether any list contains the address, even one that cannot be applied. Such an address contradicts nothing.
    pub(super) fn has_address(self) -> bool {
        matches!(self, Look::Proved | Look::Weak | Look::InYounger)
    }
}
