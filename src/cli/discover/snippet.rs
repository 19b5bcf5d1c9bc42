//! The entry of the policy for a finding.

use std::fmt::Write as _;

use super::report::Finding;
use crate::discovery::{Side, Status};

/// The id of the list, from its first range: `discovered-203-0-113-0`.
pub(super) fn id(finding: &Finding) -> String {
    let first = finding.ranges.first().map(|range| range.addr().to_string()).unwrap_or_default();
    let digits: String = first.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("discovered-{}", digits.trim_matches('-')).replace("--", "-")
}

/// The entry of the policy.
pub(super) fn entry(finding: &Finding, id: &str) -> String {
    let date = finding.last.get(..10).unwrap_or_default();
    let ranges: Vec<String> = finding.ranges.iter().map(|range| format!("\"{range}\"")).collect();
    let (side, category) = match finding.side {
        Side::Ahead => ("ahead of", "email-security"),
        _ => ("after", "web-reputation"),
    };
    let mut text = format!(
        "# Discovered {date}: {} echoes of {} targets {side} people of {} sites, {} occasions, evidence {}.\n",
        finding.echoes,
        finding.targets,
        finding.leaders,
        finding.occasions,
        finding.strength.as_str(),
    );
    if finding.status == Status::Suspected {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "# Only suspected. Failed gates: {}.", finding.failed.join(", "));
    }
    let _ = write!(
        text,
        "[[scanners.list]]\nid = \"{id}\"\ncategory = \"{category}\"\naudience = \"shared\"   # tags only; \"exclusive\" once you \
         know that people do not use the ranges\ncertainty = \"observed\"\nranges = [{}]\n",
        ranges.join(", ")
    );
    if let (Some(covering), Some(holder)) = (finding.covering, finding.catalog.first())
        && holder.network.contains(&covering)
    {
        let _ = writeln!(text, "# ranges = [\"{covering}\"]   # the catalog gives the whole range to {}", holder.name);
    }
    text
}
