//! The formats by name, and the options that each takes.

use std::fmt;
use std::str::FromStr;

use super::collect::Collector;
use super::error::FeedError;
use super::options::Selection;
use super::{columns, json, ranges, server, table, text};
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
    /// Whatever the content looks like.
    #[default]
    Auto,
    /// A prefix, an address, a range or a network with its mask a line.
    Text,
    /// A JSON array of texts.
    JsonArray,
    /// A JSON object whose values are all arrays of texts.
    JsonMap,
    /// What a JSON path selects.
    JsonPath,
    /// `prefixes` with `ipv4Prefix` or `ipv6Prefix` in each: Google, Bing and many more.
    Google,
    /// `ips` with `ip_address` in each.
    Ahrefs,
    /// AWS, of which a service is taken. Tenable uses it too.
    Aws,
    /// Azure's service tags, of which one is taken.
    Azure,
    /// Office 365 endpoints.
    Office365,
    /// GitHub's meta document, of which a key is taken.
    GitHub,
    /// One array for each family: Fastly, Imperva, Cloudflare.
    Flat,
    /// Oracle Cloud.
    Oracle,
    /// Datadog, of which a product is taken.
    Datadog,
    /// Atlassian.
    Atlassian,
    /// Zscaler's nodes, by continent and city.
    ZscalerCenr,
    /// Zscaler's hubs.
    ZscalerHubs,
    /// A MISP warning list of type `cidr`.
    Misp,
    /// The bot-ip-blocks collection, of which a service is taken.
    BotIpBlocks,
    /// A JSON object a line, with `cidr` or `ranges`: Spamhaus, `CrowdSec`.
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
    /// `iptables-save`, of which the sources are taken.
    Iptables,
    /// The sets of nftables and the rules that drop.
    Nftables,
    /// `prefixes` with `ip_prefix` in each, and no services: `UptimeRobot` and others in the form of AWS.
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
    /// What `fail2ban-client` prints.
    Fail2ban,
}

/// Every name that `format` may have. Of several names for one format the first is its own; the others are names by
/// which people look for it.
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

/// An option that says which part of a list is meant.
///
/// ```
/// use actix_scanner_guard::feeds::{Choice, Format};
///
/// let choice: Choice = Format::IpToAsn.required().unwrap();
/// assert_eq!((choice.name(), choice.example()), ("asn", "asn = [16880]"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Choice {
    /// A service of AWS, bot-ip-blocks, Office 365 or sefinek's list.
    Service,
    /// An Azure service tag, or a tag of Oracle.
    Tag,
    /// A key of GitHub's meta document, a product of Datadog, or a set of a file that has several by name.
    Key,
    /// AS numbers.
    Asn,
    /// Atlassian's `egress` or `ingress`.
    Direction,
    /// A product of Atlassian.
    Product,
    /// A JSON path.
    Select,
}

impl Choice {
    /// The name of its key in the TOML file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Choice::Service => "service",
            Choice::Tag => "tag",
            Choice::Key => "key",
            Choice::Asn => "asn",
            Choice::Direction => "direction",
            Choice::Product => "product",
            Choice::Select => "select",
        }
    }

    /// The key with a value, as it is written.
    #[must_use]
    pub fn example(self) -> &'static str {
        match self {
            Choice::Service => r#"service = "ROUTE53_HEALTHCHECKS""#,
            Choice::Tag => r#"tag = "ActionGroup""#,
            Choice::Key => r#"key = "hooks""#,
            Choice::Asn => "asn = [16880]",
            Choice::Direction => r#"direction = "egress""#,
            Choice::Product => r#"product = "email""#,
            Choice::Select => r#"select = "$.ips[*]""#,
        }
    }
}

impl Format {
    /// Every name that is known in the TOML file.
    #[cfg(feature = "cli")]
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// The name in the TOML file.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, format)| *format == self).map_or("auto", |(name, _)| name)
    }

    /// The option without which nobody can say what of such a list is meant.
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

    /// Whether it has a use for this option.
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

    /// Reads a text of this format.
    pub(super) fn read(self, text: &str, selection: &Selection, sink: &mut Collector<'_>) -> Result<(), FeedError> {
        match self {
            Format::Auto | Format::Text => text::read(text, sink),
            Format::Geofeed => columns::geofeed(text, sink),
            Format::Sefinek => columns::sefinek(text, selection, sink),
            Format::IpToAsn => columns::by_asn(text, '\t', selection, sink),
            Format::IpLocationDb => columns::by_asn(text, ',', selection, sink),
            Format::Nginx => server::nginx::read(text, sink),
            Format::Apache => server::apache::read(text, sink),
            Format::Ipset => server::ipset::read(text, selection, sink),
            Format::IpPrefixes => json::aws::without_services(text, sink),
            Format::Csv => table::read(text, sink),
            Format::Yaml => ranges::yaml(text, selection, sink),
            Format::DshieldBlock => table::blocks(text, sink),
            Format::P2p => ranges::p2p(text, sink),
            Format::IpFilter => ranges::ip_filter(text, sink),
            Format::RirDelegated => ranges::delegated(text, sink),
            Format::Routes => ranges::routes(text, sink),
            Format::HostsDeny => server::hosts_deny::read(text, sink),
            Format::Haproxy => server::haproxy::read(text, sink),
            Format::Squid => server::squid::read(text, sink),
            Format::Acl if text.contains("http_access") => server::squid::read(text, sink),
            Format::Acl => server::haproxy::read(text, sink),
            Format::Varnish => server::varnish::read(text, sink),
            Format::Pf => server::pf::read(text, sink),
            Format::Ufw => server::ufw::read(text, sink),
            Format::Iis => server::iis::read(text, sink),
            Format::CiscoAcl => server::cisco::read(text, sink),
            Format::Juniper => server::juniper::read(text, selection, sink),
            Format::RouterOs => server::routeros::read(text, selection, sink),
            Format::Fail2ban => server::fail2ban::read(text, sink),
            Format::Iptables => server::iptables::read(text, sink),
            Format::Nftables => server::nftables::read(text, sink),
            Format::JsonLines => json::lines::read(text, sink),
            Format::JsonArray => json::bare::array(text, sink),
            Format::JsonMap => json::bare::map(text, sink),
            Format::JsonPath => json::path::read(text, selection, sink),
            Format::Google => json::google::read(text, sink),
            Format::Ahrefs => json::ahrefs::read(text, sink),
            Format::Aws => json::aws::read(text, selection, sink),
            Format::Azure => json::azure::read(text, selection, sink),
            Format::Office365 => json::office365::read(text, selection, sink),
            Format::GitHub => json::github::read(text, selection, sink),
            Format::Flat => json::flat::read(text, sink),
            Format::Oracle => json::oracle::read(text, selection, sink),
            Format::Datadog => json::datadog::read(text, selection, sink),
            Format::Atlassian => json::atlassian::read(text, selection, sink),
            Format::ZscalerCenr => json::zscaler::cenr(text, sink),
            Format::ZscalerHubs => json::zscaler::hubs(text, sink),
            Format::Misp => json::misp::read(text, sink),
            Format::BotIpBlocks => json::bot_ip_blocks::read(text, selection, sink),
        }
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
