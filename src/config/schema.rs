//! The JSON Schema of the TOML file for editors, made from the raw model.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::raw::RawConfig;
use super::spanned::Spanned;
use crate::catalog::{self, Category};
use crate::client::NAMED_PROXIES;
use crate::feeds::Format;

/// The schema of the whole file, in the draft that most editors support.
pub(crate) fn schema() -> Schema {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.with_transform(without_null).into_generator().into_root_schema_for::<RawConfig>();
    schema.insert("title".to_owned(), "scanner-guard.toml".into());
    schema
}

/// TOML has no null: an optional value is omitted.
fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &mut types[..] {
            let only = only.take();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    schemars::transform::transform_subschemas(&mut without_null, schema);
}

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
