//! `[discovery]`

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use ipnet::IpNet;

use crate::config::diagnostics::Diagnostics;
use crate::config::raw::{DiscoveryMode, RawDiscovery, Texts};
use crate::config::size::Size;
use crate::config::spanned::Spanned;
use crate::live::discovery::{Mode, Settings};
use crate::util::prefix;

/// With less, evidence is lost before it counts. More than the largest is for logs.
const MEMORY: RangeInclusive<u64> = 4 << 20..=1 << 30;

/// What is shared with other instances, if `[redis]` is there.
#[cfg(feature = "redis")]
type Share = Option<Option<crate::live::discovery::ShareSettings>>;
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
    Settings { mode, own: networks(&raw.own, diagnostics), memory, file, share }
}

/// Networks as they are written.
pub(super) fn networks(texts: &Texts, diagnostics: &mut Diagnostics) -> Vec<IpNet> {
    let mut networks = Vec::new();
    for Spanned { value, place } in texts.iter().flat_map(|list| &list.value) {
        match prefix::parse_strict(value) {
            Ok(net) => networks.push(net),
            Err(error) => diagnostics.problem_with(*place, value, error.to_string(), error.help()),
        }
    }
    networks
}

fn memory(memory: &Spanned<Size>, diagnostics: &mut Diagnostics) -> usize {
    let Spanned { value: Size(bytes), place } = memory;
    if !MEMORY.contains(bytes) {
        let help = "write a size from `\"4MiB\"` to `\"1GiB\"`";
        diagnostics.problem(*place, "a watcher is not of this size", help);
    }
    usize::try_from(*bytes).unwrap_or(Settings::DEFAULT_MEMORY)
}

/// The file of findings.
pub(super) fn file(raw: &RawDiscovery, folder: &Path, diagnostics: &mut Diagnostics) -> Option<Spanned<PathBuf>> {
    let Spanned { value, place } = raw.file.as_ref()?;
    if value.is_empty() || value.ends_with(['/', '\\']) {
        let help = "write `file = \"discovered.json\"`, or leave the key out";
        diagnostics.problem(*place, "this names no file", help);
        return None;
    }
    Some(Spanned { value: folder.join(value), place: *place })
}
