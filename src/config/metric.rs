//! The names of perfgate's own metrics, for a word to somebody who mistypes one.

use super::suggest::nearest;

/// Names that begin so are perfgate's own, as the documentation says.
const OWN: [&str; 6] = ["latency_", "stage_", "throughput", "accuracy", "error_rate", "schedule_lateness_"];

/// All of them but the stages, whose names the system chooses.
const NAMES: [&str; 14] = [
    "latency_mean",
    "latency_p50",
    "latency_p90",
    "latency_p95",
    "latency_p99",
    "latency_p999",
    "latency_max",
    "latency_min",
    "throughput",
    "accuracy",
    "error_rate",
    "schedule_lateness_p50",
    "schedule_lateness_p99",
    "schedule_lateness_max",
];

/// Whether a metric of this name can exist. `Err` for a name that only perfgate could have given, with the one that was
/// probably meant; `p99` is short for `latency_p99`.
pub fn own_metric(name: &str) -> Result<(), Option<&'static str>> {
    let short =
        name.strip_prefix('p').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    if short && let Some(own) = NAMES.into_iter().find(|own| own.strip_prefix("latency_") == Some(name)) {
        return Err(Some(own));
    }
    let is_own = OWN.iter().any(|prefix| name.starts_with(prefix));
    if !is_own || NAMES.contains(&name) || name.starts_with("stage_") { Ok(()) } else { Err(nearest(name, NAMES)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_perfgates_own_must_be_one_that_exists() {
        assert_eq!(own_metric("latency_p50"), Ok(()));
        assert_eq!(own_metric("stage_decode_p50"), Ok(()));
        assert_eq!(own_metric("binary_size"), Ok(()), "a name of the user's");
        assert_eq!(own_metric("latency_means"), Err(Some("latency_mean")));
        assert_eq!(own_metric("p99"), Err(Some("latency_p99")));
        assert_eq!(own_metric("p42"), Ok(()), "perfgate has no such percentile, so somebody else may");
        assert!(own_metric("throughputs").is_err());
    }
}
