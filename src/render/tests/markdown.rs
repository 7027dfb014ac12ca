use super::samples::{self, all_kinds, hostile, hostile_run, judged, latency, sides, usual};
use crate::config::GatePolicy;
use crate::gate::{Method, Setting, compare};
use crate::render::{Look, comparison, markdown};
use crate::result::{Failure, RunOutcome, Warning};

/// The lines of the tables, without headings and rules.
fn rows(page: &str) -> Vec<&str> {
    let is_row =
        |line: &&str| line.starts_with('|') && !line.starts_with("|:--") && !line.starts_with("| benchmark | metric |");
    page.lines().filter(is_row).collect()
}

#[test]
fn the_first_line_is_the_verdict_in_words() {
    let first = |shown: &crate::gate::Comparison| markdown::comparison(shown).lines().next().unwrap().to_owned();
    let of = |changes: &[f64]| {
        let pairs = changes.iter().enumerate().map(|(number, change)| latency(&number.to_string(), *change));
        first(&judged(&sides(pairs), Method::Paired))
    };
    assert_eq!(of(&[1.3, 1.0, 1.0]), "### perfgate: 1 of 3 benchmarks is slower");
    assert_eq!(of(&[1.3, 1.4]), "### perfgate: 2 of 2 benchmarks are slower");
    assert_eq!(of(&[1.0]), "### perfgate: no regression in 1 benchmark");
    assert_eq!(of(&[0.7, 1.0]), "### perfgate: no regression in 2 benchmarks, 1 improved");
    assert_eq!(of(&[]), "### perfgate: nothing to compare with yet");
    let titles: Vec<String> = all_kinds().iter().map(|shown| first(shown).replace("### perfgate: ", "")).collect();
    let expected = [
        "3 of 32 benchmarks are worse",
        "3 of 32 benchmarks are worse",
        "3 of 32 benchmarks are worse",
        "no regression in 1 benchmark",
        "nothing could be compared",
        "nothing to compare with yet",
        "2 benchmarks are missing, 2 are worse",
        "198 of 300 benchmarks are slower",
        "no regression in 3 benchmarks, 1 improved, 1 accepted",
        "16 benchmarks could not be measured, 16 are worse",
    ];
    assert_eq!(titles, expected);
}

#[test]
fn the_comment_in_full() {
    let page = markdown::comparison(&judged(&usual(), Method::StoredBaseline));
    let expected = "
### perfgate: 3 of 32 benchmarks are worse

- `errors` `error_rate`: 0 % → 4.00 %, **+4.0 pp** [+4.0, +4.0]
- `size` `binary`: 1.18 MiB → 1.56 MiB, **+32.4 %**
- `digits/server` `latency_p99`: 4.13 ms → 5.04 ms, **+22.0 %** [+20.6, +23.3]

| benchmark | metric | baseline | candidate | change | p | verdict |
|:--|:--|--:|--:|--:|--:|:--|
| **`errors`** | `error_rate` | 0 % | 4.00 % | **+4.0 pp** [+4.0, +4.0] | <.001 | **regression** |
| **`size`** | `binary` | 1.18 MiB | 1.56 MiB | **+32.4 %** | exact | **regression** |
| **`digits/server`** | `latency_p99` | 4.13 ms | 5.04 ms | **+22.0 %** [+20.6, +23.3] | <.001 | **regression** |
| `digits/offline` | `throughput` | 18.1 k/s | 17.3 k/s | −4.2 % [−19.6, +14.1] | 1 | inconclusive |
| `tokenize` | `latency_p50` | 813 µs | 639 µs | −21.4 % [−22.3, −20.6] | <.001 | improvement |

27 others are unchanged (a worsening beyond 10 % is ruled out). `33333333` (`faster`) against `88888888` (`main`), stored baseline, 10 rounds. A stored baseline cannot see whether the machine's own speed changed between the two sessions.

<details><summary>Reproduce it, or accept it</summary>

On your machine, both revisions in turn:

```sh
git checkout 33333333
perfgate check errors size digits/server --against 88888888
```

If it is intended, accept it, and commit `perfgate-accepted.toml` with the change, so that it is reviewed:

```sh
perfgate accept errors error_rate --up-to 5% --why \"…\"
perfgate accept size binary --up-to 33% --why \"…\"
perfgate accept digits/server latency_p99 --up-to 24% --why \"…\"
```

</details>

<details><summary>Why each verdict</summary>

- `errors` `error_rate`: 4 percentage points worse (95 % interval: 3.96 to 4.04 percentage points worse), beyond the threshold of 1 percentage point; p &lt; 0.001 after correction for 31 tests
- `size` `binary`: from 1234567 to 1634567 B, worse by more than 10 %, with no variation to test against
- `digits/server` `latency_p99`: 22 % slower (95 % interval: 20.6 % slower to 23.3 % slower), beyond the threshold of 10 %; p &lt; 0.001 after correction for 31 tests
- `digits/offline` `throughput`: 4.21 % slower (95 % interval: 14.1 % faster to 19.6 % slower); p = 1.000 after correction for 31 tests; could have seen ±31.7 %; about 103 rounds a side would see 10 %

</details>

<details><summary>How it was measured, and where</summary>

- The baseline was measured in an earlier session, the candidate now; Welch's t-test on one value per round.
- A regression is worse by more than its threshold and by more than chance: p below 0.05, after Holm's correction for 31 tests. The brackets hold the change at 95 % confidence.
- `exact`: the difference does not vary from round to round, so the values are compared as they are.
- `pp`: percentage points, the difference of two rates.
- Machine: Some CPU @ 2.80GHz, 2 cores, 8.00 GiB, Debian GNU/Linux 12, kernel 6.1.0, x86_64, GitHub Actions (`intel-2c`)

</details>
";
    assert_eq!(page, expected.trim_start_matches('\n'), "\n{page}");
}

#[test]
fn it_shows_the_rows_of_the_table_in_their_order() {
    for shown in all_kinds() {
        let table = comparison(&shown, &Look { color: false, width: None, verbose: false });
        let words =
            |line: &str| line.trim_end_matches([' ', '|', '*']).rsplit([' ', '*', '|']).next().unwrap().to_owned();
        let verdicts = [
            "regression",
            "accepted",
            "improvement",
            "inconclusive",
            "no-baseline",
            "incomparable",
            "missing",
            "failed",
        ];
        let of_table = table.lines().skip(3).take_while(|line| !line.is_empty()).map(words);
        let of_table: Vec<String> = of_table.filter(|word| verdicts.contains(&word.as_str())).collect();
        let page = markdown::comparison(&shown);
        let of_page: Vec<String> = rows(&page).into_iter().map(words).collect();
        assert_eq!(of_page, of_table, "{table}\n{page}");
    }
}

#[test]
fn what_is_accepted_and_why_is_not_folded_away() {
    let page = markdown::comparison(&samples::accepted());
    assert!(page.starts_with("### perfgate: no regression in 3 benchmarks, 1 improved, 1 accepted\n"), "{page}");
    assert!(rows(&page)[0].ends_with("| accepted |"), "{page}");
    let shown = page.split("<details>").next().unwrap();
    let why = "`b` `latency_p50`: accepted up to 35 % until 2026-12-31: exact rounding, see &#35;<wbr>12\n";
    assert!(shown.contains(why), "{page}");
    assert!(!page.contains("Worst:"), "what is accepted is no regression: {page}");
}

#[test]
fn no_hostile_name_leaves_its_cell_or_does_anything() {
    for page in [markdown::comparison(&hostile()), markdown::run(&hostile_run())] {
        let cells = page.lines().find(|line| line.starts_with('|')).unwrap().matches('|').count();
        for row in rows(&page) {
            assert_eq!(row.matches('|').count(), cells, "{row}");
        }
        let mut fence: Option<&str> = None;
        for line in page.lines() {
            match fence {
                Some(open) if line == open => fence = None,
                Some(_) => continue,
                None if line.starts_with("```") => fence = Some(line.trim_end_matches("text")),
                None => {}
            }
            for harmful in ["@team", "<script", "-->", "https://", "www.", "[l]", "#4711", "\u{202e}", "::error"] {
                assert!(!line.contains(harmful), "{harmful}: {line}");
            }
        }
        assert_eq!(fence, None, "every block of code is closed");
        assert!(!page.contains(|c: char| c.is_control() && c != '\n'), "{page}");
    }
}

#[test]
fn it_never_exceeds_a_comment_and_says_what_was_left_out() {
    let many = (0..1_200).map(|number| latency(&format!("suite/case {number} `|`"), 1.2 + f64::from(number) / 9999.0));
    let page = markdown::comparison(&judged(&sides(many), Method::StoredBaseline));
    assert!(page.len() <= 60_000 && page.len() > 30_000, "{} bytes", page.len());
    let left_out = 1_200 - rows(&page).len();
    assert!(
        page.contains(&format!("{} more rows are left out here.", crate::render::units::whole(left_out as u64))),
        "{page}"
    );
    assert!(page.ends_with("</details>\n"), "{page}");
    assert!(rows(&page).iter().all(|row| row.ends_with("| **regression** |")), "rows are cut as a whole");
    assert!(markdown::comparison(&hostile()).len() <= 60_000);

    let benchmarks: Vec<_> =
        (0..1_200).map(|number| latency(&format!("case {number}"), 1.0)).map(|[base, _]| base).collect();
    let page = markdown::run(&RunOutcome {
        result: samples::result("3", benchmarks),
        failures: Vec::new(),
        not_reached: Vec::new(),
    });
    assert!(page.len() <= 60_000, "{} bytes", page.len());
    assert!(markdown::run(&hostile_run()).len() <= 60_000);
}

#[test]
fn in_few_bytes_there_is_the_verdict_and_whole_rows_of_the_worst() {
    for (kind, shown) in all_kinds().iter().enumerate() {
        let whole = markdown::comparison(shown);
        let headline = whole.lines().next().unwrap();
        for bytes in [59_500, 20_000, 8_000, 3_000, 1_000, 300, 60, 0] {
            let page = markdown::comparison_within(shown, bytes);
            assert!(page.len() <= bytes.max(headline.len() + 1), "kind {kind}: {} in {bytes}", page.len());
            assert_eq!(page.lines().next(), Some(headline));
            assert_eq!(page.matches("<details>").count(), page.matches("</details>").count(), "{page}");
            let kept = rows(&page);
            assert_eq!(kept, rows(&whole)[..kept.len()], "the worst rows, whole");
        }
    }
    let many = sides((0..300).map(|number| latency(&number.to_string(), 1.3)));
    let page = markdown::comparison_within(&judged(&many, Method::SideBySide), 4_000);
    let kept = rows(&page).len();
    assert!(kept > 5, "{page}");
    assert!(page.contains(&format!("{} more rows are left out here.", 300 - kept)), "{page}");
}

#[test]
fn of_many_rows_the_worst_are_in_sight_and_the_others_folded() {
    let many = (0..40).map(|number| latency(&number.to_string(), if number < 30 { 1.3 } else { 0.7 }));
    let page = markdown::comparison(&judged(&sides(many), Method::SideBySide));
    assert_eq!(rows(page.split("<details>").next().unwrap()).len(), 12, "{page}");
    assert_eq!(rows(&page).len(), 40);
    assert!(page.contains("<summary>28 more rows: 18 regression, 10 improvement</summary>"), "{page}");
}

#[test]
fn of_many_failures_the_first_are_in_sight_and_the_others_folded() {
    let [base, candidate] = sides([latency("a", 1.0)]);
    let failure =
        |number: usize| Failure { benchmark: format!("b{number}"), reason: format!("no {number}\n    said {number}") };
    let setting = Setting { failures: (0..9).map(failure).collect(), method: Method::SideBySide, ..Setting::default() };
    let page = markdown::comparison(&compare(&base, &candidate, &GatePolicy::default(), &setting));
    let in_sight = page.split("<details>").next().unwrap();
    assert_eq!((in_sight.matches("```text\nsaid ").count(), page.matches("```text\nsaid ").count()), (5, 9), "{page}");
    assert!(page.contains("<details><summary>4 more</summary>\n\n`b5`: no 5\n"), "{page}");
}

#[test]
fn a_regression_says_how_to_see_it_again_and_how_to_accept_it() {
    let red = judged(&sides([latency("a", 1.3), latency("b c", 1.3), latency("d", 1.0)]), Method::SideBySide);
    let page = markdown::comparison(&red);
    let folded = page.split("<summary>Reproduce it, or accept it<").nth(1).unwrap();
    assert!(folded.contains("\ngit checkout 33333333\nperfgate check a 'b c' --against 88888888\n"), "{page}");
    assert!(
        folded.contains("\nperfgate accept a latency_p50 --up-to 33% --why \"…\"\nperfgate accept 'b c' "),
        "{page}"
    );
    let odd = judged(&sides([latency("$(reboot)", 1.3)]), Method::SideBySide);
    let page = markdown::comparison(&odd);
    assert!(page.contains("\nperfgate check --against 88888888\n"), "{page}");
    let from_file =
        "\nperfgate check --against 88888888 -o check.json\nperfgate accept --from check.json --why \"…\"\n";
    assert!(page.contains(from_file), "{page}");
}

#[test]
fn of_a_trial_merge_the_change_is_named_and_the_merge_is_made_again() {
    let mut red = judged(&sides([latency("a", 1.3)]), Method::SideBySide);
    red.candidate.head = Some("c".repeat(40).parse().unwrap());
    let page = markdown::comparison(&red);
    assert!(page.contains("`cccccccc` (`faster`, merged into the base) against `88888888` (`main`)"), "{page}");
    assert!(page.contains("\ngit checkout --detach cccccccc\ngit merge --no-edit 88888888\n"), "{page}");
    assert!(!page.contains("33333333"), "nobody knows the merge: {page}");
    let table = comparison(&red, &Look { color: false, width: None, verbose: false });
    assert!(table.starts_with("perfgate check   cccccccc (faster, merged into the base) against"), "{table}");
}

#[test]
fn what_is_undecided_says_whether_that_fails_the_check() {
    let [base, candidate] = usual();
    let only = |result: &crate::result::RunResult| crate::result::RunResult {
        benchmarks: vec![result.benchmark("digits/offline").unwrap().clone()],
        ..result.clone()
    };
    let mut open = judged(&[only(&base), only(&candidate)], Method::SideBySide);
    let lead = |shown: &crate::gate::Comparison| markdown::comparison(shown).lines().nth(2).unwrap().to_owned();
    assert!(lead(&open).starts_with("`digits/offline` `throughput`: 18."), "{}", lead(&open));
    assert!(lead(&open).ends_with(", too noisy to tell. That does not fail the check."), "{}", lead(&open));
    open.exit_status = crate::gate::ExitStatus::Inconclusive;
    assert!(lead(&open).ends_with("That fails the check, because `fail_on` names `inconclusive`."), "{}", lead(&open));
}

#[test]
fn a_run_is_a_table_with_its_machine() {
    let [base, _] = sides([latency("a", 1.0)]);
    let page = markdown::run(&RunOutcome::complete(base));
    let expected = "
### perfgate: 1 benchmark of `88888888` measured

| benchmark | metric | median | std dev | lowest … highest | rounds |
|:--|:--|--:|--:|--:|--:|
| `a` | `latency_p50` | 4.13 ms | 1.1 % | 4.06 … 4.19 | 10 |

Machine: Some CPU @ 2.80GHz, 2 cores, 8.00 GiB, Debian GNU/Linux 12, kernel 6.1.0, x86_64, GitHub Actions (`intel-2c`)
";
    assert_eq!(page, expected.trim_start_matches('\n'), "\n{page}");
}

#[test]
fn a_warning_of_many_benchmarks_is_one_line() {
    let names = ["a", "b", "c"];
    let benchmarks = names.iter().enumerate().map(|(number, name)| {
        let mut benchmark =
            samples::benchmark(name, vec![samples::metric("latency_p50", "ns", samples::around(1e6, 5))]);
        let message = format!("`latency_p50` varies by {} %", 11 + number / 2);
        benchmark.warnings.push(Warning { code: "high-variation".to_owned(), message });
        benchmark
    });
    let outcome = RunOutcome {
        result: samples::result("3", benchmarks.collect()),
        failures: Vec::new(),
        not_reached: Vec::new(),
    };
    let page = markdown::run(&outcome);
    let lines: Vec<&str> = page.lines().filter(|line| line.contains("varies")).collect();
    assert_eq!(lines, ["- `a` and `b`: `latency_p50` varies by 11 %; likewise, with other figures: `c`"], "{page}");
}
