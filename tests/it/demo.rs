//! `perfgate demo`: the whole story. What it measures is real, so what is tested here is that the story is told to its end
//! and that its exit status is what it says; whether the verdicts are right on this machine is the demo's own business to
//! report.

use crate::support::Project;

#[test]
fn the_story_is_told_and_leaves_nothing_behind() {
    let project = Project::bare();
    let said = project.perfgate(&["demo"]);
    said.out_has("perfgate record");
    said.out_has("latency_p50");
    let went_well = said.out.contains("Unchanged: exit status 0. Slower: exit status 1");
    assert_eq!(said.status, if went_well { 0 } else { 4 }, "{}", said.out);
    let caught = said.out.contains("regression");
    assert!(caught, "five times the work is seen on any machine:\n{}", said.out);
    // All of the work that is added is the model's.
    said.out_has("begin to look in stage `inference`, whose median rose by ");
    assert_eq!(std::fs::read_dir(project.path()).unwrap().count(), 0, "nothing is written where it was started");
}
