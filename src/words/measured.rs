//! The metrics of a benchmark in words: which are worth a line, and what is said of each over its rounds.

use super::units;
use crate::result::{BenchmarkResult, Metric, Unit};
use crate::stats::{coefficient_of_variation, median, quantile_type7};

/// Shown although `check` does not judge them: what people ask for first.
const ALSO_SHOWN: [&str; 2] = ["latency_p99", "throughput"];

/// The metrics of a benchmark that are worth a line: what `check` judges and what people ask for first, without errors
/// where there are none.
pub fn shown(benchmark: &BenchmarkResult, verbose: bool) -> Vec<&Metric> {
    let no_errors =
        |metric: &Metric| metric.name == "error_rate" && metric.rounds.as_slice().iter().all(|rate| *rate == 0.0);
    let wanted = |metric: &&Metric| {
        verbose || ((metric.gate || ALSO_SHOWN.contains(&metric.name.as_str())) && !no_errors(metric))
    };
    let chosen: Vec<&Metric> = benchmark.metrics.iter().filter(wanted).collect();
    if chosen.is_empty() { benchmark.metrics.iter().collect() } else { chosen }
}

/// `asked 500 /s, done 423 /s`: what a server was to answer, and what it answered in the median round; `None` where nobody asked for
/// a rate.
pub fn asked_and_done(benchmark: &BenchmarkResult) -> Option<String> {
    let throughput = benchmark.metric("throughput").filter(|metric| metric.unit == Unit::per_second())?;
    let rates = [benchmark.asked?, median(throughput.rounds.as_slice())];
    let shown: Vec<String> = units::values(&Unit::per_second(), &rates, false).texts().collect();
    match shown.as_slice() {
        [asked, done] => Some(format!("asked {asked}, done {done}")),
        _ => None,
    }
}

/// What the accuracy of a benchmark rests on, as the rest of a sentence that begins with it: `rests on 1,000 answers about 100
/// different samples`. `None` where it has none, or where that was not written down.
pub fn basis_of_accuracy(benchmark: &BenchmarkResult) -> Option<String> {
    let answers = benchmark.answers?;
    let last = if benchmark.metric("accuracy")?.rounds.sessions().len() > 1 { "in the last session " } else { "" };
    let count =
        |number: u64, one: &str, many: &str| units::count(usize::try_from(number).unwrap_or(usize::MAX), one, many);
    Some(format!(
        "rests {last}on {} about {}",
        count(answers.judged(), "answer", "answers"),
        count(answers.samples(), "sample", "different samples")
    ))
}

/// A metric over its rounds, in words.
pub struct Summary {
    /// The median over the rounds.
    pub median: String,
    /// The standard deviation between rounds, in percent of the mean; empty where there is no such thing.
    pub deviation: String,
    /// Lowest and highest round, in the unit of the median; empty where they are the same.
    pub range: String,
}

impl Summary {
    /// Of this metric.
    pub fn of(metric: &Metric) -> Self {
        Self::beside(metric, &[])
    }

    /// Of this metric, in the multiple of its unit that also suits these medians, which stand beside it.
    pub fn beside(metric: &Metric, medians: &[f64]) -> Self {
        let rounds = metric.rounds.as_slice();
        let [low, high] = [0.0, 1.0].map(|share| quantile_type7(rounds, share).unwrap_or_default());
        let middle = median(rounds);
        let constant = low == high;
        let like = [medians, &[middle]].concat();
        let shown = units::values_like(&like, &metric.unit, &[middle, low, high], constant);
        let median = shown.texts().next().unwrap_or_default();
        let deviation = match coefficient_of_variation(rounds) {
            _ if constant && rounds.len() > 1 => "constant".to_owned(),
            Some(share) => units::share(share, 2),
            None => String::new(),
        };
        let range = match shown.numbers.as_slice() {
            [_, low, high] if !constant => format!("{low} … {high}"),
            _ => String::new(),
        };
        Self { median, deviation, range }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{Answers, RoundValues};
    use crate::words::samples::{benchmark, metric};

    #[test]
    fn what_an_accuracy_rests_on_is_said_where_it_is_known() {
        let mut of = benchmark("b", vec![metric("accuracy", "ratio", vec![0.9, 0.91])]);
        assert_eq!(basis_of_accuracy(&of), None, "an older document does not say");
        of.answers = Some(Answers::new(2_000, 150).unwrap());
        assert_eq!(basis_of_accuracy(&of).unwrap(), "rests on 2,000 answers about 150 different samples");
        of.answers = Some(Answers::new(1, 1).unwrap());
        of.metrics[0].rounds = RoundValues::of_sessions(vec![0.9, 0.91], &[1, 1]).unwrap();
        assert_eq!(basis_of_accuracy(&of).unwrap(), "rests in the last session on 1 answer about 1 sample");
        of.metrics.clear();
        assert_eq!(basis_of_accuracy(&of), None);
    }
}
