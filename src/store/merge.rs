//! What stays of a baseline when its commit is recorded again on the same machine. Pure.

use crate::result::{BenchmarkResult, RunResult};

/// A file holds no more sessions of a benchmark than this.
const MOST_SESSIONS: usize = 30;

/// So many stay when it would: not one less than before with each recording, so that few files are kept aside.
const STAY: usize = 20;

/// The old result and the new one together.
pub(super) struct Merged {
    /// What the file is to hold.
    pub result: RunResult,
    /// Whether it lacks something that the old one had.
    pub loses: bool,
}

/// Each benchmark of the new result becomes the next session of that benchmark; those that it does not have stay as they were.
///
/// It takes the old one's place where the two are not sessions of the same: they measured other things, or one of them a modified
/// tree, whose code is not that of the commit.
pub(super) fn merge(old: RunResult, new: &RunResult) -> Merged {
    let of_commit = !old.dirty && !new.dirty;
    let mut loses = false;
    let mut joined = |benchmark: &BenchmarkResult| {
        let Some(earlier) = old.benchmark(&benchmark.name) else { return benchmark.clone() };
        let Some(all) = benchmark.after(earlier).filter(|_| of_commit) else {
            loses = true;
            return benchmark.clone();
        };
        if all.sessions() <= MOST_SESSIONS {
            return all;
        }
        loses = true;
        // The latencies of all sessions are one sum, out of which none can be taken: it begins anew.
        BenchmarkResult { latencies: benchmark.latencies.clone(), ..all.last_sessions(STAY) }
    };
    let mut result = RunResult { benchmarks: new.benchmarks.iter().map(&mut joined).collect(), ..new.clone() };
    let stays = |benchmark: &BenchmarkResult| new.benchmark(&benchmark.name).is_none();
    let stay: Vec<BenchmarkResult> = old.benchmarks.iter().filter(|benchmark| stays(benchmark)).cloned().collect();
    // A document is clean only if all of it is.
    result.dirty |= old.dirty && !stay.is_empty();
    result.benchmarks.extend(stay);
    Merged { result, loses }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{Direction, Distribution, Metric, RoundValues, Unit};

    fn result(name: &str, value: f64, dirty: bool) -> RunResult {
        let metric = Metric {
            name: "latency_p50".to_owned(),
            unit: Unit::nanoseconds(),
            direction: Direction::LowerIsBetter,
            rounds: RoundValues::new(vec![value, value]).unwrap(),
            gate: true,
        };
        RunResult { dirty, ..RunResult::imported(vec![BenchmarkResult::imported(name, vec![metric])]) }
    }

    fn sessions(result: &RunResult, name: &str) -> Vec<f64> {
        let rounds = &result.benchmark(name).unwrap().metrics[0].rounds;
        rounds.sessions().map(|session| session[0]).collect()
    }

    #[test]
    fn a_benchmark_gains_a_session_and_the_others_stay() {
        let first = merge(result("a", 1.0, false), &result("b", 2.0, false));
        let second = merge(first.result, &result("a", 3.0, false));
        assert!(!first.loses && !second.loses);
        assert_eq!((sessions(&second.result, "a"), sessions(&second.result, "b")), (vec![1.0, 3.0], vec![2.0]));
    }

    #[test]
    fn a_modified_tree_is_no_session_of_the_commit() {
        for (before, now) in [(true, false), (false, true), (true, true)] {
            let Merged { result: merged, loses } = merge(result("a", 1.0, before), &result("a", 2.0, now));
            assert!(loses);
            assert_eq!((sessions(&merged, "a"), merged.dirty), (vec![2.0], now));
        }
        let kept = merge(result("a", 1.0, true), &result("b", 2.0, false));
        assert!(!kept.loses && kept.result.dirty);
    }

    #[test]
    fn of_too_many_sessions_the_last_stay() {
        let mut all = result("a", 0.0, false);
        let mut losses = Vec::new();
        for session in 1..=45 {
            let merged = merge(all, &result("a", f64::from(session), false));
            all = merged.result;
            if merged.loses {
                losses.push(session);
            }
        }
        assert_eq!(losses, [30, 41]);
        assert_eq!(sessions(&all, "a").first(), Some(&22.0));
        assert_eq!(sessions(&all, "a").last(), Some(&45.0));
    }

    #[test]
    fn latencies_are_those_of_all_sessions_since_some_were_lost() {
        let recorded = || {
            let mut result = result("a", 1.0, false);
            result.benchmarks[0].latencies = Distribution::of([7, 8]);
            result
        };
        let counts = (1..45).scan(recorded(), |all, _| {
            *all = merge(all.clone(), &recorded()).result;
            all.benchmarks[0].latencies.as_ref().map(Distribution::count)
        });
        let counts: Vec<u64> = counts.collect();
        assert_eq!(counts[..3], [4, 6, 8]);
        assert_eq!(counts[28..31], [60, 2, 4], "of 31 sessions the last 20 stay");
    }
}
