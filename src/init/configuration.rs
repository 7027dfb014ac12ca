//! The text of `perfgate.toml`: sections that count, and examples in comments.

use super::text::{command, comment, toml, toml_list};
use super::{Finding, Proposal, Subject, Survey};

/// What the user wants in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wishes {
    /// The threshold as the file spells it, such as `0.10`.
    pub threshold: String,
    /// The budget as the file spells it, such as `10m`.
    pub budget: String,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { threshold: "0.10".to_owned(), budget: "10m".to_owned() }
    }
}

/// A program that is not there: until somebody edits the line, a run fails. A gate that measures nothing must not be green.
const PLACEHOLDER: &str = "./EDIT-ME";

const HEAD: &str = "\
# What perfgate measures here, and how much slower is too much. Written by `perfgate init`; yours to edit.
#
#   perfgate run --quick      a first impression
#   perfgate plan             what a check would run, how long it would take, what it would see
#   perfgate schema config    every key, for editors that complete and check
";

const EXAMPLES: &str = "\
# Other things that perfgate measures. Remove the `# ` before the lines of one to use it.

# A worker: one process a round, which answers queries as lines of JSON. Start-up does not count.
#
# [[benchmark]]
# name = \"answer\"
# worker = [\"python3\", \"worker.py\"]
# queries = 500

# An HTTP service that perfgate starts on a free port. Without `start`, one that runs already.
#
# [[benchmark]]
# name = \"predict\"
# http = \"http://127.0.0.1:{port}/predict\"
# start = [\"python3\", \"serve.py\", \"{port}\"]
# ready = \"http://127.0.0.1:{port}/healthz\"
# scenario = \"server\"
# target_qps = 100

# An ONNX model in the embedded engine. A last column `label` gives the accuracy.
#
# [[benchmark]]
# name = \"classify\"
# onnx = \"model.onnx\"
# dataset = \"samples.csv\"

# Baselines lie in the folder `baselines`. The workflow perf-main.yml records on a branch; `perfgate check --store
# git:perfgate-data` compares with that, or always so. Then `perfgate record` pushes to it.
#
# [baseline]
# store = \"git:perfgate-data\"

# Rules for one benchmark or one metric go into its section:
#
#   threshold = 0.05
#   [benchmark.metrics]
#   latency_p90.gate = false     # measured and stored, not judged
";

/// The whole file. It can be read by perfgate whatever was found.
pub fn configuration(survey: &Survey, wishes: &Wishes) -> String {
    let proposals = survey.proposals();
    let mut parts = vec![HEAD.to_owned(), gate(wishes)];
    parts.push(build(survey.build().as_deref(), !proposals.is_empty()));
    match proposals.as_slice() {
        [] => parts.push(placeholder()),
        proposals => parts.extend(proposals.iter().map(benchmark)),
    }
    parts.extend(open(&survey.findings));
    parts.push(EXAMPLES.to_owned());
    parts.join("\n")
}

fn gate(wishes: &Wishes) -> String {
    let lines = [
        (format!("threshold = {}", wishes.threshold), "a change up to this does not matter"),
        (format!("budget = {}", toml(&wishes.budget)), "wall clock of a whole check, builds included"),
    ];
    let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or_default();
    let lines = lines.iter().map(|(line, comment)| format!("{line:width$} # {comment}\n"));
    std::iter::once("[gate]\n".to_owned()).chain(lines).collect()
}

fn build(shell: Option<&str>, is_known: bool) -> String {
    let (what, command) = match shell {
        Some(shell) => ("", command(shell)),
        None if is_known => (" Here, as it is.", vec!["true".to_owned()]),
        None => (" Edit: [\"true\"] says that it runs as it is.", vec!["true".to_owned()]),
    };
    let head = comment(&format!(
        "How a revision becomes runnable: run in the work tree, and in a copy of the base that is laid out apart from it.{what}"
    ));
    format!("{head}[build]\ncommand = {}\n", toml_list(&command))
}

fn benchmark(proposal: &Proposal) -> String {
    let head = comment(&proposal.remark);
    let name = toml(&proposal.name);
    match &proposal.subject {
        Subject::Program(words) => {
            format!("{head}[[benchmark]]\nname = {name}\ncommand = {}\n", toml_list(words))
        }
        Subject::Model { model, dataset } => {
            format!("{head}[[benchmark]]\nname = {name}\nonnx = {}\ndataset = {}\n", toml(model), toml(dataset))
        }
        Subject::Suite(script) => format!(
            "{head}[[benchmark]]
name = {name}
command = {}
queries = 1
warmup = 0
timeout = \"10m\"

[benchmark.metrics]
latency_p50.gate = false
latency_p90.gate = false
",
            toml_list(&["sh", "-c", script])
        ),
    }
}

fn placeholder() -> String {
    let head = comment(
        "Edit: nothing was found that perfgate can measure by itself. Name a program and its arguments, which is started once for \
         each query. Until then `perfgate run` fails, because a gate that measures nothing must not be green.",
    );
    format!("{head}[[benchmark]]\nname = \"edit-me\"\ncommand = {}\n", toml_list(&[PLACEHOLDER, "--version"]))
}

/// What was found and is left to a person.
fn open(findings: &[Finding]) -> Option<String> {
    let left: Vec<String> = findings
        .iter()
        .filter_map(|finding| {
            Some(comment(&format!("Found: {}. Left to you: {}.", finding.what, finding.open.as_ref()?)))
        })
        .collect();
    (!left.is_empty()).then(|| left.join("#\n"))
}
