//! Service-level objectives and how they were kept: so many of all queries, within so much time.
//!
//! Here: an objective as documents have it, its names, and counts for each round. Not here: whether it is met (`objective`), how
//! it is written in the configuration (`config`).

use std::fmt;
use std::time::Duration;

/// A share of all queries, and the latency within which they are to be answered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Objective {
    share: f64,
    bound: u64,
}

/// Of how many queries so many were answered within the bound of an objective. A query that failed is not within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Within {
    /// Answered, and no later than the bound; at most `queries`.
    pub within: u64,
    /// All timed queries.
    pub queries: u64,
}

/// How an objective was kept in each round of a session; there is at least one query.
#[derive(Debug, Clone, PartialEq)]
pub struct Attainment {
    objective: Objective,
    rounds: Vec<Within>,
}

/// Why counts are not those of an objective.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NotAnAttainment {
    /// No share of queries that could be asked for.
    #[error("its share is {0}, not above 0 and below 1")]
    Share(f64),
    /// A bound that no query keeps.
    #[error("its bound is 0 ns")]
    Bound,
    /// A round with more queries within the bound than there were.
    #[error("round {}: {} of {} queries are within its bound", .0 + 1, .1.within, .1.queries)]
    MoreThanAll(usize, Within),
    /// No query at all, or more than can be counted.
    #[error("its rounds have no queries, or more than can be counted")]
    Uncountable,
}

impl Objective {
    /// From a share strictly between 0 and 1, and a bound above 0, in nanoseconds.
    pub fn new(share: f64, bound: u64) -> Result<Self, NotAnAttainment> {
        if !(share > 0.0 && share < 1.0) {
            return Err(NotAnAttainment::Share(share));
        }
        if bound == 0 {
            return Err(NotAnAttainment::Bound);
        }
        Ok(Self { share, bound })
    }

    /// So many of all queries; above 0 and below 1.
    pub fn share(self) -> f64 {
        self.share
    }

    /// Their latency, at most, in nanoseconds.
    pub fn bound(self) -> u64 {
        self.bound
    }

    /// The bound as people write it: `100 ms`.
    pub fn bound_in_words(self) -> String {
        let bound = format!("{:?}", Duration::from_nanos(self.bound));
        let unit = bound.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(bound.len());
        let (number, unit) = bound.split_at(unit);
        format!("{number} {unit}")
    }

    /// What a row about it is called, the same wherever it is written: `slo_p999_100ms`. The first two digits of the percentile
    /// are its percents, as in `latency_p999`; the bound is a whole number of the largest unit in which it is one.
    pub fn name(self) -> String {
        let percent = format!("{:09.6}", percent(self.share));
        let digits = percent.replace('.', "");
        let trimmed = digits.trim_end_matches('0');
        let digits = if trimmed.len() < 2 { digits.get(..2).unwrap_or(&digits) } else { trimmed };
        let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
        let whole = units.into_iter().find(|(size, _)| self.bound.is_multiple_of(*size));
        let (size, unit) = whole.unwrap_or((1, "ns"));
        format!("slo_p{digits}_{}{unit}", self.bound / size)
    }
}

/// In percent, without the digits that only come from binary fractions.
fn percent(share: f64) -> f64 {
    (share * 1e8).round() / 1e6
}

impl fmt::Display for Objective {
    /// `p99.9 < 100 ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{} < {}", percent(self.share), self.bound_in_words())
    }
}

impl Within {
    /// The share of the queries; `None` if there are none.
    pub fn share(self) -> Option<f64> {
        (self.queries > 0).then(|| self.within as f64 / self.queries as f64)
    }
}

impl Attainment {
    /// Checks that the counts can be true.
    pub fn new(objective: Objective, rounds: Vec<Within>) -> Result<Self, NotAnAttainment> {
        if let Some((round, wrong)) = rounds.iter().enumerate().find(|(_, round)| round.within > round.queries) {
            return Err(NotAnAttainment::MoreThanAll(round, *wrong));
        }
        let all = rounds.iter().try_fold(0_u64, |sum, round| sum.checked_add(round.queries));
        match all {
            None | Some(0) => Err(NotAnAttainment::Uncountable),
            Some(_) => Ok(Self { objective, rounds }),
        }
    }

    /// The objective.
    pub fn objective(&self) -> Objective {
        self.objective
    }

    /// The counts of each round, in the order in which they ran.
    pub fn rounds(&self) -> &[Within] {
        &self.rounds
    }

    /// The counts of all rounds together; there are queries.
    pub fn all(&self) -> Within {
        let sum = |sum: Within, round: &Within| Within {
            within: sum.within + round.within,
            queries: sum.queries + round.queries,
        };
        self.rounds.iter().fold(Within::default(), sum)
    }

    /// The share of all queries that were within the bound.
    pub fn share(&self) -> f64 {
        self.all().share().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objective(share: f64, bound: u64) -> Objective {
        Objective::new(share, bound).unwrap()
    }

    #[test]
    fn a_name_is_the_same_however_the_objective_was_written_and_another_for_another() {
        let named = [
            (0.999, 100_000_000, "slo_p999_100ms", "p99.9 < 100 ms"),
            (0.99, 1_500_000, "slo_p99_1500us", "p99 < 1.5 ms"),
            (0.9999, 90_000_000_000, "slo_p9999_90s", "p99.99 < 90 s"),
            (0.0999, 1, "slo_p0999_1ns", "p9.99 < 1 ns"),
            (0.5, 1_000, "slo_p50_1us", "p50 < 1 µs"),
            (0.05, 1_001, "slo_p05_1001ns", "p5 < 1.001 µs"),
            (0.9, 2_000, "slo_p90_2us", "p90 < 2 µs"),
            (0.999_999_9, 2_000, "slo_p9999999_2us", "p99.99999 < 2 µs"),
        ];
        for (share, bound, name, said) in named {
            let objective = objective(share, bound);
            assert_eq!((objective.name().as_str(), objective.to_string().as_str()), (name, said));
        }
    }

    #[test]
    fn rounds_add_up() {
        let rounds = vec![Within { within: 99, queries: 100 }, Within { within: 50, queries: 50 }];
        let attainment = Attainment::new(objective(0.99, 5), rounds).unwrap();
        assert_eq!(attainment.all(), Within { within: 149, queries: 150 });
        assert!((attainment.share() - 149.0 / 150.0).abs() < 1e-15);
    }

    #[test]
    fn counts_that_cannot_be_true_are_refused() {
        for share in [0.0, 1.0, -0.5, f64::NAN] {
            assert!(matches!(Objective::new(share, 5), Err(NotAnAttainment::Share(_))), "{share}");
        }
        assert_eq!(Objective::new(0.9, 0), Err(NotAnAttainment::Bound));
        let of = |rounds: &[(u64, u64)]| {
            let rounds = rounds.iter().map(|&(within, queries)| Within { within, queries }).collect();
            Attainment::new(objective(0.9, 5), rounds).unwrap_err().to_string()
        };
        assert_eq!(of(&[(1, 1), (3, 2)]), "round 2: 3 of 2 queries are within its bound");
        for none in [&[][..], &[(0, 0)], &[(0, u64::MAX), (0, 1)]] {
            assert_eq!(of(none), "its rounds have no queries, or more than can be counted");
        }
    }
}
