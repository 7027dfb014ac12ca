//! A percentile of the latency has up to three values in a report, each right for its purpose. Here is said of one metric which they
//! are and why they differ; of which, tables and plots say themselves.

use super::source::{Measured, Part, Subject};
use super::text::Text;
use crate::gate::{Compared, Evidence, Row, Test};
use crate::result::Metric;
use crate::stats::median;
use crate::words::units;

/// The paragraph about the first percentile that has more than one value; `None` where none has.
pub(super) fn paragraph(part: &Part<'_>) -> Option<Text> {
    part.subjects
        .iter()
        .filter_map(|subject| of_subject(subject))
        .max_by_key(|(values, _)| *values)
        .map(|(_, text)| text)
}

/// How many values there are, and the words.
fn of_subject(subject: &Subject<'_>) -> Option<(usize, Text)> {
    let side = subject.sides.last()?;
    let all = side.result.metrics.iter().filter_map(|metric| {
        let share = share(&metric.name)?;
        let row = subject.rows.iter().find(|row| row.metric.as_deref() == Some(&metric.name));
        of_metric(subject.name, metric, share, side, row.copied())
    });
    // Of two alike the first, which is the judged one nearest to the middle.
    all.reduce(|best, other| if other.0 > best.0 { other } else { best })
}

/// The share of the queries that a metric's name is about: 0.999 for `latency_p999`.
fn share(metric: &str) -> Option<f64> {
    let digits = metric.strip_prefix("latency_p").filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    format!("0.{digits}").parse().ok()
}

fn of_metric(
    benchmark: &str,
    metric: &Metric,
    share: f64,
    side: &Measured<'_>,
    row: Option<&Row>,
) -> Option<(usize, Text)> {
    let rounds = metric.rounds.as_slice();
    let compared = row.and_then(Row::compared).and_then(|row| Some((row.candidate, location(row)?)));
    let pooled = side.result.latencies.as_ref().map(|latencies| latencies.quantile(share));
    let of_rounds =
        (median(rounds), "the median of what each round has as its percentile, as in the results".to_owned());
    let of_comparison = compared.map(|(value, what)| (value, format!("{what}, as in the comparison")));
    let of_queries = pooled.map(|value| {
        (value, "the percentile of the queries of all rounds together, as in the plots (to one part in 64)".to_owned())
    });
    let known: Vec<(f64, String)> = [Some(of_rounds), of_comparison, of_queries].into_iter().flatten().collect();
    if known.len() < 2 || rounds.len() < 2 {
        return None;
    }
    let values: Vec<f64> = known.iter().map(|one| one.0).collect();
    let shown = units::values(&metric.unit, &values, false);
    let words =
        shown.texts().zip(&known).map(|(value, (_, what))| Text::new().strong(value).plain(format!(" is {what}")));
    let whose = match side.word() {
        "" => String::new(),
        word => format!(" ({word})"),
    };
    let subject = Text::from("A percentile has several values. Of ").code(benchmark).plain(" ").code(&metric.name);
    let text = subject.plain(format!("{whose}, ")).and(Text::joined(words, "; "));
    let why =
        ". Among rounds a slow one counts as one of several; among all queries it counts with each of its queries.";
    Some((known.len(), text.plain(why)))
}

/// What the values of a comparison are; `None` where there is one value and nothing to choose from.
fn location(row: &Compared) -> Option<&'static str> {
    let Evidence::Tested(tested) = &row.evidence else { return None };
    Some(match tested.test {
        Test::WelchLog | Test::PairedLog => "the geometric mean of these",
        Test::PairedTrimmedLog => "the geometric mean of those that trimming the pairs leaves",
        Test::SessionLog => "the geometric mean of these, one value a session",
        Test::WelchLinear | Test::PairedLinear => "the mean of these",
        Test::PairedTrimmedLinear => "the mean of those that trimming the pairs leaves",
        Test::SessionLinear => "the mean of these, one value a session",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Comparison, Method};
    use crate::report::source::Source;
    use crate::result::{BenchmarkResult, Distribution};
    use crate::words::samples::{benchmark, judged, metric, sides};

    fn said(comparison: &Comparison) -> Option<String> {
        paragraph(&Part::all(&[Source::of_comparison(comparison)], 20)[0]).map(|text| text.words())
    }

    fn with_latencies(slow: f64) -> BenchmarkResult {
        // Seven rounds, the last of which is slow.
        let rounds = [1.00e6, 1.01e6, 0.99e6, 1.02e6, 0.98e6, 1.005e6, slow];
        let mut one = benchmark("a", vec![metric("latency_p90", "ns", rounds.to_vec())]);
        let all: Vec<u64> = rounds.iter().flat_map(|level| [*level as u64; 50]).collect();
        one.latencies = Some(Distribution::of(all).unwrap());
        one
    }

    #[test]
    fn the_three_values_of_a_percentile_are_told_apart() {
        let comparison = judged(&sides([[with_latencies(1e6), with_latencies(2e6)]]), Method::Independent);
        let text = said(&comparison).unwrap();
        for expected in [
            "Of a latency_p90 (candidate), 1.00 ms is the median of what each round has",
            "; 1.10 ms is the geometric mean of these, as in the comparison; ",
            " is the percentile of the queries of all rounds together",
        ] {
            assert!(text.contains(expected), "`{expected}` is not in:\n{text}");
        }
        let pooled: f64 = text.split("; ").nth(2).unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!((1.95..2.05).contains(&pooled), "{text}");
    }

    #[test]
    fn what_has_one_value_needs_no_words() {
        let alone = benchmark("a", vec![metric("latency_p90", "ns", vec![1e6, 1e6, 1e6])]);
        assert_eq!(said(&judged(&sides([[alone.clone(), alone]]), Method::Independent)), None);
        assert_eq!([share("latency_p999"), share("latency_pretty"), share("throughput")], [Some(0.999), None, None]);
    }
}
