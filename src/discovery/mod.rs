//! Discovery: networks that request again what others have just requested (feature `discovery`).
//!
//! Some vendors fetch every URL that their customers visit. A site can see this in its own log: somebody opens a page
//! that nobody else knows, and soon afterwards an address of another network requests the same page. This module finds
//! such networks.
//!
//! 1. A [`Recorder`] makes a [`Record`] of each [`Request`]: 64 bytes of keyed hashes and flags, no text.
//! 2. A [`Watcher`] gets the records in the order of their times. For each target it remembers for eight hours which
//!    networks requested it. A first request after another network's is an *echo*, and the other network is its
//!    *leader*.
//! 3. [`Watcher::findings`] groups networks by site and agent, ranks the groups by how unlikely their echoes are by
//!    chance, and tests each group against the [gates](Gate), which keep people and declared programs out of the
//!    findings.
//!
//! The module reads no clock and no file, and starts no thread. All state is in tables of [fixed size](Sizes). A full
//! table forgets its oldest entries, so evidence is lost, but never invented.
//!
//! # Limits
//!
//! A finding is a ranking and not a proof. Each finding names what else a log cannot tell from it
//! ([`could_be`](Finding::could_be)). Statistics alone are no reason to block: use `audience = "shared"`.
//!
//! ```
//! use actix_scanner_guard::discovery::{Recorder, Request, Sizes, Status, Watcher};
//!
//! let mut recorder = Recorder::new(Recorder::random_secret());
//! let mut watcher = Watcher::new(Sizes::LIVE);
//! let mut time = 1_769_860_800;
//! for number in 0..24 {
//!     // A person opens a page with its style sheet; a minute later one of four other addresses asks for the page.
//!     let person = format!("203.{}.113.7", number / 4 % 3).parse()?;
//!     let page = format!("/share/{number}");
//!     let mut observe = |time, address, target: &str, referer: Option<&str>, agent: &str| {
//!         let request = Request {
//!             referer: referer.map(str::as_bytes),
//!             agent: Some(agent.as_bytes()),
//!             status: Some(200),
//!             ..Request::new(time, address, "GET", target.as_bytes())
//!         };
//!         watcher.observe(&recorder.record(&request));
//!     };
//!     observe(time, person, &page, None, "Firefox");
//!     observe(time + 1, person, "/site.css", Some(&format!("https://site.example{page}")), "Firefox");
//!     observe(time + 60, format!("150.70.66.{}", number % 4).parse()?, &page, None, "MSIE 6.0");
//!     time += if number % 4 == 3 { 7200 } else { 120 };
//! }
//! let report = watcher.findings(time);
//! assert_eq!(report.findings.len(), 1);
//! assert_eq!(report.findings[0].status, Status::Proposed);
//! assert_eq!(report.findings[0].ranges, ["150.70.66.0/24".parse()?]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod agents;
mod batch;
mod case;
mod counted;
mod course;
mod entry;
mod evidence;
mod figures;
mod finding;
mod fleet;
mod followed;
mod gates;
mod group;
mod index;
mod judge;
mod keys;
mod kind;
mod leader;
mod live;
mod measure;
mod network;
mod networks;
mod own_site;
mod probes;
mod ranges;
mod record;
mod recorder;
mod report;
mod siphash;
mod sizes;
mod sketch;
mod statistics;
mod status;
mod unattributed;
mod visit;
mod visitors;
mod watcher;
#[cfg(feature = "redis")]
mod wire;

pub use finding::{Finding, Lookalike, Pair};
pub use gates::{Gate, GateOutcome};
pub use record::{Record, Request};
pub use recorder::Recorder;
pub use report::{NetworkReport, ProbedTarget, Prober, Report, Unattributed};
pub use sizes::Sizes;
pub use status::{Side, Status, Strength};
pub use watcher::Watcher;

#[cfg(feature = "canary")]
pub(crate) use kind::names_itself;
pub(crate) use live::ServedPage;

/// The network (/24, or /48 of IPv6) of an address.
pub(crate) fn network_of(address: std::net::IpAddr) -> ipnet::IpNet {
    network::NetworkId::of(address).0.prefix()
}

/// Whether two addresses are of one site (/16, or /32 of IPv6).
#[cfg(feature = "canary")]
pub(crate) fn same_site(one: std::net::IpAddr, other: std::net::IpAddr) -> bool {
    let site = |address| network::NetworkId::of(address).0.site();
    site(one) == site(other)
}
