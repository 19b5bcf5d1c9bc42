//! Requests that name bots: their claims are evaluated together with their addresses.

use std::net::IpAddr;

use super::{Claims, Engine, Finding};
use crate::agents::Found;
use crate::client::ClientAddress;
use crate::facts::RequestFacts;
use crate::identity::{Claim, Identity};
use crate::policy::PolicyInput;
use crate::scanners::{Certainty, JudgeOn, Label, Labels};

impl Engine {
    /// Like `find`, for a request that names bots. The policy evaluates each checked address together with the claims.
    /// If there is no checked address, the client's or the peer's address is used.
    pub(super) fn find_claimed<'a>(
        &self,
        facts: &RequestFacts<'a>,
        named: &Found,
        input: &mut Option<PolicyInput<'a>>,
    ) -> (Option<Finding>, Claims<'_>, ClientAddress) {
        let mut addresses = Vec::new();
        let client = self.for_each_checked(facts, |address| addresses.push(address));
        let claims = self.claims.judge(named, client.address(), facts.proofs);
        if addresses.is_empty() {
            addresses.extend(client.address().or(facts.peer.map(|peer| peer.to_canonical())));
        }
        let mut found: Option<Finding> = None;
        for address in addresses.into_iter().filter(|address| self.scanners.allowed(*address).is_none()) {
            let input = input.get_or_insert_with(|| self.policy_input(facts));
            self.keep_stricter(&mut found, address, self.claimed_labels(address, &claims), input);
        }
        (found, claims, client)
    }

    /// The labels of a request from this client, for this address.
    pub(crate) fn labels(&self, facts: &RequestFacts<'_>, client: Option<IpAddr>, address: IpAddr) -> Labels {
        self.claimed_labels(address, &self.claims.judge(&self.named(facts), client, facts.proofs))
    }

    /// The labels of the ranges around the address, and of the claims.
    fn claimed_labels(&self, address: IpAddr, claims: &Claims<'_>) -> Labels {
        let mut labels = self.scanners.labels(address);
        labels.identify(|label| {
            let scanner = self.scanners.scanner(label.scanner);
            let own = claims.iter().filter(|claim| claim.bot.has_list(scanner.id()));
            own.map(|claim| claim.judgement.identity).min_by_key(|identity| identity.number())
        });
        let mut all: Vec<Label> = claims.iter().map(|claim| claim_label(address, claim)).collect();
        all.sort_by_key(|label| label.identity.map(Identity::number));
        labels.add_claims(all);
        labels
    }
}

fn claim_label(address: IpAddr, claim: &Claim<'_>) -> Label {
    Label {
        network: address.into(),
        scanner: claim.bot.scanner,
        group: claim.bot.group,
        audience: claim.bot.audience,
        certainty: Certainty::Published,
        judge_on: JudgeOn::Any,
        identity: Some(claim.judgement.identity),
        by_claim: true,
    }
}

/// Whether the request names bots of several operators and none of them is verified.
pub(super) fn claims_several(claims: &Claims<'_>) -> bool {
    let first = claims.first().map(|claim| claim.bot.operator());
    claims.iter().any(|claim| Some(claim.bot.operator()) != first)
        && !claims.iter().any(|claim| claim.judgement.identity.is_verified())
}
