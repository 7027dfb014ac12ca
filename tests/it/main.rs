//! Whole-program tests, one file per verb, in one binary; and the tests of the house itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod ab;
mod accept;
mod architecture;
mod bad_input;
mod base_build;
mod baselines;
mod branch_store;
mod capacity;
mod cases;
mod check;
mod cli;
#[cfg(feature = "github")]
mod comment;
mod compare;
mod config;
#[cfg(all(target_os = "linux", feature = "test-valgrind"))]
mod counts;
mod datasets;
mod demo;
mod docs;
mod documents;
mod event_base;
mod export;
#[cfg(feature = "github")]
#[path = "../fake_github/mod.rs"]
mod fake_github;
mod history;
#[cfg(feature = "http")]
mod http;
mod init;
mod interrupt;
mod load;
mod measured;
mod pages;
mod profile;
#[cfg(feature = "test-prometheus")]
mod prometheus;
mod read_back;
mod record;
mod report;
mod resources;
mod run;
mod selftest;
mod side_by_side;
mod slo;
mod stored_sessions;
mod support;
mod wrong_files;
