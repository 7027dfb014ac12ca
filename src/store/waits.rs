//! Trying again: how often, and after how long.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::thread;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::vcs::Stop;

/// A race is lost so often at most. Of so many that push at the same time, one wins each time.
const MOST: u32 = 20;

/// About so long is the first wait, each next one half as long again.
const FIRST: Duration = Duration::from_millis(100);

/// And none longer than about this.
const LONGEST: Duration = Duration::from_secs(10);

/// A weak server is not asked more often than this.
const MOST_WEAK: u32 = 4;

/// A wait looks so often whether it is to end early.
const GLANCE: Duration = Duration::from_millis(20);

/// The attempts so far.
pub struct Waits {
    attempts: u32,
    generator: Pcg64Mcg,
}

impl Waits {
    /// Before the first attempt. Those who lost the same race must not meet again: what they draw has nothing in common.
    pub fn new() -> Self {
        let seed = RandomState::new().build_hasher().finish();
        Self { attempts: 1, generator: Pcg64Mcg::seed_from_u64(seed) }
    }

    /// How many attempts were begun.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Waits before the next attempt, if there is one; not if it was stopped.
    pub fn again(&mut self, is_race: bool, stop: Stop<'_>) -> bool {
        if self.attempts >= if is_race { MOST } else { MOST_WEAK } {
            return false;
        }
        let ends = Instant::now() + self.next();
        loop {
            let left = ends.saturating_duration_since(Instant::now());
            if stop() || left.is_zero() {
                return !stop();
            }
            thread::sleep(left.min(GLANCE));
        }
    }

    /// The next wait: from half to one and a half of its usual length.
    fn next(&mut self) -> Duration {
        let usual =
            FIRST.mul_f64(1.5_f64.powi(i32::try_from(self.attempts).unwrap_or(i32::MAX).min(40) - 1)).min(LONGEST);
        self.attempts += 1;
        usual.mul_f64(self.generator.random_range(0.5..1.5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_differ_and_are_bounded() {
        let all = |waits: &mut Waits| (1..MOST).map(|_| waits.next()).collect::<Vec<_>>();
        let (one, other) = (all(&mut Waits::new()), all(&mut Waits::new()));
        assert_ne!(one, other);
        assert!(one.len() >= 15);
        let short = one.first().unwrap();
        assert!((FIRST / 2..FIRST * 3 / 2).contains(short), "{short:?}");
        assert!(one.iter().all(|wait| *wait < LONGEST * 3 / 2) && one.last().unwrap() >= &(LONGEST / 2), "{one:?}");
    }

    #[test]
    fn attempts_end() {
        let mut waits = Waits { attempts: MOST, ..Waits::new() };
        assert!(!waits.again(true, &|| false));
        let mut waits = Waits { attempts: MOST_WEAK, ..Waits::new() };
        assert!(!waits.again(false, &|| false) && waits.attempts() == MOST_WEAK);
        assert!(!Waits::new().again(true, &|| true), "it was stopped");
    }
}
