//! The JSON Schema of `perfgate.toml`, made from the description of its keys, for editors that complete and check.
//!
//! What the schema cannot say (names are unique, durations are sensible, most of what holds between keys), `parse` still
//! refuses.

use serde_json::{Map, Value, json};

use super::keys::{
    ACCEPTED, BENCHMARK, Belongs, Key, Kind, LONGEST_NAME, LONGEST_REASON, METRIC, MOST_QUERIES, SECTIONS, SYSTEMS,
    Section, Shape, TRAFFIC,
};
use super::load::ScenarioKind;
use super::{duration, objective, store_url, url};

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

/// The schema of the file of accepted changes.
pub fn accepted_schema() -> Value {
    let mut one = table(&ACCEPTED);
    set(&mut one, "required", json!(["benchmark", "metric", "up_to", "why"]));
    set(&mut one, "anyOf", json!([{ "required": ["until"] }, { "required": ["base"] }]));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "perfgate-accepted.toml",
        "description": "Worsenings that are intended, and do not fail a check.",
        "type": "object",
        "properties": { ACCEPTED.name: { "description": ACCEPTED.doc, "type": "array", "items": one } },
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
    set(&mut one, "dependentRequired", companions(section));
    json!({ "description": section.doc, "type": "array", "minItems": 1, "items": one })
}

/// The keys that stand only with another: with their system under test, or with a scenario that is not the usual one.
fn companions(section: &Section) -> Value {
    let companion = |key: &Key| match key.belongs {
        Belongs::ToSystem(system) => Some((key.name.to_owned(), json!([system]))),
        Belongs::ToScenarios(kinds) if !kinds.contains(&ScenarioKind::SingleStream) => {
            Some((key.name.to_owned(), json!(["scenario"])))
        }
        Belongs::ToScenarios(_) | Belongs::ToShapes(_) | Belongs::Everywhere => None,
    };
    section.keys.iter().filter_map(companion).collect::<Map<_, _>>().into()
}

fn table(section: &Section) -> Value {
    keys(section.doc, section.keys.iter())
}

fn keys<'a>(doc: &str, keys: impl Iterator<Item = &'a Key>) -> Value {
    json!({
        "description": doc,
        "type": "object",
        "properties": keys.map(|key| (key.name.to_owned(), value(key))).collect::<Map<_, _>>(),
        "additionalProperties": false,
    })
}

/// The table of one shape of traffic.
fn shape(shape: Shape) -> Value {
    let wanted = |key: &&Key| match key.belongs {
        Belongs::ToShapes(shapes) => shapes.contains(&shape),
        Belongs::Everywhere | Belongs::ToScenarios(_) | Belongs::ToSystem(_) => true,
    };
    let mut table = keys(TRAFFIC.doc, TRAFFIC.keys.iter().filter(wanted));
    if let Some(word) = table.pointer_mut("/properties/shape") {
        set(word, "enum", json!([shape.word()]));
    }
    let needed: Vec<&str> = std::iter::once("shape").chain(shape.needs().iter().copied()).collect();
    set(&mut table, "required", json!(needed));
    table
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
    let number = |above: u32, most: u32| json!({ "type": "number", "exclusiveMinimum": above, "maximum": most });
    let scenarios = || json!({ "enum": ScenarioKind::ALL.map(ScenarioKind::name) });
    match kind {
        // No blanks at either end.
        Kind::Name => json!({ "type": "string", "maxLength": LONGEST_NAME, "pattern": r"^\S(.*\S)?$" }),
        Kind::Path => json!({ "type": "string", "pattern": r"\S" }),
        Kind::Url => json!({ "type": "string", "pattern": url::PATTERN }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Method => json!({ "type": "string", "pattern": r"^[^a-z\s]+$" }),
        Kind::Headers => json!({
            "type": "object", "additionalProperties": { "type": "string", "pattern": r"^[\t -~]*$" },
        }),
        Kind::Command => json!({
            "type": "array", "items": { "type": "string" }, "minItems": 1,
            "prefixItems": [{ "type": "string", "pattern": r"\S" }],
        }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Count { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Queries => json!({
            "anyOf": [{ "type": "integer", "minimum": 1, "maximum": MOST_QUERIES }, { "const": "mlperf" }],
        }),
        Kind::Number { above, most } => number(above, most),
        Kind::Numbers { above, most } => json!({ "type": "array", "items": number(above, most), "minItems": 1 }),
        Kind::Share | Kind::Threshold => json!({
            "anyOf": [{ "type": "number", "minimum": 0, "maximum": 1 }, text()],
        }),
        Kind::Alpha => json!({
            "anyOf": [{ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5 }, text()],
        }),
        Kind::Percentile => json!({
            "anyOf": [{ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 }, text()],
        }),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Words(words) => json!({ "type": "array", "items": { "enum": words }, "uniqueItems": true }),
        Kind::Duration { .. } => json!({ "type": "string", "pattern": duration::PATTERN }),
        Kind::Resources => json!({
            "oneOf": [{ "type": "boolean" }, { "const": "totals" }, { "type": "string", "pattern": duration::PATTERN }]
        }),
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
        Kind::Objectives => {
            let one = json!({ "type": "string", "pattern": objective::PATTERN });
            json!({ "anyOf": [one.clone(), { "type": "array", "items": one, "minItems": 1, "uniqueItems": true }] })
        }
        Kind::Traffic => {
            let words = json!({ "enum": [Shape::Poisson.word(), Shape::Constant.word()] });
            let shapes = Shape::ALL.into_iter().map(shape);
            json!({ "anyOf": std::iter::once(words).chain(shapes).collect::<Vec<_>>() })
        }
        Kind::Metrics => json!({ "type": "object", "additionalProperties": table(&METRIC) }),
        Kind::Date => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        Kind::Commit => json!({ "type": "string", "pattern": "^[0-9a-f]{40}$" }),
        Kind::Reason => json!({ "type": "string", "pattern": r"\S", "maxLength": LONGEST_REASON }),
    }
}
