//! Lists of ranges in any format. The first byte selects the format, the rest is the list.
//!
//! Any bytes are read or refused. The entries of a list are sorted and unique, have no host bits, and are not too wide.
//! A list that is printed as plain text is read as the same entries.

#![no_main]

use actix_scanner_guard::feeds::{self, Format, ParseOptions, Selection};
use ipnet::IpNet;
use libfuzzer_sys::fuzz_target;

const FORMATS: &[&str] = &[
    "auto",
    "text",
    "json-array",
    "json-map-of-arrays",
    "json",
    "google-prefixes-json",
    "ahrefs-ips-json",
    "aws-ip-ranges-json",
    "azure-servicetags-json",
    "o365-endpoints-json",
    "github-meta-json",
    "fastly-json",
    "oracle-json",
    "datadog-json",
    "atlassian-json",
    "zscaler-cenr-json",
    "zscaler-hubs-json",
    "misp-warninglist-json",
    "bot-ip-blocks-json",
    "spamhaus-drop-jsonl",
    "geofeed-csv",
    "sefinek-csv",
    "iptoasn-tsv",
    "ip-location-db-csv",
    "nginx",
    "apache",
    "ipset",
    "iptables",
    "nftables",
];

fuzz_target!(|data: &[u8]| {
    let Some((choice, list)) = data.split_first() else { return };
    let format: Format = FORMATS[usize::from(*choice) % FORMATS.len()].parse().expect("a known name");
    let selection = Selection::new().service("S").tag("S").key("S").asn([1]).select("$..*");
    for base in [ParseOptions::own(), ParseOptions::fetched()] {
        let options = base.max_entries(10_000).format(format).selection(selection.clone());
        let Ok(listed) = feeds::parse(list, &options) else { continue };
        let prefixes = listed.prefixes();
        assert!(prefixes.is_sorted_by(|a, b| a < b), "sorted, each once");
        for net in prefixes {
            let shortest = if matches!(net, IpNet::V4(_)) { 8 } else { 16 };
            assert!(*net == net.trunc() && net.prefix_len() >= shortest, "{net}");
        }
        if listed.problems().is_empty() {
            let printed: String = prefixes.iter().map(|net| format!("{net}\n")).collect();
            let again = feeds::parse(printed.as_bytes(), &ParseOptions::own().format(Format::Text));
            assert_eq!(again.expect("a plain list").prefixes(), prefixes);
        }
    }
});
