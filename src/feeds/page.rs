//! Refuses documents that are not a list at all: compressed and binary files, and pages.

use super::error::FeedError;
use super::format::{Format, IIS_SECTION};
use super::server::foreign;

/// Refuses bytes that are not text.
pub(super) fn check_encoding(bytes: &[u8]) -> Result<(), FeedError> {
    const PACKED: &[(&[u8], &str)] = &[
        (&[0x1f, 0x8b], "gzip"),
        (b"PK\x03\x04", "zip"),
        (b"BZh", "bzip2"),
        (&[0xfd, b'7', b'z', b'X', b'Z'], "xz"),
        (&[0x28, 0xb5, 0x2f, 0xfd], "zstd"),
    ];
    if let Some((_, name)) = PACKED.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(FeedError::new(format!("this is compressed with {name}"), "decompress it first"));
    }
    // `>` in PowerShell and Notepad's "Unicode" write UTF-16.
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(FeedError::new("this is UTF-16", "save it as UTF-8"));
    }
    if bytes.contains(&0) {
        return Err(FeedError::new("this is a binary file, or UTF-16 without its mark", "save it as UTF-8 text"));
    }
    Ok(())
}

/// Refuses an HTML page: some servers answer with one, and status 200, after a list has moved.
pub(super) fn check_page(text: &str, format: Format) -> Result<(), FeedError> {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}'));
    let Some(tag) = start.strip_prefix('<') else { return Ok(()) };
    let tag = tag.get(..8).unwrap_or(tag).to_ascii_lowercase();
    if let Some(error) = foreign::by_xml(text) {
        return Err(error.at_line(1));
    }
    if matches!(format, Format::Auto | Format::Iis) && text.contains(IIS_SECTION) {
        return Ok(());
    }
    let is_page = ["!", "?", "html", "head", "body", "title"].iter().any(|page| tag.starts_with(page));
    let is_section = format == Format::Apache || format == Format::Auto && begins_section(start);
    if is_section && !is_page {
        return Ok(());
    }
    let line = text[..text.len() - start.len()].matches('\n').count() + 1;
    let help = "check the server's answer; `format = \"apache\"` reads a configuration that begins like this";
    Err(FeedError::new("this is an HTML or XML page, not a list", help).at_line(line).with_found(start))
}

/// Whether a text begins with a section of Apache's configuration, such as `<RequireAll>` or `<IfModule mod_authz_core.c>`.
fn begins_section(start: &str) -> bool {
    let line = start.lines().next().unwrap_or_default().trim_end();
    let Some(section) = line.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) else { return false };
    let name = section.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    let apache = ["require", "limit", "files", "if", "directory", "location", "virtualhost", "proxy"];
    apache.iter().any(|begin| name.starts_with(begin))
}
