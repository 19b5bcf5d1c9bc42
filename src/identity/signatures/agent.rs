//! `Signature-Agent`: the URL that a signature names for its agent.
//!
//! | form | seen in | read as |
//! |---|---|---|
//! | `https://agent.example` | early signers | unverified, and counted apart: it is no structured field |
//! | `"https://agent.example"` | drafts until draft-meunier-web-bot-auth-architecture-03, and most signers | an origin |
//! | `sig1="https://agent.example"` | since architecture-04 | an origin |
//! | `sig1="https://agent.example/keys"` | draft-ietf-webbotauth-httpsig-protocol-01 | a key set's address |

use sfv::BareItemFromInput;

use super::base;
use super::fields::{Dictionary, Entry, InnerList, Item, parse_item};
use super::reason::Reason;
use super::url::{KeySetUrl, NoUrl};

pub(super) const NAME: &str = "signature-agent";

/// The URL that the signature with this label names, in the member that it covers. `header` is the field's value,
/// joined.
pub(super) fn of(header: &str, label: &str, covered: &InnerList<'_>) -> Result<KeySetUrl, Reason> {
    if let Some(item) = parse_item(header.as_bytes()) {
        return match &item.value {
            BareItemFromInput::String(_) => {
                covers_whole(covered)?;
                url(&item)
            }
            BareItemFromInput::Token(_) if header.contains("://") => Err(Reason::AgentUnquoted),
            // `sig1`, a member without a value, is parsed as a token.
            _ => Err(Reason::AgentMalformed),
        };
    }
    let dictionary = Dictionary::parse(header.as_bytes()).map_err(|_| match header.starts_with("https://") {
        // A value with a port or a path is no token.
        true => Reason::AgentUnquoted,
        false => Reason::AgentMalformed,
    })?;
    if dictionary.repeats() {
        return Err(Reason::Repeated);
    }
    match dictionary.get(covered_member(label, covered)?) {
        Some(Entry::Item(item)) => url(item),
        Some(Entry::List(_)) => Err(Reason::AgentMalformed),
        None => Err(Reason::ComponentMissing),
    }
}

/// Whether the whole field is covered, as is required for a string.
fn covers_whole(covered: &InnerList<'_>) -> Result<(), Reason> {
    let is_whole = |item: &Item<'_>| base::name(item) == Ok(NAME) && item.params.all.is_empty();
    if covered.items.iter().any(is_whole) { Ok(()) } else { Err(Reason::AgentNotCovered) }
}

/// The member that belongs to this signature: the member with its label, or the only member that it covers.
/// Intermediaries may relabel a signature, and the drafts' own vectors have `agent2` under `sig2`.
fn covered_member<'i>(label: &'i str, covered: &'i InnerList<'_>) -> Result<&'i str, Reason> {
    let member = |item: &'i Item<'_>| match item.params.get("key") {
        Some(BareItemFromInput::String(key)) if base::name(item) == Ok(NAME) => Some(key.as_str()),
        _ => None,
    };
    let members: Vec<&str> = covered.items.iter().filter_map(member).collect();
    match members.as_slice() {
        [] => Err(Reason::AgentNotCovered),
        members if members.contains(&label) => Ok(label),
        [only] => Ok(only),
        _ => Err(Reason::AgentAmbiguous),
    }
}

fn url(item: &Item<'_>) -> Result<KeySetUrl, Reason> {
    let text = match &item.value {
        BareItemFromInput::String(text) => text.as_str(),
        BareItemFromInput::Token(_) => return Err(Reason::AgentUnquoted),
        _ => return Err(Reason::AgentMalformed),
    };
    // Draft, section "Signature-Agent": a member with parameters is ignored.
    if !item.params.all.is_empty() {
        return Err(Reason::AgentParameters);
    }
    KeySetUrl::of_member(text).map_err(|why| match why {
        NoUrl::NotHttps => Reason::AgentNotHttps,
        _ => Reason::AgentMalformed,
    })
}
