//! The workflows that are written: what they may, what they know, and what they ask of the action.

use super::*;

fn setting() -> Setting {
    Setting {
        branch: "main".to_owned(),
        action: Action::unknown(),
        folder: String::new(),
        configuration: None,
        build: Some("make all".to_owned()),
    }
}

fn text_of(name: &str, setting: &Setting) -> String {
    workflows(setting).into_iter().find(|workflow| workflow.name == name).unwrap().text
}

#[test]
fn no_mark_of_a_template_is_left_in_a_workflow() {
    let everywhere = Setting {
        folder: "a b/c".to_owned(),
        configuration: Some("gate.toml".to_owned()),
        action: "acme/perfgate@v1".parse().unwrap(),
        ..setting()
    };
    for setting in [setting(), Setting { build: None, ..setting() }, everywhere] {
        for workflow in workflows(&setting) {
            let marks = workflow.text.lines().filter(|line| line.contains('@')).filter(|line| !line.contains("uses: "));
            assert_eq!(marks.collect::<Vec<_>>(), Vec::<&str>::new(), "{}", workflow.name);
            assert!(!workflow.text.contains("\n\n\n") && workflow.text.ends_with('\n'), "{}", workflow.text);
        }
    }
}

#[test]
fn code_of_a_pull_request_runs_only_where_nothing_can_be_written() {
    for workflow in workflows(&setting()) {
        let writes = workflow.text.contains(": write");
        let of_pull_request = workflow.text.contains("\n  pull_request:");
        let runs_code = workflow.text.contains("actions/checkout@");
        assert!(!(writes && of_pull_request), "{}", workflow.name);
        let of_strangers = of_pull_request || workflow.text.contains("\n  workflow_run:");
        assert!(!(writes && runs_code && of_strangers), "{}", workflow.name);
        assert!(workflow.text.contains("\npermissions: {}\n"), "{}", workflow.name);
        assert!(!workflow.text.contains("pull_request_target"), "{}", workflow.name);
    }
}

#[test]
fn the_workflows_know_where_the_configuration_is_and_how_it_is_built() {
    let elsewhere = Setting { folder: "rust".to_owned(), configuration: Some("gate.toml".to_owned()), ..setting() };
    for name in ["perf-pr.yml", "perf-main.yml"] {
        let text = text_of(name, &elsewhere);
        assert!(text.contains("          working-directory: \"rust\"\n          config: \"gate.toml\"\n"), "{text}");
    }
    let text = text_of("perf-main.yml", &elsewhere);
    assert!(
        text.contains("      - name: Build\n        working-directory: \"rust\"\n        run: \"make all\"\n"),
        "{text}"
    );
    let unbuilt = Setting { build: Some("echo ${{ secrets.X }}".to_owned()), ..setting() };
    assert!(!text_of("perf-main.yml", &unbuilt).contains("- name: Build"));
}

#[test]
fn a_branch_s_name_matches_only_itself() {
    for (branch, written) in
        [("main", r#"["main"]"#), ("c++", r#"["c\\+\\+"]"#), ("!odd", r#"["\\!odd"]"#), ("a'b", r#"["a'b"]"#)]
    {
        let text = text_of("perf-main.yml", &Setting { branch: branch.to_owned(), ..setting() });
        assert!(text.contains(&format!("    branches: {written}\n")), "{text}");
    }
}

#[test]
fn an_action_is_known_by_its_build_or_named_or_left_open() {
    let commit = "3f2a91c07d5e4b8a9c1d2e3f405162738495a6b7";
    let built = Action::of_build(Some("acme/perfgate"), Some(commit), "1.2.3").unwrap();
    assert_eq!(built.to_string(), format!("acme/perfgate@{commit} # v1.2.3"));
    assert!(built.is_pinned() && !built.is_unknown());
    assert_eq!(Action::of_build(Some("acme/perfgate"), None, "1.2.3"), None);
    assert_eq!(Action::of_build(Some("acme/perfgate"), Some("main"), "1.2.3"), None, "a branch moves");
    for refused in ["", "perfgate", "perfgate@v1", "a/b", "a/b@", "a/b@x y", "a/b@x\n", "a//b@x", "a/b@${{x}}"] {
        assert!(refused.parse::<Action>().is_err(), "{refused}");
    }
    for accepted in ["a/b@v1", "a/b/sub@releases/v1"] {
        assert!(!accepted.parse::<Action>().unwrap().is_pinned(), "{accepted}");
    }
    let open = text_of("perf-pr.yml", &setting());
    assert!(open.contains("# Fill in: the repository of perfgate"), "{open}");
    assert!(!text_of("perf-pr.yml", &Setting { action: built, ..setting() }).contains("Fill in"));
}

/// The names of a section of action.yml.
fn names_in_the_action(section: &str) -> Vec<&'static str> {
    let text = include_str!("../../../action.yml");
    let (_, rest) = text.split_once(&format!("\n{section}:\n")).unwrap();
    let lines = rest.lines().take_while(|line| line.is_empty() || line.starts_with(' '));
    lines.filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':')).filter(|name| !name.starts_with(' ')).collect()
}

#[test]
fn the_workflows_ask_the_action_for_nothing_that_it_does_not_have() {
    let (inputs, outputs) = (names_in_the_action("inputs"), names_in_the_action("outputs"));
    assert!(inputs.contains(&"command") && outputs.contains(&"json"), "{inputs:?} {outputs:?}");
    let full = Setting { folder: "sub".to_owned(), configuration: Some("gate.toml".to_owned()), ..setting() };
    let mut seen = 0;
    for workflow in workflows(&full) {
        let (_, used) = workflow.text.split_once("uses: OWNER/perfgate@COMMIT\n        with:\n").unwrap();
        for line in used.lines().map_while(|line| line.strip_prefix("          ")) {
            let name = line.split(':').next().unwrap();
            assert!(inputs.contains(&name), "{}: the action has no input `{name}`", workflow.name);
            seen += 1;
        }
        for read in workflow.text.split("steps.perfgate.outputs.").skip(1) {
            let name: String = read.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
            assert!(outputs.contains(&name.as_str()), "{}: the action has no output `{name}`", workflow.name);
        }
    }
    assert!(seen >= 9, "only {seen} inputs found");
}
