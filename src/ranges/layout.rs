//! Chooses the layout of a table by its number of runs. All thresholds are here.

/// The arrangement of a family's runs for look-ups. [`LAYOUTS_V4`] and [`LAYOUTS_V6`] contain the thresholds;
/// `docs/design/ranges.md` explains each layout with an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// All runs are compared, in the head of the table.
    AllRuns,
    /// Two levels of 16 keys.
    TwoLevels,
    /// A root by this number of leading bits with slots of 32 bits, windows below it, and cells where runs are dense.
    Root(u32),
    /// The same with slots of 16 bits: twice as many in the same memory.
    ShortRoot(u32),
    /// A root by 17 leading bits, with nodes of bitmaps below it.
    Bitmaps,
    /// A root by 16 leading bits, with B-trees below it.
    Trees,
}

/// The maximum number of runs of a layout, and the layout. The last layout is also used if 64 bits do not distinguish
/// the runs for [`Layout::AllRuns`] or [`Layout::TwoLevels`].
pub(super) type Layouts = [(usize, Layout)];

/// Measured by `benches/peers`: a larger root needs more memory and cold caches, a smaller one needs one more
/// comparison in each window.
pub(super) const LAYOUTS_V4: &Layouts = &[
    (5, Layout::AllRuns),
    (8, Layout::Root(6)),
    (32, Layout::Root(8)),
    (300, Layout::Root(10)),
    (600, Layout::Root(12)),
    (2_500, Layout::ShortRoot(13)),
    (6_000, Layout::ShortRoot(14)),
    (32_767, Layout::ShortRoot(15)),
    (63_999, Layout::Root(16)),
    (usize::MAX, Layout::Bitmaps),
];

pub(super) const LAYOUTS_V6: &Layouts = &[(5, Layout::AllRuns), (256, Layout::TwoLevels), (usize::MAX, Layout::Trees)];

/// The layout of a table with this number of runs.
pub(super) fn of(layouts: &Layouts, runs: usize) -> Layout {
    let row = layouts.iter().find(|&&(most, _)| runs <= most).or(layouts.last());
    row.map_or(Layout::AllRuns, |&(_, layout)| layout)
}
