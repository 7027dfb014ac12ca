//! The clock of a real system, and how to wait for a moment without missing it.

use std::time::{Duration, Instant};

use super::{Interrupt, Nanos, SutError};

/// A monotonic clock that counts from its making.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: Instant,
}

/// A sleep may overrun by about this much; what is left of a wait after it is spent looking again and again.
const OVERRUN: Duration = Duration::from_micros(200);

/// Longest sleep between two looks at the interrupt flag. The signal itself usually ends the wait at once; this is for the
/// case that another thread received it.
const LOOK_UP: Duration = Duration::from_millis(250);

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Self { origin: Instant::now() }
    }

    /// Time since the clock was made.
    pub fn now(self) -> Nanos {
        Nanos::from(self.origin.elapsed())
    }

    /// Waits for a moment, to within microseconds.
    pub fn wait_until(self, moment: Nanos) {
        std::thread::sleep(moment.since(self.now()).saturating_sub(OVERRUN));
        while self.now() < moment {
            std::hint::spin_loop();
        }
    }

    /// Looks for something until it is there or the moment has come (`None`). `look` may block for as long as it is told,
    /// and no longer; shortly before the moment it is told not to block at all, so that the moment is met to within
    /// microseconds.
    pub fn look_until<T>(
        self,
        moment: Nanos,
        interrupt: &Interrupt,
        mut look: impl FnMut(Duration) -> Result<Option<T>, SutError>,
    ) -> Result<Option<T>, SutError> {
        loop {
            if interrupt.is_set() {
                return Err(SutError::Interrupted);
            }
            let left = moment.since(self.now());
            let sleep = left.saturating_sub(OVERRUN).min(LOOK_UP);
            if let Some(found) = look(sleep)? {
                return Ok(Some(found));
            }
            if left.is_zero() {
                return Ok(None);
            }
        }
    }
}

impl Nanos {
    /// The span from an earlier moment to this one; zero if it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The moment a span later.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(Self::from(span).0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moment_is_never_early_and_what_is_found_ends_the_wait() {
        let clock = Clock::start();
        let moment = clock.now().after(Duration::from_millis(2));
        let nothing = clock.look_until(moment, &Interrupt::default(), |sleep| {
            std::thread::sleep(sleep);
            Ok(None::<()>)
        });
        assert_eq!(nothing.unwrap(), None);
        assert!(clock.now() >= moment);
        let far = clock.now().after(Duration::from_secs(3600));
        let mut looks = 0;
        let found = clock.look_until(far, &Interrupt::default(), |_| {
            looks += 1;
            Ok((looks == 3).then_some("it"))
        });
        assert_eq!(found.unwrap(), Some("it"));
    }

    #[test]
    fn a_moment_that_has_passed_gets_one_look() {
        let clock = Clock::start();
        let found = clock.look_until(Nanos(0), &Interrupt::default(), |sleep| {
            assert!(sleep.is_zero());
            Ok(Some(1))
        });
        assert_eq!(found.unwrap(), Some(1));
    }

    #[test]
    fn an_interrupt_ends_the_wait() {
        let interrupt = Interrupt::default();
        interrupt.flag().store(true, std::sync::atomic::Ordering::Relaxed);
        let ended = Clock::start().look_until(Nanos(u64::MAX), &interrupt, |_| Ok(None::<()>));
        assert!(matches!(ended, Err(SutError::Interrupted)));
    }
}
