//! Changes of level in a series: where they are, and how surprising that would be if there were none.
//!
//! E-divisive with means of energy: the place that divides a stretch best is where the distances between the values of the two
//! sides exceed those within the sides the most. A permutation test says whether the best place of all stretches is better than
//! chance; if so, the stretch is divided there, and the search goes on within the parts.
//!
//! Source: D. S. Matteson, N. A. James, A nonparametric approach for multiple change point analysis of multivariate data,
//! Journal of the American Statistical Association 109 (2014) 334–345, with exponent 1 of the distance.

/// A place where the level changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// The index of the first value of the new level.
    pub at: usize,
    /// The share of permutations in which the best division is at least as good; where those are few, the series itself counts as
    /// one of them.
    pub p_value: f64,
}

/// How hard to look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// A division that chance makes as good more often than this ends the search.
    pub alpha: f64,
    /// No level is shorter than this. At least 1.
    pub shortest: usize,
    /// Permutations for each test, at most; with n of them, no p-value is below 1/(n + 1).
    pub permutations: u32,
}

/// The changes of level in `values`, from the first to the last. A series with values that are not finite has none.
///
/// `draw(n)` has to give one of 0 … n − 1 with the same probability each. The time is that of `permutations` · n² distances.
pub fn change_points(values: &[f64], search: Search, draw: &mut dyn FnMut(usize) -> usize) -> Vec<ChangePoint> {
    if values.iter().any(|value| !value.is_finite()) {
        return Vec::new();
    }
    let shortest = search.shortest.max(1);
    let mut found: Vec<ChangePoint> = Vec::new();
    // Where each stretch begins, and the end.
    let mut bounds = vec![0, values.len()];
    loop {
        let stretches = bounds.iter().zip(bounds.iter().skip(1)).map(|(&begin, &end)| (begin, values.get(begin..end)));
        let stretches: Vec<(usize, &[f64])> = stretches.filter_map(|(begin, part)| Some((begin, part?))).collect();
        let Some(best) =
            stretches.iter().filter_map(|&(begin, part)| division(part, shortest)?.shifted(begin)).reduce(better)
        else {
            return found;
        };
        let p_value = chance_of(&stretches, best.gain, shortest, search.permutations, draw);
        if p_value > search.alpha {
            return found;
        }
        let place = found.partition_point(|point| point.at < best.at);
        found.insert(place, ChangePoint { at: best.at, p_value });
        bounds.insert(place + 1, best.at);
    }
}

/// A stretch in two parts.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Division {
    at: usize,
    /// The energy between the parts, scaled by their sizes.
    gain: f64,
}

impl Division {
    fn shifted(self, by: usize) -> Option<Self> {
        Some(Self { at: self.at.checked_add(by)?, ..self })
    }
}

fn better(a: Division, b: Division) -> Division {
    if b.gain > a.gain { b } else { a }
}

/// The best division of a stretch, or of its beginning, into two parts, none of them shorter than `shortest`; the last of equals.
///
/// That the second part may end early is what finds a level that comes and goes: over the whole stretch neither of its ends
/// divides well.
fn division(stretch: &[f64], shortest: usize) -> Option<Division> {
    let from_start = sums_from_start(stretch);
    // The sums of the distances within `at..end`, for each `end`; `at` goes down.
    let mut within = vec![0.0; stretch.len() + 1];
    let mut best: Option<Division> = None;
    for at in (1..stretch.len()).rev() {
        let Some((&value, later)) = stretch.get(at..).and_then(<[f64]>::split_first) else { continue };
        let left = from_start.get(at).copied().unwrap_or(0.0);
        let mut added = 0.0;
        let ends = within.iter_mut().skip(at + 2).zip(from_start.iter().skip(at + 2)).zip(later);
        let single = (at + 1, 0.0, from_start.get(at + 1).copied().unwrap_or(0.0));
        let longer = ends.enumerate().map(|(index, ((right, &all), other))| {
            added += (value - other).abs();
            *right += added;
            (at + 2 + index, *right, all)
        });
        for (end, right, all) in std::iter::once(single).chain(longer) {
            let (n, m) = (at, end - at);
            if n < shortest || m < shortest {
                continue;
            }
            let gain = energy(all - left - right, left, right, n as f64, m as f64);
            if best.is_none_or(|best| gain > best.gain) {
                best = Some(Division { at, gain });
            }
        }
    }
    best
}

/// The sums of the distances within the first 0, 1, … values.
fn sums_from_start(values: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0];
    let mut sum = 0.0;
    for (index, &value) in values.iter().enumerate() {
        sum += values.iter().take(index).map(|other| (value - other).abs()).sum::<f64>();
        sums.push(sum);
    }
    sums
}

/// n·m/(n+m) times the energy distance of two samples of n and m values, given the sums of the distances between and within them.
fn energy(between: f64, left: f64, right: f64, n: f64, m: f64) -> f64 {
    let pairs = |count: f64| if count > 1.0 { count * (count - 1.0) / 2.0 } else { 1.0 };
    n * m / (n + m) * (2.0 * between / (n * m) - left / pairs(n) - right / pairs(m))
}

/// Once so many permutations are as good, the share is known well enough: to about a third of itself.
const ENOUGH: u32 = 10;

/// How often the values of the stretches, each mixed within itself, can be divided as well as this.
///
/// Source of the early end, which keeps the p-value valid: J. Besag, P. Clifford, Sequential Monte Carlo p-values, Biometrika 78
/// (1991) 301–304.
fn chance_of(
    stretches: &[(usize, &[f64])],
    gain: f64,
    shortest: usize,
    permutations: u32,
    draw: &mut dyn FnMut(usize) -> usize,
) -> f64 {
    // The same sums in another order are not the same to the last bit.
    let as_good = gain * (1.0 - 1e-12);
    let mut reached = 0_u32;
    for made in 1..=permutations {
        let best = stretches.iter().filter_map(|(_, part)| division(&mixed(part, draw), shortest)).reduce(better);
        reached += u32::from(best.is_some_and(|best| best.gain >= as_good));
        if reached >= ENOUGH {
            return f64::from(reached) / f64::from(made);
        }
    }
    f64::from(reached + 1) / (f64::from(permutations) + 1.0)
}

/// The values in random order.
fn mixed(values: &[f64], draw: &mut dyn FnMut(usize) -> usize) -> Vec<f64> {
    let mut mixed = values.to_vec();
    for last in (1..mixed.len()).rev() {
        mixed.swap(last, draw(last + 1));
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEARCH: Search = Search { alpha: 0.01, shortest: 2, permutations: 199 };

    /// Not random, but mixed enough for a test: a linear congruential generator.
    fn source(mut state: u64) -> impl FnMut(usize) -> usize {
        move |n| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) as usize) % n
        }
    }

    fn found(values: &[f64]) -> Vec<usize> {
        change_points(values, SEARCH, &mut source(1)).iter().map(|point| point.at).collect()
    }

    /// Noise between −1 and 1 around a level.
    fn around(level: f64, count: usize, seed: u64) -> Vec<f64> {
        let mut draw = source(seed);
        (0..count).map(|_| level + draw(2001) as f64 / 1000.0 - 1.0).collect()
    }

    #[test]
    fn the_best_division_is_the_one_that_the_definition_says() {
        let values = [3.0_f64, 1.0, 2.5, 9.0, 8.0, 11.0, 10.5];
        let by_definition = |at: usize, end: usize| {
            let (left, right) = values[..end].split_at(at);
            let within = |part: &[f64]| {
                let sum: f64 = part.iter().map(|a| part.iter().map(|b| (a - b).abs()).sum::<f64>()).sum::<f64>() / 2.0;
                let n = part.len() as f64;
                sum / (n * (n - 1.0) / 2.0)
            };
            let between: f64 = left.iter().map(|a| right.iter().map(|b| (a - b).abs()).sum::<f64>()).sum();
            let (n, m) = (left.len() as f64, right.len() as f64);
            n * m / (n + m) * (2.0 * between / (n * m) - within(left) - within(right))
        };
        let best = division(&values, 2).unwrap();
        assert_eq!(best.at, 3);
        let all = (2..=5).flat_map(|at| (at + 2..=7).map(move |end| (at, end)));
        let highest = all.map(|(at, end)| by_definition(at, end)).fold(f64::MIN, f64::max);
        assert!((highest - best.gain).abs() < 1e-12, "{highest} {best:?}");
    }

    #[test]
    fn steps_are_found_where_they_are() {
        let one = [around(10.0, 15, 2), around(14.0, 15, 3)].concat();
        assert_eq!(found(&one), [15]);
        let there_and_back = [around(10.0, 12, 4), around(13.0, 12, 5), around(10.0, 12, 6)].concat();
        assert_eq!(found(&there_and_back), [12, 24]);
    }

    #[test]
    fn what_is_clear_has_a_small_p_value_and_chance_is_found_out_soon() {
        let clear = [around(10.0, 15, 2), around(14.0, 15, 3)].concat();
        let thorough = Search { permutations: 1999, ..SEARCH };
        let found = change_points(&clear, thorough, &mut source(1));
        assert_eq!(found.iter().map(|point| point.p_value).collect::<Vec<_>>(), [1.0 / 2000.0]);
        let mut drawn = 0_u32;
        let mut draw = source(1);
        let mut counting = |n: usize| {
            drawn += 1;
            draw(n)
        };
        assert!(change_points(&around(10.0, 31, 7), thorough, &mut counting).is_empty());
        assert!(drawn < 30 * 1000, "{} permutations", drawn / 30);
    }

    #[test]
    fn noise_constants_and_short_series_have_none() {
        assert!(found(&around(10.0, 40, 7)).is_empty());
        assert!(found(&[5.0; 30]).is_empty());
        for values in [&[][..], &[1.0], &[1.0, 9.0], &[1.0, 1.0, 9.0]] {
            assert!(found(values).is_empty());
        }
        assert!(found(&[1.0, f64::NAN, 2.0, 3.0, 9.0, 9.0]).is_empty());
    }

    #[test]
    fn one_outlier_is_no_level() {
        let mut values = around(10.0, 30, 8);
        if let Some(value) = values.get_mut(14) {
            *value = 50.0;
        }
        assert!(found(&values).is_empty());
    }

    #[test]
    fn scale_and_place_do_not_matter() {
        let values = [around(10.0, 14, 9), around(13.0, 20, 10)].concat();
        let scaled: Vec<f64> = values.iter().map(|value| value * 1e-3 - 7.0).collect();
        assert_eq!(found(&values), found(&scaled));
    }

    /// What the published implementation found: `fixtures/change_points/generate.py`.
    #[derive(serde::Deserialize)]
    struct Case {
        name: String,
        values: Vec<f64>,
        best: (usize, f64),
        /// Whatever the seed.
        changes: Vec<usize>,
        /// With some seeds.
        doubtful: Vec<usize>,
    }

    #[test]
    fn the_published_implementation_finds_the_same() {
        let text = include_str!("../../fixtures/change_points/change_points.json");
        let cases: Vec<Case> = serde_json::from_str(text).unwrap();
        assert!(cases.len() >= 12);
        for Case { name, values, best, changes, doubtful } in cases {
            let ours = division(&values, 1).unwrap();
            assert_eq!(ours.at, best.0, "{name}");
            assert!((ours.gain / best.1 - 1.0).abs() < 1e-9, "{name}: {} and {}", ours.gain, best.1);
            // As many as the reference takes, but for one.
            let search = Search { alpha: 0.02, shortest: 1, permutations: 99 };
            let found = change_points(&values, search, &mut source(1));
            let found = found.iter().map(|point| point.at).filter(|at| !doubtful.contains(at));
            assert_eq!(found.collect::<Vec<_>>(), changes, "{name}");
        }
    }
}
