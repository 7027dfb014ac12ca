//! perfgate, a CI performance-regression gate: the library behind the program of the same name.
//!
//! Data flows one way: a configuration becomes a plan, a plan is measured, the result is stored or held against another one,
//! the comparison is judged and rendered. Each step is a module, and each can be used alone. Judging two sets of numbers that
//! something else has measured takes three of them:
//!
//! ```
//! use perfgate::config::GatePolicy;
//! use perfgate::gate::{Setting, Verdict, compare};
//! use perfgate::import::generic;
//! use perfgate::render::markdown;
//!
//! // Raw samples, one list a round: a fresh start of what was measured.
//! let base = generic::read(r#"{"unit": "ns", "rounds": [[812, 799, 820], [805, 811, 798], [801, 807, 815]]}"#)?;
//! let candidate = generic::read(r#"{"unit": "ns", "rounds": [[1011, 998, 1023], [1004, 1012, 995], [1002, 1005, 1019]]}"#)?;
//!
//! let comparison = compare(&base, &candidate, &GatePolicy::default(), &Setting::default());
//! assert_eq!(comparison.verdict, Verdict::Regression);
//! assert_eq!(comparison.exit_status.code(), 1);
//! println!("{}", markdown::comparison(&comparison));
//! # Ok::<(), String>(())
//! ```
//!
//! Measuring takes a configuration and a folder, or a function of your own under any scenario:
//!
//! ```
//! use perfgate::config;
//! use perfgate::facade::run_function;
//! use perfgate::sut::Outcome;
//!
//! // The keys of perfgate.toml; what is not said has its usual value. The command is not run here.
//! let configuration = config::parse(
//!     r#"
//!     [[benchmark]]
//!     name = "sum"
//!     command = ["unused"]
//!     scenario = ["single-stream", "offline"]
//!     rounds = 3
//!     queries = 500
//!     "#,
//! )
//! .map_err(|problems| format!("{problems:?}"))?;
//! for benchmark in &configuration.benchmarks {
//!     let result = run_function(benchmark, None, 1, || {
//!         let table: Vec<u64> = (0..1000).collect();
//!         move |samples: &[usize]| {
//!             let start = samples.first().copied().unwrap_or(0) as u64;
//!             std::hint::black_box(table.iter().fold(start, |sum, value| sum.wrapping_add(*value)));
//!             Outcome::Done
//!         }
//!     })
//!     .map_err(|failure| failure.reason)?;
//!     let throughput = result.metric("throughput").ok_or("every scenario has a throughput")?;
//!     assert_eq!(throughput.rounds.count(), 3);
//! }
//! # Ok::<(), String>(())
//! ```
//!
//! What decides a verdict is written down in `docs/methodology.md`, the documents in `docs/formats.md`.

pub mod ab;
pub mod app;
pub mod capacity;
pub mod cli;
pub mod config;
pub mod dataset;
pub mod export;
pub mod facade;
pub mod forge;
pub mod gate;
pub mod history;
mod hook;
pub mod host;
pub mod import;
pub mod init;
pub mod inventory;
pub mod measure;
pub mod monitor;
mod numerals;
pub mod objective;
pub mod outlook;
pub mod plan;
pub mod plot;
pub mod profile;
pub mod render;
pub mod report;
pub mod result;
pub mod scenario;
pub mod selftest;
pub mod stats;
pub mod store;
pub mod sut;
pub mod usage;
pub mod vcs;
pub mod wire;
mod words;
