//! Sets of categories by purpose.

use super::Category;

/// A set of categories under one name: `preset:…` in the TOML file.
///
/// ```
/// use actix_scanner_guard::catalog::{self, Category};
///
/// let recon = catalog::presets().iter().find(|preset| preset.name() == "recon").unwrap();
/// assert_eq!(recon.categories(), [Category::InternetScanner, Category::VulnerabilityScanner]);
/// println!("selects {}; mind that {}", recon.purpose(), recon.risk());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    name: &'static str,
    categories: &'static [Category],
    purpose: &'static str,
    risk: &'static str,
}

const PRESETS: &[Preset] = &[
    Preset {
        name: "link-scanners",
        categories: &[Category::WebReputation, Category::EmailSecurity],
        purpose: "scanners that open links which were meant for a person: security vendors that fetch the pages which \
                  their customers visit, and mail filters that open the links in mail",
        risk: "a vendor that cannot read a page may classify the site as unsafe, and its customers then do not reach \
               the site; a mail filter may hold back mail with links to it. Ranges that are only registered to a \
               vendor (`@registered`) include its offices",
    },
    Preset {
        name: "ai",
        categories: &[Category::AiCrawler, Category::AiFetcher],
        purpose: "crawlers of AI companies, and the fetchers of their assistants",
        risk: "a person waits for the answer of a fetcher (ChatGPT-User, Perplexity-User), and then gets no answer \
               about the site; exclude fetchers with `!category:ai-fetcher`. Some crawlers also serve search results",
    },
    Preset {
        name: "recon",
        categories: &[Category::InternetScanner, Category::VulnerabilityScanner],
        purpose: "scanners that look for open services and weaknesses, on the whole Internet or on order",
        risk: "your own vulnerability scan, or a scan that a customer or an insurer has ordered, then finds no site. \
               Many of these addresses are rented, and change their owners",
    },
    Preset {
        name: "search",
        categories: &[Category::SearchEngine, Category::SeoCrawler],
        purpose: "search engines, and collectors of links and rankings",
        risk: "a search engine drops pages that it cannot read, so people no longer find the site. Your own site audit \
               may come from an SEO crawler",
    },
];

/// Every preset, in the order of the documentation.
///
/// ```
/// use actix_scanner_guard::catalog;
///
/// let names: Vec<&str> = catalog::presets().iter().map(|preset| preset.name()).collect();
/// assert_eq!(names, ["link-scanners", "ai", "recon", "search"]);
/// ```
#[must_use]
pub fn presets() -> &'static [Preset] {
    PRESETS
}

impl Preset {
    /// The name after `preset:`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its categories.
    #[must_use]
    pub fn categories(&self) -> &'static [Category] {
        self.categories
    }

    /// A description of the scanners that it selects.
    #[must_use]
    pub fn purpose(&self) -> &'static str {
        self.purpose
    }

    /// The people and services that a block of all these categories may affect by mistake.
    #[must_use]
    pub fn risk(&self) -> &'static str {
        self.risk
    }
}
