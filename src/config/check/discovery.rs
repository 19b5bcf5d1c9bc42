//! `[discovery]`

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::prefixes::prefixes;
use crate::config::diagnostics::Diagnostics;
use crate::config::raw::{DiscoveryMode, RawDiscovery};
use crate::config::size::Size;
use crate::config::spanned::Spanned;
use crate::engine::discovery::{Mode, Settings};

/// With less memory, the watcher loses evidence too early. More memory is useful only for whole logs.
const MEMORY: RangeInclusive<u64> = 4 << 20..=1 << 30;

/// The settings for sharing with other instances, if the file has `[redis]`.
#[cfg(feature = "redis")]
type Share = Option<Option<crate::engine::discovery::ShareSettings>>;
#[cfg(not(feature = "redis"))]
type Share = Option<()>;

pub(super) fn check(
    raw: &RawDiscovery,
    file: Option<PathBuf>,
    share: Share,
    diagnostics: &mut Diagnostics,
) -> Settings {
    let mode = match raw.mode.as_ref().map(|mode| mode.value).unwrap_or_default() {
        DiscoveryMode::Off => Mode::Off,
        DiscoveryMode::Count => Mode::Count,
        DiscoveryMode::Tag => Mode::Tag,
    };
    let memory = raw.memory.as_ref().map_or(Settings::DEFAULT_MEMORY, |memory| self::memory(memory, diagnostics));
    #[cfg(feature = "redis")]
    let share = share.flatten();
    #[cfg(not(feature = "redis"))]
    let share = share.and(None);
    Settings { mode, own: prefixes(raw.own.as_ref(), diagnostics), memory, file, share }
}

fn memory(memory: &Spanned<Size>, diagnostics: &mut Diagnostics) -> usize {
    let Spanned { value: Size(bytes), place } = memory;
    if !MEMORY.contains(bytes) {
        let help = "write a size from `\"4MiB\"` to `\"1GiB\"`";
        diagnostics.problem(*place, "this size is out of range", help);
    }
    usize::try_from(*bytes).unwrap_or(Settings::DEFAULT_MEMORY)
}

/// The file of findings.
pub(super) fn file(raw: &RawDiscovery, folder: &Path, diagnostics: &mut Diagnostics) -> Option<Spanned<PathBuf>> {
    let Spanned { value, place } = raw.file.as_ref()?;
    if value.is_empty() || value.ends_with(['/', '\\']) {
        let help = "write `file = \"discovered.json\"`, or leave the key out";
        diagnostics.problem(*place, "the name of the file is missing", help);
        return None;
    }
    Some(Spanned { value: folder.join(value), place: *place })
}
