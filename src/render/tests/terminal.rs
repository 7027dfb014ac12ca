use super::samples::{self, all_kinds, hostile_run, judged, latency, sides, usual};
use crate::gate::{Comparison, Method};
use crate::render::{Look, comparison, markdown, plain, run};
use crate::result::{Failure, RunResult, Warning};

pub const PLAIN: Look = Look { color: false, width: None, verbose: false };

pub fn at(width: u16) -> Look {
    Look { width: Some(width), ..PLAIN }
}

/// Without the escape sequences that set colours.
fn stripped(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        kept.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    kept + rest
}

#[track_caller]
pub fn assert_says(text: &str, expected: &str) {
    assert_eq!(text, expected.trim_start_matches('\n'), "\n{text}");
}

#[test]
fn the_usual_table_in_full() {
    assert_says(
        &comparison(&judged(&usual(), Method::Paired), &PLAIN),
        "
perfgate compare   faster (33333333) against main (88888888)   side by side, 10 rounds

 benchmark       metric       baseline  candidate   change        interval      p  verdict
 errors          error_rate        0 %     4.00 %  +4.0 pp    [+4.0, +4.0]  <.001  regression
 size            binary       1.18 MiB   1.56 MiB  +32.4 %                  exact  regression
 digits/server   latency_p99   4.13 ms    5.03 ms  +21.9 %  [+20.9, +22.9]  <.001  regression
 digits/offline  throughput   18.7 k/s   17.4 k/s   −7.1 %  [−25.9, +16.6]    .47  inconclusive
 tokenize        latency_p50    814 µs     640 µs  −21.4 %  [−22.9, −19.9]  <.001  improvement
 27 more: unchanged (exactly equal); -v lists them

3 regressions. At most 5 in 100 checks of unchanged code would say so.
  errors error_rate: 4 percentage points worse (95 % interval: 3.95 to 4.05 percentage points worse), beyond the threshold of 1 percentage point; p < 0.001 after correction for 4 tests
  size binary: from 1234567 to 1634567 B, worse by more than 10 %, with no variation to test against
  digits/server latency_p99: 21.9 % slower (95 % interval: 20.9 % slower to 22.9 % slower), beyond the threshold of 10 %; p < 0.001 after correction for 4 tests
  digits/offline throughput: 7.06 % slower (95 % interval: 16.6 % faster to 25.9 % slower); p = 0.470 after correction for 4 tests; could have seen ±33.3 %; about 97 rounds a side would see 10 %
",
    );
}

#[test]
fn what_is_accepted_has_its_row_and_its_reason() {
    assert_says(
        &comparison(&samples::accepted(), &at(100)),
        "
perfgate check   33333333 (faster) against 88888888 (main)   side by side, 10 rounds

 benchmark  metric       baseline  candidate   change        interval      p  verdict
 b          latency_p50   4.13 ms    5.36 ms  +29.7 %  [+27.2, +32.2]  <.001  accepted
 c          latency_p50   4.13 ms    3.30 ms  −20.1 %  [−21.7, −18.4]  <.001  improvement
 1 more: unchanged (exactly equal); -v lists them

No regression but 1 that is accepted, 1 improvement.
  b latency_p50: accepted up to 35 % until 2026-12-31: exact rounding, see #12
",
    );
}

#[test]
fn what_the_measurements_were_warned_of_is_said_once_with_whose_it_is() {
    let mut both = sides(["a", "b", "c"].map(|name| latency(name, 1.0)));
    let warning = |code: &str, message: &str| Warning { code: code.to_owned(), message: message.to_owned() };
    both[0].benchmarks[0].warnings.push(warning("drift", "it drifts by 7 %"));
    both[0].benchmarks[2].warnings.push(warning("noise", "it is noisy"));
    for benchmark in &mut both[1].benchmarks[..2] {
        benchmark.warnings.push(warning("drift", &format!("it drifts by 8 % in {}", benchmark.name)));
        benchmark.warnings.push(warning("noise", "it is noisy"));
    }
    let shown = judged(&both, Method::SideBySide);
    let expected = "
warning: a: it drifts by 8 % in a
  likewise, with other figures (-v): b (candidate)
warning: a (candidate), b (candidate) and c (baseline): it is noisy
";
    let text = comparison(&shown, &PLAIN);
    assert!(text.ends_with(expected), "{text}");
    let in_full = comparison(&shown, &Look { verbose: true, ..PLAIN });
    assert!(in_full.contains("warning: b (candidate): it drifts by 8 % in b\n"), "{in_full}");
    let page = markdown::comparison(&shown);
    let folded = "<details><summary>2 warnings about the measurement</summary>\n\n\
                  - `a`: it drifts by 8 % in a; likewise, with other figures: `b` (candidate)\n\
                  - `a` (candidate), `b` (candidate) and `c` (baseline): it is noisy\n";
    assert!(page.contains(folded), "{page}");
}

#[test]
fn at_80_columns_the_interval_gives_way() {
    assert_says(
        &comparison(&judged(&usual(), Method::Paired), &at(80)),
        "
perfgate compare   faster (33333333) against main (88888888)
  side by side, 10 rounds

 benchmark       metric       baseline  candidate   change      p  verdict
 errors          error_rate        0 %     4.00 %  +4.0 pp  <.001  regression
 size            binary       1.18 MiB   1.56 MiB  +32.4 %  exact  regression
 digits/server   latency_p99   4.13 ms    5.03 ms  +21.9 %  <.001  regression
 digits/offline  throughput   18.7 k/s   17.4 k/s   −7.1 %    .47  inconclusive
 tokenize        latency_p50    814 µs     640 µs  −21.4 %  <.001  improvement
 27 more: unchanged (exactly equal); -v lists them

3 regressions. At most 5 in 100 checks of unchanged code would say so.
  errors error_rate: 4 percentage points worse (95 % interval: 3.95 to 4.05
    percentage points worse), beyond the threshold of 1 percentage point;
    p < 0.001 after correction for 4 tests
  size binary: from 1234567 to 1634567 B, worse by more than 10 %, with no
    variation to test against
  digits/server latency_p99: 21.9 % slower (95 % interval: 20.9 % slower to
    22.9 % slower), beyond the threshold of 10 %; p < 0.001 after correction for
    4 tests
  digits/offline throughput: 7.06 % slower (95 % interval: 16.6 % faster to
    25.9 % slower); p = 0.470 after correction for 4 tests; could have seen
    ±33.3 %; about 97 rounds a side would see 10 %
",
    );
}

#[test]
fn at_60_columns_the_metric_moves_below_the_benchmark() {
    assert_says(
        &comparison(&judged(&usual(), Method::StoredBaseline), &at(60)),
        "
perfgate check   33333333 (faster) against 88888888 (main)
  stored baseline, 10 rounds

 benchmark       baseline  candidate   change  verdict
 errors               0 %     4.00 %  +4.0 pp  regression
   error_rate
 size            1.18 MiB   1.56 MiB  +32.4 %  regression
   binary
 digits/server    4.13 ms    5.04 ms  +22.0 %  regression
   latency_p99
 digits/offline  18.1 k/s   17.3 k/s   −4.2 %  inconclusive
   throughput
 tokenize          813 µs     639 µs  −21.4 %  improvement
   latency_p50
 27 more: unchanged (a worsening beyond 10 % is ruled out);
 -v lists them

3 regressions. A stored baseline cannot see whether the
machine's own speed changed between the two sessions.
  errors error_rate: 4 percentage points worse (95 %
    interval: 3.96 to 4.04 percentage points worse), beyond
    the threshold of 1 percentage point; p < 0.001 after
    correction for 31 tests
  size binary: from 1234567 to 1634567 B, worse by more than
    10 %, with no variation to test against
  digits/server latency_p99: 22 % slower (95 % interval:
    20.6 % slower to 23.3 % slower), beyond the threshold of
    10 %; p < 0.001 after correction for 31 tests
  digits/offline throughput: 4.21 % slower (95 % interval:
    14.1 % faster to 19.6 % slower); p = 1.000 after
    correction for 31 tests; could have seen ±31.7 %; about
    103 rounds a side would see 10 %

next: to rule out a slower machine, measure both side by
      side: perfgate check --against 88888888
      if all of it is intended, save it with `-o check.json`
      and accept it for review:
      perfgate accept --from check.json --why \"…\"
",
    );
}

#[test]
fn at_40_columns_rows_become_paragraphs() {
    let pair = sides([latency("digits/server", 1.3)]);
    assert_says(
        &comparison(&judged(&pair, Method::Paired), &at(40)),
        "
perfgate compare
  faster (33333333) against main
    (88888888)
  side by side, 10 rounds

 digits/server latency_p50 regression
   baseline 4.13 ms, candidate 5.36 ms,
   change +29.7 %,
   interval [+27.2, +32.2], p <.001

1 regression. At most 5 in 100 checks of
unchanged code would say so.
  digits/server latency_p50: 29.7 %
    slower (95 % interval: 27.2 % slower
    to 32.2 % slower), beyond the
    threshold of 10 %; p < 0.001
",
    );
}

#[test]
fn nothing_changed_is_one_line_below_the_heading() {
    assert_says(
        &comparison(&judged(&sides([latency("a", 1.0), latency("b", 1.0)]), Method::StoredBaseline), &PLAIN),
        "
perfgate check   33333333 (faster) against 88888888 (main)   stored baseline, 10 rounds

No regression: both rows are unchanged (a worsening beyond 10 % is ruled out); -v lists them.
",
    );
}

#[test]
fn a_first_run_says_what_was_measured_and_what_happens_next() {
    let [base, candidate] = sides([latency("a", 1.0)]);
    let nothing = RunResult { benchmarks: Vec::new(), commit: None, environment: None, ..base };
    let first =
        Comparison { base: crate::gate::Origin::default(), ..judged(&[nothing, candidate], Method::StoredBaseline) };
    assert_says(
        &comparison(&first, &PLAIN),
        "
perfgate check   33333333 (faster), no baseline

 benchmark  metric       candidate  verdict
 a          latency_p50    4.13 ms  no-baseline

There is no baseline yet, so nothing was compared.

next: on the commit to compare with, usually the main branch's, record what is normal, for later checks to compare with: perfgate record
      or measure both revisions now, without a baseline: perfgate check --against REV
",
    );
}

#[test]
fn a_baseline_of_another_machine_is_said_once() {
    let [base, mut candidate] = usual();
    candidate.environment = Some(samples::machine("other"));
    assert_says(
        &comparison(&judged(&[base, candidate], Method::StoredBaseline), &at(80)),
        "
perfgate check   33333333 (faster) against 88888888 (main)   stored baseline

Nothing could be compared: the baseline comes from another machine.
  all 32 rows: measured on another machine: the baseline on intel-2c, the
    candidate on other

next: record the baseline on this machine too:
      git checkout 88888888 && perfgate record
      or measure both revisions here, without a baseline:
      perfgate check --against 88888888
",
    );
}

#[test]
fn verbose_lists_the_unchanged_too() {
    let both = judged(&sides([latency("a", 1.0), latency("b", 1.0)]), Method::StoredBaseline);
    let text = comparison(&both, &Look { verbose: true, ..PLAIN });
    assert_eq!(text.lines().filter(|line| line.ends_with(" unchanged")).count(), 2, "{text}");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for (kind, shown) in all_kinds().iter().enumerate() {
        for width in (2..=30).chain([40, 55, 60, 72, 80, 100, 120, 200]) {
            let text = comparison(shown, &at(width));
            let widest = text.lines().max_by_key(|line| plain::width(line)).unwrap();
            assert!(plain::width(widest) <= usize::from(width), "kind {kind} at {width}: {widest:?}");
        }
    }
    for width in [20, 40, 60, 80] {
        let text = run(&hostile_run(), &at(width));
        let widest = text.lines().max_by_key(|line| plain::width(line)).unwrap();
        assert!(plain::width(widest) <= usize::from(width), "run at {width}: {widest:?}");
    }
}

#[test]
fn colour_only_repeats_what_a_word_says() {
    for shown in &all_kinds() {
        for width in [None, Some(120), Some(60), Some(30)] {
            let look = Look { width, ..PLAIN };
            let colored = comparison(shown, &Look { color: true, ..look });
            assert_eq!(stripped(&colored), comparison(shown, &look));
        }
    }
    let red = comparison(&judged(&usual(), Method::Paired), &Look { color: true, ..PLAIN });
    assert!(red.contains("\u{1b}[1;31mregression\u{1b}[0m\n"), "{red}");
}

#[test]
fn no_hostile_name_reaches_the_terminal_raw() {
    let texts = [
        comparison(&samples::hostile(), &PLAIN),
        comparison(&samples::hostile(), &Look { verbose: true, ..at(60) }),
        run(&hostile_run(), &PLAIN),
    ];
    for text in texts {
        let harmful = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{202c}\u{200b}\u{2028}\u{a0}".contains(c);
        assert!(!text.contains(harmful), "{text}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
        assert!(!text.contains("##["), "{text}");
    }
    let table = comparison(&samples::hostile(), &PLAIN);
    let rows = table.lines().filter(|line| line.ends_with(" regression")).count();
    assert_eq!(rows, samples::hostile_names().len(), "one line a row:\n{table}");
    let ends: Vec<usize> = table.lines().filter(|line| line.ends_with(" regression")).map(plain::width).collect();
    assert!(ends.windows(2).all(|pair| pair[0] == pair[1]), "the columns stay straight: {ends:?}");
}

#[test]
fn three_hundred_rows_are_listed_once_each_and_explained_in_part() {
    let many = (0..300).map(|number| latency(&format!("case {number}"), 1.2 + f64::from(number) / 999.0));
    let text = comparison(&judged(&sides(many), Method::StoredBaseline), &at(100));
    assert_eq!(text.lines().filter(|line| line.ends_with(" regression")).count(), 300);
    assert!(text.contains("300 regressions. "), "{text}");
    assert!(text.contains(" more reasons; -v lists them"), "{text}");
}

#[test]
fn a_failure_shows_the_command_and_its_last_words() {
    let [base, candidate] = sides([latency("a", 1.0)]);
    let reason = "`./tool` exited with status 3; the last it wrote to standard error:\n    \u{1b}[31mno\u{1b}[0m model";
    let failures = vec![Failure { benchmark: "t".to_owned(), reason: reason.to_owned() }];
    let setting = crate::gate::Setting { failures, method: Method::StoredBaseline, ..Default::default() };
    let shown = crate::gate::compare(&base, &candidate, &Default::default(), &setting);
    assert_says(
        &comparison(&shown, &at(80)),
        "
perfgate check   33333333 against 88888888   stored baseline, 10 rounds

 benchmark  verdict
 t          failed
 1 more: unchanged (a worsening beyond 10 % is ruled out); -v lists them

1 benchmark could not be measured.
  t: `./tool` exited with status 3; the last it wrote to standard error:
      no model

next: when it is repaired, try it alone: perfgate run t
",
    );
}
