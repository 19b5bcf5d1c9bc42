//! The hits of canaries in the file of findings, and the entries that follow from them.

use std::net::IpAddr;

use super::history::Role;
use super::hit_log::HitLog;
use super::id::Canary;
use super::role::Parties;
use crate::learned::{Learned, Time};

/// Enters the networks to which URLs were passed on, and retracts hits that prove nothing any more: a control was requested, another
/// instance has an earlier visit, or the network is now one of the operator's own. A hit that is noted twice counts once.
pub(crate) fn settle(learned: &mut Learned, parties: &Parties, now: Time) {
    let is_good =
        |name: &str| Canary::from_name(name).is_some_and(|canary| canary.is_good(now.seconds(), parties.days));
    learned.canaries.retain(|name, _| is_good(name));
    let mut hit_log = HitLog::new(parties.clone(), usize::MAX);
    hit_log.take_all(learned);
    let mut changes: Vec<(bool, IpAddr, Time)> = Vec::new();
    for (name, callers) in &mut learned.canaries {
        let Some(history) = Canary::from_name(name).and_then(|canary| hit_log.history(canary)) else { continue };
        let is_leaked = hit_log.is_leaked(history);
        for caller in callers {
            let is_echo = history.in_role(Role::Echo).any(|echo| echo.network == caller.network);
            let is_proof = is_echo && !is_leaked;
            if is_proof && !caller.entered {
                caller.entered = true;
                changes.push((true, caller.address, caller.first.second()));
            } else if !is_proof && caller.entered && !caller.retracted {
                caller.retracted = true;
                changes.push((false, caller.address, caller.first.second()));
            }
        }
    }
    for (is_proof, address, first) in changes {
        match is_proof {
            true => _ = learned.enter_canary_hit(address, first),
            false => learned.retract_canary_hit(address),
        }
    }
}
