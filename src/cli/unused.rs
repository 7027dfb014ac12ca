//! Flags that every verb takes, and that mean nothing to some. Their help and the completions leave them out. Given all the same
//! they are refused: whoever gives one expects something of it, and would not get it.

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

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

/// Whether a verb has no use for a flag.
fn means_nothing(verb: &Command, flag: &Arg) -> bool {
    unused(verb.get_name()).iter().copied().flatten().any(|id| flag.get_id() == id)
}

/// The flags that every verb takes.
fn common(command: &Command) -> Vec<Arg> {
    command.get_arguments().filter(|flag| flag.is_global_set()).cloned().collect()
}

/// The command, in which every verb hides the flags that it has no use for. They are there all the same, to be refused by name.
pub fn with_hidden(command: Command) -> Command {
    let common = common(&command);
    command.mut_subcommands(|verb| {
        let hidden = common.iter().filter(|flag| means_nothing(&verb, flag)).map(|flag| flag.clone().hide(true));
        // A verb's own flag takes the place of the common one.
        let hidden: Vec<Arg> = hidden.collect();
        verb.args(hidden)
    })
}

/// The command, in which no verb has the flags that it has no use for: completions offer what is hidden, too.
pub fn without_unused(command: Command) -> Command {
    let common = common(&command);
    command.mut_args(|flag| flag.global(false)).mut_subcommands(|verb| {
        let wanted: Vec<Arg> = common.iter().filter(|flag| !means_nothing(&verb, flag)).cloned().collect();
        verb.args(wanted)
    })
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
    use std::collections::BTreeSet;

    use crate::cli::Cli;

    fn refused(arguments: &[&str]) -> Option<String> {
        let mut command = Cli::parser();
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
        let mut command = Cli::parser();
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

    /// What the help of a verb lists, by the names of the flags.
    fn listed(help: &str) -> BTreeSet<String> {
        let flags = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
        let names = flags.flat_map(|line| line.split([' ', ',', '=', '[']).filter_map(|word| word.strip_prefix("--")));
        names.map(str::to_owned).collect()
    }

    #[test]
    fn help_and_completions_of_every_verb_have_the_flags_that_it_does_not_refuse() {
        let mut command = Cli::parser();
        command.build();
        let mut completed = Cli::for_completions();
        completed.build();
        let common: BTreeSet<&str> =
            command.get_arguments().filter(|flag| flag.is_global_set()).filter_map(Arg::get_long).collect();
        assert!(common.len() > 10, "{common:?}");
        let mut verbs = 0;
        for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help") {
            let refused: BTreeSet<&str> = unused(verb.get_name()).iter().copied().flatten().copied().collect();
            let wanted: BTreeSet<&str> = common.difference(&refused).copied().collect();
            let mut levels = vec![(verb.clone(), completed.find_subcommand(verb.get_name()).unwrap())];
            while let Some((level, completed)) = levels.pop() {
                let offered: BTreeSet<&str> = completed.get_arguments().filter_map(Arg::get_long).collect();
                let [long, short] = [level.clone().render_long_help(), level.clone().render_help()];
                for listed in [listed(&long.to_string()), listed(&short.to_string())] {
                    let of_common: BTreeSet<&str> =
                        listed.iter().map(String::as_str).filter(|flag| common.contains(flag)).collect();
                    assert_eq!(of_common, wanted, "the help of {}", level.get_name());
                }
                assert_eq!(
                    offered.intersection(&common).copied().collect::<BTreeSet<_>>(),
                    wanted,
                    "{}",
                    level.get_name()
                );
                let below = level.get_subcommands().filter(|below| below.get_name() != "help");
                levels.extend(below.map(|below| (below.clone(), completed.find_subcommand(below.get_name()).unwrap())));
            }
            verbs += 1;
        }
        assert!(verbs > 15, "{verbs}");
    }
}
