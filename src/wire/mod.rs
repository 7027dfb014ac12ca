//! The documents as they stand in files: frozen structs of each kind and version, and the way to and from the domain.
//!
//! Here: JSON text in and out. Not here: files (`store`, `app`), what the numbers mean (`result`, `gate`). A field that is
//! renamed in the domain is not renamed here; `fixtures/wire` holds documents that every later version must read.

mod ab;
mod baselines;
mod capacity;
mod comparison;
mod environment;
mod failure;
mod head;
mod history;
mod latencies;
mod objectives;
mod outlook;
mod profile;
mod resources;
mod result;
mod selftest;

pub use ab::{ab_schema, write_ab};
pub use baselines::{baselines_schema, write_baselines};
pub use capacity::{capacity_schema, write_capacity};
pub use comparison::{comparison_schema, read_comparison, write_comparison};
pub use history::{history_schema, write_history};
pub use outlook::{plan_schema, write_plan};
pub use profile::{profile_schema, read_profile, write_profile};
pub use result::{Kind, read_outcome, read_result, result_schema, write_outcome, write_result};
pub use selftest::{selftest_schema, write_selftest};

use serde::Deserialize;

/// Why a text is not a document that this program reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Cut off, or not JSON at all.
    #[error("it is not complete JSON: {0}")]
    NotJson(String),
    /// JSON, but not a document of perfgate's.
    #[error("it is not a perfgate document: {0}")]
    NotADocument(String),
    /// A document of another kind.
    #[error("it is a `{found}` document, expected {expected}")]
    OtherKind {
        /// Its schema.
        found: String,
        /// What was wanted.
        expected: &'static str,
    },
    /// Written by a newer perfgate.
    #[error("its schema `{0}` is newer than this perfgate ({version}) can read", version = env!("CARGO_PKG_VERSION"))]
    Newer(String),
    /// A field that is missing or holds an impossible value.
    #[error("{0}")]
    Invalid(String),
}

#[derive(Deserialize)]
struct Header {
    schema: String,
}

/// The kind and version of a document, from its `schema`: `perfgate.result/1` is (`result`, 1).
pub fn schema_of(text: &str) -> Result<(String, u32), WireError> {
    // First whether it is JSON at all: a file that was cut in half deserves to be called that.
    let _: serde::de::IgnoredAny = serde_json::from_str(text).map_err(|error| WireError::NotJson(error.to_string()))?;
    let header: Header =
        serde_json::from_str(text).map_err(|error| WireError::NotADocument(harmless(&error.to_string())))?;
    let parts = header.schema.strip_prefix("perfgate.").and_then(|rest| rest.split_once('/'));
    let known = parts.and_then(|(kind, version)| Some((kind_word(kind)?, version.parse().ok()?)));
    known.ok_or_else(|| WireError::NotADocument(format!("its schema is `{}`", harmless(&header.schema))))
}

/// What could be the name of a kind.
fn kind_word(kind: &str) -> Option<String> {
    let is_word = kind.len() <= 40 && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    is_word.then(|| kind.to_owned())
}

/// More characters of what is wrong say no more.
const LONGEST_FAULT: usize = 300;

/// What is wrong as one line that moves no cursor and is not endless, whatever of a hostile document is quoted in it.
fn harmless(text: &str) -> String {
    let mut all = text.chars().flat_map(visible);
    let mut shown: String = all.by_ref().take(LONGEST_FAULT).collect();
    if all.next().is_some() {
        shown.push('…');
    }
    // GitHub's runner obeys this wherever it stands in a line of a log.
    shown.replace("##[", "#\\#[")
}

fn visible(c: char) -> impl Iterator<Item = char> {
    // Quotes and backslashes do no harm, and would only be harder to read.
    let as_it_is = matches!(c, '"' | '\'' | '\\');
    let escaped = (!as_it_is).then(|| c.escape_debug());
    as_it_is.then_some(c).into_iter().chain(escaped.into_iter().flatten())
}

/// Pretty JSON with a newline at the end. The structs hold nothing that JSON cannot say.
fn to_text<T: serde::Serialize>(document: &T) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

/// A document's JSON Schema, in which `schema` is exactly this kind and version.
fn schema_of_version(schema: schemars::Schema, version: &str) -> serde_json::Value {
    let mut schema = schema.to_value();
    if let Some(property) = schema.pointer_mut("/properties/schema") {
        *property = serde_json::json!({"const": version});
    }
    schema
}
