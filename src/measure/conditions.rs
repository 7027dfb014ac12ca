//! The conditions under which a benchmark's rounds ran: how long each took on the wall's clock, and what the machine did besides.
//!
//! Looked at before and after a round, never in it.

use std::time::{Duration, Instant};

use crate::host::load::Snapshot;
use crate::result::MachineUse;
use crate::stats::median;

/// What was seen so far.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    durations: Vec<Duration>,
    machine: Option<MachineUse>,
}

impl Conditions {
    /// Runs a whole round, with its start, warm-up and stop, and sees what happens meanwhile. A round that comes to nothing is
    /// none.
    pub fn of<T, E>(&mut self, round: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let before = Snapshot::take();
        let begun = Instant::now();
        let outcome = round()?;
        self.durations.push(begun.elapsed());
        if let (Some(before), Some(after)) = (before, Snapshot::take()) {
            let during = before.until(&after);
            self.machine = Some(self.machine.as_ref().map_or_else(|| during.clone(), |machine| machine.and(&during)));
        }
        Ok(outcome)
    }

    /// The mean duration of a round; 0 before the first.
    pub fn usual_round(&self) -> Duration {
        let rounds = u32::try_from(self.durations.len().max(1)).unwrap_or(u32::MAX);
        self.durations.iter().sum::<Duration>() / rounds
    }

    /// The median duration of a round; `None` before the first.
    pub fn round_duration(&self) -> Option<Duration> {
        let nanos: Vec<f64> = self.durations.iter().map(|duration| duration.as_nanos() as f64).collect();
        (!nanos.is_empty()).then(|| Duration::from_nanos(median(&nanos) as u64))
    }

    /// What the machine did during all rounds, as far as it is known.
    pub fn machine(&self) -> Option<&MachineUse> {
        self.machine.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_round_stands_for_all() {
        let mut conditions = Conditions::default();
        assert_eq!((conditions.round_duration(), conditions.machine()), (None, None));
        assert_eq!(conditions.of(|| Err::<(), u8>(1)), Err(1));
        assert_eq!((conditions.round_duration(), conditions.usual_round()), (None, Duration::ZERO));
        assert_eq!(conditions.of(|| Ok::<u8, ()>(7)), Ok(7));
        assert!(conditions.round_duration().is_some());
        conditions.durations = [3, 1, 900].map(Duration::from_nanos).to_vec();
        assert_eq!(conditions.round_duration(), Some(Duration::from_nanos(3)));
        assert_eq!(conditions.usual_round(), Duration::from_nanos(301));
    }

    #[test]
    fn every_round_is_added_up() {
        let mut conditions = Conditions::default();
        (0..3).for_each(|_| conditions.of(|| Ok::<(), ()>(())).unwrap());
        let known = cfg!(target_os = "linux") && Snapshot::take().is_some();
        assert_eq!(conditions.machine().map(|machine| machine.rounds), known.then_some(3));
    }
}
