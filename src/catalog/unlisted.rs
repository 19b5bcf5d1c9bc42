//! Vendors that scan from unknown addresses, or from addresses that people use too: known by name, with the reason and
//! an alternative.

use std::net::IpAddr;

use ipnet::IpNet;

use super::Category;

/// A vendor without ranges: it publishes none, and its known requests cannot be distinguished from requests of people.
///
/// ```
/// use actix_scanner_guard::catalog::{self, Unlisted};
///
/// let safe_links: &Unlisted = catalog::unlisted().iter().find(|entry| entry.id() == "microsoft-safe-links").unwrap();
/// println!("{}: {} Instead: {}", safe_links.name(), safe_links.reason(), safe_links.instead());
/// assert!(safe_links.is_near([20, 72, 100, 79].into()));
/// assert_eq!(safe_links.category().as_str(), "email-security");
/// println!("see {}; also called {:?}; read {}", safe_links.homepage(), safe_links.aliases(), safe_links.date());
/// ```
#[derive(Debug)]
pub struct Unlisted {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) category: Category,
    pub(super) homepage: &'static str,
    pub(super) aliases: &'static [&'static str],
    pub(super) reason: &'static str,
    pub(super) instead: &'static str,
    pub(super) date: &'static str,
    pub(super) near: &'static [&'static str],
}

impl Unlisted {
    /// The id, such as `microsoft-safe-links`. It selects nothing in `scanners.use`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its category.
    #[must_use]
    pub fn category(&self) -> Category {
        self.category
    }

    /// The vendor's page about itself.
    #[must_use]
    pub fn homepage(&self) -> &'static str {
        self.homepage
    }

    /// Other names of the product or of its operator.
    #[must_use]
    pub fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }

    /// The reason why it has no ranges here.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// The advice in place of a list.
    #[must_use]
    pub fn instead(&self) -> &'static str {
        self.instead
    }

    /// The date of this statement, as `YYYY-MM-DD`.
    #[must_use]
    pub fn date(&self) -> &'static str {
        self.date
    }

    /// Whether some of its requests are known to come from the network around this address, which others use too.
    #[must_use]
    pub fn is_near(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.near.iter().filter_map(|near| near.parse::<IpNet>().ok()).any(|near| near.contains(&address))
    }
}
