//! Long runs in virtual time against the formulas of queueing theory. Tolerances are four standard errors, found from the means
//! of 40 stretches of the run; seeds are fixed, so that the tests cannot fail by chance.

use rand::SeedableRng;
use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64Mcg;

use super::*;

const QUERIES: u64 = 400_000;
const STRETCHES: usize = 40;
/// Mean service time.
const SERVICE: f64 = 1e6;

enum Service {
    Exponential,
    Constant,
}

fn latencies(load: f64, service: &Service) -> Vec<f64> {
    let mut random = Pcg64Mcg::seed_from_u64(99);
    let time: Box<dyn FnMut(u64) -> (u64, Outcome)> = match service {
        Service::Constant => Box::new(|_| (SERVICE as u64, Outcome::Done)),
        Service::Exponential => Box::new(move |_| {
            let unit: f64 = Exp1.sample(&mut random);
            ((unit * SERVICE) as u64, Outcome::Done)
        }),
    };
    let mut sut = FakeSut::new(1, time);
    let schedule = Schedule::open(Spacing::Poisson, &Rate::Constant(load * 1e9 / SERVICE), QUERIES, 0, 5);
    let record = serve(&mut sut, &open_server(), &schedule);
    // The queue begins empty; what it needs to fill up is left out.
    record.latencies[20_000..].iter().map(|&latency| latency as f64).collect()
}

/// A statistic over the whole run and four standard errors of it.
fn estimate(latencies: &[f64], statistic: impl Fn(&[f64]) -> f64) -> (f64, f64) {
    let parts: Vec<f64> = latencies.chunks(latencies.len() / STRETCHES).map(&statistic).collect();
    let error = crate::stats::standard_deviation(&parts).unwrap() / (parts.len() as f64).sqrt();
    (statistic(latencies), 4.0 * error)
}

fn percentile(share: f64) -> impl Fn(&[f64]) -> f64 {
    move |values| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        crate::stats::percentile_occurred(&sorted, share).unwrap()
    }
}

#[track_caller]
fn agree(what: &str, (measured, tolerance): (f64, f64), theory: f64) {
    assert!(
        (measured - theory).abs() <= tolerance && tolerance < 0.35 * theory,
        "{what}: {measured} ± {tolerance}, theory says {theory}"
    );
}

#[test]
fn m_m_1_has_exponential_sojourn_times() {
    for load in [0.5, 0.8, 0.95] {
        let latencies = latencies(load, &Service::Exponential);
        // The time in the system is exponential with mean s / (1 − ρ).
        let mean = SERVICE / (1.0 - load);
        agree("mean", estimate(&latencies, crate::stats::mean), mean);
        for share in [0.5, 0.9, 0.99] {
            agree(&format!("p{share}"), estimate(&latencies, percentile(share)), -mean * (1.0_f64 - share).ln());
        }
    }
}

/// The distribution of the waiting time in M/D/1: P(W ≤ x) = (1 − ρ) Σₖ e^(λ(x − kD)) (λ(kD − x))ᵏ / k!, k up to x/D.
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
fn m_d_1_waits_half_as_long() {
    for load in [0.5, 0.8, 0.95] {
        let latencies = latencies(load, &Service::Constant);
        // Pollaczek and Khinchine: the mean wait is ρ / (2 (1 − ρ)) service times.
        let mean = SERVICE * (1.0 + load / (2.0 * (1.0 - load)));
        agree("mean", estimate(&latencies, crate::stats::mean), mean);
    }
    // The alternating sum loses its digits for long waits, so percentiles are compared where they are short.
    for (load, share) in [(0.5, 0.9), (0.5, 0.99), (0.8, 0.5), (0.8, 0.9)] {
        let mut x = 0.0;
        while waits_at_most(load, x) < share {
            x += 0.0005;
        }
        let latencies = latencies(load, &Service::Constant);
        agree(&format!("p{share} at {load}"), estimate(&latencies, percentile(share)), SERVICE * (1.0 + x));
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
