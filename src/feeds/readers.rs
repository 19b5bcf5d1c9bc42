//! The parser of each format.

use super::collect::Collector;
use super::error::FeedError;
use super::format::Format;
use super::options::Selection;
use super::{columns, json, ranges, server, table, text};

/// Parses a text of this format.
pub(super) fn read(
    format: Format,
    text: &str,
    selection: &Selection,
    sink: &mut Collector<'_>,
) -> Result<(), FeedError> {
    match format {
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
