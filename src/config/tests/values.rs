//! Values: what each key takes, and what it says to anything else.

use super::*;

#[test]
fn durations_need_a_unit_and_must_be_possible() {
    has(&problem_with("timeout = 30"), &["30 | ", "a number without a unit", "\"30s\""]);
    has(&problem_with("timeout = 1.5"), &["a number without a unit", "\"1.5s\""]);
    has(&problem_with("timeout = \"30\""), &["a number without a unit"]);
    has(&problem_with("timeout = \"0s\""), &["0 is too short"]);
    has(&problem_with("timeout = \"-1s\""), &["a negative duration"]);
    has(&problem_with("timeout = \"9999h\""), &["longer than a year"]);
    has(&problem_with("timeout = -1"), &["this is a whole number"]);
    has(&problem_with("min_duration = nan"), &["this is a decimal number"]);
    has(&problem(&format!("{VALID}[gate]\nbudget = \"0m\"\n")), &["`budget` must be a duration", "0 is too short"]);
    assert_eq!(with("min_duration = \"0ms\"").benchmarks[0].stopping.min_duration, Duration::ZERO);
}

#[test]
fn counts_stay_within_bounds() {
    for (line, found) in [
        ("rounds = 0", "too small"),
        ("rounds = -3", "too small"),
        ("rounds = 10_001", "out of bounds"),
        ("queries = 0", "too small"),
        ("queries = 10_000_001", "out of bounds"),
        ("queries = 999999999999999999999999999999999999999999", "out of bounds"),
        ("warmup = -1", "too small"),
        ("rounds = 10.0", "this is a decimal number"),
        ("rounds = \"10\"", "write `rounds = 10`, without quotes"),
        ("rounds = true", "this is a boolean"),
    ] {
        has(&problem_with(line), &["must be a whole number from ", found]);
    }
    assert_eq!(with("rounds = 10_000\nqueries = 10_000_000").benchmarks[0].stopping.queries.get(), 10_000_000);
}

#[test]
fn counters_are_a_list_of_what_can_be_counted_from_outside() {
    assert_eq!(with("counters = [\"instructions\"]\n").benchmarks[0].counters, [Counter::Instructions]);
    assert!(with("counters = []\n").benchmarks[0].counters.is_empty());
    has(&problem_with("counters = [\"instruction\"]\n"), &["`counters` must be", "did you mean \"instructions\"?"]);
    has(&problem_with("counters = [\"allocation\"]\n"), &["cannot count these from outside", "PERFGATE_METRICS"]);
    has(
        &problem_with("counters = [\"cycles\"]\n"),
        &["is nothing that perfgate counts", "counters = [\"instructions\"]"],
    );
    has(&problem_with("counters = [\"instructions\", \"instructions\"]\n"), &["listed twice"]);
    has(&problem_with("counters = \"instructions\"\n"), &["this is a string", "counters = [\"instructions\"]"]);
}

#[test]
fn only_what_perfgate_starts_is_counted() {
    let service = "[[benchmark]]\nname = \"x\"\nhttp = \"http://localhost/\"\ncounters = [\"instructions\"]\n";
    has(&problem(service), &["a server that perfgate starts", "there is no `start`", "add `start ="]);
    assert!(parse(&format!("{service}start = [\"./server\"]\n")).is_ok());
}

#[test]
fn shares_are_numbers_or_percentages() {
    has(&problem_with("threshold = 10"), &["too large for a share", "write `threshold = \"10%\"`"]);
    has(&problem_with("threshold = -0.1"), &["less than 0"]);
    has(&problem_with("threshold = nan"), &["out of bounds"]);
    has(&problem_with("threshold = inf"), &["out of bounds"]);
    has(&problem_with("threshold = \"much\""), &["`much` is not such a number"]);
    has(&problem_with("threshold = true"), &["this is a boolean"]);
    has(&problem_with("alpha = 0"), &["above 0 and below 0.5", "out of bounds"]);
    has(&problem_with("alpha = 5"), &["write `alpha = \"5%\"`"]);
    has(&problem_with("alpha = 0.5"), &["out of bounds"]);
    has(&problem_with("max_error_rate = \"150%\""), &["more than 100 %"]);
    assert_eq!(with("threshold = -0.0").policy.benchmarks["x"].all.threshold.unwrap().to_string(), "0 %");
    assert_eq!(with("threshold = 1").policy.benchmarks["x"].all.threshold.unwrap().share(), 1.0);
}

#[test]
fn flags_are_true_or_false() {
    has(&problem_with("gate = \"true\""), &["write `gate = true`, without quotes"]);
    has(&problem_with("allow_missing = 1"), &["`allow_missing` must be true or false", "this is a whole number"]);
    has(&problem_with("gate = True"), &["`True` is neither true nor false"]);
}

#[test]
fn fail_on_names_what_fails_a_check() {
    let gate = |value: &str| format!("{VALID}[gate]\nfail_on = {value}\n");
    assert_eq!(config(&gate("[\"regression\", \"inconclusive\"]")), config(&gate("\"regression, inconclusive\"")));
    has(
        &problem(&gate("[\"regression\", \"inconclusiv\"]")),
        &["\"inconclusiv\" | ", "did you mean \"inconclusive\"?"],
    );
    has(&problem(&gate("\"regression,nothing\"")), &["`nothing` is none of these"]);
    has(&problem(&gate("[\"inconclusive\"]")), &["\"regression\" is missing"]);
    has(&problem(&gate("[]")), &["\"regression\" is missing"]);
    has(&problem(&gate("true")), &["this is a boolean"]);
    assert_eq!(problems(&gate("[\"a\", 3]")).len(), 2, "every faulty element is reported");
}

#[test]
fn stores_are_checked() {
    let store = |value: &str| problem(&format!("{VALID}[baseline]\nstore = {value}\n"));
    has(&store("\"git:--all\""), &["\"git:--all\" | ", "`--all` is no name for a branch: it begins with `-`"]);
    has(&store("\"baselines\""), &["\"dir:baselines\""]);
    has(&store("5"), &["this is a whole number"]);
    assert_eq!(parse_store("dir:x"), Ok(StoreUrl::Dir("x".into())));
    has(&parse_store("s3://b/p").unwrap_err(), &["`s3://` stores yet", "dir:PATH"]);
}

#[test]
fn ages_are_days_or_durations() {
    assert_eq!(parse_age("90d"), Ok(Duration::from_secs(90 * 24 * 3600)));
    assert_eq!(parse_age("36h"), Ok(Duration::from_secs(36 * 3600)));
    has(&parse_age("old").unwrap_err(), &["`old` is not a duration", "such as 90d"]);
    has(&parse_age("-1d").unwrap_err(), &["a negative duration"]);
}

#[test]
fn durations_of_flags_are_longer_than_nothing() {
    assert_eq!(parse_duration("5m"), Ok(Duration::from_secs(300)));
    has(&parse_duration("5").unwrap_err(), &["a number without a unit", "\"5s\""]);
    has(&parse_duration("0s").unwrap_err(), &["0 is too short"]);
}
