//! What is said about results and comparisons, in words: numbers with their units, verdicts, sentences, what to do next. Every
//! format says it in these words.
//!
//! Pure. Here: texts, one line each. Not here: what is decided (`gate`), in which order a report says it (`report`), how it stands
//! on a page or a terminal and is kept from doing harm there (`render`).

pub mod advice;
pub mod cells;
pub mod command;
pub mod machine;
pub mod measured;
pub mod objectives;
pub mod origin;
pub mod plain;
pub mod reasons;
#[cfg(test)]
pub mod samples;
pub mod sparkline;
pub mod stages;
pub mod summary;
pub mod units;
pub mod warnings;
