//! Long runs in virtual time against the formulas of queueing theory. Tolerances are four standard errors, found from the means
//! of 40 stretches of the run; seeds are fixed, so that the tests cannot fail by chance.

use std::cell::RefCell;
use std::rc::Rc;

use rand::SeedableRng;
use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64Mcg;

use super::*;

const QUERIES: u64 = 400_000;
const STRETCHES: usize = 40;
/// Mean service time.
const SERVICE: f64 = 1e6;

/// What theory says of M/D/1, as the study of real time has it.
#[path = "../../../studies/queueing/md1.rs"]
pub(crate) mod md1;

enum Service {
    Exponential,
    Constant,
}

/// Latencies and waits of a run, in nanoseconds.
struct Run {
    latencies: Vec<f64>,
    waits: Vec<f64>,
}

fn run(load: f64, service: &Service) -> Run {
    let mut random = Pcg64Mcg::seed_from_u64(99);
    let services = Rc::new(RefCell::new(Vec::new()));
    let noted = Rc::clone(&services);
    let exponential = matches!(service, Service::Exponential);
    let mut sut = FakeSut::new(1, move |_| {
        let unit: f64 = if exponential { Exp1.sample(&mut random) } else { 1.0 };
        let service = (unit * SERVICE) as u64;
        noted.borrow_mut().push(service as f64);
        (service, Outcome::Done)
    });
    let schedule = Schedule::open(Spacing::Poisson, &Rate::Constant(load * 1e9 / SERVICE), QUERIES, 0, 5);
    let record = serve(&mut sut, &open_server(), &schedule);
    // The queue begins empty; what it needs to fill up is left out.
    let latencies: Vec<f64> = record.latencies.iter().skip(20_000).map(|&latency| latency as f64).collect();
    let services = services.borrow();
    let waits =
        latencies.iter().zip(services.iter().skip(20_000)).map(|(latency, service)| latency - service).collect();
    Run { latencies, waits }
}

/// A statistic over the whole run and four standard errors of it.
fn estimate(latencies: &[f64], statistic: impl Fn(&[f64]) -> f64) -> (f64, f64) {
    let parts: Vec<f64> = latencies.chunks(latencies.len() / STRETCHES).map(&statistic).collect();
    let error = crate::stats::standard_deviation(&parts).unwrap() / (parts.len() as f64).sqrt();
    (statistic(latencies), 4.0 * error)
}

fn percentile(share: f64) -> impl Fn(&[f64]) -> f64 {
    move |values| {
        // The value that has the percentile's rank, without sorting all the others.
        let mut values = values.to_vec();
        let rank = (values.len() as f64 * share) as usize;
        *values.select_nth_unstable_by(rank, f64::total_cmp).1
    }
}

#[track_caller]
fn agree(what: &str, (measured, tolerance): (f64, f64), theory: f64) {
    assert!(
        (measured - theory).abs() <= tolerance && tolerance < 0.35 * theory,
        "{what}: {measured} ± {tolerance}, theory says {theory}"
    );
}

const LOADS: [f64; 3] = [0.5, 0.8, 0.95];
const SHARES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

#[test]
fn m_m_1_has_exponential_sojourn_times() {
    for load in LOADS {
        let run = run(load, &Service::Exponential);
        // The time in the system is exponential with mean s / (1 − ρ), of which ρ s / (1 − ρ) is waited.
        let mean = SERVICE / (1.0 - load);
        agree("mean", estimate(&run.latencies, crate::stats::mean), mean);
        agree("mean wait", estimate(&run.waits, crate::stats::mean), load * mean);
        for share in SHARES {
            let theory = -mean * (1.0_f64 - share).ln();
            agree(&format!("p{share} at {load}"), estimate(&run.latencies, percentile(share)), theory);
        }
    }
}

#[test]
fn m_d_1_waits_half_as_long() {
    for load in LOADS {
        let run = run(load, &Service::Constant);
        // Pollaczek and Khinchine: the mean wait is ρ / (2 (1 − ρ)) service times.
        let wait = SERVICE * load / (2.0 * (1.0 - load));
        agree("mean wait", estimate(&run.waits, crate::stats::mean), wait);
        agree("mean", estimate(&run.latencies, crate::stats::mean), SERVICE + wait);
        for share in SHARES {
            let theory = SERVICE * (1.0 + md1::wait_percentile(load, share));
            agree(&format!("p{share} at {load}"), estimate(&run.latencies, percentile(share)), theory);
        }
    }
}

/// Erlang's own form of the distribution of M/D/1's waiting time: P(W ≤ x) = (1 − ρ) Σₖ e^(λ(x − kD)) (λ(kD − x))ᵏ / k!, k up to
/// x/D. Its alternating sum loses its digits for long waits.
///
/// Source: A. Erlang (1909); in this form D. Gross et al., Fundamentals of Queueing Theory, 4th ed. (2008), 5.1.
fn waits_at_most(load: f64, x: f64) -> f64 {
    let mut sum = 0.0;
    for k in 0..=(x.floor() as u32) {
        let turned = load * (f64::from(k) - x);
        let factorial: f64 = (1..=k).map(f64::from).product();
        sum += (-turned).exp() * turned.powi(k as i32) / factorial;
    }
    (1.0 - load) * sum
}

#[test]
fn both_forms_of_m_d_1_agree_where_both_have_digits() {
    for (load, share) in [(0.5, 0.9), (0.5, 0.99), (0.8, 0.5), (0.8, 0.9)] {
        let wait = md1::wait_percentile(load, share);
        assert!((waits_at_most(load, wait) - share).abs() < 1e-6, "p{share} at {load}: {wait}");
    }
}

#[test]
fn beyond_saturation_latency_grows_without_end_and_the_rate_stays_that_of_the_system() {
    let mut sut = FakeSut::new(1, |_| (SERVICE as u64, Outcome::Done));
    let schedule = Schedule::open(Spacing::Poisson, &Rate::Constant(1.25 * 1e9 / SERVICE), 20_000, 0, 5);
    let record = serve(&mut sut, &open_server(), &schedule);
    let (first, last) = (record.latencies[1000], record.latencies[19_000]);
    // After n arrivals in n / 1.25 service times, n − n / 1.25 are waiting.
    assert!((last as f64 / (19_000.0 * 0.2 * SERVICE) - 1.0).abs() < 0.1, "{last}");
    assert!(last > 10 * first);
    let completed = (record.samples - 1) as f64 * 1e9 / record.span as f64;
    assert!((completed * SERVICE / 1e9 - 1.0).abs() < 0.01, "{completed}");
}

#[test]
fn closed_loops_have_the_throughput_that_users_and_think_time_allow() {
    // N users, exponential thinking with mean Z and exponential service with mean S at one server: the machine-repair
    // model. Mean value analysis gives its throughput exactly: R(n) = S (1 + Q(n − 1)), X(n) = n / (Z + R(n)),
    // Q(n) = X(n) R(n). Here thinking is constant, which mean value analysis allows.
    let (users, think, service) = (8_u32, 5e6, SERVICE);
    let mut queue = 0.0;
    let mut throughput = 0.0;
    for n in 1..=users {
        let residence = service * (1.0 + queue);
        throughput = f64::from(n) / (think + residence);
        queue = throughput * residence;
    }
    let mut random = Pcg64Mcg::seed_from_u64(3);
    let mut sut = FakeSut::new(1, move |_| {
        let unit: f64 = Exp1.sample(&mut random);
        ((unit * service) as u64, Outcome::Done)
    });
    let traffic = Traffic::Closed { users: number(users), think_time: Duration::from_nanos(think as u64) };
    let scenario = Scenario::Server(Server { traffic, max_async: None });
    let record = run_round(&mut sut, &plan(&scenario, &stopping(200_000, 0))).unwrap();
    let measured = record.samples as f64 / record.span as f64;
    assert!((measured / throughput - 1.0).abs() < 0.01, "{measured} instead of {throughput}");
    // An open loop at that rate would have a utilisation of X·S and wait longer: the closed one holds itself back.
    let utilisation = throughput * service;
    let open = service / (1.0 - utilisation);
    let mean = record.latencies.iter().sum::<u64>() as f64 / record.latencies.len() as f64;
    assert!(mean < 0.7 * open, "{mean} in the closed loop, {open} in the open one");
}
