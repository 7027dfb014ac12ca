//! The fake of GitHub's API as a program: prints its address, and serves until standard input ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]
// Its methods are those of the tests.
#![allow(dead_code)]

#[path = "mod.rs"]
mod fake_github;

use std::io::Write;

fn main() {
    let github = fake_github::FakeGitHub::start();
    println!("{}", github.url());
    std::io::stdout().flush().unwrap();
    // Whoever has started it ends it, by closing the pipe or by a signal.
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
}
