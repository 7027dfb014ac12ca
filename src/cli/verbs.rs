//! The verbs, each with its own arguments, and its help.

use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;
use clap_complete::Shell;

use super::baselines::Baselines;
use super::values::{By, Confirm, ExportFormat, InitPart, MissingBaseline, SchemaName, When};
use crate::ab::{Guardrail, Split};
use crate::capacity::{Headroom, Price, positive};
use crate::config::{FailOn, Objective, Threshold, Until, parse_duration, parse_pause};
use crate::init::Action;
use crate::report::Plots;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Write a commented perfgate.toml and the GitHub workflows; find what a repository has to measure
    #[command(after_help = "\
What is there already stays as it is. Programs and benchmark suites of Cargo, Go, CMake, Python, Node
and the JVM are looked for, and ONNX models.

Examples:
  perfgate init                    perfgate.toml here, three files in .github/workflows
  perfgate init --dry-run          only show them
  perfgate init --only config      without the workflows")]
    Init {
        /// Write only this part
        #[arg(long, value_enum, value_name = "PART")]
        only: Option<InitPart>,
        /// Replace files that are there
        #[arg(long)]
        force: bool,
        /// Print what would be written, and write nothing
        #[arg(long)]
        dry_run: bool,
        /// The main branch: what it has is recorded, and what pull requests are for [default: as git has it]
        #[arg(long, value_name = "NAME")]
        branch: Option<String>,
        /// perfgate's action, for the workflows [default: that of this build of perfgate, if it is known]
        #[arg(long, value_name = "OWNER/REPO@COMMIT")]
        action: Option<Action>,
    },
    /// Run benchmarks and print what was measured
    #[command(after_help = "\
Examples:
  perfgate run                      every benchmark of perfgate.toml
  perfgate run digits -o out.json   one benchmark, saved as a result document
  perfgate run --quick              three rounds each, for a first impression")]
    Run {
        /// Benchmarks to run [default: all]
        names: Vec<String>,
    },
    /// Run benchmarks and keep the result as the baseline of the current commit
    #[command(after_help = "\
The result is stored as baselines/<commit>/<machine>.json, or where [baseline] of perfgate.toml or --store
says: on a branch, git:perfgate-data, it is pushed too, however many others do so. Recording the same
commit again adds a session; benchmarks that were not run stay as they are.

From five recorded sessions on, of this commit and those before it, `check` knows how much the
machine changes from one session to the next, and judges by that. To begin with:

  perfgate record --sessions 5              a minute apart
  perfgate record --sessions 5 --pause 1h   spread out like real checks: better")]
    Record {
        /// Benchmarks to record [default: all]
        names: Vec<String>,
        /// Record though tracked files differ from the commit; the file says so
        #[arg(long, conflicts_with = "sessions")]
        allow_dirty: bool,
        /// Measure this many times, one session after the other
        #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
        sessions: u32,
        /// Time between two sessions
        #[arg(long, value_name = "TIME", default_value = "1m", value_parser = parse_pause)]
        pause: Duration,
    },
    /// Run the candidate, compare with the baseline, set the exit status
    #[command(after_help = "\
The baseline is that of the nearest ancestor that was recorded on a machine like this one.

Examples:
  perfgate check                            with the thresholds of perfgate.toml
  perfgate check --threshold 0.1            changes up to 10 % do not matter
  perfgate check -o check.json -o check.md  keep the comparison for other programs and for people
  perfgate check --baseline v1.2            against a tag's baseline, or a result file
  perfgate check --against main             measure both revisions now, side by side

What a stored baseline leaves open is measured again side by side with the base revision: --confirm")]
    Check {
        /// Benchmarks to check [default: all]
        names: Vec<String>,
        /// Compare with this revision's baseline, or with this result document
        #[arg(long, value_name = "REV|FILE")]
        baseline: Option<String>,
        /// Measure this revision and the candidate side by side, in alternating rounds; needs no baseline. Also
        /// merge-base(main), and in GitHub Actions base: that of the event
        #[arg(long, value_name = "REV", conflicts_with = "baseline")]
        against: Option<String>,
        /// Whether to measure again, side by side, what the stored baseline leaves open
        #[arg(long, value_enum, value_name = "WHEN", default_value_t = Confirm::Auto, conflicts_with = "against")]
        confirm: Confirm,
        /// What fails the check, besides a system that cannot be measured [default: regression,no-baseline]
        #[arg(long, value_name = "LIST")]
        fail_on: Option<FailOn>,
        /// Whether a check fails that has nothing to compare with; goes before --fail-on and the configuration
        #[arg(long, value_enum, value_name = "WHAT")]
        missing_baseline: Option<MissingBaseline>,
    },
    /// Compare two things that were measured already
    #[command(after_help = "\
Each side is a revision with a baseline, a result document, or a file of raw samples such as
  {\"unit\": \"ns\", \"rounds\": [[812, 799, 820], [805, 811, 798]]}

Examples:
  perfgate compare main HEAD
  perfgate compare before.json after.json --threshold 5%
  perfgate compare a.json b.json --paired   round i of both ran side by side")]
    Compare {
        /// The baseline: a revision or a file
        base: String,
        /// The candidate: a revision or a file
        candidate: String,
        /// Round i of both sides ran side by side: compare pair by pair
        #[arg(long)]
        paired: bool,
        /// What fails the comparison [default: regression,no-baseline]
        #[arg(long, value_name = "LIST")]
        fail_on: Option<FailOn>,
    },
    /// Accept an intended worsening: with a size, an end and a reason, in a file that is reviewed with the change
    #[command(after_help = "\
It goes to perfgate-accepted.toml beside perfgate.toml. `check` then shows the row as accepted, and stays green.

Examples:
  perfgate accept digits/server latency_p99 --up-to 25% --why \"exact rounding, #123\"
  perfgate accept 'digits/*' latency_p50 --up-to 10% --until +90d --why \"…\"
  perfgate check -o check.json; perfgate accept --from check.json --why \"…\"")]
    Accept {
        /// The benchmark, or NAME/* for all its scenarios [default with --from: every regression]
        #[arg(required_unless_present = "from", requires = "metric")]
        benchmark: Option<String>,
        /// The metric
        metric: Option<String>,
        /// The largest worsening that is accepted [default with --from: the upper end of the interval, rounded up]
        #[arg(long, value_name = "SHARE", required_unless_present = "from", conflicts_with = "from")]
        up_to: Option<Threshold>,
        /// The last day on which it is accepted, or days from now [default: +30d, unless --base is given]
        #[arg(long, value_name = "DATE|+DAYSd")]
        until: Option<Until>,
        /// Accept it until the base has caught up; REV is what the change is compared with [default with --from: its
        /// base]
        #[arg(long, value_name = "REV")]
        base: Option<String>,
        /// Why the worsening is worth it
        #[arg(long, value_name = "TEXT", visible_alias = "reason")]
        why: String,
        /// Accept what this comparison document has as regressions
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
    /// Post what a comparison found as the pull request's comment on GitHub, or update it there
    #[command(after_help = "\
In a job of GitHub Actions the pull request is that of the event. GITHUB_TOKEN must be set, and be
allowed to write comments:

  permissions: { contents: read, pull-requests: write }
  env: { GITHUB_TOKEN: \"${{ github.token }}\" }

There is one comment for each --comment-id. A later run updates it, an earlier one leaves it alone.
Its URL is printed. Without a pull request nothing is done, and the exit status is 0.

Examples:
  perfgate comment check.json                              what `check -o check.json` saved
  perfgate comment check.json --when on-regression         no comment as long as all is well
  perfgate comment --not-run \"the check was cancelled\"     no stale result stays behind
  perfgate comment check.json --pull-request 7 --dry-run   what would be done

Exit status: 0 done, or nothing to do, 2 wrong input or settings, or the token may not do it,
4 GitHub could not be reached or did not accept the comment, 130 interrupted")]
    Comment {
        /// The comparison document
        #[arg(required_unless_present = "not_run", conflicts_with = "not_run")]
        file: Option<PathBuf>,
        /// Say that there is no result for this commit, and why
        #[arg(long, value_name = "REASON")]
        not_run: Option<String>,
        /// Tells the comments of several gates in one pull request apart
        #[arg(long, value_name = "ID", default_value = "perfgate")]
        comment_id: String,
        /// When to make a comment; one that is there already is always kept up to date, except with never
        #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
        when: When,
        /// The pull request's number [default: that of the event]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        pull_request: Option<u64>,
        /// How long to put up with failures of GitHub's API, all together
        #[arg(long, value_name = "TIME", default_value = "2m", value_parser = parse_duration)]
        patience: Duration,
        /// Print the comment and tell what would be done; write nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// A/B test of two benchmarks as variants under one traffic, with what to do with the second
    #[command(after_help = "\
Each query goes to one of the two, drawn at random. Both are up at the same time and share one schedule of arrivals; where
the next query waits for the last, one query at a time is asked. --rounds fresh starts of both, --queries of both together.
It may stop early: every p-value holds whenever one looks.

Examples:
  perfgate ab digits digits-int8                        half of the traffic each
  perfgate ab old new --split 90:10 --queries 20000     a tenth for the new one
  perfgate ab old new --by key --key user_id            each user always meets the same one
  perfgate ab old new --guardrail error_rate=0.1% --guardrail latency_p99=5%

Exit status: 0 it ran, whatever it found, 2 wrong usage or input, 4 one of the two could not be measured, 130 interrupted")]
    Ab {
        /// The benchmark that is there
        #[arg(value_name = "A")]
        a: String,
        /// The benchmark that might replace it
        #[arg(value_name = "B")]
        b: String,
        /// The traffic of A and of B
        #[arg(long, value_name = "A:B", default_value = "50:50")]
        split: Split,
        /// What is assigned: each query for itself, or each key, which keeps its arm [default: query; key with --key or --users]
        #[arg(long, value_enum, value_name = "UNIT")]
        by: Option<By>,
        /// The column of the dataset whose values are the keys
        #[arg(long, value_name = "COLUMN", conflicts_with = "users")]
        key: Option<String>,
        /// So many users as keys, to whom the queries come at random
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
        users: Option<u32>,
        /// What must not get worse in B, and by how much at most: error_rate, accuracy, latency, latency_p50 to latency_p999
        /// (repeatable) [default: error_rate, the tail of the latency, accuracy where there are labels; by their thresholds]
        #[arg(long, value_name = "METRIC=MARGIN")]
        guardrail: Vec<Guardrail>,
        /// Nothing is guarded
        #[arg(long, conflicts_with = "guardrail")]
        no_guardrails: bool,
    },
    /// Tell what a check would run, how long it would take, and what it would see; runs nothing
    Plan {
        /// Benchmarks to plan for [default: all]
        names: Vec<String>,
        /// Print when the queries of a round (1, 2, …) of one benchmark arrive, in seconds: a trace that `shape = "replay"` reads
        #[arg(long, value_name = "ROUND", value_parser = clap::value_parser!(u32).range(1..))]
        arrivals: Option<u32>,
    },
    /// Show metrics over the recorded commits, and where their level changed
    #[command(after_help = "\
What was recorded of the commit that is checked out and of its ancestors, in the order of the commit graph. Each machine has
series of its own. A change of level names the commits that it may come from.

Examples:
  perfgate history                        every benchmark
  perfgate history digits/server -v       one, with the metrics that are not judged too
  perfgate history -o history.json        every point, for other programs")]
    History {
        /// Benchmarks to show, as they were recorded [default: all]
        names: Vec<String>,
    },
    /// Write a report of what was measured or compared: Markdown, or one page of HTML that needs nothing else
    #[command(after_help = "\
From result, baseline and comparison documents, whatever machine they come from: no configuration and no
repository is needed. A report says what its documents say. It measures nothing, judges nothing anew, and
its exit status is 0 when it is written, whatever the verdict.

Without -o the report goes to standard output, as Markdown.

Examples:
  perfgate report check.json -o check.html
  perfgate report run.json                           a run, as Markdown
  perfgate report monday.json friday.json -o both.html
  perfgate report check.json -o all.html --plots all")]
    Report {
        /// Documents that run, record, check or compare have saved
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The title [default: what came out, in words]
        #[arg(long, value_name = "TEXT")]
        title: Option<String>,
        /// How many benchmarks have a part of their own with all metrics and plots: of each document, those that matter most
        #[arg(long, value_name = "N|all", default_value = "20")]
        plots: Plots,
    },
    /// List, show, prune and share what was recorded
    Baselines {
        /// What to do with it
        #[command(subcommand)]
        action: Baselines,
    },
    /// Check the gate itself on this machine: how often identical code turns red, and which slowdowns it finds
    #[command(after_help = "\
Real checks, side by side, of the work tree with itself: half of the time as it is, half with one side truly slowed.
It says how often the gate errs here, and which threshold, rounds and budget give decided answers.
Without a perfgate.toml, here or in a folder above, the embedded model is measured.

Examples:
  perfgate selftest                  five minutes, the configured benchmarks
  perfgate selftest --budget 1h      more checks: narrower intervals
  perfgate selftest --threshold 3%   what would a smaller threshold take?

--budget bounds the selftest; a check in it has the budget of perfgate.toml.
Exit status: 0 the gate keeps its word here, 1 it does not, 4 a system failed")]
    Selftest {
        /// Benchmarks to check with [default: all]
        names: Vec<String>,
    },
    /// Find the highest load within a latency objective, and what a growing load takes
    #[command(after_help = "\
Rounds of the server scenario under many loads: first to see where the limit lies, then fresh ones at both sides of it, until the
interval between a load that is shown to meet the objective and one that is shown to violate it is narrow, or the budget is spent.

Examples:
  perfgate capacity digits --slo \"p99 < 50ms\"          five minutes
  perfgate capacity digits --budget 30m -o digits.json   a narrower interval, saved; the benchmark's own slo
  perfgate capacity digits --quick                       a first impression
  perfgate capacity digits --load 900 --growth 1.5 --headroom 30% --price 0.2/h

Exit status: 0 found, 2 wrong usage or input, 4 the system failed or nothing could be shown, 130 interrupted")]
    Capacity {
        /// The benchmark; of several scenarios under one name, the server
        name: String,
        /// The objective, such as "p99 < 50ms" or "99.9% < 100ms" [default: the benchmark's slo, else its percentile and latency_bound]
        #[arg(long, value_name = "OBJECTIVE")]
        slo: Option<Objective>,
        /// Plan for this many times the load
        #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = positive)]
        growth: f64,
        /// The load of today, in queries per second [default: the benchmark's target_qps]
        #[arg(long, value_name = "QPS", value_parser = positive)]
        load: Option<f64>,
        /// The share of an instance's capacity to leave free
        #[arg(long, value_name = "SHARE", default_value = "30%")]
        headroom: Headroom,
        /// What an instance costs, such as 0.2/h, 4.80/day or 150/month
        #[arg(long, value_name = "PRICE")]
        price: Option<Price>,
        /// The lowest load to try, and the first
        #[arg(long, value_name = "QPS", value_parser = positive)]
        from: Option<f64>,
        /// The highest load to try
        #[arg(long, value_name = "QPS", value_parser = positive)]
        to: Option<f64>,
    },
    /// Find which stage of a benchmark takes its time, what a faster one would gain, and what its processes use
    #[command(after_help = "\
Stages are what the system reports: a worker in its answers, an HTTP service in the header Server-Timing. The embedded engine
has three: preprocess, inference and postprocess. Nothing is compared and nothing is judged.

Examples:
  perfgate profile digits/server                   stages, bottleneck, processor time and memory
  perfgate profile digits/server -o profile.html   with plots: shares, percentiles, the course of CPU and memory
  perfgate profile digits/server --quick           three rounds, for a first impression

Exit status: 0 measured, 2 wrong usage or input, 4 the system failed, 130 interrupted")]
    Profile {
        /// The benchmark
        name: String,
    },
    /// Hand what was measured to other tools: Prometheus and Grafana, spreadsheets, databases
    #[command(after_help = "\
Without a SOURCE: what is recorded in the store, of the commit that is checked out and its ancestors.

  openmetrics   one number per metric, in base units; of the nearest recorded commit of each machine
  csv, parquet  one row a round

Examples:
  perfgate export openmetrics -o /var/lib/node_exporter/perfgate.prom
  perfgate export openmetrics check.json         the changes and verdicts of a comparison
  perfgate export openmetrics --timestamps       all of history, to fill a Prometheus with
  perfgate export csv result.json
  perfgate export parquet --all -o rounds.parquet")]
    Export {
        /// The format
        #[arg(value_enum, value_name = "FORMAT")]
        to: ExportFormat,
        /// Result, baseline or comparison documents, and revisions with a baseline [default: what is recorded]
        #[arg(value_name = "SOURCE")]
        sources: Vec<String>,
        /// Everything in the store, whatever is checked out
        #[arg(long, conflicts_with = "sources")]
        all: bool,
        /// openmetrics: every recorded commit, each with the time at which it was recorded
        #[arg(long)]
        timestamps: bool,
    },
    /// Watch perfgate catch a regression in an embedded model, in a scratch repository, in under a minute
    Demo,
    /// Print the JSON Schema of the configuration or of a document
    Schema {
        /// Which one
        #[arg(value_enum)]
        document: SchemaName,
    },
    /// Print the completions for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Run one round of the embedded engine; perfgate starts itself so
    #[command(name = "internal-round", hide = true)]
    InternalRound,
}
