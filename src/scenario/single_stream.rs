//! Single-stream: the next query only after the last has been answered (MLPerf's first scenario).

use super::{RoundRecord, SampleOrder};
use crate::config::Load;
use crate::dataset::Dataset;
use crate::sut::{Nanos, Query, Sut, SutError};

/// Runs the timed part of a round, after the warm-up, over a system that was started. It ends when both minima of `load`
/// are met; the duration is the time in which the system worked, not the load generator.
///
/// Accuracy is counted over the first `load.queries` queries: the same samples in every round, however fast the system
/// is.
pub fn single_stream(
    sut: &mut dyn Sut,
    load: Load,
    mut samples: SampleOrder,
    dataset: Option<&Dataset>,
) -> Result<RoundRecord, SutError> {
    let mut id = 0;
    let mut warmup = samples.clone();
    for sample in warmup.by_ref().take(load.warmup as usize) {
        sut.query(Query { id, samples: &[sample] })?;
        id += 1;
    }
    let queries = u64::from(load.queries.get());
    let Nanos(min_duration) = Nanos::from(load.min_duration);
    let mut record = RoundRecord { latencies: Vec::with_capacity(load.queries.get() as usize), ..Default::default() };
    let mut issued = 0;
    while issued < queries || record.busy < min_duration {
        let Some(sample) = samples.next() else { break };
        let completion = sut.query(Query { id, samples: &[sample] })?;
        let judge = dataset.filter(|_| issued < queries);
        record.add(completion, &[sample], judge);
        id += 1;
        issued += 1;
        if issued >= MOST_QUERIES {
            break;
        }
    }
    Ok(record)
}

/// A system whose queries take no measurable time must not keep a round going for ever.
const MOST_QUERIES: u64 = 10_000_000;

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::*;
    use crate::sut::fake::FakeSut;
    use crate::sut::{Completion, Outcome};

    fn load(warmup: u32, queries: u32, min_nanos: u64) -> Load {
        Load { warmup, queries: NonZeroU32::new(queries).unwrap(), min_duration: Duration::from_nanos(min_nanos) }
    }

    #[test]
    fn the_warm_up_is_asked_but_not_timed() {
        let mut sut = FakeSut::with_latencies(&[1000, 1000, 7, 8, 9]);
        let record = single_stream(&mut sut, load(2, 3, 0), SampleOrder::counted(), None).unwrap();
        assert_eq!(record.latencies, [7, 8, 9]);
        assert_eq!(record.busy, 24);
        assert_eq!(sut.asked, [0, 1, 0, 1, 2], "the timed part starts at the beginning of the order");
    }

    #[test]
    fn both_minima_must_be_met() {
        let asked = |queries, nanos| {
            let mut sut = FakeSut::with_latencies(&[10]);
            single_stream(&mut sut, load(0, queries, nanos), SampleOrder::counted(), None).unwrap().latencies.len()
        };
        assert_eq!(asked(5, 20), 5);
        assert_eq!(asked(1, 45), 5);
    }

    #[test]
    fn failed_queries_are_counted_and_have_no_latency() {
        let done = Completion { latency: Nanos(10), outcome: Outcome::Done };
        let failed = Completion { latency: Nanos(1), outcome: Outcome::Failed("no".to_owned()) };
        let mut sut = FakeSut::new([done, failed]);
        let record = single_stream(&mut sut, load(0, 4, 0), SampleOrder::counted(), None).unwrap();
        assert_eq!((record.latencies.len(), record.failed, record.busy), (2, 2, 22));
        assert_eq!(record.first_failure.as_deref(), Some("no"));
    }

    #[test]
    fn accuracy_counts_the_first_queries_only() {
        let data = Dataset::from_csv(b"x,label\n1,0\n2,1\n").unwrap();
        let class = Completion { latency: Nanos(10), outcome: Outcome::Class(0) };
        let mut sut = FakeSut::new([class]);
        let order = SampleOrder::permutations(2, 1);
        let record = single_stream(&mut sut, load(1, 2, 1000), order, Some(&data)).unwrap();
        assert_eq!(record.latencies.len(), 100);
        assert_eq!((record.judged, record.correct), (2, 1));
    }
}
