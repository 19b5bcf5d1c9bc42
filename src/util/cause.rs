//! The chain of causes of an error whose text contains its cause.

use std::error::Error;

/// The first cause whose text is not a part of `text`. A program that prints the whole chain, as `anyhow` does, repeats nothing.
pub(crate) fn beyond<'a>(text: &str, cause: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let mut cause = Some(cause);
    while let Some(one) = cause {
        if !text.contains(&one.to_string()) {
            return Some(one);
        }
        cause = one.source();
    }
    None
}
