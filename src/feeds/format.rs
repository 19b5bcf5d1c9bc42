//! The formats by name, and the options of each.

use std::fmt;
use std::str::FromStr;

use super::choice::Choice;
use super::error::FeedError;
use crate::util::suggest;

/// The format of a list.
///
/// ```
/// use actix_scanner_guard::feeds::{Format, Choice};
///
/// let format: Format = "aws-ip-ranges-json".parse()?;
/// assert_eq!(format, Format::Aws);
/// assert_eq!((format.name(), format.required()), ("aws-ip-ranges-json", Some(Choice::Service)));
/// assert!(format.uses(Choice::Service) && !format.uses(Choice::Asn));
/// assert_eq!("geofed-csv".parse::<Format>().unwrap_err().help(), "write `geofeed-csv`");
/// # Ok::<(), actix_scanner_guard::feeds::FeedError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Detected from the content.
    #[default]
    Auto,
    /// A prefix, an address, a range or a network with its mask on each line.
    Text,
    /// A JSON array of texts.
    JsonArray,
    /// A JSON object whose values are all arrays of texts.
    JsonMap,
    /// The entries that a JSON path selects.
    JsonPath,
    /// `prefixes` with `ipv4Prefix` or `ipv6Prefix` in each: Google, Bing and many more.
    Google,
    /// `ips` with `ip_address` in each.
    Ahrefs,
    /// AWS, with a selected service. Tenable uses it too.
    Aws,
    /// Azure's service tags, with a selected tag.
    Azure,
    /// Office 365 endpoints.
    Office365,
    /// GitHub's meta document, with a selected key.
    GitHub,
    /// One array for each family: Fastly, Imperva, Cloudflare.
    Flat,
    /// Oracle Cloud.
    Oracle,
    /// Datadog, with a selected product.
    Datadog,
    /// Atlassian.
    Atlassian,
    /// Zscaler's nodes, by continent and city.
    ZscalerCenr,
    /// Zscaler's hubs.
    ZscalerHubs,
    /// A MISP warning list of type `cidr`.
    Misp,
    /// The bot-ip-blocks collection, with a selected service.
    BotIpBlocks,
    /// A JSON object on each line, with `cidr` or `ranges`: Spamhaus, `CrowdSec`.
    JsonLines,
    /// RFC 8805 geofeeds.
    Geofeed,
    /// A CSV file with the header `IP,Name,Sources`.
    Sefinek,
    /// First address, last address and AS number, with tabs between.
    IpToAsn,
    /// First address, last address and AS number, with commas between.
    IpLocationDb,
    /// nginx: `deny` and `geo`.
    Nginx,
    /// Apache: `Deny from`, `Require ip`, and `-R` in `RewriteCond`.
    Apache,
    /// `ipset save`.
    Ipset,
    /// `iptables-save`: the sources.
    Iptables,
    /// The sets of nftables and the rules that drop.
    Nftables,
    /// `prefixes` with `ip_prefix` in each, and without services: `UptimeRobot` and others in the form of AWS.
    IpPrefixes,
    /// A table with a line of column names, or with one column of addresses.
    Csv,
    /// A plain list in YAML.
    Yaml,
    /// `DShield`'s blocks: first address, last address, length.
    DshieldBlock,
    /// `PeerGuardian`: `description:first-last`.
    P2p,
    /// eMule's `ipfilter.dat`.
    IpFilter,
    /// Delegation statistics of a registry.
    RirDelegated,
    /// Route objects of a routing registry.
    Routes,
    /// `hosts.deny` of TCP wrappers.
    HostsDeny,
    /// `HAProxy`: `acl … src` and the rules that deny.
    Haproxy,
    /// Squid: `acl … src` and `http_access deny`.
    Squid,
    /// `acl` lines of `HAProxy` or Squid.
    Acl,
    /// Varnish: `acl`.
    Varnish,
    /// pf: tables, and rules that block.
    Pf,
    /// `ufw status`, and the commands of ufw.
    Ufw,
    /// IIS: `ipSecurity` in `web.config`.
    Iis,
    /// Access lists of Cisco.
    CiscoAcl,
    /// Prefix lists of Junos.
    Juniper,
    /// Address lists of `RouterOS`, and its filter rules that drop.
    RouterOs,
    /// The output of `fail2ban-client`.
    Fail2ban,
}

/// Every name of `format`. The first name of a format is its own, and the others are common aliases.
const NAMES: &[(&str, Format)] = &[
    ("auto", Format::Auto),
    ("text", Format::Text),
    ("firehol-netset", Format::Text),
    ("spamhaus-drop-txt", Format::Text),
    ("json-array", Format::JsonArray),
    ("json-map-of-arrays", Format::JsonMap),
    ("json", Format::JsonPath),
    ("google-prefixes-json", Format::Google),
    ("ahrefs-ips-json", Format::Ahrefs),
    ("aws-ip-ranges-json", Format::Aws),
    ("azure-servicetags-json", Format::Azure),
    ("o365-endpoints-json", Format::Office365),
    ("github-meta-json", Format::GitHub),
    ("fastly-json", Format::Flat),
    ("imperva-json", Format::Flat),
    ("cloudflare-json", Format::Flat),
    ("oracle-json", Format::Oracle),
    ("datadog-json", Format::Datadog),
    ("atlassian-json", Format::Atlassian),
    ("zscaler-cenr-json", Format::ZscalerCenr),
    ("zscaler-hubs-json", Format::ZscalerHubs),
    ("misp-warninglist-json", Format::Misp),
    ("bot-ip-blocks-json", Format::BotIpBlocks),
    ("spamhaus-drop-jsonl", Format::JsonLines),
    ("crowdsec-jsonl", Format::JsonLines),
    ("geofeed-csv", Format::Geofeed),
    ("sefinek-csv", Format::Sefinek),
    ("iptoasn-tsv", Format::IpToAsn),
    ("ip-location-db-csv", Format::IpLocationDb),
    ("nginx", Format::Nginx),
    ("apache", Format::Apache),
    ("ipset", Format::Ipset),
    ("iptables", Format::Iptables),
    ("nftables", Format::Nftables),
    ("ip-prefixes-json", Format::IpPrefixes),
    ("csv", Format::Csv),
    ("crowdsec-csv", Format::Csv),
    ("abuseipdb-csv", Format::Csv),
    ("yaml-list", Format::Yaml),
    ("dshield-block", Format::DshieldBlock),
    ("p2p", Format::P2p),
    ("ipfilter-dat", Format::IpFilter),
    ("rir-delegated", Format::RirDelegated),
    ("irr-routes", Format::Routes),
    ("hosts-deny", Format::HostsDeny),
    ("haproxy", Format::Haproxy),
    ("squid", Format::Squid),
    ("acl", Format::Acl),
    ("varnish", Format::Varnish),
    ("pf", Format::Pf),
    ("ufw", Format::Ufw),
    ("iis-ipsecurity", Format::Iis),
    ("cisco-acl", Format::CiscoAcl),
    ("junos-prefix-list", Format::Juniper),
    ("routeros", Format::RouterOs),
    ("fail2ban", Format::Fail2ban),
];

impl Format {
    /// Every name in the TOML file.
    #[cfg(feature = "cli")]
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// The name in the TOML file.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, format)| *format == self).map_or("auto", |(name, _)| name)
    }

    /// The option without which a list of this format is ambiguous.
    #[must_use]
    pub fn required(self) -> Option<Choice> {
        match self {
            Format::Aws | Format::BotIpBlocks => Some(Choice::Service),
            Format::Azure => Some(Choice::Tag),
            Format::GitHub | Format::Datadog => Some(Choice::Key),
            Format::IpToAsn | Format::IpLocationDb => Some(Choice::Asn),
            Format::JsonPath => Some(Choice::Select),
            _ => None,
        }
    }

    /// Whether the format uses this option.
    #[must_use]
    pub fn uses(self, choice: Choice) -> bool {
        let optional: &[Choice] = match self {
            Format::Office365 => &[Choice::Service, Choice::Key],
            Format::Sefinek => &[Choice::Service],
            Format::Oracle => &[Choice::Tag],
            Format::Ipset | Format::RouterOs | Format::Juniper | Format::Yaml => &[Choice::Key],
            Format::Atlassian => &[Choice::Direction, Choice::Product],
            _ => &[],
        };
        self.required() == Some(choice) || optional.contains(&choice)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = FeedError;

    fn from_str(name: &str) -> Result<Self, FeedError> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format).ok_or_else(|| {
            FeedError::new("unknown format", suggest::name(name, NAMES.iter().map(|(name, _)| name))).with_found(name)
        })
    }
}

/// The start of the section of IIS, which identifies its files.
pub(super) const IIS_SECTION: &str = "<ipSecurity";
