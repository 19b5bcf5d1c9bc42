//! Structured fields (RFC 9651) as signatures use them: dictionaries of items and inner lists, borrowed from the request.
//!
//! `sfv` reads and writes the grammar. This module adds two things: it records names that occur twice, since RFC 9421
//! (section 4.2) requires unique labels, and a reader that takes the last one could see another signature than a reader
//! that takes the first; and it has limits, so that a hostile header costs little.

use std::fmt;

use sfv::visitor::{DictionaryVisitor, EntryVisitor, InnerListVisitor, ItemVisitor, ParameterVisitor};
use sfv::{BareItemFromInput, ItemSerializer, KeyRef, ListSerializer, ParameterSerializer, Parser};

/// Maximum number of members, components or parameters; no signer writes more.
const MAX_MEMBERS: usize = 8;
const MAX_ITEMS: usize = 32;
const MAX_PARAMS: usize = 16;

/// Parameters in the order in which they were written.
#[derive(Debug, Default)]
pub(super) struct Params<'a> {
    pub(super) all: Vec<(&'a KeyRef, BareItemFromInput<'a>)>,
    /// Whether a name occurs twice.
    repeats: bool,
}

#[derive(Debug)]
pub(super) struct Item<'a> {
    pub(super) value: BareItemFromInput<'a>,
    pub(super) params: Params<'a>,
}

#[derive(Debug, Default)]
pub(super) struct InnerList<'a> {
    pub(super) items: Vec<Item<'a>>,
    pub(super) params: Params<'a>,
}

#[derive(Debug)]
pub(super) enum Entry<'a> {
    Item(Item<'a>),
    List(InnerList<'a>),
}

#[derive(Debug, Default)]
pub(super) struct Dictionary<'a> {
    pub(super) members: Vec<(&'a KeyRef, Entry<'a>)>,
    repeats: bool,
}

/// The header exceeds one of the limits.
#[derive(Debug)]
pub(super) struct TooMany;

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too many members")
    }
}

impl std::error::Error for TooMany {}

impl<'a> Params<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&BareItemFromInput<'a>> {
        self.all.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| value)
    }

    /// Whether both have the same parameters, in any order.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let holds = |(key, value): &(&KeyRef, BareItemFromInput<'_>)| other.get(key.as_str()) == Some(value);
        self.all.len() == other.all.len() && self.all.iter().all(holds)
    }
}

impl<'a> Dictionary<'a> {
    /// Reads the lines of one header, joined.
    pub(super) fn parse(text: &'a [u8]) -> Result<Self, sfv::Error> {
        Parser::new(text).parse_dictionary_with_visitor(Self::default())
    }

    pub(super) fn get(&self, name: &str) -> Option<&Entry<'a>> {
        self.members.iter().find(|(key, _)| key.as_str() == name).map(|(_, entry)| entry)
    }

    /// Whether the name of a member, or of a parameter anywhere, occurs twice.
    pub(super) fn repeats(&self) -> bool {
        let item = |item: &Item<'_>| item.params.repeats;
        let entry = |(_, entry): &(&KeyRef, Entry<'_>)| match entry {
            Entry::Item(one) => item(one),
            Entry::List(list) => list.params.repeats || list.items.iter().any(item),
        };
        self.repeats || self.members.iter().any(entry)
    }
}

/// Reads a header that holds one item.
pub(super) fn parse_item(text: &[u8]) -> Option<Item<'_>> {
    let mut item = None;
    Parser::new(text).parse_item_with_visitor(IntoItem(&mut item)).ok()?;
    item
}

impl Item<'_> {
    /// Appends the canonical text.
    pub(super) fn write(&self, out: &mut String) {
        self.params.write(ItemSerializer::with_buffer(out).bare_item(&self.value));
    }
}

impl Params<'_> {
    fn write(&self, serializer: ParameterSerializer<&mut String>) {
        let _ = serializer.parameters(self.all.iter().map(|(name, value)| (*name, value)));
    }
}

impl InnerList<'_> {
    /// Appends the canonical text, which is the value of `@signature-params` (RFC 9421, section 2.3).
    pub(super) fn write(&self, out: &mut String) {
        let mut list = ListSerializer::with_buffer(out);
        let mut inner = list.inner_list();
        for item in &self.items {
            item.params.write(inner.bare_item(&item.value));
        }
        self.params.write(inner.finish());
    }
}

impl Entry<'_> {
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Item(item) => item.write(out),
            Self::List(list) => list.write(out),
        }
    }
}

impl<'a> DictionaryVisitor<'a> for Dictionary<'a> {
    type Out = Self;
    type Error = TooMany;

    fn entry(&mut self, key: &'a KeyRef) -> Result<impl EntryVisitor<'a>, TooMany> {
        if self.members.len() == MAX_MEMBERS {
            return Err(TooMany);
        }
        self.repeats |= self.get(key.as_str()).is_some();
        Ok(IntoEntry { key, members: &mut self.members })
    }

    fn finish(self) -> Result<Self, TooMany> {
        Ok(self)
    }
}

/// A member of a dictionary while it is read. Its only value is an item or a list.
struct IntoEntry<'v, 'a> {
    key: &'a KeyRef,
    members: &'v mut Vec<(&'a KeyRef, Entry<'a>)>,
}

impl<'a> EntryVisitor<'a> for IntoEntry<'_, 'a> {
    type Error = TooMany;

    fn item(self) -> Result<impl ItemVisitor<'a>, TooMany> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'a>, TooMany> {
        self.members.push((self.key, Entry::List(InnerList::default())));
        match self.members.last_mut() {
            Some((_, Entry::List(list))) => Ok(list),
            _ => Err(TooMany),
        }
    }
}

impl<'a> ItemVisitor<'a> for IntoEntry<'_, 'a> {
    type Out = ();
    type Error = TooMany;

    fn bare_item(self, value: BareItemFromInput<'a>) -> Result<impl ParameterVisitor<'a, Out = ()>, TooMany> {
        self.members.push((self.key, Entry::Item(Item { value, params: Params::default() })));
        match self.members.last_mut() {
            Some((_, Entry::Item(item))) => Ok(&mut item.params),
            _ => Err(TooMany),
        }
    }
}

impl<'a> InnerListVisitor<'a> for &mut InnerList<'a> {
    type Error = TooMany;

    fn item(&mut self) -> Result<impl ItemVisitor<'a>, TooMany> {
        if self.items.len() == MAX_ITEMS {
            return Err(TooMany);
        }
        Ok(IntoList(&mut self.items))
    }

    fn finish(self) -> Result<impl ParameterVisitor<'a>, TooMany> {
        Ok(&mut self.params)
    }
}

/// An item of an inner list while it is read.
struct IntoList<'v, 'a>(&'v mut Vec<Item<'a>>);

impl<'a> ItemVisitor<'a> for IntoList<'_, 'a> {
    type Out = ();
    type Error = TooMany;

    fn bare_item(self, value: BareItemFromInput<'a>) -> Result<impl ParameterVisitor<'a, Out = ()>, TooMany> {
        self.0.push(Item { value, params: Params::default() });
        self.0.last_mut().map(|item| &mut item.params).ok_or(TooMany)
    }
}

struct IntoItem<'v, 'a>(&'v mut Option<Item<'a>>);

impl<'a> ItemVisitor<'a> for IntoItem<'_, 'a> {
    type Out = ();
    type Error = TooMany;

    fn bare_item(self, value: BareItemFromInput<'a>) -> Result<impl ParameterVisitor<'a, Out = ()>, TooMany> {
        Ok(&mut self.0.insert(Item { value, params: Params::default() }).params)
    }
}

impl<'a> ParameterVisitor<'a> for &mut Params<'a> {
    type Out = ();
    type Error = TooMany;

    fn parameter(&mut self, key: &'a KeyRef, value: BareItemFromInput<'a>) -> Result<(), TooMany> {
        if self.all.len() == MAX_PARAMS {
            return Err(TooMany);
        }
        self.repeats |= self.get(key.as_str()).is_some();
        self.all.push((key, value));
        Ok(())
    }

    fn finish(self) -> Result<(), TooMany> {
        Ok(())
    }
}
