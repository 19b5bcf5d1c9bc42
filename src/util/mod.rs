//! Small helpers for several modules. None of them knows the policy.

#[cfg(any(feature = "redis", feature = "watch", feature = "one-time"))]
pub(crate) mod cause;
#[cfg(any(feature = "canary", feature = "one-time"))]
pub(crate) mod crockford;
pub(crate) mod escape;
pub(crate) mod mask;
pub(crate) mod mutex;
pub(crate) mod prefix;
pub(crate) mod random;
#[cfg(any(feature = "discovery", feature = "feeds"))]
pub(crate) mod replace_file;
pub(crate) mod rfc3339;
#[cfg(any(feature = "canary", feature = "one-time", all(feature = "discovery", feature = "redis")))]
pub(crate) mod secret;
pub(crate) mod suggest;
pub(crate) mod work;
