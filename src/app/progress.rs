//! The progress bar: on a terminal only, for work that takes over a second.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::Console;
use crate::measure::Event;

/// Work shorter than this needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Listens to a measurement. It draws between rounds only, never while something is timed.
pub struct Progress {
    wanted: bool,
    begun: Instant,
    bar: Option<ProgressBar>,
    /// What all of it is part of.
    title: String,
}

impl Progress {
    /// A bar that is not shown yet.
    pub fn new(console: &Console) -> Self {
        Self { wanted: console.progress, begun: Instant::now(), bar: None, title: String::new() }
    }

    /// A bar that says what all of it is part of.
    pub fn titled(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// Takes notice of an event.
    pub fn on(&mut self, event: Event<'_>) {
        match event {
            Event::Started { benchmark, done, of } if self.wanted && self.begun.elapsed() >= PATIENCE => {
                let begun = self.begun;
                let bar = self.bar.get_or_insert_with(|| new_bar(of, begun.elapsed()));
                bar.set_length(of as u64);
                bar.set_position(done as u64);
                let name: String = benchmark.chars().filter(|c| !c.is_control()).take(40).collect();
                let title = &self.title;
                bar.set_message(if title.is_empty() { name } else { format!("{name}, {title}") });
            }
            Event::Started { .. } => {}
            Event::Finished => {
                if let Some(bar) = self.bar.take() {
                    bar.finish_and_clear();
                }
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.on(Event::Finished);
    }
}

fn new_bar(rounds: usize, elapsed: Duration) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(rounds as u64), ProgressDrawTarget::stderr()).with_elapsed(elapsed);
    match ProgressStyle::with_template("{bar:24} round {pos} of {len}, {elapsed} so far, about {eta} left: {msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
