//! One product, with its names in user agents, and the proofs of its claims.

use super::find;
use crate::scanners::{Audience, Category, Scanner};

/// A product that names itself in the user agent.
///
/// ```
/// use actix_scanner_guard::catalog::{self, Agent, AgentKind, ListKind};
///
/// let agent: &Agent = catalog::claims(b"Googlebot-Image/1.0").next().unwrap();
/// assert_eq!((agent.id(), agent.operator(), agent.kind()), ("google-googlebot", "Google", AgentKind::Bot));
/// assert_eq!(agent.name(), "Googlebot");
/// assert!(agent.category().is_some() && agent.source().starts_with("https://"));
/// assert_eq!((agent.lists(), agent.list_kind()), (&["google-googlebot"][..], ListKind::Complete));
/// assert_eq!(agent.reverse_names(), [".googlebot.com"]);
/// println!("tokens {:?}, audience {:?}, masks {:?}", agent.tokens(), agent.audience(), agent.reverse_masks());
/// println!("signs as {:?}, still in use: {}", agent.signature_agent(), agent.is_current());
/// ```
#[derive(Debug)]
pub struct Agent {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) operator: &'static str,
    pub(crate) kind: AgentKind,
    pub(crate) category: Option<Category>,
    pub(crate) audience: Audience,
    pub(crate) tokens: &'static [&'static str],
    pub(crate) urls: &'static [&'static str],
    pub(crate) not_if: &'static [&'static str],
    pub(crate) lists: &'static [&'static str],
    pub(crate) list_kind: ListKind,
    pub(crate) names: &'static [&'static str],
    pub(crate) masks: &'static [&'static str],
    pub(crate) signature_agent: Option<&'static str>,
    /// Whether an address outside of the complete and fresh list contradicts the claim.
    pub(crate) forged_by_list: bool,
    /// Whether reverse names of others contradict the claim.
    pub(crate) forged_by_name: bool,
    pub(crate) is_current: bool,
    pub(crate) source: &'static str,
}

/// The kind of sender of a user agent.
///
/// ```
/// use actix_scanner_guard::catalog::{self, AgentKind};
///
/// assert_eq!(catalog::claims(b"curl/8.5.0").next().unwrap().kind(), AgentKind::Tool);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgentKind {
    /// A bot.
    #[default]
    Bot,
    /// A library or program that anybody can run. It is not an identity.
    Tool,
    /// A proxy of people.
    People,
}

/// The completeness of a published list of a product.
///
/// ```
/// use actix_scanner_guard::catalog::{self, ListKind};
///
/// assert_eq!(catalog::claims(b"MJ12bot/v1.4.8").next().unwrap().list_kind(), ListKind::None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ListKind {
    /// There is no published list.
    #[default]
    None,
    /// The list has every address of the product.
    Complete,
    /// The product also comes from addresses that are not on the list, or the list is of the whole company.
    Gaps,
    /// Others use the listed addresses too.
    Shared,
    /// The list is not the operator's, or is of the whole company. It supports a claim, but an address outside of it
    /// means nothing.
    Hint,
}

impl Agent {
    /// The scanner of this bot; `None` for tools and for proxies of people, which identify no operator.
    pub(crate) fn scanner(&self) -> Option<Scanner> {
        let vendor = find(self.id).map(|vendor| vendor.scanner().clone());
        vendor.or_else(|| self.product())
    }

    /// The product as a scanner of its own, with the id and the category of [`scanner`](Self::scanner). The start of a
    /// service asks for all products, so this neither searches the catalog nor allocates.
    pub(crate) fn product(&self) -> Option<Scanner> {
        Some(Scanner::known(self.id, self.name, self.category?))
    }

    /// The id, which equals the id of the vendor if this is its main product.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The name of the product.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The company or person that operates it.
    #[must_use]
    pub fn operator(&self) -> &'static str {
        self.operator
    }

    /// The kind of its sender.
    #[must_use]
    pub fn kind(&self) -> AgentKind {
        self.kind
    }

    /// Its category; `None` for tools and for proxies of people.
    #[must_use]
    pub fn category(&self) -> Option<Category> {
        self.category
    }

    /// Whether people's own devices also send this user agent: an iPhone's message preview names Facebook and Twitter.
    #[must_use]
    pub fn audience(&self) -> Audience {
        self.audience
    }

    /// Its product tokens.
    #[must_use]
    pub fn tokens(&self) -> &'static [&'static str] {
        self.tokens
    }

    /// The entries of the catalog whose ranges prove the claim.
    #[must_use]
    pub fn lists(&self) -> &'static [&'static str] {
        self.lists
    }

    /// The completeness of these lists.
    #[must_use]
    pub fn list_kind(&self) -> ListKind {
        self.list_kind
    }

    /// The suffixes of the reverse names that prove the claim, if the same name resolves to the address.
    #[must_use]
    pub fn reverse_names(&self) -> &'static [&'static str] {
        self.names
    }

    /// The form of these names.
    #[must_use]
    pub fn reverse_masks(&self) -> &'static [&'static str] {
        self.masks
    }

    /// Whether a failed proof contradicts the claim: an address outside of the complete and fresh list, or reverse
    /// names of others. This is true only for few bots.
    ///
    /// ```
    /// use actix_scanner_guard::catalog;
    ///
    /// assert!(catalog::claims(b"GPTBot/1.3").next().unwrap().can_be_forged());
    /// assert!(!catalog::claims(b"bingbot/2.0").next().unwrap().can_be_forged());
    /// ```
    #[must_use]
    pub fn can_be_forged(&self) -> bool {
        self.forged_by_list || self.forged_by_name
    }

    /// Its `Signature-Agent`, if it signs requests.
    #[must_use]
    pub fn signature_agent(&self) -> Option<&'static str> {
        self.signature_agent
    }

    /// Whether the product is still in use. Retired ones are kept for old logs.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.is_current
    }

    /// The source of these facts.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source
    }
}
