//! How often, and how long in all, a forge that fails is asked again.
//!
//! Here: the arithmetic, and the wait itself as a function that the caller gives. Not here: which failures pass (`github`).

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

/// One request is made this often at most.
const MOST_TRIES: u32 = 7;

/// The first wait, unless little patience makes it shorter.
const FIRST: Duration = Duration::from_secs(1);

/// Waits: `false` says that somebody asked the program to stop.
type Wait = Box<dyn Fn(Duration) -> bool>;

/// What is left of the time that failures may take, all requests together.
pub struct Patience {
    most: Duration,
    left: Cell<Duration>,
    wait: Wait,
}

impl Patience {
    /// Waits, and what was waited for in vain, may take this long in all. `wait` waits, and says whether to go on.
    pub fn new(most: Duration, wait: Wait) -> Self {
        Self { most, left: Cell::new(most), wait }
    }

    /// So long was waited for an answer that did not come.
    pub fn spent(&self, time: Duration) {
        self.left.set(self.left.get().saturating_sub(time));
    }

    /// How long to wait after this many failures of a request (at least 1), and at least as long as was asked for. `None`: no
    /// longer, give up. `chance` is from 0 to 1: programs that failed together do not come back together.
    pub fn next(&self, failures: u32, asked: Option<Duration>, chance: f64) -> Option<Duration> {
        if failures >= MOST_TRIES {
            return None;
        }
        let unit = FIRST.min(self.most / 64);
        let chance = chance.clamp(0.0, 1.0);
        let wait = match asked {
            Some(asked) => asked.saturating_add(unit.mul_f64(chance)),
            None => (unit * 2_u32.saturating_pow(failures.saturating_sub(1))).mul_f64(0.5 + 0.5 * chance),
        };
        let left = self.left.get().checked_sub(wait)?;
        self.left.set(left);
        Some(wait)
    }

    /// Waits; whether to go on.
    pub fn wait(&self, time: Duration) -> bool {
        (self.wait)(time)
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patience").field("most", &self.most).field("left", &self.left).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience(most: Duration) -> Patience {
        Patience::new(most, Box::new(|_| true))
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_grow_and_end_with_the_tries() {
        let patience = patience(SECOND * 300);
        let waits: Vec<Option<Duration>> =
            (1..=MOST_TRIES).map(|failures| patience.next(failures, None, 1.0)).collect();
        let expected = [1, 2, 4, 8, 16, 32].map(|seconds| Some(SECOND * seconds));
        assert_eq!(waits, [expected.as_slice(), &[None]].concat());
    }

    #[test]
    fn chance_shortens_a_wait_by_half_at_most() {
        let patience = patience(SECOND * 300);
        assert_eq!(patience.next(3, None, 0.0), Some(SECOND * 2));
        assert_eq!(patience.next(3, None, 0.5), Some(SECOND * 3));
    }

    #[test]
    fn a_wait_is_never_shorter_than_was_asked_for() {
        let patience = patience(SECOND * 300);
        assert_eq!(patience.next(1, Some(SECOND * 7), 0.0), Some(SECOND * 7));
        assert_eq!(patience.next(1, Some(SECOND * 7), 1.0), Some(SECOND * 8));
    }

    #[test]
    fn all_failures_share_the_time() {
        let patience = patience(SECOND * 100);
        patience.spent(SECOND * 20);
        assert_eq!(patience.next(1, Some(SECOND * 60), 0.0), Some(SECOND * 60));
        assert_eq!(patience.next(1, Some(SECOND * 21), 0.0), None, "20 s are left");
        assert_eq!(patience.next(1, Some(SECOND * 20), 0.0), Some(SECOND * 20));
        patience.spent(SECOND);
        assert_eq!(patience.next(1, None, 0.0), None);
    }

    #[test]
    fn little_patience_makes_little_waits() {
        let patience = patience(Duration::from_millis(64));
        assert_eq!(patience.next(1, None, 1.0), Some(Duration::from_millis(1)));
        assert_eq!(self::patience(Duration::ZERO).next(1, None, 1.0), Some(Duration::ZERO));
    }
}
