//! Deserializes a tree of nodes into serde's types. Errors keep the value and its place.

use std::fmt;
use std::str::FromStr;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::diagnostics::Diagnostics;
use super::document::{Kind, Node};
use super::environment;
use super::renamed;
use super::spanned::SPANNED;
use super::type_help::{self, BOOLEAN, LIST, TABLE, TEXT, WHOLE, WHOLE_U16};
use crate::util::suggest;

/// Reads the tree as `T`. After a value of the wrong type, it reads the rest again without this value, so that one run
/// finds every problem.
pub(super) fn read<T: DeserializeOwned>(mut tree: Node, diagnostics: &mut Diagnostics) -> Option<T> {
    while !diagnostics.is_full() {
        let fault = match T::deserialize(&tree) {
            Ok(value) => return Some(value),
            Err(fault) => fault,
        };
        let place = fault.report(&tree, diagnostics)?;
        tree.remove(place);
    }
    if T::deserialize(&tree).is_err() {
        diagnostics.more();
    }
    None
}

/// A value of the wrong type, and its place.
#[derive(Debug)]
pub(super) struct Fault {
    kind: FaultKind,
    place: Option<usize>,
}

#[derive(Debug)]
enum FaultKind {
    UnknownKey { key: String, known: &'static [&'static str] },
    UnknownName { found: String, known: &'static [&'static str] },
    Type { expected: String },
    Other(String),
}

impl Fault {
    fn at(mut self, node: &Node) -> Self {
        self.place.get_or_insert(node.place);
        self
    }

    /// Reports the fault and returns the place to remove; `None` if there is none.
    fn report(self, tree: &Node, diagnostics: &mut Diagnostics) -> Option<usize> {
        let place = self.place?;
        let node = find(tree, place)?;
        match self.kind {
            FaultKind::UnknownKey { key, known } => {
                let child = node.child(&key)?;
                let help = renamed::help(&key, &child.kind, known).unwrap_or_else(|| {
                    let section = diagnostics.path(place).to_owned();
                    match diagnostics.is_variable(child.place) {
                        true => environment::help(&section, &key, known),
                        false => suggest::key(&key, known),
                    }
                });
                diagnostics.bad_key(child.place, &key, "unknown key", help);
                return Some(child.place);
            }
            FaultKind::UnknownName { found, known } => {
                diagnostics.problem_with(place, &found, "unknown name", suggest::name(&found, known));
            }
            FaultKind::Type { expected } => {
                let message = format!("expected {expected}, not {}", node.kind.describe());
                let help = type_help::help(&expected, node, diagnostics.path(place));
                diagnostics.problem(place, message, help);
            }
            FaultKind::Other(message) => {
                diagnostics.problem(place, message, "see the chapter \"The TOML file\" of the guide");
            }
        }
        Some(place)
    }
}

fn find(tree: &Node, place: usize) -> Option<&Node> {
    if tree.place == place {
        return Some(tree);
    }
    match &tree.kind {
        Kind::Array(items) => items.iter().find_map(|item| find(item, place)),
        Kind::Table(entries) => entries.iter().find_map(|(_, node)| find(node, place)),
        _ => None,
    }
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self { kind, place: None }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        FaultKind::Other(message.to_string()).into()
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        FaultKind::Type { expected: plain_words(&expected.to_string()) }.into()
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        FaultKind::Type { expected: plain_words(&expected.to_string()) }.into()
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        FaultKind::UnknownName { found: found.to_owned(), known }.into()
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        FaultKind::UnknownKey { key: key.to_owned(), known }.into()
    }
}

/// Serde's name of a type, in words for the author of a TOML file.
fn plain_words(expected: &str) -> String {
    match expected {
        "a string" | "string or enum" => TEXT.into(),
        "a sequence" => LIST.into(),
        "a boolean" => BOOLEAN.into(),
        "f64" => "a number".into(),
        "u16" => WHOLE_U16.into(),
        "u32" | "u64" => WHOLE.into(),
        text if text.starts_with("struct ") => TABLE.into(),
        text if text.starts_with("enum ") => "a name in quotes".into(),
        other => other.into(),
    }
}

impl<'de> IntoDeserializer<'de, Fault> for &'de Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl Node {
    /// A variable holds text. It is converted to the type that is expected.
    fn parsed<'de, T: FromStr, V: Visitor<'de>>(
        &'de self,
        visitor: V,
        visit: impl FnOnce(V, T) -> Result<V::Value, Fault>,
    ) -> Result<V::Value, Fault> {
        match &self.kind {
            Kind::Variable { text, .. } => match text.trim().parse() {
                Ok(value) => visit(visitor, value).map_err(|fault| fault.at(self)),
                Err(_) => self.deserialize_any(visitor),
            },
            _ => self.deserialize_any(visitor),
        }
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.kind {
            Kind::Variable { text, .. } | Kind::Text(text) => visitor.visit_str(text),
            Kind::Integer(number) => visitor.visit_i64(*number),
            Kind::Float(number) => visitor.visit_f64(*number),
            Kind::Boolean(truth) => visitor.visit_bool(*truth),
            Kind::Array(items) => visitor.visit_seq(SeqDeserializer::new(items.iter())),
            Kind::Table(entries) => {
                visitor.visit_map(MapDeserializer::new(entries.iter().map(|(key, node)| (key.as_str(), node))))
            }
        }
        .map_err(|fault| fault.at(self))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Fault> {
        if name == SPANNED {
            return visitor.visit_seq(Pair { node: self, given: 0 });
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (Kind::Variable { text, .. } | Kind::Text(text)) = &self.kind else {
            let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            return Err(Fault::from(FaultKind::Type { expected: format!("one of {}", names.join(", ")) }).at(self));
        };
        let name: de::value::StrDeserializer<'_, Fault> = text.as_str().into_deserializer();
        visitor.visit_enum(name).map_err(|fault| fault.at(self))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        // Serde would also accept a list of the fields in order.
        match self.kind {
            Kind::Array(_) => Err(Fault::from(FaultKind::Type { expected: TABLE.into() }).at(self)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.parsed(visitor, V::visit_u64)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.parsed(visitor, V::visit_u64)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.parsed(visitor, V::visit_f64)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.parsed(visitor, V::visit_bool)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.kind {
            Kind::Variable { items, .. } => {
                visitor.visit_seq(SeqDeserializer::new(items.iter())).map_err(|fault| fault.at(self))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u32 u128 f32 char str string bytes byte_buf unit unit_struct tuple tuple_struct
        map identifier ignored_any
    }
}

/// The place of a node, then the node.
struct Pair<'de> {
    node: &'de Node,
    given: u8,
}

impl<'de> de::SeqAccess<'de> for Pair<'de> {
    type Error = Fault;

    fn next_element_seed<S: de::DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        self.given += 1;
        match self.given {
            1 => seed.deserialize(self.node.place.into_deserializer()).map(Some),
            2 => seed.deserialize(self.node).map(Some),
            _ => Ok(None),
        }
    }
}
