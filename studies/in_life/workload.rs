//! The workloads: what each is, and how perfgate is told to measure it.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Workload {
    /// Arithmetic
    Cpu,
    /// A pointer walk that misses the caches
    Memory,
    /// A process for each query
    Spawn,
    /// Blocks written to a file and read back
    File,
    /// Bytes sent to and fro between two threads
    Pipe,
    /// A neural network, in the embedded engine
    Model,
    /// A service behind HTTP
    Http,
}

impl Workload {
    pub const ALL: [Self; 7] = [Self::Cpu, Self::Memory, Self::Spawn, Self::File, Self::Pipe, Self::Model, Self::Http];

    /// As it is called on the command line, in files and in `perfgate.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Spawn => "spawn",
            Self::File => "file",
            Self::Pipe => "pipe",
            Self::Model => "model",
            Self::Http => "http",
        }
    }

    /// What perfgate is told: a round is about 50 ms of timed queries, with a few before that warm up.
    pub fn benchmark(self, program: &Path) -> String {
        let name = self.name();
        // A text of JSON is one of TOML too.
        let program = serde_json::Value::from(program.display().to_string());
        let system = match self {
            Self::Model => "onnx = \"model.onnx\"\ndataset = \"digits.csv\"".to_owned(),
            Self::Spawn => format!("command = [{program}, \"once\", \"{name}\"]"),
            Self::Http => format!(
                "http = \"http://127.0.0.1:{{port}}/\"\nstart = [{program}, \"server\", \"{name}\", \"{{port}}\"]"
            ),
            Self::Cpu | Self::Memory | Self::File | Self::Pipe => {
                format!("worker = [{program}, \"worker\", \"{name}\"]")
            }
        };
        let (queries, warmup) = match self {
            // The queries of a model take some fifty microseconds, and cannot be made longer without another model.
            Self::Model => (900, 50),
            Self::Spawn => (30, 2),
            _ => (30, 5),
        };
        format!(
            "[[benchmark]]\nname = \"{name}\"\n{system}\nqueries = {queries}\nwarmup = {warmup}\nmin_duration = \"0s\"\n"
        )
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// By how much more work the candidate does, in percent of the time of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Extra(pub u8);

impl Extra {
    pub const NONE: Self = Self(0);

    pub fn share(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}
