//! The parts of the JSON Schema that the raw model cannot derive: values with a place, and texts with known values.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::catalog::{self, Category};
use crate::client::NAMED_PROXIES;
use crate::config::spanned::Spanned;
use crate::feeds::Format;

/// A spanned value has the schema of its value.
impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Texts, with the known values as suggestions.
fn list_of(known: &[String]) -> Schema {
    json_schema!({ "type": "array", "items": { "anyOf": [{ "enum": known }, { "type": "string" }] } })
}

pub(super) fn selectors(_: &mut SchemaGenerator) -> Schema {
    let categories = Category::ALL.iter().map(|category| format!("category:{category}"));
    let presets = catalog::presets().iter().map(|preset| format!("preset:{}", preset.name()));
    let vendors = catalog::vendors().map(|vendor| vendor.scanner().id().to_owned());
    let bots = catalog::agents().iter().filter(|agent| agent.category().is_some()).map(|agent| agent.id().to_owned());
    let ids = vendors.chain(bots.filter(|id| catalog::find(id).is_none()));
    list_of(&std::iter::once("all".to_owned()).chain(presets).chain(categories).chain(ids).collect::<Vec<_>>())
}

pub(super) fn proxies(_: &mut SchemaGenerator) -> Schema {
    let names = NAMED_PROXIES.iter().map(|(name, _)| *name).chain(catalog::proxies().iter().map(catalog::ProxySet::id));
    list_of(&names.map(str::to_owned).collect::<Vec<_>>())
}

pub(super) fn formats(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = Format::names().collect();
    json_schema!({ "type": "string", "enum": names })
}
