use super::*;
use crate::usage::{Cost, Spent};

const MIB: u64 = 1 << 20;

pub fn observed(time: u64) -> Observed {
    Observed {
        spent: Spent { user: time, ..Spent::NOTHING },
        peak: Peak::Known(20 * MIB),
        threads: Some(3),
        ready: Some(10),
        samples: (1..=3).map(|at| Sample { at: 100 * at, time: 150 * at, resident: at * MIB }).collect(),
        left: Vec::new(),
        cost: Cost { time: 7, meanwhile: 4, span: 1000, looks: 3, longest_gap: Some(100) },
    }
}

fn round(usage: Option<Observed>) -> RoundRecord {
    RoundRecord { latencies: vec![5; 8], untimed: 2, serving: Some(500), usage, ..RoundRecord::default() }
}

fn benchmark(system: &str) -> Benchmark {
    let text = format!("[[benchmark]]\nname = \"x\"\n{system}\n");
    crate::config::parse(&text).unwrap().benchmarks.remove(0)
}

fn names(metrics: &[Metric]) -> Vec<&str> {
    metrics.iter().map(|metric| metric.name.as_str()).collect()
}

#[test]
fn what_every_round_knows_is_a_metric_that_is_not_judged() {
    let metrics = resource_metrics(&[round(Some(observed(9))), round(Some(observed(11)))], &[]);
    assert_eq!(metrics.len(), METRICS.len());
    assert!(metrics.iter().all(|metric| !metric.gate));
    let values = |name: &str| metrics.iter().find(|metric| metric.name == name).unwrap().rounds.as_slice().to_vec();
    assert_eq!(values("cpu_time"), [9.0, 11.0]);
    assert_eq!(values("cpu_time_per_query"), [50.0, 50.0], "of 2 untimed and 8 timed queries");
    assert_eq!(values("rss_peak"), [(20 * MIB) as f64; 2]);
    assert_eq!((values("threads_peak"), values("switches_voluntary")), (vec![3.0; 2], vec![0.0; 2]));
}

#[test]
fn what_one_round_does_not_know_is_unavailable_and_says_why() {
    let mut hidden = observed(9);
    hidden.peak = Peak::Below(12_000_000);
    hidden.spent.disk_read = None;
    let rounds = [round(Some(observed(9))), round(Some(hidden))];
    let metrics = resource_metrics(&rounds, &[]);
    assert!(!names(&metrics).contains(&"rss_peak") && !names(&metrics).contains(&"disk_read"));
    let resources = resources(&benchmark("command = [\"x\"]"), &rounds).unwrap();
    let [peak, disk] = resources.unavailable.as_slice() else { panic!("{:?}", resources.unavailable) };
    assert_eq!(
        (peak.metrics.as_slice(), disk.metrics.as_slice()),
        (&["rss_peak".to_owned()][..], &["disk_read".to_owned()][..])
    );
    assert!(peak.why.contains("at most 12.0 MB"), "{}", peak.why);
}

#[test]
fn a_service_that_perfgate_did_not_start_has_no_figures_at_all() {
    let rounds = [RoundRecord { usage: None, ..round(None) }];
    assert_eq!(resource_metrics(&rounds, &[]), []);
    let service = benchmark("http = \"http://127.0.0.1:1/\"");
    let resources = resources(&service, &rounds).unwrap();
    assert_eq!((resources.watching, resources.course.len()), (None, 0));
    let [all] = resources.unavailable.as_slice() else { panic!("{:?}", resources.unavailable) };
    assert_eq!(all.metrics.len(), METRICS.len());
    assert!(all.why.contains("did not start the service"), "{}", all.why);
}

#[test]
fn a_benchmark_that_nobody_is_to_watch_says_nothing() {
    assert_eq!(resources(&benchmark("command = [\"x\"]\nresources = false"), &[round(None)]), None);
}

#[test]
fn a_metric_of_the_systems_own_stands() {
    let own = Metric {
        name: "rss_peak".to_owned(),
        unit: Unit::new("B"),
        direction: Direction::LowerIsBetter,
        rounds: RoundValues::new(vec![1.0]).unwrap(),
        gate: true,
    };
    assert!(!names(&resource_metrics(&[round(Some(observed(1)))], &[own])).contains(&"rss_peak"));
}

#[test]
fn windows_follow_each_other_and_lose_no_processor_time() {
    let of = |count: u64| -> Vec<Sample> {
        (0..count).map(|at| Sample { at: 7 + 100 * at, time: 130 * at, resident: at % 5 }).collect()
    };
    for count in [1, 2, 31, 32, 33, 100, 4095] {
        let made = windows(&of(count));
        assert!(made.len() <= MOST_USE_WINDOWS && made.len() == (count as usize).min(MOST_USE_WINDOWS), "{count}");
        assert_eq!(made.last().unwrap().until, 7 + 100 * (count - 1));
        let mut from = 0;
        let time: f64 = made
            .iter()
            .map(|window| {
                let time = window.processors * (window.until - from) as f64;
                from = window.until;
                time
            })
            .sum();
        assert!((time - (130 * (count - 1)) as f64).abs() < 1e-3, "{count}: {time}");
    }
    assert_eq!(windows(&of(100)).iter().map(|window| window.resident).max(), Some(4), "the most, not the mean");
    assert_eq!(windows(&[]), []);
}

#[test]
fn the_course_has_rounds_from_the_first_to_the_last() {
    let rounds: Vec<RoundRecord> = (0..30).map(|_| round(Some(observed(1)))).collect();
    let resources = resources(&benchmark("worker = [\"x\"]"), &rounds).unwrap();
    let kept: Vec<usize> = resources.course.iter().map(|round| round.round).collect();
    assert_eq!(kept, [0, 4, 8, 12, 17, 21, 25, 29]);
    let watching = resources.watching.unwrap();
    assert_eq!((watching.looks, watching.cpu_time, watching.longest_gap), (90, 210, Some(100)));
    assert!((watching.share - 0.004).abs() < 1e-12);
}
