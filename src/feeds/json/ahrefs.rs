//! `{"ips": [{"ip_address": "…"}]}`

use serde::Deserialize;

use super::Text;
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    ips: Vec<Address<'a>>,
}

#[derive(Deserialize)]
struct Address<'a> {
    #[serde(borrow)]
    ip_address: Text<'a>,
}

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let Document { ips } = super::document(text)?;
    super::entries(ips.iter().map(|ip| &ip.ip_address), sink);
    Ok(())
}
