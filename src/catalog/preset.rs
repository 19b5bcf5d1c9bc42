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
        purpose: "who opens links that were meant for a person: security vendors that fetch again what their customers \
                  visit, and mail filters that open what is in a mail",
        risk: "a vendor that cannot look at a page may call the site unsafe, and its customers are then kept away; a \
               mail filter may hold back mail with links to it. The ranges that are only registered to a vendor \
               (`@registered`) carry its offices too",
    },
    Preset {
        name: "ai",
        categories: &[Category::AiCrawler, Category::AiFetcher],
        purpose: "crawlers of AI companies, and the fetchers of their assistants",
        risk: "behind a fetcher (ChatGPT-User, Perplexity-User) a person waits, who then gets no answer about the site; \
               exclude them with `!category:ai-fetcher`. Some crawlers feed search results, too",
    },
    Preset {
        name: "recon",
        categories: &[Category::InternetScanner, Category::VulnerabilityScanner],
        purpose: "who looks for open services and weaknesses, on the whole Internet or on somebody's order",
        risk: "your own vulnerability scan, or one that a customer or an insurer has ordered, then sees a site that is \
               not there. Many of these addresses are rented, and change hands",
    },
    Preset {
        name: "search",
        categories: &[Category::SearchEngine, Category::SeoCrawler],
        purpose: "search engines, and those who collect links and rankings",
        risk: "what a search engine cannot read it drops, and people no longer find it. Your own site audit may come \
               from an SEO crawler",
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
