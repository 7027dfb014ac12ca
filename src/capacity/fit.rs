//! Models of the curve, fitted to it: what they say beyond the loads that were measured is an extrapolation, and no more.

use super::curve::Point;

/// A model with its parameters, and how far the points lie from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The model.
    pub model: Model,
    /// The load at which it says that the system is saturated, or its throughput greatest, in queries per second. `None`: it says
    /// that there is no such load.
    pub saturation: Option<f64>,
    /// Root mean square of the residuals of mean latency, each as a share of the latency.
    pub residual: f64,
    /// Points that it was fitted to.
    pub points: usize,
}

/// A model of latency under load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Model {
    /// Mean latency = s + q · u / (1 − u), with u = load / saturation: what a single server, or several that share a queue, come
    /// near to. Times in nanoseconds.
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

/// Steps of the search for the saturation, between the highest measured load and this many times it.
const STEPS: usize = 400;
const FARTHEST: f64 = 20.0;

/// Both models, where there are enough steady points.
pub fn fits(points: &[Point]) -> Vec<Fit> {
    let steady: Vec<(f64, f64)> = points
        .iter()
        .filter(|point| point.is_steady())
        .filter_map(|point| Some((point.load, point.latency?.mean)))
        .filter(|(_, latency)| *latency > 0.0)
        .collect();
    if steady.len() < FEWEST_POINTS {
        return Vec::new();
    }
    [queue(&steady), universal_scalability(&steady)].into_iter().flatten().collect()
}

/// The least squares of relative residuals, over all saturations of a fine grid; the other two parameters are linear.
fn queue(steady: &[(f64, f64)]) -> Option<Fit> {
    let highest = steady.iter().map(|(load, _)| *load).fold(0.0, f64::max);
    let at = |saturation: f64| -> Option<Fit> {
        let rows: Vec<[f64; 3]> = steady
            .iter()
            .map(|(load, latency)| {
                let busy = load / saturation;
                // Divided by the latency: residuals are relative.
                [1.0 / latency, busy / (1.0 - busy) / latency, 1.0]
            })
            .collect();
        let [unloaded, queueing] = non_negative(&rows)?;
        let residual = root_mean_square(rows.iter().map(|[a, b, y]| unloaded * a + queueing * b - y));
        let model = Model::Queue { unloaded, queueing };
        Some(Fit { model, saturation: Some(saturation), residual, points: steady.len() })
    };
    let grid = (1..=STEPS).map(|step| highest * FARTHEST.powf((step as f64 / STEPS as f64).powi(2)));
    let best = grid.filter_map(at).min_by(|a, b| a.residual.total_cmp(&b.residual))?;
    // At the end of the grid there is no queue to be seen.
    let Model::Queue { queueing, .. } = best.model else { return None };
    let visible = queueing > 0.0 && best.saturation.is_some_and(|at| at < 0.99 * FARTHEST * highest);
    Some(Fit { saturation: best.saturation.filter(|_| visible), ..best })
}

/// N / X = latency = (1 + α (N − 1) + β N (N − 1)) / γ, which is linear in N − 1 and N (N − 1).
fn universal_scalability(steady: &[(f64, f64)]) -> Option<Fit> {
    let within = |(load, latency): &(f64, f64)| load * latency / 1e9;
    let rows: Vec<[f64; 4]> = steady
        .iter()
        .map(|point| {
            let (n, latency) = (within(point), point.1);
            [1.0 / latency, (n - 1.0) / latency, n * (n - 1.0) / latency, 1.0]
        })
        .collect();
    let [base, serial, crosstalk] = three(&rows).or_else(|| {
        let two: Vec<[f64; 3]> = rows.iter().map(|[a, b, _, y]| [*a, *b, *y]).collect();
        non_negative(&two).map(|[a, b]| [a, b, 0.0])
    })?;
    if base <= 0.0 {
        return None;
    }
    let (contention, coherency) = (serial / base, crosstalk / base);
    let alone = 1e9 / base;
    let residual = root_mean_square(rows.iter().map(|[a, b, c, y]| base * a + serial * b + crosstalk * c - y));
    let throughput = |n: f64| alone * n / (1.0 + contention * (n - 1.0) + coherency * n * (n - 1.0));
    let saturation = if coherency > 0.0 && contention < 1.0 {
        Some(throughput(((1.0 - contention) / coherency).sqrt()))
    } else if contention > 0.0 {
        Some(alone / contention)
    } else {
        None
    };
    let model = Model::UniversalScalability { alone, contention, coherency };
    Some(Fit { model, saturation, residual, points: steady.len() })
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

    #[test]
    fn a_queue_is_found_again_by_its_own_curve() {
        let (saturation, unloaded, queueing) = (1000.0, 2e6, 1e6);
        let steady: Vec<(f64, f64)> = [100.0, 300.0, 500.0, 700.0, 850.0, 900.0]
            .map(|load: f64| (load, unloaded + queueing * (load / saturation) / (1.0 - load / saturation)))
            .to_vec();
        let fit = queue(&steady).unwrap();
        assert!((fit.saturation.unwrap() / saturation - 1.0).abs() < 0.01, "{fit:?}");
        assert!(fit.residual < 0.01, "{fit:?}");
        let Model::Queue { unloaded: found, .. } = fit.model else { unreachable!() };
        assert!((found / unloaded - 1.0).abs() < 0.02, "{fit:?}");
    }

    #[test]
    fn a_latency_that_does_not_grow_knows_of_no_saturation() {
        let steady: Vec<(f64, f64)> = (1..=6).map(|step| (100.0 * f64::from(step), 2e6)).collect();
        assert_eq!(queue(&steady).unwrap().saturation, None);
    }

    #[test]
    fn a_single_server_is_serial_by_the_universal_law() {
        // M/M/1: latency = s + s · N, so that N / X = 2 s (1 + (N − 1) / 2).
        let service = 1e6;
        let steady: Vec<(f64, f64)> = [100.0, 200.0, 400.0, 600.0, 800.0, 900.0]
            .map(|load: f64| (load, service / (1.0 - load * service / 1e9)))
            .to_vec();
        let fit = universal_scalability(&steady).unwrap();
        let Model::UniversalScalability { alone, contention, coherency } = fit.model else { unreachable!() };
        assert!((alone / 500.0 - 1.0).abs() < 1e-6, "{fit:?}");
        assert!((contention - 0.5).abs() < 1e-6 && coherency < 1e-6, "{fit:?}");
        assert!((fit.saturation.unwrap() / 1000.0 - 1.0).abs() < 1e-3, "{fit:?}");
    }

    #[test]
    fn what_is_shared_and_must_be_kept_consistent_has_a_peak() {
        let (alone, contention, coherency) = (100.0, 0.1, 0.01);
        let steady: Vec<(f64, f64)> = [1.0, 2.0, 3.0, 5.0, 7.0, 9.0]
            .map(|n: f64| {
                let throughput = alone * n / (1.0 + contention * (n - 1.0) + coherency * n * (n - 1.0));
                (throughput, n / throughput * 1e9)
            })
            .to_vec();
        let fit = universal_scalability(&steady).unwrap();
        let Model::UniversalScalability { contention: found, .. } = fit.model else { unreachable!() };
        assert!((found - contention).abs() < 1e-6, "{fit:?}");
        // At N = √(0.9 / 0.01) = 9.49.
        assert!((fit.saturation.unwrap() - 357.5).abs() < 0.1, "{fit:?}");
    }
}
