//! `perfgate history`: what was recorded, commit by commit.

use serde_json::Value;

use crate::support::{Project, counting_project, counting_worker, git_program};

/// A project of which these numbers of steps were recorded, a commit each; and the commits.
fn recorded(steps: &[u32]) -> (Project, Vec<String>) {
    let project = counting_project(1);
    let commits = steps.iter().enumerate().map(|(number, &steps)| {
        project.script("worker", &counting_worker(steps));
        project.write("note", &format!("{number}"));
        let commit = project.commit();
        project.perfgate(&["record"]).expect(0);
        commit
    });
    let commits = commits.collect();
    (project, commits)
}

const STEP: [u32; 12] = [100, 101, 100, 102, 101, 100, 150, 151, 150, 152, 151, 150];

#[test]
fn a_change_of_level_is_told_with_its_size_and_the_commit_to_ask() {
    let (project, commits) = recorded(&STEP);
    let said = project.perfgate(&["history", "-o", "h.json", "-o", "h.md", "-o", "h.txt"]).expect(0);
    said.out_has("12 recorded commits");
    said.out_has("worse: count steps");
    said.out_has(&format!("by {}", &commits[6][..8]));
    let document: Value = serde_json::from_str(&project.read("h.json")).unwrap();
    let points = document["change_points"].as_array().unwrap();
    let steps: Vec<&Value> = points.iter().filter(|point| point["metric"] == "steps").collect();
    let [point] = steps.as_slice() else { panic!("{points:?}") };
    assert_eq!((&point["commit"], &point["after"]), (&commits[6].as_str().into(), &commits[5].as_str().into()));
    assert_eq!((&point["commits"], &point["worse"]), (&1.into(), &true.into()));
    let change = point["change"].as_f64().unwrap();
    assert!((change - 0.5).abs() < 0.02, "{point}");
    let [low, high] = [0, 1].map(|end| point["ci"][end].as_f64().unwrap());
    assert!(low < change && change < high, "{point}");
    let order: Vec<&str> =
        document["commits"].as_array().unwrap().iter().map(|one| one["commit"].as_str().unwrap()).collect();
    assert_eq!(order, commits);
    assert!(project.read("h.md").contains("perfgate history") && project.read("h.txt").contains("▁"));
}

#[test]
fn the_order_is_that_of_the_graph_and_side_branches_do_not_count() {
    let (project, commits) = recorded(&[100, 100, 100]);
    project.git_program(&["checkout", "--quiet", &commits[1]]);
    project.perfgate(&["record", "--allow-dirty"]).expect(0);
    let said = project.perfgate(&["history", "--format", "json"]).expect(0).json();
    let told: Vec<&str> =
        said["commits"].as_array().unwrap().iter().map(|one| one["commit"].as_str().unwrap()).collect();
    assert_eq!(told, &commits[..2], "the last recorded is not the last of the graph, and a descendant is not in it");
}

#[test]
fn too_short_a_history_and_none_at_all_say_so() {
    let project = counting_project(100);
    project.perfgate(&["history"]).expect(0).out_has("Nothing is recorded");
    let (project, _) = recorded(&[100, 200]);
    let said = project.perfgate(&["history"]).expect(0);
    said.out_has("too short");
    let wrong = project.perfgate(&["history", "cuont"]).expect(2);
    wrong.err_has("nothing was recorded of `cuont`");
    wrong.err_has("there is a history of: count");
}

#[test]
fn a_shallow_clone_says_that_it_does_not_know_everything() {
    let (project, _) = recorded(&[100, 100]);
    git_program(project.path(), &["add", "baselines"]);
    git_program(project.path(), &["commit", "--quiet", "--message=baselines"]);
    let shallow = Project::cloned(project.path(), &["--depth=1"]);
    shallow.perfgate(&["history"]).expect(0).err_has("this clone does not have the whole history");
}
