//! MISP's warning lists. Lists of other types than `cidr` contain host names and patterns.

use serde::Deserialize;

use super::{Text, Texts};
use crate::feeds::collect::Collector;
use crate::feeds::error::FeedError;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    list: Texts<'a>,
    r#type: Text<'a>,
}

pub(in crate::feeds) fn read(text: &str, sink: &mut Collector<'_>) -> Result<(), FeedError> {
    let Document { list, r#type } = super::document(text)?;
    if r#type.as_str() != "cidr" {
        let help = "take a warning list of type `cidr`";
        return Err(FeedError::new("a warning list of this type holds no ranges", help).with_found(r#type.as_str()));
    }
    super::entries(&list, sink);
    Ok(())
}
