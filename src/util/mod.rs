//! What belongs to no section of the policy.

pub(crate) mod escape;
