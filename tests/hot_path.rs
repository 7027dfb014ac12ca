//! What a query to a system in this process does not do: allocate, lock, call the operating system for anything but the clock.
//! Shown by counting and by forbidding, not by timing. A test binary of its own, because its allocator counts.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::num::NonZeroU32;
use std::time::Duration;

use perfgate::config::{Sampling, Scenario, Stopping};
use perfgate::dataset::Dataset;
use perfgate::scenario::{RoundPlan, RoundRecord, run_round};
use perfgate::sut::{
    Clock, Completion, EngineTimes, Interrupt, Nanos, OnThread, Outcome, Query, RoundSetting, Sut, SutError,
};

/// Answers at once. What it does besides is up to the test.
struct NullSut<F> {
    clock: Clock,
    answered: Option<(u64, Nanos)>,
    besides: F,
}

impl<F: FnMut(u64)> NullSut<F> {
    fn new(besides: F) -> Self {
        Self { clock: Clock::start(), answered: None, besides }
    }
}

impl<F: FnMut(u64)> Sut for NullSut<F> {
    fn start(&mut self, _: &RoundSetting) -> Result<(), SutError> {
        Ok(())
    }

    fn now(&self) -> Nanos {
        self.clock.now()
    }

    fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError> {
        (self.besides)(query.id);
        let issued = self.clock.now();
        self.answered = Some((query.id, self.clock.now()));
        Ok(issued)
    }

    fn answer(&mut self, _: Nanos) -> Result<Option<Completion>, SutError> {
        Ok(self.answered.take().map(|(id, at)| Completion { id, at, outcome: Outcome::Done }))
    }

    fn give_up(&mut self, query: u64) -> SutError {
        SutError::Engine(format!("query {query} was not answered"))
    }

    fn stop(&mut self) -> Result<(), SutError> {
        Ok(())
    }
}

fn single_stream(
    queries: u32,
    min_duration: Duration,
    dataset: Option<&Dataset>,
    besides: impl FnMut(u64),
) -> RoundRecord {
    single_stream_of(&mut NullSut::new(besides), queries, min_duration, dataset)
}

fn single_stream_of(sut: &mut dyn Sut, queries: u32, min_duration: Duration, dataset: Option<&Dataset>) -> RoundRecord {
    let queries = NonZeroU32::new(queries).unwrap();
    let stopping = Stopping { queries, min_duration, max_duration: None };
    let plan = RoundPlan {
        scenario: &Scenario::SingleStream,
        stopping: &stopping,
        sampling: Sampling::Permutation,
        warmup: 10,
        timeout: Duration::from_secs(60),
        sample_seed: 1,
        schedule: None,
        dataset,
    };
    run_round(sut, &plan).unwrap()
}

mod allocations {
    use std::cell::Cell;

    use super::*;

    const QUERIES: u32 = 2000;

    /// How many allocations a round of so many queries makes, from setting up to its record.
    fn allocations(queries: u32, dataset: Option<&Dataset>, besides: impl FnMut(u64)) -> u64 {
        let counted = allocation_counter::measure(|| {
            let record = single_stream(queries, Duration::ZERO, dataset, besides);
            assert_eq!(record.latencies.len(), queries as usize);
        });
        counted.count_total
    }

    fn labelled() -> Dataset {
        let rows: String = (0..16).map(|row| format!("{row},{}\n", row % 2)).collect();
        Dataset::from_csv(format!("x,label\n{rows}").as_bytes()).unwrap()
    }

    #[test]
    fn ten_times_the_queries_take_no_more_allocations() {
        let of = |queries| allocations(queries, None, |_| {});
        assert_eq!(of(10 * QUERIES), of(QUERIES));
    }

    #[test]
    fn nor_do_they_where_each_answer_is_held_against_a_label() {
        let data = labelled();
        let of = |queries| allocations(queries, Some(&data), |_| {});
        assert_eq!(of(10 * QUERIES), of(QUERIES));
    }

    /// A system whose every look at the clock takes a microsecond, so that a duration holds the same queries on every machine.
    struct Ticking {
        time: Cell<u64>,
        answered: Option<(u64, Nanos)>,
    }

    impl Sut for Ticking {
        fn start(&mut self, _: &RoundSetting) -> Result<(), SutError> {
            Ok(())
        }

        fn now(&self) -> Nanos {
            self.time.set(self.time.get() + 1000);
            Nanos(self.time.get())
        }

        fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError> {
            let issued = self.now();
            self.answered = Some((query.id, self.now()));
            Ok(issued)
        }

        fn answer(&mut self, _: Nanos) -> Result<Option<Completion>, SutError> {
            Ok(self.answered.take().map(|(id, at)| Completion { id, at, outcome: Outcome::Done }))
        }

        fn give_up(&mut self, query: u64) -> SutError {
            SutError::Engine(format!("query {query} was not answered"))
        }

        fn stop(&mut self) -> Result<(), SutError> {
            Ok(())
        }
    }

    #[test]
    fn nor_do_they_where_a_duration_decides_how_many_there_are() {
        let of = |millis| {
            let mut sut = Ticking { time: Cell::new(0), answered: None };
            let mut queries = 0;
            let counted = allocation_counter::measure(|| {
                queries = single_stream_of(&mut sut, 1, Duration::from_millis(millis), None).latencies.len();
            });
            (queries, counted.count_total)
        };
        let ((few, for_few), (many, for_many)) = (of(1), of(20));
        assert!(many > 10 * few && few > 10, "{many} queries in twenty times as long as {few}");
        assert_eq!(for_many, for_few);
    }

    /// Answers with the stages of the embedded engine.
    struct Staged(NullSut<fn(u64)>);

    impl Sut for Staged {
        fn start(&mut self, round: &RoundSetting) -> Result<(), SutError> {
            self.0.start(round)
        }

        fn now(&self) -> Nanos {
            self.0.now()
        }

        fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError> {
            self.0.issue(query)
        }

        fn answer(&mut self, until: Nanos) -> Result<Option<Completion>, SutError> {
            let times = EngineTimes { preprocess: Nanos(1), inference: Nanos(7), postprocess: Nanos(2) };
            let outcome = Outcome::Classified { classes: Vec::new(), times };
            Ok(self.0.answer(until)?.map(|answer| Completion { outcome, ..answer }))
        }

        fn give_up(&mut self, query: u64) -> SutError {
            self.0.give_up(query)
        }

        fn stop(&mut self) -> Result<(), SutError> {
            self.0.stop()
        }
    }

    #[test]
    fn nor_do_they_where_each_query_reports_the_times_of_its_stages() {
        let of = |queries| {
            let counted = allocation_counter::measure(|| {
                let mut sut = Staged(NullSut::new(|_| {}));
                let record = single_stream_of(&mut sut, queries, Duration::ZERO, None);
                assert_eq!(record.stages.reported("inference").count(), queries as usize);
            });
            counted.count_total
        };
        assert_eq!(of(10 * QUERIES), of(QUERIES));
    }

    #[test]
    fn a_system_on_a_thread_of_its_own_costs_the_issuing_thread_none_for_each_query_either() {
        let of = |queries| {
            std::thread::scope(|scope| {
                let overdue = |query: u64| SutError::Engine(format!("query {query} was not answered"));
                let mut sut = OnThread::spawn(scope, Interrupt::default(), overdue, |_, service| {
                    service.serve(&mut NullSut::new(|_| {}));
                });
                let counted = allocation_counter::measure(|| {
                    let record = single_stream_of(&mut sut, queries, Duration::ZERO, None);
                    assert_eq!(record.latencies.len(), queries as usize);
                });
                counted.count_total
            })
        };
        // The channel of the standard library takes memory for some thirty messages at once.
        let (few, many) = (of(QUERIES), of(10 * QUERIES));
        assert!(many - few < u64::from(9 * QUERIES / 16), "{many} for ten times the queries, {few} for one");
    }

    #[test]
    fn a_single_allocation_for_each_query_would_be_seen() {
        let of = |queries| allocations(queries, None, |id| drop(std::hint::black_box(Box::new(id))));
        assert_eq!(of(10 * QUERIES) - of(QUERIES), u64::from(9 * QUERIES));
    }
}

#[cfg(target_os = "linux")]
mod system_calls {
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Output};
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    const QUERIES: u64 = 100_000;
    /// Tells the test's own child what to do.
    const ROLE: &str = "PERFGATE_TEST_HOT_PATH";
    /// The signal with which the kernel ends a process that makes a forbidden call.
    const SIGSYS: i32 = 31;

    const ONLY_THE_CLOCK: &str = r#"{
        "hot-path": { "mismatch_action": "kill_process", "match_action": "allow", "filter": [{ "syscall": "clock_gettime" }] }
    }"#;

    /// From here on the kernel ends the whole process if this thread asks it for anything but the time.
    fn forbid_all_but_the_clock() {
        let arch = std::env::consts::ARCH.try_into().unwrap();
        let filters = seccompiler::compile_from_json(ONLY_THE_CLOCK.as_bytes(), arch).unwrap();
        seccompiler::apply_filter(&filters["hot-path"]).unwrap();
        // To free memory may be a call.
        std::mem::forget(filters);
    }

    /// The child: a round whose thread may call nothing from its first query on. When all are answered, the child ends as a
    /// test that passed; the thread, which cannot even end, is left spinning till then.
    fn run_queries(besides: impl Fn(u64) + Send + 'static) {
        static DONE: AtomicBool = AtomicBool::new(false);
        let thread = std::thread::spawn(move || {
            single_stream(u32::MAX, Duration::ZERO, None, |id| {
                if id == 0 {
                    forbid_all_but_the_clock();
                }
                besides(id);
                if id == QUERIES {
                    DONE.store(true, Ordering::Release);
                    loop {
                        std::hint::spin_loop();
                    }
                }
            })
        });
        while !DONE.load(Ordering::Acquire) {
            assert!(!thread.is_finished(), "the round ended before its last query");
            std::thread::yield_now();
        }
    }

    /// Runs the named test of this file in a process of its own.
    fn in_a_child(test: &str) -> Output {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args([&format!("system_calls::{test}"), "--exact"]).env(ROLE, test).output().unwrap()
    }

    fn is_child() -> bool {
        std::env::var_os(ROLE).is_some()
    }

    #[test]
    fn a_round_of_queries_makes_none_but_for_the_clock() {
        if is_child() {
            return run_queries(|_| {});
        }
        let child = in_a_child("a_round_of_queries_makes_none_but_for_the_clock");
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && said.contains("1 passed"), "{}\n{said}", child.status);
    }

    #[test]
    fn a_single_one_would_be_seen() {
        if is_child() {
            return run_queries(|id| {
                if id == QUERIES / 2 {
                    std::thread::yield_now();
                }
            });
        }
        assert_eq!(in_a_child("a_single_one_would_be_seen").status.signal(), Some(SIGSYS));
    }
}

/// A lock that nobody else holds calls nobody, so it is looked for by name.
#[test]
fn the_code_on_the_path_names_no_lock() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in
        ["scenario/one_at_a_time.rs", "scenario/round.rs", "scenario/samples.rs", "scenario/stages.rs", "sut/clock.rs"]
    {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        for lock in ["Mutex", "RwLock", "Condvar", "OnceLock", "LazyLock", "Barrier", "mpsc"] {
            assert!(!text.contains(lock), "{file} names {lock}");
        }
    }
}
