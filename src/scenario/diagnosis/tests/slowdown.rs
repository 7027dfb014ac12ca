//! Rounds that become slower from their beginning to their end.

use super::*;

/// What grows by this share from the first query of each round to its last.
fn growing(queries: usize, by: f64) -> Vec<RoundRecord> {
    Noise::seeded(13)
        .rounds([10, queries], |noise, _, query| (1.0 + by * query as f64 / queries as f64) * noise.factor(0.05))
}

#[test]
fn latency_that_grows_inside_every_round_is_seen() {
    let (code, message) = only(&growing(100, 0.4));
    assert_eq!(code, "slowdown");
    let share: f64 = message.strip_prefix("rounds end ").unwrap().split_once(" %").unwrap().0.parse().unwrap();
    // (1 + 0.4 · 7/8) over (1 + 0.4 · 1/8): the middles of the quarters.
    assert!((26.0..=31.0).contains(&share), "{message}");
    let (ratio, held) = figure(&diagnosis_of(Scenario::SingleStream, &growing(100, 0.4)), "slowdown_ratio");
    assert!((ratio - 1.0 - share / 100.0).abs() < 0.005 && !held, "{ratio}");
}

#[test]
fn latency_that_grows_a_little_is_none() {
    let diagnosis = diagnosis_of(Scenario::SingleStream, &growing(100, 0.08));
    assert_eq!(codes(&diagnosis), [""; 0]);
    let (ratio, held) = figure(&diagnosis, "slowdown_ratio");
    assert!(ratio > 1.02 && held, "{ratio}");
}

#[test]
fn a_step_in_every_round_is_seen() {
    let full =
        Noise::seeded(12).rounds([10, 100], |noise, _, query| if query < 20 { 0.5 } else { 1.0 } * noise.factor(0.05));
    assert_eq!(codes(&diagnosis_of(Scenario::SingleStream, &full)), ["slowdown"]);
}

#[test]
fn what_grows_in_few_of_the_rounds_is_none() {
    let rounds = Noise::seeded(14).rounds([10, 100], |noise, round, query| {
        let grows = if round < 3 { 0.4 } else { 0.0 };
        (1.0 + grows * query as f64 / 100.0) * noise.factor(0.05)
    });
    assert!(!codes(&diagnosis_of(Scenario::SingleStream, &rounds)).contains(&"slowdown"));
}

#[test]
fn a_round_is_looked_at_to_its_end() {
    // More queries than are laid over each other one by one, and faster than in the end for as many as would be.
    let rounds = Noise::seeded(15)
        .rounds([3, 25_000], |noise, _, query| if query < 15_000 { 1.0 } else { 1.5 } * noise.factor(0.05));
    assert_eq!(codes(&diagnosis_of(Scenario::SingleStream, &rounds)), ["slowdown"]);
}

#[test]
fn a_warm_up_is_none() {
    let rounds = Noise::seeded(11)
        .rounds([10, 100], |noise, _, query| (1.0 + 2.0 * (-(query as f64) / 6.0).exp()) * noise.factor(0.05));
    let diagnosis = diagnosis_of(Scenario::SingleStream, &rounds);
    assert_eq!(codes(&diagnosis), ["warm-up"]);
    assert!(figure(&diagnosis, "slowdown_ratio").0 < 1.0);
}

#[test]
fn a_queue_that_grows_is_none() {
    let names = |scenario| {
        let diagnosis = diagnosis_of(scenario, &growing(100, 0.4));
        assert!(!codes(&diagnosis).contains(&"slowdown"));
        diagnosis.figures.iter().any(|figure| figure.name == "slowdown_ratio")
    };
    assert!(!names(server(Rate::Constant(10.0))));
}
