//! Waiting times of M/D/1: Poisson arrivals, constant service, one server.

/// The time that is waited at most with probability `share`, at load `load` < 1, in services.
///
/// The distribution in terms of the number of queries that wait, which has no differences and so loses no digits. Source: G.
/// Franx, A simple solution for the M/D/c waiting time distribution, Operations Research Letters 29 (2001) 221–229.
pub fn wait_percentile(load: f64, share: f64) -> f64 {
    // As many as a wait may be long: beyond this the probability is below 1e-9 at a load of 0.95.
    let at_most = waiting_at_most(load, 400);
    let (mut low, mut high) = (0.0, 399.0);
    while high - low > 1e-9 {
        let middle = 0.5 * (low + high);
        if waits_at_most(load, middle, &at_most) < share { low = middle } else { high = middle }
    }
    high
}

/// P(W ≤ x), where `at_most[m]` is the probability that at most m queries wait.
fn waits_at_most(load: f64, x: f64, at_most: &[f64]) -> f64 {
    let whole = x.floor();
    let rest = load * (whole + 1.0 - x);
    let mut term = (-rest).exp();
    let mut sum = 0.0;
    for (j, probability) in at_most.iter().take(whole as usize + 1).rev().enumerate() {
        sum += probability * term;
        term *= rest / (j + 1) as f64;
    }
    sum
}

/// The probabilities that at most 0, 1, … queries wait, one in service not counted.
///
/// Numbers in the system by the recursion of V. Ramaswami, A stable recursion for the steady state vector in Markov chains of
/// M/G/1 type, Stochastic Models 4 (1988) 183–188.
fn waiting_at_most(load: f64, count: usize) -> Vec<f64> {
    // Arrivals during one service: the probability of none, and of more than k.
    let none = (-load).exp();
    let (mut term, mut more) = (none, vec![1.0 - none]);
    for k in 1..=count + 1 {
        term *= load / k as f64;
        // Once the probability is all rounding, it is 0.
        more.push(more.last().map_or(0.0, |last| (last - term).max(0.0)));
    }
    let mut in_system: Vec<f64> = vec![1.0 - load];
    for n in 0..count {
        let empty = in_system.iter().take(1).zip(more.get(n)).map(|(p, more)| p * more).sum::<f64>();
        let others = in_system.iter().skip(1).zip(more.iter().take(n + 1).rev()).map(|(p, more)| p * more).sum::<f64>();
        in_system.push((empty + others) / none);
    }
    let mut sum = in_system.iter().take(1).sum::<f64>();
    let waiting = in_system.iter().skip(1).map(|probability| {
        sum += probability;
        sum
    });
    waiting.collect()
}
