//! Every warning on data made for it, and how often each comes on data without a fault.

mod machine;
mod pace;
mod slowdown;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64Mcg;

use super::*;
use crate::config::{CommandLine, Http, Percentile, Sampling, Server, Spacing, Stopping, System};
use crate::result::QuotaUse;
use crate::scenario::metrics;

const MILLISECOND: f64 = 1e6;

fn benchmark(scenario: Scenario) -> Benchmark {
    let words = CommandLine { program: "w".to_owned(), arguments: Vec::new() };
    Benchmark {
        name: "t".to_owned(),
        system: System::Worker(words),
        dataset: None,
        scenario,
        sampling: Sampling::default(),
        rounds: NonZeroU32::new(10).unwrap(),
        warmup: 10,
        stopping: Stopping { queries: NonZeroU32::MIN, min_duration: Duration::ZERO, max_duration: None },
        percentile: Percentile::P90,
        latency_bound: None,
        objectives: Vec::new(),
        timeout: Duration::from_secs(1),
        max_error_rate: 0.0,
        max_lateness: 0.1,
        counters: Vec::new(),
        resources: crate::config::Resources::Off,
    }
}

fn server(rate: Rate) -> Scenario {
    Scenario::Server(Server { traffic: Traffic::Open { spacing: Spacing::Even, rate }, max_async: None })
}

/// Where noise comes from.
struct Noise(Pcg64Mcg);

impl Noise {
    fn seeded(seed: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(seed))
    }

    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// A factor around 1 with this spread.
    fn factor(&mut self, spread: f64) -> f64 {
        (spread * self.normal()).exp()
    }

    fn happens(&mut self, share: f64) -> bool {
        self.0.random::<f64>() < share
    }

    /// Rounds of as many latencies, in milliseconds, each from its round, its position and more noise.
    fn rounds(
        &mut self,
        [rounds, queries]: [usize; 2],
        mut latency: impl FnMut(&mut Self, usize, usize) -> f64,
    ) -> Vec<RoundRecord> {
        let mut round = |round: usize| {
            let one = |query: usize| (latency(self, round, query) * MILLISECOND) as u64;
            record((0..queries).map(one).collect())
        };
        (0..rounds).map(&mut round).collect()
    }
}

fn record(latencies: Vec<u64>) -> RoundRecord {
    let (samples, busy) = (latencies.len() as u64, latencies.iter().sum());
    RoundRecord { latencies, samples, busy, span: busy, ..RoundRecord::default() }
}

fn diagnosis_of(scenario: Scenario, rounds: &[RoundRecord]) -> Diagnosis {
    let metrics = metrics(rounds, &scenario, 0.0).unwrap();
    diagnose(&benchmark(scenario), rounds, &metrics, None)
}

fn codes(diagnosis: &Diagnosis) -> Vec<&str> {
    diagnosis.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

/// The only warning of a single stream.
#[track_caller]
fn only(rounds: &[RoundRecord]) -> (String, String) {
    let diagnosis = diagnosis_of(Scenario::SingleStream, rounds);
    assert_eq!(diagnosis.warnings.len(), 1, "{:#?}", diagnosis.warnings);
    let warning = diagnosis.warnings[0].clone();
    (warning.code, warning.message)
}

fn figure(diagnosis: &Diagnosis, name: &str) -> (f64, bool) {
    let figure = diagnosis.figures.iter().find(|figure| figure.name == name).unwrap();
    (figure.value, figure.held)
}

/// How many of so many results each warning is in.
fn rates(results: u64, mut rounds: impl FnMut(&mut Noise) -> Vec<RoundRecord>) -> BTreeMap<String, u64> {
    let mut rates = BTreeMap::new();
    for seed in 0..results {
        for code in codes(&diagnosis_of(Scenario::SingleStream, &rounds(&mut Noise::seeded(seed)))) {
            *rates.entry(code.to_owned()).or_insert(0) += 1;
        }
    }
    rates
}

mod without_a_fault {
    use super::*;

    const RESULTS: u64 = 500;

    /// No warning in more than one of 500 results: seen that seldom, it comes in fewer than 1 % with a confidence of 95 %.
    #[track_caller]
    fn assert_rare(rates: &BTreeMap<String, u64>) {
        println!("of {RESULTS} results: {rates:?}");
        assert!(rates.values().all(|results| *results <= 1), "{rates:?}");
    }

    #[test]
    fn plain_noise_is_not_warned_about() {
        assert_rare(&rates(RESULTS, |noise| noise.rounds([10, 100], |noise, _, _| noise.factor(0.05))));
    }

    #[test]
    fn wide_skewed_noise_is_not_warned_about() {
        assert_rare(&rates(RESULTS, |noise| noise.rounds([10, 100], |noise, _, _| noise.factor(0.3))));
    }

    #[test]
    fn rounds_that_differ_and_now_and_then_a_pause_are_not_warned_about() {
        let rates = rates(RESULTS, |noise| {
            let levels: Vec<f64> = (0..10).map(|_| noise.factor(0.03)).collect();
            noise.rounds([10, 100], |noise, round, _| {
                let pause = if noise.happens(0.03) { 5.0 } else { 1.0 };
                levels[round] * pause * noise.factor(0.05)
            })
        });
        assert_rare(&rates);
    }

    #[test]
    fn few_rounds_are_not_warned_about() {
        assert_rare(&rates(RESULTS, |noise| noise.rounds([3, 50], |noise, _, _| noise.factor(0.05))));
    }

    #[test]
    fn many_rounds_are_not_warned_about() {
        assert_rare(&rates(RESULTS, |noise| noise.rounds([40, 30], |noise, _, _| noise.factor(0.1))));
    }

    #[test]
    fn samples_that_take_longer_than_others_are_not_warned_about() {
        // The same in every round: what differs is what is asked, not how fast it is answered. Every sixth is four times as large.
        let rates = rates(RESULTS, |noise| {
            let sizes: Vec<f64> =
                (0..100).map(|_| noise.factor(0.5) * if noise.happens(1.0 / 6.0) { 4.0 } else { 1.0 }).collect();
            noise.rounds([10, 100], |noise, _, query| sizes[query] * noise.factor(0.05))
        });
        assert_rare(&rates);
    }

    #[test]
    fn a_coarse_clock_is_not_warned_about() {
        let rates =
            rates(RESULTS, |noise| noise.rounds([10, 100], |noise, _, _| (noise.factor(0.05) * 10.0).round() / 10.0));
        assert_rare(&rates);
    }

    #[test]
    fn latencies_without_any_noise_have_no_figure_that_is_no_number() {
        let diagnosis = diagnosis_of(Scenario::SingleStream, &vec![record(vec![1000; 100]); 10]);
        assert!(diagnosis.warnings.is_empty(), "{:?}", diagnosis.warnings);
        assert!(diagnosis.figures.iter().all(|figure| figure.value.is_finite()), "{:?}", diagnosis.figures);
        let nothing = diagnosis_of(Scenario::SingleStream, &vec![record(vec![0; 100]); 10]);
        assert!(nothing.figures.iter().all(|figure| figure.value.is_finite()), "{:?}", nothing.figures);
    }
}

mod rounds_and_queries {
    use super::*;

    #[test]
    fn a_median_of_two_queries_is_their_slowest() {
        let rounds = Noise::seeded(1).rounds([10, 2], |noise, _, _| noise.factor(0.05));
        let (code, message) = only(&rounds);
        assert_eq!(code, "few-samples");
        assert!(message.contains("`latency_p50` rests on 2 queries a round, so it is their slowest"), "{message}");
        assert!(message.contains("`queries = 5`"), "{message}");
        let enough = Noise::seeded(1).rounds([10, 10], |noise, _, _| noise.factor(0.05));
        assert_eq!(codes(&diagnosis_of(Scenario::SingleStream, &enough)), [""; 0]);
    }

    #[test]
    fn many_outliers_are_counted() {
        let rounds = Noise::seeded(2).rounds([10, 100], |noise, _, _| {
            let far = noise.happens(0.16);
            noise.factor(0.02) * if far { 1.8 } else { 1.0 }
        });
        let (code, message) = only(&rounds);
        assert_eq!(code, "outliers");
        assert!(message.contains("in 10 of 10 rounds"), "{message}");
        let diagnosis = diagnosis_of(Scenario::SingleStream, &rounds);
        let (share, held) = figure(&diagnosis, "outlier_share");
        assert!(share > 0.1 && share < 0.2 && !held, "{share}");
    }

    #[test]
    fn extreme_outliers_count_twice_as_much() {
        let rounds = Noise::seeded(3).rounds([10, 100], |noise, _, _| {
            let far = noise.happens(0.07);
            noise.factor(0.02) * if far { 1.8 } else { 1.0 }
        });
        let diagnosis = diagnosis_of(Scenario::SingleStream, &rounds);
        assert!(codes(&diagnosis).contains(&"outliers"), "{:?}", diagnosis.warnings);
        assert!(figure(&diagnosis, "outlier_share").1 && !figure(&diagnosis, "extreme_outlier_share").1);
    }

    #[test]
    fn rounds_that_vary_widely_say_which_change_they_can_see() {
        let mut noise = Noise::seeded(4);
        let levels: Vec<f64> = (0..10).map(|_| noise.factor(0.2)).collect();
        let rounds = noise.rounds([10, 100], |noise, round, _| levels[round] * noise.factor(0.02));
        let (code, message) = only(&rounds);
        assert_eq!(code, "high-variation");
        assert!(message.contains(" between rounds ") && message.contains("only changes of about "), "{message}");
    }

    #[test]
    fn one_disturbed_round_is_no_variation() {
        let rounds = Noise::seeded(4).rounds([10, 100], |noise, round, _| {
            let level = if round == 3 { 4.0 } else { 1.0 };
            level * noise.factor(0.02)
        });
        let diagnosis = diagnosis_of(Scenario::SingleStream, &rounds);
        assert_eq!(codes(&diagnosis), [""; 0]);
        let (share, held) = figure(&diagnosis, "coefficient_of_variation");
        assert!(share > 0.5 && held, "{share}");
    }

    #[test]
    fn queries_that_resemble_the_one_before_are_seen() {
        let mut slow = false;
        let rounds = Noise::seeded(5).rounds([10, 100], |noise, _, _| {
            slow = if noise.happens(0.1) { !slow } else { slow };
            noise.factor(0.03) * if slow { 1.08 } else { 1.0 }
        });
        let (code, message) = only(&rounds);
        assert_eq!(code, "autocorrelation");
        assert!(message.starts_with("queries resemble"), "{message}");
    }

    #[test]
    fn queries_in_a_queue_may_resemble_each_other() {
        let mut level = 0.0;
        let rounds = Noise::seeded(6).rounds([10, 100], |noise, _, _| {
            level = 0.8 * level + 0.1 * noise.normal();
            f64::exp(level)
        });
        assert_eq!(codes(&diagnosis_of(Scenario::SingleStream, &rounds)), ["autocorrelation"]);
        assert_eq!(codes(&diagnosis_of(server(Rate::Constant(10.0)), &rounds)), [""; 0]);
    }

    #[test]
    fn a_machine_that_slows_down_over_the_rounds_is_seen() {
        let rounds =
            Noise::seeded(7).rounds([10, 100], |noise, round, _| (1.0 + 0.012 * round as f64) * noise.factor(0.05));
        let (code, message) = only(&rounds);
        assert_eq!(code, "drift");
        assert!(message.starts_with("`latency_p50` rose steadily, by "), "{message}");
        let faster: Vec<RoundRecord> = rounds.into_iter().rev().collect();
        let (code, message) = only(&faster);
        assert_eq!(code, "drift");
        assert!(message.starts_with("`latency_p50` fell steadily, by "), "{message}");
    }

    #[test]
    fn five_rounds_tell_no_drift_and_six_tell_one_that_is_never_a_fall_by_more_than_all() {
        let drift = |count: usize| {
            let rounds = Noise::seeded(8).rounds([count, 100], |noise, round, _| {
                0.2_f64.powi(i32::try_from(round).unwrap()) * noise.factor(0.01)
            });
            let diagnosis = diagnosis_of(Scenario::SingleStream, &rounds);
            diagnosis.figures.into_iter().find(|figure| figure.name == "drift")
        };
        assert_eq!(drift(5), None);
        let fall = drift(6).unwrap();
        assert!(!fall.held && (-1.0..-0.99).contains(&fall.value), "{fall:?}");
    }

    #[test]
    fn rounds_that_resemble_the_one_before_are_seen() {
        let levels: Vec<f64> = (0..40).map(|round| 1.0 + 0.05 * (f64::from(round) / 2.0).sin()).collect();
        let rounds = Noise::seeded(9).rounds([40, 30], |noise, round, _| levels[round] * noise.factor(0.02));
        let (code, message) = only(&rounds);
        assert_eq!(code, "round-autocorrelation");
        assert!(message.starts_with("rounds resemble"), "{message}");
    }

    #[test]
    fn offline_only_the_rounds_are_looked_at() {
        // Each batch waits for those before it.
        let rounds = Noise::seeded(10).rounds([10, 100], |noise, _, query| (query + 1) as f64 * noise.factor(0.01));
        let scenario = Scenario::Offline { batch_size: NonZeroU32::MIN, max_async: None };
        let diagnosis = diagnosis_of(scenario, &rounds);
        assert_eq!(codes(&diagnosis), [""; 0]);
        let names: Vec<&str> = diagnosis.figures.iter().map(|figure| figure.name.as_str()).collect();
        assert_eq!(names, ["coefficient_of_variation", "drift", "round_autocorrelation"]);
    }
}

mod warm_up {
    use super::*;

    /// The first queries take longer, by less and less.
    fn warming(queries: usize, ends: f64) -> Vec<RoundRecord> {
        Noise::seeded(11)
            .rounds([10, queries], |noise, _, query| (1.0 + 2.0 * (-(query as f64) / ends).exp()) * noise.factor(0.05))
    }

    #[test]
    fn a_warm_up_that_has_not_ended_is_measured() {
        let (code, message) = only(&warming(100, 6.0));
        assert_eq!(code, "warm-up");
        assert!(message.contains("after 10 queries and takes about"), "{message}");
        let wanted: u64 = message.rsplit_once("`warmup = ").unwrap().1.trim_end_matches('`').parse().unwrap();
        assert!((20..=50).contains(&wanted), "{message}");
    }

    #[test]
    fn a_warm_up_longer_than_half_a_round_is_said_to_be() {
        let (code, message) = only(&warming(60, 40.0));
        assert_eq!(code, "warm-up");
        assert!(message.contains("lasts for half a round") && message.ends_with("`warmup = 70`"), "{message}");
    }

    #[test]
    fn a_round_that_begins_faster_is_none() {
        let rounds = Noise::seeded(12)
            .rounds([10, 100], |noise, _, query| if query < 20 { 0.5 } else { 1.0 } * noise.factor(0.05));
        assert!(!codes(&diagnosis_of(Scenario::SingleStream, &rounds)).contains(&"warm-up"));
    }

    #[test]
    fn a_slow_start_of_changing_traffic_is_none() {
        let rounds = warming(100, 6.0);
        assert_eq!(codes(&diagnosis_of(server(Rate::Constant(10.0)), &rounds)), ["warm-up"]);
        let ramp = Rate::Ramp { from: 90.0, to: 10.0, over: Duration::from_secs(1) };
        assert_eq!(codes(&diagnosis_of(server(ramp), &rounds)), [""; 0]);
    }
}
