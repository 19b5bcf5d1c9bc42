//! Replaces the checks of `[redis]` in builds without the feature `redis` or `discovery`.

use crate::config::diagnostics::Diagnostics;
use crate::config::document::Input;
use crate::config::raw::RawRedis;
use crate::config::spanned::Spanned;

/// Refuses the section.
pub(super) fn check(raw: &Spanned<RawRedis>, _: &Input, diagnostics: &mut Diagnostics) {
    let message = match cfg!(feature = "redis") {
        true => "this build has nothing to share: it lacks the feature `discovery`",
        false => "this build cannot connect to Redis: it lacks the feature `redis`",
    };
    diagnostics.problem(raw.place, message, "add the feature, or remove the section");
}
