//! What must not get worse, and by how much at most.

use std::str::FromStr;

use crate::config::Threshold;

/// A metric that must not get worse by more than a margin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guardrail {
    /// Which.
    pub metric: Guarded,
    /// By how much it may get worse: for rates their difference, else relative.
    pub margin: Threshold,
}

/// The metrics that can be guarded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Guarded {
    /// The geometric mean of the latencies.
    Latency,
    /// A percentile of them.
    Percentile(Percentile),
    /// Failed queries, of all.
    ErrorRate,
    /// Right answers, of those that have a label.
    Accuracy,
}

/// A percentile that is shown and can be guarded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percentile {
    /// As results call it.
    pub name: &'static str,
    /// Such as 0.99.
    pub share: f64,
}

/// All of them, ascending.
pub const PERCENTILES: [Percentile; 5] = [
    Percentile { name: "latency_p50", share: 0.50 },
    Percentile { name: "latency_p90", share: 0.90 },
    Percentile { name: "latency_p95", share: 0.95 },
    Percentile { name: "latency_p99", share: 0.99 },
    Percentile { name: "latency_p999", share: 0.999 },
];

impl Guarded {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Percentile(percentile) => percentile.name,
            Self::ErrorRate => "error_rate",
            Self::Accuracy => "accuracy",
        }
    }

    /// Whether it is compared by a difference of two rates, and not by their ratio.
    pub fn is_rate(self) -> bool {
        matches!(self, Self::ErrorRate | Self::Accuracy)
    }

    fn of_name(name: &str) -> Option<Self> {
        match name {
            "latency" => Some(Self::Latency),
            "error_rate" => Some(Self::ErrorRate),
            "accuracy" => Some(Self::Accuracy),
            _ => PERCENTILES.into_iter().find(|percentile| percentile.name == name).map(Self::Percentile),
        }
    }
}

/// A text that is no guardrail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidGuardrail(String);

impl FromStr for Guardrail {
    type Err = InvalidGuardrail;

    /// Reads `error_rate=0.01`, `latency_p99=10%`.
    fn from_str(text: &str) -> Result<Self, InvalidGuardrail> {
        let Some((name, margin)) = text.split_once('=') else {
            return Err(InvalidGuardrail(
                "a guardrail is METRIC=MARGIN such as error_rate=1% or latency_p99=10%".into(),
            ));
        };
        let metric = Guarded::of_name(name.trim()).ok_or_else(|| {
            let known: Vec<&str> = PERCENTILES.iter().map(|percentile| percentile.name).collect();
            InvalidGuardrail(format!(
                "`{}` is none of error_rate, accuracy, latency, {}",
                name.trim(),
                known.join(", ")
            ))
        })?;
        let margin =
            margin.trim().parse().map_err(|problem| InvalidGuardrail(format!("{}: {problem}", metric.name())))?;
        Ok(Self { metric, margin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guardrail_is_a_metric_and_a_margin() {
        let read = |text: &str| text.parse::<Guardrail>().unwrap();
        assert_eq!((read("error_rate=1%").metric, read("error_rate = 1%").margin.share()), (Guarded::ErrorRate, 0.01));
        assert_eq!(read("latency_p99=0.1").metric.name(), "latency_p99");
        assert_eq!(read("accuracy=0").margin.share(), 0.0);
        let problem = |text: &str| text.parse::<Guardrail>().unwrap_err().to_string();
        assert!(problem("error_rate").starts_with("a guardrail is METRIC=MARGIN"));
        assert!(
            problem("throughput=1%").starts_with("`throughput` is none of error_rate, accuracy, latency, latency_p50")
        );
        assert!(problem("latency_p99=much").starts_with("latency_p99: a threshold is a share"));
        assert!(problem("error_rate=-1%").starts_with("error_rate: "));
    }
}
