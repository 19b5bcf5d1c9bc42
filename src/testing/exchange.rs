//! Sends probes for a decoyed path and for paths that do not exist, and compares the answers.

use super::compare::{Answers, Comparison, Difference};
use super::matrix::Probe;
use super::report::Parity;
use super::server;
use super::wire::{self, Target};

/// A path that does not exist, and the client that requests it.
#[derive(Clone, Debug)]
pub(super) struct Control<'t> {
    pub(super) path: String,
    pub(super) sender: &'t Target,
}

/// Sends the probes on a separate runtime, since the caller may already be in a runtime.
///
/// `controls` returns for each probe the two paths for the comparison.
pub(super) fn compare<'t>(
    scanner: &Target,
    path: &str,
    controls: impl Fn(&Probe) -> [Control<'t>; 2] + Sync + Send,
    probes: impl Iterator<Item = Probe>,
) -> Parity {
    let probes: Vec<Probe> = probes.collect();
    let compare = || async {
        let mut differences = Vec::new();
        let mut by_order = Vec::new();
        // The order is compared only if the other answers have the same order.
        let mut order_is_fixed = true;
        for probe in &probes {
            let found = compare_one(scanner, path, &controls(probe), probe).await;
            order_is_fixed &= found.order_is_fixed;
            let difference = |lines| Difference { path: path.to_owned(), request: probe.to_string(), lines };
            if !found.lines.is_empty() {
                differences.push(difference(found.lines));
            } else if !found.in_order.is_empty() {
                by_order.push(difference(found.in_order));
            }
        }
        if order_is_fixed {
            differences.extend(by_order);
        }
        Parity::new(probes.len(), differences)
    };
    server::block_on(compare)
}

async fn compare_one(scanner: &Target, path: &str, controls: &[Control<'_>; 2], probe: &Probe) -> Comparison {
    let [first, second] = controls;
    let answers = Answers {
        decoy: wire::send(scanner, probe, path).await,
        missing: [
            wire::send(first.sender, probe, &first.path).await,
            wire::send(second.sender, probe, &second.path).await,
        ],
    };
    answers.compare(probe, path, &[first.path.clone(), second.path.clone()])
}
