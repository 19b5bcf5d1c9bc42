//! Scanners, and the scanners around an address.
//!
//! In: the lists in use, each a [`Scanner`] with groups of prefixes ([`ScannerList`]). Out: the [`Labels`] of all
//! ranges around an address ([`ScannerIndex`]). `catalog` and `config` make the lists; `policy` reads the labels. This
//! module never chooses an action.

mod audience;
mod category;
mod certainty;
mod identity;
mod index;
mod judge_on;
mod labels;
mod scanner;

pub use audience::Audience;
pub(crate) use audience::RuleAudience;
pub use category::Category;
pub use certainty::Certainty;
pub use identity::{By, Identity, UnknownIdentity};
pub(crate) use index::{Group, Origin, ReadAt, ScannerIndex, ScannerList};
pub use judge_on::JudgeOn;
pub(crate) use judge_on::Serves;
pub(crate) use labels::{GroupSet, Identities, Label, LabelFilter, Labels, OutOfReach, Reach};
pub use scanner::Scanner;
