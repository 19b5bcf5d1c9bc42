//! Compares every kind of index with the runs from which it was built, at sizes far below its usual ones.

use proptest::prelude::*;

use super::chain::{Item, Run};
use super::family::{Family, V4, V6};
use super::instructions;
use super::key::Key;
use super::layout::{LAYOUTS_V4, LAYOUTS_V6, Layout};
use super::search::Search;
use super::slot::Slot;
use super::sweep::{Swept, sweep};
use super::{v4, v6};

fn swept<F: Family>(prefixes: &[(F::Key, u8)]) -> Swept<F::Key> {
    let item = |(position, &(start, len)): (u32, &(F::Key, u8))| Item::new(start.first(len), len, position);
    let mut items: Vec<_> = (0..).zip(prefixes).map(item).collect();
    F::sort(&mut items);
    sweep(&items, F::BLOCK_BITS)
}

fn assert_finds_all_runs<K: Key>(index: &impl Search<K>, runs: &[Run<K>]) {
    let mut first = K::ZERO;
    for run in runs {
        assert_eq!(index.find(first), run.head, "the first of the run from {first:?} to {:?}", run.last);
        assert_eq!(index.find(run.last), run.head, "the last of the run from {first:?} to {:?}", run.last);
        // The index may return the run in several pieces.
        while index.last_of_run(first) < run.last {
            assert!(index.last_of_run(first) >= first, "{first:?} in the run to {:?}", run.last);
            first = index.last_of_run(first).next().expect("not beyond the run");
            assert_eq!(index.find(first), run.head, "{first:?} in the run to {:?}", run.last);
        }
        assert_eq!(index.last_of_run(first), run.last);
        first = run.last.next().unwrap_or(K::MAX);
    }
}

/// Prefixes of any length, close together in a few places.
fn crowded_v4() -> impl Strategy<Value = (u32, u8)> {
    (0u32..3, 0u32..8, 0u32..4, any::<u8>(), 0u8..=32)
        .prop_map(|(a, b, c, d, len)| (a << 30 | b << 17 | c << 12 | u32::from(d), len))
}

fn crowded_v6() -> impl Strategy<Value = (u128, u8)> {
    /// Both ends of `2000::/3`, the addresses beyond them, and distant addresses.
    const ZONES: [u128; 9] = [0, 0x1fff, 0x2000, 0x2001, 0x2002, 0x3ffe, 0x3fff, 0x4000, 0xffff];
    (0u128..9, 0u128..64, 0u128..4, any::<u8>(), prop_oneof![16u8..=64, 0u8..=128])
        .prop_map(|(a, b, c, d, len)| (ZONES[a as usize] << 112 | b << 90 | c << 70 | u128::from(d), len))
}

/// Prefixes that 64 bits distinguish.
fn crowded_short_v6() -> impl Strategy<Value = (u128, u8)> {
    crowded_v6().prop_map(|(start, len)| (start, len.min(64)))
}

proptest! {
    #[test]
    fn bitmaps_find_all_runs(prefixes in prop::collection::vec(crowded_v4(), 0..300)) {
        let runs = swept::<V4>(&prefixes).runs;
        assert_finds_all_runs(&v4::Index::with_layout(&runs, Layout::Bitmaps), &runs);
    }

    #[test]
    fn windows_and_cells_find_all_runs(prefixes in prop::collection::vec(crowded_v4(), 0..300)) {
        let runs = swept::<V4>(&prefixes).runs;
        assert_finds_all_runs(&v4::Index::new(&runs), &runs);
        assert_finds_all_runs(&v4::Index::with_layout(&runs, Layout::ShortRoot(14)), &runs);
    }

    #[test]
    fn trees_find_all_runs(prefixes in prop::collection::vec(crowded_v6(), 0..300)) {
        let runs = swept::<V6>(&prefixes).runs;
        assert_finds_all_runs(&v6::Index::new(&runs), &runs);
    }

    #[test]
    fn two_levels_find_all_runs(prefixes in prop::collection::vec(crowded_short_v6(), 0..200)) {
        let runs = swept::<V6>(&prefixes).runs;
        assert_finds_all_runs(&v6::Index::new(&runs), &runs);
    }

    #[test]
    fn one_or_two_prefixes_find_all_runs(
        v4 in prop::collection::vec(crowded_v4(), 0..3),
        v6 in prop::collection::vec(crowded_v6(), 0..3),
    ) {
        let (v4, v6) = (swept::<V4>(&v4).runs, swept::<V6>(&v6).runs);
        assert_finds_all_runs(&v4::Index::new(&v4), &v4);
        assert_finds_all_runs(&v6::Index::new(&v6), &v6);
    }

    #[test]
    fn numbers_are_counted_as_one_by_one(mut eight: [i32; 8], mut sixteen: [i32; 16], key: i32, near in 0usize..16) {
        eight.sort_unstable();
        sixteen.sort_unstable();
        for key in [key, eight[near % 8], sixteen[near], sixteen[near].wrapping_add(1), i32::MIN, i32::MAX] {
            let less = |sorted: &[i32]| sorted.iter().filter(|&&number| number < key).count();
            prop_assert_eq!(instructions::count_less(&eight, key), less(&eight));
            prop_assert_eq!(instructions::count_less(&sixteen, key), less(&sixteen));
        }
    }

    #[test]
    fn neighbouring_runs_differ(prefixes in prop::collection::vec(crowded_v4(), 0..100)) {
        let runs = swept::<V4>(&prefixes).runs;
        prop_assert!(runs.windows(2).all(|pair| pair[0].last < pair[1].last && pair[0].head != pair[1].head));
        prop_assert_eq!(runs.last().map(|run| run.last), Some(u32::MAX));
    }
}

/// Numbers of runs at the limits of each layout.
#[test]
fn all_sizes_find_all_runs() {
    let limits = LAYOUTS_V4.iter().filter_map(|&(most, _)| u32::try_from(most).ok());
    for runs in limits.flat_map(|limit| [limit, limit + 1]) {
        for spacing in [2, 1 << 9, (u32::MAX / (runs / 2 + 1)) & !1] {
            // Separate single addresses, with or without the first address of all.
            let prefixes: Vec<(u32, u8)> = (0..runs / 2).map(|at| (runs % 2 + at * spacing, 32)).collect();
            let runs_of_all = swept::<V4>(&prefixes).runs;
            assert_eq!(runs_of_all.len(), runs as usize);
            assert_finds_all_runs(&v4::Index::new(&runs_of_all), &runs_of_all);
        }
    }
}

/// Numbers of runs at the limits of two levels, and with each level full or just begun.
#[test]
fn few_runs_of_ipv6_are_found() {
    let limits = LAYOUTS_V6.iter().filter_map(|&(most, _)| u64::try_from(most).ok().filter(|&most| most < 1 << 32));
    let layouts = limits.flat_map(|limit| [limit, limit + 1]).map(u128::from);
    for runs in layouts.chain([7, 16, 17, 32, 33, 255]) {
        // The whole address space, and neighbours in it.
        let prefixes: Vec<(u128, u8)> = (1..runs - 1).map(|at| (at << 112, 16)).chain([(0, 0)]).collect();
        let runs_of_all = swept::<V6>(&prefixes).runs;
        assert_eq!(runs_of_all.len(), runs as usize);
        assert_finds_all_runs(&v6::Index::new(&runs_of_all), &runs_of_all);
    }
}

#[test]
fn trees_of_all_sizes_have_the_depth_of_the_largest() {
    for crowd in [1, 5, 100, 600, 10_000] {
        let crowded = (0..crowd).map(|at| (0x2001 << 112 | at << 82, 48));
        let small = (0..40).map(|at| ((0x2002 + at) << 112 | (at % 7) << 80, if at % 3 == 0 { 60 } else { 48 }));
        let prefixes: Vec<(u128, u8)> = crowded.chain(small).collect();
        let runs = swept::<V6>(&prefixes).runs;
        assert_finds_all_runs(&v6::Index::new(&runs), &runs);
    }
}

#[test]
fn a_crowded_zone_has_a_tree_of_several_levels() {
    let prefixes: Vec<(u128, u8)> = (0..3000).map(|i| (0x2001 << 112 | i << 84, 46)).collect();
    let runs = swept::<V6>(&prefixes).runs;
    assert_finds_all_runs(&v6::Index::new(&runs), &runs);
}

/// Small enough for Miri, which runs the special instructions if they are enabled for the whole program (`RUSTFLAGS="-C
/// target-feature=+popcnt,+bmi1,+bmi2"`).
#[test]
fn nodes_answer_the_same_without_special_instructions() {
    let prefixes = [(0x0a00_0000, 8), (0x0a00_0100, 24), (0x0a00_0180, 25), (0x0a00_0300, 24), (0x0a00_0301, 32)];
    let Swept { runs, .. } = swept::<V4>(&prefixes);
    let index = v4::Index::with_layout(&runs, Layout::Bitmaps);
    let mut portable = index.clone();
    portable.below = instructions::find_portably;
    for run in &runs {
        assert_eq!(index.find(run.last), run.head, "{run:?}");
        assert_eq!(portable.find(run.last), run.head, "{run:?}");
    }
}

#[test]
fn a_far_next_entry_is_found() {
    // The step between the first and the last entry is too large for its field.
    let mut prefixes: Vec<(u32, u8)> = (0..40_000).map(|i| (10 << 24 | i << 8, 24)).collect();
    prefixes.push((10 << 24, 8));
    let Swept { runs, chains, .. } = swept::<V4>(&prefixes);
    let next: Vec<_> = runs.iter().filter_map(|run| run.head.entry()).map(|head| (head, chains.next(head))).collect();
    let around = |&&(entry, _): &&(u32, Option<u32>)| chains.len(entry as usize) == Some(8);
    let &(outer, _) = next.iter().find(around).expect("the rest of the /8 is a run");
    assert!(next.iter().all(|&(entry, next)| next == Some(outer) || entry == outer));
}

#[test]
fn nothing_is_no_entry() {
    assert_eq!(Slot::NONE.entry(), None);
    assert!(Slot::NONE.is_final() && Slot::NONE.position() > super::RangeTable::<()>::MAX_LEN);
}
