//! The files of the catalogue, compiled in.

/// A file's path below `data` and its text.
macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("data/", $path)))),*]
    };
}

/// The vendors, by category.
pub(super) const VENDORS: &[(&str, &str)] = files![
    "ai-crawler/openai-gptbot.toml",
    "ai-fetcher/perplexity-user.toml",
    "email-security/mimecast.toml",
    "email-security/proofpoint.toml",
    "internet-scanner/censys.toml",
    "internet-scanner/rapid7-sonar.toml",
    "link-preview/telegram.toml",
    "search-engine/microsoft-bingbot.toml",
    "secure-web-gateway/forcepoint.toml",
    "secure-web-gateway/netskope.toml",
    "seo-crawler/ahrefs.toml",
    "uptime-monitor/updown-io.toml",
    "vulnerability-scanner/detectify.toml",
    "web-reputation/palo-alto-url-filtering.toml",
    "web-reputation/trend-micro.toml",
];

/// The proxy operators.
pub(super) const PROXIES: &[(&str, &str)] = files!["proxies/cloudflare.toml"];
