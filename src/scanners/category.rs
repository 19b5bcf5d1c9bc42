//! The kinds of scanners.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! categories {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $security:literal;)*) => {
        /// The purpose of a scanner: `category` in the TOML file and in the catalog.
        ///
        /// ```
        /// use actix_scanner_guard::catalog::Category;
        ///
        /// assert_eq!(Category::WebReputation.to_string(), "web-reputation");
        /// assert!(Category::WebReputation.is_security() && !Category::SearchEngine.is_security());
        /// assert!(Category::ALL.iter().any(|category| category.as_str() == "ai-crawler"));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
        #[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum Category {
            $($(#[$doc])* $variant,)*
        }

        impl Category {
            /// Every category, in the order of the documentation.
            pub const ALL: &'static [Category] = &[$(Category::$variant,)*];

            /// The name in the TOML file.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Category::$variant => $name,)* }
            }

            /// Whether its scanners look for weaknesses or judge content for security. These categories are the default
            /// of `scanners.use`.
            #[must_use]
            pub fn is_security(self) -> bool {
                match self { $(Category::$variant => $security,)* }
            }
        }
    };
}

categories! {
    /// Fetches the pages again that a vendor's customers visit, to judge them.
    WebReputation = "web-reputation", true;
    /// Opens the links in mail before the recipient does.
    EmailSecurity = "email-security", true;
    /// Forwards the traffic of a company's people. It is no scanner, so it is only in use if a selector names it.
    SecureWebGateway = "secure-web-gateway", false;
    /// Scans the whole Internet.
    InternetScanner = "internet-scanner", true;
    /// Scans for vulnerabilities, mostly on order of a customer.
    VulnerabilityScanner = "vulnerability-scanner", true;
    /// Collects pages for training or indexing by AI companies.
    AiCrawler = "ai-crawler", false;
    /// Fetches a page for a person who waits for an AI assistant.
    AiFetcher = "ai-fetcher", false;
    /// Indexes pages for a search engine.
    SearchEngine = "search-engine", false;
    /// Collects links and rankings for search engine optimization.
    SeoCrawler = "seo-crawler", false;
    /// Checks whether a site is available, mostly on order of its owner.
    UptimeMonitor = "uptime-monitor", false;
    /// Fetches a page to show a preview of a shared link.
    LinkPreview = "link-preview", false;
    /// Reads feeds for people who subscribe to them.
    FeedReader = "feed-reader", false;
    /// Keeps copies of pages for an archive.
    Archiver = "archiver", false;
    /// Checks pages on which advertisements are shown.
    Advertising = "advertising", false;
    /// Checks a site on order of its owner: inspection, validation, webhooks.
    SiteTool = "site-tool", false;
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
