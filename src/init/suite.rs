//! Suites that time themselves: the shell scripts that run one once and hand its figures to perfgate.
//!
//! A suite decides by itself how long it runs, so its own duration says nothing. What it reports does: each figure becomes a line
//! in the file of `PERFGATE_METRICS`, and so a row of the table. A script fails if the suite fails or reports nothing.

use super::text::shell;

/// How a suite words its figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording {
    /// libtest's `test NAME ... bench: 1,234.56 ns/iter (+/- 56)`.
    Bencher,
    /// `pkg: MODULE/PACKAGE` and `BenchmarkNAME-8  1000  1234 ns/op`.
    Go,
    /// Google Benchmark's `"NAME",ITERATIONS,REAL,CPU,UNIT`.
    GoogleCsv,
}

/// Prints a line for `PERFGATE_METRICS`, whatever is in the name. Some names are perfgate's own.
const PRINT: &str = r#"function tell(name, nanoseconds) {
    name = substr(name, 1, 180)
    if (name ~ /^(latency_|schedule_|stage_|throughput|accuracy|error_rate)/) name = "suite " name
    gsub(/[\\"]/, "\\\\&", name)
    printf "{\"metric\":\"%s\",\"value\":%s,\"unit\":\"ns\",\"direction\":\"lower\"}\n", name, nanoseconds
    found = 1
  }"#;

const BENCHER: &str = r#"/^test .* bench: .* ns\/iter/ {
    name = $0; sub(/^test +/, "", name); sub(/ +\.\.\. bench:.*/, "", name)
    value = $0; sub(/.* bench: */, "", value); sub(/ ns\/iter.*/, "", value); gsub(/,/, "", value)
    tell(name, value)
  }"#;

const GO: &str = r#"/^pkg: / { package = substr($2, length(module) + 2) }
  /^Benchmark.* ns\/op/ {
    name = $1; sub(/-[0-9]+$/, "", name)
    for (i = 3; i <= NF; i++) if ($i == "ns/op") tell((package == "" ? "" : package ".") name, $(i - 1))
  }"#;

const GOOGLE: &str = r#"BEGIN { scale["ns"] = 1; scale["us"] = 1e3; scale["ms"] = 1e6; scale["s"] = 1e9 }
  match($0, /^"[^"]*",/) {
    split(substr($0, RLENGTH + 1), field, ",")
    if (field[4] in scale) tell(substr($0, 2, RLENGTH - 3), sprintf("%.10g", field[2] * scale[field[4]]))
  }"#;

/// Runs the suite by a shell command, and hands on what it reports. `module` is the name before Go's packages.
pub fn script(run: &str, wording: Wording, module: &str) -> String {
    let (options, program) = match wording {
        Wording::Bencher => (String::new(), BENCHER),
        Wording::Go => (format!(" -v module={}", shell(module)), GO),
        Wording::GoogleCsv => (String::new(), GOOGLE),
    };
    format!(
        "results=$({run}) || exit
printf '%s\\n' \"$results\" | LC_ALL=C awk{options} '
  {PRINT}
  {program}
  END {{ exit !found }}
' >>\"$PERFGATE_METRICS\"
"
    )
}

/// The same for criterion, whose files have the figures without rounding; a folder of its own has those of this run only.
pub fn criterion(run: &str) -> String {
    format!(
        r#"CRITERION_HOME=$(mktemp -d) || exit
export CRITERION_HOME
trap 'rm -rf "$CRITERION_HOME"' EXIT
{run} >&2 || exit
find "$CRITERION_HOME" -path '*/new/benchmark.json' | sort | LC_ALL=C awk '{{
    getline about <$0; close($0); sub(/benchmark\.json$/, "estimates.json"); getline figures <$0; close($0)
    match(about, /"full_id":"([^"\\]|\\.)*"/); name = substr(about, RSTART + 11, RLENGTH - 12)
    if (name ~ /^(latency_|schedule_|stage_|throughput|accuracy|error_rate)/) name = "suite " name
    sub(/.*"median":/, "", figures); match(figures, /"point_estimate":[-+0-9.eE]+/)
    value = substr(figures, RSTART + 17, RLENGTH - 17)
    printf "{{\"metric\":\"%s\",\"value\":%s,\"unit\":\"ns\",\"direction\":\"lower\"}}\n", name, value; found = 1
  }}
  END {{ exit !found }}
' >>"$PERFGATE_METRICS"
"#
    )
}

/// What is said of every suite.
pub const REMARK: &str = "The suite times itself. This runs it once a round, and makes a metric of every figure that it reports; \
                          how long the suite takes as a whole says nothing and is not judged.";
