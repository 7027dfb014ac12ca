//! What the parts of `render` give together, on made-up results. Whole programs are in `fixtures/cases`.

mod ab;
mod history;
mod markdown;
mod report;
mod run;
pub use crate::words::samples;
mod selftest;
mod terminal;
