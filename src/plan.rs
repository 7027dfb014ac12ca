//! What will run, and in which order: decided before anything starts, from the configuration and a seed.
//!
//! Here: rounds, their order, what is shuffled. Pure. Not here: running it (`measure`).

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::config::Benchmark;

/// The rounds of a run, in the order in which they will run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Passes over the subjects, each with at most one round of every subject: whoever stops after a pass has the same
    /// number of rounds of all, and a machine that drifts drifts for all.
    pub passes: Vec<Vec<Step>>,
    /// The seed that everything random comes from.
    pub seed: u64,
}

/// One round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Index into the subjects: the benchmarks that were planned; side by side, see [`Pairs`].
    pub subject: usize,
    /// Counted from 0.
    pub round: u32,
    /// Bytes by which the environment of the system's processes is lengthened.
    pub padding: usize,
}

/// Largest shift of the stack: one page, in steps that keep its 16-byte alignment.
const LARGEST_PADDING: usize = 4096;

/// Plans the rounds of these benchmarks, one subject each: pass by pass, shuffled inside a pass.
pub fn plan(benchmarks: &[Benchmark], seed: u64) -> Plan {
    let mut order = generator(seed, "order");
    let mut paddings = generator(seed, "padding");
    let most = benchmarks.iter().map(|benchmark| benchmark.rounds.get()).max().unwrap_or(0);
    let passes = (0..most)
        .map(|round| {
            let mut pass: Vec<Step> = benchmarks
                .iter()
                .enumerate()
                .filter(|(_, benchmark)| round < benchmark.rounds.get())
                .map(|(subject, _)| Step { subject, round, padding: padding(&mut paddings) })
                .collect();
            pass.shuffle(&mut order);
            pass
        })
        .collect();
    Plan { passes, seed }
}

/// Rounds of benchmarks side by side, pass by pass, for as long as anybody asks. Benchmark *i* has the subjects 2*i* (base) and
/// 2*i* + 1 (candidate), whose rounds follow each other directly. Which of the two goes first is drawn for every other pair and
/// turned round in the next (ABBA or BAAB), so that a drift of the machine's speed, if it is even, cancels out within two pairs.
#[derive(Debug, Clone)]
pub struct Pairs {
    order: Pcg64Mcg,
    sides: Pcg64Mcg,
    padding: Pcg64Mcg,
    benchmarks: Vec<Pair>,
}

/// How far a benchmark has come.
#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    rounds: u32,
    base_first: bool,
}

impl Pairs {
    /// For so many benchmarks.
    pub fn new(benchmarks: usize, seed: u64) -> Self {
        Self {
            order: generator(seed, "order"),
            sides: generator(seed, "sides"),
            padding: generator(seed, "padding"),
            benchmarks: vec![Pair::default(); benchmarks],
        }
    }

    /// The benchmarks that `chosen` picks by number and rounds so far, in a new random order.
    pub fn turns(&mut self, chosen: impl Fn(usize, u32) -> bool) -> Vec<usize> {
        let wanted = |(number, pair): &(usize, &Pair)| chosen(*number, pair.rounds);
        let mut turns: Vec<usize> =
            self.benchmarks.iter().enumerate().filter(wanted).map(|(number, _)| number).collect();
        turns.shuffle(&mut self.order);
        turns
    }

    /// The pairs of rounds that a benchmark has had.
    pub fn rounds(&self, benchmark: usize) -> u32 {
        self.benchmarks.get(benchmark).map_or(0, |pair| pair.rounds)
    }

    /// The next pair of rounds of a benchmark.
    pub fn next(&mut self, benchmark: usize) -> Vec<Step> {
        let Some(pair) = self.benchmarks.get_mut(benchmark) else { return Vec::new() };
        pair.base_first = if pair.rounds.is_multiple_of(2) { self.sides.random() } else { !pair.base_first };
        let round = pair.rounds;
        pair.rounds += 1;
        let sides = [2 * benchmark, 2 * benchmark + 1];
        let order = if pair.base_first { [0, 1] } else { [1, 0] };
        let step = |side: usize| sides.get(side).map(|&subject| Step { subject, round, padding: 0 });
        order.into_iter().filter_map(step).map(|step| Step { padding: padding(&mut self.padding), ..step }).collect()
    }
}

/// After how many rounds look `look` is taken, if the first is taken after `first`: each time about 1.4 times as many, so that
/// two looks double them.
pub fn rounds_at_look(first: u32, look: u32) -> u32 {
    let growth = 2_f64.powf(f64::from(look) / 2.0);
    (f64::from(first) * growth).round() as u32
}

/// A shift of the stack, drawn anew for every round.
fn padding(generator: &mut Pcg64Mcg) -> usize {
    generator.random_range(0..=LARGEST_PADDING / 16) * 16
}

/// Rounds of one subject without end, no two with the same arrivals: for whoever does not know beforehand how many it takes.
pub fn fresh_rounds(seed: u64) -> impl Iterator<Item = Step> {
    let mut paddings = generator(seed, "padding");
    (0..=u32::MAX).map(move |round| Step { subject: 0, round, padding: padding(&mut paddings) })
}

impl Plan {
    /// How many rounds there are in all.
    pub fn rounds(&self) -> usize {
        self.passes.iter().map(Vec::len).sum()
    }
}

/// The seed of one benchmark's sample order: the same for every run with the same seed, whatever else is measured.
pub fn sample_seed(seed: u64, benchmark: &str) -> u64 {
    generator(seed, benchmark).random()
}

/// The seed of one round's arrivals: another in every round, and the same on both sides of a pair.
pub fn arrival_seed(seed: u64, benchmark: &str, round: u32) -> u64 {
    generator(seed ^ u64::from(round).wrapping_mul(0x9e37_79b9_7f4a_7c15), benchmark).random()
}

/// The shift of the stack of an arm of an A/B test in a round.
pub fn arm_padding(seed: u64, round: u32, is_second: bool) -> usize {
    let concern = if is_second { "padding of B" } else { "padding of A" };
    padding(&mut generator(seed ^ u64::from(round).wrapping_mul(0x9e37_79b9_7f4a_7c15), concern))
}

/// One generator per concern, so that a change in one does not shift the other.
fn generator(seed: u64, concern: &str) -> Pcg64Mcg {
    // FNV-1a: short, and the same on every machine and in every version.
    let hash = concern
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    Pcg64Mcg::seed_from_u64(seed ^ hash)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;
    use crate::config::{Percentile, Sampling, Scenario, Stopping, System};

    fn benchmark(name: &str, rounds: u32) -> Benchmark {
        Benchmark {
            name: name.to_owned(),
            system: System::Onnx(PathBuf::from("model.onnx")),
            dataset: None,
            scenario: Scenario::SingleStream,
            sampling: Sampling::default(),
            rounds: NonZeroU32::new(rounds).unwrap(),
            warmup: 0,
            stopping: Stopping { queries: NonZeroU32::MIN, min_duration: Duration::ZERO, max_duration: None },
            percentile: Percentile::from_share(0.9).unwrap(),
            latency_bound: None,
            objectives: Vec::new(),
            counters: Vec::new(),
            resources: crate::config::Resources::Off,
            timeout: Duration::from_secs(1),
            max_error_rate: 0.0,
            max_lateness: 0.1,
        }
    }

    #[test]
    fn every_pass_has_each_benchmark_once_until_its_rounds_are_done() {
        let plan = plan(&[benchmark("a", 3), benchmark("b", 1), benchmark("c", 3)], 5);
        let mut seen: Vec<Vec<usize>> =
            plan.passes.iter().map(|pass| pass.iter().map(|step| step.subject).collect()).collect();
        seen.iter_mut().for_each(|pass| pass.sort_unstable());
        assert_eq!(seen, [vec![0, 1, 2], vec![0, 2], vec![0, 2]]);
        assert_eq!(plan.rounds(), 7);
    }

    #[test]
    fn the_seed_fixes_order_and_padding() {
        let benchmarks: Vec<Benchmark> = (0..8).map(|n| benchmark(&n.to_string(), 6)).collect();
        assert_eq!(plan(&benchmarks, 1), plan(&benchmarks, 1));
        assert_ne!(plan(&benchmarks, 1).passes, plan(&benchmarks, 2).passes);
        let orders: Vec<Vec<usize>> =
            plan(&benchmarks, 1).passes.iter().map(|pass| pass.iter().map(|step| step.subject).collect()).collect();
        assert!(orders.windows(2).any(|pair| pair[0] != pair[1]), "the order inside a pass is shuffled anew");
    }

    #[test]
    fn side_by_side_both_sides_follow_each_other_and_the_next_pair_turns_them_round() {
        let mut pairs = Pairs::new(2, 5);
        let mut base_first = vec![Vec::new(); 2];
        for round in 0..8 {
            for benchmark in pairs.turns(|_, _| true) {
                let steps = pairs.next(benchmark);
                let mut subjects: Vec<usize> = steps.iter().map(|step| step.subject).collect();
                base_first[benchmark].push(subjects[0].is_multiple_of(2));
                subjects.sort_unstable();
                assert_eq!(subjects, [2 * benchmark, 2 * benchmark + 1]);
                assert!(steps.iter().all(|step| step.round == round));
            }
        }
        for firsts in base_first {
            assert!(firsts.chunks(2).all(|block| block[0] != block[1]), "{firsts:?}");
            assert!(firsts.chunks(2).any(|block| block[0] != firsts[0]), "which side begins is drawn: {firsts:?}");
        }
    }

    #[test]
    fn only_those_that_are_chosen_take_their_turn() {
        let mut pairs = Pairs::new(3, 1);
        pairs.next(1);
        assert_eq!(pairs.turns(|number, rounds| number > 0 && rounds == 0), [2]);
        assert_eq!(pairs.turns(|_, _| true).len(), 3);
    }

    #[test]
    fn padding_keeps_the_stack_aligned_and_varies() {
        let plan = plan(&[benchmark("a", 50)], 3);
        let paddings: Vec<usize> = plan.passes.iter().flatten().map(|step| step.padding).collect();
        assert!(paddings.iter().all(|padding| padding % 16 == 0 && *padding <= LARGEST_PADDING));
        assert!(paddings.iter().any(|padding| *padding != paddings[0]));
    }

    #[test]
    fn the_sample_order_depends_on_the_benchmark_and_the_seed_only() {
        assert_eq!(sample_seed(1, "a"), sample_seed(1, "a"));
        assert_ne!(sample_seed(1, "a"), sample_seed(1, "b"));
        assert_ne!(sample_seed(1, "a"), sample_seed(2, "a"));
    }

    #[test]
    fn looks_double_the_rounds_every_other_time() {
        let rounds: Vec<u32> = (0..7).map(|look| rounds_at_look(10, look)).collect();
        assert_eq!(rounds, [10, 14, 20, 28, 40, 57, 80]);
    }
}
