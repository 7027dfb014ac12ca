//! What `perfgate init` says at its end: what was found, what became of each file, what is left to do.

use std::fmt;

use super::text::{comment_after, visible};
use super::{Survey, counted};

/// What a longer command does stands below it.
const WIDEST: usize = 50;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    Written,
    /// It took the place of another.
    Replaced,
    /// It was there with just this content.
    Same,
    /// It was there with another content, and stays.
    Kept,
    /// It would be written.
    WouldBeWritten,
    /// It would take the place of another.
    WouldBeReplaced,
}

impl Fate {
    /// In the order in which they are told.
    const ALL: [Self; 6] =
        [Self::Written, Self::Replaced, Self::WouldBeWritten, Self::WouldBeReplaced, Self::Same, Self::Kept];

    fn heading(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Replaced => "replaced",
            Self::Same => "was there already, just so",
            Self::Kept => "was there already, and stays as it is (--force replaces it)",
            Self::WouldBeWritten => "would be written",
            Self::WouldBeReplaced => "would be replaced",
        }
    }
}

/// A file, for the summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its path as the user would type it.
    pub path: String,
    /// What is in it.
    pub purpose: String,
    /// What became of it.
    pub fate: Fate,
}

/// Everything that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary<'a> {
    /// What was found, if it was looked for.
    pub survey: Option<&'a Survey>,
    /// The files.
    pub files: Vec<Told>,
    /// What a person has to do, most urgent first.
    pub left: Vec<String>,
    /// Commands to go on with, each with what it does.
    pub next: Vec<(String, String)>,
}

impl Survey {
    /// What the configuration has, for people.
    pub fn purpose(&self) -> String {
        let proposals = self.proposals();
        let names: Vec<&str> = proposals.iter().map(|proposal| proposal.name.as_str()).collect();
        match names.as_slice() {
            [] => "a benchmark to be filled in".to_owned(),
            names => format!("{}: {}", counted(names.len(), "benchmark"), names.join(", ")),
        }
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(survey) = self.survey {
            writeln!(f, "found")?;
            if survey.findings.is_empty() {
                writeln!(f, "  nothing that perfgate knows how to measure")?;
            }
            for finding in &survey.findings {
                writeln!(f, "  {}", visible(&finding.what))?;
            }
            writeln!(f)?;
        }
        let width = self.files.iter().map(|file| visible(&file.path).chars().count()).max().unwrap_or_default();
        for fate in Fate::ALL {
            let files: Vec<&Told> = self.files.iter().filter(|file| file.fate == fate).collect();
            if files.is_empty() {
                continue;
            }
            writeln!(f, "{}", fate.heading())?;
            for file in files {
                writeln!(f, "  {:width$}   {}", visible(&file.path), visible(&file.purpose))?;
            }
            writeln!(f)?;
        }
        if !self.left.is_empty() {
            writeln!(f, "left to you")?;
            for item in &self.left {
                let lines = comment_after("    ", item);
                writeln!(f, "  - {}", lines.trim())?;
            }
            writeln!(f)?;
        }
        writeln!(f, "next")?;
        let short = |command: &str| command.chars().count() <= WIDEST;
        let commands = self.next.iter().map(|(command, _)| command).filter(|command| short(command));
        let width = commands.map(|command| command.chars().count()).max().unwrap_or_default();
        for (command, does) in &self.next {
            let command = visible(command);
            if short(&command) {
                writeln!(f, "  {command:width$}   {does}")?;
            } else {
                writeln!(f, "  {command}\n      {does}")?;
            }
        }
        Ok(())
    }
}
