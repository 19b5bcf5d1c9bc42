//! The command `scanner-guard`.
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected is to fail")]

#[path = "cli/answers.rs"]
mod answers;
#[path = "cli/bounds.rs"]
mod bounds;
#[path = "cli/canary.rs"]
mod canary;
#[path = "cli/claimants.rs"]
mod claimants;
#[path = "cli/claims.rs"]
mod claims;
#[path = "cli/conduct.rs"]
mod conduct;
#[path = "cli/discover.rs"]
mod discover;
#[cfg(feature = "rdns")]
#[allow(dead_code, reason = "the tests of the look-ups use all of it")]
#[path = "../src/identity/reverse_names/tests/dns_server.rs"]
mod dns_server;
#[path = "support/documents.rs"]
mod documents;
#[path = "cli/evidence.rs"]
mod evidence;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/learned.rs"]
mod learned;
#[path = "cli/logs.rs"]
mod logs;
#[path = "cli/replay.rs"]
mod replay;
#[path = "cli/schema.rs"]
mod schema;
#[path = "cli/secrets.rs"]
mod secrets;
#[path = "cli/support.rs"]
mod support;
#[allow(dead_code, reason = "the tests of the library use all of it")]
#[path = "support/traffic.rs"]
mod traffic;
#[path = "cli/verify.rs"]
mod verify;
