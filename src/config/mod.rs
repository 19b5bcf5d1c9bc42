//! Reads the TOML file and the environment, checks them, and compiles them into the engine.
//!
//! Each step has its own types: [`raw`] (as written), [`CheckedConfig`](crate::engine::CheckedConfig) (made by [`check`]),
//! [`Engine`](crate::engine::Engine) (compiled). Start and reload share these steps, through
//! [`Source::read`](source::Source::read) and [`Live`](crate::live::Live).

mod check;
mod de;
mod diagnostics;
mod document;
mod environment;
mod error;
mod files;
mod guard_config;
mod include;
#[cfg(feature = "cli")]
pub(crate) mod other_files;
mod place;
mod raw;
mod renamed;
#[cfg(feature = "cli")]
mod schema;
mod secrets;
mod size;
mod source;
mod spanned;
#[cfg(any(feature = "cli", feature = "testing"))]
mod special;
#[cfg(feature = "watch")]
mod stamp;
#[cfg(feature = "watch")]
mod summary;
mod type_help;
#[cfg(feature = "watch")]
mod watch;

#[cfg(feature = "cli")]
pub(crate) use diagnostics::Diagnostics;
#[cfg(feature = "cli")]
pub(crate) use error::Excerpt;
pub use error::{ConfigError, Problem};
pub use guard_config::GuardConfig;
#[cfg(feature = "cli")]
pub(crate) use schema::schema;
#[cfg(feature = "cli")]
pub(crate) use spanned::Spanned;
#[cfg(feature = "watch")]
pub use watch::{WatchError, Watcher};
