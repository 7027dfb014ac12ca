//! Mistakes in the file: unknown, misspelt and misplaced keys, faults of the syntax, several at once.

use super::*;

#[test]
fn unknown_keys_get_the_nearest_one_or_the_list() {
    has(
        &problem_with("ronds = 10"),
        &["ronds | unknown key `ronds` | did you mean `rounds`?", "perfgate schema config"],
    );
    has(&problem_with("min-duration = \"1s\""), &["did you mean `min_duration`?"]);
    has(&problem_with("thresh = 1"), &["did you mean `threshold`?"]);
    has(&problem_with("frobnicate = 1"), &["the keys of [[benchmark]] are name, onnx, command"]);
    has(&problem(&format!("{VALID}[gate]\nalfa = 1\n")), &["alfa | ", "did you mean `alpha`?"]);
    has(
        &problem(&format!("{VALID}[gate]\nronds = 1\n")),
        &["did you mean `rounds`? `rounds` belongs in [[benchmark]]"],
    );
    has(&problem(&format!("{VALID}[benchmark.metrics]\na.gat = true\n")), &["gat | ", "did you mean `gate`?"]);
    has(&problem_with(&format!("{} = 1", "k".repeat(500))), &["kkk…`"]);
}

#[test]
fn a_misspelt_key_is_not_reported_as_missing_too() {
    has(&problem("[[benchmark]]\nnmae = \"x\"\ncommand = [\"true\"]\n"), &["did you mean `name`?"]);
    has(&problem("[[benchmark]]\nname = \"x\"\ncomand = [\"true\"]\n"), &["did you mean `command`?"]);
    has(&problem("[[benchmark]]\nname = \"x\"\nonnx = \"m\"\ndatset = \"d\"\n"), &["did you mean `dataset`?"]);
}

#[test]
fn keys_in_the_wrong_section_are_told_where_they_belong() {
    has(
        &problem(&format!("{VALID}[gate]\nrounds = 3\n")),
        &["`rounds` belongs in [[benchmark]]", "`[[benchmark]]` line"],
    );
    has(&problem(&format!("store = \"dir:x\"\n{VALID}")), &["`store` belongs in [baseline]", "`[baseline]` line"]);
    has(&problem(&format!("threshold = 0.1\n{VALID}")), &["[gate] or [[benchmark]] or [benchmark.metrics.NAME]"]);
    has(&problem_with("budget = \"5m\""), &["`budget` belongs in [gate]"]);
    has(&problem(&format!("{VALID}[metrics]\na.gate = true\n")), &["write `[benchmark.metrics]`"]);
    has(&problem_with("[benchmark.metrics]\nrounds = 5"), &["`rounds` is a key of [[benchmark]]", "above the"]);
    has(&problem_with("[benchmark.metrics]\naccuracy = 0.1"), &["the rules of metric `accuracy` must be a table"]);
    has(&problem_with("[benchmark.metrics]\na.allow_missing = true"), &["belongs in [gate] or [[benchmark]]"]);
    has(&problem_with("metrics = 1"), &["this is a whole number", "[benchmark.metrics]"]);
}

#[test]
fn sections_are_written_one_way_and_their_keys_are_checked_all_the_same() {
    let single = problems("[benchmark]\nname = \"x\"\ncommand = [\"true\"]\nronds = 1\n");
    assert_eq!(single.len(), 2, "{single:#?}");
    has(&single[0], &["[benchmark] | `benchmark` must be written as `[[benchmark]]`"]);
    let plural = problems("[[benchmarks]]\nname = \"x\"\ncommand = [\"true\"]\nronds = 1\n");
    assert_eq!(plural.len(), 2, "{plural:#?}");
    has(&plural[0], &["benchmarks | unknown key `benchmarks` | did you mean `[[benchmark]]`?"]);
    has(&problem(&format!("{VALID}[[gate]]\nthreshold = 0.1\n")), &["must be written as `[gate]`"]);
    has(&problem(&format!("gate = 5\n{VALID}")), &["this is a whole number"]);
    has(&problem("benchmark = [1]\n"), &["1 | ", "this is a whole number"]);
    has(&problem(&format!("{VALID}[other]\n")), &["the sections of perfgate.toml are [gate], [baseline]"]);
    assert_eq!(config("benchmark = [{ name = \"x\", command = [\"true\"] }]\n"), config(VALID));
}

#[test]
fn all_problems_are_reported_in_the_order_of_the_text() {
    let text = "ronds = 1\n[gate]\nthreshold = 10\nfoo = 1\n[[benchmark]]\nname = \"x\"\ntimeout = 5\ncommand = \"a\"\n\
                [[benchmark]]\nname = \"x\"\nworker = [1, 2]\n";
    let found = parse(text).unwrap_err();
    let lines: Vec<usize> = found.iter().map(|p| text[..p.place.span.start].lines().count()).collect();
    assert_eq!(lines.len(), 8, "{found:#?}");
    assert!(lines.is_sorted(), "{lines:?}");
}

#[test]
fn faults_of_the_syntax_are_reported_with_those_of_the_keys_where_the_rest_is_readable() {
    let told = problems(&format!("{VALID}timeout = 10ms\nrounds = 5\nrounds = 6\nfoo = 1\n"));
    assert_eq!(told.len(), 3, "{told:#?}");
    has(&told[0], &["10ms | a string must be in quotes", "write \"10ms\""]);
    has(&told[1], &["rounds | `rounds` is set twice"]);
    has(&told[2], &["unknown key `foo`"]);
}

#[test]
fn a_fault_that_breaks_the_structure_is_reported_alone() {
    has(&problem(&format!("[gate\nthreshold = 99\n{VALID}")), &["a section's line is not closed", "expected `]`"]);
    has(&problem("[[benchmark]\nname = \"x\"\n"), &["a section's line is not closed", "`[[benchmark]]`"]);
    has(&problem(&format!("{VALID}timeout = \"30s\n")), &["a string is not closed"]);
    has(&problem(&format!("name: x\n{VALID}")), &["joined by `=`"]);
    has(
        &problem("[[benchmark]]\ncommand = [\"a\",\n \"b\"\nrounds = 5\nfoo = 1\n"),
        &["a list lacks a comma or its end"],
    );
}
