//! Questions about a repository, and their answers.

use super::*;

fn repository() -> (tempfile::TempDir, ScratchRepository) {
    let folder = tempfile::tempdir().unwrap();
    let repository = ScratchRepository::create(folder.path()).unwrap();
    (folder, repository)
}

#[test]
fn outside_a_repository_and_before_the_first_commit_the_error_says_so() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Git::discover(folder.path()), Err(VcsError::NotARepository(_))));
    let (folder, _) = repository();
    let git = Git::discover(folder.path()).unwrap();
    assert!(matches!(git.head(), Err(VcsError::NoCommits(_))));
}

#[test]
fn the_tree_is_dirty_when_a_tracked_file_differs() {
    let (folder, repository) = repository();
    let file = folder.path().join("a");
    std::fs::write(&file, "1").unwrap();
    let commit = repository.commit_all("first").unwrap();
    let git = Git::discover(folder.path()).unwrap();
    assert_eq!(git.head().unwrap(), commit);
    std::fs::write(folder.path().join("untracked"), "x").unwrap();
    assert_eq!(git.modified(None).unwrap(), Vec::<PathBuf>::new());
    std::fs::write(&file, "2").unwrap();
    assert_eq!(git.modified(None).unwrap(), [PathBuf::from("a")]);
    assert_eq!(git.modified(Some(&git.root().join("a"))).unwrap(), Vec::<PathBuf>::new());
    assert_eq!(git.file_at(&commit, &git.root().join("a")).unwrap().unwrap(), b"1");
    assert_eq!(git.file_at(&commit, &git.root().join("b")).unwrap(), None);
}

#[test]
fn a_commit_is_laid_out_apart_from_the_work_tree() {
    let (folder, repository) = repository();
    std::fs::create_dir(folder.path().join("deep")).unwrap();
    std::fs::write(folder.path().join("deep/a"), "old").unwrap();
    let old = repository.commit_all("first").unwrap();
    std::fs::write(folder.path().join("deep/a"), "new").unwrap();
    let new = repository.commit_all("second").unwrap();
    let git = Git::discover(folder.path()).unwrap();
    let apart = tempfile::tempdir().unwrap();
    git.lay_out(&old, apart.path()).unwrap();
    assert_eq!(std::fs::read_to_string(apart.path().join("deep/a")).unwrap(), "old");
    let copy = Git::discover(apart.path()).unwrap();
    assert_eq!(copy.head().unwrap(), old);
    assert_eq!(copy.modified(None).unwrap(), Vec::<PathBuf>::new());
    assert_eq!(git.head().unwrap(), new, "the repository itself stays where it was");
    assert_eq!(git.parents(&new).unwrap().first(), Some(&old));
    assert_eq!(git.merge_base(&old, &new).unwrap(), Some(old));
}

#[test]
fn a_folder_stands_for_another_commit_with_the_same_files() {
    let (folder, repository) = repository();
    std::fs::write(folder.path().join("a"), "same").unwrap();
    let one = repository.commit_all("first").unwrap();
    let other = repository.commit_all("second").unwrap();
    let git = Git::discover(folder.path()).unwrap();
    assert_ne!(one, other);
    assert_eq!(git.tree(&one).unwrap(), git.tree(&other).unwrap());
    let apart = tempfile::tempdir().unwrap();
    git.lay_out(&one, apart.path()).unwrap();
    git.adopt(&other, apart.path()).unwrap();
    let copy = Git::discover(apart.path()).unwrap();
    assert_eq!(copy.head().unwrap(), other);
    assert_eq!(copy.modified(None).unwrap(), Vec::<PathBuf>::new());
    let stranger: CommitId = "0".repeat(40).parse().unwrap();
    assert!(matches!(git.tree(&stranger), Err(VcsError::UnknownRevision(_))));
}

#[test]
fn a_branch_that_only_origin_has_stands_in_for_a_local_one() {
    let (folder, repository) = repository();
    std::fs::write(folder.path().join("a"), "1").unwrap();
    let first = repository.commit_all("first").unwrap();
    std::fs::write(folder.path().join("a"), "2").unwrap();
    let second = repository.commit_all("second").unwrap();
    let git = Git::discover(folder.path()).unwrap();
    git.repository.reference("refs/remotes/origin/next", oid(&second).unwrap(), false, "test").unwrap();
    let at = |revision: &str| git.resolve_base(revision, &first).map(|found| (found.commit, found.stand_in));
    let stand_in = Some("origin/next".to_owned());
    assert_eq!(at("next").unwrap(), (second.clone(), stand_in.clone()));
    assert_eq!(at("next~1").unwrap(), (first.clone(), Some("origin/next~1".to_owned())));
    assert_eq!(at("merge-base(next)").unwrap(), (first.clone(), stand_in));
    assert_eq!(at("HEAD").unwrap(), (second.clone(), None));
    assert!(matches!(at("nowhere"), Err(VcsError::UnknownRevision(name)) if name == "nowhere"));
    git.repository.reference("refs/heads/next", oid(&first).unwrap(), false, "test").unwrap();
    assert_eq!(at("next").unwrap(), (first, None), "the local branch comes first");
}

#[test]
fn what_branches_and_tags_lead_to_is_reachable() {
    let (folder, repository) = repository();
    let commit = |text: &str| {
        std::fs::write(folder.path().join("a"), text).unwrap();
        repository.commit_all(text).unwrap()
    };
    let (first, second) = (commit("1"), commit("2"));
    let git = Git::discover(folder.path()).unwrap();
    let stray = {
        let old = git.repository.find_commit(oid(&first).unwrap()).unwrap();
        let author = git2::Signature::now("a", "a@b").unwrap();
        let tree = old.tree().unwrap();
        commit_id(git.repository.commit(None, &author, &author, "stray", &tree, &[&old]).unwrap()).unwrap()
    };
    let wanted = BTreeSet::from([first.clone(), second.clone(), stray.clone()]);
    assert_eq!(git.reachable(&wanted).unwrap(), BTreeSet::from([first.clone(), second.clone()]));
    git.repository.reference("refs/tags/v1", oid(&stray).unwrap(), false, "test").unwrap();
    assert_eq!(git.reachable(&wanted).unwrap(), wanted);
    assert_eq!(git.first_parents(&stray).unwrap(), [stray, first]);
    assert_eq!(git.subject(&second).as_deref(), Some("2"));
}

#[test]
fn ancestors_come_nearest_first_and_strangers_not_at_all() {
    let (folder, repository) = repository();
    let commits: Vec<CommitId> = (0..4)
        .map(|n| {
            std::fs::write(folder.path().join("a"), n.to_string()).unwrap();
            repository.commit_all("next").unwrap()
        })
        .collect();
    let git = Git::discover(folder.path()).unwrap();
    let stranger: CommitId = "0".repeat(40).parse().unwrap();
    let wanted = BTreeSet::from([commits[0].clone(), commits[2].clone(), stranger]);
    let found = git.nearest_ancestors(&commits[3], &wanted).unwrap();
    assert_eq!(found, [commits[2].clone(), commits[0].clone()]);
    let found = git.nearest_ancestors(&commits[1], &wanted).unwrap();
    assert_eq!(found, [commits[0].clone()], "a descendant is no ancestor");
}

#[test]
fn the_main_branch_is_the_remote_s_else_a_usual_one_that_is_there() {
    let (folder, repository) = repository();
    let git = Git::discover(folder.path()).unwrap();
    git.repository.set_head("refs/heads/trunk").unwrap();
    git.repository.config().unwrap().set_str("init.defaultBranch", "develop").unwrap();
    assert_eq!(git.default_branch().as_deref(), Some("trunk"), "the first commit will be on it");
    std::fs::write(folder.path().join("a"), "1").unwrap();
    let commit = repository.commit_all("first").unwrap();
    assert_eq!(git.default_branch().as_deref(), Some("develop"), "nothing else tells");
    let first = git.repository.find_commit(oid(&commit).unwrap()).unwrap();
    git.repository.branch("master", &first, false).unwrap();
    assert_eq!(git.default_branch().as_deref(), Some("master"));
    let (name, to) = ("refs/remotes/origin/HEAD", "refs/remotes/origin/release/2");
    git.repository.reference_symbolic(name, to, true, "as cloned").unwrap();
    assert_eq!(git.default_branch().as_deref(), Some("release/2"));
}

#[test]
fn ignored_files_are_known() {
    let (folder, _) = repository();
    std::fs::write(folder.path().join(".gitignore"), "/made\n").unwrap();
    std::fs::create_dir(folder.path().join("made")).unwrap();
    let git = Git::discover(folder.path()).unwrap();
    assert!(git.ignores(&git.root().join("made")));
    assert!(!git.ignores(&git.root().join("written")));
}

#[test]
fn ancestors_in_order_begin_with_the_oldest_and_say_what_is_left_out() {
    let (folder, repository) = repository();
    let commits: Vec<CommitId> = (0..5)
        .map(|n| {
            std::fs::write(folder.path().join("a"), n.to_string()).unwrap();
            repository.commit_all(&format!("number {n}\n\nmore")).unwrap()
        })
        .collect();
    let git = Git::discover(folder.path()).unwrap();
    let stranger: CommitId = "0".repeat(40).parse().unwrap();
    let wanted = BTreeSet::from([commits[3].clone(), commits[0].clone(), commits[4].clone(), stranger]);
    let found = git.ancestors_in_order(&commits[3], &wanted).unwrap();
    let told: Vec<(&CommitId, &str, Option<usize>)> =
        found.iter().map(|one| (&one.commit, one.subject.as_str(), one.since)).collect();
    assert_eq!(told, [(&commits[0], "number 0", None), (&commits[3], "number 3", Some(3))]);
}
