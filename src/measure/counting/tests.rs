use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::dataset::{Dataset, Format};

fn ready(lines: &str, samples: Option<usize>) -> Ready {
    let path = if samples.is_some() { "dataset = \"d.csv\"" } else { "" };
    let text = format!("[[benchmark]]\nname = \"a\"\ncounters = [\"instructions\"]\n{path}\n{lines}\n");
    let benchmark = crate::config::parse(&text).unwrap().benchmarks.remove(0);
    let csv = |samples| "x\n".to_owned() + &"1\n".repeat(samples);
    let dataset = samples.map(|samples| Arc::new(Dataset::read(Format::Csv, csv(samples).as_bytes()).unwrap()));
    let subject =
        crate::measure::Subject { benchmark, directory: PathBuf::from("."), variables: Vec::new(), slowdown: None };
    Ready { subject, dataset, trace: None }
}

fn asked(work: &Work) -> Vec<u32> {
    work.sessions().iter().map(|session| session.stopping.queries.get()).collect()
}

fn callgrind() -> Means {
    Means::Callgrind { instead: "none here".to_owned() }
}

fn result() -> BenchmarkResult {
    BenchmarkResult::imported("a", Vec::new())
}

#[test]
fn two_sessions_differ_in_their_queries_alone() {
    let work = work(&ready("worker = [\"w\"]\nqueries = 30", None), 1);
    assert_eq!(asked(&work), [1, 31]);
    let Work::Difference(sessions, queries) = work else { panic!("a worker answers many queries") };
    assert_eq!(queries, 30);
    let [few, many] = *sessions;
    assert_eq!(few, RoundRequest { stopping: few.stopping, ..many.clone() });
    assert!(few.repeatable && few.padding == 0 && few.warmup == 10);
}

#[test]
fn no_more_samples_are_counted_than_a_mean_needs() {
    let asked = |lines: &str| asked(&work(&ready(lines, Some(5)), 1));
    assert_eq!(asked("worker = [\"w\"]\nqueries = 5000"), [1, 101]);
    assert_eq!(asked("worker = [\"w\"]\nqueries = 5000\nscenario = \"multi-stream\"\nsamples_per_query = 20"), [1, 6]);
    assert_eq!(asked("worker = [\"w\"]\nqueries = 64\nscenario = \"offline\"\nbatch_size = 32"), [1, 3]);
    assert_eq!(asked("worker = [\"w\"]\nqueries = 9000\nscenario = \"offline\"\nbatch_size = 500"), [1, 2]);
    assert_eq!(asked("command = [\"c\"]"), [1; 5]);
}

#[test]
fn a_command_is_counted_once_where_every_process_does_the_same_and_else_for_several_samples() {
    let one = work(&ready("command = [\"c\"]", None), 1);
    assert_eq!((asked(&one), one.sessions()[0].warmup), (vec![1], 0));
    let several = work(&ready("command = [\"c\"]\nqueries = 3", Some(50)), 1);
    let mut seeds: Vec<u64> = several.sessions().iter().map(|session| session.sample_seed).collect();
    seeds.dedup();
    assert_eq!(seeds.len(), 3);
}

#[test]
fn whatever_the_scenario_one_query_is_asked_at_a_time_and_the_samples_never_end() {
    let server =
        work(&ready("worker = [\"w\"]\nscenario = \"server\"\ntarget_qps = 10\nsamples = \"unique\"", Some(100)), 1);
    let session = &server.sessions()[1];
    assert_eq!((&session.scenario, session.sampling), (&Scenario::SingleStream, Sampling::Permutation));
    let offline = work(&ready("worker = [\"w\"]\nscenario = \"offline\"\nbatch_size = 4", Some(9)), 1);
    let four = NonZeroU32::new(4).unwrap();
    assert_eq!(offline.sessions()[0].scenario, Scenario::MultiStream { samples_per_query: four });
}

fn counted(means: &Means, values: Vec<f64>) -> Result<Counted, Uncounted> {
    conclude(means, values).map_err(Uncounted::Unavailable)
}

#[test]
fn counts_become_a_judged_metric_and_a_rule_that_says_how_they_were_made() {
    let mut all = [Measured::Fully(Box::new(result()))];
    Counts(vec![Some(counted(&callgrind(), vec![1000.0, 1000.5]))]).add_to(&mut all);
    let [Measured::Fully(result)] = all else { panic!("it was measured") };
    let metric = result.metric("instructions").unwrap();
    assert_eq!((metric.unit.as_str(), metric.rounds.count(), metric.gate), ("Ir", 2, true));
    let rule = &result.validity[0];
    assert!(rule.held && rule.detail.contains("none here") && rule.detail.contains("0.0500 % apart"), "{rule:?}");
    assert_eq!(result.warnings, []);
}

#[test]
fn counts_that_do_not_repeat_are_kept_with_a_warning() {
    let mut measured = result();
    add(counted(&Means::Processor, vec![1000.0, 1020.0, 1030.0, 1000.0, 1040.0]), &mut measured);
    assert!(measured.metric("instructions").is_some());
    assert_eq!(measured.warnings[0].code, "counts-repeat");
    assert!(measured.warnings[0].message.contains("2.00 % apart"), "{:?}", measured.warnings);
}

#[test]
fn where_nothing_was_counted_the_metric_is_absent_and_the_reason_is_told() {
    let mut measured = result();
    add(
        Err(Uncounted::Unavailable("neither by the processor (none) nor by callgrind (none)".to_owned())),
        &mut measured,
    );
    assert_eq!(measured.metrics, []);
    assert_eq!(measured.warnings[0].code, "counters-unavailable");
    assert!(measured.warnings[0].message.contains("could not be counted, neither by"), "{:?}", measured.warnings);
}

#[test]
fn what_the_system_counts_itself_stands() {
    let mut measured = result();
    let own = conclude(&Means::Processor, vec![7.0]).unwrap().metric;
    measured.metrics.push(own.clone());
    add(counted(&callgrind(), vec![9.0, 9.0]), &mut measured);
    assert_eq!(measured.metrics, [own]);
    assert!(measured.warnings[0].message.contains("its own count stands"));
}

#[test]
fn what_was_not_counted_in_time_is_told_apart_from_what_cannot_be_counted() {
    let mut measured = result();
    add(Err(Uncounted::NotInTime), &mut measured);
    assert_eq!((measured.metrics.as_slice(), measured.warnings[0].code.as_str()), ([].as_slice(), COUNTS_NOT_IN_TIME));
}
