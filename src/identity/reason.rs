//! The reasons for an identity.

use std::fmt;

use serde::Serialize;

/// The reason for an [`Identity`](super::Identity).
///
/// Serializes as a stable name; displays as words for people.
///
/// ```
/// use actix_scanner_guard::identity::Reason;
///
/// assert_eq!(Reason::NotListed.as_str(), "not-listed");
/// assert_eq!(Reason::NotListed.to_string(), "the address is in no list of the bot, which is complete and fresh");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// Verified: the address is in the operator's list.
    Listed,
    /// Verified: the reverse name is confirmed.
    NameConfirmed,
    /// Verified: the signature verifies.
    Signed,
    /// Forged: the address is not in a complete and fresh list.
    NotListed,
    /// Forged: the reverse names contradict the claim.
    NameContradicted,
    /// Claimed: the address is not in the list, but the list has gaps.
    ListHasGaps,
    /// Claimed: the address is not in the list, but the list is too old to contradict the claim.
    ListIsStale,
    /// Claimed: the address is not in the list, but the operator does not rule out other addresses.
    ListIsNoContradiction,
    /// Claimed: others use the listed addresses too, or the list does not come from the operator.
    ListIsNoProof,
    /// Claimed: the reverse name is the operator's, but has no address record.
    NameUnconfirmed,
    /// Claimed: the address has no reverse name.
    Unnamed,
    /// Claimed: the reverse names belong to others, which contradicts nothing for this bot.
    NameIsNoContradiction,
    /// Unproven: no proof exists for this bot.
    NoProof,
    /// Unproven: the list was read after the request.
    ListIsYounger,
    /// Unproven: no list decides, and the reverse name was not looked up.
    NameNotAsked,
    /// Unproven: the reverse name was looked up, but no server answered.
    NameUnknown,
    /// Unproven: the bot did not sign the request, and only its signature could prove the claim.
    NotSigned,
    /// Unproven: the client address is unknown.
    AddressUndetermined,
    /// Unproven: the addresses of this application's requests may not be the clients' own.
    AddressesDoubtful,
    /// Undeclared: the address belongs to a scanner, and the user agent names no bot.
    NotNamed,
}

impl Reason {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.texts().0
    }

    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Reason::Listed => ("listed", "the address is in the bot's list"),
            Reason::NameConfirmed => {
                ("name-confirmed", "the reverse name belongs to the operator and resolves to the address")
            }
            Reason::Signed => ("signed", "the signature verifies"),
            Reason::NotListed => ("not-listed", "the address is in no list of the bot, which is complete and fresh"),
            Reason::NameContradicted => {
                ("name-contradicted", "the reverse names do not belong to the operator, or resolve to other addresses")
            }
            Reason::ListHasGaps => ("list-has-gaps", "the address is not in the bot's list, which has gaps"),
            Reason::ListIsStale => (
                "list-is-stale",
                "the address is not in the bot's list, and the list is too old to call the claim forged",
            ),
            Reason::ListIsNoContradiction => (
                "list-is-no-contradiction",
                "the address is not in the bot's list, but the operator may use other addresses",
            ),
            Reason::ListIsNoProof => ("list-is-no-proof", "the address is only in a list that proves nothing"),
            Reason::NameUnconfirmed => {
                ("name-unconfirmed", "the reverse name belongs to the operator, but resolves to no address")
            }
            Reason::Unnamed => ("unnamed", "the address has no reverse name"),
            Reason::NameIsNoContradiction => (
                "name-is-no-contradiction",
                "the reverse names do not belong to the operator, but the operator may use such addresses",
            ),
            Reason::NoProof => ("no-proof", "nothing can prove a claim of this bot"),
            Reason::ListIsYounger => ("list-is-younger", "the bot's list was read after the request"),
            Reason::NameNotAsked => ("name-not-asked", "the reverse name was not looked up"),
            Reason::NameUnknown => ("name-unknown", "the DNS query for the reverse name got no answer"),
            Reason::NotSigned => ("not-signed", "no signature of this bot verifies, and there is no other proof"),
            Reason::AddressUndetermined => ("address-undetermined", "the client's address is not known"),
            Reason::AddressesDoubtful => ("addresses-doubtful", "the addresses may not belong to the clients"),
            Reason::NotNamed => ("not-named", "the address belongs to a scanner, and the user agent names no bot"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.texts().1)
    }
}
