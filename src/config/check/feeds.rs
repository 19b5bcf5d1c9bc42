//! `[feeds]`, and the keys of `[[scanners.list]]` about fetching

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use ureq::tls::{PemItem, parse_pem};

use super::duration::duration;
use super::formats;
use super::lists::{Published, Scanners};
use super::secret;
use crate::config::diagnostics::Diagnostics;
use crate::config::document::Input;
use crate::config::raw::{RawFeeds, RawList, RawScanners};
use crate::config::size::Size;
use crate::config::spanned::Spanned;
use crate::feeds::ParseOptions;
use crate::feeds::digest::from_hex;
use crate::feeds::spec::{FeedSettings, FeedSpec, FeedUrl, Share, Target};
use crate::scanners::ScannerList;

const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(10 * 60);
const REFRESHES: RangeInclusive<Duration> = FeedSpec::SHORTEST_REFRESH..=FeedSpec::LONGEST_REFRESH;
/// Limits of `max_size`. A smaller file is no list. A larger file is no list of scanners, and it is in memory twice
/// while it is parsed.
const MAX_BYTES: RangeInclusive<u64> = 1024..=256 << 20;

pub(super) fn settings(raw: &RawFeeds, input: &Input, diagnostics: &mut Diagnostics) -> FeedSettings {
    let default = FeedSettings::default();
    let mut timeout = |text: &Option<Spanned<String>>, default| {
        text.as_ref().and_then(|text| duration(text, &TIMEOUTS, diagnostics)).unwrap_or(default)
    };
    let startup_timeout = timeout(&raw.startup_timeout, default.startup_timeout);
    let timeout = timeout(&raw.timeout, default.timeout);
    let max_bytes = raw.max_bytes.as_ref().map_or(default.max_bytes, |Spanned { value: Size(value), place }| {
        if !MAX_BYTES.contains(value) {
            let help = "write a size from `\"1KiB\"` to `\"256MiB\"`";
            diagnostics.problem(*place, "this size is out of range", help);
        }
        *value
    });
    let cache_dir = raw.cache_dir.as_ref().and_then(|Spanned { value, place }| {
        if value.is_empty() {
            diagnostics.problem(
                *place,
                "the name of the folder is missing",
                "write `cache_dir = \"cache\"`, or leave the key out",
            );
            return None;
        }
        Some(input.folder().join(value))
    });
    let authorities = raw.ca_file.as_ref().map_or(default.authorities, |file| authorities(file, input, diagnostics));
    FeedSettings { cache_dir, startup_timeout, timeout, max_bytes, authorities }
}

/// The certificates in a PEM file.
fn authorities(file: &Spanned<String>, input: &Input, diagnostics: &mut Diagnostics) -> Arc<[Vec<u8>]> {
    let path = input.folder().join(&file.value);
    let Some(pem) = diagnostics.read(file.place, &path) else { return Arc::default() };
    let items: Result<Vec<_>, _> = parse_pem(&pem).collect();
    let certificates: Vec<Vec<u8>> = items
        .into_iter()
        .flatten()
        .filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate.der().to_vec()),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        let message = format!("{} holds no certificate that can be read", path.display());
        diagnostics.problem(file.place, message, "name a PEM file with `-----BEGIN CERTIFICATE-----`");
    }
    certificates.into()
}

/// The lists with a `url`, each with its place among `lists`.
pub(super) fn specs(
    raw: &[Spanned<RawList>],
    lists: &[ScannerList],
    input: &Input,
    diagnostics: &mut Diagnostics,
) -> Vec<FeedSpec> {
    raw.iter()
        .filter_map(|list| {
            let id = list.value.id.as_ref().map(|id| id.value.as_str());
            let at = lists.iter().position(|own| Some(own.scanner.id()) == id);
            let target = at.map(|list| Target::Group { list, group: 0 });
            spec(list, list.value.url.as_ref()?, target, input, diagnostics)
        })
        .collect()
}

/// The published lists of the vendors in use, for `scanners.feeds`. The catalog's ranges are in use until a list is
/// fetched, and if a fetched list is refused.
pub(super) fn published(raw: &RawScanners, scanners: &Scanners<'_>, diagnostics: &mut Diagnostics) -> Vec<FeedSpec> {
    let Some(place) = raw.feeds.as_ref().filter(|feeds| feeds.value).map(|feeds| feeds.place) else {
        return Vec::new();
    };
    let mut specs: Vec<FeedSpec> = Vec::new();
    for Published { list, group, feed } in &scanners.published {
        let Some(url) = FeedUrl::parse(feed.url()) else { continue };
        let ScannerList { scanner, groups, .. } = &scanners.lists[*list];
        let before = specs.iter().filter(|spec| spec.target.list() == Some(*list)).count();
        // The id of an operator's own list cannot contain a dot, so these ids are unique.
        let id = if before == 0 { scanner.id().into() } else { format!("{scanner}.{}", before + 1).into() };
        specs.push(FeedSpec {
            id,
            url,
            options: feed.options(),
            refresh: FeedSpec::DEFAULT_REFRESH,
            max_shrink: FeedSpec::DEFAULT_MAX_SHRINK,
            embedded: groups[*group].prefixes.len(),
            required: false,
            allow_insecure: false,
            allow_private_redirects: false,
            sha256: None,
            header: None,
            audience: groups[*group].audience,
            target: Target::Group { list: *list, group: *group },
        });
    }
    if specs.is_empty() {
        let message = "none of the vendors in use publishes a list that can be fetched";
        diagnostics.problem(
            place,
            message,
            "remove the key, or name such vendors in `use`; CATALOG.md shows their feeds",
        );
    }
    specs
}

fn spec(
    list: &Spanned<RawList>,
    url: &Spanned<String>,
    target: Option<Target>,
    input: &Input,
    diagnostics: &mut Diagnostics,
) -> Option<FeedSpec> {
    let raw = &list.value;
    let allow_insecure = raw.allow_insecure.as_ref().is_some_and(|at| at.value);
    let url = self::url(url, allow_insecure, diagnostics);
    let options = formats::options(list, ParseOptions::fetched(), diagnostics);
    let refresh = raw.refresh.as_ref().and_then(|text| duration(text, &REFRESHES, diagnostics));
    let max_shrink = raw.max_shrink.as_ref().and_then(|share| {
        let checked = Share::new(share.value);
        if checked.is_none() {
            diagnostics.problem(
                share.place,
                "a share is between 0 and 1",
                "write `0.5` to refuse a copy that lost more than half of its entries",
            );
        }
        checked
    });
    let sha256 = raw.sha256.as_ref().and_then(|text| sha256(text, diagnostics));
    let header = secret::header(list, url.as_ref(), input, diagnostics);
    Some(FeedSpec {
        id: raw.id.as_ref()?.value.as_str().into(),
        url: url?,
        options: options?,
        refresh: refresh.unwrap_or(FeedSpec::DEFAULT_REFRESH),
        max_shrink: max_shrink.unwrap_or(FeedSpec::DEFAULT_MAX_SHRINK),
        embedded: 0,
        required: raw.required.as_ref().is_some_and(|at| at.value),
        allow_insecure,
        allow_private_redirects: raw.allow_private_redirects.as_ref().is_some_and(|at| at.value),
        sha256,
        header,
        audience: raw.audience.unwrap_or_default(),
        target: target?,
    })
}

pub(super) fn url(url: &Spanned<String>, allow_insecure: bool, diagnostics: &mut Diagnostics) -> Option<FeedUrl> {
    let Spanned { value, place } = url;
    // The HTTP client accepts fewer addresses than `Url`: those that fit into `http::Uri`.
    let parsed = FeedUrl::parse(value).filter(|url| is_written_out(value) && url.in_full().parse::<Uri>().is_ok());
    let Some(parsed) = parsed else {
        diagnostics.problem_with(*place, value, "not a URL to fetch from", "write `https://`, a host and a path");
        return None;
    };
    if parsed.has_user() {
        let message = "a password must not be in this file";
        let help = "leave it out of the address, and send it in a header: `header = \"authorization\"`, with \
                    `header_env` for the variable that holds the value";
        diagnostics.problem_with(*place, &parsed.to_string(), message, help);
        return None;
    }
    if !parsed.is_secure() && !allow_insecure {
        let message = "a list that is fetched without TLS can be changed in transit";
        let help =
            "write `https:` in place of `http:`, or `allow_insecure = true` if you control the network in between";
        diagnostics.problem_with(*place, &parsed.to_string(), message, help);
        return None;
    }
    Some(parsed)
}

/// Whether the URL is complete. A lenient parser also accepts `https:/host`, `https:host` and `https://host\x`.
fn is_written_out(url: &str) -> bool {
    let rest = url.split_once("://").filter(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_alphabetic()));
    rest.is_some_and(|(_, rest)| !rest.starts_with('/') && !rest.contains(|c: char| c == '\\' || c <= ' '))
}

fn sha256(text: &Spanned<String>, diagnostics: &mut Diagnostics) -> Option<[u8; 32]> {
    let Spanned { value, place } = text;
    let digest = from_hex(value);
    if digest.is_none() {
        let help = "write the 64 hexadecimal digits that `sha256sum` prints for the file";
        diagnostics.problem_with(*place, value, "not a SHA-256", help);
    }
    digest
}

#[cfg(all(test, feature = "catalog"))]
mod tests {
    use crate::config::source::Source;
    use crate::engine::CheckedConfig;
    use crate::feeds::spec::Target;
    use crate::scanners::Certainty;

    fn read(toml: &str) -> CheckedConfig {
        Source::text(toml).read().unwrap_or_else(|error| panic!("{error}")).checked
    }

    /// The vendors decide where these lists are published, so no test can fetch them.
    #[test]
    fn published_lists_take_the_place_of_what_the_catalog_has_of_them() {
        let own = "[[scanners.list]]\nid = \"own\"\ncategory = \"ai-crawler\"\nurl = \"https://own.example/\"\n";
        let checked = read(&format!("[scanners]\nuse = [\"pingdom\", \"modat\", \"detectify\"]\nfeeds = true\n{own}"));
        let ids: Vec<&str> = checked.feeds.iter().map(|spec| &*spec.id).collect();
        assert_eq!(ids, ["own", "modat", "pingdom", "pingdom.2"]);
        for spec in &checked.feeds[1..] {
            let list = &checked.lists[spec.target.list().expect("a list")];
            assert!(spec.id.starts_with(list.scanner.id()), "{spec:?}");
            let group = match spec.target {
                Target::Group { group, .. } => &list.groups[group],
                #[cfg(feature = "web-bot-auth")]
                Target::Agent(_) => panic!("{spec:?}"),
            };
            let vendor = crate::catalog::find(list.scanner.id()).expect("a vendor of the catalog");
            assert!(vendor.feeds().any(|feed| feed.url() == spec.url.in_full()), "{spec:?}");
            assert_eq!((group.certainty, group.audience), (Certainty::Published, spec.audience));
            assert!(spec.embedded == group.prefixes.len() && spec.embedded > 0, "{spec:?}");
        }
    }

    #[test]
    fn what_is_allowed_may_be_in_a_list_that_is_yet_to_come() {
        let warnings = |feeds: bool| {
            let toml = format!(
                "client.trusted_proxies = []\n[scanners]\nuse = [\"modat\"]\nallow = [\"192.0.2.7\"]\nfeeds = {feeds}"
            );
            Source::text(&toml).read().unwrap_or_else(|error| panic!("{error}")).warnings.len()
        };
        assert_eq!((warnings(false), warnings(true)), (1, 0));
    }

    #[test]
    fn nothing_is_fetched_where_it_is_not_asked_for() {
        for toml in ["", "scanners.feeds = false", "scanners.use = [\"all\"]"] {
            assert!(read(toml).feeds.is_empty(), "{toml}");
        }
        let toml = "[scanners]\nuse = [\"trend-micro\"]\nfeeds = true";
        let error = Source::text(toml).read().expect_err(toml);
        assert!(error.to_string().contains("none of the vendors in use"), "{error}");
    }
}
