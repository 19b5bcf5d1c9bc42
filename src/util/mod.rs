//! Small helpers that no section of the TOML file owns.

pub(crate) mod escape;
pub(crate) mod mask;
pub(crate) mod mutex;
pub(crate) mod prefix;
pub(crate) mod random;
pub(crate) mod rfc3339;
pub(crate) mod suggest;
pub(crate) mod work;
