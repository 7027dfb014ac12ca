//! Models of the curve, fitted to it: what they say beyond the loads that were measured is an extrapolation, and no more.

use super::curve::{CONFIDENCE, Point};
use crate::stats::Interval;
use crate::stats::student::critical;

/// A model with its parameters, and how far the points lie from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The model.
    pub model: Model,
    /// Where a queue says that the system is saturated. `None`: the points do not tell, or the model is none that is asked.
    pub saturation: Option<Saturation>,
    /// Root mean square of the residuals of mean latency, each as a share of the latency.
    pub residual: f64,
    /// Points that it was fitted to.
    pub points: usize,
}

/// A load at which a model says that the system is saturated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Saturation {
    /// Queries per second, by least squares.
    pub load: f64,
    /// The loads with which the points agree as well, beyond chance at [`super::CONFIDENCE`], if the model holds.
    pub interval: Interval,
}

/// A model of latency under load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Model {
    /// Mean latency = s + q · u / (1 − u), with u = throughput / saturation: what a single server, or several that share a queue,
    /// come near to. Times in nanoseconds.
    Queue {
        /// s: the latency without load.
        unloaded: f64,
        /// q: how much queueing weighs.
        queueing: f64,
    },
    /// Throughput of N queries in the system = γ N / (1 + α (N − 1) + β N (N − 1)), with N = throughput · latency by Little's law.
    ///
    /// Source: N. Gunther, Guerrilla Capacity Planning (2007), chapters 4 to 6.
    UniversalScalability {
        /// γ: throughput of one query at a time, per second.
        alone: f64,
        /// α: the share that is serial.
        contention: f64,
        /// β: the cost of keeping what is shared consistent.
        coherency: f64,
    },
}

/// Three parameters need more points than that to leave residuals that mean something.
const FEWEST_POINTS: usize = 5;

/// Of both models.
const PARAMETERS: usize = 3;

/// A steady point, as it is fitted to.
#[derive(Debug, Clone, Copy)]
struct Steady {
    /// Queries per second.
    throughput: f64,
    /// Mean latency, in nanoseconds.
    latency: f64,
    /// Rounds that it is the median of.
    rounds: f64,
}

/// A queue, where there are enough steady points; and the universal scalability law, where they bend enough for its parameters to be
/// more than noise.
pub fn fits(points: &[Point]) -> Vec<Fit> {
    let steady: Vec<Steady> = points
        .iter()
        .filter(|point| point.is_steady())
        .filter_map(|point| {
            let rounds = point.rounds.saturating_sub(point.late_rounds) as f64;
            Some(Steady { throughput: point.throughput?, latency: point.latency?.mean, rounds })
        })
        .filter(|point| point.throughput > 0.0 && point.latency > 0.0)
        .collect();
    if steady.len() < FEWEST_POINTS {
        return Vec::new();
    }
    // Whatever was answered can be answered, be it in a round that was no steady state.
    let answered = points.iter().filter(|point| !point.is_unknown()).filter_map(|point| point.throughput);
    let queue = queue(&steady, answered.fold(0.0, f64::max));
    let bends = queue.is_some_and(|fit| fit.saturation.is_some());
    queue.into_iter().chain(universal_scalability(&steady).filter(|_| bends)).collect()
}

/// Times that the weights are found again from the fit that they lead to.
const ITERATIONS: usize = 3;

/// However near a point is to saturation, it weighs this much.
const LEAST_WEIGHT: f64 = 0.02;

/// The least squares of relative residuals, over all saturations of a fine grid; the other two parameters are linear. `highest` is the
/// highest throughput that was seen.
///
/// Near saturation a mean latency is less certain: its relative standard deviation, over a time that is the same for all, grows like
/// 1 / (1 − u), by which its residual is divided.
///
/// Source: W. Whitt, Planning queueing simulations, Management Science 35 (1989) 1341–1366.
fn queue(steady: &[Steady], highest: f64) -> Option<Fit> {
    let mut weights: Vec<f64> = steady.iter().map(|point| point.rounds.sqrt()).collect();
    for _ in 0..ITERATIONS {
        let best = Profile::of(highest, |saturation| Some(queue_at(steady, &weights, saturation)?.0))?.best;
        let weight = |point: &Steady| point.rounds.sqrt() * (1.0 - point.throughput / best).max(LEAST_WEIGHT);
        weights = steady.iter().map(weight).collect();
    }
    let profile = Profile::of(highest, |saturation| Some(queue_at(steady, &weights, saturation)?.0))?;
    let (_, [unloaded, queueing]) = queue_at(steady, &weights, profile.best)?;
    // Without a queue there is nothing to extrapolate, and a query that takes no time does not exist.
    let saturation = profile.saturation(steady.len()).filter(|_| queueing > 0.0 && unloaded > 0.0);
    let residuals = steady.iter().map(|point| {
        let busy = point.throughput / profile.best;
        (unloaded + queueing * busy / (1.0 - busy)) / point.latency - 1.0
    });
    let residual = root_mean_square(residuals);
    Some(Fit { model: Model::Queue { unloaded, queueing }, saturation, residual, points: steady.len() })
}

/// At a saturation the weighted sum of squares, and the two parameters with which it is least.
fn queue_at(steady: &[Steady], weights: &[f64], saturation: f64) -> Option<(f64, [f64; 2])> {
    let row = |(point, weight): (&Steady, &f64)| {
        let busy = point.throughput / saturation;
        // Divided by the latency: residuals are relative.
        [weight / point.latency, weight * busy / (1.0 - busy) / point.latency, *weight]
    };
    let rows: Vec<[f64; 3]> = steady.iter().zip(weights).map(row).collect();
    let [unloaded, queueing] = non_negative(&rows)?;
    let residuals = rows.iter().map(|[a, b, y]| unloaded * a + queueing * b - y);
    Some((residuals.map(|residual| residual * residual).sum(), [unloaded, queueing]))
}

/// N / X = latency = (1 + α (N − 1) + β N (N − 1)) / γ, which is linear in N − 1 and N (N − 1).
fn universal_scalability(steady: &[Steady]) -> Option<Fit> {
    let row = |point: &Steady| {
        let (n, latency) = (point.throughput * point.latency / 1e9, point.latency);
        [1.0 / latency, (n - 1.0) / latency, n * (n - 1.0) / latency, 1.0]
    };
    let rows: Vec<[f64; 4]> = steady.iter().map(row).collect();
    let [base, serial, crosstalk] = three(&rows).or_else(|| {
        let two: Vec<[f64; 3]> = rows.iter().map(|[a, b, _, y]| [*a, *b, *y]).collect();
        non_negative(&two).map(|[a, b]| [a, b, 0.0])
    })?;
    if base <= 0.0 {
        return None;
    }
    let model =
        Model::UniversalScalability { alone: 1e9 / base, contention: serial / base, coherency: crosstalk / base };
    let residuals = rows.iter().map(|[a, b, c, y]| base * a + serial * b + crosstalk * c - y);
    Some(Fit { model, saturation: None, residual: root_mean_square(residuals), points: steady.len() })
}

/// How well the points agree with each saturation of a grid: the least sum of squares that the other parameters leave.
///
/// Source: D. Bates, D. Watts, Nonlinear Regression Analysis and Its Applications (1988), chapter 6.1 (profile t).
struct Profile {
    /// Saturations, ascending, with the sums of squares.
    sums: Vec<(f64, f64)>,
    /// That with the least.
    best: f64,
    least: f64,
    /// What was answered: saturation cannot be below it.
    highest: f64,
}

/// Steps of the grid, between the highest throughput and this many times it.
const STEPS: u32 = 400;
const FARTHEST: f64 = 20.0;

impl Profile {
    fn of(highest: f64, sum: impl Fn(f64) -> Option<f64>) -> Option<Self> {
        let grid = (1..=STEPS).map(|step| highest * FARTHEST.powf((f64::from(step) / f64::from(STEPS)).powi(2)));
        let sums: Vec<(f64, f64)> = grid.filter_map(|load| Some((load, sum(load)?))).collect();
        let (best, least) = sums.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(Self { sums, best, least, highest })
    }

    /// The saturations with S ≤ S_least (1 + F / (n − p)), F the quantile of the F distribution with 1 and n − p degrees of freedom,
    /// which is the square of t's. `None` where they reach to the end of the grid: any would do.
    fn saturation(&self, points: usize) -> Option<Saturation> {
        let freedom = points.checked_sub(PARAMETERS).filter(|freedom| *freedom > 0)? as f64;
        let most = self.least * (1.0 + critical(1.0 - CONFIDENCE, freedom).powi(2) / freedom);
        // What is left of a perfect fit is rounding.
        let agrees = |(_, sum): &(f64, f64)| *sum <= most.max(self.least + 1e-20);
        let (first, last) = (self.sums.iter().position(agrees)?, self.sums.iter().rposition(agrees)?);
        // The truth may lie between two steps.
        let high = self.sums.get(last + 1)?.0;
        let low = first.checked_sub(1).and_then(|before| self.sums.get(before)).map_or(self.highest, |(load, _)| *load);
        Some(Saturation { load: self.best, interval: Interval { low, high } })
    }
}

fn root_mean_square(residuals: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = residuals.fold((0.0, 0), |(sum, count), residual| (sum + residual * residual, count + 1));
    (sum / f64::from(count.max(1))).sqrt()
}

/// Two parameters, neither below 0, by least squares; the last column is what is to be met.
fn non_negative(rows: &[[f64; 3]]) -> Option<[f64; 2]> {
    let sum = |of: fn(&[f64; 3]) -> f64| rows.iter().map(of).sum::<f64>();
    let (aa, ab, bb) = (sum(|[a, ..]| a * a), sum(|[a, b, _]| a * b), sum(|[_, b, _]| b * b));
    let (ay, by) = (sum(|[a, _, y]| a * y), sum(|[_, b, y]| b * y));
    let determinant = aa * bb - ab * ab;
    let both = [(ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant];
    let usable = |value: &f64| value.is_finite() && *value >= 0.0;
    if both.iter().all(usable) {
        return Some(both);
    }
    let (first, second) = ([ay / aa, 0.0], [0.0, by / bb]);
    let error = |[p, q]: [f64; 2]| rows.iter().map(|[a, b, y]| (p * a + q * b - y).powi(2)).sum::<f64>();
    let possible = [first, second].into_iter().filter(|pair| pair.iter().all(usable));
    possible.min_by(|a, b| error(*a).total_cmp(&error(*b)))
}

/// Three parameters by least squares; `None` where one of them is below 0 or they cannot be told apart.
fn three(rows: &[[f64; 4]]) -> Option<[f64; 3]> {
    let sum = |i: usize, j: usize| -> f64 {
        rows.iter().map(|row| row.get(i).unwrap_or(&0.0) * row.get(j).unwrap_or(&0.0)).sum()
    };
    let determinant = |m: [[f64; 3]; 3]| {
        let [[a, b, c], [d, e, f], [g, h, i]] = m;
        a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    };
    let column = |j: usize| [sum(0, j), sum(1, j), sum(2, j)];
    let (one, two, third, wanted) = (column(0), column(1), column(2), column(3));
    // The matrix is symmetric: rows are columns, and the determinant does not care.
    let whole = determinant([one, two, third]);
    let scale = sum(0, 0) * sum(1, 1) * sum(2, 2);
    if whole.abs() <= 1e-12 * scale.abs() {
        return None;
    }
    let found = [
        determinant([wanted, two, third]) / whole,
        determinant([one, wanted, third]) / whole,
        determinant([one, two, wanted]) / whole,
    ];
    found.iter().all(|value| value.is_finite() && *value >= 0.0).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steady(points: &[(f64, f64)]) -> Vec<Steady> {
        points.iter().map(|&(throughput, latency)| Steady { throughput, latency, rounds: 10.0 }).collect()
    }

    fn parameters(fit: &Fit) -> [f64; 3] {
        match fit.model {
            Model::UniversalScalability { alone, contention, coherency } => [alone, contention, coherency],
            Model::Queue { .. } => panic!("{fit:?}"),
        }
    }

    #[test]
    fn a_queue_is_found_again_by_its_own_curve() {
        let (saturation, unloaded, queueing) = (1000.0, 2e6, 1e6);
        let points = [100.0, 300.0, 500.0, 700.0, 850.0, 900.0]
            .map(|load: f64| (load, unloaded + queueing * (load / saturation) / (1.0 - load / saturation)));
        let fit = queue(&steady(&points), 900.0).unwrap();
        let found = fit.saturation.unwrap();
        assert!((found.load / saturation - 1.0).abs() < 0.01, "{fit:?}");
        assert!(found.interval.low <= saturation && saturation <= found.interval.high, "{fit:?}");
        assert!(found.interval.high / found.interval.low < 1.02, "{fit:?}");
        assert!(fit.residual < 0.01, "{fit:?}");
        let Model::Queue { unloaded: found, .. } = fit.model else { unreachable!() };
        assert!((found / unloaded - 1.0).abs() < 0.02, "{fit:?}");
    }

    #[test]
    fn a_latency_that_does_not_grow_knows_of_no_saturation() {
        let points: Vec<(f64, f64)> = (1..=6).map(|step| (100.0 * f64::from(step), 2e6)).collect();
        assert_eq!(queue(&steady(&points), 600.0).unwrap().saturation, None);
    }

    #[test]
    fn queries_that_take_no_time_without_load_know_of_none_either() {
        let points: Vec<(f64, f64)> =
            [0.1, 0.3, 0.5, 0.7, 0.8, 0.9].map(|busy: f64| (1000.0 * busy, 1e6 * busy * busy / (1.0 - busy))).to_vec();
        let fit = queue(&steady(&points), 900.0).unwrap();
        assert!(matches!(fit.model, Model::Queue { unloaded: 0.0, .. }) && fit.saturation.is_none(), "{fit:?}");
    }

    #[test]
    fn no_saturation_lies_below_what_was_answered() {
        let points = [100.0, 300.0, 500.0, 700.0, 850.0, 900.0].map(|load: f64| (load, 1e6 / (1.0 - load / 1000.0)));
        let fit = queue(&steady(&points), 1100.0).unwrap();
        assert!(fit.saturation.is_none_or(|found| found.load > 1100.0 && found.interval.low >= 1100.0), "{fit:?}");
    }

    #[test]
    fn a_single_server_is_serial_by_the_universal_law() {
        // M/M/1: latency = s + s · N, so that N / X = 2 s (1 + (N − 1) / 2).
        let service = 1e6;
        let points =
            [100.0, 200.0, 400.0, 600.0, 800.0, 900.0].map(|load: f64| (load, service / (1.0 - load * service / 1e9)));
        let fit = universal_scalability(&steady(&points)).unwrap();
        let [alone, contention, coherency] = parameters(&fit);
        assert!((alone / 500.0 - 1.0).abs() < 1e-6, "{fit:?}");
        assert!((contention - 0.5).abs() < 1e-6 && coherency < 1e-6, "{fit:?}");
    }

    #[test]
    fn what_is_shared_and_must_be_kept_consistent_is_found_too() {
        let (alone, contention, coherency) = (100.0, 0.1, 0.01);
        let points = [1.0, 2.0, 3.0, 5.0, 7.0, 9.0].map(|n: f64| {
            let throughput = alone * n / (1.0 + contention * (n - 1.0) + coherency * n * (n - 1.0));
            (throughput, n / throughput * 1e9)
        });
        let fit = universal_scalability(&steady(&points)).unwrap();
        let [_, serial, crosstalk] = parameters(&fit);
        assert!((serial - contention).abs() < 1e-6 && (crosstalk - coherency).abs() < 1e-6, "{fit:?}");
    }
}
