//! What `perfgate init` writes: from the files that a repository has to a configuration and workflows for it.
//!
//! Pure: a listing goes in, texts come out. Here: what kinds of benchmarks and programs there are and how perfgate can measure
//! them today, and the wording of what is written. Not here: reading folders and writing files (`app`), which keys the
//! configuration has (`config`).

mod cargo;
mod configuration;
mod go;
mod jvm;
mod model;
mod native;
mod node;
mod python;
mod suite;
mod summary;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod workflows;

pub use configuration::{Wishes, configuration};
pub use summary::{Fate, Summary, Told};
pub use text::shell_command;
pub use tree::{Tree, is_never_looked_into, is_worth_reading};
pub use workflows::{Action, InvalidAction, Setting, Workflow, workflows};

/// More benchmarks than this of one kind are counted and not written: whoever has forty programs wants to choose.
const MOST_OF_A_KIND: usize = 4;

/// What a repository has, in the order in which it was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Survey {
    /// Everything that was recognised.
    pub findings: Vec<Finding>,
}

/// One kind of thing that was recognised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finding {
    /// What there is, such as "criterion benchmarks in benches/parse.rs".
    pub what: String,
    /// A shell command after which the proposals can be run; `None`: nothing needs to be made.
    pub build: Option<String>,
    /// Benchmarks that perfgate can run as they are.
    pub proposals: Vec<Proposal>,
    /// What a person has to do before perfgate measures it, or more of it.
    pub open: Option<String>,
}

/// A benchmark for the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its name, not yet unique.
    pub name: String,
    /// What is measured.
    pub subject: Subject,
    /// What its reader should know: whole sentences.
    pub remark: String,
}

/// What a proposed benchmark measures. Paths are relative to the folder that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A program and its arguments, started once for each query.
    Program(Vec<String>),
    /// A suite that times itself: a shell script that runs it once, and appends its figures to the file of `PERFGATE_METRICS`.
    Suite(String),
    /// A model for the embedded engine.
    Model {
        /// The ONNX file.
        model: String,
        /// The file of samples.
        dataset: String,
    },
}

/// Looks for whatever perfgate knows how to measure.
pub fn survey(tree: &Tree) -> Survey {
    let kinds = [cargo::find, go::find, native::find, python::find, node::find, jvm::find, model::find];
    let findings = kinds.iter().flat_map(|find| find(tree)).collect();
    Survey { findings }
}

impl Survey {
    /// All benchmarks that can be run as they are, with unique names.
    pub fn proposals(&self) -> Vec<Proposal> {
        let mut all: Vec<Proposal> = Vec::new();
        for proposal in self.findings.iter().flat_map(|finding| &finding.proposals) {
            let plain = text::name(&proposal.name);
            let taken = |name: &str| all.iter().any(|other| other.name == name);
            let numbered = (2..).map(|number| format!("{plain}-{number}"));
            let name = std::iter::once(plain.clone()).chain(numbered).find(|name| !taken(name));
            all.push(Proposal { name: name.unwrap_or(plain), ..proposal.clone() });
        }
        all
    }

    /// A shell command that makes everything that the proposals need; `None`: they run as they are.
    pub fn build(&self) -> Option<String> {
        let mut steps: Vec<&str> = Vec::new();
        for finding in self.findings.iter().filter(|finding| !finding.proposals.is_empty()) {
            if let Some(step) = finding.build.as_deref()
                && !steps.contains(&step)
            {
                steps.push(step);
            }
        }
        (!steps.is_empty()).then(|| steps.join(" && "))
    }
}

/// The first few, and how many more there are, for people: "a, b and 3 more".
fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let shown: Vec<&str> = names.iter().take(MOST_OF_A_KIND).map(AsRef::as_ref).collect();
    let more = names.len() - shown.len();
    match shown.as_slice() {
        _ if more > 0 => format!("{} and {more} more", shown.join(", ")),
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => shown.concat(),
    }
}

/// "1 program", "2 programs".
fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
