//! `catalog stats`: counts of vendors, ranges and addresses.

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::Serialize;

use crate::catalog;
use crate::cli::console::Console;
use crate::cli::failure::{Failure, Verdict};
use crate::scanners::{Audience, Category, Reach};

#[derive(Default, Serialize)]
struct Count {
    vendors: usize,
    ranges: usize,
    /// Ranges on which rules act by default: exclusive, and at least `observed`.
    sure: usize,
    shared: usize,
    ipv4_addresses: u64,
}

pub(super) fn run(console: &mut Console) -> Result<Verdict, Failure> {
    let mut counts: BTreeMap<Category, Count> =
        Category::ALL.iter().map(|category| (*category, Count::default())).collect();
    let mut nets: BTreeMap<Category, Vec<IpNet>> = BTreeMap::new();
    for vendor in catalog::vendors() {
        let count = counts.entry(vendor.scanner().category()).or_default();
        count.vendors += 1;
        for range in vendor.ranges() {
            count.ranges += 1;
            count.shared += usize::from(range.audience() == Audience::Shared);
            count.sure += usize::from(Reach::FOR_HIDING.covers(range.audience(), range.certainty()));
            nets.entry(vendor.scanner().category()).or_default().push(range.network());
        }
    }
    for (category, nets) in nets {
        // An address of two vendors or two sources counts once.
        let v4 = IpNet::aggregate(&nets).into_iter().filter(|net| net.addr().is_ipv4());
        counts.entry(category).or_default().ipv4_addresses = v4.map(|net| 1_u64 << (32 - net.prefix_len())).sum();
    }
    if console.is_json() {
        console.write_json(&counts)?;
        return Ok(Verdict::Good);
    }
    let rows = counts.into_iter().map(|(category, count)| {
        let Count { vendors, ranges, sure, shared, ipv4_addresses } = count;
        [
            category.to_string(),
            vendors.to_string(),
            ranges.to_string(),
            sure.to_string(),
            shared.to_string(),
            ipv4_addresses.to_string(),
        ]
    });
    let header = ["category", "vendors", "ranges", "actionable", "shared", "ipv4 addresses"];
    console.write_table(header, &[1, 2, 3, 4, 5], rows)?;
    Ok(Verdict::Good)
}
