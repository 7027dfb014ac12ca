//! What processes use of a machine, as the system tells it: texts of `/proc` are read, and a round's processes and all that they
//! start are added up, those too that end between two looks. Pure.
//!
//! Here: the texts (`proc`), which processes belong together (`kinship`), the sums (`tree`), what a round keeps (`observed`). Not
//! here: files, threads and clocks (`monitor`), what becomes metrics (`scenario::resources`).

mod kinship;
mod observed;
pub mod proc;
mod spent;
mod tree;

pub use kinship::{Kin, Kinship};
pub use observed::{Cost, Left, Observed, Peak, Sample};
pub use proc::{Process, Units};
pub use spent::Spent;
pub use tree::{Root, Tree};
