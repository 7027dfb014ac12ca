//! `perfgate schema`: the JSON Schemas of the configuration and the documents.

use super::AppError;
use super::output::Console;
use crate::cli::SchemaName;
use crate::gate::ExitStatus;
use crate::{config, wire};

/// Prints the schema.
pub fn schema(document: SchemaName, console: &Console) -> Result<ExitStatus, AppError> {
    let schema = match document {
        SchemaName::Config => config::json_schema(),
        SchemaName::Accepted => config::accepted_schema(),
        SchemaName::Result => wire::result_schema(wire::Kind::Result),
        SchemaName::Baseline => wire::result_schema(wire::Kind::Baseline),
        SchemaName::Comparison => wire::comparison_schema(),
        SchemaName::Selftest => wire::selftest_schema(),
        SchemaName::Capacity => wire::capacity_schema(),
        SchemaName::Ab => wire::ab_schema(),
        SchemaName::Profile => wire::profile_schema(),
        SchemaName::Plan => wire::plan_schema(),
        SchemaName::History => wire::history_schema(),
        SchemaName::Baselines => wire::baselines_schema(),
    };
    console.print(&format!("{schema:#}\n"))?;
    Ok(ExitStatus::Success)
}
