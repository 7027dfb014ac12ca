//! What tells whether one result is fit to be compared: figures about it, and what the machine did besides.
//!
//! Here: the data. Not here: how it is read from the machine (`host`), what is too much (`scenario::diagnosis`).

use super::BenchmarkResult;

/// A figure about a measurement, with what it should keep to.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// A stable word, such as `outlier_share`.
    pub name: String,
    /// The figure; finite.
    pub value: f64,
    /// From where on it is worth a warning, if it is known to be more than chance.
    pub limit: f64,
    /// `false` where a warning was given.
    pub held: bool,
}

/// Fewer rounds than this cannot drift: in any order they are not unlikely enough.
pub const FEWEST_TO_DRIFT: usize = 6;

impl BenchmarkResult {
    /// The figures that say something: those of the document, without a drift of too few rounds to tell one.
    pub fn figures(&self) -> impl Iterator<Item = &Figure> {
        let too_few = self.has_too_few_rounds_to_drift();
        self.diagnosis.iter().filter(move |figure| !(too_few && figure.name == "drift"))
    }

    /// Whether its newest session has rounds whose order could be looked at, and too few of them to tell a drift.
    pub fn has_too_few_rounds_to_drift(&self) -> bool {
        let main = ["latency_p50", "throughput"].iter().find_map(|name| self.metric(name));
        let newest = main.and_then(|metric| metric.rounds.sessions().next_back());
        newest.is_some_and(|rounds| rounds.len() < FEWEST_TO_DRIFT)
    }
}

/// What a machine's processors did during some rounds, by the system's own accounts before and after each. Times are in ticks,
/// mostly hundredths of a second, of all processors that perfgate may use together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineUse {
    /// Rounds that were added up.
    pub rounds: u32,
    /// Processors that perfgate may use.
    pub processors: u32,
    /// All the time that the processors had.
    pub capacity: u64,
    /// The time in which they ran something.
    pub busy: u64,
    /// The time in which that was perfgate, or a process that it started and whose end it saw.
    pub own: u64,
    /// The time that a hypervisor took for other machines.
    pub stolen: u64,
    /// How often a processor was slowed down because of its heat; `None` where that is not counted.
    pub throttles: Option<u64>,
    /// Lowest and highest of the limits on the processors' frequency that were in force, in kHz; `None` where there is none.
    pub frequency_caps: Option<[u64; 2]>,
    /// The share of processor time that a container may use; `None` where it may use all.
    pub quota: Option<QuotaUse>,
}

/// How a group of processes with a limited share of processor time got along with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaUse {
    /// Periods in which the group had work.
    pub periods: u64,
    /// Those in which it had to stop before their end, having used its share.
    pub stopped: u64,
}

impl MachineUse {
    /// The time that ran what is not perfgate's.
    pub fn others(&self) -> u64 {
        self.busy.saturating_sub(self.own)
    }

    /// Both together. A fact that one of them does not know is not known.
    #[must_use]
    pub fn and(&self, more: &Self) -> Self {
        let caps = self.frequency_caps.zip(more.frequency_caps);
        let quotas = self.quota.zip(more.quota);
        Self {
            rounds: self.rounds + more.rounds,
            processors: self.processors.max(more.processors),
            capacity: self.capacity + more.capacity,
            busy: self.busy + more.busy,
            own: self.own + more.own,
            stolen: self.stolen + more.stolen,
            throttles: self.throttles.zip(more.throttles).map(|(a, b)| a + b),
            frequency_caps: caps.map(|([low, high], [lower, higher])| [low.min(lower), high.max(higher)]),
            quota: quotas.map(|(a, b)| QuotaUse { periods: a.periods + b.periods, stopped: a.stopped + b.stopped }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_part_does_not_know_the_whole_does_not_know() {
        let part = MachineUse {
            rounds: 1,
            processors: 2,
            capacity: 200,
            busy: 90,
            own: 100,
            stolen: 1,
            throttles: Some(2),
            frequency_caps: Some([3_000, 3_000]),
            quota: Some(QuotaUse { periods: 9, stopped: 1 }),
        };
        let other = MachineUse { busy: 120, throttles: None, frequency_caps: Some([2_000, 4_000]), ..part.clone() };
        let both = part.and(&other);
        assert_eq!((both.rounds, both.capacity, both.stolen, both.throttles), (2, 400, 2, None));
        assert_eq!(both.others(), 10, "accounts that are a little off in one round are set right by another");
        assert_eq!(both.frequency_caps, Some([2_000, 4_000]));
        assert_eq!(both.quota, Some(QuotaUse { periods: 18, stopped: 2 }));
    }
}
