//! What the parts of `render` give together, on made-up results. Whole programs are in `fixtures/cases`.

mod markdown;
mod run;
pub mod samples;
mod selftest;
mod terminal;
