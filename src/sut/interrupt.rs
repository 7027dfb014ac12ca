//! Whether somebody asked the program to stop, or its time is over. Long waits look here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// A flag that a signal handler sets, shared by everything that waits, and perhaps a moment at which waiting ends anyhow.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    flag: Arc<AtomicBool>,
    at: Option<Instant>,
}

impl Interrupt {
    /// The flag itself, for a signal handler to set.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flag)
    }

    /// The same flag; and from that moment on it counts as set.
    #[must_use]
    pub fn until(&self, at: Instant) -> Self {
        Self { flag: Arc::clone(&self.flag), at: Some(at) }
    }

    /// Whether it was set, or its time is over.
    pub fn is_set(&self) -> bool {
        self.flag.load(Ordering::Relaxed) || self.at.is_some_and(|at| Instant::now() >= at)
    }
}
