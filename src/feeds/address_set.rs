//! Sets of addresses, stored as ranges. Union, difference and complement are exact.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, IpSubnets, Ipv4Subnets, Ipv6Subnets};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    fn last(self) -> u128 {
        match self {
            Family::V4 => u32::MAX.into(),
            Family::V6 => u128::MAX,
        }
    }
}

/// A range of addresses, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) family: Family,
    pub(super) first: u128,
    pub(super) last: u128,
}

impl Span {
    /// Every address of both families.
    pub(super) const ALL: [Span; 2] = [Span::family(Family::V4), Span::family(Family::V6)];

    const fn family(family: Family) -> Self {
        let last = match family {
            Family::V4 => u32::MAX as u128,
            Family::V6 => u128::MAX,
        };
        Self { family, first: 0, last }
    }

    /// `None` if the ends have two families or the wrong order.
    pub(super) fn between(first: IpAddr, last: IpAddr) -> Option<Self> {
        let ((family, first), (last_family, last)) = (number(first), number(last));
        (family == last_family && first <= last).then_some(Self { family, first, last })
    }

    pub(super) fn covers_family(self) -> bool {
        self.first == 0 && self.last == self.family.last()
    }

    /// The prefixes that cover exactly this range.
    pub(super) fn subnets(self) -> IpSubnets {
        match self.family {
            Family::V4 => IpSubnets::V4(Ipv4Subnets::new(v4(self.first), v4(self.last), 0)),
            Family::V6 => IpSubnets::V6(Ipv6Subnets::new(self.first.into(), self.last.into(), 0)),
        }
    }
}

impl From<IpNet> for Span {
    fn from(net: IpNet) -> Self {
        let ((family, first), (_, last)) = (number(net.network()), number(net.broadcast()));
        Self { family, first, last }
    }
}

fn number(address: IpAddr) -> (Family, u128) {
    match address {
        IpAddr::V4(address) => (Family::V4, u32::from(address).into()),
        IpAddr::V6(address) => (Family::V6, Ipv6Addr::into(address)),
    }
}

fn v4(number: u128) -> Ipv4Addr {
    Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// A set of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AddressSet {
    /// The last address of each range, by its first. No two ranges overlap or touch.
    v4: BTreeMap<u128, u128>,
    v6: BTreeMap<u128, u128>,
}

impl AddressSet {
    pub(super) fn all() -> Self {
        Span::ALL.into_iter().collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    pub(super) fn insert(&mut self, span: Span) {
        let Span { family, mut first, mut last } = span;
        let ranges = self.ranges_mut(family);
        // A range before it that reaches this one is merged into it, and so are ranges that begin inside it.
        while let Some((&start, &end)) = ranges.range(..=last.saturating_add(1)).next_back() {
            if end.saturating_add(1) < first {
                break;
            }
            ranges.remove(&start);
            first = first.min(start);
            last = last.max(end);
        }
        ranges.insert(first, last);
    }

    /// The parts of a range that are in the set.
    pub(super) fn within(&self, span: Span) -> Vec<Span> {
        let ranges = self.ranges(span.family);
        let before = ranges.range(..span.first).next_back();
        let inside = ranges.range(span.first..=span.last);
        let part = |(&first, &last): (&u128, &u128)| {
            let (first, last) = (first.max(span.first), last.min(span.last));
            (first <= last).then_some(Span { first, last, ..span })
        };
        before.into_iter().chain(inside).filter_map(part).collect()
    }

    /// The parts of a range that are not in the set.
    pub(super) fn outside(&self, span: Span) -> Vec<Span> {
        let mut parts = Vec::new();
        let mut next = Some(span.first);
        for covered in self.within(span) {
            if let Some(first) = next.filter(|first| *first < covered.first) {
                parts.push(Span { first, last: covered.first - 1, ..span });
            }
            next = covered.last.checked_add(1);
        }
        if let Some(first) = next.filter(|first| *first <= span.last) {
            parts.push(Span { first, ..span });
        }
        parts
    }

    pub(super) fn overlaps(&self, span: Span) -> bool {
        !self.within(span).is_empty()
    }

    pub(super) fn spans(&self) -> impl Iterator<Item = Span> {
        let of = |family: Family, ranges: &BTreeMap<u128, u128>| {
            let span = |(&first, &last): (&u128, &u128)| Span { family, first, last };
            ranges.iter().map(span).collect::<Vec<_>>()
        };
        [of(Family::V4, &self.v4), of(Family::V6, &self.v6)].into_iter().flatten()
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        self.spans().flat_map(|span| other.outside(span)).collect()
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        self.spans().flat_map(|span| other.within(span)).collect()
    }

    pub(super) fn complement(&self) -> Self {
        Self::all().minus(self)
    }

    fn ranges(&self, family: Family) -> &BTreeMap<u128, u128> {
        match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        }
    }

    fn ranges_mut(&mut self, family: Family) -> &mut BTreeMap<u128, u128> {
        match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        }
    }
}

impl FromIterator<Span> for AddressSet {
    fn from_iter<T: IntoIterator<Item = Span>>(spans: T) -> Self {
        let mut set = Self::default();
        spans.into_iter().for_each(|span| set.insert(span));
        set
    }
}

impl Extend<Span> for AddressSet {
    fn extend<T: IntoIterator<Item = Span>>(&mut self, spans: T) {
        spans.into_iter().for_each(|span| self.insert(span));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span() -> impl Strategy<Value = Span> {
        // Few numbers, and both ends of the family, so that ranges touch and overlap often.
        let end = prop_oneof![0u128..40, (u128::from(u32::MAX) - 20)..=u128::from(u32::MAX)];
        (end.clone(), end).prop_map(|(a, b)| Span { family: Family::V4, first: a.min(b), last: a.max(b) })
    }

    fn numbers() -> impl Iterator<Item = u128> {
        (0..40).chain((u128::from(u32::MAX) - 20)..=u128::from(u32::MAX))
    }

    fn has(set: &AddressSet, number: u128) -> bool {
        set.overlaps(Span { family: Family::V4, first: number, last: number })
    }

    proptest! {
        #[test]
        fn sets_hold_what_their_numbers_say(a in prop::collection::vec(span(), 0..6), b in prop::collection::vec(span(), 0..6)) {
            let within = |spans: &[Span], number| spans.iter().any(|span| span.first <= number && number <= span.last);
            let (left, right): (AddressSet, AddressSet) = (a.iter().copied().collect(), b.iter().copied().collect());
            let ranges: Vec<Span> = left.spans().collect();
            prop_assert!(ranges.windows(2).all(|pair| pair[0].last + 1 < pair[1].first), "ranges overlap or touch");
            for number in numbers() {
                let (in_a, in_b) = (within(&a, number), within(&b, number));
                prop_assert_eq!(has(&left, number), in_a);
                prop_assert_eq!(has(&left.minus(&right), number), in_a && !in_b);
                prop_assert_eq!(has(&left.and(&right), number), in_a && in_b);
                prop_assert_eq!(has(&left.complement(), number), !in_a);
            }
        }
    }

    #[test]
    fn all_addresses_and_none() {
        let all = AddressSet::all();
        assert!(all.complement().is_empty() && all.spans().all(Span::covers_family));
        assert_eq!(AddressSet::default().complement(), all);
    }
}
