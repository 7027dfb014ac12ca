//! What all rounds so far say about the loads: which seem to meet the objective, and where that ends.
//!
//! All of it is an opinion that tells the search where to look. What is shown is shown by a `proof`, on fresh rounds.

use super::seen::Seen;
use crate::config::Objective;
use crate::stats::{Counts, one_sample};

/// One round, by the load under which it ran.
#[derive(Debug, Clone, PartialEq)]
pub struct Noted {
    /// Queries per second, as they were scheduled.
    pub load: f64,
    /// How many times as long as usual it lasted.
    pub length: u32,
    /// The proof that it was a part of.
    pub proof: Option<usize>,
    /// What became of it.
    pub round: Round,
}

/// What became of a round.
#[derive(Debug, Clone, PartialEq)]
pub enum Round {
    /// It came to its end.
    Seen(Seen),
    /// The system failed as a whole.
    Lost {
        /// Queries that would have been judged.
        queries: u64,
        /// What happened.
        why: String,
    },
}

impl Round {
    /// Judged queries, with those within the bound; `None` for a round that says nothing because the load generator was late.
    pub fn within(&self) -> Option<Counts> {
        match self {
            Self::Seen(seen) => (!seen.late).then_some(seen.within),
            Self::Lost { queries, .. } => Some(Counts { successes: 0, trials: (*queries).max(1) }),
        }
    }

    /// The same for who must not think too well of the system: see [`Seen::at_worst`].
    pub fn at_worst(&self) -> Option<Counts> {
        match self {
            Self::Seen(seen) => (!seen.late).then_some(seen.at_worst()),
            Self::Lost { .. } => self.within(),
        }
    }

    /// What it left behind, if it did.
    pub fn seen(&self) -> Option<&Seen> {
        match self {
            Self::Seen(seen) => Some(seen),
            Self::Lost { .. } => None,
        }
    }

    /// Whether the load generator was late, so that it says nothing.
    pub fn is_late(&self) -> bool {
        self.seen().is_some_and(|seen| seen.late)
    }
}

/// What the rounds under one load say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opinion {
    /// Not enough yet.
    None,
    /// It seems to meet the objective.
    Meets,
    /// It seems to violate it.
    Violates,
    /// The load generator was late in most rounds: nothing is known of the system.
    Late,
    /// It seems to meet the objective, but its latency grows from the beginning of a round to the end: with longer rounds it
    /// might not.
    Grows,
}

/// The rounds of one load that count.
#[derive(Debug, Clone)]
pub struct Load<'a> {
    /// Queries per second.
    pub load: f64,
    /// Those that ran for long enough, late ones too.
    pub rounds: Vec<&'a Round>,
    over: f64,
    trials: f64,
}

/// A round that is this far on one side says enough alone.
const CLEARLY: f64 = 3.0;

/// A generator that is late in a round or two may have been disturbed by something else on the machine.
const FEWEST_LATE: usize = 5;

/// A latency that grows within a round by less than this share of the bound grows by nothing that matters.
const LEAST_GROWTH: f64 = 0.05;

/// One round alone must show more.
const GROWTH_OF_ONE: f64 = 0.25;

/// How certain it must be that a latency grows.
const GROWTH_ALPHA: f64 = 0.01;

impl<'a> Load<'a> {
    /// These rounds of this load.
    pub fn new(load: f64, rounds: Vec<&'a Round>) -> Self {
        let valid = rounds.iter().filter_map(|round| round.within());
        let (over, trials) = valid.fold((0.0, 0.0), |(over, trials), counts| {
            (over + counts.trials.saturating_sub(counts.successes) as f64, trials + counts.trials as f64)
        });
        Self { load, rounds, over, trials }
    }

    /// Judged queries.
    pub fn trials(&self) -> f64 {
        self.trials
    }

    /// What its rounds say, once there are `enough` of them or they are clear.
    pub fn opinion(&self, objective: &Objective, enough: usize) -> Opinion {
        let late = self.rounds.iter().filter(|round| round.is_late()).count();
        let valid = self.rounds.len() - late;
        if late >= FEWEST_LATE && late >= valid {
            return Opinion::Late;
        }
        if valid == 0 || (valid < enough && !self.is_clear(objective)) {
            return Opinion::None;
        }
        if self.over_share() > objective.may_exceed() {
            Opinion::Violates
        } else if grows(&self.rounds, objective) {
            Opinion::Grows
        } else {
            Opinion::Meets
        }
    }

    /// Judged queries over the bound, as a share.
    fn over_share(&self) -> f64 {
        self.over / self.trials.max(1.0)
    }

    fn is_clear(&self, objective: &Objective) -> bool {
        let (over, may) = (self.over, self.trials * objective.may_exceed());
        let stopped = self.rounds.iter().any(|round| round.seen().is_none_or(|seen| seen.overloaded));
        let far_within = || {
            let latencies = self.rounds.iter().filter_map(|round| round.seen()?.latency);
            latencies.map(|latency| latency.at_share).fold(0.0, f64::max) <= objective.bound_nanos() as f64 / 2.0
        };
        let few = over * CLEARLY <= may && (may >= CLEARLY || far_within());
        stopped || over > CLEARLY * may + 5.0 || few
    }
}

/// Whether latency grows within these rounds, beyond chance and by an amount that matters: the queue does not come to rest.
pub fn grows(rounds: &[&Round], objective: &Objective) -> bool {
    let of = |round: &&Round| round.seen().filter(|seen| !seen.late && !seen.overloaded)?.latency;
    let growths: Vec<f64> = rounds.iter().filter_map(of).map(|latency| latency.growth).collect();
    let bound = objective.bound_nanos() as f64;
    match growths.as_slice() {
        [] => false,
        [one] => *one > GROWTH_OF_ONE * bound,
        several => match one_sample(several, 0.0) {
            Ok(test) => test.estimate > LEAST_GROWTH * bound && test.p_value < 2.0 * GROWTH_ALPHA,
            // All alike.
            Err(_) => several.iter().all(|growth| *growth > LEAST_GROWTH * bound),
        },
    }
}

/// Loads in ascending order, each with the share of its queries over the bound, made to ascend with the load: the least squares
/// fit of a function that does not fall. A load that violates by chance, below others that meet, is outvoted by them.
///
/// Source: the pool-adjacent-violators algorithm, M. Ayer et al., An empirical distribution function for sampling with
/// incomplete information, Annals of Mathematical Statistics 26 (1955) 641–647.
pub fn ascending(loads: &[Load<'_>]) -> Vec<(f64, f64)> {
    struct Pool {
        over: f64,
        trials: f64,
        members: usize,
    }
    let share = |pool: &Pool| pool.over / pool.trials;
    let mut pools: Vec<Pool> = Vec::new();
    let known = || loads.iter().filter(|load| load.trials > 0.0);
    for load in known() {
        let mut pool = Pool { over: load.over, trials: load.trials, members: 1 };
        while let Some(before) = pools.pop_if(|before| share(before) >= share(&pool)) {
            pool.over += before.over;
            pool.trials += before.trials;
            pool.members += before.members;
        }
        pools.push(pool);
    }
    let shares = pools.iter().flat_map(|pool| std::iter::repeat_n(share(pool), pool.members));
    known().map(|load| load.load).zip(shares).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::seen::{Latency, Usage};

    fn objective() -> Objective {
        "p90 < 10ms".parse().unwrap()
    }

    fn round(over: u64, trials: u64) -> Round {
        let latency = Latency { mean: 8e6, median: 8e6, at_share: 9e6, growth: 0.0 };
        Round::Seen(Seen {
            within: Counts { successes: trials - over, trials },
            latency: Some(latency),
            throughput: 1.0,
            arrivals: None,
            failed: 0,
            first_failure: None,
            lateness: 0,
            late: false,
            overloaded: false,
            usage: Usage::default(),
        })
    }

    fn changed(round: Round, change: impl Fn(&mut Seen)) -> Round {
        let Round::Seen(mut seen) = round else { unreachable!() };
        change(&mut seen);
        Round::Seen(seen)
    }

    fn opinion(rounds: &[Round]) -> Opinion {
        Load::new(1.0, rounds.iter().collect()).opinion(&objective(), 3)
    }

    #[test]
    fn three_rounds_or_a_clear_one_make_an_opinion() {
        assert_eq!(opinion(&[]), Opinion::None);
        assert_eq!(opinion(&[round(9, 100), round(9, 100)]), Opinion::None);
        assert_eq!(opinion(&[round(9, 100), round(12, 100), round(9, 100)]), Opinion::Meets);
        assert_eq!(opinion(&[round(9, 100), round(13, 100), round(9, 100)]), Opinion::Violates);
        assert_eq!(opinion(&[round(90, 100)]), Opinion::Violates);
        assert_eq!(opinion(&[round(1, 100)]), Opinion::Meets);
        assert_eq!(opinion(&[Round::Lost { queries: 100, why: "gone".to_owned() }]), Opinion::Violates);
        assert_eq!(opinion(&[changed(round(11, 100), |seen| seen.overloaded = true)]), Opinion::Violates);
    }

    #[test]
    fn late_rounds_say_nothing_and_most_of_them_say_so() {
        let late = || changed(round(90, 100), |seen| seen.late = true);
        assert_eq!(opinion(&[late()]), Opinion::None);
        assert_eq!(opinion(&[late(), late(), late(), late()]), Opinion::None, "something else may have disturbed it");
        assert_eq!(opinion(&[late(), late(), late(), late(), late()]), Opinion::Late);
        assert_eq!(opinion(&[late(), round(1, 100), round(1, 100), round(1, 100)]), Opinion::Meets);
    }

    #[test]
    fn latency_that_grows_through_every_round_is_no_rest() {
        let growing = |by: f64| changed(round(1, 100), move |seen| seen.latency.as_mut().unwrap().growth = by);
        assert_eq!(opinion(&[growing(2e6)]), Opinion::Meets, "one round may grow by chance");
        assert_eq!(opinion(&[growing(3e6)]), Opinion::Grows);
        assert_eq!(opinion(&[growing(1e6), growing(1.1e6), growing(0.9e6)]), Opinion::Grows);
        assert_eq!(opinion(&[growing(1e6), growing(-1e6), growing(2e6)]), Opinion::Meets);
        assert_eq!(opinion(&[growing(1e5), growing(1.1e5), growing(0.9e5)]), Opinion::Meets, "too little to matter");
    }

    #[test]
    fn a_load_that_is_out_of_line_is_outvoted() {
        let rounds: Vec<Vec<Round>> = [1, 30, 2, 3, 40].iter().map(|&over| vec![round(over, 100)]).collect();
        let loads: Vec<Load<'_>> =
            rounds.iter().zip(1..).map(|(rounds, load)| Load::new(f64::from(load), rounds.iter().collect())).collect();
        let fitted = ascending(&loads);
        assert_eq!(fitted.iter().map(|(load, _)| *load).collect::<Vec<_>>(), [1.0, 2.0, 3.0, 4.0, 5.0]);
        let shares: Vec<f64> = fitted.iter().map(|(_, share)| *share).collect();
        let pooled = 35.0 / 300.0;
        for (share, expected) in shares.iter().zip([0.01, pooled, pooled, pooled, 0.40]) {
            assert!((share - expected).abs() < 1e-12, "{shares:?}");
        }
    }
}
