//! Which layout a table of so many runs has: all thresholds in one place.

/// How the runs of a family are arranged for look-ups. [`LAYOUTS_V4`] and [`LAYOUTS_V6`] say when; `docs/design/ranges.md`
/// shows each with an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// All runs are compared at once, in the head of the table.
    AllRuns,
    /// Two levels of 16 keys.
    TwoLevels,
    /// A root by this many leading bits with slots of 32 bits, windows below it, and cells where runs crowd.
    Root(u32),
    /// The same with slots of 16 bits: twice as many in the same memory.
    ShortRoot(u32),
    /// A root by 17 leading bits, nodes of bitmaps below it.
    Bitmaps,
    /// A root by 16 leading bits, B-trees below it.
    Trees,
}

/// The runs up to which a layout is used, and the layout. A table whose runs [`Layout::AllRuns`] or [`Layout::TwoLevels`]
/// cannot tell apart by 64 bits has the last layout.
pub(super) type Layouts = [(usize, Layout)];

/// Measured by `benches/peers`: a larger root costs cold caches and memory, a smaller one a comparison more in each window.
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

/// The layout of a table of so many runs.
pub(super) fn of(layouts: &Layouts, runs: usize) -> Layout {
    let row = layouts.iter().find(|&&(most, _)| runs <= most).or(layouts.last());
    row.map_or(Layout::AllRuns, |&(_, layout)| layout)
}
