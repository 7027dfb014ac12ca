//! Whether somebody asked the program to stop, or its time is over. Long waits look here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// A flag that a signal handler sets, shared by everything that waits, and perhaps a moment at which waiting ends anyhow.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    flag: Arc<AtomicBool>,
    at: Option<Instant>,
    /// Another flag that ends waiting, of something smaller than the program.
    also: Option<Arc<AtomicBool>>,
}

impl Interrupt {
    /// The flag itself, for a signal handler to set.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flag)
    }

    /// The same flag; and from that moment on it counts as set.
    #[must_use]
    pub fn until(&self, at: Instant) -> Self {
        Self { at: Some(at), ..self.clone() }
    }

    /// The same; and once this flag is set, it counts as set, too.
    #[must_use]
    pub fn or(&self, flag: Arc<AtomicBool>) -> Self {
        Self { also: Some(flag), ..self.clone() }
    }

    /// Whether it was set, or its time is over.
    pub fn is_set(&self) -> bool {
        let is_raised = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        is_raised(&self.flag)
            || self.also.as_deref().is_some_and(is_raised)
            || self.at.is_some_and(|at| Instant::now() >= at)
    }
}
