//! Why a claim is judged as it is.

use std::fmt;

use serde::Serialize;

/// Why a claim has its [`Identity`](super::Identity).
///
/// Serializes as a stable name; shows as words for people.
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
    /// Forged: a complete and fresh list does not have the address.
    NotListed,
    /// Forged: the reverse names contradict the claim.
    NameContradicted,
    /// Claimed: the list does not have the address, and it has gaps.
    ListHasGaps,
    /// Claimed: the list does not have the address, and is too old to contradict.
    ListIsStale,
    /// Claimed: the list does not have the address, and the operator does not rule out others.
    ListIsNoContradiction,
    /// Claimed: others use the listed addresses too, or the list is not the operator's own.
    ListIsNoProof,
    /// Claimed: the reverse name is the operator's and leads nowhere.
    NameUnconfirmed,
    /// Claimed: the address has no reverse name.
    Unnamed,
    /// Claimed: the reverse names are others', which contradicts nothing for this bot.
    NameIsNoContradiction,
    /// Unproven: nothing can prove a claim of this bot.
    NoProof,
    /// Unproven: the list was read after the request.
    ListIsYounger,
    /// Unproven: no list decides, and the reverse name was not asked for.
    NameNotAsked,
    /// Unproven: the reverse name was asked for, and there was no answer.
    NameUnknown,
    /// Unproven: the request is not signed by this bot, which alone would prove it.
    NotSigned,
    /// Unproven: the client's address is not known.
    AddressUndetermined,
    /// Unproven: the addresses of this application's requests may not be the clients'.
    AddressesDoubtful,
    /// Undeclared: the address is a scanner's, and the agent does not say so.
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
            Reason::AddressesDoubtful => {
                ("addresses-doubtful", "none of 20 claims is verified, so the addresses may not belong to the clients")
            }
            Reason::NotNamed => ("not-named", "the address belongs to a scanner, and the user agent names no bot"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.texts().1)
    }
}
