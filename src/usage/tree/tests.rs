use super::*;

const SECOND: u64 = 1_000_000_000;
const MIB: u64 = 1 << 20;

/// A process that was started in the tick of its own number.
fn process(pid: u32, parent: u32, time: u64) -> Process {
    let spent = Spent { user: time, ..Spent::NOTHING };
    Process { pid, started: u64::from(pid), parent, spent, resident: MIB, peak: None, threads: 1 }
}

fn kin(root: Root, processes: &[Process]) -> Vec<Kin> {
    processes.iter().map(|process| Kin { root, process: process.clone() }).collect()
}

fn spent(time: u64) -> Spent {
    Spent { user: time, ..Spent::NOTHING }
}

#[test]
fn a_process_that_ends_unseen_is_in_what_it_is_reaped_with() {
    let mut tree = Tree::default();
    for time in [3, 4] {
        let root = tree.start(100);
        tree.end(root, &spent(time), Some(9 * MIB));
    }
    assert_eq!((tree.present().time(), tree.time(), tree.threads()), (7, 7, None));
    assert_eq!(tree.peak(8 * MIB), Peak::Known(9 * MIB));
}

#[test]
fn a_child_that_was_waited_for_between_two_looks_counts_once() {
    let mut tree = Tree::default();
    let root = tree.start(10);
    tree.look(0, kin(root, &[process(10, 1, 5), process(11, 10, 100)]));
    assert_eq!(tree.time(), 105);
    // It ended after 20 more, and its parent has waited for it.
    tree.look(1, kin(root, &[process(10, 1, 5 + 120)]));
    assert_eq!((tree.time(), tree.present().time()), (125, 125));
    tree.end(root, &spent(130), None);
    assert_eq!(tree.present().time(), 130);
}

#[test]
fn a_grandchild_whose_parent_ends_with_it_counts_once() {
    let mut tree = Tree::default();
    let root = tree.start(10);
    tree.look(0, kin(root, &[process(10, 1, 5), process(11, 10, 7), process(12, 11, 100)]));
    tree.look(1, kin(root, &[process(10, 1, 5 + 7 + 100)]));
    assert_eq!(tree.present().time(), 112);
}

#[test]
fn what_nobody_waits_for_counts_as_it_was_last_seen() {
    let mut tree = Tree::default();
    let root = tree.start(10);
    tree.look(0, kin(root, &[process(10, 1, 5), process(11, 1, 100)]));
    tree.look(1, kin(root, &[process(10, 1, 5)]));
    tree.look(2, kin(root, &[process(10, 1, 5)]));
    assert_eq!(tree.present().time(), 105);
}

#[test]
fn children_that_are_killed_with_the_root_count_up_to_then() {
    let mut tree = Tree::default();
    let root = tree.start(10);
    let children = [process(10, 1, 5), process(11, 10, 100), process(12, 10, 50), process(13, 1, 1)];
    tree.look(0, kin(root, &children));
    assert_eq!(tree.left_behind(root), [(11, 11), (12, 12), (13, 13)]);
    // The second has ended, and the root has waited for it.
    tree.leave(root, &[process(11, 10, 130), Process { peak: Some(300 * MIB), ..process(13, 1, 2) }]);
    // A look that began before comes too late to count them once more.
    tree.look(1, kin(root, &children));
    tree.end(root, &spent(5 + 50), None);
    tree.look(2, kin(root, &children));
    assert_eq!(tree.present().time(), 130 + 2 + 55);
    assert_eq!(tree.peak(0), Peak::Unknown, "the root itself was not seen");
}

#[test]
fn children_that_end_together_with_their_parent_count_as_they_were_seen() {
    let mut tree = Tree::default();
    let root = tree.start(10);
    tree.look(0, kin(root, &[process(10, 1, 5_000_000), process(11, 10, 900_000_000), process(12, 10, 30_000_000)]));
    // A shell and its child were asked to end at the same time, and have; the other child was waited for before.
    tree.leave(root, &[]);
    tree.end(root, &spent(36_000_000), None);
    assert_eq!(tree.present().time(), 935_000_000);
    // A second one that was waited for in time is not counted twice.
    let root = tree.start(20);
    tree.look(1, kin(root, &[process(20, 1, 5_000_000), process(21, 20, 900_000_000)]));
    tree.leave(root, &[]);
    tree.end(root, &spent(907_000_000), None);
    assert_eq!(tree.present().time(), 935_000_000 + 907_000_000);
}

#[test]
fn a_root_that_has_not_been_seen_yet_is_not_lost() {
    let mut tree = Tree::default();
    let root = tree.start(10);
    tree.look(0, kin(root, &[process(10, 1, 5)]));
    // A list of processes that was made before it was started.
    tree.look(1, Vec::new());
    tree.look(2, kin(root, &[process(10, 1, 6)]));
    tree.end(root, &spent(8), None);
    assert_eq!(tree.present().time(), 8);
}

#[test]
fn time_never_runs_backwards() {
    let mut tree = Tree::default();
    let root = tree.start(10);
    tree.look(0, kin(root, &[process(10, 1, 5), process(11, 10, 100)]));
    // The parent was read before it had waited, the child after that.
    tree.look(1, kin(root, &[process(10, 1, 5)]));
    tree.look(2, kin(root, &[process(10, 1, 110)]));
    let times: Vec<u64> = tree.into_samples().iter().map(|sample| sample.time).collect();
    assert_eq!(times, [105, 105, 110]);
}

#[test]
fn memory_is_the_most_that_one_process_had_or_all_had_together() {
    let seen = |peaks: &[u64]| {
        let mut tree = Tree::default();
        let root = tree.start(1);
        let process = |(place, &peak): (usize, &u64)| Process { peak: Some(peak), ..process(1 + place as u32, 1, 0) };
        let all: Vec<Process> = peaks.iter().enumerate().map(process).collect();
        tree.look(0, kin(root, &all));
        tree.look(1, kin(root, &all));
        tree.end(root, &spent(0), Some(50 * MIB));
        tree
    };
    assert_eq!(seen(&[7 * MIB]).peak(50 * MIB), Peak::Known(7 * MIB), "what is told may be perfgate's own");
    assert_eq!(seen(&[7 * MIB]).peak(49 * MIB), Peak::Known(50 * MIB), "what is told is more than perfgate ever had");
    assert_eq!(seen(&[MIB, MIB, MIB]).peak(50 * MIB), Peak::Known(3 * MIB), "three with a mebibyte each");
}

#[test]
fn a_child_that_has_only_just_been_forked_does_not_count_its_parents_memory_again() {
    let mut tree = Tree::default();
    let root = tree.start(10);
    let large = || Process { resident: 200 * MIB, peak: Some(200 * MIB), ..process(10, 1, 0) };
    let forked = Process { resident: 200 * MIB, ..process(11, 10, 0) };
    tree.look(0, kin(root, &[large()]));
    tree.look(1, kin(root, &[large(), forked]));
    assert_eq!(tree.peak(0), Peak::Known(200 * MIB));
    // By now it is a program of its own.
    tree.look(2, kin(root, &[large(), process(11, 10, 0)]));
    assert_eq!(tree.peak(0), Peak::Known(201 * MIB));
}

#[test]
fn memory_that_hides_behind_perfgates_own_is_not_known() {
    let mut tree = Tree::default();
    let root = tree.start(10);
    tree.end(root, &spent(1), Some(20 * MIB));
    assert_eq!(tree.peak(20 * MIB), Peak::Below(20 * MIB));
    assert_eq!(tree.peak(20 * MIB - 1), Peak::Known(20 * MIB));
    let root = tree.start(11);
    tree.look(0, kin(root, &[Process { peak: Some(30 * MIB), ..process(11, 1, 0) }]));
    tree.end(root, &spent(1), Some(20 * MIB));
    assert_eq!(tree.peak(20 * MIB), Peak::Known(30 * MIB), "one that was seen had more than the others can have had");
    let mut silent = Tree::default();
    let root = silent.start(1);
    silent.end(root, &spent(1), None);
    assert_eq!(silent.peak(0), Peak::Unknown);
}

#[test]
fn a_long_round_keeps_evenly_spread_looks() {
    let mut tree = Tree::default();
    let root = tree.start(1);
    for at in 0..10 * MOST_SAMPLES as u64 {
        tree.look(at * SECOND, kin(root, &[process(1, 1, at)]));
    }
    assert_eq!(tree.threads(), Some(1));
    let samples = tree.into_samples();
    assert!((MOST_SAMPLES / 2..MOST_SAMPLES).contains(&samples.len()), "{}", samples.len());
    let gaps: Vec<u64> = samples.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    let most = gaps.iter().max().unwrap();
    assert!(gaps.iter().all(|gap| 2 * gap >= *most), "{gaps:?}");
}
