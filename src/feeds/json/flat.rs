//! One array for each family, under keys that differ: Fastly, Imperva, Cloudflare.

use serde::Deserialize;

use super::Texts;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;

#[derive(Deserialize)]
struct Document<'a> {
    /// Cloudflare's arrays are one level deeper.
    #[serde(borrow)]
    result: Option<Families<'a>>,
    #[serde(borrow, flatten)]
    families: Families<'a>,
    /// Imperva's status.
    res: Option<i64>,
    /// Cloudflare's status.
    success: Option<bool>,
}

#[derive(Deserialize)]
struct Families<'a> {
    #[serde(borrow, default, alias = "ipRanges", alias = "ipv4_cidrs")]
    addresses: Texts<'a>,
    #[serde(borrow, default, alias = "ipv6Ranges", alias = "ipv6_cidrs")]
    ipv6_addresses: Texts<'a>,
}

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let Document { result, families, res, success } = super::document(text)?;
    if res.is_some_and(|status| status != 0) || success == Some(false) {
        return Err(FeedError::new("the document says that the vendor's server failed", "fetch it again later"));
    }
    for families in result.iter().chain([&families]) {
        super::entries(families.addresses.iter().chain(&families.ipv6_addresses), sink);
    }
    Ok(())
}
