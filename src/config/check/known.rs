//! Names that the catalog knows, and the defaults of selectors.

use crate::catalog::{self, AgentKind};
use crate::scanners::Category;

/// The selectors that are equivalent to the default of `scanners.use`.
pub(super) fn defaults() -> impl Iterator<Item = String> {
    Category::ALL.iter().filter(|category| category.is_security()).map(|category| format!("category:{category}"))
}

/// The help for a build without the catalog.
pub(super) fn no_catalog() -> Option<&'static str> {
    let help = "this build has no catalog: build it with the feature `catalog`, or name ranges in `[[scanners.list]]`";
    (!cfg!(feature = "catalog")).then_some(help)
}

/// Whether a bot of the catalog has this id.
pub(super) fn is_bot(id: &str) -> bool {
    catalog::agents().iter().any(|agent| agent.kind() == AgentKind::Bot && agent.id() == id)
}
