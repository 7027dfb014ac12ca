//! `perfgate baselines`.

use std::fs;

use serde_json::Value;

use crate::support::{COUNTING, Project, counting_project, counting_worker};

const BRANCH: [&str; 2] = ["--store", "git:data"];

/// A project of which so many commits are recorded, in a folder and on a branch; and the commits.
fn recorded(commits: usize) -> (Project, Vec<String>) {
    let project = Project::git();
    project.write("perfgate.toml", COUNTING);
    project.script("worker", &counting_worker(100));
    project.write(".gitignore", "/baselines/\n/*.json\n");
    let record = |number: usize| {
        project.write("number", &number.to_string());
        let commit = project.commit();
        project.perfgate(&["record"]).expect(0);
        project.perfgate(&[&["record"], &BRANCH[..]].concat()).expect(0);
        commit
    };
    let all = (0..commits).map(record).collect();
    (project, all)
}

fn listed(project: &Project, more: &[&str]) -> Vec<String> {
    let document = project.perfgate(&[&["baselines", "list", "--format", "json"], more].concat()).expect(0).json();
    let all = document["baselines"].as_array().unwrap();
    all.iter().map(|baseline| baseline["commit"].as_str().unwrap().to_owned()).collect()
}

fn reversed(commits: &[String]) -> Vec<String> {
    commits.iter().rev().cloned().collect()
}

/// Lets a stored baseline say that it was recorded at another time.
fn backdate(project: &Project, commit: &str, day: &str) {
    for file in project.baselines().iter().filter(|file| file.parent().unwrap().ends_with(commit)) {
        let mut document: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        document["recorded_at"] = format!("{day}T00:00:00Z").into();
        fs::write(file, document.to_string()).unwrap();
    }
}

#[test]
fn what_is_recorded_is_listed_newest_first() {
    let (project, commits) = recorded(3);
    project.perfgate(&["record"]).expect(0);
    for more in [&[] as &[&str], &BRANCH] {
        assert_eq!(listed(&project, more), reversed(&commits));
        let table = project.perfgate(&[&["baselines", "list"], more].concat()).expect(0);
        table.out_has("3 baselines of 3 commits");
        let rows: Vec<&str> = table.out.lines().filter(|line| line.contains("a commit")).collect();
        assert!(rows[0].contains(&commits[2][..8]) && rows[2].contains(&commits[0][..8]), "{}", table.out);
        project.perfgate(&[&["baselines", "list", "--format", "markdown"], more].concat()).expect(0).out_has("| `");
    }
    let document = project.perfgate(&["baselines", "list", "--format", "json"]).expect(0).json();
    let newest = &document["baselines"][0];
    assert_eq!((&newest["sessions"], &newest["benchmarks"]), (&2.into(), &serde_json::json!(["count"])));
    assert_eq!((&newest["subject"], &newest["dirty"]), (&"a commit".into(), &false.into()));
}

#[test]
fn an_empty_store_has_an_empty_list() {
    let project = counting_project(100);
    for more in [&[] as &[&str], &BRANCH] {
        project.perfgate(&[&["baselines", "list"], more].concat()).expect(0).out_has("no baselines");
        let said = project.perfgate(&[&["baselines", "prune", "--keep", "1"], more].concat()).expect(0);
        said.err_has("nothing to remove");
    }
}

#[test]
fn a_baseline_that_cannot_be_read_is_told_and_the_others_are_listed() {
    let (project, commits) = recorded(2);
    let damaged = project.baselines().into_iter().find(|file| file.parent().unwrap().ends_with(&commits[0])).unwrap();
    fs::write(damaged, "{").unwrap();
    let said = project.perfgate(&["baselines", "list", "--format", "json"]).expect(0);
    said.err_has("left out: the baseline");
    assert_eq!(said.json()["baselines"].as_array().unwrap().len(), 1);
}

#[test]
fn a_baseline_is_shown_as_it_was_recorded() {
    let (project, commits) = recorded(2);
    let shown = project.perfgate(&["baselines", "show", "HEAD~1", "--format", "json"]).expect(0).json();
    assert_eq!(shown["commit"], commits[0].as_str());
    project.perfgate(&["baselines", "show"]).expect(0).out_has("count");
    let said = project.perfgate(&["baselines", "show", "--machine", "mars"]).expect(2);
    said.err_has(&format!("`{}` was not recorded on `mars`", &commits[1][..8]));
    said.err_has("--machine linux-");
    project.commit();
    project.perfgate(&["baselines", "show"]).expect(2).err_has("has no baseline in");
    project.perfgate(&["baselines", "show", "nowhere"]).expect(2).err_has("`nowhere` is not a revision");
}

#[test]
fn nothing_is_removed_without_a_criterion_or_on_a_dry_run() {
    let (project, commits) = recorded(2);
    project.perfgate(&["baselines", "prune"]).expect(2).err_has("--keep");
    project.perfgate(&["baselines", "prune", "--dry-run"]).expect(2).err_has("--keep");
    project.perfgate(&["baselines", "prune", "--older-than", "old"]).expect(2).err_has("such as 90d");
    for more in [&[] as &[&str], &BRANCH] {
        let said = project.perfgate(&[&["baselines", "prune", "--keep", "0", "--dry-run"], more].concat()).expect(0);
        said.err_has("would remove 2 of 2 baselines; nothing was removed");
        said.out_has(&commits[0][..8]);
        assert_eq!(listed(&project, more).len(), 2);
    }
}

#[test]
fn of_the_first_parent_history_the_newest_stay() {
    let (project, commits) = recorded(4);
    for more in [&[] as &[&str], &BRANCH] {
        let said = project.perfgate(&[&["baselines", "prune", "--keep", "2"], more].concat()).expect(0);
        said.err_has("removed 2 of 4 baselines");
        said.out_has("2 of 4 baselines");
        assert!(said.out.contains(&commits[1][..8]) && !said.out.contains(&commits[2][..8]), "{}", said.out);
        assert_eq!(listed(&project, more), reversed(&commits[2..]));
    }
    project.perfgate(&[&["check"], &BRANCH[..]].concat()).expect(0);
    let left: Vec<_> = fs::read_dir(project.file("baselines")).unwrap().collect();
    assert_eq!(left.len(), 2, "emptied folders are gone");
}

#[test]
fn what_was_recorded_long_ago_goes_and_age_narrows_the_other_criteria() {
    let (project, commits) = recorded(3);
    backdate(&project, &commits[0], "2020-01-01");
    backdate(&project, &commits[2], "2020-01-01");
    let prune = |more: &[&str]| project.perfgate(&[&["baselines", "prune", "--older-than", "90d"], more].concat());
    prune(&["--keep", "1"]).expect(0).err_has("removed 1 of 3 baselines");
    assert_eq!(listed(&project, &[]), reversed(&commits[1..]));
    prune(&["--unreachable"]).expect(0).err_has("nothing to remove: 2 stay");
    prune(&[]).expect(0);
    assert_eq!(listed(&project, &[]), [commits[1].clone()]);
}

#[test]
fn what_no_branch_leads_to_goes_if_that_is_asked_for() {
    let (project, commits) = recorded(2);
    project.git_program(&["checkout", "--quiet", "-b", "side", "HEAD~1"]);
    project.write("number", "side");
    project.git_program(&["commit", "--quiet", "--all", "-m", "side"]);
    let side = project.git_program(&["rev-parse", "HEAD"]);
    project.perfgate(&["record"]).expect(0);
    project.git_program(&["checkout", "--quiet", "-"]);
    project.perfgate(&["baselines", "prune", "--unreachable"]).expect(0).err_has("nothing to remove");
    project.git_program(&["branch", "--quiet", "--delete", "--force", "side"]);
    assert_eq!(listed(&project, &[]).last(), Some(&side), "what is no ancestor comes last");
    project.perfgate(&["baselines", "prune", "--unreachable"]).expect(0);
    assert_eq!(listed(&project, &[]), reversed(&commits));
}

#[test]
fn a_shallow_clone_does_not_take_what_it_cannot_see_for_old() {
    let (project, commits) = recorded(3);
    let shallow = Project::cloned(project.path(), &["--depth", "1"]);
    for criterion in [&["--keep", "1"] as &[&str], &["--unreachable"]] {
        let said = shallow.perfgate(&[&["baselines", "prune"], criterion, &BRANCH].concat()).expect(2);
        said.err_has("this clone is shallow");
        said.err_has("git fetch --unshallow");
    }
    assert_eq!(listed(&project, &BRANCH).len(), commits.len());
    shallow
        .perfgate(&[&["baselines", "prune", "--older-than", "1d"], &BRANCH[..]].concat())
        .expect(0)
        .err_has("3 stay");
}

#[test]
fn a_prune_reaches_the_remote_and_other_clones() {
    let (project, commits) = recorded(3);
    let (one, other) = (Project::cloned(project.path(), &[]), Project::cloned(project.path(), &[]));
    other.perfgate(&[&["baselines", "pull"], &BRANCH[..]].concat()).expect(0).err_has("has 3 baselines of 3 commits");
    let said = one.perfgate(&[&["baselines", "prune", "--keep", "1"], &BRANCH[..]].concat()).expect(0);
    said.err_has("the history of `data` still has them");
    assert_eq!(listed(&project, &BRANCH), [commits[2].clone()]);
    // A clone that has seen them does not bring them back.
    other.perfgate(&[&["record"], &BRANCH[..]].concat()).expect(0);
    assert_eq!(listed(&one, &BRANCH), [commits[2].clone()]);
    assert_eq!(listed(&project, &BRANCH), [commits[2].clone()]);
}

#[test]
fn a_session_that_arrives_during_a_prune_stays() {
    let (project, commits) = recorded(3);
    let before = project.git_program(&["rev-parse", "data"]);
    let (one, other) = (Project::cloned(project.path(), &[]), Project::cloned(project.path(), &[]));
    other.git_program(&["checkout", "--quiet", &commits[0]]);
    other.perfgate(&[&["record"], &BRANCH[..]].concat()).expect(0);
    project.git_program(&["update-ref", "refs/heads/winner", "refs/heads/data"]);
    project.git_program(&["update-ref", "refs/heads/data", &before]);
    // The session of another recorder comes between the look of the one who prunes and its push.
    let hook = "unset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/data refs/heads/winner\n";
    project.script(".git/hooks/pre-receive", hook);
    let said = one.perfgate(&[&["baselines", "prune", "--keep", "1"], &BRANCH[..]].concat()).expect(0);
    said.err_has("removed 1 of 3 baselines");
    assert_eq!(listed(&project, &BRANCH), [commits[2].clone(), commits[0].clone()]);
}

#[test]
fn a_prune_that_a_remote_refuses_removes_nothing() {
    let (project, _) = recorded(2);
    let clone = Project::cloned(project.path(), &[]);
    project.script(".git/hooks/pre-receive", "exit 1\n");
    let said = clone.perfgate(&[&["baselines", "prune", "--keep", "1"], &BRANCH[..]].concat()).expect(2);
    said.err_has("could not be pushed to origin");
    assert!(!said.err.contains("stays in this clone"), "nothing was recorded:\n{}", said.err);
    assert_eq!((listed(&clone, &BRANCH).len(), listed(&project, &BRANCH).len()), (2, 2));
}

#[test]
fn a_folder_is_shared_by_committing_it() {
    let project = counting_project(100);
    for verb in ["push", "pull"] {
        let said = project.perfgate(&["baselines", verb]).expect(0);
        said.err_has("the store is a folder, `baselines`: what is in it is shared by committing it");
        said.err_has("git:perfgate-data");
    }
    let said = project.perfgate(&[&["baselines", "push"], &BRANCH[..]].concat()).expect(2);
    said.err_has("this repository has no remote `origin` to push to");
}
