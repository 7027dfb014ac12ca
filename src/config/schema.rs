//! The JSON Schema of `perfgate.toml`, made from the description of its keys, for editors that complete and check.
//!
//! What the schema cannot say (names are unique, durations are sensible), `parse` still refuses.

use serde_json::{Map, Value, json};

use super::duration;
use super::keys::{BENCHMARK, Key, Kind, LONGEST_NAME, METRIC, SCENARIOS, SECTIONS, SYSTEMS, Section};
use super::store_url;

/// The schema of the configuration (draft 2020-12).
pub fn json_schema() -> Value {
    let sections = SECTIONS.into_iter().map(|section| (section.name.to_owned(), whole(section)));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "perfgate.toml",
        "description": "What perfgate measures, and when a change is a regression.",
        "type": "object",
        "properties": sections.collect::<Map<_, _>>(),
        "required": [BENCHMARK.name],
        "additionalProperties": false,
    })
}

/// A section, or the list of its repetitions.
fn whole(section: &Section) -> Value {
    let mut one = table(section);
    if !section.repeated {
        return one;
    }
    // The rules between keys; the only repeated section is the benchmark.
    let needs = |name: &str| if name == "onnx" { json!([name, "dataset"]) } else { json!([name]) };
    let system = |name: &&str| json!({ "required": needs(name) });
    set(&mut one, "required", json!(["name"]));
    set(&mut one, "oneOf", SYSTEMS.iter().map(system).collect());
    json!({ "description": section.doc, "type": "array", "minItems": 1, "items": one })
}

fn table(section: &Section) -> Value {
    json!({
        "description": section.doc,
        "type": "object",
        "properties": section.keys.iter().map(|key| (key.name.to_owned(), value(key))).collect::<Map<_, _>>(),
        "additionalProperties": false,
    })
}

fn value(key: &Key) -> Value {
    let mut schema = kind(key.kind);
    set(&mut schema, "description", json!(key.doc));
    if let Some(default) = key.default.and_then(|text| serde_json::from_str(text).ok()) {
        set(&mut schema, "default", default);
    }
    schema
}

fn set(schema: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = schema {
        fields.insert(name.to_owned(), value);
    }
}

fn kind(kind: Kind) -> Value {
    const PERCENTAGE: &str = r"^\s*[+]?[0-9.]+(e-?[0-9]+)?\s*%?\s*$";
    let text = || json!({ "type": "string", "pattern": PERCENTAGE });
    let scenarios = || {
        let names: Vec<&str> = SCENARIOS.iter().filter(|(_, works)| works.is_some()).map(|(name, _)| *name).collect();
        json!({ "enum": names })
    };
    match kind {
        // No blanks at either end.
        Kind::Name => json!({ "type": "string", "maxLength": LONGEST_NAME, "pattern": r"^\S(.*\S)?$" }),
        Kind::Path => json!({ "type": "string", "pattern": r"\S" }),
        Kind::Command => json!({
            "type": "array", "items": { "type": "string" }, "minItems": 1,
            "prefixItems": [{ "type": "string", "pattern": r"\S" }],
        }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Count { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Share | Kind::Threshold => json!({
            "anyOf": [{ "type": "number", "minimum": 0, "maximum": 1 }, text()],
        }),
        Kind::Alpha => json!({
            "anyOf": [{ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5 }, text()],
        }),
        Kind::Duration { .. } => json!({ "type": "string", "pattern": duration::PATTERN }),
        Kind::FailOn => json!({
            "anyOf": [
                {
                    "type": "array", "items": { "enum": ["regression", "inconclusive", "no-baseline"] },
                    "contains": { "const": "regression" },
                },
                { "type": "string", "pattern": r"(^|,)\s*regression\s*(,|$)" },
            ],
        }),
        Kind::Store => json!({ "type": "string", "pattern": store_url::PATTERN }),
        Kind::Scenarios => json!({
            "anyOf": [scenarios(), { "type": "array", "items": scenarios(), "minItems": 1, "uniqueItems": true }],
        }),
        Kind::Metrics => json!({ "type": "object", "additionalProperties": table(&METRIC) }),
    }
}
