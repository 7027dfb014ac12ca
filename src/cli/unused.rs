//! Flags that every verb takes, and that mean nothing to some. Given all the same they are refused: whoever gives one expects
//! something of it, and would not get it.

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

/// How a verdict is found.
const JUDGING: &[&str] = &["threshold", "alpha"];

/// How much is measured.
const MEASURING: &[&str] = &["rounds", "queries", "quick", "budget"];

/// What a verb has no use for, by the names of the fields.
fn unused(verb: &str) -> &'static [&'static [&'static str]] {
    match verb {
        "demo" => &[&["config", "store", "format", "output"], JUDGING, MEASURING],
        "schema" | "completions" => &[&["config", "store", "format", "output", "seed"], JUDGING, MEASURING],
        "report" => &[&["config", "store", "seed"], JUDGING, MEASURING],
        "history" => &[JUDGING, MEASURING],
        "export" | "baselines" => &[&["seed"], JUDGING, MEASURING],
        "accept" | "comment" => &[&["output", "seed"], JUDGING, MEASURING],
        "init" => &[&["output", "seed", "alpha", "rounds", "queries", "quick"]],
        _ => &[],
    }
}

/// Refuses a flag on the command line that the verb has no use for.
pub fn refuse_unused(command: &mut Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some((verb, given)) = matches.subcommand() else { return Ok(()) };
    let is_given = |flag: &&&str| given.value_source(flag) == Some(ValueSource::CommandLine);
    match unused(verb).iter().copied().flatten().find(is_given) {
        Some(flag) => Err(command.error(
            ErrorKind::ArgumentConflict,
            format!("`--{flag}` means nothing to `{verb}`; leave it out (`perfgate {verb} --help` says what there is)"),
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory;

    fn refused(arguments: &[&str]) -> Option<String> {
        let mut command = Cli::command();
        let matches = command.clone().try_get_matches_from([&["perfgate"], arguments].concat()).unwrap();
        refuse_unused(&mut command, &matches).err().map(|error| error.to_string())
    }

    #[test]
    fn a_flag_that_would_do_nothing_is_refused_by_name_before_and_after_the_verb() {
        for arguments in [&["demo", "-o", "x.html"][..], &["-o", "x.html", "demo"], &["schema", "plan", "-o", "x.json"]]
        {
            let said = refused(arguments).unwrap();
            assert!(said.contains("`--output` means nothing to `"), "{said}");
        }
        assert!(
            refused(&["report", "a.json", "--rounds", "7"]).unwrap().contains("`--rounds` means nothing to `report`")
        );
        assert!(refused(&["history", "--threshold", "1%"]).unwrap().contains("--threshold"));
    }

    #[test]
    fn what_a_verb_uses_and_what_nobody_gave_is_not_refused() {
        for arguments in [
            &["demo", "--seed", "3", "--no-progress"][..],
            &["check", "--threshold", "0.1", "--rounds", "3", "-o", "x.json"],
            &["report", "a.json", "-o", "x.html"],
            &["history", "--store", "dir:x", "--seed", "2"],
        ] {
            assert_eq!(refused(arguments), None, "{arguments:?}");
        }
    }

    #[test]
    fn every_name_is_that_of_a_verb_and_of_a_flag() {
        let mut command = Cli::command();
        command.build();
        for verb in
            ["demo", "schema", "completions", "report", "history", "export", "baselines", "accept", "comment", "init"]
        {
            let known = command.find_subcommand(verb).unwrap();
            for flag in unused(verb).iter().copied().flatten() {
                assert!(known.get_arguments().any(|argument| argument.get_id() == flag), "{verb} {flag}");
            }
        }
    }
}
