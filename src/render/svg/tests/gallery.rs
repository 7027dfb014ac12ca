//! Plots of everything that can come: what is usual, and what is odd.

pub use crate::render::tests::samples;

use crate::gate::{Method, Row};
use crate::history::{self, History, Recorded};
use crate::plot::{self, Measure, PartOfTime, Plot, Shown};
use crate::result::{
    BenchmarkResult, Course, Direction, Distribution, RoundCourse, RoundUse, RoundValues, RunResult, Stage, Unit,
    UseWindow, Window,
};

/// Latencies around a middle, with a long tail, always the same.
pub fn latencies(middle: u64, count: u64) -> Distribution {
    let one = |at: u64| {
        let share = (at as f64 + 0.5) / count as f64;
        let tail = if share > 0.98 { 1.0 + (share - 0.98) * 40.0 } else { 1.0 };
        (middle as f64 * (0.9 + 0.2 * share.powi(2)) * tail) as u64
    };
    Distribution::of((0..count).map(one)).unwrap()
}

/// So many rounds over two seconds each, with a warm-up that settles.
pub fn course_of(rounds: usize) -> Course {
    let window = |at: u64, level: u64, high: u64| Window { at, low: level * 9 / 10, median: level, high, queries: 40 };
    let round = |number: usize| {
        let off = number as u64 * 30_000;
        let warm_up =
            (0..8).map(|at| window(at * 50_000_000, 6_000_000 - at * 230_000 + off, 7_000_000 - at * 200_000));
        let timed = (0..24).map(|at| {
            let high = if at == 17 && number == 0 { 9_400_000 } else { 4_700_000 + at * 7919 % 13 * 20_000 };
            window(400_000_000 + at * 80_000_000, 4_100_000 + at * 6007 % 11 * 17_000 + off, high)
        });
        RoundCourse { round: number * 2, warm_up: warm_up.collect(), timed: timed.collect() }
    };
    Course { rounds: (0..rounds).map(round).collect() }
}

pub fn rounds_of(unit: &str, shown: &[Shown<'_, RoundValues>], paired: bool) -> Plot {
    let unit = Unit::new(unit);
    let metric = Measure { name: "latency_p99", unit: &unit, direction: Direction::LowerIsBetter, samples: None };
    plot::rounds(&metric, shown, paired).unwrap()
}

fn values(values: &[f64]) -> RoundValues {
    RoundValues::new(values.to_vec()).unwrap()
}

fn alone<T>(of: &T) -> [Shown<'_, T>; 1] {
    [Shown { label: "this 3f2a91c", of }]
}

fn both<'a, T>(base: &'a T, candidate: &'a T) -> [Shown<'a, T>; 2] {
    [Shown { label: "main 8be01d4", of: base }, Shown { label: "this 3f2a91c", of: candidate }]
}

/// What there is to draw, each with a name.
pub fn everything() -> Vec<(String, Plot)> {
    let mut all = Vec::new();
    all.extend(of_latencies());
    all.extend(of_courses());
    all.extend(of_rounds());
    all.extend(of_throughput());
    all.extend(of_forests());
    all.extend(of_trends());
    all.extend(of_stages());
    all.extend(of_use());
    all.into_iter().map(|(name, plot)| (name.to_owned(), plot)).collect()
}

fn of_latencies() -> Vec<(&'static str, Plot)> {
    let (base, candidate) = (latencies(4_100_000, 14_000), latencies(4_900_000, 14_000));
    let wide = Distribution::of((0..20_000_u64).map(|at| (at % 97 + 1).pow(2) * 1000 + at)).unwrap();
    let far = Distribution::of((0..1000).map(|at| 1000 + at).chain([60_000_000_000])).unwrap();
    let one = Distribution::of([4_000_000]).unwrap();
    let two = Distribution::of([10, 10, 12]).unwrap();
    let odd = Distribution::of([0, 0, u64::MAX]).unwrap();
    let every = Distribution::of((0..63).flat_map(|power| [1_u64 << power, (1 << power) + (1 << power) / 3])).unwrap();
    let distribution = |shown: &[Shown<'_, Distribution>]| plot::distribution(shown).unwrap();
    let tail = |shown: &[Shown<'_, Distribution>]| plot::tail(shown).unwrap();
    vec![
        ("distribution", distribution(&both(&base, &candidate))),
        ("distribution alone", distribution(&alone(&base))),
        ("distribution wide", distribution(&both(&wide, &candidate))),
        ("distribution far out", distribution(&alone(&far))),
        ("distribution one", distribution(&alone(&one))),
        ("distribution two", distribution(&both(&two, &two))),
        ("distribution odd", distribution(&alone(&odd))),
        ("distribution every", distribution(&both(&every, &every))),
        ("tail", tail(&both(&base, &candidate))),
        ("tail wide", tail(&both(&wide, &far))),
        ("tail one", tail(&alone(&one))),
        ("tail two", tail(&alone(&two))),
        ("tail odd", tail(&both(&odd, &every))),
    ]
}

fn of_courses() -> Vec<(&'static str, Plot)> {
    let course = |of: &Course| plot::course(Shown { label: "this 3f2a91c", of }).unwrap();
    let window = Window { at: 5, low: 0, median: 0, high: u64::MAX, queries: 1 };
    let last = Window { at: u64::MAX, low: u64::MAX, median: u64::MAX, high: u64::MAX, queries: 1 };
    let odd = RoundCourse { round: 0, warm_up: vec![], timed: vec![window, last] };
    vec![
        ("course", course(&course_of(8))),
        ("course of one round", course(&course_of(1))),
        ("course odd", course(&Course { rounds: vec![odd] })),
    ]
}

fn of_rounds() -> Vec<(&'static str, Plot)> {
    let base = values(&samples::within(0.03, 4.12e6, 14));
    let candidate = values(&samples::within(0.03, 4.95e6, 14));
    let sessions = RoundValues::of_sessions(samples::within(0.05, 4.3e6, 40), &[10; 4]).unwrap();
    let many = values(&(0..10_000).map(|at| 1e6 + f64::from(at * 7919 % 100_003)).collect::<Vec<_>>());
    let more = values(&(0..10_000).map(|at| 1.1e6 + f64::from(at * 6007 % 100_003)).collect::<Vec<_>>());
    let huge = values(&[1e18, 1.2e18, 0.9e18]);
    let digits = values(&[1e18, 1e18 + 256.0]);
    let signs = values(&[-4.0, 3.0, 0.0, 12.0]);
    vec![
        ("rounds paired", rounds_of("ns", &both(&base, &candidate), true)),
        ("rounds of sessions", rounds_of("ns", &both(&sessions, &candidate), false)),
        ("rounds alone", rounds_of("ns", &alone(&base), false)),
        ("rounds one", rounds_of("ns", &alone(&values(&[4e6])), false)),
        ("rounds constant", rounds_of("B", &both(&values(&[1e6; 10]), &values(&[1e6; 10])), true)),
        ("rounds zero", rounds_of("ratio", &both(&values(&[0.0; 5]), &values(&[0.0, 0.0, 0.01, 0.0, 0.0])), true)),
        ("rounds negative", rounds_of("°C", &alone(&signs), false)),
        ("rounds huge", rounds_of("B", &alone(&huge), false)),
        ("rounds of the same digits", rounds_of("items", &alone(&digits), false)),
        ("rounds tiny", rounds_of("s", &alone(&values(&[3e-17, 2e-17, 2.5e-17])), false)),
        ("rounds wide", rounds_of("1/s", &alone(&values(&[3.0, 2e9, 80.0, 4e6])), false)),
        ("rounds of all sizes", rounds_of("x", &alone(&values(&[1e-300, 1e300])), false)),
        ("rounds of both signs", rounds_of("x", &alone(&values(&[f64::MIN, f64::MAX])), false)),
        ("rounds many", rounds_of("ns", &both(&many, &more), true)),
        ("rounds many beside", rounds_of("ns", &both(&many, &more), false)),
    ]
}

fn of_throughput() -> Vec<(&'static str, Plot)> {
    let side = |rate: f64, latency: f64| -> BenchmarkResult {
        let metrics = vec![
            samples::metric("throughput", "1/s", samples::within(0.1, rate, 12)),
            samples::metric("latency_p99", "ns", samples::within(0.15, latency, 12)),
        ];
        samples::benchmark("digits/server", metrics)
    };
    let (base, candidate) = (side(18_400.0, 4.1e6), side(17_300.0, 4.9e6));
    vec![
        ("throughput", plot::throughput(&both(&base, &candidate)).unwrap()),
        ("throughput alone", plot::throughput(&alone(&base)).unwrap()),
    ]
}

fn of_forests() -> Vec<(&'static str, Plot)> {
    let usual = samples::judged(&samples::usual(), Method::SideBySide);
    let few = samples::judged(&samples::sides([samples::latency("digits/server", 1.2)]), Method::SideBySide);
    let huge = [samples::latency("digits/server", 90.0), samples::latency("digits/offline", 0.4)];
    let huge = samples::judged(&samples::sides(huge), Method::SideBySide);
    let hostile = samples::hostile();
    let forest = |rows: &[Row]| plot::forest(&rows.iter().collect::<Vec<_>>()).drawings.remove(0);
    vec![
        ("forest", forest(&usual.rows)),
        ("forest of one", forest(&few.rows)),
        ("forest huge", forest(&huge.rows)),
        ("forest of names", forest(&hostile.rows)),
    ]
}

fn of_stages() -> Vec<(&'static str, Plot)> {
    let part = |name: &str, share: f64, interval: Option<[f64; 2]>, in_tail: Option<f64>| PartOfTime {
        name: name.to_owned(),
        share,
        interval,
        in_tail,
    };
    let usual = [
        part("model", 0.71, Some([0.68, 0.74]), Some(0.4)),
        part("postprocess", 0.12, Some([0.1, 0.14]), Some(0.52)),
        part("preprocess", 0.09, Some([0.085, 0.095]), Some(0.03)),
        part("outside", 0.08, Some([0.05, 0.11]), Some(0.05)),
    ];
    let hostile: Vec<PartOfTime> =
        samples::hostile_names().iter().map(|name| part(name, 0.1, Some([0.0, 0.3]), None)).collect();
    let odd = [part("a", 1e9, Some([-1.0, 2e9]), Some(0.0)), part("b", 0.0, None, None)];
    let stages: Vec<Stage> = ["model", "postprocess", "preprocess", "decode", "encode", "store"]
        .iter()
        .zip([2_900_000, 500_000, 370_000, 90_000, 21_000, 9000])
        .map(|(name, middle)| Stage { name: (*name).to_owned(), times: latencies(middle, 4000) })
        .collect();
    let all: Vec<&Stage> = stages.iter().collect();
    let zero = Stage { name: "zero".to_owned(), times: Distribution::of([0, 0, u64::MAX]).unwrap() };
    vec![
        ("shares", plot::shares(&usual, Some(0.01)).unwrap()),
        ("shares of names", plot::shares(&hostile, None).unwrap()),
        ("shares odd", plot::shares(&odd, Some(0.05)).unwrap()),
        ("stages", plot::stage_tails(&all[..3], Some(&latencies(4_100_000, 4000))).unwrap()),
        ("stages many", plot::stage_tails(&all, None).unwrap()),
        ("stages odd", plot::stage_tails(&[&zero], None).unwrap()),
    ]
}

fn of_use() -> Vec<(&'static str, Plot)> {
    let round = |number: usize| {
        let window = |at: u64| UseWindow {
            until: (at + 1) * 60_000_000,
            processors: if at < 4 { 1.9 } else { 0.9 + (at * 7919 % 13) as f64 * 0.02 },
            resident: (40 << 20) + at.min(6) * (9 << 20) + number as u64 * 4096,
        };
        RoundUse { round: number * 2, ready: Some(220_000_000), windows: (0..32).map(window).collect() }
    };
    let rounds: Vec<RoundUse> = (0..8).map(round).collect();
    let still = RoundUse { round: 0, ready: None, windows: vec![UseWindow { until: 1, processors: 0.0, resident: 0 }] };
    vec![
        ("processors", plot::processors(&rounds).unwrap()),
        ("processors of one round", plot::processors(&rounds[..1]).unwrap()),
        ("processors idle", plot::processors(std::slice::from_ref(&still)).unwrap()),
        ("memory", plot::memory(&rounds).unwrap()),
        ("memory none", plot::memory(&[still]).unwrap()),
    ]
}

/// A history of a metric: the level of each commit, and the machine.
fn history(levels: impl Iterator<Item = (f64, &'static str)>) -> History {
    let recorded = levels.enumerate().map(|(number, (level, machine))| {
        let noisy = level * (1.0 + 0.01 * ((number * 7 % 5) as f64 - 2.0));
        let metric = samples::metric("latency_p50", "ns", samples::within(0.02, noisy, 8));
        let result = RunResult {
            environment: Some(samples::machine(machine)),
            ..samples::result("8", vec![samples::benchmark("digits/server", vec![metric])])
        };
        Recorded {
            commit: format!("{:040x}", number * 7_919_000_123 + 3_000_000_000)
                .chars()
                .rev()
                .collect::<String>()
                .parse()
                .unwrap(),
            subject: format!("commit {number}"),
            commits_since: (number > 0).then_some(1),
            results: vec![result],
        }
    });
    let course = history::Course { permutations: 999, ..history::Course::default() };
    history::history(recorded.collect(), &[], &course)
}

fn of_trends() -> Vec<(&'static str, Plot)> {
    let trend = |history: &History| plot::trend(history, &history.series[0]).unwrap();
    let stepped = |at: usize| {
        if at < 25 {
            4.1e6
        } else if at < 40 {
            4.9e6
        } else {
            4.4e6
        }
    };
    let moved = |at: usize| (4.1e6, if (20..30).contains(&at) { "amd-4c" } else { "intel-2c" });
    vec![
        ("trend", trend(&history((0..60).map(|at| (stepped(at), "intel-2c"))))),
        ("trend of one", trend(&history([(4e6, "intel-2c")].into_iter()))),
        ("trend of two machines", plot_of_most(&history((0..50).map(moved)))),
        ("trend of many", trend(&history((0..700).map(|at| (4.1e6 + (at * 7919 % 1000) as f64 * 1e3, "intel-2c"))))),
    ]
}

/// Of the machine that measured most.
fn plot_of_most(history: &History) -> Plot {
    let series = history.series.iter().max_by_key(|series| series.points.len()).unwrap();
    plot::trend(history, series).unwrap()
}
