//! A value with its place in the file.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) place: usize,
}

/// The name with which [`Spanned`] asks the deserializer for a place.
pub(super) const SPANNED: &str = "$actix_scanner_guard::Spanned";

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pair<T> {
            type Value = Spanned<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value and its place")
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut pair: A) -> Result<Spanned<T>, A::Error> {
                let missing = || de::Error::custom("no place");
                let place = pair.next_element()?.ok_or_else(missing)?;
                let value = pair.next_element()?.ok_or_else(missing)?;
                Ok(Spanned { value, place })
            }
        }
        deserializer.deserialize_newtype_struct(SPANNED, Pair(std::marker::PhantomData))
    }
}
