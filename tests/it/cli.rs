//! The command line itself: help, completions, usage errors, colour, quiet.

use crate::support::{Project, counting_project};

#[test]
fn help_names_every_verb_and_the_exit_statuses() {
    let said = Project::bare().perfgate(&["--help"]).expect(0);
    for word in [
        "run",
        "record",
        "check",
        "compare",
        "comment",
        "demo",
        "completions",
        "schema",
        "Exit status",
        "perfgate record",
    ] {
        said.out_has(word);
    }
    assert!(!said.out.contains("internal-round"));
    for verb in ["run", "record", "check", "compare"] {
        Project::bare().perfgate(&[verb, "--help"]).expect(0).out_has("Common options");
    }
}

#[test]
fn without_a_verb_the_help_is_shown_and_the_status_is_2() {
    Project::bare().perfgate(&[]).expect(2).err_has("Usage:");
}

#[test]
fn wrong_usage_is_exit_2_and_runs_nothing() {
    let project = counting_project(1);
    for (arguments, message) in [
        (&["chekc"] as &[&str], "check"),
        (&["check", "--treshold", "0.1"], "--threshold"),
        (&["check", "--threshold", "10"], "a percentage such as 10%"),
        (&["check", "--threshold", "-0.1"], "threshold"),
        (&["check", "--alpha", "2"], "alpha is an error rate"),
        (&["check", "--rounds", "0"], "0 is not in 1..=10000"),
        (&["check", "--queries", "0"], "expected a whole number from 1 to 10_000_000, or mlperf"),
        (&["check", "--queries", "MLPerf"], "or mlperf"),
        (&["check", "--budget", "soon"], "soon"),
        (&["check", "--fail-on", "never"], "`never` is none of"),
        (&["check", "--fail-on", "inconclusive"], "no gate"),
        (&["check", "--store", "git:-data"], "`-data` is no name for a branch: it begins with `-`"),
        (&["compare", "only-one"], "CANDIDATE"),
    ] {
        project.perfgate(arguments).expect(2).err_has(message);
    }
    assert!(project.baselines().is_empty());
}

#[test]
fn percentages_and_shares_are_the_same_threshold() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    let threshold = |text: &str| {
        let document = project.perfgate(&["check", "--threshold", text, "--format", "json"]).expect(0).json();
        crate::support::row(&document, "count", "steps")["threshold"].as_f64().unwrap()
    };
    assert_eq!(threshold("0.25"), 0.25);
    assert_eq!(threshold("25%"), 0.25);
}

#[test]
fn completions_exist_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        Project::bare().perfgate(&["completions", shell]).expect(0).out_has("perfgate");
    }
}

#[test]
fn a_verb_offers_no_flag_that_it_would_refuse() {
    let project = Project::bare();
    for verb in [&["report"] as &[&str], &["baselines", "list"]] {
        let help = project.perfgate(&[verb, &["--help"]].concat()).expect(0);
        help.out_has("--output");
        for refused in ["--rounds", "--threshold", "--budget", "--seed"] {
            assert!(!help.out.contains(refused), "{refused} of {verb:?}:\n{}", help.out);
        }
    }
    project.perfgate(&["report", "x.json", "--rounds", "3"]).expect(2).err_has("`--rounds` means nothing to `report`");
    project.perfgate(&["baselines", "list", "--seed", "3"]).expect(2).err_has("`--seed` means nothing to `baselines`");
    let fish = project.perfgate(&["completions", "fish"]).expect(0).out;
    let of_report =
        |flag: &str| fish.lines().any(|line| line.contains("using_subcommand report") && line.contains(flag));
    assert!(of_report("-l output") && !of_report("-l rounds"));
}

#[test]
fn colour_is_on_demand_and_off_in_a_pipe() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    let plain = project.perfgate(&["check", "-v"]).expect(0);
    assert!(!plain.out.contains('\u{1b}'));
    let always = project.perfgate(&["check", "-v", "--color", "always"]).expect(0);
    assert!(always.out.contains('\u{1b}'));
    let said = project.command(&["check", "--color", "auto"]).env("NO_COLOR", "1").output().unwrap();
    assert!(!String::from_utf8(said.stdout).unwrap().contains('\u{1b}'));
}

#[test]
fn a_pipe_sees_no_progress_and_quiet_says_nothing_but_the_result() {
    let project = counting_project(100);
    let said = project.perfgate(&["record", "--quiet"]).expect(0);
    assert_eq!(said.err, "");
    let said = project.perfgate(&["check"]).expect(0);
    assert_eq!(said.err, "");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = counting_project(100);
    let command = format!("{} run | true; echo done", env!("CARGO_BIN_EXE_perfgate"));
    let said = std::process::Command::new("sh").args(["-c", &command]).current_dir(project.path()).output().unwrap();
    assert_eq!(String::from_utf8(said.stderr).unwrap(), "");
}
