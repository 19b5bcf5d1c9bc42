//! The JSON Schema of the TOML file for editors, made from the raw model.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::raw::RawConfig;

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
