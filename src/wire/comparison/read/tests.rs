use super::*;
use crate::config::GatePolicy;
use crate::gate::{Setting, compare};
use crate::result::{BenchmarkResult, Metric, RoundValues, RunResult};
use crate::wire::write_comparison;

fn metric(name: &str, rounds: &[f64]) -> Metric {
    Metric {
        name: name.to_owned(),
        unit: Unit::nanoseconds(),
        direction: Direction::LowerIsBetter,
        rounds: RoundValues::new(rounds.to_vec()).unwrap(),
        gate: true,
    }
}

fn result(factor: f64) -> RunResult {
    let rounds = [100.0, 101.0, 99.0, 100.5, 99.5, 100.2].map(|value| value * factor);
    RunResult::imported(vec![BenchmarkResult::imported("a", vec![metric("latency_p50", &rounds)])])
}

/// A document with one regression.
fn document() -> String {
    write_comparison(&compare(&result(1.0), &result(1.5), &GatePolicy::default(), &Setting::default()))
}

/// What is wrong with the document once that is replaced in it.
#[track_caller]
fn fault(from: &str, to: &str) -> String {
    let text = document();
    assert!(text.contains(from), "{from} is not in {text}");
    read_comparison(&text.replacen(from, to, 1)).unwrap_err().to_string()
}

/// The same, once that is replaced in its row.
#[track_caller]
fn fault_in_row(from: &str, to: &str) -> String {
    let text = document();
    let (head, rows) = text.split_once("\"rows\"").unwrap();
    assert!(rows.contains(from), "{from} is not in {rows}");
    read_comparison(&format!("{head}\"rows\"{}", rows.replacen(from, to, 1))).unwrap_err().to_string()
}

#[test]
fn another_kind_a_newer_version_and_half_a_document_are_refused() {
    assert!(matches!(
        read_comparison(&document().replace("comparison/1", "comparison/2")),
        Err(WireError::Newer(schema)) if schema == "perfgate.comparison/2"
    ));
    assert!(fault("perfgate.comparison/1", "perfgate.result/1").contains("expected a comparison document"));
    assert!(fault("perfgate.comparison/1", "perfgate.Comparison/1").contains("not a perfgate document"));
    let text = document();
    assert!(matches!(read_comparison(&text[..text.len() / 2]), Err(WireError::NotJson(_))));
    assert!(read_comparison("{}").unwrap_err().to_string().contains("missing field `schema`"));
}

#[test]
fn two_rows_about_the_same_are_refused_by_name() {
    let mut comparison = compare(&result(1.0), &result(1.5), &GatePolicy::default(), &Setting::default());
    comparison.rows.push(comparison.rows[0].clone());
    let told = read_comparison(&write_comparison(&comparison)).unwrap_err().to_string();
    assert_eq!(told, "row 2: an earlier one is about the benchmark `a` and its metric `latency_p50`");
    comparison.rows[1].metric = Some("latency_p90".to_owned());
    assert!(read_comparison(&write_comparison(&comparison)).is_ok());
}

#[test]
fn keys_that_a_later_version_may_have_added_are_passed_over() {
    let text = document();
    let more = text.replacen("\"rows\"", "\"weather\": {\"sky\": [1, null]}, \"rows\"", 1);
    assert_eq!(read_comparison(&more).unwrap(), read_comparison(&text).unwrap());
}

#[test]
fn a_verdict_or_an_exit_code_that_does_not_follow_from_the_rows_is_refused() {
    let pass = "its verdict is `pass`, but its rows say `regression`";
    assert_eq!(fault("\"verdict\": \"regression\",\n  \"exit", "\"verdict\": \"pass\",\n  \"exit"), pass);
    assert_eq!(
        fault("\"exit_code\": 1", "\"exit_code\": 0"),
        "its exit_code is 0, which does not go with `regression`"
    );
    let empty = |verdict: &str, code: u8| {
        format!(
            "{{\"schema\": \"perfgate.comparison/1\", \"verdict\": \"{verdict}\", \"exit_code\": {code}, \"base\": {{}}, \
             \"candidate\": {{}}, \"method\": \"independent\", \"alpha\": 0.05, \"rows\": []}}"
        )
    };
    let code = |verdict: &str, code: u8| read_comparison(&empty(verdict, code)).map(|read| read.exit_status.code());
    assert_eq!((code("no-baseline", 0), code("no-baseline", 3)), (Ok(0), Ok(3)));
    assert!(code("no-baseline", 5).is_err() && code("pass", 0).is_err());
}

#[test]
fn what_a_row_lacks_or_cannot_have_is_named_with_its_row() {
    assert!(
        fault_in_row("\"verdict\": \"regression\"", "\"verdict\": \"worse\"")
            .contains("unknown variant `worse`, expected one of `regression`, `accepted`")
    );
    for field in ["metric", "unit", "direction", "baseline", "candidate", "threshold", "p_value", "p_adjusted", "test"]
    {
        let told = fault_in_row(&format!("\"{field}\":"), "\"renamed\":");
        assert_eq!(told, format!("row 1: `{field}` is missing, which such a row needs"));
    }
    assert_eq!(fault_in_row("\"p_value\": ", "\"p_value\": 7, \"x\": "), "row 1: `p_value` is 7, not from 0 to 1");
    assert_eq!(fault_in_row("\"ci\": ", "\"ci\": [2, 1], \"x\": "), "row 1: `ci` ends before it begins: [2, 1]");
    assert!(fault_in_row("\"rounds\": ", "\"rounds\": [0, 6], \"x\": ").contains("has 0 `rounds`"));
    assert!(fault_in_row("\"rounds\": ", "\"rounds\": [-6, 6], \"x\": ").contains("invalid value: integer `-6`"));
    assert!(fault_in_row("\"threshold\": ", "\"threshold\": -0.1, \"x\": ").contains("a share from 0 on"));
    assert!(fault_in_row("\"change\": ", "\"change\": 1e999, \"x\": ").contains("out of range"));
    assert!(fault("\"alpha\": ", "\"alpha\": 0.7, \"x\": ").contains("an error rate above 0 and below 0.5"));
    assert!(fault_in_row("\"minimum_detectable_change\": ", "\"minimum_detectable_change\": -").contains("below 0"));
    let history = "\"history\": {\"sessions\": 5, \"standard_deviation\": 0, \"degrees_of_freedom\": 4}, \"test\"";
    assert!(fault_in_row("\"test\"", history).contains("`history.standard_deviation` is 0, not above 0"));
}

#[test]
fn an_acceptance_must_end() {
    let accepted = |end: &str| {
        let text = document().replace("\"verdict\": \"regression\",\n      \"reason\"", &format!(
            "\"accepted\": {{\"up_to\": 1.5, {end} \"why\": \"w\", \"new\": true}},\n \"verdict\": \"accepted\",\n \"reason\""
        ));
        let green = text.replace("\"verdict\": \"regression\"", "\"verdict\": \"pass\"");
        read_comparison(&green.replace("\"exit_code\": 1", "\"exit_code\": 0"))
    };
    let read = accepted("\"until\": \"2026-12-31\",").unwrap();
    let Finding::Accepted(compared, acceptance) = &read.rows[0].finding else { panic!("{read:?}") };
    assert_eq!((compared.decision, acceptance.up_to.share()), (Decision::Regression, 1.5));
    let told = |end: &str| accepted(end).unwrap_err().to_string();
    assert!(told("").contains("neither `until` nor `base`"));
    assert!(told("\"until\": \"2026-13-31\",").contains("not a day such as 2026-12-31"));
    assert!(told("\"base\": \"main\",").contains("40 hexadecimal digits"));
}

#[test]
fn what_is_missing_may_be_missing_where_the_check_did_not_fail_for_it() {
    let gone = |allowed: bool| {
        let policy = GatePolicy { allow_missing: allowed, ..GatePolicy::default() };
        let mut base = result(1.0);
        base.benchmarks.push(BenchmarkResult::imported("b", Vec::new()));
        write_comparison(&compare(&base, &result(1.0), &policy, &Setting::default()))
    };
    let allowed = |text: &str| {
        let read = read_comparison(text).unwrap();
        let missing = |row: &Row| match row.finding {
            Finding::Missing { allowed, .. } => Some(allowed),
            _ => None,
        };
        read.rows.iter().find_map(missing).unwrap()
    };
    assert!(allowed(&gone(true)) && !allowed(&gone(false)));
    // As it was written before it was said.
    let older = gone(true).replace("\"allowed\": true,", "");
    assert!(allowed(&older));
}

#[test]
fn an_older_document_has_the_difference_of_two_rates_too() {
    let sides = [[0.01, 0.02, 0.015, 0.012], [0.11, 0.12, 0.13, 0.115]];
    let [base, candidate] = sides
        .map(|rounds| RunResult::imported(vec![BenchmarkResult::imported("a", vec![metric("error_rate", &rounds)])]));
    let text = write_comparison(&compare(&base, &candidate, &GatePolicy::default(), &Setting::default()));
    let from = text.find("\"difference_ci\"").unwrap();
    let to = from + text[from..].find(']').unwrap() + 2;
    let older = format!("{}{}", &text[..from], &text[to..]);
    let ends = |text: &str| match &read_comparison(text).unwrap().rows[0].compared().unwrap().evidence {
        Evidence::Tested(tested) => tested.difference.unwrap(),
        other => panic!("{other:?}"),
    };
    for (new, old) in ends(&text).into_iter().zip(ends(&older)) {
        assert!((new - old).abs() < 1e-9, "{new} and {old}");
    }
}

#[test]
fn a_fault_is_one_short_line_that_does_nothing() {
    let nasty = "\\u001b[2J\\n::error::x ##[error] \\u202e";
    let told = fault("\"metric\": \"latency_p50\"", &format!("\"metric\": [\"{nasty}\"]"));
    assert!(told.len() < 400 && !told.contains(['\u{1b}', '\n', '\u{202e}']), "{told:?}");
    for field in ["verdict", "method"] {
        let told = fault(&format!("\"{field}\": \""), &format!("\"{field}\": \"{nasty}{}", "y".repeat(5000)));
        assert!(!told.contains(['\u{1b}', '\n', '\u{202e}']) && !told.contains("##["), "{told:?}");
        assert!(told.chars().count() < 310, "{told:?}");
    }
    let schema = fault("perfgate.comparison/1", nasty);
    assert!(!schema.contains(['\u{1b}', '\n', '\u{202e}']) && !schema.contains("##["), "{schema:?}");
}
