//! Decisions of a person about an entry.

use super::decision::{Approval, Decision, Extension, State, Verdict};
use super::entry::{Entry, LIFETIME, LONGEST};
use super::time::Time;
use super::value::{self, Line};
use crate::scanners::Audience;

impl Entry {
    /// Approves the ranges as they are now. The error is the reason why it is not possible.
    pub(crate) fn approve(&mut self, by: Line, approval: Approval, now: Time) -> Result<Time, &'static str> {
        if !self.has_own_id() {
            return Err(
                "its id does not belong to its range, so it could stand for another list; dismiss it, or remove it from the file",
            );
        }
        if approval.exclusive && self.evidence.proofs() == 0 && approval.owner.is_none() {
            return Err(
                "statistics alone make no range exclusive: it needs a canary hit, or an owner by the catalog or whois",
            );
        }
        let ranges: Vec<_> = self.networks().filter(|range| value::is_public(*range)).collect();
        if ranges.is_empty() {
            return Err("its ranges are private or reserved: no visitor from outside has such an address");
        }
        let expires = now.plus(LIFETIME);
        let audience = if approval.exclusive { Audience::Exclusive } else { Audience::Shared };
        self.decision = Some(Decision {
            note: approval.note,
            ranges,
            audience,
            owner: approval.owner,
            expires: Some(expires),
            ..self.decided(Verdict::Approved, by, now)
        });
        Ok(expires)
    }

    /// Dismisses the entry.
    pub(crate) fn dismiss(&mut self, by: Line, note: Option<Line>, now: Time) {
        self.decision = Some(Decision { note, ..self.decided(Verdict::Dismissed, by, now) });
    }

    /// Extends an approval to this time from now. The error is the reason why it is not possible.
    pub(crate) fn extend(&mut self, by: Line, seconds: u64, now: Time) -> Result<Time, &'static str> {
        if seconds > LONGEST {
            return Err("an approval is extended by a year at most; write `--for 365days` or less");
        }
        match (self.state(now), &mut self.decision) {
            (State::Approved { until }, Some(decision)) => {
                let expires = now.plus(seconds);
                if expires <= until {
                    return Err("it is in use for longer than that already; write a longer time");
                }
                decision.expires = Some(expires);
                decision.extended = Some(Extension { at: now, by });
                Ok(expires)
            }
            (State::Expired { .. }, _) => Err("the approval has expired; look at the evidence and approve it again"),
            (State::Ended { .. }, _) => Err("a person was seen there; look at the evidence and approve it again"),
            _ => Err("it is not approved; only an approval can be extended"),
        }
    }

    fn decided(&self, verdict: Verdict, by: Line, now: Time) -> Decision {
        // A decision must be later than the one before, even in the same second.
        let before = self.decision.as_ref().map(|before| before.at).filter(|before| !before.is_ahead_of(now));
        let at = before.map_or(now, |before| now.max(before.plus(1)));
        Decision {
            verdict,
            by,
            at,
            note: None,
            ranges: Vec::new(),
            audience: Audience::Shared,
            owner: None,
            expires: None,
            extended: None,
            echoes: self.evidence.echoes,
            canary_hits: self.evidence.canary_hits,
            status: self.status,
            strength: self.strength,
        }
    }
}
