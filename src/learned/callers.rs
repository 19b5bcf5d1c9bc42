//! The hits of canaries in the file of findings. So a follower does not become the first visitor after a restart, and instances know
//! each other's visits.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::time::{Moment, Time};
use super::value;

/// Maximum number of canaries, and of networks of one canary. The first networks are kept, since the visitor is among them.
pub(super) const MAX_CANARIES: usize = 256;
pub(super) const MAX_CALLERS: usize = 16;

/// The callers of each canary, by its name: `visit 2026-11-29 4711`.
pub(super) type Callers = BTreeMap<String, Vec<CanaryCaller>>;

/// The hits of one canary from one network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CanaryCaller {
    #[serde(deserialize_with = "value::network")]
    pub(crate) network: IpNet,
    /// The address of its first hit.
    pub(crate) address: IpAddr,
    pub(crate) first: Moment,
    pub(crate) last: Time,
    #[serde(deserialize_with = "value::count")]
    pub(crate) hits: u64,
    /// Whether an entry counts it as a canary hit, and whether this hit was retracted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) entered: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) retracted: bool,
}

impl CanaryCaller {
    /// Joins the hits of the same network from another source. The order and the number of joins make no difference.
    pub(crate) fn join(&mut self, other: &Self) {
        (self.first, self.address) = (self.first, self.address).min((other.first, other.address));
        self.last = self.last.max(other.last);
        self.hits = self.hits.max(other.hits);
        self.entered |= other.entered;
        self.retracted |= other.retracted;
    }
}

/// Notes a caller of a canary.
pub(super) fn note(callers: &mut Callers, canary: &str, caller: &CanaryCaller) {
    let known = callers.entry(canary.to_owned()).or_default();
    match known.iter_mut().find(|known| known.network == caller.network) {
        Some(known) => known.join(caller),
        None => known.push(caller.clone()),
    }
    known.sort_by_key(|caller| (caller.first, caller.network));
    known.truncate(MAX_CALLERS);
    while callers.len() > MAX_CANARIES {
        // Remove the canary of the earliest day: it expires first.
        let day = |name: &str| name.split(' ').nth(1).map(str::to_owned);
        let Some(oldest) = callers.keys().min_by_key(|name| (day(name), (*name).clone())).cloned() else { return };
        callers.remove(&oldest);
    }
}

/// Joins the hits of canaries of another instance.
#[cfg(feature = "redis")]
pub(super) fn join(callers: &mut Callers, other: &Callers) {
    for (canary, other) in other {
        other.iter().for_each(|caller| note(callers, canary, caller));
    }
}

/// Checks the names of canaries and their callers.
pub(super) fn check(callers: &Callers) -> Result<(), String> {
    if callers.len() > MAX_CANARIES {
        return Err(format!("`canaries` has more than {MAX_CANARIES} entries; remove the oldest ones"));
    }
    for (name, callers) in callers {
        if !is_name(name) {
            return Err(format!(
                "`canaries` has the name `{}`; write one such as `visit 2026-11-29 4711`, or remove it",
                crate::util::escape::escaped(name)
            ));
        }
        if callers.len() > MAX_CALLERS {
            return Err(format!("the canary `{name}` has more than {MAX_CALLERS} networks; remove the last ones"));
        }
        if let Some(caller) = callers.iter().find(|caller| !caller.network.contains(&caller.address)) {
            let CanaryCaller { network, address, .. } = caller;
            return Err(format!(
                "the canary `{name}` has {address} in the network {network}; write one of its addresses"
            ));
        }
    }
    Ok(())
}

/// Whether the text is a class that proves something, a day, and a serial.
fn is_name(name: &str) -> bool {
    let parts: Vec<&str> = name.split(' ').collect();
    let [class, day, serial] = parts[..] else { return false };
    let is_day = day.len() == 10 && humantime::parse_rfc3339(&format!("{day}T00:00:00Z")).is_ok();
    let is_serial = serial.len() <= 7 && serial.bytes().all(|byte| byte.is_ascii_digit()) && !serial.is_empty();
    matches!(class, "visit" | "control") && is_day && is_serial
}
