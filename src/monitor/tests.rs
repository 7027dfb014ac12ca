use std::io::{Read, Write};
use std::process::{Command, Stdio};

use super::*;
use crate::usage::Peak;

/// A process that answers a line with a line and ends with its input.
fn echo() -> Child {
    Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

/// Waits until the process runs its own program: its memory is perfgate's until then.
fn until_it_answers(child: &mut Child) {
    child.stdin.as_mut().unwrap().write_all(b"x").unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
}

#[test]
fn a_process_is_seen_while_it_runs_and_told_when_it_ends() {
    let mut watch = Watch::begin(None).unwrap();
    let monitor = watch.monitor();
    let mut child = echo();
    let root = monitor.started(child.id());
    until_it_answers(&mut child);
    watch.ready();
    let serving = watch.answered();
    monitor.leaving(root, child.id());
    assert!(monitor.reap(root, child).unwrap().success());
    let observed = watch.finish().unwrap();
    assert!(observed.spent.time() > 0 && serving.unwrap() < observed.spent.time(), "{observed:?}");
    assert_eq!(observed.threads, Some(1));
    assert!(matches!(observed.peak, Peak::Known(bytes) if bytes > 100_000), "{:?}", observed.peak);
    assert_eq!((observed.cost.looks, observed.cost.longest_gap, observed.cost.meanwhile), (2, None, 0));
    assert!(observed.cost.time > 0 && observed.cost.time < observed.cost.span);
    assert_eq!(observed.spent.disk_written, Some(0), "it wrote to a pipe");
}

#[test]
fn looks_in_between_see_who_runs_and_cost_something() {
    let mut watch = Watch::begin(Some(Duration::from_millis(1))).unwrap();
    let monitor = watch.monitor();
    let mut child = echo();
    let root = monitor.started(child.id());
    watch.ready();
    while lock(&monitor.0.looking).cost.looks < 5 {
        until_it_answers(&mut child);
    }
    monitor.leaving(root, child.id());
    monitor.reap(root, child).unwrap();
    let observed = watch.finish().unwrap();
    assert!(observed.samples.len() >= 5);
    assert!(observed.samples.is_sorted_by_key(|sample| (sample.at, sample.time)), "{:?}", observed.samples);
    assert!(observed.cost.meanwhile > 0 && observed.cost.longest_gap.unwrap() > 0);
}

#[test]
fn without_a_process_there_is_nothing_to_tell_and_a_watch_that_is_dropped_ends() {
    assert_eq!(Watch::begin(None).unwrap().finish(), None);
    let watch = Watch::begin(Some(Duration::from_secs(3600))).unwrap();
    drop(watch);
}

#[test]
fn counts_are_those_of_the_process_that_was_waited_for() {
    let script = "i=0; while [ $i -lt 20 ]; do sh -c :; i=$((i+1)); done";
    let child = Command::new("sh").args(["-c", script]).spawn().unwrap();
    let reaped = reap::reap(child).unwrap();
    assert!(reaped.status.success() && reaped.spent.time() > 0 && reaped.peak.unwrap() > 0);
    // Where other tests reap their processes at the same time, the counts are not known.
    assert!(reaped.spent.voluntary_switches.is_none_or(|switches| switches >= 20), "{:?}", reaped.spent);
    assert!(reaped.spent.minor_faults.is_none_or(|faults| faults >= 20), "{:?}", reaped.spent);
}
