//! An explanation as text: a line for each step.

use std::fmt;

use crate::scanners::JudgeOn;

use super::{
    ExplainedAddress, ExplainedClaim, ExplainedHop, ExplainedRange, ExplainedRule, ExplainedRuling, ExplainedVariant,
    Explanation,
};
use crate::client::Check;
use crate::util::escape::escaped;
use crate::util::suggest;

/// Maximum number of values of a rule that are shown.
const MAX_WANTED: usize = 5;

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = if self.hosts.is_empty() { "any host".to_owned() } else { self.hosts.join(" or ") };
        writeln!(f, "request: {} {} for {}", escaped(&self.method), escaped(&self.path), escaped(&hosts))?;
        self.write_walk(f)?;
        self.addresses.iter().try_for_each(|address| write!(f, "{address}"))?;
        #[cfg(feature = "discovery")]
        self.findings.iter().try_for_each(|finding| write!(f, "{finding}"))?;
        #[cfg(feature = "canary")]
        self.canary.iter().try_for_each(|canary| write!(f, "{canary}"))?;
        if self.address.is_some() && self.variants.len() > 1 {
            let paths: Vec<&str> = self.variants.iter().map(|variant| variant.path.as_str()).collect();
            writeln!(f, "the path may be read as {}", escaped(&paths.join(", ")))?;
        }
        if let Some(ambiguity) = self.ambiguity {
            writeln!(f, "the path counts as protected: {ambiguity}")?;
        }
        self.write_claims(f)?;
        self.rules.iter().try_for_each(|rule| writeln!(f, "{rule}"))?;
        self.write_decision(f)
    }
}

impl Explanation {
    /// From the peer to the client.
    fn write_walk(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (true, Some(client)) = (self.is_logged, self.client.address()) {
            return writeln!(f, "client: {client} (as logged)");
        }
        let mut hops = self.hops.iter();
        match self.peer {
            Some(peer) => {
                let trusted = hops.next().and_then(|hop| hop.trusted);
                let trusted = trusted.map(|range| format!(", a trusted proxy ({range})")).unwrap_or_default();
                writeln!(f, "peer: {peer}{trusted}")?;
            }
            None => writeln!(f, "peer: none")?,
        }
        for line in &self.header_lines {
            writeln!(f, "{}: {}", self.header, escaped(line))?;
        }
        for ExplainedHop { address, trusted } in hops {
            match (trusted, self.trusted_hops) {
                (Some(range), _) => writeln!(f, "hop: {address}, a trusted proxy ({range})")?,
                (None, Some(hops)) => writeln!(f, "hop: {address}, of {hops} that are counted from the right")?,
                (None, None) => writeln!(f, "hop: {address}, no trusted proxy")?,
            }
        }
        if let Some(element) = &self.unusable {
            writeln!(f, "hop: `{}`, which is not a client address", escaped(element))?;
        }
        let outcome = self.client.outcome().as_str();
        match self.client.address() {
            Some(client) => writeln!(f, "client: {client} ({outcome})")?,
            None => writeln!(f, "client: undetermined ({outcome} in {})", self.header)?,
        }
        let checked = match self.check {
            Check::Peer => "only the peer; a trusted proxy that names its client never matches",
            Check::Client => "only the client",
            Check::Either => return Ok(()),
            Check::AnyHop => "the client; every hop if the client is undetermined",
        };
        writeln!(f, "checked: {checked}")
    }

    /// The claims of the request.
    fn write_claims(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ExplainedClaim { scanner, identity, by, reason } in &self.claims {
            let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
            writeln!(f, "claims to be {scanner}: {identity}{by} ({reason})")?;
        }
        if self.claims_several {
            writeln!(f, "claims bots of several operators, and proves none")?;
        }
        match self.signature.as_deref() {
            None => Ok(()),
            Some(good @ ("verified" | "absent")) => writeln!(f, "signature: {good}"),
            Some(reason) => writeln!(f, "signature: no proof ({})", escaped(reason)),
        }
    }

    /// The decision for each path variant, where they differ.
    fn write_variants(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rulings = self.variants.iter().flat_map(|variant| &variant.rulings);
        let first = rulings.next();
        if rulings.all(|ruling| Some(ruling) == first) {
            return Ok(());
        }
        for ExplainedVariant { path, rulings } in &self.variants {
            let rulings: Vec<String> = rulings.iter().map(ToString::to_string).collect();
            writeln!(f, "read as {}: {}", escaped(path), rulings.join(", or "))?;
        }
        writeln!(f, "the strictest decision applies")
    }

    fn write_decision(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_variants(f)?;
        if self.rules_left > 0 {
            let (these, verb) = if self.rules_left == 1 { ("rule", "follows") } else { ("rules", "follow") };
            writeln!(f, "{} more {these} {verb} the rule that decides", self.rules_left)?;
        }
        if self.rule.is_none() && self.address.is_some() && self.action != self.default_action {
            writeln!(
                f,
                "default_action is {}, which does not act on addresses that people may use",
                self.default_action
            )?;
        }
        if self.address.is_none() {
            return write!(f, "action: {} (no scanner)", self.action);
        }
        let Self { action, enforced, rule, .. } = self;
        write!(f, "action: {}", ExplainedRuling { action: *action, enforced: *enforced, rule: rule.clone() })
    }
}

impl fmt::Display for ExplainedRuling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, enforced, rule } = self;
        let by = rule.as_ref().map_or_else(|| "default_action".to_owned(), |rule| format!("rule `{rule}`"));
        write!(f, "{action} ({by}{})", if *enforced { "" } else { ", observed only" })
    }
}

impl fmt::Display for ExplainedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, ranges, allowed } = self;
        match allowed {
            Some(allowed) => writeln!(f, "{address}: allowed, by {allowed} of scanners.allow")?,
            None if ranges.is_empty() => writeln!(f, "{address}: no scanner in use")?,
            None => {}
        }
        for ExplainedRange { network, scanner, audience, certainty, judge_on, source, date } in ranges {
            let date = date.as_deref().unwrap_or("no date");
            let (audience, certainty) = (audience.as_str(), certainty.as_str());
            let judged = match judge_on {
                JudgeOn::Any => String::new(),
                only => format!(", judged on {} only", only.as_str()),
            };
            writeln!(f, "{address}: {network} of {scanner}, {audience}, {certainty}{judged}: {source} ({date})")?;
        }
        Ok(())
    }
}

impl fmt::Display for ExplainedRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, action, observed, mismatch, wanted, pattern, variant } = self;
        let Some(mismatch) = mismatch else {
            write!(f, "rule `{id}` matches")?;
            match (pattern, variant) {
                (Some(pattern), Some(variant)) => write!(f, ": `{pattern}` covers `{}`", escaped(variant))?,
                _ => write!(f, ": the path is ambiguous, so this rule protects it")?,
            }
            let next = if *observed && action.hides() { "; it only observes, so the search continues" } else { "" };
            return write!(f, " ({action}){next}");
        };
        write!(f, "rule `{id}` does not match: {}", mismatch.as_str())?;
        if wanted.is_empty() {
            return Ok(());
        }
        write!(f, "; the rule has {}", suggest::list(wanted.iter().take(MAX_WANTED).map(String::as_str)))?;
        if wanted.len() > MAX_WANTED { write!(f, " and {} more", wanted.len() - MAX_WANTED) } else { Ok(()) }
    }
}
