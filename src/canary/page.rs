//! The text for places in which programs find canaries and people do not.

/// An invisible link. The keyboard does not reach it, screen readers do not read it, and it takes no space.
pub(crate) fn link(path: &str) -> String {
    format!(
        "<a href=\"{path}\" rel=\"nofollow\" aria-hidden=\"true\" tabindex=\"-1\" \
         style=\"position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)\"></a>"
    )
}

/// The lines of `robots.txt`.
pub(crate) fn robots(prefix: &str) -> String {
    format!("User-agent: *\nDisallow: {prefix}\n")
}

/// An item of an RSS feed.
#[cfg(feature = "cli")]
pub(crate) fn feed_item(url: &str) -> String {
    format!("<item><title>Archive</title><link>{url}</link><guid isPermaLink=\"false\">{url}</guid></item>")
}

/// An entry of a sitemap.
#[cfg(feature = "cli")]
pub(crate) fn sitemap_entry(url: &str, date: &str) -> String {
    format!("<url><loc>{url}</loc><lastmod>{date}</lastmod></url>")
}
